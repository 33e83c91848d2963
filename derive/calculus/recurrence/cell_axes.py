"""The axes of what a cell reads and of its output. Needs no SymPy where they are declared."""

from __future__ import annotations

import re
from functools import cache
from importlib import import_module
from typing import Any

from derive.notation.reading.declaration_lines import ROLES, declared_names
from derive.tables.cell_table import Cell

INPUT = ROLES["input"]
_TYPE = re.compile(r"\s*[a-z]+\s*\[([^\]]*)\]\s*\Z")


def declared_axes(given: tuple[str, ...], name: str) -> tuple[str, ...] | None:
    """The axes with which a name is declared, as they are written; None where it is not."""
    for line in given:
        if name in declared_names([line]):
            axes = _TYPE.match(line.partition(":")[2])
            return tuple(a.strip() for a in axes.group(1).split(",")) if axes else ()
    return None


def input_axis(cell: Cell) -> str:
    """The dimension of the input of a step."""
    axes = declared_axes(cell.given, INPUT)
    return axes[1] if axes is not None and len(axes) == 2 else "D"


def output_axes(cell: Cell) -> tuple[str, ...]:
    """The axes of the output at a step, as they are declared, or as its equation has them."""
    axes = declared_axes(cell.given, cell.output)
    return axes[1:] if axes else _axes_read(cell)


@cache
def _axes_read(cell: Cell) -> tuple[str, ...]:
    """The axes that the equation of an output has, which is not declared."""
    reading: Any = import_module("derive.notation.reading.model_equations")
    model = reading.read_model("\n".join((*cell.given, *cell.equations, "0")))
    symbol = next(e.symbol for e in model.equations if e.name == cell.output)
    return tuple(map(str, symbol.kind.shape[1:]))
