"""What modules for JAX call beside it; printed into them, and not imported here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
from jax import Array
from jax.custom_derivatives import SymbolicZero

# The arguments of a loss: name, axes, kind, why it has no derivative.
Declared = tuple[str, tuple[Any, ...], str, str]


def prepared(declared: Sequence[Declared], given: Sequence[Any]) -> tuple[list[Array], Any]:
    """The arguments along one batch, in the dtype to compute in; and the dtype of the results.

    float16 and bfloat16 are computed in float32. Raises TypeError and ValueError that name the
    argument.
    """
    given = [jnp.asarray(x) for x in given]
    numbers = [x for x, (_, _, kind, _) in zip(given, declared, strict=True)
               if kind != "label"]
    dtype = jnp.result_type(*numbers, 0.0)
    inside = jnp.float32 if dtype in (jnp.float16, jnp.bfloat16) else dtype
    ready, batches = [], []
    sizes: dict[Any, int] = {}
    for row, x in zip(declared, given, strict=True):
        ready.append(typed(row[0], x, row[2], inside))
        batches.append(batch_of(row, ready[-1], sizes))
    if any(batch != batches[0] for batch in batches):
        crossed(declared, batches)
        batch = jnp.broadcast_shapes(*batches)
        ready = [jnp.broadcast_to(x, (*batch, *x.shape[len(own):]))
                 for x, own in zip(ready, batches, strict=True)]
    return ready, dtype


def crossed(declared: Sequence[Declared], batches: Sequence[Any]) -> None:
    """Raises ValueError where batch axes (n,) meet (n, 1): together they would be (n, n)."""
    for (name, *_), short in zip(declared, batches, strict=True):
        for (other, *_), long in zip(declared, batches, strict=True):
            if short and short[-1] != 1 and tuple(long) == (*short, 1):
                raise ValueError(f"the batch axes of {name}, {tuple(short)}, and of {other}, "
                                 f"{tuple(long)}, would cross and give every pair: take the last "
                                 "axis off")


def batch_of(row: Declared, x: Array, sizes: dict[Any, int]) -> Any:
    """The batch axes of an argument; its other axes are entered into the sizes or compared."""
    name, dims, _, _ = row
    cut = x.ndim - len(dims)
    if cut < 0:
        raise ValueError(f"{name} needs {len(dims)} trailing axes; its shape is {x.shape}")
    for dim, size in zip(dims, x.shape[cut:], strict=True):
        if sizes.setdefault(dim, dim if isinstance(dim, int) else size) != size:
            raise ValueError(f"{name} has length {size} along {dim}, expected {sizes[dim]}")
    return x.shape[:cut]


def typed(name: str, x: Any, kind: str, dtype: Any) -> Array:
    """An argument as an array: labels as integers, numbers in a dtype, NaN for no 0 or 1."""
    if kind != "label":
        if jnp.issubdtype(x.dtype, jnp.complexfloating):
            raise TypeError(f"{name} must be real numbers, not {x.dtype}")
        x = x.astype(dtype)
        return jnp.where((x == 0) | (x == 1), x, jnp.nan) if kind == "binary" else x
    if not jnp.issubdtype(x.dtype, jnp.integer):
        raise TypeError(f"{name} are labels and must be integers, not {x.dtype}")
    return x


def counted(declared: Sequence[Declared], arguments: list[Array], mask: Any,
            ignore_index: int | None) -> tuple[list[Array], Array | None]:
    """The arguments with 0 at examples that do not count, and which examples count.

    A label below 0 is put beyond the last one, where it gives NaN as any that is out of range.
    """
    kept = None if mask is None else jnp.asarray(mask)
    if kept is not None and kept.dtype != bool:
        raise TypeError(f"mask must be an array of bool, not {kept.dtype}")
    if ignore_index is not None:
        seen = single_label(declared, arguments) != ignore_index
        kept = seen if kept is None else kept & seen
    arguments = [beyond_last(x) if row[2] == "label" else x
                 for row, x in zip(declared, arguments, strict=True)]
    if kept is None:
        return arguments, None
    ranks = [len(d[1]) for d in declared]
    batch = arguments[0].shape[:arguments[0].ndim - ranks[0]]
    if jnp.broadcast_shapes(kept.shape, batch) != batch:
        raise ValueError(f"mask has the shape {kept.shape}, the examples {batch}")
    kept = jnp.broadcast_to(kept, batch)
    return [jnp.where(kept.reshape(*batch, *(1,) * rank), x, 0)
            for x, rank in zip(arguments, ranks, strict=True)], kept


def single_label(declared: Sequence[Declared], arguments: list[Array]) -> Array:
    """The labels of the examples, of which each has one."""
    labels = [x for (_, dims, kind, _), x in zip(declared, arguments, strict=True)
              if kind == "label" and not dims]
    if len(labels) != 1:
        raise ValueError("ignore_index needs a loss with one label for each example")
    return labels[0]


def beyond_last(label: Array) -> Array:
    """Labels, those below 0 and those that wrap around as 32 bits at the largest number."""
    last = min(int(jnp.iinfo(label.dtype).max), 2**31 - 1)
    return jnp.where((label < 0) | (label > last), last, label)


def scales(weight: Any, kept: Array | None, reduction: str, value: Array) -> Any:
    """The factor of each example's value in what is returned; a number where it is one for all."""
    if reduction not in ("none", "sum", "mean"):
        raise ValueError(f"reduction must be one of none, sum, mean, not {reduction!r}")
    scale: Any = 1.0
    if weight is not None:
        scale = jnp.asarray(weight, value.dtype)
        if jnp.broadcast_shapes(scale.shape, value.shape) != value.shape:
            raise ValueError(f"weight has the shape {scale.shape}, the examples {value.shape}")
    if reduction != "mean":
        return scale
    if kept is not None:
        return scale / jnp.maximum(kept.sum(), 1).astype(value.dtype)
    return scale / max(value.size, 1)


