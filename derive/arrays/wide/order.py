"""Comparisons of wide numbers, their reductions along an axis, and powers of integer exponent."""

from __future__ import annotations

from typing import Any

import numpy as np

from derive.arrays.wide.wide_numbers import (
    WIDE_LIMIT,
    WIDE_ONE,
    WIDE_ZERO,
    Wide,
    wide_add,
    wide_broadcast,
    wide_index,
    wide_map,
    wide_multiply,
    wide_of,
    wide_where,
)


def _wide_key(w: Wide) -> Any:
    """An integer that grows with the sign and the exponent of the number."""
    size = np.where(np.isinf(w.high), np.int64(2**62), w.exponent + np.int64(2**61))
    return np.where(w.high < 0, -size, np.where(w.high > 0, size, 0))


def wide_less(a: Wide, b: Wide) -> Any:
    """a < b, exactly."""
    ka, kb = _wide_key(a), _wide_key(b)
    tie = (a.high < b.high) | ((a.high == b.high) & (a.low < b.low))
    return ((ka < kb) | ((ka == kb) & tie)) & ~np.isnan(a.high) & ~np.isnan(b.high)


def wide_equal(a: Wide, b: Wide) -> Any:
    """a == b, exactly."""
    return (a.high == b.high) & (a.low == b.low) & (a.exponent == b.exponent)


def wide_not_equal(a: Wide, b: Wide) -> Any:
    """a != b."""
    return ~wide_equal(a, b)


def wide_less_equal(a: Wide, b: Wide) -> Any:
    """a <= b, exactly."""
    return wide_less(a, b) | wide_equal(a, b)


def wide_maximum(a: Wide, b: Wide) -> Wide:
    """The larger of the two; nan if one is."""
    return wide_where(np.isnan(a.high) | ~(np.isnan(b.high) | wide_less(a, b)), a, b)


def wide_minimum(a: Wide, b: Wide) -> Wide:
    """The smaller of the two; nan if one is."""
    return wide_where(np.isnan(a.high) | ~(np.isnan(b.high) | wide_less(b, a)), a, b)


def _wide_tree(w: Wide, axis: int, combine: Any, empty: Wide) -> Wide:
    """The elements along an axis combined by twos, the pairs by twos, and so on."""
    w = wide_map(w, lambda a: np.moveaxis(np.asarray(a), axis, 0))
    length = w.high.shape[0]
    if not length:
        return wide_map(wide_broadcast(empty, w.high.shape[1:]), np.array)
    odd = []
    while length > 1:
        if length % 2:
            odd.append(wide_index(w, -1))
        length //= 2
        w = combine(wide_index(w, slice(0, length)), wide_index(w, slice(length, 2 * length)))
    total = wide_index(w, 0)
    for part in odd:
        total = combine(total, part)
    return total


def wide_sum(w: Wide, axis: int) -> Wide:
    """The sum along an axis; 0 where it is empty."""
    return _wide_tree(w, axis, wide_add, WIDE_ZERO)


def wide_product(w: Wide, axis: int) -> Wide:
    """The product along an axis; 1 where it is empty."""
    return _wide_tree(w, axis, wide_multiply, WIDE_ONE)


def wide_max(w: Wide, axis: int) -> Wide:
    """The largest along an axis; -inf where it is empty."""
    return _wide_tree(w, axis, wide_maximum, wide_of(-np.inf))


def wide_min(w: Wide, axis: int) -> Wide:
    """The smallest along an axis; inf where it is empty."""
    return _wide_tree(w, axis, wide_minimum, wide_of(np.inf))


def wide_argmax(w: Wide, axis: int) -> Any:
    """Where along an axis the largest stands, the first of equals; the first nan, if any."""
    top = wide_map(wide_max(w, axis), lambda a: np.expand_dims(a, axis))
    return np.argmax(wide_equal(w, top) | np.isnan(w.high), axis=axis)


def wide_integer_power(w: Wide, n: int) -> Wide:
    """w**n by repeated squaring; the error grows as |n| * 2**-103."""
    result, square, left = WIDE_ONE, w, abs(n)
    result = wide_broadcast(result, np.shape(w.high))
    while left:
        if left & 1:
            result = result * square
        left >>= 1
        if left:
            square = square * square
    return WIDE_ONE / result if n < 0 else result


def wide_peak(w: Wide, axis: int) -> Wide:
    """A number of the size of the largest along an axis."""
    exponent = np.where(w.high == 0, np.int64(-WIDE_LIMIT), w.exponent)
    return Wide(np.float64(0.5), np.float64(0), np.max(exponent, axis=axis, initial=-WIDE_LIMIT))


def wide_lost(total: Wide, term: Wide) -> Any:
    """The rows in which a sum is so much smaller than a term that 60 bits are left at most."""
    lost = (term.exponent - total.exponent > 40) & (total.high != 0) & (term.high != 0)
    return lost.reshape(len(lost), -1).any(axis=1)
