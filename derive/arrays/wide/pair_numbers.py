"""Pairs high + low of floats, without an exponent of their own: wide numbers of moderate size.

They have the functions of wide numbers under names with `pair` for `wide`, and cost a fraction of
them; sums, products and quotients have a relative error of some 2**-103. What leaves the range in
which all digits are there becomes NaN, as does what has lost them, and a comparison with such a
number raises FloatingPointError: wide numbers have to do that.
"""

from __future__ import annotations

import threading
from typing import Any, NamedTuple

import numpy as np

from derive.arrays.wide.pairs import _wide_fast_sum, _wide_two_product, _wide_two_sum

PAIR_LEAST, PAIR_MOST = 1e-200, 1e200  # so that the lower half of a product is there as well


# Most functions of pairs have some 2**-72, so that this much may cancel; exp has 2**-98, so that
# elements near a root of their own keep the digits that are promised for them.
PAIR_LOST = 2.0**-24
PAIR_LOST_OF_EXP = 2.0**-64
PAIR_STATE = threading.local()


class Pair(NamedTuple):
    """An array of numbers high + low, |low| at most half a unit in the last place of high."""

    high: Any
    low: Any

    def __add__(self, other: Pair) -> Pair:  # type: ignore[override]
        return pair_add(self, other)

    def __sub__(self, other: Pair) -> Pair:
        return pair_add(self, -other)

    def __mul__(self, other: Pair) -> Pair:  # type: ignore[override]
        return pair_multiply(self, other)

    def __truediv__(self, other: Pair) -> Pair:
        return pair_divide(self, other)

    def __neg__(self) -> Pair:
        return Pair(-self.high, -self.low)

    def __abs__(self) -> Pair:
        return pair_where(self.high < 0, -self, self)


def _pair_in_range(high: Any, low: Any, may_vanish: Any) -> Pair:
    """A pair, NaN where it is too large or small, but for zeros where it may be one."""
    size = np.abs(high)
    if high.size and not PAIR_LEAST <= size.min() <= size.max() <= PAIR_MOST:
        fine = (size >= PAIR_LEAST) & (size <= PAIR_MOST) | (size == 0) & may_vanish
        return Pair(np.where(fine, high, np.nan), np.where(fine, low, np.nan))
    return Pair(high, low)


def pair_of(x: Any) -> Pair:
    """The numbers of an array, of integers below 2**53; infinities stay, as ends of comparisons."""
    high = np.asarray(x, np.float64)
    size = np.abs(high)
    if high.size and not PAIR_LEAST <= size.min() <= size.max() <= PAIR_MOST:
        fine = (size >= PAIR_LEAST) & (size <= PAIR_MOST) | (size == 0) | np.isinf(size)
        high = np.where(fine, high, np.nan)
    return Pair(high, np.zeros_like(high))


def pair_float(w: Pair) -> Any:
    """The nearest float64."""
    return w.high


def pair_may_lose(share: float) -> None:
    """Sets how much of numbers that are not exact may cancel in this thread from now on."""
    PAIR_STATE.share = share


def pair_add(a: Pair, b: Pair) -> Pair:
    """a + b; NaN where so much of numbers that are not exact cancels that digits may be lost."""
    total, error = _wide_two_sum(a.high, b.high)
    high, low = _wide_fast_sum(total, error + (a.low + b.low))
    share = getattr(PAIR_STATE, "share", PAIR_LOST)
    lost = (np.abs(high) < share * np.abs(a.high)) & ((a.low != 0) | (b.low != 0))
    return Pair(np.where(lost, np.nan, high) if lost.any() else high, low)


def pair_subtract(a: Pair, b: Pair) -> Pair:
    """a - b; accurate also where they cancel."""
    return pair_add(a, -b)


def pair_multiply(a: Pair, b: Pair) -> Pair:
    """a * b."""
    product, error = _wide_two_product(a.high, b.high)
    high, low = _wide_fast_sum(product, error + (a.high * b.low + a.low * b.high))
    return _pair_in_range(high, low, (a.high == 0) | (b.high == 0))


def pair_divide(a: Pair, b: Pair) -> Pair:
    """a / b; NaN where b is 0."""
    quotient = a.high / b.high
    product, error = _wide_two_product(quotient, b.high)
    rest = (((a.high - product) - error) + (a.low - quotient * b.low)) / b.high
    return _pair_in_range(*_wide_fast_sum(quotient, rest), a.high == 0)


def pair_sqrt(w: Pair) -> Pair:
    """The square root; NaN below 0."""
    root = np.sqrt(w.high)
    product, error = _wide_two_product(root, root)
    rest = (((w.high - product) - error) + w.low) / (2 * root)
    return Pair(*_wide_fast_sum(root, np.where(root == 0, 0, rest)))


def pair_abs(w: Pair) -> Pair:
    """|w|."""
    return abs(w)


