"""The components of a mixture density, and the density of observations with their components.

A mixture is a sum, over an index or of two terms, of densities with weights that sum to 1. Its
complete-data density weighs the logarithm of each component with a responsibility: 1 for the
component that an observation comes from, or the probability that it does.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from sympy import Add, Expr, Integer, Mul, Pow

from derive.calculus.formulas import free_name
from derive.calculus.likelihood.densities.statistical_model import Model, Parameter
from derive.core import heads
from derive.core.atoms import Index, Tensor, Variable
from derive.core.factors import difference
from derive.core.heads import apply
from derive.core.kinds import Kind
from derive.core.walk import around, enter, substitute
from derive.notation.printing.plain import plain
from derive.notation.reading.scope import leaf_of
from derive.premises import Typed

_LETTERS = ("r", "q", "g", "resp")


@dataclass(frozen=True)
class Mixture:
    """A mixture: its complete-data model, and how the responsibilities follow from parameters.

    `posterior` is the responsibility at `place`, `weights` the parameter that holds the weights,
    in the complete-data model a positive one.
    """

    model: Model
    complete: Model
    place: Expr
    posterior: Expr
    weights: Parameter

    @property
    def indices(self) -> tuple[Index, ...]:
        """The free indices of a responsibility."""
        return tuple(self.place.indices) if isinstance(self.place, heads.Element) else ()


def mixture_of(model: Model) -> Mixture | None:
    """The mixture that a model's density is; None where it is none."""
    if model.joint:
        return None
    before = [f for f in Mul.make_args(model.density) if not isinstance(f, (Add, heads.Sum))]
    sums = [f for f in Mul.make_args(model.density) if isinstance(f, (Add, heads.Sum))]
    if len(sums) != 1:
        return None
    if isinstance(sums[0], heads.Sum):
        return _of_many(model, Mul(*before), sums[0])
    return _of_two(model, Mul(*before), sums[0])


def _of_many(model: Model, before: Expr, total: Expr) -> Mixture | None:
    """Components counted by an index, their weights a parameter on the simplex."""
    index, body, where, _ = enter(total.family, around(model.density))
    weights = next((f.tensor for f in Mul.make_args(body) if isinstance(f, heads.Element)
                    and f.tensor.kind.domain == "simplex" and f.indices == (index,)
                    and f.tensor in model.parameters), None)
    if weights is None or where != heads.Sum.over(body, index).family.args[2]:
        return None
    name = free_name((*model.scope.names, *model.scope.dims), *_LETTERS)
    responsibility = leaf_of(name, Kind("simplex", (index.dim,), index.dim))
    if not isinstance(responsibility, Tensor):
        return None
    own = model.at(weights)[1][0]
    term = Mul(before, body)
    posterior = Mul(substitute(term, {index: own}), Pow(heads.Sum.over(term, index), -1))
    inside = Tensor(weights.name, Kind("positive", weights.kind.shape))
    share = Mul(heads.Element(responsibility, index), apply("log", substitute(term, {
        weights: inside})))
    complete = _complete(model, apply("exp", heads.Sum.over(share, index)), responsibility)
    parameters = tuple(inside if p == weights else p for p in model.parameters)
    return Mixture(model, replace(complete, parameters=parameters),
                   heads.Element(responsibility, own), posterior, weights)


def _of_two(model: Model, before: Expr, total: Expr) -> Mixture | None:
    """Two terms with the weights w and 1 - w."""
    terms = Add.make_args(total)
    if len(terms) != 2:
        return None
    for first, second in (terms, terms[::-1]):
        for weight in model.parameters:
            if isinstance(weight, Variable) and weight.kind.domain == "probability" and \
                    weight in Mul.make_args(first) and \
                    difference(Integer(1), weight) in Mul.make_args(second):
                return _of_weight(model, Mul(before, first), Mul(before, second), weight)
    return None


def _of_weight(model: Model, first: Expr, second: Expr, weight: Variable) -> Mixture:
    name = free_name((*model.scope.names, *model.scope.dims), *_LETTERS)
    responsibility = Variable(name, Kind("probability"))
    other = difference(Integer(1), responsibility)
    density = apply("exp", Add(Mul(responsibility, apply("log", first)),
                               Mul(other, apply("log", second))))
    return Mixture(model, _complete(model, density, responsibility), responsibility,
                   Mul(first, Pow(Add(first, second), -1)), weight)


def _complete(model: Model, density: Expr, responsibility: Parameter) -> Model:
    """The model of observations together with their responsibilities."""
    scope = model.scope.copy()
    scope.names[responsibility.name] = responsibility
    declared = f"{responsibility.name}: {responsibility.kind}"
    observed = (*model.observed, responsibility)
    lines = model.typed.given if model.typed is not None else model.given
    typed = Typed(plain(density), (*lines, declared), ", ".join(p.name for p in model.parameters),
                  (("observed", ", ".join(y.name for y in observed)),))
    return replace(model, scope=scope, given=(*model.given, declared), observed=observed,
                   density=density, definitions=(), typed=typed, entry=None)
