"""How entries stand on a terminal: a name and its formula in a line, the meaning below."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterable, Iterator, Sequence

from derive.entry_names import Named
from derive.notation.printing.formula_signs import with_signs
from derive.tables.entry_lists import formula_of, grouped, sentence_of

Style = Callable[..., str]
_INDENT = 4
_WIDEST = 100  # columns of text that are still read with ease
_NARROW = 60  # columns below which a label stands above what it labels


def laid_out(entries: Iterable[Named], heading: Callable[[Named], str], width: int, style: Style,
             write: Callable[[str], str] = with_signs) -> list[str]:
    """The lines of a list, at most so many columns wide.

    `style` makes headings bold and names coloured, `write` puts formulas into signs.
    """
    width = min(width, _WIDEST)
    lines: list[str] = []
    for title, group in grouped(entries, heading):
        lines += ["", *(style(line, bold=True) for line in wrapped(title, width))] if title else []
        for entry in group:
            lines += _entry(entry, write(formula_of(entry)), width, style)
    return lines[1:] if lines[:1] == [""] else lines


def _entry(entry: Named, formula: str, width: int, style: Style) -> Iterator[str]:
    """The name, beside it or below the formula, then the meaning."""
    name, meaning = entry.name, sentence_of(entry)
    shown = "  " + style(cut(name, width - 2), fg="cyan")
    left = width - 2 - len(name) - 2
    if not formula and len(meaning) <= left:
        yield f"{shown}  {meaning}"
        return
    beside = len(formula) <= left or left >= width // 2
    yield f"{shown}  {cut(formula, left)}" if formula and beside else shown
    if formula and not beside:
        yield " " * _INDENT + cut(formula, width - _INDENT)
    for line in wrapped(meaning, width - _INDENT):
        yield " " * _INDENT + line


def cut(text: str, width: int) -> str:
    """A text as one line of so many columns, an ellipsis at its end where it is longer."""
    text = " ".join(text.split())
    return text if len(text) <= width else text[:max(0, width - 1)].rstrip() + "…"


def card(rows: Sequence[tuple[str, str]], width: int, style: Style) -> list[str]:
    """Labelled lines; where it is narrow, the label stands above what it labels."""
    rows = [(label, body) for label, body in rows if body]
    narrow = width < _NARROW
    column = 2 if narrow else max(len(label) for label, _ in rows) + 2
    lines: list[str] = []
    for label, body in rows:
        written = [line for part in body.split("\n")
                   for line in wrapped(part, min(width, _WIDEST) - column)]
        head = style(label, bold=True)
        if narrow:
            lines += [head, *("  " + line for line in written)]
            continue
        first, *others = written
        lines += [f"{head}{' ' * (column - len(label))}{first}",
                  *(" " * column + line for line in others)]
    return lines


def wrapped(text: str, width: int) -> list[str]:
    """A text in lines; what has no space to break at is cut where the line ends."""
    return textwrap.wrap(text, max(8, width), break_on_hyphens=False) or [""]
