"""A cell of one's own: its lines, the axis of its input, the axes of its output."""

from __future__ import annotations

import re
from functools import cache

from derive.errors import ModelError
from derive.notation.reading.line_kinds import (
    DECLARED,
    ModelLines,
    sorted_lines,
)
from derive.notation.reading.model_equations import read_model
from derive.notation.reading.specification import text_lines
from derive.tables.cell_table import Cell

_TYPE = re.compile(r"\s*[a-z]+\s*\[([^\]]*)\]\s*\Z")
_INPUT = "x"


def own_cell(text: str, title: str = "The user's own cell", lines: ModelLines | None = None,
             ) -> Cell:
    """The cell that declarations and equations describe; its last equation is its output.

    Raises ModelError for a text without one, or on which a head cannot be put.
    """
    lines = lines or sorted_lines(text)
    if not lines.output:
        raise ModelError("the cell has no equation; write one such as "
                         "h[t] = tanh(b + W @ h[t-1] + U @ x[t])")
    if lines.predictions:
        raise ModelError("a cell gets a head, which tells what it predicts; end the model with its "
                         "loss, such as L = sum(l), or remove this line", lines.predictions[0], 1)
    equations = tuple(line.strip() for line in text_lines(text)
                      if line in (*lines.equations, *lines.edges))
    given = tuple(line.strip() for line in (*lines.declared, *lines.about))
    return Cell("text", title, given, equations, lines.output)


def declared_axes(given: tuple[str, ...], name: str) -> tuple[str, ...] | None:
    """The axes with which a name is declared, as they are written; None where it is not."""
    for line in given:
        match = DECLARED.match(line)
        if match is not None and name in (n.strip() for n in match.group(1).split(",")):
            axes = _TYPE.match(match.group(2))
            return tuple(a.strip() for a in axes.group(1).split(",")) if axes else ()
    return None


def check_cell(cell: Cell) -> Cell:
    """The cell again. Raises ModelError where no head of the catalogue can be put on it."""
    axes = declared_axes(cell.given, _INPUT)
    if axes is None or len(axes) != 2 or axes[0] != "T":
        raise ModelError("a cell reads its input from x; declare x: real[T, D], or end the model "
                         "with its loss, such as L = sum(l)")
    output_axes(cell)
    return cell


def input_axis(cell: Cell) -> str:
    """The dimension of the input of a step."""
    axes = declared_axes(cell.given, _INPUT)
    return axes[1] if axes is not None and len(axes) == 2 else "D"


def output_axes(cell: Cell) -> tuple[str, ...]:
    """The axes of the output at a step, as they are declared, or as its equation has them."""
    axes = declared_axes(cell.given, cell.output)
    return axes[1:] if axes else _axes_read(cell)


@cache
def _axes_read(cell: Cell) -> tuple[str, ...]:
    """The axes that the equation of an output has, which is not declared."""
    model = read_model("\n".join((*cell.given, *cell.equations, "0")))
    symbol = next(e.symbol for e in model.equations if e.name == cell.output)
    return tuple(map(str, symbol.kind.shape[1:]))
