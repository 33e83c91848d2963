"""What the neutral functions rest on and each library has in its own way: here that of NumPy."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from derive.arrays.targets.functional.neutral_text import Array


def contracted(letters: str, a: Array, b: Array) -> Array:
    """Sums of products, as einsum has them."""
    return np.einsum(letters, a, b)


def pick(x: Array, place: Any) -> Array:
    """The elements of x along its last axis at places, for each place of the other axes."""
    return np.take_along_axis(x, np.asarray(place)[..., None], -1)[..., 0]


def triangle_solved(a: Array, b: Array, lower: bool) -> Array:
    """The solutions of a x = b, of a lower or upper triangle a."""
    return np.linalg.solve(np.tril(a) if lower else np.triu(a), b)


def unit_matrix(a: Array) -> Array:
    """The unit matrix of the size of another."""
    return np.eye(a.shape[-1], dtype=a.dtype)


def common_dtype(declared: Sequence[Any], given: Sequence[Any]) -> tuple[Sequence[Any], Any, Any]:
    """The arguments, the one on whose device others are put, and the dtype of the results."""
    given = [np.asarray(x) for x in given]
    floats = [x for x, row in zip(given, declared, strict=True) if row[2] != "label"]
    return given, None, np.result_type(*floats, np.float16)


def typed(name: str, x: Array, kind: str, like: Any, dtype: Any) -> Array:
    """An argument in the dtype to compute in; labels are integers, NaN is for no 0 or 1."""
    if kind == "label":
        if x.dtype.kind not in "iu":
            raise TypeError(f"{name} are labels and must be integers, not {x.dtype}")
        return x
    x = x.astype(dtype)
    return np.where((x == 0) | (x == 1), x, np.nan) if kind == "binary" else x


def as_array(x: Any, value: Array) -> Array:
    """An array on the device of another."""
    return np.asarray(x)


def as_numbers(x: Any, value: Array) -> Array:
    """Numbers in the dtype of a value."""
    return np.asarray(x, value.dtype)
