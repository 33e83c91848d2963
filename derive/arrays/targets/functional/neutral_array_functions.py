"""Differences, products and sums at their limits, elements at places; for PyTorch and JAX."""

from __future__ import annotations

from typing import Any

import numpy as xp

from derive.arrays.targets.functional.neutral_text import Array
from derive.arrays.targets.functional.numpy_primitives import contracted, pick


def along(scale: Any, rank: int) -> Any:
    """A factor of each example with further axes; a number as it is."""
    if not getattr(scale, "ndim", 0):
        return scale
    return scale.reshape(*scale.shape, *(1,) * rank)


def marked(result: Array, rank: int, *arguments: tuple[Array, int]) -> Array:
    """A result with so many axes, NaN at the examples of which an argument has a NaN."""
    for x, axes in arguments:
        bad = xp.isnan(x)
        for _ in range(axes):
            bad = bad.any(-1)
        result = xp.where(along(bad, rank), xp.nan, result)
    return result


def difference(u: Array, v: Array) -> Array:
    """u - v, and 0 where both are the same infinity, the limit of equal numbers."""
    return xp.where(xp.isinf(v) & (u == v), 0, u - v)


def limit_product(w: Array, x: Array) -> Array:
    """w x, and 0 where w is 0 and x infinite, the limit: what does not count adds nothing."""
    return xp.where((w == 0) & xp.isinf(x), 0, w * x)


def limit_sum(letters: str, w: Array, x: Array) -> Array:
    """The sum of w x, as einsum has it; 0 times infinity adds nothing."""
    total = contracted(letters, w, xp.where(xp.isinf(x), 0, x))
    for end in (xp.inf, -xp.inf):
        share = contracted(letters, w, xp.where(x == end, xp.ones_like(x), 0))
        total = xp.where(share != 0, total + share * end, total)
    return total


def pick_inside(x: Array, place: Any) -> Array:
    """The elements at places; NaN outside of the axis."""
    known = xp.clip(place, 0, x.shape[-1] - 1)
    return xp.where(known == place, pick(x, known), xp.nan)


def diagonal(x: Array, axis: int, other: int) -> Array:
    """The elements where two axes have the same place, along the second."""
    place = other if axis < other else other + 1
    return xp.moveaxis(xp.diagonal(x, 0, axis, other), -1, place)
