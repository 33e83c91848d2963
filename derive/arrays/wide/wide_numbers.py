"""The numbers: (high + low) * 2**exponent, 106 bits and an exponent of 64; their arithmetic.

Sum, difference, product, quotient and square root have a relative error of at most 2**-100.
An exponent beyond 2**60 becomes infinity, one below -2**60 zero. Nothing here raises or warns;
callers hold np.errstate(all="ignore").
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from derive.arrays.wide.pairs import (
    _wide_fast_sum,
    _wide_pair_series,
    _wide_two_product,
    _wide_two_sum,
)

# Exponents stay within this, so that sums of a few of them cannot wrap round.
WIDE_LIMIT = 2**60


class Wide(NamedTuple):
    """An array of numbers (high + low) * 2**exponent.

    high is 0, not finite, or of size 0.5 to 1, and is the sum high + low rounded to a float.
    Where high is 0 or not finite, low and exponent are 0. So a value has one representation.
    """

    high: Any
    low: Any
    exponent: Any

    def __add__(self, other: Wide) -> Wide:  # type: ignore[override]
        return wide_add(self, other)

    def __sub__(self, other: Wide) -> Wide:
        return wide_subtract(self, other)

    def __mul__(self, other: Wide) -> Wide:  # type: ignore[override]
        return wide_multiply(self, other)

    def __truediv__(self, other: Wide) -> Wide:
        return wide_divide(self, other)

    def __neg__(self) -> Wide:
        return wide_negative(self)

    def __abs__(self) -> Wide:
        return wide_abs(self)


def _wide_power_of_two(k: Any) -> Any:
    """2.0**k for integers k of 64 bits, cut off at the ends of the normal range."""
    k = np.minimum(np.maximum(k, -1022), 1023)
    return np.left_shift(k + np.int64(1023), 52).view(np.float64)


def _wide_normal(high: Any, low: Any, exponent: Any, plain: Any) -> Wide:
    """The number (high + low) * 2**exponent, |low| <= |high|.

    `plain` is what plain arithmetic gives: it stands in where infinities have made low a nan.
    """
    high, low = _wide_fast_sum(high, low)
    high, shift = np.frexp(high)
    low = low * _wide_power_of_two(-shift.astype(np.int64))
    exponent = exponent + shift.astype(np.int64)
    usual = (np.abs(high) >= 0.5) & (np.abs(low) < 1) & (np.abs(exponent) <= WIDE_LIMIT)
    if np.all(usual):
        return Wide(high, low, exponent)
    finite = np.abs(low) < 1
    high = np.where(finite, high, plain)
    high = np.where(finite & (exponent > WIDE_LIMIT) & (high != 0), np.copysign(np.inf, high), high)
    high = np.where(finite & (exponent < -WIDE_LIMIT), high * 0.0, high)
    usual = np.isfinite(high) & (high != 0)
    return Wide(high, np.where(usual, low, 0.0), np.where(usual, exponent, 0))


def wide_of(x: Any) -> Wide:
    """The numbers of a float or integer array, exactly."""
    x = np.asarray(x)
    if x.dtype.kind in "iu":
        x = x.astype(np.uint64 if x.dtype.kind == "u" else np.int64)
        top, rest = x >> 32, x & 0xFFFFFFFF
        high, low = _wide_two_sum(top.astype(np.float64) * 2.0**32, rest.astype(np.float64))
    else:
        high = x.astype(np.float64)
        low = np.zeros_like(high)
    return _wide_normal(high, low, np.int64(0), high)


def _wide_of_pair(high: Any, low: Any) -> Wide:
    """The number high + low, |low| <= |high|."""
    return _wide_normal(np.asarray(high), low, np.int64(0), high)


def _wide_pair(w: Wide) -> tuple[Any, Any]:
    """A number as an unscaled pair; one beyond the floats is cut off about 2**±900."""
    scale = _wide_power_of_two(np.minimum(np.maximum(w.exponent, -900), 900))
    return w.high * scale, w.low * scale


def _wide_polynomial(z: Wide, terms: Any, exact: int) -> Wide:
    """The polynomial in z of moderate size, the constant coefficient first; see the pairs' own."""
    return _wide_of_pair(*_wide_pair_series(*_wide_pair(z), terms, exact))


