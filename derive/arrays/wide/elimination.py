"""Solutions, inverses, factors and determinants of matrices of wide numbers.

A matrix stands along the last two axes. One that is singular, or not positive definite, to about
98 bits has NaN for a result, and is noted.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from derive.arrays.wide.exponential import wide_log
from derive.arrays.wide.matrix_places import Stack, columned, refuse, uncolumned
from derive.arrays.wide.order import wide_argmax, wide_less_equal, wide_sum
from derive.arrays.wide.wide_numbers import (
    WIDE_ONE,
    WIDE_ZERO,
    Wide,
    wide_abs,
    wide_broadcast,
    wide_index,
    wide_isfinite,
    wide_map,
    wide_of,
    wide_sqrt,
    wide_where,
)

WIDE_LOST = 2.0**-98  # of a matrix, times its length: a pivot below this is 0


def wide_solved(a: Wide, b: Wide, stack: int, columns: int, text: str) -> Wide:
    """The solutions of a x = b."""
    sides = wide_map(b, lambda part: columned(part, columns))
    rows, _, singular = _wide_eliminated(a, sides)
    refuse(singular, stack, f"{text} must be invertible; it is singular")
    return _wide_uncolumned(_wide_lost(_wide_back(rows), singular, 2), b, columns)


def wide_inverted(a: Wide, stack: int, text: str) -> Wide:
    """The inverses."""
    return wide_solved(a, wide_of(np.eye(a.high.shape[-1])), stack, 1, text)


def wide_cholesky(a: Wide, stack: int, text: str) -> Wide:
    """The lower triangles whose product with their transpose is a."""
    size = a.high.shape[-1]
    factor = _wide_copy(a, a.high.shape)
    bad = np.zeros(a.high.shape[:-2], bool)
    for k in range(size):
        own = wide_index(factor, (..., k, k))
        least = wide_abs(wide_index(a, (..., k, k))) * wide_of(size * WIDE_LOST)
        bad |= wide_less_equal(own, least)
        column = wide_index(factor, (..., slice(k, None), slice(k, k + 1))) / wide_sqrt(
            wide_index(own, (..., None, None)))
        _wide_set(factor, (..., slice(k, None), slice(k, k + 1)), column)
        _wide_set(factor, (..., slice(0, k), slice(k, k + 1)), wide_of(0.0))
        below = wide_index(column, (..., slice(1, None), slice(None)))
        rest = (..., slice(k + 1, None), slice(k + 1, None))
        across = wide_map(below, lambda part: np.swapaxes(part, -1, -2))
        _wide_set(factor, rest, wide_index(factor, rest) - below * across)
    bad &= wide_isfinite(a).all(axis=(-2, -1))
    refuse(bad, stack, f"{text} must be positive definite; it is not")
    return _wide_lost(factor, bad, 2)


def wide_factor_solved(a: Wide, b: Wide, stack: int, columns: int, text: str) -> Wide:
    """The solutions of a a' x = b, of a lower triangle a."""
    sides = wide_map(b, lambda part: columned(part, columns))
    half = _wide_triangular(a, sides, True)
    across = wide_map(a, lambda part: np.swapaxes(part, -1, -2))
    return _wide_uncolumned(_wide_triangular(across, half, False), b, columns)


def wide_lower_solved(a: Wide, b: Wide, stack: int, columns: int, text: str) -> Wide:
    """The solutions of a x = b, of a lower triangle a."""
    return _wide_of_triangle(a, b, stack, columns, text, True)


def wide_upper_solved(a: Wide, b: Wide, stack: int, columns: int, text: str) -> Wide:
    """The solutions of a x = b, of an upper triangle a."""
    return _wide_of_triangle(a, b, stack, columns, text, False)


def wide_factor_inverted(a: Wide, stack: int, text: str) -> Wide:
    """The inverses of a a', of a lower triangle a."""
    return wide_factor_solved(a, wide_of(np.eye(a.high.shape[-1])), stack, 1, text)


def wide_lower_inverted(a: Wide, stack: int, text: str) -> Wide:
    """The inverses of lower triangles."""
    return wide_lower_solved(a, wide_of(np.eye(a.high.shape[-1])), stack, 1, text)


def wide_upper_inverted(a: Wide, stack: int, text: str) -> Wide:
    """The inverses of upper triangles."""
    return wide_upper_solved(a, wide_of(np.eye(a.high.shape[-1])), stack, 1, text)


def wide_determinant(a: Wide, stack: int, text: str) -> Wide:
    """The determinants; 0 of singular matrices."""
    _, total, singular = _wide_eliminated(a, wide_index(a, (..., slice(0, 0))))
    return wide_where(singular, wide_of(0.0), total)


def wide_log_determinant(a: Wide, stack: int, text: str) -> Wide:
    """The logarithms of the determinants, which must be positive."""
    _, total, singular = _wide_eliminated(a, wide_index(a, (..., slice(0, 0))))
    bad = singular | (total.high < 0)
    refuse(bad, stack, f"{text} must have a positive determinant; it has not")
    return _wide_lost(wide_log(total), bad, 0)