def reduced(value: Array, scale: Any, kept: Array | None, reduction: str) -> Array:
    """What is returned of the examples' values."""
    if kept is not None:
        value = jnp.where(kept, value, 0)
    value = value if isinstance(scale, float) and scale == 1.0 else weighted(value, scale)
    return value if reduction == "none" else value.sum()


def weighted(result: Array, scale: Any) -> Array:
    """A result times the factor of its example; 0 where that is 0 and the result infinite."""
    if isinstance(scale, float):
        return result * scale
    return jnp.where((scale == 0) & jnp.isinf(result), 0, result * scale)


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


def along(scale: Any, rank: int) -> Any:
    """A factor of each example with further axes; a number as it is."""
    if isinstance(scale, float) or not scale.ndim:
        return scale
    return scale.reshape(*scale.shape, *(1,) * rank)


def marked(result: Array, rank: int, *arguments: tuple[Array, int]) -> Array:
    """A result with so many axes, NaN at the examples of which an argument has a NaN."""
    for x, axes in arguments:
        bad = jnp.isnan(x).any(tuple(range(-axes, 0))) if axes else jnp.isnan(x)
        result = jnp.where(along(bad, rank), jnp.nan, result)
    return result


def difference(u: Array, v: Array) -> Array:
    """u - v, and 0 where both are the same infinity, the limit of equal numbers."""
    return jnp.where(jnp.isinf(v) & (u == v), 0, u - v)


def limit_product(w: Array, x: Array) -> Array:
    """w x, and 0 where w is 0 and x infinite, the limit: what does not count adds nothing."""
    return jnp.where((w == 0) & jnp.isinf(x), 0, w * x)


def limit_sum(letters: str, w: Array, x: Array) -> Array:
    """The sum of w x, as einsum has it; 0 times infinity adds nothing."""
    total = jnp.einsum(letters, w, jnp.where(jnp.isinf(x), 0, x))
    for end in (jnp.inf, -jnp.inf):
        share = jnp.einsum(letters, w, (x == end).astype(x.dtype))
        total = jnp.where(share != 0, total + share * end, total)
    return total


def pick(x: Array, place: Any) -> Array:
    """The elements of x along its last axis at places, for each place of the other axes."""
    place = jnp.asarray(place)
    shape = jnp.broadcast_shapes(x.shape[:-1], place.shape)
    wide = jnp.broadcast_to(x, (*shape, x.shape[-1]))
    return jnp.take_along_axis(wide, jnp.broadcast_to(place, shape)[..., None], -1)[..., 0]


def pick_inside(x: Array, place: Any) -> Array:
    """The elements at places; NaN outside of the axis."""
    inside = jnp.clip(place, 0, x.shape[-1] - 1)
    return jnp.where(inside == place, pick(x, inside), jnp.nan)


def put(base: Array, axis: int, place: Any, amount: Any) -> Array:
    """An array with other elements at a place along an axis, for each place of the others.

    By a choice, which is linear in the elements for JAX, too.
    """
    axis %= base.ndim
    rest = base.shape[:axis] + base.shape[axis + 1:]
    index = jnp.expand_dims(jnp.broadcast_to(jnp.asarray(place), rest), axis)
    inside = jnp.expand_dims(jnp.broadcast_to(jnp.asarray(amount, base.dtype), rest), axis)
    own = jnp.arange(base.shape[axis]).reshape([-1 if n == axis else 1 for n in range(base.ndim)])
    return jnp.where(own == index, inside, base)


def diagonal(x: Array, axis: int, other: int) -> Array:
    """The elements where two axes have the same place, along the second."""
    place = other if axis < other else other + 1
    return jnp.moveaxis(jnp.diagonal(x, 0, axis, other), -1, place)


def put_diagonal(base: Array, amount: Array, axis: int, other: int) -> Array:
    """An array with another diagonal along two axes."""
    turned = jnp.moveaxis(base, (axis, other), (-2, -1))
    place = other if axis < other else other + 1
    at = jnp.arange(base.shape[axis])
    made = turned.at[..., at, at].set(jnp.moveaxis(amount, place, -1))
    return jnp.moveaxis(made, (-2, -1), (axis, other))
