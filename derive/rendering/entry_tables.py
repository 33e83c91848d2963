"""Entries of a table as HTML, for notebooks: a row each, under their headings. Needs no SymPy."""

from __future__ import annotations

from functools import partial

from derive.entry_names import Named
from derive.notation.printing.formula_signs import with_signs
from derive.outgoing_text import escape
from derive.tables.entry_lists import Entries, formula_of, grouped, heading_of, sentence_of

_LEFT = ' style="text-align:left"'


def entries_html(entries: Entries[Named]) -> str:
    """A table of entries: the name, the formula, and what it means."""
    formulas = any(map(formula_of, entries))
    heads = ("name", *(("formula",) if formulas else ()), "meaning")
    rows = "".join(f"<th{_LEFT}>{head}</th>" for head in heads)
    body = ""
    for title, group in grouped(entries, partial(heading_of, entries.table)):
        if title:
            body += f'<tr><th colspan="{len(heads)}"{_LEFT}>{escape(title)}</th></tr>'
        body += "".join(_row(entry, formulas) for entry in group)
    return f"<table><thead><tr>{rows}</tr></thead><tbody>{body}</tbody></table>"


def _row(entry: Named, formulas: bool) -> str:
    formula = f"<td{_LEFT}><code>{escape(with_signs(formula_of(entry)))}</code></td>" * formulas
    title = escape(getattr(entry, "title", ""))
    return (f'<tr><td{_LEFT} title="{title}"><code>{escape(entry.name)}</code></td>{formula}'
            f"<td{_LEFT}>{escape(sentence_of(entry))}</td></tr>")
