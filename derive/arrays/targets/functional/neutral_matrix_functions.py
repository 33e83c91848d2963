"""Functions of matrices; for PyTorch and JAX, which have `triangle_solved` and `unit_matrix`."""

from __future__ import annotations

import numpy as xp

from derive.arrays.targets.functional.neutral_text import Array
from derive.arrays.targets.functional.numpy_primitives import (
    contracted,
    triangle_solved,
    unit_matrix,
)


def as_columns(b: Array, columns: int) -> Array:
    """Right sides of a linear system along one last axis."""
    size = 1
    for length in b.shape[b.ndim - columns:]:
        size *= length
    return b.reshape(*b.shape[:b.ndim - columns], size)


def as_sides(x: Array, b: Array, columns: int) -> Array:
    """Solutions in the shape of the right sides."""
    return x.reshape(*x.shape[:-1], *b.shape[b.ndim - columns:])


def solve(a: Array, b: Array, columns: int) -> Array:
    """The solutions of a x = b."""
    return as_sides(xp.linalg.solve(a, as_columns(b, columns)), b, columns)


def factor_solve(a: Array, b: Array, columns: int) -> Array:
    """The solutions of a a' x = b, of a lower triangle a."""
    first = triangle_solved(a, as_columns(b, columns), True)
    return as_sides(triangle_solved(a.mT, first, False), b, columns)


def lower_solve(a: Array, b: Array, columns: int) -> Array:
    """The solutions of a x = b, of a lower triangle a."""
    return as_sides(triangle_solved(a, as_columns(b, columns), True), b, columns)


def upper_solve(a: Array, b: Array, columns: int) -> Array:
    """The solutions of a x = b, of an upper triangle a."""
    return as_sides(triangle_solved(a, as_columns(b, columns), False), b, columns)


def inverse(a: Array) -> Array:
    """The inverse."""
    return xp.linalg.inv(a)


def factor_inverse(a: Array) -> Array:
    """The inverse of a a', of a lower triangle a."""
    rows = lower_inverse(a)
    return contracted("...ki,...kj->...ij", rows, rows)


def lower_inverse(a: Array) -> Array:
    """The inverse of a lower triangle."""
    return triangle_solved(a, unit_matrix(a), True)


def upper_inverse(a: Array) -> Array:
    """The inverse of an upper triangle."""
    return triangle_solved(a, unit_matrix(a), False)


def cholesky(a: Array) -> Array:
    """The lower triangle whose product with its transpose is a."""
    return xp.linalg.cholesky(a)


def determinant(a: Array) -> Array:
    """The determinant."""
    return xp.linalg.det(a)


def log_determinant(a: Array) -> Array:
    """The logarithm of the determinant, which must be positive; NaN where it is not."""
    sign, size = xp.linalg.slogdet(a)
    return xp.where(sign > 0, size, xp.nan)