def pair_sign(w: Pair) -> Pair:
    """-1, 0 or 1."""
    return Pair(np.sign(w.high), np.zeros_like(w.high))


def pair_where(condition: Any, a: Pair, b: Pair) -> Pair:
    """a where the condition holds, b elsewhere."""
    return Pair(np.where(condition, a.high, b.high), np.where(condition, a.low, b.low))


def pair_map(w: Pair, function: Any) -> Pair:
    """A change of shape, done to both arrays."""
    return Pair(function(w.high), function(w.low))


def pair_index(w: Pair, key: Any) -> Pair:
    """w[key], with NumPy's indexing."""
    return Pair(np.asarray(w.high)[key], np.asarray(w.low)[key])


def pair_put(base: Pair, key: Any, value: Pair) -> Pair:
    """A copy with other elements at some subscripts."""
    parts = base.high.copy(), base.low.copy()
    for part, new in zip(parts, value, strict=True):
        part[key] = new
    return Pair(*parts)


# Comparisons, and what rests on them


def _pair_known(a: Pair, b: Pair) -> None:
    """Raises FloatingPointError where one of the numbers has left the range."""
    if np.isnan(a.high).any() or np.isnan(b.high).any():
        raise FloatingPointError("a number beyond the range of pairs is compared")


def pair_less(a: Pair, b: Pair) -> Any:
    """a < b, exactly."""
    _pair_known(a, b)
    return (a.high < b.high) | ((a.high == b.high) & (a.low < b.low))


def pair_equal(a: Pair, b: Pair) -> Any:
    """a == b, exactly."""
    _pair_known(a, b)
    return (a.high == b.high) & (a.low == b.low)


def pair_not_equal(a: Pair, b: Pair) -> Any:
    """a != b."""
    return ~pair_equal(a, b)


def pair_less_equal(a: Pair, b: Pair) -> Any:
    """a <= b, exactly."""
    return ~pair_less(b, a)


def pair_maximum(a: Pair, b: Pair) -> Pair:
    """The larger of the two."""
    return pair_where(pair_less(a, b), b, a)


def pair_minimum(a: Pair, b: Pair) -> Pair:
    """The smaller of the two."""
    return pair_where(pair_less(b, a), b, a)


def _pair_tree(w: Pair, axis: int, combine: Any, empty: float) -> Pair:
    """The elements along an axis combined by halves."""
    high, low = (np.ascontiguousarray(np.moveaxis(np.asarray(part), axis, 0)) for part in w)
    length = len(high)
    if not length:
        return Pair(np.full(high.shape[1:], empty), np.zeros(high.shape[1:]))
    while length > 1:
        half = length // 2
        both = combine(Pair(high[:half], low[:half]), Pair(high[half:2 * half],
                                                           low[half:2 * half]))
        if length % 2:
            both = Pair(*(np.concatenate([part, old[2 * half:]])
                          for part, old in zip(both, (high, low), strict=True)))
        high, low = both
        length = len(high)
    return Pair(high[0], low[0])


def pair_sum(w: Pair, axis: int) -> Pair:
    """The sum along an axis; 0 where it is empty."""
    return _pair_tree(w, axis, pair_add, 0.0)


def pair_product(w: Pair, axis: int) -> Pair:
    """The product along an axis; 1 where it is empty."""
    return _pair_tree(w, axis, pair_multiply, 1.0)


def _pair_end(w: Pair, axis: int, ufunc: Any, combine: Any, empty: float) -> Pair:
    """The largest or smallest along an axis; that of floats where no lower half is needed."""
    if w.low.any():
        return _pair_tree(w, axis, combine, empty)
    high = ufunc.reduce(w.high, axis=axis, initial=empty)
    return Pair(high, np.zeros_like(high))


def pair_max(w: Pair, axis: int) -> Pair:
    """The largest along an axis; -inf where it is empty."""
    return _pair_end(w, axis, np.maximum, pair_maximum, -np.inf)


def pair_min(w: Pair, axis: int) -> Pair:
    """The smallest along an axis; inf where it is empty."""
    return _pair_end(w, axis, np.minimum, pair_minimum, np.inf)


def pair_argmax(w: Pair, axis: int) -> Any:
    """Where along an axis the largest stands, the first of equals."""
    _pair_known(w, w)
    if not w.low.any():
        return np.argmax(w.high, axis=axis)
    top = pair_map(pair_max(w, axis), lambda part: np.expand_dims(part, axis))
    return np.argmax(pair_equal(w, top), axis=axis)


def pair_integer_power(w: Pair, n: int) -> Pair:
    """w**n by repeated squaring."""
    result, square, left = Pair(np.ones_like(w.high), np.zeros_like(w.high)), w, abs(n)
    while left:
        if left & 1:
            result = result * square
        left >>= 1
        if left:
            square = square * square
    return Pair(np.float64(1), np.float64(0)) / result if n < 0 else result
