"""A model whose prediction has a recurrence of its own, such as the best path: two texts.

The equations that only the prediction reads (`v[t] = …`, `path[t] = b[t, path[t+1]]`) are run over
a sequence once the others are known: what they read of these is data, parameters are shared.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sympy import Expr

from derive.calculus.recurrence.prediction_structure import decoding
from derive.core.atoms import Tensor, Variable
from derive.core.exact import exact
from derive.core.indexing import free_names
from derive.errors import ModelError
from derive.notation.reading.declaration_lines import PREDICTION
from derive.notation.reading.line_kinds import name_of
from derive.notation.reading.model_equations import Model, read_model
from derive.notation.reading.specification import Definition, text_lines

_READ = "decoded"


@dataclass(frozen=True)
class Decoding:
    """The text of a recurrence of a prediction.

    `reads` are the names of equations of the trained model, and its input where that is read.
    """

    text: str
    reads: tuple[str, ...]


@exact
def decoding_text(text: str) -> Decoding | None:
    """The recurrence of a model's prediction; None where it has none of its own.

    Raises ModelError as `read_model`, and for one that does not give labels, or reads data beside
    the input.
    """
    model = read_model(text)
    shown = decoding(model)
    if not shown or model.predict is None:
        return None
    shown = [*_once(model, [*shown, model.predict]), *shown]
    names = {e.name for e in shown}
    read = _read(model, (*shown, model.predict), names)
    _check_read(read, model)
    kinds = [f"{leaf.name}: {leaf.kind}" for leaf in (*read, *(e.symbol for e in shown))]
    lines = [line for line in text_lines(text) if name_of(line) in names]
    right = next(line for line in text_lines(text) if name_of(line) == PREDICTION)
    own, value = ", ".join(map(str, model.predict.indices)), right.partition("=")[2]
    written = "\n".join([  # a loss reads each equation, and nothing is differentiated
        *kinds, f"{_READ}: binary[{model.steps}]", *lines, right,
        f"{_READ}[{own}] = 1 if ({value.strip()}) == 0 else 0", f"L = sum({_READ})"]) + "\n"
    weights = set(model.weights)
    return Decoding(written, tuple(str(leaf) for leaf in read if leaf not in weights))


def _once(model: Model, equations: Iterable[Definition]) -> list[Definition]:
    """The equations of parameters alone that others read: they are computed again."""
    waiting, once = list(equations), set[Expr]()
    while waiting:
        for leaf in free_names(waiting.pop().body):
            equation = model.equation(leaf)
            if equation is not None and leaf not in once and _is_of_parameters(equation, model):
                once.add(leaf)
                waiting.append(equation)
    return [e for e in model.equations if e.symbol in once]


def _is_of_parameters(equation: Definition, model: Model) -> bool:
    """Whether an equation reads parameters alone, directly or by way of others."""
    for leaf in free_names(equation.body):
        if isinstance(leaf, (Tensor, Variable)) and leaf not in model.weights:
            other = model.equation(leaf)
            if other is None or model.timed(leaf) or not _is_of_parameters(other, model):
                return False
    return not model.timed(equation.symbol)


def _read(model: Model, equations: Iterable[Definition], own: set[str]) -> list[Tensor | Variable]:
    """What equations and their starts read, but for names of their own, in order."""
    bodies: list[Expr] = [e.body for e in equations]
    bodies += [start.body for symbol, start in model.initial.items() if symbol.name in own]
    leaves = {leaf for body in bodies for leaf in free_names(body)
              if isinstance(leaf, (Tensor, Variable)) and leaf.name not in own}
    return [leaf for leaf in model.scope.names.values() if leaf in leaves]


def _check_read(read: Iterable[Tensor | Variable], model: Model) -> None:
    known = {*map(str, model.weights), model.learning.role("input")}
    for leaf in read:
        equation = model.equation(leaf)
        if equation is not None and not model.timed(leaf):
            raise ModelError(f"the prediction has a recurrence of its own, and reads {leaf.name}, "
                             "a value of all steps; such a recurrence reads values of steps, "
                             "parameters, and what is computed of parameters alone",
                             model.line_of(leaf), 1)
        if leaf.name not in known and equation is None:
            raise ModelError(f"the prediction has a recurrence of its own, and reads the data "
                             f"{leaf.name}; give it a name in an equation that the loss reads, "
                             f"such as u[t] = {leaf.name}[t]")
    assert model.predict is not None
    if model.predict.indices != (model.time,):
        raise ModelError("the prediction has a recurrence of its own, and so it is a label at each "
                         "step, such as predict[t] = path[t]",
                         model.line_of(model.predict.symbol), 1)
