"""Integrals and infinite sums in mpmath, for the independent judge.

The double exponential rule: the range is mapped to the real line so that the integrand falls off
doubly exponentially, and the trapezoidal rule is halved until two results agree. The error then
is about the square of their difference.

Source: Takahasi & Mori (1974), Double exponential formulas for numerical integration.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from derive.deferred_dataclass import dataclass
from derive.errors import DivergentError, EvaluationError
from derive.judge.precision import Number, mp, mpf
from derive.limits import tick

_LEVELS = 9
_FARTHEST = 7  # of the parameter t; by then exp(exp(t)) is beyond every tail
_MOST_TERMS = 4000
Function = Callable[[Number], Number]


@dataclass(frozen=True)
class Range:
    """An interval of integration; the ends may be infinite."""

    low: Any
    high: Any

    def place(self, x: Number) -> tuple[Any, Any]:
        """The point of the interval for a real number x, and its derivative by x."""
        if mp.isinf(self.low) and mp.isinf(self.high):
            return x, mpf(1)
        if mp.isinf(self.high):
            return self.low + mp.exp(x), mp.exp(x)
        if mp.isinf(self.low):
            return self.high - mp.exp(x), mp.exp(x)
        part = 1 / (1 + mp.exp(-x))
        return self.low + (self.high - self.low) * part, (self.high - self.low) * part * (1 - part)

    @property
    def precision(self) -> int:
        """How many times the digits asked for it takes to tell a place from an end of the range.

        A singularity at a finite end is felt at distances far below the digits of the result.
        """
        return 1 if self.is_real_line else 2 if mp.isinf(self.low) or mp.isinf(self.high) else 5

    @property
    def is_real_line(self) -> bool:
        """Whether it is the whole line, on which tails may be as heavy as a power."""
        return bool(mp.isinf(self.low) and mp.isinf(self.high))


def integrate(function: Function, span: Range, digits: int) -> Any:
    """The integral of a function that is analytic inside the range.

    Raises DivergentError where the integrand does not fall off, EvaluationError where the rule
    does not converge, as at a kink.
    """
    with mp.workdps(digits * span.precision + 20):
        integrand = _on_the_line(function, span)
        center, width = _bulk(integrand)
        return +_trapezoidal(_stretched(integrand, center, width, span.is_real_line), digits)


def _on_the_line(function: Function, span: Range) -> Function:
    """The integrand with respect to a real number; None where it has no value."""

    def integrand(x: Number) -> Any:
        tick("integrating numerically")
        try:
            y, slope = span.place(x)
            return function(y) * slope if slope else mpf(0)
        except OverflowError:
            return mp.inf
        except (EvaluationError, ZeroDivisionError, ValueError):
            return None

    return integrand


def _bulk(integrand: Function) -> tuple[Any, Any]:
    """Roughly where most of an integrand lies: its highest place, and its width there."""
    def height(x: Number) -> Any:
        value = integrand(mpf(x))
        return mpf(0) if value is None or mp.isinf(value) else abs(value)

    places = [sign * mpf(n) ** 2 / 16 for n in range(24) for sign in ((1, -1) if n else (1,))]
    heights = [height(x) for x in places]
    top = max(range(len(places)), key=lambda n: heights[n])
    center, best, step = places[top], heights[top], mpf(1)
    for _ in range(60):
        moved = max(((height(center + s), center + s) for s in (step, -step)), key=lambda p: p[0])
        if moved[0] > best:
            best, center = moved
            step *= mpf(3) / 2
        else:
            step /= 2
            if step < mpf(2) ** -8:
                break
    width = mpf(2) ** -10
    while width < 64 and min(height(center - width), height(center + width)) > best / 3:
        width *= 2
    return center, width


def _stretched(integrand: Function, center: Number, width: Number, heavy: bool) -> Function:
    """The integrand in the parameter t of the double exponential rule."""

    def term(t: Number) -> Any:
        inner = mp.pi / 2 * mp.sinh(t) if heavy else t
        value = integrand(center + width * mp.sinh(inner))
        if value is None or mp.isinf(value):
            return value
        slope = width * mp.cosh(inner) * (mp.pi / 2 * mp.cosh(t) if heavy else 1)
        return value * slope

    return term


def _trapezoidal(term: Function, digits: int) -> Any:
    """The trapezoidal rule with ever halved steps, until two results agree."""
    step, total, before = mpf(1) / 2, mpf(0), None
    negligible = mpf(10) ** -(digits + 8)
    middle = term(mpf(0)) or mpf(0)
    scale = abs(middle)
    for level in range(_LEVELS):
        offset = mpf(0) if level == 0 else step
        stride = step if level == 0 else 2 * step
        parts = []
        for sign in (1, -1):
            for value in _outwards(term, sign, offset, stride, negligible, scale):
                parts.append(value)
        if level == 0:
            parts.append(middle)
        scale = max([scale, *map(abs, parts)])
        total += mp.fsum(parts)
        now = total * step
        if before is not None and level >= 2:
            error = abs(now - before)
            if error <= mpf(10) ** -(mpf(digits) * mpf("0.62") + 2) * max(abs(now), scale * step):
                return now
        before = now
        step /= 2
    raise EvaluationError("the integral does not converge, or not to enough digits")


def _outwards(term: Function, sign: int, offset: Number, stride: Number, negligible: Number,
              scale: Number) -> Iterator[Any]:
    """The terms on one side, from the middle on, until they no longer count."""
    small, largest = 0, scale
    t = offset if offset else stride
    while t < _FARTHEST:
        value = term(sign * t)
        if value is None:
            if small:
                return
            raise EvaluationError("the integrand has no value inside the range")
        if mp.isinf(value):
            raise DivergentError("the integral diverges: the integrand grows without end")
        yield value
        largest = max(largest, abs(value))
        small = small + 1 if abs(value) <= negligible * largest else 0
        if small >= 3 and t > 1:
            return
        t += stride
    if not small:
        raise DivergentError("the integral diverges: the integrand does not fall off")


def sum_up(function: Function, low: Number, high: Number, digits: int) -> Any:
    """The sum over whole numbers from `low` to `high`, which may be infinite.

    Raises DivergentError for a sum whose terms do not fall, EvaluationError for one whose terms
    do not fall in time.
    """
    negligible = mpf(10) ** -(digits + 8)
    total, largest, falling, before, n = mpf(0), mpf(0), 0, mpf(0), int(low)
    while n <= high:
        tick("summing numerically")
        value = function(mpf(n))
        total += value
        size = abs(value)
        largest = max(largest, size)
        falling = falling + 1 if size <= negligible * max(largest, abs(total)) and \
            size <= before else 0
        if falling >= 4:
            return total
        if n - low > _MOST_TERMS and size >= before:
            raise DivergentError("the sum diverges: its terms do not fall off")
        if n - low > _MOST_TERMS:
            raise EvaluationError("the sum does not converge, or not within "
                                  f"{_MOST_TERMS} terms")
        before, n = size, n + 1
    return total