# Elimination


def _wide_eliminated(a: Wide, b: Wide) -> tuple[Wide, Wide, Stack]:
    """Rows (a, b) with a brought into an upper triangle, the determinant, what is singular.

    `terms` are the sizes of what each element is the sum of: one that is smaller than wide
    numbers tell is 0.
    """
    size = a.high.shape[-1]
    lead = np.broadcast_shapes(a.high.shape[:-2], b.high.shape[:-2])
    rows = Wide(*(np.concatenate([np.broadcast_to(p, (*lead, *p.shape[-2:])) for p in parts],
                                 axis=-1) for parts in zip(a, b, strict=True)))
    terms = _wide_copy(wide_abs(a), (*lead, size, size))
    total = _wide_copy(WIDE_ONE, lead)
    singular = np.zeros(lead, bool)
    for k in range(size):
        column = wide_index(rows, (..., slice(k, None), k))
        least = wide_index(terms, (..., slice(k, None), k)) * wide_of(size * WIDE_LOST)
        known = wide_where(wide_less_equal(wide_abs(column), least), WIDE_ZERO, column)
        _wide_set(rows, (..., slice(k, None), k), known)
        place = wide_argmax(wide_abs(known), -1) + k
        total = wide_where(place == k, total, -total)
        _wide_swap(rows, k, place)
        _wide_swap(terms, k, place)
        pivot = wide_index(rows, (..., k, k))
        singular |= pivot.high == 0
        total = total * pivot
        share = wide_index(rows, (..., slice(k + 1, None), slice(k, k + 1))) / wide_index(
            pivot, (..., None, None))
        change = share * wide_index(rows, (..., slice(k, k + 1), slice(k + 1, None)))
        below = (..., slice(k + 1, None), slice(k + 1, None))
        _wide_set(rows, below, wide_index(rows, below) - change)
        inside = (..., slice(k + 1, None), slice(k + 1, size))
        own = wide_index(change, (..., slice(0, size - k - 1)))
        _wide_set(terms, inside, wide_index(terms, inside) + wide_abs(own))
    singular &= wide_isfinite(a).all(axis=(-2, -1))
    return rows, total, singular


def _wide_swap(rows: Wide, k: int, place: Stack) -> None:
    """Row k and another one of each matrix, exchanged."""
    at = np.broadcast_to(place[..., None, None], (*place.shape, 1, rows.high.shape[-1]))
    for part in rows:
        other = np.take_along_axis(part, at, -2)
        np.put_along_axis(part, at, part[..., k:k + 1, :].copy(), -2)
        part[..., k:k + 1, :] = other


def _wide_back(rows: Wide) -> Wide:
    """The solutions of eliminated rows."""
    size = rows.high.shape[-2]
    triangle = wide_index(rows, (..., slice(0, size)))
    return _wide_triangular(triangle, wide_index(rows, (..., slice(size, None))), False)


def _wide_triangular(a: Wide, b: Wide, lower: bool) -> Wide:
    """The solutions of a x = b, of a triangle a."""
    size = a.high.shape[-1]
    lead = np.broadcast_shapes(a.high.shape[:-2], b.high.shape[:-2])
    x = _wide_copy(b, (*lead, *b.high.shape[-2:]))
    for k in range(size) if lower else reversed(range(size)):
        others = slice(0, k) if lower else slice(k + 1, None)
        terms = wide_index(a, (..., k, others, None)) * wide_index(x, (..., others, slice(None)))
        rest = wide_index(x, (..., k, slice(None))) - wide_sum(terms, -2)
        _wide_set(x, (..., k, slice(None)), rest / wide_index(a, (..., k, k, None)))
    return x


def _wide_of_triangle(a: Wide, b: Wide, stack: int, columns: int, text: str, lower: bool) -> Wide:
    own = wide_map(a, lambda part: np.diagonal(part, axis1=-2, axis2=-1))
    singular = (own.high == 0).any(axis=-1)
    refuse(singular, stack, f"{text} must be invertible; it is singular")
    x = _wide_triangular(a, wide_map(b, lambda part: columned(part, columns)), lower)
    return _wide_uncolumned(_wide_lost(x, singular, 2), b, columns)


def _wide_uncolumned(x: Wide, like: Wide, columns: int) -> Wide:
    return wide_map(x, lambda part: uncolumned(part, like.high, columns))


def _wide_copy(w: Wide, shape: tuple[int, ...]) -> Wide:
    """The numbers in that shape, in memory of their own."""
    return wide_map(wide_broadcast(w, shape), np.array)


def _wide_set(w: Wide, key: Any, value: Wide) -> None:
    """Sets elements of a number's own memory."""
    for part, new in zip(w, value, strict=True):
        part[key] = new


def _wide_lost(w: Wide, bad: Stack, axes: int) -> Wide:
    """The results with NaN for those of bad matrices."""
    return wide_where(bad.reshape(bad.shape + (1,) * axes), wide_of(np.nan), w)
