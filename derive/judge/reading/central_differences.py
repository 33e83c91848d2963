"""Partial derivatives by central differences at raised precision, in a run's own context."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from derive.errors import EvaluationError, TooLargeError
from derive.judge.precision import Number
from derive.judge.reading.lazy_arrays import Move, Place, Run

_GUARD = 10
_MOST_DIGITS = 3000
_SUSPECT = 8  # digits to which the slopes on both sides agree where no kink is suspected
NOISE = "noise"  # where a run keeps how much of its derivatives may be rounding
Formula = Callable[[Run], Any]


def slope(run: Run, body: Formula, name: Any, place: Place) -> Any:
    """The derivative of a formula by a number of the point."""
    return Slopes(run, body).first(((name, place, 1),))


@dataclass
class Slopes:
    """Derivatives of a formula along moves of numbers of one point.

    The step h errs by h**2, cancellation costs -log10(h) digits; the step shrinks with the
    variable, so that log(x) near 0 is no worse than elsewhere.
    """

    run: Run
    body: Formula
    bases: dict[int, Any] = field(default_factory=dict)

    def first(self, moves: Sequence[Move], smooth: bool = False) -> Any:
        """The derivative. Raises EvaluationError where there is none.

        With `smooth`, also where the slopes on both sides differ: at a kink.
        """
        return self._first(moves, smooth, 0)

    def _first(self, moves: Sequence[Move], smooth: bool, extra: int) -> Any:
        ctx, digits = self.run.ctx, int(self.run.ctx.dps)
        shrunk = self._shrunk(moves)
        with ctx.workdps(digits + digits // 2 + 2 * _GUARD + shrunk + extra):
            step = ctx.mpf(10) ** -(digits // 2 + 3 + shrunk)
            above, below = self._at(moves, step), self._at(moves, -step)
            swallowed = int(ctx.mag(above)) // 3 if above else 0
            if swallowed <= extra + _GUARD:
                if smooth and self._torn(moves, step, above, below):
                    raise EvaluationError("there is no derivative here: the slopes of the two "
                                          "sides differ")
                slope = (above - below) / (2 * step)
                self._note(max(1, abs(above), abs(below)) * ctx.eps / step)
        if swallowed > extra + _GUARD:  # a large value has swallowed digits of the difference
            if swallowed > _MOST_DIGITS:
                raise TooLargeError("the value is too large to differentiate numerically")
            return self._first(moves, smooth, swallowed)
        return +slope

    def _note(self, noise: Number) -> None:
        """Notes how much of a derivative may be rounding, of the formula or of terms of size 1."""
        memo = self.run.memo
        memo[NOISE] = max(memo.get(NOISE, 0), noise)

    def second(self, first: Sequence[Move], second: Sequence[Move]) -> Any:
        """The mixed second derivative."""
        ctx, digits = self.run.ctx, int(self.run.ctx.dps)
        shrunk = max(self._shrunk(first), self._shrunk(second))
        with ctx.workdps(2 * digits + 2 * _GUARD + 2 * shrunk):
            step = ctx.mpf(10) ** -(digits // 2 + 3 + shrunk)
            total, largest = ctx.zero, ctx.one
            for a in (step, -step):
                for b in (step, -step):
                    value = self.body(self.run.beside(first, a).beside(second, b))
                    total += value if a == b else -value
                    largest = max(largest, abs(value))
            self._note(largest * ctx.eps / step**2)
            slope = total / (4 * step * step)
        return +slope

    def _at(self, moves: Sequence[Move], step: Number) -> Any:
        return self.body(self.run.beside(moves, step))

    def _base(self) -> Any:
        """The formula at the point itself, once for each precision."""
        precision = self.run.ctx.prec
        if precision not in self.bases:
            self.bases[precision] = self.body(self.run.at(self.run.point))
        return self.bases[precision]

    def _torn(self, moves: Sequence[Move], step: Number, above: Number, below: Number) -> bool:
        """Whether the slopes of the two sides differ, and still do so nearer to the point."""
        middle = self._base()
        right, left = (above - middle) / step, (middle - below) / step
        gap = abs(right - left)
        if gap <= max(abs(right), abs(left)) * self.run.ctx.mpf(10) ** -_SUSPECT:
            return False
        for _ in range(2):  # beside a kink the gap stays; of rounding it grows, else it shrinks
            step = step / 1024
            right, left = self._at(moves, step) - middle, middle - self._at(moves, -step)
            if not gap / 16 < abs(right - left) / step < gap * 16:
                return False
        return True

    def _shrunk(self, moves: Sequence[Move]) -> int:
        """By how many digits the step shrinks, so that it is small beside the numbers moved."""
        most = 0
        for name, place, _ in moves:
            value = self.run.named(name)
            here = value.at(place) if place else value
            if here:
                most = max(most, -int(self.run.ctx.mag(here)) // 3)
        return most
