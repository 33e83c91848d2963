"""Matrices of declared forms, made from numbers of any regime."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from derive.arrays.targets.numpy.kernel_module import Argument

Array = NDArray[Any]
NEAR = 40  # bits by which the rows of a positive definite matrix may differ least


class Numbers(NamedTuple):
    """What draws numbers of a regime, and signs or sizes beside them."""

    reals: Callable[[tuple[int, ...]], Array]
    random: np.random.Generator
    regime: str

    @property
    def usual(self) -> bool:
        """Whether no number is far from 1."""
        return self.regime in ("typical", "root")


def symmetric_matrices(draw: Numbers, shape: tuple[int, ...]) -> Array:
    """Matrices with any numbers below and above the diagonal."""
    return mirrored(draw.reals(shape))


def lower_matrices(draw: Numbers, shape: tuple[int, ...]) -> Array:
    """Lower triangles, those of factors among them, whose diagonals are positive."""
    made = np.tril(draw.reals(shape))
    own = np.abs(made) + 0.5 * draw.usual
    positive = draw.random.random(shape[:-2])[..., None, None] < 0.8
    return np.where(np.eye(shape[-1], dtype=bool), np.where(positive, own, made), made)


def diagonal_matrices(draw: Numbers, shape: tuple[int, ...]) -> Array:
    """Diagonal matrices."""
    return draw.reals(shape[:-1])[..., None] * np.eye(shape[-1])


def spd_matrices(draw: Numbers, shape: tuple[int, ...]) -> Array:
    """Positive definite matrices: scales of any size, correlations that may be near 1."""
    size = shape[-1]
    rows = draw.random.standard_normal((*shape[:-1], 2 * size))
    if draw.regime == "transition":
        distance = 2.0 ** -draw.random.integers(0, NEAR // 2, shape[:-2])[..., None, None]
        rows = rows[..., :1, :] + distance * rows
    rows /= np.sqrt((rows * rows).sum(axis=-1, keepdims=True))
    numbers = draw.reals(shape[:-1])
    scale = np.exp(numbers / 6) if draw.usual else np.sqrt(np.abs(numbers))
    own = np.where(np.eye(size, dtype=bool), 1.0, rows @ np.swapaxes(rows, -1, -2))
    return mirrored(own * scale[..., None] * scale[..., None, :])


def mirrored(values: Array) -> Array:
    """Symmetric matrices with the elements below the diagonal."""
    below = np.tril(values)
    return np.asarray(np.where(np.tri(values.shape[-1], dtype=bool), below,
                               np.swapaxes(below, -1, -2)))


MATRIX_SAMPLES = {"symmetric": symmetric_matrices, "spd": spd_matrices, "lower": lower_matrices,
                  "diagonal": diagonal_matrices}


def well_formed(arguments: Sequence[Argument], blocks: Sequence[Array]) -> list[Array]:
    """The examples whose positive numbers and definite matrices are so after rounding as well."""
    keep = np.ones(len(blocks[0]), bool)
    for argument, block in zip(arguments, blocks, strict=False):
        if argument.kind.domain == "spd":
            keep &= [all(map(_is_definite, part.reshape(-1, *part.shape[-2:]))) for part in block]
        if argument.kind.domain == "positive":
            keep &= (block > 0).reshape(len(block), -1).all(axis=1)
    return [block[keep] for block in blocks]


def _is_definite(matrix: Array) -> bool:
    try:
        np.linalg.cholesky(matrix.astype(float))
    except np.linalg.LinAlgError:
        return False
    return True
