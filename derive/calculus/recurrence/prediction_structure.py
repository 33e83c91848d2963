"""What a model's prediction may read, written in names of equations that the loss depends on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sympy import Expr

from derive.calculus.problem import unfolded
from derive.calculus.recurrence.declared_kinds import of_integers
from derive.core.atoms import Tensor, Variable
from derive.core.indexing import free_names, occurs
from derive.errors import ModelError
from derive.notation.reading.model_equations import Model, reads
from derive.notation.reading.specification import Definition


def with_prediction(model: Model) -> Model:
    """The model, with equations that the prediction alone reads written out in it.

    A prediction with a recurrence of its own, such as the best path, is no part of what is
    trained: it is left out, with its equations. Raises ModelError for one that reads what nothing
    trains.
    """
    if model.predict is None:
        return model
    reached = _reached(model)
    shown = _alone(model, reached)
    if not shown:
        _check_trained(model, reached)
        return model
    if _reads_steps(model, shown):
        if not of_integers(model.predict.body):
            raise _of_other_steps(model, shown)
        return without_prediction(model, shown)
    predict = replace(model.predict, body=unfolded(model.predict.body, shown))
    model = replace(without_prediction(model, shown), predict=predict)
    _check_trained(model, reached)
    return model


def decoding(model: Model) -> list[Definition]:
    """The equations of a recurrence that only the prediction reads; empty where there is none."""
    if model.predict is None:
        return []
    shown = _alone(model, _reached(model))
    return shown if _reads_steps(model, shown) else []


def without_prediction(model: Model, shown: Sequence[Definition]) -> Model:
    """The model without its prediction, and without equations that it alone reads."""
    names = {e.symbol for e in shown}
    scope = model.scope.copy()
    for equation in shown:
        scope.names.pop(equation.name)
    return replace(
        model, predict=None, equations=tuple(e for e in model.equations if e not in shown),
        scope=scope, initial={n: v for n, v in model.initial.items() if n not in names},
        ends={n: v for n, v in model.ends.items() if n not in names})


def _of_other_steps(model: Model, shown: Sequence[Definition]) -> ModelError:
    """The error for a recurrence of the prediction's own that gives no labels."""
    reader = next(e for e in (model.predict, *shown) if e is not None and any(
        shift and symbol in {o.symbol for o in shown} for symbol, shift in reads(e.body, model)))
    return ModelError(f"{reader.name} reads other steps of what the loss does not depend on: such "
                      "a recurrence gives labels, as in path[t] = argmax(…); make the loss depend "
                      "on it, or predict without it", model.line_of(reader.symbol), 1)


def _alone(model: Model, reached: set[Expr]) -> list[Definition]:
    """The equations that the prediction reads, and on which the loss does not depend."""
    return [e for e in model.equations if e.symbol not in reached and _reads(e, model)]


def _reads_steps(model: Model, shown: Sequence[Definition]) -> bool:
    """Whether the prediction, or an equation of it, reads another step of such an equation."""
    assert model.predict is not None
    names = {e.symbol for e in shown}
    return any(symbol in names and shift and model.timed(reader.symbol)
               for reader in (model.predict, *shown)
               for symbol, shift in reads(reader.body, model))


def predictions(model: Model) -> list[Definition]:
    """The prediction, where the model has one."""
    return [] if model.predict is None else [model.predict]


def _reached(model: Model) -> set[Expr]:
    """The names that the loss depends on."""
    reached = set(free_names(model.loss))
    for _ in model.equations:
        for equation in (*model.equations, *model.initial.values()):
            if equation.symbol in reached:
                reached |= free_names(equation.body)
    return reached


def _reads(equation: Definition, model: Model) -> bool:
    """Whether the prediction reads an equation, by itself or through others."""
    assert model.predict is not None
    read = set(free_names(model.predict.body))
    for _ in model.equations:
        for other in model.equations:
            if other.symbol in read:
                read |= free_names(other.body)
    return equation.symbol in read and not any(
        occurs(equation.symbol, start.body) for start in model.initial.values())


def _check_trained(model: Model, reached: set[Expr]) -> None:
    """Raises ModelError for a parameter in the prediction that the loss does not depend on."""
    assert model.predict is not None
    for leaf in free_names(model.predict.body):
        if isinstance(leaf, (Tensor, Variable)) and leaf in model.parameters and \
                leaf not in reached:
            raise ModelError(f"the prediction reads {leaf.name}, on which the loss does not "
                             "depend: nothing trains it", model.line_of(model.predict.symbol), 1)
