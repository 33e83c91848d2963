"""Matrices of declared forms, made from numbers of any regime."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Draw = Callable[[tuple[int, ...]], Array]
NEAR = 40  # bits by which the rows of a positive definite matrix may differ least


def symmetric_matrices(reals: Draw, random: np.random.Generator, shape: tuple[int, ...],
                       near: bool) -> Array:
    """Matrices with any numbers below and above the diagonal."""
    return mirrored(reals(shape))


def lower_matrices(reals: Draw, random: np.random.Generator, shape: tuple[int, ...],
                   near: bool) -> Array:
    """Lower triangles."""
    return np.tril(reals(shape))


def diagonal_matrices(reals: Draw, random: np.random.Generator, shape: tuple[int, ...],
                      near: bool) -> Array:
    """Diagonal matrices."""
    return reals(shape[:-1])[..., None] * np.eye(shape[-1])


def spd_matrices(reals: Draw, random: np.random.Generator, shape: tuple[int, ...],
                 near: bool) -> Array:
    """Positive definite matrices: scales of any size, correlations that may be `near` 1."""
    size = shape[-1]
    rows = random.standard_normal((*shape[:-1], 2 * size))
    if near:
        distance = 2.0 ** -random.integers(0, NEAR // 2, shape[:-2])[..., None, None]
        rows = rows[..., :1, :] + distance * rows
    rows /= np.sqrt((rows * rows).sum(axis=-1, keepdims=True))
    scale = np.sqrt(np.abs(reals(shape[:-1])))
    own = np.where(np.eye(size, dtype=bool), 1.0, rows @ np.swapaxes(rows, -1, -2))
    return mirrored(own * scale[..., None] * scale[..., None, :])


def mirrored(values: Array) -> Array:
    """Symmetric matrices with the elements below the diagonal."""
    below = np.tril(values)
    return np.asarray(np.where(np.tri(values.shape[-1], dtype=bool), below,
                               np.swapaxes(below, -1, -2)))


MATRIX_SAMPLES = {"symmetric": symmetric_matrices, "spd": spd_matrices, "lower": lower_matrices,
                  "diagonal": diagonal_matrices}
