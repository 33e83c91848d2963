"""What modules for JAX call beside it; printed into them, and not imported here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
from jax import Array
from jax.custom_derivatives import SymbolicZero
from jax.scipy import linalg

from derive.arrays.targets.functional.neutral_argument_functions import (
    masked,
    weighted_result,
)


def common_dtype(declared: Sequence[Any], given: Sequence[Any]) -> tuple[list[Array], Any, Any]:
    """The arguments as arrays, nothing, and the dtype of the results."""
    arrays = [jnp.asarray(x) for x in given]
    numbers = [x for x, row in zip(arrays, declared, strict=True) if row[2] != "label"]
    return arrays, None, jnp.result_type(*numbers, 0.0)


def typed(name: str, x: Any, kind: str, like: Any, dtype: Any) -> Array:
    """An argument as an array: labels as integers, numbers in a dtype, NaN for no 0 or 1."""
    if kind != "label":
        if jnp.issubdtype(x.dtype, jnp.complexfloating):
            raise TypeError(f"{name} must be real numbers, not {x.dtype}")
        x = x.astype(dtype)
        return jnp.where((x == 0) | (x == 1), x, jnp.nan) if kind == "binary" else x
    if not jnp.issubdtype(x.dtype, jnp.integer):
        raise TypeError(f"{name} are labels and must be integers, not {x.dtype}")
    return x


def as_array(x: Any, value: Array) -> Array:
    """An array on the device of another."""
    return jnp.asarray(x)


def as_numbers(x: Any, value: Array) -> Array:
    """Numbers in the dtype of a value."""
    return jnp.asarray(x, value.dtype)


def counted(declared: Sequence[Any], *given: Any) -> tuple[list[Array], Array | None]:
    """The same as `masked`; labels below 0 are put beyond the last, where they give NaN."""
    arguments, kept = masked(declared, *given)
    return [beyond_last(x) if row[2] == "label" else x
            for row, x in zip(declared, arguments, strict=True)], kept


def beyond_last(label: Array) -> Array:
    """Labels, those below 0 and those that wrap around as 32 bits at the largest number."""
    last = min(int(jnp.iinfo(label.dtype).max), 2**31 - 1)
    return jnp.where((label < 0) | (label > last), last, label)


def reduced(value: Array, scale: Any, kept: Array | None, reduction: str) -> Array:
    """What is returned of the examples' values."""
    if kept is not None:
        value = jnp.where(kept, value, 0)
    value = value if isinstance(scale, float) and scale == 1.0 else weighted_result(value, scale)
    return value if reduction == "none" else value.sum()


def moved(change: Any) -> bool:
    """Whether there is a derivative along a change."""
    return not isinstance(change, SymbolicZero)


def refused(name: str, reason: str, change: Any) -> None:
    """Raises ValueError for an argument that asks for a derivative which there is not."""
    if moved(change) and getattr(change, "dtype", None) != jax.dtypes.float0:
        raise ValueError(f"there is no derivative by {name}: {reason}; "
                         f"pass jax.lax.stop_gradient({name})")


def inner(slope: Array, change: Array, rank: int) -> Array:
    """The sum of products over the last axes, so many of them."""
    return (slope * change).sum(tuple(range(-rank, 0))) if rank else slope * change


def pick(x: Array, place: Any) -> Array:
    """The elements of x along its last axis at places, for each place of the other axes."""
    place = jnp.asarray(place)
    shape = jnp.broadcast_shapes(x.shape[:-1], place.shape)
    wide = jnp.broadcast_to(x, (*shape, x.shape[-1]))
    return jnp.take_along_axis(wide, jnp.broadcast_to(place, shape)[..., None], -1)[..., 0]


def put(base: Array, axis: int, place: Any, amount: Any) -> Array:
    """An array with other elements at a place along an axis, for each place of the others.

    By a choice, which is linear in the elements for JAX, too.
    """
    axis = axis % base.ndim - base.ndim
    places, amounts = jnp.asarray(place), jnp.asarray(amount, base.dtype)
    rest = jnp.broadcast_shapes(
        (*base.shape[:axis], *base.shape[base.ndim + axis + 1:]), places.shape, amounts.shape)
    index, inside = (jnp.expand_dims(jnp.broadcast_to(x, rest), axis) for x in (places, amounts))
    own = jnp.arange(base.shape[axis]).reshape(-1, *[1] * (-1 - axis))
    return jnp.where(own == index, inside, base)


def put_diagonal(base: Array, amount: Array, axis: int, other: int) -> Array:
    """An array with another diagonal along two axes."""
    turned = jnp.moveaxis(base, (axis, other), (-2, -1))
    place = other if axis < other else other + 1
    at = jnp.arange(base.shape[axis])
    made = turned.at[..., at, at].set(jnp.moveaxis(amount, place, -1))
    return jnp.moveaxis(made, (-2, -1), (axis, other))


def contracted(letters: str, a: Array, b: Array) -> Array:
    """Sums of products, as einsum has them."""
    return jnp.einsum(letters, a, b, precision="highest")


def triangle_solved(a: Array, b: Array, lower: bool) -> Array:
    """The solutions of a x = b, of a lower or upper triangle a."""
    batch = jnp.broadcast_shapes(a.shape[:-2], b.shape[:-2])
    wide = [jnp.broadcast_to(x, (*batch, *x.shape[-2:])) for x in (a, b)]
    return linalg.solve_triangular(*wide, lower=lower)


def unit_matrix(a: Array) -> Array:
    """The unit matrix of the size of another."""
    return jnp.eye(a.shape[-1], dtype=a.dtype)
