"""The few array functions that generated kernels call; printed into standalone modules.

Shapes: leading batch axes, then the axes of the formula's indices. Floating dtypes are kept.
"""

from __future__ import annotations

from typing import Any

import numpy as np


def dtype_of(*arguments: Any) -> Any:
    """float32 if all floating arrays (not single numbers) are, else float64."""
    floats = [a.dtype for a in map(np.asarray, arguments) if a.ndim and a.dtype.kind == "f"]
    single = bool(floats) and all(d == np.float32 for d in floats)
    return np.dtype(np.float32 if single else np.float64)


def shaped(a: Any, shape: tuple[int, ...], dtype: Any) -> Any:
    """An array of its own of that shape, also where the value does not vary."""
    a = np.asarray(a, dtype=dtype)
    if a.shape == shape and a.flags.writeable:
        return a
    return np.array(np.broadcast_to(a, shape))


def sigmoid(u: Any) -> Any:
    """1 / (1 + exp(-u)), without overflow: exp is taken of -|u| only."""
    e = np.exp(-np.abs(u))
    return np.where(u >= 0, 1, e) / (1 + e)


def softplus(u: Any) -> Any:
    """log(1 + exp(u)), without overflow or loss of small values."""
    return np.maximum(u, 0) + np.log1p(np.exp(-np.abs(u)))


def softmax(u: Any) -> Any:
    """exp(u) over its sum along the last axis, the largest element subtracted first."""
    e = np.exp(u - np.max(u, axis=-1, keepdims=True))
    return e / np.sum(e, axis=-1, keepdims=True)


def logsumexp(u: Any) -> Any:
    """log of the sum of exp(u) along the last axis, the largest element subtracted first."""
    top = np.max(u, axis=-1, keepdims=True)
    return np.log(np.sum(np.exp(u - top), axis=-1)) + top[..., 0]


def pick(a: Any, index: Any) -> Any:
    """The elements of the last axis of `a` at the integers `index`, one for each batch entry."""
    if a.ndim == 1:
        return a[index]
    shape = np.broadcast_shapes(a.shape[:-1], index.shape)
    a = np.broadcast_to(a, (*shape, a.shape[-1]))
    index = np.broadcast_to(index, shape)
    return np.take_along_axis(a, index[..., None], -1)[..., 0]


def shifted(a: Any, index: Any) -> Any:
    """Like `pick`; NaN where the index is out of range, for formulas that look no further."""
    inside = (index >= 0) & (index < a.shape[-1])
    return np.where(inside, pick(a, np.where(inside, index, 0)), np.nan)


def add_at(a: Any, index: Any, amount: Any, axis: int, size: int) -> Any:
    """A copy of `a` with `amount` added where the `axis` (of that size) has the value `index`.

    `index` and `amount` have length 1 along `axis`.
    """
    shape = list(np.broadcast_shapes(np.shape(a), index.shape, np.shape(amount)))
    shape[axis] = size
    out = np.array(np.broadcast_to(a, shape), dtype=np.result_type(a, amount))
    index = np.broadcast_to(index, [1 if n == len(shape) + axis else length
                                    for n, length in enumerate(shape)])
    np.put_along_axis(out, index, np.take_along_axis(out, index, axis) + amount, axis)
    return out
