"""The loss of a model whose outputs are constants: those that its biases alone give."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from sympy import Add, Expr

from derive.arrays.recurrent.model_plan import outputs
from derive.calculus.recurrence.model_structure import in_step_order
from derive.core import heads
from derive.core.atoms import Tensor, Variable
from derive.core.indexing import exact, leaves
from derive.notation.reading.model_equations import Model
from derive.notation.reading.specification import Definition


@exact
def with_constant_outputs(model: Model) -> tuple[Model, list[str]] | None:
    """The model with each output a bias, and the names of these biases.

    The outputs are what the losses of the steps read. A bias is learned, a term of an output's
    equation as it stands, read nowhere else, and starts as nothing says. None where an output has
    no bias, or the loss reads more of the network than its outputs.
    """
    ends = _ends(model)
    if ends is None:
        return None
    kept, biases = ends
    read = set(_names([model.loss, *(e.body for e in kept)]))
    if not biases or {str(leaf) for leaf in model.weights if leaf in read} - set(biases):
        return None
    scope = model.scope.copy()
    for name, leaf in model.scope.names.items():
        if isinstance(leaf, (Tensor, Variable)) and leaf not in read:
            scope.names.pop(name)
    return in_step_order(replace(model, equations=kept, scope=scope, predict=None, initial={},
                                 ends={}, further=())), biases


def _ends(model: Model) -> tuple[tuple[Definition, ...], list[str]] | None:
    """The equations from the outputs on, each output its bias, and the names of the biases."""
    names = set(outputs(model))
    bodies = {e.symbol: e for e in model.equations}
    kept: dict[Expr, Definition] = {}
    biases: list[str] = []
    waiting = _names([model.loss])
    while waiting:
        equation = bodies.get(symbol := waiting.pop())
        if equation is None or symbol in kept:
            continue
        if equation.name in names:
            bias = _bias(equation, model)
            if bias is None:
                return None
            biases.append(str(bias.tensor if isinstance(bias, heads.Element) else bias))
            equation = replace(equation, body=bias)
        elif _reads_other_steps(equation, model):
            return None
        kept[symbol] = equation
        waiting += _names([equation.body])
    return tuple(kept.values()), biases


def _names(bodies: Iterable[Expr]) -> list[Expr]:
    """The names that formulas read."""
    return [leaf for body in bodies for leaf in leaves(body)
            if isinstance(leaf, (Tensor, Variable))]


def _reads_other_steps(equation: Definition, model: Model) -> bool:
    return bool(model.spanned(equation)) or any(shift for _, shift in model.reads(equation))


def _bias(equation: Definition, model: Model) -> Expr | None:
    """The bias of an output."""
    axes = equation.indices[model.timed(equation.symbol):]
    for term in Add.make_args(equation.body):
        leaf = term.tensor if isinstance(term, heads.Element) else term
        of_all = term.indices == axes if isinstance(term, heads.Element) else not axes
        if of_all and leaf in model.parameters and leaf.kind.domain == "real" and \
                leaf.name not in model.learning.initials and _times_read(leaf, model) == 1:
            return term
    return None


def _times_read(leaf: Expr, model: Model) -> int:
    bodies = (model.loss, *(d.body for d in (*model.equations, *model.initial.values())))
    return _names(bodies).count(leaf)
