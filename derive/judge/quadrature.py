"""Integrals in mpmath, for the independent judge.

The double exponential rule: the range is mapped to the real line so that the integrand falls off
doubly exponentially, and the trapezoidal rule is halved until two results agree. The error then
is about the square of their difference. Where the rule does not converge, the tails decide whether
there is an integral; they also say in which logarithm the range is mapped.

Source: Takahasi & Mori (1974), Double exponential formulas for numerical integration.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

from derive.deferred_dataclass import dataclass
from derive.errors import DivergentError, EvaluationError
from derive.judge.integral_tails import Tail, tail_of
from derive.judge.precision import Number, cosh_sinh, mp, mpf
from derive.limits import tick

_LEVELS = 9
_FEWER_LEVELS = 7  # where the tails do not say that there is an integral
_FARTHEST = 12  # of the parameter t
_MOST_DIGITS = 1500  # beyond those asked for, to compute an integrand far out
_MOST_BITS = 5000  # of a logarithm whose exponential is computed
_BEYOND = 5  # so many times as far as it counts it is looked at
_SINGULAR = 0.95  # a slope flatter than that of an integrand that is finite at the end
_TAIL = 1024.0  # the logarithm of the distance up to which a tail without a formula is looked at
Function = Callable[[Number], Number]


@dataclass(frozen=True)
class Range:
    """An interval of integration; the ends may be infinite.

    `known` is the number of digits to which its finite ends are known.
    """

    low: Any
    high: Any
    known: float = 1e300

    def place(self, x: Number) -> tuple[Any, Any]:
        """The point of the interval for a real number x, and its derivative by x."""
        if mp.isinf(self.low) and mp.isinf(self.high):
            return x, mpf(1)
        if mp.mag(x) > _MOST_BITS:
            if x > 0 or mp.isinf(self.low):
                raise EvaluationError("a place too far out")
            return self.low, mpf(0)
        if mp.isinf(self.high):
            return self.low + mp.exp(x), mp.exp(x)
        if mp.isinf(self.low):
            return self.high - mp.exp(x), mp.exp(x)
        part = 1 / (1 + mp.exp(-x))
        return self.low + (self.high - self.low) * part, (self.high - self.low) * part * (1 - part)

    def near(self, upper: bool, u: Number) -> tuple[Any, Any]:
        """A place near an end, and the logarithm of its derivative by u.

        Its distance from the other end (from 0, of the whole line) is exp(u) where the end is
        infinite; from a finite end it is exp(-u) times the length of the interval.
        """
        end, other, sign = (self.high, self.low, 1) if upper else (self.low, self.high, -1)
        if mp.isinf(end):
            return (mpf(0) if mp.isinf(other) else other) + sign * mp.exp(u), u
        length = mpf(1) if mp.isinf(other) else self.high - self.low
        return end - sign * length * mp.exp(-u), -u

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


def integrate(function: Function, span: Range, digits: int, logarithm: Function | None = None,
              ) -> Any:
    """The integral of a function that is analytic inside the range.

    `logarithm` is that of the size of the function, where it can be had without the function: far
    out it says more. Raises DivergentError where the tail decides that the integral is infinite,
    EvaluationError where the rule does not converge, as at a kink, and nothing decides.
    """
    with suppress(EvaluationError), mp.workdps(digits * span.precision + 30):
        integrand = _on_the_line(function, span, None)
        center, width = _bulk(integrand)
        return +_trapezoidal(_stretched(integrand, center, width, int(span.is_real_line)), digits,
                             _FEWER_LEVELS)
    tail, singular = _tail(function, span, logarithm)
    with mp.workdps(digits * span.precision + 20 + _further_digits(tail, digits) + int(singular)):
        integrand = _on_the_line(function, span, logarithm if tail.depth > 1 else None)
        center, width = _bulk(integrand)
        nested = max(0, tail.depth - 1) + span.is_real_line
        return +_trapezoidal(_stretched(integrand, center, width, nested), digits,
                             _LEVELS if tail.converges else _FEWER_LEVELS)


def _tail(function: Function, span: Range, logarithm: Function | None) -> tuple[Tail, float]:
    """The heavier tail of the two, and how many digits it takes to come near a singularity.

    Raises DivergentError where one tail makes the integral infinite.
    """
    tails, singular = [], 0.0
    for upper in (True, False):
        def size(u: Number, upper: bool = upper) -> Any:
            x, jacobian = span.near(upper, u)
            return jacobian + (size_of(function(x)) if logarithm is None else logarithm(x))

        known = 1e300 if mp.isinf(span.high if upper else span.low) else 2 * span.known
        tail = tail_of(size, min(known, _TAIL if logarithm is None else known))
        if tail.converges is False:
            raise DivergentError(f"the integral diverges: {tail.why}")
        tails.append(tail)
        end = span.high if upper else span.low
        if end and not mp.isinf(end) and tail.depth == 1 and 0 < -tail.slope < _SINGULAR:
            singular = max(singular, min(_BEYOND * mp.dps / -tail.slope, _MOST_DIGITS))
    heavier = max(tails, key=lambda t: (t.depth, t.slope))
    known = all(t.converges for t in tails)
    return (heavier if known else heavier._replace(converges=None)), singular


def size_of(value: Number) -> Any:
    """The logarithm of the size of a number; minus infinity for 0."""
    return mp.ln(abs(value)) if value else -mp.inf


def _further_digits(tail: Tail, digits: int) -> int:
    """The digits that it takes to compute an integrand as far out as it counts.

    Raises EvaluationError where those are too many.
    """
    if tail.depth < 2 or not tail.slope:
        return 10 * tail.depth
    further = int(_BEYOND * (digits + 10) / -tail.slope)
    if tail.depth > 2 or further > _MOST_DIGITS:
        raise EvaluationError("the integral converges, but its integrand falls off too slowly for "
                              "its value to be computed")
    return further


def _on_the_line(function: Function, span: Range, logarithm: Function | None) -> Function:
    """The integrand with respect to a real number; None where it has no value."""

    def integrand(x: Number) -> Any:
        tick("integrating numerically")
        try:
            y, slope = span.place(x)
            if not slope:
                return mpf(0)
            value = function(y)
            if logarithm is None or not value:
                return value * slope
            return mp.sign(value) * mp.exp(logarithm(y) + mp.ln(slope))
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


def _stretched(integrand: Function, center: Number, width: Number, nested: int) -> Function:
    """The integrand in the parameter t of the double exponential rule.

    For each logarithm that its tails are to be taken in, a sinh is nested.
    """

    def term(t: Number) -> Any:
        inner, slope = t, width
        for _ in range(nested):
            cosh, sinh = cosh_sinh(inner)
            inner, slope = mp.pi / 2 * sinh, slope * mp.pi / 2 * cosh
        cosh, sinh = cosh_sinh(inner)
        value = integrand(center + width * sinh)
        if value is None or mp.isinf(value):
            return value
        return value * slope * cosh

    return term


def _trapezoidal(term: Function, digits: int, levels: int) -> Any:
    """The trapezoidal rule with ever halved steps, until two results agree."""
    step, total, before = mpf(1) / 2, mpf(0), None
    negligible = mpf(10) ** -(digits + 8)
    middle = term(mpf(0)) or mpf(0)
    scale = abs(middle)
    for level in range(levels):
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
        raise EvaluationError("whether the integral converges was not decided: the integrand "
                              "falls off slowly, if at all")