def wide_float(w: Wide) -> Any:
    """The nearest float64, also below the normal range; infinity beyond the floats."""
    exponent = np.minimum(np.maximum(w.exponent, -1100), 1100).astype(np.int32)
    result = np.ldexp(w.high, exponent)
    small = exponent < -1021
    if np.any(small):
        # The float `high` lay half way between two subnormals: low decides, if it is not 0.
        rest = w.high - np.ldexp(result, -exponent)
        half = np.abs(rest) == np.ldexp(0.5, -1074 - exponent)
        beyond = np.ldexp(np.sign(rest), np.where(small, -1074, 0))
        away = small & half & (np.sign(w.low) * np.sign(rest) > 0)
        result = np.where(away, result + beyond, result)
    return result


def wide_negative(w: Wide) -> Wide:
    """-w."""
    return Wide(-w.high, -w.low, w.exponent)


def wide_abs(w: Wide) -> Wide:
    """|w|."""
    return Wide(np.abs(w.high), np.where(w.high < 0, -w.low, w.low), w.exponent)


def wide_sign(w: Wide) -> Wide:
    """-1, 0 or 1."""
    sign = np.sign(w.high)
    return Wide(sign * 0.5, np.zeros_like(sign), np.where(np.abs(sign) == 1, np.int64(1), 0))


def wide_add(a: Wide, b: Wide) -> Wide:
    """a + b; accurate also where they cancel."""
    # The exponent of zero and of infinity says nothing; none must push the other out of sight.
    ea = np.where((a.high == 0) | np.isinf(a.high), b.exponent, a.exponent)
    eb = np.where((b.high == 0) | np.isinf(b.high), a.exponent, b.exponent)
    top = np.maximum(ea, eb)
    # What is beyond the floats beside the other is left out: cut off, it would be a wrong digit.
    sa, sb = (np.where(e - top < -1000, 0.0, _wide_power_of_two(e - top)) for e in (ea, eb))
    total, error = _wide_two_sum(a.high * sa, b.high * sb)
    low, rest = _wide_two_sum(a.low * sa, b.low * sb)
    high, error = _wide_fast_sum(total, error + low)
    return _wide_normal(high, error + rest, top, total)


def wide_subtract(a: Wide, b: Wide) -> Wide:
    """a - b; accurate also where they cancel."""
    return wide_add(a, wide_negative(b))


def wide_multiply(a: Wide, b: Wide) -> Wide:
    """a * b."""
    product, error = _wide_two_product(a.high, b.high)
    error = error + (a.high * b.low + a.low * b.high)
    return _wide_normal(product, error, a.exponent + b.exponent, product)


def wide_divide(a: Wide, b: Wide) -> Wide:
    """a / b; infinite or nan where b is 0."""
    quotient = a.high / b.high
    product, error = _wide_two_product(quotient, b.high)
    rest = (((a.high - product) - error) + (a.low - quotient * b.low)) / b.high
    return _wide_normal(quotient, rest, a.exponent - b.exponent, quotient)


def wide_sqrt(w: Wide) -> Wide:
    """The square root; nan below 0."""
    half = w.exponent >> 1
    scale = np.where(w.exponent & 1, 2.0, 1.0)
    high, low = w.high * scale, w.low * scale
    root = np.sqrt(high)
    product, error = _wide_two_product(root, root)
    rest = (((high - product) - error) + low) / (2 * root)
    return _wide_normal(root, rest, half, root)


def wide_where(condition: Any, a: Wide, b: Wide) -> Wide:
    """a where the condition holds, b elsewhere."""
    return Wide(
        np.where(condition, a.high, b.high),
        np.where(condition, a.low, b.low),
        np.where(condition, a.exponent, b.exponent),
    )


def _wide_signed(size: Wide, w: Wide) -> Wide:
    """The number `size`, with the sign of w."""
    return wide_where(w.high < 0, -size, size)


def wide_isfinite(w: Wide) -> Any:
    """Whether it is a number, not infinite."""
    return np.isfinite(w.high)


def wide_map(w: Wide, function: Any) -> Wide:
    """A change of shape, done to all three arrays: `lambda a: np.moveaxis(a, 0, -1)`."""
    return Wide(function(w.high), function(w.low), function(w.exponent))


def wide_index(w: Wide, key: Any) -> Wide:
    """w[key], with NumPy's indexing."""
    return Wide(np.asarray(w.high)[key], np.asarray(w.low)[key], np.asarray(w.exponent)[key])


def wide_broadcast(w: Wide, shape: tuple[int, ...]) -> Wide:
    """The numbers in that shape (read-only views)."""
    return Wide(
        np.broadcast_to(w.high, shape),
        np.broadcast_to(w.low, shape),
        np.broadcast_to(w.exponent, shape),
    )


WIDE_ZERO = wide_of(0.0)
WIDE_ONE = wide_of(1.0)
WIDE_TWO = wide_of(2.0)
WIDE_HALF = wide_of(0.5)
