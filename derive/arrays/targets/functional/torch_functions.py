"""What modules for PyTorch call beside it; printed into them, and not imported here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from derive.arrays.targets.functional.neutral_argument_functions import weighted_result


def common_dtype(declared: Sequence[Any], given: Sequence[Any],
                 ) -> tuple[Sequence[Any], Tensor, Any]:
    """The arguments, the first tensor of floats, and the dtype of all that have axes."""
    floats = [x for x in given if isinstance(x, Tensor) and x.is_floating_point()]
    if not floats:
        raise TypeError(f"none of {', '.join(row[0] for row in declared)} is a tensor of floats")
    dtype = None
    for x in [x for x in floats if x.dim()] or floats:
        dtype = x.dtype if dtype in (None, x.dtype) else torch.promote_types(dtype, x.dtype)
    return given, floats[0], dtype


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


def as_array(x: Any, value: Tensor) -> Tensor:
    """A tensor on the device of another."""
    return torch.as_tensor(x, device=value.device)


def as_numbers(x: Any, value: Tensor) -> Tensor:
    """Numbers in the dtype of a value."""
    return as_array(x, value).to(value.dtype)


def refused(declared: Sequence[Any], arguments: Sequence[Tensor]) -> None:
    """Raises ValueError for an argument that asks for a derivative which there is not."""
    for (name, _, _, reason), x in zip(declared, arguments, strict=True):
        if reason and x.requires_grad:
            raise ValueError(f"there is no derivative by {name}: {reason}; "
                             f"pass {name}.detach()")


def reduced(value: Tensor, scale: Any, kept: Tensor | None, reduction: str) -> Tensor:
    """What is returned of the examples' values."""
    if kept is not None:
        value = torch.where(kept, value, 0)
    if isinstance(scale, Tensor) and scale.dim():
        value = weighted_result(value, scale)
        return value if reduction == "none" else value.sum()
    value = value if reduction == "none" else value.sum()
    return value if isinstance(scale, float) and scale == 1.0 else value * scale


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


def difference_(u: Tensor, v: Tensor) -> Tensor:
    """The same, not to be differentiated."""
    return torch.where(u == v, 0, u - v)


def pick(x: Tensor, place: Tensor) -> Tensor:
    """The elements of x along its last axis at places, for each place of the other axes."""
    shape = torch.broadcast_shapes(x.shape[:-1], place.shape)
    chosen = x.expand(*shape, x.shape[-1]).gather(-1, place.expand(shape).unsqueeze(-1))
    return chosen.squeeze(-1)


def put(base: Tensor, axis: int, place: Any, amount: Any) -> Tensor:
    """An array with other elements at a place along an axis, for each place of the others."""
    axis = axis % base.ndim - base.ndim
    if not isinstance(place, Tensor):
        place = torch.full((), place, device=base.device)
    if not isinstance(amount, Tensor):
        amount = base.new_full((), amount)
    own = (*base.shape[:axis], *base.shape[base.ndim + axis + 1:])
    rest = torch.broadcast_shapes(own, place.shape, amount.shape)
    at = len(rest) + 1 + axis
    wide = base.expand(*rest[:at], base.shape[axis], *rest[at:])
    return wide.scatter(axis, place.expand(rest).unsqueeze(axis),
                        amount.expand(rest).unsqueeze(axis))


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


def contracted(letters: str, a: Tensor, b: Tensor) -> Tensor:
    """Sums of products, as einsum has them."""
    return torch.einsum(letters, a, b)


def triangle_solved(a: Tensor, b: Tensor, lower: bool) -> Tensor:
    """The solutions of a x = b, of a lower or upper triangle a."""
    return torch.linalg.solve_triangular(a, b, upper=not lower)


def unit_matrix(a: Tensor) -> Tensor:
    """The unit matrix of the size of another."""
    return torch.eye(a.shape[-1], dtype=a.dtype, device=a.device).expand(a.shape)
