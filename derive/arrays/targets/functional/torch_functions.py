"""What modules for PyTorch call beside it; printed into them, and not imported here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

# Of an argument: its name, axes, kind, why it has no derivative.
Declared = tuple[str, tuple[Any, ...], str, str]


def prepared(declared: Sequence[Declared], given: Sequence[Any]) -> tuple[list[Tensor], Any]:
    """The arguments along one batch, in the dtype to compute in; and the dtype of the results.

    float16 and bfloat16 are computed in float32. Raises TypeError and ValueError that name the
    argument.
    """
    like, dtype = result_type(declared, given)
    inside = torch.float32 if dtype in (torch.float16, torch.bfloat16) else dtype
    ready, batches = [], []
    sizes: dict[Any, int] = {}
    for row, x in zip(declared, given, strict=True):
        ready.append(typed(row[0], x, row[2], like, inside))
        batches.append(batch_of(row, ready[-1], sizes))
    if any(batch != batches[0] for batch in batches):
        crossed(declared, batches)
        batch = torch.broadcast_shapes(*batches)
        ready = [x.expand(*batch, *x.shape[len(own):])
                 for x, own in zip(ready, batches, strict=True)]
    return ready, dtype


def result_type(declared: Sequence[Declared], given: Sequence[Any]) -> tuple[Tensor, Any]:
    """The first tensor of floats, and the dtype of all that have axes."""
    floats = [x for x in given if isinstance(x, Tensor) and x.is_floating_point()]
    if not floats:
        raise TypeError(f"none of {', '.join(row[0] for row in declared)} is a tensor of floats")
    dtype = None
    for x in [x for x in floats if x.dim()] or floats:
        dtype = x.dtype if dtype in (None, x.dtype) else torch.promote_types(dtype, x.dtype)
    return floats[0], dtype


def crossed(declared: Sequence[Declared], batches: Sequence[Any]) -> None:
    """Raises ValueError where batch axes (n,) meet (n, 1): together they would be (n, n)."""
    for (name, *_), short in zip(declared, batches, strict=True):
        for (other, *_), long in zip(declared, batches, strict=True):
            if short and short[-1] != 1 and tuple(long) == (*short, 1):
                raise ValueError(f"the batch axes of {name}, {tuple(short)}, and of {other}, "
                                 f"{tuple(long)}, would cross and give every pair: take the last "
                                 "axis off")


def batch_of(row: Declared, x: Tensor, sizes: dict[Any, int]) -> Any:
    """The batch axes of an argument; its other axes are entered into the sizes or compared."""
    name, dims, _, _ = row
    cut = x.dim() - len(dims)
    if cut < 0:
        raise ValueError(f"{name} needs {len(dims)} trailing axes; its shape is {tuple(x.shape)}")
    for dim, size in zip(dims, x.shape[cut:], strict=True):
        if sizes.setdefault(dim, dim if isinstance(dim, int) else size) != size:
            raise ValueError(f"{name} has length {size} along {dim}, expected {sizes[dim]}")
    return x.shape[:cut]


def typed(name: str, x: Any, kind: str, like: Tensor, dtype: Any) -> Tensor:
    """An argument as a tensor on the device of another: labels as integers, numbers in a dtype."""
    if not isinstance(x, Tensor):
        x = torch.as_tensor(x, dtype=None if kind == "label" else dtype, device=like.device)
    if x.is_complex():
        raise TypeError(f"{name} must be real numbers, not {x.dtype}")
    if kind != "label":
        x = x if x.dtype == dtype else x.to(dtype)
        return binary(x) if kind == "binary" else x
    if x.is_floating_point() or x.dtype == torch.bool:
        raise TypeError(f"{name} are labels and must be integers, not {x.dtype}")
    return x if x.dtype == torch.int64 else x.long()


def binary(x: Tensor) -> Tensor:
    """Numbers that are 0 or 1, and NaN where they are not: x - x * x is 0 for these two alone."""
    return torch.where(torch.addcmul(x, x, x, value=-1) == 0, x, torch.nan)


def refused(declared: Sequence[Declared], arguments: Sequence[Tensor]) -> None:
    """Raises ValueError for an argument that asks for a derivative which there is not."""
    for (name, _, _, reason), x in zip(declared, arguments, strict=True):
        if reason and x.requires_grad:
            raise ValueError(f"there is no derivative by {name}: {reason}; "
                             f"pass {name}.detach()")


def counted(declared: Sequence[Declared], arguments: list[Tensor], mask: Any,
            ignore_index: int | None) -> tuple[list[Tensor], Tensor | None]:
    """The arguments with 0 at examples that do not count, and which examples count."""
    kept = None if mask is None else torch.as_tensor(mask, device=arguments[0].device)
    if kept is not None and kept.dtype != torch.bool:
        raise TypeError(f"mask must be a tensor of bool, not {kept.dtype}")
    if ignore_index is not None:
        labels = [x for (_, dims, kind, _), x in zip(declared, arguments, strict=True)
                  if kind == "label" and not dims]
        if len(labels) != 1:
            raise ValueError("ignore_index needs a loss with one label for each example")
        seen = labels[0] != ignore_index
        kept = seen if kept is None else kept & seen
    if kept is None:
        return arguments, None
    shapes = [len(d[1]) for d in declared]
    batch = arguments[0].shape[:arguments[0].dim() - shapes[0]]
    if torch.broadcast_shapes(kept.shape, batch) != batch:
        raise ValueError(f"mask has the shape {tuple(kept.shape)}, the examples {tuple(batch)}")
    kept = kept.expand(batch)
    return [torch.where(kept.reshape(*batch, *(1,) * rank), x, 0)
            for x, rank in zip(arguments, shapes, strict=True)], kept


def scales(weight: Any, kept: Tensor | None, reduction: str, value: Tensor) -> Any:
    """The factor of each example's value in what is returned; a number where it is one for all."""
    if reduction not in ("none", "sum", "mean"):
        raise ValueError(f"reduction must be one of none, sum, mean, not {reduction!r}")
    scale: Any = 1.0
    if weight is not None:
        weight = torch.as_tensor(weight, device=value.device).to(value.dtype)
        if torch.broadcast_shapes(weight.shape, value.shape) != value.shape:
            raise ValueError(f"weight has the shape {tuple(weight.shape)}, the examples "
                             f"{tuple(value.shape)}")
        scale = weight
    if reduction != "mean":
        return scale
    if kept is not None:
        return scale / kept.sum().clamp(min=1).to(value.dtype)
    return scale / max(value.numel(), 1)


