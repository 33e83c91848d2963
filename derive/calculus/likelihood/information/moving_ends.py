"""Ends of a support that move with a parameter: how fast the density falls off towards them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import islice

from sympy import Add, Expr, Integer, Mul, Rational

from derive.calculus.likelihood.densities.statistical_model import (
    Model,
    Parameter,
    joined_names,
    log_density,
)
from derive.calculus.likelihood.recognition.density_jets import corner_of, gap_of, parameter_points
from derive.core import heads
from derive.core.atoms import Tensor
from derive.core.indexing import depends
from derive.errors import DeriveError, EvaluationError
from derive.functions.decisions import assuming
from derive.judge.precision import Number, mp, mpf
from derive.judge.trees.evaluate import Point, evaluate
from derive.notation.printing.plain import plain
from derive.notation.printing.pretty import pretty
from derive.rulebook.algebra import multiplied_out
from derive.rulebook.loading import Rulebook

_DIGITS = 60
_NEAR = mpf(10) ** -14
_POINTS = 6
_STEEP = 10**4  # an order beyond this is that of an exponential
_FLAT = mpf(10) ** -4


@dataclass(frozen=True)
class MovingEnd:
    """An end of the support that depends on parameters: where it is, and what moves it.

    The density falls off towards it as a power of the distance: `orders` are those powers at
    random parameters (a huge one for what falls off faster than any), `order` is their formula
    where the density shows one. The end is None where it is none of a linear condition.
    """

    end: Expr | None
    movers: tuple[Parameter, ...]
    orders: tuple[Number, ...]
    order: Expr | None

    @property
    def regular(self) -> bool:
        """Whether the density falls off faster than linearly at all parameters looked at."""
        return bool(self.orders) and all(o > 1 for o in self.orders)

    @property
    def condition(self) -> Expr | None:
        """That the density falls off faster than linearly, where it does so at some parameters."""
        if self.order is None or self.regular or not any(o > 1 for o in self.orders):
            return None
        return heads.Less(Integer(1), self.order)

    @property
    def why_not(self) -> str:
        """Why there is no information, in words."""
        if self.end is None or not self.orders or all(abs(o) < _FLAT for o in self.orders):
            return "the range of the observations depends on it, so the score does not average to 0"
        power = "a power" if self.order is None else f"the power {pretty(self.order)}"
        only = ", which holds at some parameters only: add a condition on them" \
            if any(o > 1 for o in self.orders) else ""
        return (f"towards the end {pretty(self.end)} of the range, which moves with it, the "
                f"density falls off as {power} of the distance, and the score has a "
                f"finite expected square only where that power is above 1{only}")


def moving_ends(model: Model, rulebook: Rulebook) -> list[MovingEnd]:
    """The ends of the support that depend on a parameter."""
    y, ends = model.observed[0], []
    continuous = not isinstance(y, Tensor) and y.kind.differentiable
    for condition in model.support:
        gap = gap_of(condition) if continuous else None
        movers = tuple(p for p in model.parameters if depends(condition, p))
        corner = None if gap is None else corner_of(gap, y)
        if not movers:
            continue
        if corner is None or gap is None:
            ends.append(MovingEnd(None, movers, (), None))
            continue
        end = multiplied_out(corner[0])
        orders = tuple(_orders(model, end, gap, y))
        ends.append(MovingEnd(end, movers, orders, _order(model, end, rulebook, orders)))
    return ends


def _orders(model: Model, end: Expr, gap: Expr, y: Expr) -> Iterator[Number]:
    """The power of the distance to an end as which the density falls off, at random parameters."""
    for point in islice(parameter_points(model, 3), _POINTS):
        try:
            with mp.workdps(_DIGITS):
                place = evaluate(end, point, _DIGITS)
                inwards = 1 if evaluate(gap, point.with_scalar(y, place + 1), 20) > 0 else -1
                yield _power(model, point, place, inwards)
        except EvaluationError:
            continue


def _power(model: Model, point: Point, place: Number, inwards: int) -> Number:
    """How the logarithm of the density grows with that of the distance, close to the end."""
    y = model.observed[0]
    step = mpf(10) ** -8
    values = [evaluate(model.density, point.with_scalar(
        y, place + inwards * _NEAR * (1 + n * step)), _DIGITS) for n in (0, 1)]
    if not all(values) or mp.log(values[0]) < -_STEEP:
        return mpf(10) ** 9
    order = (mp.log(values[1]) - mp.log(values[0])) / step
    return mpf(10) ** 9 if order > _STEEP else order


def _order(model: Model, end: Expr, rulebook: Rulebook, orders: tuple[Number, ...],
           ) -> Expr | None:
    """The power as a formula: what stands before the logarithms that are infinite at the end."""
    y = model.observed[0]
    if orders and all(abs(o - orders[0]) < _FLAT for o in orders) and orders[0] < _STEEP:
        return Rational(*Fraction(str(orders[0])).limit_denominator(50).as_integer_ratio())
    inside = (heads.Less(*c.args) for c in model.support if isinstance(c, heads.LessEqual))
    with assuming((*model.positive, *inside)):
        line = multiplied_out(log_density(model, rulebook).line)
    total = [Mul(*(f for f in Mul.make_args(term) if f is not log)) for term in Add.make_args(line)
             for log in [_infinite_at(term, end, y)] if log is not None]
    order = multiplied_out(Add(*total))
    return order if _has_orders(model, order, orders) else None


def _infinite_at(term: Expr, end: Expr, y: Expr) -> Expr | None:
    """The logarithm in a term that is infinite at an end."""
    for factor in Mul.make_args(term):
        if isinstance(factor, heads.Apply) and factor.name == "log" and depends(factor, y):
            corner = corner_of(factor.args[1], y)
            if corner is not None and multiplied_out(Add(corner[0], Mul(-1, end))) == 0:
                return factor
    return None


def _has_orders(model: Model, order: Expr, orders: tuple[Number, ...]) -> bool:
    """Whether a formula has the powers that were seen at random parameters."""
    points = islice(parameter_points(model, 3), _POINTS)
    try:
        values = [evaluate(order, point, 20) for point in points]
    except EvaluationError:
        return False
    return len(values) == len(orders) and all(
        abs(a - b) < _FLAT * max(1, abs(a)) for a, b in zip(values, orders, strict=True))


@dataclass(frozen=True)
class Movable:
    """A model whose parameters all have an information, and remarks on it."""

    model: Model
    remarks: tuple[tuple[str, str], ...] = ()


def with_regular_ends(model: Model, rulebook: Rulebook) -> Movable:
    """The model without the parameters that have no information, as an end moves with them.

    Where the density falls off fast enough at some parameters only, that becomes a condition.
    Raises DeriveError where no parameter is left.
    """
    remarks = []
    for end in moving_ends(model, rulebook):
        if end.regular or end.condition is not None:
            model = _inside(model, end)
        if end.regular:
            continue
        names = joined_names(end.movers)
        if end.condition is not None:
            remarks.append(("exists", f"where {pretty(end.condition)}: towards the end "
                            f"{pretty(end.end)} of the range, which moves with {names}, the "
                            "density has to fall off faster than linearly"))
            model = _with_condition(model, end.condition)
            continue
        left = tuple(p for p in model.parameters if p not in end.movers)
        if not left:
            raise DeriveError(f"no Fisher information for {names}: {end.why_not}")
        if left != model.parameters:
            remarks.append(("left out", f"{names}: {end.why_not}, and it has no Fisher "
                            "information"))
        model = replace(model, parameters=left)
    return Movable(model, tuple(remarks))


def _inside(model: Model, end: MovingEnd) -> Model:
    """The model with observations inside of their range: at its end the density is 0."""
    def strictly(condition: Expr) -> Expr:
        moves = any(depends(condition, p) for p in end.movers)
        return heads.Less(*condition.args) \
            if moves and isinstance(condition, heads.LessEqual) else condition

    return replace(model, conditions=tuple(map(strictly, model.conditions)))


def _with_condition(model: Model, condition: Expr) -> Model:
    text = plain(condition)
    typed = model.typed if model.typed is None else replace(
        model.typed, given=(*model.typed.given, text))
    return replace(model, conditions=(*model.conditions, condition), typed=typed,
                   given=(*model.given, text))
