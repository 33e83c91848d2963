"""A cell of one's own: its lines, the axis of its input, the axes of its output."""

from __future__ import annotations

from derive.calculus.recurrence.cell_axes import INPUT, declared_axes, output_axes
from derive.errors import ModelError
from derive.notation.reading.declaration_lines import declared_names
from derive.notation.reading.line_kinds import DECLARED, ModelLines, name_of, sorted_lines
from derive.notation.reading.specification import text_lines
from derive.tables.cell_table import Cell


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


def check_cell(cell: Cell) -> Cell:
    """The cell again. Raises ModelError where no head of the catalogue can be put on it."""
    axes = declared_axes(cell.given, INPUT)
    if axes is None or len(axes) != 2 or axes[0] != "T":
        raise ModelError("a cell reads its input from x; declare x: real[T, D], or end the model "
                         "with its loss, such as L = sum(l)")
    defined = {name_of(line) for line in cell.equations}
    for name in declared_names(line for line in cell.given if DECLARED.match(line)):
        axes = declared_axes(cell.given, name)
        if name not in (INPUT, *defined) and axes and axes[0] == "T":
            raise ModelError(f"{name} has a value at each step, and a cell reads {INPUT} alone; "
                             "end the model with its loss, such as L = sum(l)")
    output_axes(cell)
    return cell
