"""What the pages of a recurrent model have beside its lines: equations, results in matrices."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sympy import Integer
from sympy.core.basic import Basic

from derive.core import heads
from derive.core.atoms import Index, Tensor
from derive.core.kinds import Dimension
from derive.derivation import Derivation
from derive.notation.printing.latex import latex
from derive.notation.printing.mathml import mathml_content
from derive.notation.printing.matrices import in_matrices, partial_of
from derive.notation.printing.plain import plain
from derive.notation.printing.pretty import pretty
from derive.notation.reading.model_equations import Model

PRINTERS: dict[str, Callable[..., str]] = {
    "unicode": pretty, "latex": latex, "ascii": plain, "mathml": mathml_content}


def equations(derivation: Derivation, style: str) -> list[tuple[str, str]]:
    """Both sides of every equation of the model, with whole arrays where that can be written."""
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
        left = heads.at(equation.symbol, equation.indices)
        rows.append(_row(left, equation.body, equation.indices, int(model.timed(equation.symbol)),
                         model, style, reserved))
    return [*rows, (model.name, show(model.loss, reserved, model.steps))]


def _row(left: Basic, body: Basic, indices: tuple[Index, ...], lead: int, model: Model, style: str,
         reserved: Sequence[str]) -> tuple[str, str]:
    show = PRINTERS[style]
    inner = [*reserved, *(i.name for i in indices)]
    formula = in_matrices(body, indices, model.steps, style, inner)
    if formula is None:
        return show(left, inner, model.steps), show(body, inner, model.steps)
    return name_of(left, lead, model.steps, style), formula


def name_of(place: Basic, lead: int, time: Dimension, style: str) -> str:
    """A name without its subscripts but the first `lead` ones, which are steps of time."""
    if isinstance(place, heads.Element):
        short = Tensor(place.tensor.name, place.tensor.kind)
        place = heads.Element(short, *place.indices[:lead]) if lead else place.tensor
    return str(PRINTERS[style](place, (), time))  # not as markup, which is joined otherwise


def matrix_results(derivation: Derivation, style: str) -> list[tuple[str, str]]:
    """∂L/∂v and what it is, for every result that can be written with whole arrays."""
    rows = []
    results = [d for d in (derivation, *derivation.others) if d.time is not None]
    if all(i.dim == d.time for d in results for i in d.indices):
        return []  # numbers alone
    for d in results:
        formula = in_matrices(d.result, d.indices, d.time, style, d.reserved)
        if formula is not None:
            rows.append((quantity_name(d, style), formula))
    return rows


def quantity_name(derivation: Derivation, style: str) -> str:
    """∂L/∂W for the quantity of a derivation, its array taken as a whole."""
    loss, at = derivation.quantity.args
    assert derivation.recurrence is not None
    model = derivation.recurrence.model
    lead = int(isinstance(at, heads.Element) and model.timed(at.tensor))
    above, below = PRINTERS[style](loss), name_of(at, lead, model.steps, style)
    return partial_of(style, above, below)