def reduced(value: Tensor, scale: Any, kept: Tensor | None, reduction: str) -> Tensor:
    """What is returned of the examples' values."""
    if kept is not None:
        value = torch.where(kept, value, 0)
    if isinstance(scale, Tensor) and scale.dim():
        value = weighted(value, scale)
        return value if reduction == "none" else value.sum()
    value = value if reduction == "none" else value.sum()
    return value if isinstance(scale, float) and scale == 1.0 else value * scale


def weighted(result: Tensor, scale: Any) -> Tensor:
    """A result times the factor of its example; 0 where that is 0 and the result infinite."""
    if not isinstance(scale, Tensor):
        return result * scale
    return torch.where((scale == 0) & torch.isinf(result), 0, result * scale)


def keep(ctx: Any, slope: bool, arguments: Sequence[Tensor], made: Any) -> None:
    """Keeps what a Function of autograd needs: the arguments, and what the gradient needs."""
    kept = made[1:] if slope else ()
    ctx.slope = slope
    ctx.set_materialize_grads(False)
    ctx.mark_non_differentiable(*kept)
    ctx.save_for_backward(*arguments, *kept)
    if not torch.compiler.is_compiling():
        ctx.save_for_forward(*arguments)


def chosen(plain: Any, dual: Any, transformed: Any) -> Any:
    """The Function to apply: plain where it is compiled, another where torch.func transforms."""
    if torch.compiler.is_compiling():
        return plain
    active = getattr(torch._C, "_are_functorch_transforms_active", None)
    return dual if active is not None and not active() else transformed


