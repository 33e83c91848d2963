"""The array functions that generated code calls beside NumPy's own."""

from __future__ import annotations

import math
from typing import Any

import numpy as np


def into(out: Any, value: Any) -> Any:
    """Copies a value into a buffer, and returns the buffer; the value, where there is none."""
    if out is None:
        return value
    np.copyto(out, value, casting="unsafe")
    return out


def along(scale: Any, rank: int) -> Any:
    """A factor of each example, with further axes; one number for all as it is."""
    return scale.reshape(scale.shape + (1,) * rank) if isinstance(scale, np.ndarray) else scale


def below_max(u: Any, top: Any, axis: int, out: Any) -> Any:
    """u less its largest element along an axis; 0 at a single infinite one, its limit."""
    alone = None
    if not math.isfinite(np.add.reduce(top, axis=None)):
        there = (u == top) & (top > 0) & np.isinf(top)
        alone = there & (there.sum(axis=axis, keepdims=True) == 1)
    np.subtract(u, top, out=out)
    if alone is not None:
        out[alone] = 0
    return out


def difference(u: Any, v: Any, out: Any = None) -> Any:
    """u - v, and 0 where both are the same infinity, the limit of equal numbers."""
    same = None if math.isfinite(np.add.reduce(v, axis=None)) else np.isinf(v) & (u == v)
    rest = np.asarray(np.subtract(u, v, out=out))
    if same is not None:
        np.copyto(rest, 0, where=same)
    return rest


def limit_product(w: Any, x: Any, out: Any = None) -> Any:
    """w x, and 0 where w is 0 and x infinite, the limit: what does not count adds nothing."""
    total = np.multiply(w, x, out=out)
    if not math.isfinite(np.add.reduce(total, axis=None)):
        total = into(out, np.where((w == 0) & np.isinf(x), 0, total))
    return total


def limit_sum(subscripts: str, w: Any, x: Any, out: Any) -> Any:
    """The sum of w x along an axis, as np.einsum has it; 0 times infinity adds nothing."""
    np.einsum(subscripts, w, x, out=out)
    if not math.isfinite(np.add.reduce(out, axis=None)):
        np.einsum(subscripts, w, np.where(np.isinf(x), 0, x), out=out)
        for end in (np.inf, -np.inf):
            share = np.einsum(subscripts, w, (x == end).astype(out.dtype))
            np.add(out, share * end, out=out, where=share != 0)
    return out


def log1pmx(u: Any, out: Any = None) -> Any:
    """log(1 + u) - u, near 0 by the series of log((1 + t)/(1 - t)) with t = u/(2 + u)."""
    u = np.asarray(u)
    t = u / (2 + u)
    square = np.minimum(t * t, 0.0625)
    series = np.zeros_like(t)
    for k in range(29, 1, -2):
        series = (series + 1 / k) * square
    near = 2 * t * series - u * t
    return into(out, np.where(np.abs(u) < 0.4, near, np.log1p(u) - u))


def xlogx(u: Any, out: Any = None) -> Any:
    """u log(u), and 0 at 0, its limit."""
    u = np.asarray(u)
    return into(out, np.where(u == 0, 0, u * np.log(u)))


def expm1quotient(u: Any, out: Any = None) -> Any:
    """u / (exp(u) - 1), 1 at 0 and 0 at infinity."""
    u = np.asarray(u)
    return into(out, np.where(u == 0, 1, np.where(u == np.inf, 0, u / np.expm1(u))))


def expm1mx(u: Any, out: Any = None) -> Any:
    """exp(u) - 1 - u, near 0 by the series of exp."""
    u = np.asarray(u)
    small = np.clip(u, -1, 1)
    series = np.ones_like(small)
    for k in range(20, 2, -1):
        series = 1 + small / k * series
    return into(out, np.where(np.abs(u) < 1, small * small / 2 * series, np.expm1(u) - u))


def langevin(u: Any, out: Any = None) -> Any:
    """coth(u) - 1/u, near 0 by its continued fraction u/(3 + u**2/(5 + ...))."""
    u = np.asarray(u)
    square = u * u
    near = np.full_like(square, 2.0 * 11 + 1)
    for k in range(10, 0, -1):
        near = (2 * k + 1) + np.minimum(square, 4) / near
    small = np.abs(u) < 1.5
    large = np.where(small, 1, u)
    return into(out, np.where(small, u / near, 1 / np.tanh(large) - 1 / large))


def failed(u: Any, axes: tuple[int, ...], place: Any = None) -> Any:
    """The examples at which a value is 0, so small that digits are lost, or not finite.

    `place` is where a 0 is exact.
    """
    size = np.abs(u)
    limits = np.finfo(size.dtype)
    return examples(~((size >= limits.tiny) & (size <= limits.max)), axes, place)


def infinite(u: Any, axes: tuple[int, ...]) -> Any:
    """The examples at which a value is not finite."""
    return examples(~np.isfinite(u), axes)


def cancelled(total: Any, term: Any, axes: tuple[int, ...], factor: float,
              place: Any = None) -> Any:
    """The examples at which a sum is so much smaller than its terms that digits are lost.

    `place` is where a 0 is exact.
    """
    return examples(~(np.abs(total) * factor >= np.abs(term)), axes, place)


def sensitive(function: Any, value: Any, operands: tuple[Any, ...], axes: tuple[int, ...],
              factor: float) -> Any:
    """The examples at which a function changes much faster than its operands.

    Several operands are moved together and, where that may hide it, against each other.
    """
    step = 16 * np.finfo(value.dtype).eps
    bound = factor * step * np.abs(value)
    bad = ~(np.abs(function(*(o + o * step for o in operands)) - value) <= bound)
    if len(operands) > 1:
        turned = (o - o * step if n % 2 else o + o * step for n, o in enumerate(operands))
        bad |= ~(np.abs(function(*turned) - value) <= bound)
    return examples(bad, axes)


def examples(bad: Any, axes: tuple[int, ...], place: Any = None) -> Any:
    """The examples that have a bad element, one at `place` along the axis aside."""
    if place is not None:
        np.put_along_axis(bad, np.expand_dims(place, axes[0]), False, axes[0])
    return np.logical_or.reduce(bad, axis=axes) if axes else bad
