"""Tables of text: columns under each other; where there is no room, the cells of a row are."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest

from derive.rendering.layout import folded

_BETWEEN, _MARGIN = "   ", "  "
Cells = Sequence[str]


def text_table(columns: Cells, rows: Sequence[Cells], width: int) -> list[str]:
    """The lines of a table, the first column at the left and the others at the right.

    The names of columns are broken where that makes it fit.
    """
    room = width - len(_MARGIN) - len(_BETWEEN) * (len(columns) - 1)
    body = [max(map(len, cells)) for cells in zip(*rows, strict=True)]
    for lines in range(1, max(name.count(" ") for name in columns) + 2):
        widths = [max(w, _narrowest(name, lines)) for name, w in zip(columns, body, strict=True)]
        if sum(widths) <= room:
            heads = [folded(name, w, "") for name, w in zip(columns, widths, strict=True)]
            return [_line(cells, widths) for cells in (*zip_longest(*heads, fillvalue=""), *rows)]
    return [line for row in rows for line in _row_below(columns, row, width)]


def _narrowest(name: str, lines: int) -> int:
    """The least width at which a name is broken into so many lines at most."""
    longest = max(map(len, name.split() or [""]))
    return next(w for w in range(longest, len(name) + 1) if len(folded(name, w, "")) <= lines)


def _line(cells: Cells, widths: Sequence[int]) -> str:
    first, *others = cells
    return (_MARGIN + _BETWEEN.join([first.ljust(widths[0]),
                                     *map(str.rjust, others, widths[1:])])).rstrip()


def _row_below(columns: Cells, row: Cells, width: int) -> list[str]:
    """The cells of a row below each other, each behind the name of its column."""
    head = f"{columns[0]} {row[0]}".strip()
    cells = (f"{name}: {cell}" for name, cell in zip(columns[1:], row[1:], strict=True))
    return [*(_MARGIN + line for line in folded(head, width - len(_MARGIN), "")),
            *(2 * _MARGIN + line for cell in cells
              for line in folded(cell, width - 2 * len(_MARGIN), _MARGIN))]
