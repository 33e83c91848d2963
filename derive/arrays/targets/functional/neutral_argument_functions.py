"""The arguments of a loss: one batch, one dtype, which examples count; for PyTorch and JAX."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as xp

from derive.arrays.targets.functional.neutral_text import Array
from derive.arrays.targets.functional.numpy_primitives import (
    as_array,
    as_numbers,
    common_dtype,
    typed,
)

# Of an argument: its name, axes, kind (real, binary or label), why it has no derivative.
Declared = tuple[str, tuple[Any, ...], str, str]


def prepared(declared: Sequence[Declared], given: Sequence[Any]) -> tuple[list[Array], Any]:
    """The arguments along one batch, in the dtype to compute in; and the dtype of the results.

    float16 and bfloat16 are computed in float32. Raises TypeError and ValueError that name the
    argument.
    """
    given, like, dtype = common_dtype(declared, given)
    inside = xp.float32 if str(dtype).endswith("float16") else dtype
    ready, batches = [], []
    sizes: dict[Any, int] = {}
    for row, x in zip(declared, given, strict=True):
        ready.append(typed(row[0], x, row[2], like, inside))
        batches.append(batch_of(row, ready[-1], sizes))
    if any(batch != batches[0] for batch in batches):
        crossed(declared, batches)
        batch = xp.broadcast_shapes(*batches)
        ready = [xp.broadcast_to(x, (*batch, *x.shape[len(own):]))
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
        raise ValueError(f"{name} needs {len(dims)} trailing axes; its shape is {tuple(x.shape)}")
    for dim, size in zip(dims, x.shape[cut:], strict=True):
        if sizes.setdefault(dim, dim if isinstance(dim, int) else size) != size:
            raise ValueError(f"{name} has length {size} along {dim}, expected {sizes[dim]}")
    return x.shape[:cut]


def masked(declared: Sequence[Declared], arguments: list[Array], mask: Any,
           ignore_index: int | None) -> tuple[list[Array], Array | None]:
    """The arguments with 0 at examples that do not count, and which examples count."""
    kept = None if mask is None else as_array(mask, arguments[0])
    if kept is not None and kept.dtype != xp.bool_:
        raise TypeError(f"mask must be an array of bool, not {kept.dtype}")
    if ignore_index is not None:
        labels = [x for (_, dims, kind, _), x in zip(declared, arguments, strict=True)
                  if kind == "label" and not dims]
        if len(labels) != 1:
            raise ValueError("ignore_index needs a loss with one label for each example")
        seen = labels[0] != ignore_index
        kept = seen if kept is None else kept & seen
    if kept is None:
        return arguments, None
    ranks = [len(d[1]) for d in declared]
    batch = arguments[0].shape[:arguments[0].ndim - ranks[0]]
    if xp.broadcast_shapes(kept.shape, batch) != batch:
        raise ValueError(f"mask has the shape {tuple(kept.shape)}, the examples {tuple(batch)}")
    kept = xp.broadcast_to(kept, batch)
    return [xp.where(kept.reshape(*batch, *(1,) * rank), x, 0)
            for x, rank in zip(arguments, ranks, strict=True)], kept


def scales(weight: Any, kept: Array | None, reduction: str, value: Array) -> Any:
    """The factor of each example's value in what is returned; a number where it is one for all."""
    if reduction not in ("none", "sum", "mean"):
        raise ValueError(f"reduction must be one of none, sum, mean, not {reduction!r}")
    scale: Any = 1.0
    if weight is not None:
        scale = as_numbers(weight, value)
        if xp.broadcast_shapes(scale.shape, value.shape) != value.shape:
            raise ValueError(f"weight has the shape {tuple(scale.shape)}, the examples "
                             f"{tuple(value.shape)}")
    if reduction != "mean":
        return scale
    if kept is not None:
        return scale / as_numbers(xp.clip(kept.sum(), 1, None), value)
    return scale / max(xp.size(value), 1)


def weighted_result(result: Array, scale: Any) -> Array:
    """A result times the factor of its example; 0 where that is 0 and the result infinite."""
    if isinstance(scale, float):
        return result * scale
    return xp.where((scale == 0) & xp.isinf(result), 0, result * scale)
