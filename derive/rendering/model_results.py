"""What the pages of a recurrent model have beside its lines: equations, results in matrices."""

from __future__ import annotations

from typing import Any

from sympy import Integer

from derive.core import heads
from derive.core.atoms import Tensor
from derive.derivation import Derivation
from derive.notation.printing.latex import latex
from derive.notation.printing.mathml import mathml_content
from derive.notation.printing.matrices import in_matrices, partial_of
from derive.notation.printing.plain import plain
from derive.notation.printing.pretty import pretty

PRINTERS: dict[str, Any] = {"unicode": pretty, "latex": latex, "ascii": plain,
                            "mathml": mathml_content}


def equations(derivation: Derivation, style: str) -> list[tuple[str, str]]:
    """Both sides of every equation of the model, with whole arrays where that can be said."""
    assert derivation.recurrence is not None
    model = derivation.recurrence.model
    show = PRINTERS[style]
    reserved = [*model.scope.names, *model.scope.dims]
    rows = []
    for symbol, start in model.initial.items():
        edge = Integer(-1) if model.ends[symbol] < 0 else model.steps
        rows.append(_row(heads.Element(symbol, edge, *start.indices), start.body, start.indices,
                         1, model, style, reserved))
    for equation in model.equations:
        left = heads.Element(equation.symbol, *equation.indices) if equation.indices else \
            equation.symbol
        rows.append(_row(left, equation.body, equation.indices, int(model.timed(equation.symbol)),
                         model, style, reserved))
    return [*rows, (model.name, show(model.loss, reserved, model.steps))]


def _row(left: Any, body: Any, indices: tuple[Any, ...], lead: int, model: Any, style: str,
         reserved: list[str]) -> tuple[str, str]:
    show = PRINTERS[style]
    inner = [*reserved, *(i.name for i in indices)]
    whole = in_matrices(body, indices, model.steps, style, inner)
    if whole is None:
        return show(left, inner, model.steps), show(body, inner, model.steps)
    return name_of(left, lead, model.steps, style), whole


def name_of(place: Any, lead: int, time: Any, style: str) -> str:
    """A name without its subscripts but the first `lead` ones, which are steps of time."""
    if not isinstance(place, heads.Element):
        return str(PRINTERS[style](place, (), time))
    if not lead:
        return str(PRINTERS[style](place.tensor, (), time))
    short: Tensor = Tensor(place.tensor.name, place.tensor.kind)
    return str(PRINTERS[style](heads.Element(short, *place.indices[:lead]), (), time))


def matrix_results(derivation: Derivation, style: str) -> list[tuple[str, str]]:
    """∂L/∂v and what it is, for every result that can be said with whole arrays."""
    rows = []
    every = [d for d in (derivation, *derivation.others) if d.time is not None]
    if all(i.dim == d.time for d in every for i in d.indices):
        return []  # numbers alone
    for one in every:
        found = in_matrices(one.result, one.indices, one.time, style, one.reserved)
        if found is not None:
            rows.append((quantity_name(one, style), found))
    return rows


def quantity_name(one: Derivation, style: str) -> str:
    """∂L/∂W for the quantity of a derivation, its array taken as a whole."""
    loss, at = one.quantity.args
    assert one.recurrence is not None
    model = one.recurrence.model
    lead = int(isinstance(at, heads.Element) and model.timed(at.tensor))
    above, below = PRINTERS[style](loss), name_of(at, lead, model.steps, style)
    return partial_of(style, above, below)
