"""Whether estimates are ones at the data: inside of their types, each observation in the support.

Where the zero of the score is not, and there is one parameter, the maximum is looked for on the
bound of what the data allow.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

from sympy import Expr

from derive.calculus.likelihood.observed_data import DIGITS, exact_number
from derive.calculus.likelihood.statistical_model import Sample
from derive.core.atoms import Dim, Tensor, Variable
from derive.core.heads import apply
from derive.core.indexing import free_names
from derive.errors import EvaluationError
from derive.judge.precision import Float, mp, mpf
from derive.judge.trees.evaluate import Point, evaluate
from derive.lazy import cached_property
from derive.notation.printing.pretty import pretty

SCALES = range(-12, 7)  # powers of 2 of the data's size by which one looks around
HALVINGS = 140


def outside(point: Point, sample: Sample) -> str:
    """Why the parameters cannot have their values at a point; empty where they can."""
    for parameter in sample.model.parameters:
        value = point.scalars.get(parameter)
        low, high = ends_of(parameter)
        if value is not None and not low <= value <= high:
            return f"{pretty(parameter)} is {parameter.kind.domain}"
    for condition in sample.conditions:
        names = free_names(condition)
        known = {sample.index, *point.tensors, *point.scalars}
        if sample.index not in names or any(not isinstance(n, Dim) for n in names - known):
            continue
        for n in range(point.size(sample.dim)):
            if not evaluate(condition, point.with_scalar(sample.index, n), DIGITS):
                return f"{pretty(condition)} does not hold for observation {n + 1}"
    return ""


def ends_of(parameter: Variable | Tensor) -> tuple[Float, Float]:
    """The ends of a parameter's type."""
    interval = parameter.kind.interval
    low, high = (mp.inf * (1 if end > 0 else -1) if isinstance(end, float) else exact_number(end)
                 for end in (interval.low, interval.high))
    return low, high


@dataclass(frozen=True)
class BoundSearch:
    """The search for the bound of one parameter, from a value that it cannot have."""

    point: Point
    sample: Sample
    parameter: Variable

    def highest(self) -> Float | None:
        """The bound up to which the likelihood grows, None where none is seen.

        No other allowed value that is tried may have a higher one.
        """
        ends = [end for end in map(self.end, (-1, 1)) if end is not None and self.grows(*end)]
        levels = {end: self.level(self.inner(*end)) for end in ends}
        best = max(ends, key=levels.__getitem__, default=None)
        if best is None or any(self.level(x) > levels[best] for x in self.around(best[0])
                               if self.allowed(x) and x != best[0]):
            return None
        return best[0]

    def nothing_allowed(self) -> bool:
        """Whether none of the values that are tried fits all observations."""
        return not any(map(self.allowed, self.around(self.point.scalars[self.parameter])))

    def end(self, side: int) -> tuple[Float, int] | None:
        """The bound next to the value on one side of it, and where the allowed values lie."""
        start = self.point.scalars[self.parameter]
        near = sorted((x for x in self.around(start) if (x - start) * side > 0 and
                       self.allowed(x)), key=lambda x: abs(x - start))
        if not near:
            return None
        low, high = start, near[0]
        for _ in range(HALVINGS):
            middle = (low + high) / 2
            low, high = (low, middle) if self.allowed(middle) else (middle, high)
        plain = min(self.plain(), key=lambda x: abs(x - high))
        return (plain if abs(plain - high) <= self.size() * mpf(10) ** -25 else high), side

    def grows(self, bound: Float, side: int) -> bool:
        """Whether the likelihood falls from the bound on, into the allowed values."""
        steps = [bound + side * self.size() * mpf(10) ** -k for k in (12, 9, 6)]
        levels = [self.level(x) for x in steps]
        return all(a > b for a, b in pairwise(levels))

    def inner(self, bound: Float, side: int) -> Float:
        """An allowed value next to a bound."""
        return bound if self.allowed(bound) else bound + side * self.size() * mpf(10) ** -12

    def allowed(self, value: Float) -> bool:
        """Whether the parameter can have a value."""
        return not outside(self.point.with_scalar(self.parameter, value), self.sample)

    def level(self, value: Float) -> Float:
        """The log-likelihood."""
        try:
            return evaluate(self.likelihood, self.point.with_scalar(self.parameter, value), DIGITS)
        except EvaluationError:
            return -mp.inf

    @cached_property
    def likelihood(self) -> Expr:
        """The log-likelihood of all observations."""
        return self.sample.total(apply("log", self.sample.model.density))

    def size(self) -> Float:
        """The size of the data and of the value."""
        return max([mpf(1), *map(abs, self.observations()),
                    abs(self.point.scalars[self.parameter])])

    def observations(self) -> list[Float]:
        """All numbers that were observed."""
        return [mpf(v) for y in self.sample.observed if isinstance(y, Tensor)
                for v in self.point.tensors.get(y, {}).values()]

    def plain(self) -> list[Float]:
        """Values that bounds mostly have: those of observations, the ends of the type."""
        seen = [x for y in self.observations() for x in (y, -y)]
        return [*seen, *(end for end in ends_of(self.parameter) if abs(end) != mp.inf)]

    def around(self, start: Float) -> Iterable[Float]:
        """Values among which allowed ones are looked for."""
        size = self.size()
        steps = (s * size * mpf(2) ** k for k in SCALES for s in (-1, 1))
        return [*self.plain(), *(start + step for step in steps)]