def batched(size: int, in_dims: Sequence[Any], arguments: Sequence[Any]) -> list[Any]:
    """Arguments with one more batch axis in front: what vmap asks for."""
    return [x if not isinstance(x, Tensor) else x.expand(size, *x.shape) if dim is None
            else x.movedim(dim, 0) for x, dim in zip(arguments, in_dims, strict=True)]


def along(scale: Any, rank: int) -> Any:
    """A factor of each example with further axes; a number as it is."""
    if not isinstance(scale, Tensor) or not scale.dim():
        return scale
    return scale.reshape(*scale.shape, *(1,) * rank)


def marked(result: Tensor, rank: int, *arguments: tuple[Tensor, int]) -> Tensor:
    """A result with so many axes, NaN at the examples of which an argument has a NaN."""
    for x, axes in arguments:
        bad = torch.isnan(x).flatten(-axes).any(-1) if axes else torch.isnan(x)
        result = torch.where(along(bad, rank), torch.nan, result)
    return result


def difference(u: Tensor, v: Tensor) -> Tensor:
    """u - v, and 0 where both are the same infinity, the limit of equal numbers."""
    return torch.where(torch.isinf(v) & (u == v), 0, u - v)


def difference_(u: Tensor, v: Tensor) -> Tensor:
    """The same, not to be differentiated."""
    return torch.where(u == v, 0, u - v)


def limit_product(w: Tensor, x: Tensor) -> Tensor:
    """w x, and 0 where w is 0 and x infinite, the limit: what does not count adds nothing."""
    return torch.where((w == 0) & torch.isinf(x), 0, w * x)


def limit_sum(letters: str, w: Tensor, x: Tensor) -> Tensor:
    """The sum of w x, as einsum has it; 0 times infinity adds nothing."""
    total = torch.einsum(letters, w, torch.where(torch.isinf(x), 0, x))
    for end in (torch.inf, -torch.inf):
        share = torch.einsum(letters, w, (x == end).to(x.dtype))
        total = torch.where(share != 0, total + share * end, total)
    return total


def pick(x: Tensor, place: Tensor) -> Tensor:
    """The elements of x along its last axis at places, for each place of the other axes."""
    shape = torch.broadcast_shapes(x.shape[:-1], place.shape)
    chosen = x.expand(*shape, x.shape[-1]).gather(-1, place.expand(shape).unsqueeze(-1))
    return chosen.squeeze(-1)


def pick_inside(x: Tensor, place: Tensor) -> Tensor:
    """The elements at places; NaN outside of the axis."""
    inside = place.clamp(0, x.shape[-1] - 1)
    return torch.where(inside == place, pick(x, inside), torch.nan)


def put(base: Tensor, axis: int, place: Any, amount: Any) -> Tensor:
    """An array with other elements at a place along an axis, for each place of the others."""
    shape = list(base.shape)
    shape[axis] = 1
    if not isinstance(place, Tensor):
        place = torch.full((), place, device=base.device)
    if not isinstance(amount, Tensor):
        amount = base.new_full((), amount)
    rest = (*shape[:axis], *(shape[axis + 1:] if axis != -1 else ()))
    index = place.expand(rest).unsqueeze(axis).expand(shape)
    return base.scatter(axis, index, amount.expand(rest).unsqueeze(axis).expand(shape))


def diagonal(x: Tensor, axis: int, other: int) -> Tensor:
    """The elements where two axes have the same place, along the second."""
    place = other if axis < other else other + 1
    return torch.diagonal(x, 0, axis, other).movedim(-1, place)


def put_diagonal(base: Tensor, amount: Tensor, axis: int, other: int) -> Tensor:
    """An array with another diagonal along two axes."""
    place = other if axis < other else other + 1
    shape = torch.diagonal(base, 0, axis, other).shape
    return torch.diagonal_scatter(base, amount.movedim(place, -1).expand(shape), 0, axis, other)


def median(x: Tensor, axis: int) -> Tensor:
    """The middle value along an axis; of an even number of values the mean of two."""
    ordered = x.sort(axis).values
    size = x.shape[axis]
    low, high = ordered.select(axis, (size - 1) // 2), ordered.select(axis, size // 2)
    return (low + high) / 2
