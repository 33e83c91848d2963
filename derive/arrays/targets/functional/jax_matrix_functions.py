"""Functions of matrices in the operations of JAX; printed into modules."""

from __future__ import annotations

import jax.numpy as jnp
from jax import Array
from jax.scipy import linalg


def as_columns(b: Array, columns: int) -> Array:
    """Right sides of a linear system along one last axis."""
    return b[..., None] if columns == 0 else b.reshape(*b.shape[:b.ndim - columns], -1)


def as_sides(x: Array, b: Array, columns: int) -> Array:
    """Solutions in the shape of the right sides."""
    return x[..., 0] if columns == 0 else x.reshape(*x.shape[:-1], *b.shape[b.ndim - columns:])


def triangular(a: Array, b: Array, columns: int, lower: bool) -> Array:
    """The solutions of a x = b, of a triangle a."""
    sides = as_columns(b, columns)
    batch = jnp.broadcast_shapes(a.shape[:-2], sides.shape[:-2])
    wide = [jnp.broadcast_to(x, (*batch, *x.shape[-2:])) for x in (a, sides)]
    return as_sides(linalg.solve_triangular(*wide, lower=lower), b, columns)


def solve(a: Array, b: Array, columns: int) -> Array:
    """The solutions of a x = b."""
    return as_sides(jnp.linalg.solve(a, as_columns(b, columns)), b, columns)


def factor_solve(a: Array, b: Array, columns: int) -> Array:
    """The solutions of a a' x = b, of a lower triangle a."""
    return triangular(a.mT, triangular(a, b, columns, True), columns, False)


def lower_solve(a: Array, b: Array, columns: int) -> Array:
    """The solutions of a x = b, of a lower triangle a."""
    return triangular(a, b, columns, True)


def upper_solve(a: Array, b: Array, columns: int) -> Array:
    """The solutions of a x = b, of an upper triangle a."""
    return triangular(a, b, columns, False)


def inverse(a: Array) -> Array:
    """The inverse."""
    return jnp.linalg.inv(a)


def factor_inverse(a: Array) -> Array:
    """The inverse of a a', of a lower triangle a."""
    rows = lower_inverse(a)
    return jnp.matmul(rows.mT, rows, precision="highest")


def lower_inverse(a: Array) -> Array:
    """The inverse of a lower triangle."""
    return triangular(a, jnp.eye(a.shape[-1], dtype=a.dtype), 1, True)


def upper_inverse(a: Array) -> Array:
    """The inverse of an upper triangle."""
    return triangular(a, jnp.eye(a.shape[-1], dtype=a.dtype), 1, False)


def cholesky(a: Array) -> Array:
    """The lower triangle whose product with its transpose is a."""
    return jnp.linalg.cholesky(a)


def determinant(a: Array) -> Array:
    """The determinant."""
    return jnp.linalg.det(a)


def log_determinant(a: Array) -> Array:
    """The logarithm of the determinant, which must be positive; NaN where it is not."""
    sign, size = jnp.linalg.slogdet(a)
    return jnp.where(sign > 0, size, jnp.nan)
