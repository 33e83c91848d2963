"""What a model's prediction may read, written in names of equations that the loss depends on."""

from __future__ import annotations

from dataclasses import replace

from sympy import Expr

from derive.calculus.problem import unfolded
from derive.core.atoms import Tensor, Variable
from derive.core.indexing import free_names, occurs
from derive.errors import ModelError
from derive.notation.reading.model_equations import Model, reads
from derive.notation.reading.specification import Definition


def with_prediction(model: Model) -> Model:
    """The model, with equations that the prediction alone reads written out in it.

    Raises ModelError for one that reads what nothing trains, or such an equation at other steps.
    """
    if model.predict is None:
        return model
    reached = _reached(model)
    shown = [e for e in model.equations if e.symbol not in reached and _reads(e, model)]
    if not shown:
        _check_trained(model, reached)
        return model
    for reader in (model.predict, *shown):
        for symbol, shift in reads(reader.body, model):
            if symbol in {e.symbol for e in shown} and shift and model.timed(reader.symbol):
                raise ModelError(f"{reader.name} reads {symbol.name} of another step, and the loss "
                                 f"does not depend on {symbol.name}: a prediction reads other "
                                 "steps of what is trained alone", model.line_of(reader.symbol), 1)
    predict = replace(model.predict, body=unfolded(model.predict.body, shown))
    scope = model.scope.copy()
    for equation in shown:
        scope.names.pop(equation.name)
    kept = tuple(e for e in model.equations if e not in shown)
    model = replace(model, predict=predict, equations=kept, scope=scope)
    _check_trained(model, reached)
    return model


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
