"""A derivative by differences, where there is one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from derive.errors import EvaluationError
from derive.judge.precision import mp, mpf
from derive.judge.reading.lazy_arrays import NO_ERROR
from derive.judge.rules.exact_arithmetic import (
    Exact,
    is_exact,
    magnitude,
    minus,
    over,
    rounded,
)

_GUARD = 48  # bits that the rounding inside a formula may cost
_ROUGH = 40  # bits by which the differences on the two sides may differ unasked


@dataclass
class Difference:
    """The derivative of `moved`, which is the value a step away.

    `error` is the exponent of its error, where rounding has left hardly a digit.

    Where the differences to the left and to the right do not come together as the step shrinks,
    there is a kink or a jump, and no derivative. The step errs by its square.
    """

    moved: Callable[[Fraction], Any]
    error: int = NO_ERROR
    floor: Any = 0

    def value(self, here: Any) -> Any:
        """The derivative where the variable has the value `here`. Raises EvaluationError."""
        bits = mp.prec // 2 + 16
        small = max(0, -magnitude(here)) if here else 0
        with mp.workprec(mp.prec + 2 * (bits + small) + 2 * _GUARD):
            left, slope, right = self._sides(bits + small)
            if rounded(abs(minus(right, left))) > abs(rounded(slope)) * mpf(2) ** (_ROUGH - bits):
                self._must_meet(abs(minus(right, left)), bits + small)
        return slope if is_exact(slope) else +slope

    def _sides(self, bits: int) -> tuple[Any, Any, Any]:
        """The differences to the left, across, and to the right, for a step of 2**-bits."""
        step = Fraction(1, 1 << bits)
        low, here, high = (self.moved(s * step) for s in (-1, 0, 1))
        size = max((magnitude(v) for v in (low, here, high) if v), default=0)
        exact = all(map(is_exact, (low, here, high)))
        self.floor = 0 if exact else mpf(2) ** (size - mp.prec + _GUARD + bits)
        across = over(minus(high, low), 2 * step)
        if not exact and rounded(abs(across)) <= self.floor * mpf(2) ** (mp.prec // 4):
            self.error = max(self.error, int(mp.mag(self.floor)))
        return over(minus(here, low), step), across, over(minus(high, here), step)

    def _must_meet(self, gap: Exact, bits: int) -> None:
        left, _, right = self._sides(bits + 8)
        closer = rounded(abs(minus(right, left)))
        if closer > rounded(gap) / 8 and closer > self.floor:
            raise EvaluationError("the one-sided derivatives differ here")
