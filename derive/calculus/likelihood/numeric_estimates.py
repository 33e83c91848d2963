"""Likelihood equations that no rule solves, solved at data by numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from sympy import Expr

from derive.core.atoms import Variable
from derive.derivation import Derivation
from derive.errors import EvaluationError
from derive.judge.precision import Float, mp, mpf
from derive.judge.roots import zeros
from derive.judge.trees.evaluate import Point, evaluate

_DIGITS = 15
_MOST_UNKNOWNS, _MOST_VALUES = 3, 5000
_REACH, _STEPS = 8, 32  # how far from the middle of the data a zero is looked for, and in how many
_NEAR = 1e-4


@dataclass(frozen=True)
class Numeric:
    """What the numbers say: values of the unknowns, or why there are none."""

    values: dict[Expr, Float]
    why: str = ""


def solve_by_numbers(equations: Sequence[Derivation], likelihood: Expr, point: Point,
                     spread: tuple[Float, Float]) -> Numeric:
    """The unknowns of the equations (derivatives of the log-likelihood) at the data of a point.

    `spread` is the middle of the data and their width. A zero counts only if the likelihood has a
    maximum there; of several the highest is taken.
    """
    unknowns = [e.quantity.args[1] for e in equations]
    count = max((len(t) for t in point.tensors.values()), default=0)
    if not all(isinstance(x, Variable) for x in unknowns) or len(unknowns) > _MOST_UNKNOWNS:
        return Numeric({}, "not computed: too many unknowns")
    if count > _MOST_VALUES:
        return Numeric({}, f"not computed: more than {_MOST_VALUES:,} values")
    search = _Search(tuple(unknowns), tuple(e.result for e in equations), likelihood, point, spread)
    return search.single() if len(unknowns) == 1 else search.several()


@dataclass(frozen=True)
class _Search:
    unknowns: tuple[Variable, ...]
    scores: tuple[Expr, ...]
    likelihood: Expr
    point: Point
    spread: tuple[Float, Float]

    def value(self, x: Variable, u: Float) -> Float:
        """The value of an unknown for a number that runs over the whole line."""
        middle, width = self.spread
        domain = x.kind.domain
        if domain == "probability":
            return 1 / (1 + mp.exp(-u))
        if x.kind.interval.low >= 0:
            return mp.exp(u)
        if x.kind.interval.high <= 0:
            return -mp.exp(u)
        return middle + width * u

    def at(self, numbers: Sequence[Float]) -> Point:
        """The point with values for all unknowns."""
        point = self.point
        for x, u in zip(self.unknowns, numbers, strict=True):
            point = point.with_scalar(x, self.value(x, u))
        return point

    def score(self, place: int, numbers: Sequence[Float]) -> Float:
        return evaluate(self.scores[place], self.at(numbers), _DIGITS)

    def height(self, numbers: Sequence[Float]) -> Float:
        """The log-likelihood; -inf where it has no value."""
        try:
            return evaluate(self.likelihood, self.at(numbers), _DIGITS)
        except EvaluationError:
            return -mp.inf

    def at_zero(self, numbers: Sequence[Float], why: str = "") -> Numeric:
        return Numeric({x: self.value(x, u)
                        for x, u in zip(self.unknowns, numbers, strict=True)}, why)

    def single(self) -> Numeric:
        """All zeros at which the score falls, on a grid and between the data; the highest."""
        grid = [mpf(n) * _REACH / _STEPS for n in range(-_STEPS, _STEPS + 1)]
        if self.unknowns[0].kind.domain == "real":
            middle, width = self.spread
            values = sorted({v for t in self.point.tensors.values() for v in t.values()})[:200]
            between = [(a + b) / 2 for a, b in pairwise(values)]
            grid += [(v - middle) / width for v in (*values, *between)]
        try:
            with mp.workdps(_DIGITS + 5):
                maxima = [u for u in zeros(lambda u: self.score(0, (u,)), grid[0], grid[-1],
                                           _DIGITS, sorted(set(grid))) if self.is_maximum((u,))]
        except EvaluationError as error:
            return Numeric({}, f"not computed: {error}")
        if not maxima:
            return Numeric({}, "the score falls through 0 nowhere that was looked: the likelihood "
                               "has no maximum inside, or far away")
        best = max(maxima, key=lambda u: self.height((u,)))
        more = f"the highest of {len(maxima)} local maxima" if len(maxima) > 1 else ""
        return self.at_zero((best,), more)

    def several(self) -> Numeric:
        """Newton's method from the middle of the data."""
        places = range(len(self.unknowns))
        for start in (0, mpf(1) / 2, -mpf(1) / 2, 1):
            try:
                with mp.workdps(_DIGITS + 5):
                    root = mp.findroot(lambda *u: [self.score(n, u) for n in places],
                                       [mpf(start)] * len(self.unknowns), tol=mpf(10) ** -20,
                                       maxsteps=40)
                    numbers = tuple(root)
                    if max(map(abs, numbers)) < 30 and self.is_maximum(numbers):
                        return self.at_zero(numbers)
            except (EvaluationError, ValueError, ZeroDivisionError, TypeError):
                continue
        return Numeric({}, "Newton's method found no maximum of the joint equations")

    def is_maximum(self, numbers: Sequence[Float]) -> bool:
        """Whether the likelihood is lower at all neighbours."""
        here = self.height(numbers)
        if here == -mp.inf:
            return False
        for place in range(len(numbers)):
            for sign in (1, -1):
                moved = [u + sign * _NEAR * (n == place) for n, u in enumerate(numbers)]
                there = self.height(moved)
                if there == -mp.inf or there > here:
                    return False
        return True

