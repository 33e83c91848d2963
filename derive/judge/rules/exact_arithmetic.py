"""Arithmetic on exact fractions as far as it goes, on numbers of mpmath from there on.

What is exact stays exact, so that a difference of 1e-60 is seen. Where rounded numbers cancel but
for a few bits, the size of the error is noted, so that nobody takes rounding for a value.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any, TypeAlias

from derive.errors import EvaluationError, TooLargeError
from derive.judge.precision import Complex, Float, Number, mp, mpf
from derive.judge.reading.lazy_arrays import NO_ERROR

Exact: TypeAlias = Fraction | Number  # exact as far as it goes

LARGEST = 10**6          # in bits: numbers beyond 2**±LARGEST are left alone
SPARE = 40               # bits that must be left, and by which two equal values may differ
_LARGEST_EXACT = 1 << 12  # bits of a fraction that is kept exact


def rounded(value: Exact) -> Any:
    """A value as a number of mpmath at the current precision."""
    if isinstance(value, Fraction):
        return mpf(value.numerator) / value.denominator
    return mpf(value)


def is_exact(value: Exact) -> bool:
    """Whether a value carries no rounding."""
    return isinstance(value, (int, Fraction))


def magnitude(value: Exact) -> int:
    """The exponent of 2 of a number that is not 0, to within 1."""
    if isinstance(value, int):
        return value.bit_length()
    if isinstance(value, Fraction):
        return value.numerator.bit_length() - value.denominator.bit_length()
    return int(mp.mag(value))


def finite(value: Any) -> Any:
    """A real finite number. Raises EvaluationError for any other."""
    if isinstance(value, Complex) or (isinstance(value, Float) and not mp.isfinite(value)):
        raise EvaluationError("the value is not a finite real number here")
    return value


def plus(left: Exact, right: Exact) -> tuple[Any, int]:
    """A sum, and the exponent of its error where cancellation leaves hardly a bit of it."""
    if is_exact(left) and is_exact(right):
        return left + right, NO_ERROR
    if left == 0 or right == 0:
        return (left if right == 0 else right), NO_ERROR
    total = rounded(left) + rounded(right)
    most = max(magnitude(left), magnitude(right))
    cancelled = total == 0 or most - magnitude(total) > mp.prec - SPARE
    return total, most - mp.prec if cancelled else NO_ERROR


def minus(left: Exact, right: Exact) -> Any:
    """A difference."""
    return plus(left, -right)[0]


def times(left: Exact, right: Exact) -> Any:
    """A product."""
    if is_exact(left) and is_exact(right):
        return left * right
    return rounded(left) * rounded(right)


def over(left: Exact, right: Exact) -> Any:
    """A quotient. Raises EvaluationError for a divisor of 0."""
    if right == 0:
        raise EvaluationError("a division by 0")
    if is_exact(left) and is_exact(right):
        return Fraction(left) / right
    return rounded(left) / rounded(right)


def power(base: Exact, exponent: Exact) -> Any:
    """A power. Raises EvaluationError where it is no real number."""
    integral = exponent == int(exponent) if is_exact(exponent) else mp.isint(exponent)
    if base == 0:
        if exponent < 0:
            raise EvaluationError("a division by 0")
        return 1 if exponent == 0 else 0
    if integral:
        exponent = int(exponent)
        size = abs(exponent) * max(abs(magnitude(base)), 1)
        if is_exact(base) and abs(exponent) * _bits(base) < _LARGEST_EXACT:
            return Fraction(base) ** exponent
        if size > LARGEST:
            raise TooLargeError("a power is too large or too small")
        return rounded(base) ** exponent
    if base < 0:
        raise EvaluationError("a broken power of a negative number")
    if abs(exponent) * max(abs(magnitude(base)), 1) > LARGEST:
        raise TooLargeError("a power is too large or too small")
    return finite(mp.power(rounded(base), rounded(exponent)))


def _bits(value: Fraction | int) -> int:
    if isinstance(value, int):
        return value.bit_length()
    return max(int(value.numerator.bit_length()), int(value.denominator.bit_length()))
