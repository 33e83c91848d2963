"""A derivation for the terminal: aligned `=`, rule names in the margin, wrapped to the width."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from sympy.core.basic import Basic

from derive.derivation import Derivation
from derive.proof import Refusal
from derive.rendering.derivation_contents import (
    Arrays,
    Chain,
    Code,
    Condition,
    Entry,
    Formulas,
    Notation,
    Sentence,
    Tabular,
    Title,
    contents,
    in_form,
)
from derive.rendering.layout import folded
from derive.rendering.text_page import TextPage

_LONGEST_LABEL = 9


def text(subject: Derivation | Refusal, detail: str = "normal", width: int = 80,
         ascii: bool = False, color: bool = False) -> str:
    """A derivation as lines of text; `ascii` prints the notation instead of Unicode."""
    return _page_of(contents(subject, detail), TextPage(width, ascii, color))


def _page_of(entries: Sequence[Entry], page: TextPage) -> str:
    """Entries as lines, a free one before every chain and between what does not belong together."""
    lines: list[str] = []
    before: Entry | None = None
    writers = {kind: partial(write, page) for kind, write in _WRITERS.items()}
    for entry, made in zip(entries, in_form(entries, writers), strict=True):
        apart = before is not None and (isinstance(entry, Chain) or _long(entry)
                                        or _place(entry) != _place(before)
                                        or (before.name == "facts") != (entry.name == "facts"))
        lines += [*([""] if apart and made else []), *made]
        before = entry if made else before
    return "\n".join(lines)


def _place(entry: Entry) -> str:
    """Results and what they rest on stand under each other."""
    return {"closing": "results"}.get(entry.block, entry.block)


def _long(entry: Entry) -> bool:
    """Whether an entry stands apart from those around it: the matrices of a model."""
    return isinstance(entry, Arrays) and entry.name == "matrices" and entry.of.time is not None


def _title(page: TextPage, entry: Title) -> list[str]:
    return page.heading(entry.plain if page.ascii else entry.words)


def _sentence(page: TextPage, entry: Sentence) -> list[str]:
    if entry.label:
        return page.labelled(entry.label, entry.words)
    if entry.block == "head":
        return page.heading(entry.words, "dim" if entry.name == "source" else "")
    return ["  " + line for line in folded(page.sentence(entry.words), page.width - 4, "  ")]


def _notation(page: TextPage, entry: Notation) -> list[str]:
    if not entry.below:
        return page.listed(entry.label, entry.lines or ("nothing",), entry.separator)
    return [line for place, text in enumerate(entry.lines) for line in
            page.labelled("" if place else entry.label, text, formula=True)]


def _formulas(page: TextPage, entry: Formulas) -> list[str]:
    """Each in the notation; where they are several, under its name, if all names are short."""
    names = [page.formula(r.quantity, r.reserved, r.time) for r in entry.results]
    if entry.named and entry.name == "results" and entry.results[0].time is None \
            and max(map(len, names)) <= _LONGEST_LABEL:
        labelled = [(name, r.notation) for name, r in zip(names, entry.results, strict=True)]
    else:
        labelled = [("" if place else entry.label, text)
                    for place, text in enumerate(entry.notations)]
    return [line for label, text in labelled for line in page.labelled(label, text, formula=True)]


def _arrays(page: TextPage, entry: Arrays) -> list[str]:
    rows = page.aligned(entry.label, entry.rows("ascii" if page.ascii else "unicode"))
    if page.ascii and _long(entry):
        words = page.labelled(entry.label, "* is elementwise, @ the matrix product")
        return [*words, *page.aligned("", entry.rows("ascii"))]
    return rows


def _chain(page: TextPage, entry: Chain) -> list[str]:
    """One chain of equations, with its own heading where there are several."""
    part = entry.part
    note = ["  " + page.styled(line, "dim") for line in
            folded(page.sentence(part.note), page.width - 2, "") if part.note]
    return note + page.equations([
        ("" if row.left is None else _formula(page, row.left, part), _formula(page, row.line, part),
         page.sentence(row.rules)) for row in entry.rows])


def _formula(page: TextPage, node: Basic, part: Derivation) -> str:
    return page.formula(node, part.reserved, part.time)


def _condition(page: TextPage, entry: Condition) -> list[str]:
    bound = " for every index" if entry.indexed else ""
    return page.labelled("where", _formula(page, entry.formula, entry.part) + bound)


def _tabular(page: TextPage, entry: Tabular) -> list[str]:
    return page.tabulated(entry.label, entry.heads, entry.rows)


def _code(_page: TextPage, _entry: Code) -> list[str]:
    """Nothing: who reads a text in a terminal has just typed it."""
    return []


_WRITERS: Mapping[type[Entry], Callable[[TextPage, Any], list[str]]] = {
    Title: _title, Sentence: _sentence, Notation: _notation, Formulas: _formulas,
    Arrays: _arrays, Chain: _chain, Condition: _condition, Tabular: _tabular, Code: _code}
