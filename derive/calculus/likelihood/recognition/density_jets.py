"""A density by numbers: its slopes by the observation, at values of the parameters."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass

from sympy import Add, Expr, Integer, Mul, Pow

from derive.calculus.likelihood.densities.statistical_model import Model
from derive.core import heads
from derive.core.atoms import Tensor, Variable
from derive.core.indexing import depends, free_names
from derive.core.kinds import Kind
from derive.core.walk import substitute
from derive.errors import EvaluationError
from derive.judge.precision import Number, mp, mpf
from derive.judge.trees.evaluate import Point, evaluate
from derive.rulebook.algebra import multiplied_out

DIGITS = 80
_STRIDE = mpf(10) ** -9
# Differences of seven values, for the first four derivatives.
_WEIGHTS = ((60, (-1, 9, -45, 0, 45, -9, 1)), (180, (2, -27, 270, -490, 270, -27, 2)),
            (8, (1, -8, 13, 0, -13, 8, -1)), (6, (-1, 12, -39, 56, -39, 12, -1)))
_TRIES = 120
_SIZES = (mpf(1), mpf(1) / 4, mpf(3), mpf(10))  # conditions may ask for other values


@dataclass(frozen=True)
class Ends:
    """The ends of the support of an observation; None where it has none on that side."""

    low: Expr | None
    high: Expr | None


def ends_of(model: Model) -> Ends:
    """The ends of the support that the type and the conditions of a scalar observation say."""
    y = model.observed[0]
    kind = y.kind.interval
    low: Expr | None = None if kind.low == -float("inf") else Integer(int(kind.low))
    high: Expr | None = None if kind.high == float("inf") else Integer(int(kind.high))
    for condition in model.support:
        bound = _bound(condition, y)
        if bound is None:
            continue
        value, below = bound
        if below:
            low = value
        else:
            high = value
    return Ends(low, high)


def _bound(condition: Expr, y: Expr) -> tuple[Expr, bool] | None:
    """The end that a condition sets, and whether it is the lower; None where it is not linear."""
    gap = gap_of(condition)
    corner = None if gap is None else corner_of(gap, y)
    if corner is None:
        return None
    value, slope = corner
    draw = random.Random(6)
    for _ in range(_TRIES):
        point = moderate_point(free_names(slope), draw)
        try:
            return value, evaluate(slope, point, 20) > 0
        except EvaluationError:
            continue
    return None


def gap_of(condition: Expr) -> Expr | None:
    """What a comparison says is not negative."""
    if not isinstance(condition, (heads.Less, heads.LessEqual)):
        return None
    return Add(condition.args[1], Mul(-1, condition.args[0]))


def corner_of(node: Expr, y: Expr) -> tuple[Expr, Expr] | None:
    """The y at which a formula that is linear in y is 0, and its slope; None where it is not."""
    zero = multiplied_out(substitute(node, {y: Integer(0)}))
    slope = multiplied_out(Add(substitute(node, {y: Integer(1)}), Mul(-1, zero)))
    rest = multiplied_out(Add(node, Mul(-1, zero), Mul(-1, slope, y)))
    if slope == 0 or rest != 0 or depends(slope, y):
        return None
    return Mul(-1, zero, Pow(slope, -1)), slope


def corners(model: Model) -> list[Expr]:
    """The places at which absolute values and maxima in a density have their corners."""
    y, places = model.observed[0], dict[Expr, None]()
    for node in model.density.atoms(heads.Apply):
        inner = None
        if node.name in ("abs", "sign", "relu"):
            inner = node.args[1]
        elif node.name in ("max", "min") and len(node.args) == 3:
            inner = Add(node.args[1], Mul(-1, node.args[2]))
        if inner is not None and depends(inner, y):
            corner = corner_of(inner, y)
            if corner is not None:
                places[multiplied_out(corner[0])] = None
    return list(places)


def moderate_point(names: set[Expr], draw: random.Random, size: Number = 1) -> Point:
    """Values of no extreme size for scalar names; numbers on a line are `size` times as large."""
    scalars = {}
    for leaf in sorted((n for n in names if isinstance(n, Variable)), key=lambda n: n.name):
        unit = mpf(draw.randrange(1, 2**20)) / 2**20
        scalars[leaf] = _moderate(leaf.kind, unit, draw, size)
    return Point(scalars=scalars)


def _moderate(kind: Kind, unit: Number, draw: random.Random, size: Number) -> Number:
    if kind.domain == "probability":
        return mpf(1) / 8 + unit * 3 / 4
    if kind.domain in ("count", "integer"):
        return draw.randrange(2, 9)
    if kind.domain == "binary":
        return draw.randrange(2)
    if kind.domain == "real":
        return (unit * 2 + mpf(1) / 8) * draw.choice((1, -1)) * size * 3 / 4
    return (unit * 2 + mpf(1) / 2) * size * (-1 if kind.domain == "negative" else 1)


def parameter_points(model: Model, seed: int) -> Iterator[Point]:
    """Random values of all names but the observation at which the conditions on them hold."""
    y = model.observed[0]
    names: set[Expr] = set().union(*(free_names(n) for n in (model.density, *model.conditions)))
    if any(isinstance(n, Tensor) for n in names):
        return
    draw = random.Random(seed)
    free = [c for c in model.conditions if c not in model.support]
    for turn in range(_TRIES):
        point = moderate_point(names - {y}, draw, _SIZES[turn * len(_SIZES) // _TRIES])
        try:
            if all(evaluate(c, point, 20) for c in free):
                yield point
        except EvaluationError:
            continue


@dataclass(frozen=True)
class Seen:
    """The values of a density at one point of its parameters, by its observation.

    `place` and `unit` move the observation: y = place + unit x.
    """

    model: Model
    point: Point
    place: Number
    unit: Number

    def density(self, x: Number) -> Number:
        """The density of x. Raises EvaluationError."""
        y = self.model.observed[0]
        value = self.place + self.unit * x
        at = int(value) if not y.kind.differentiable else value
        return evaluate(self.model.density, self.point.with_scalar(y, at), DIGITS) * abs(self.unit)

    def slopes(self, x: Number) -> list[Number]:
        """The first four derivatives of the logarithm of the density at x."""
        with mp.workdps(DIGITS):
            logs = []
            for step in range(-3, 4):
                value = self.density(x + step * _STRIDE)
                if value <= 0:
                    raise EvaluationError("no logarithm of a density that is 0")
                logs.append(mp.log(value))
            return [mp.fsum(w * v for w, v in zip(weights, logs, strict=True))
                    / (below * _STRIDE**order)
                    for order, (below, weights) in enumerate(_WEIGHTS, 1)]
