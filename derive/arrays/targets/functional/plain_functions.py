"""What short NumPy modules call beside NumPy; printed into them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[Any]


def evaluate(function: Callable[..., Any], results: tuple[str, ...], declared: Sequence[Any],
             given: Sequence[ArrayLike], weight: Any, mask: Any, ignore_label: Any,
             reduction: str, dtype: Any = None, check: Callable[..., None] | None = None) -> Any:
    """The results of a function for arrays that were checked, weighted and reduced."""
    arrays = [np.asarray(x) for x in given]
    real = dtype or real_dtype(arrays)
    arrays, batch, sizes = prepared(declared, arrays)
    kept = counted(declared, arrays, batch, mask, ignore_label)
    arrays = [x.astype(real, copy=False) if over is None else
              labels(name, x, sizes.get(over, over), None if dims else kept)
              for (name, dims, over), x in zip(declared, arrays, strict=True)]
    if check is not None:
        check(kept, *arrays)
    scale = scales(weight, batch, kept, reduction, real)
    with np.errstate(all="ignore"):
        made = function(*arrays) if len(results) > 1 else (function(*arrays),)
        finished = [weighted(result, batch, kept, scale, real) for result in made]
        if results[0] == "value" and reduction != "none":
            finished[0] = finished[0].sum()
    return finished[0] if len(finished) == 1 else tuple(finished)


def real_dtype(arrays: list[Array]) -> Any:
    """float32 if all arrays of floats are, else float64."""
    sizes = [x.dtype.itemsize for x in arrays if x.dtype.kind == "f" and x.ndim]
    return np.dtype(np.float32 if sizes and max(sizes) <= 4 else np.float64)


def prepared(declared: Sequence[Any], arrays: list[Array],
             ) -> tuple[list[Array], tuple[int, ...], dict[Any, int]]:
    """The arguments along one batch, its shape, and the length of each dimension."""
    sizes: dict[Any, int] = {}
    batches = [batch_of(d, x, sizes) for d, x in zip(declared, arrays, strict=True)]
    for short in batches:
        if short and short[-1] > 1 and (*short, 1) in batches:
            raise ValueError(f"batch axes {short} and {(*short, 1)} would cross")
    batch = np.broadcast_shapes(*batches)
    return [np.broadcast_to(x, (*batch, *x.shape[len(own):]))
            for x, own in zip(arrays, batches, strict=True)], batch, sizes


def batch_of(declared: Any, array: Array, sizes: dict[Any, int]) -> tuple[int, ...]:
    """The batch axes of an argument, its other axes compared with what is known of them."""
    name, dims, over = declared
    if array.dtype.kind not in ("fiub" if over is None else "iu"):
        kind = "real numbers" if over is None else "labels, which are integers"
        raise TypeError(f"{name} must be {kind}, not {array.dtype}")
    lead = array.ndim - len(dims)
    if lead < 0:
        raise ValueError(f"{name} needs {len(dims)} trailing axes; its shape is {array.shape}")
    for dim, size in zip(dims, array.shape[lead:], strict=True):
        if sizes.setdefault(dim, dim if isinstance(dim, int) else size) != size:
            raise ValueError(f"{name} has length {size} along {dim}, expected {sizes[dim]}")
    return array.shape[:lead]


def counted(declared: Sequence[Any], arrays: Sequence[Array], batch: tuple[int, ...],
            mask: Any, ignore_label: Any) -> Array | None:
    """Which examples count; None for all."""
    kept = None if mask is None else np.broadcast_to(np.asarray(mask), batch)
    if kept is not None and kept.dtype != bool:
        raise TypeError(f"mask must be an array of bool, not {kept.dtype}")
    if ignore_label is not None:
        seen = next(x for (_, dims, over), x in zip(declared, arrays, strict=True)
                    if over is not None and not dims) != ignore_label
        kept = seen if kept is None else kept & seen
    return kept


def labels(name: str, array: Array, size: Any, kept: Array | None) -> Array:
    """Labels, those that do not count as 0. Raises ValueError for one that is no class."""
    if kept is not None:
        array = np.where(kept, array, 0)
    if array.size and (array.min() < 0 or (isinstance(size, int) and array.max() >= size)):
        wrong = array.min() if array.min() < 0 else array.max()
        raise ValueError(f"{name} has the label {wrong}, outside of [0, {size})")
    return array.astype(np.intp, copy=False)


def scales(weight: Any, batch: tuple[int, ...], kept: Array | None, reduction: str,
           real: Any) -> Any:
    """The factor of each example, or one for all."""
    if reduction not in ("none", "sum", "mean"):
        raise ValueError(f"reduction must be one of none, sum, mean, not {reduction!r}")
    count = int(np.prod(batch)) if kept is None else int(kept.sum())
    share = 1 / max(count, 1) if reduction == "mean" else 1.0
    if weight is None:
        return share
    scale = np.asarray(weight, real)
    if np.broadcast_shapes(scale.shape, batch) != batch or not (scale >= 0).all():
        raise ValueError("weight must have the shape of the examples, and not be negative")
    return np.broadcast_to(scale * real.type(share), batch)


def weighted(result: Any, batch: tuple[int, ...], kept: Array | None, scale: Any, real: Any) -> Any:
    """A result times the weight of its example; 0 where that does not count."""
    result = np.broadcast_to(np.asarray(result, real), batch + np.shape(result)[len(batch):])
    more = (1,) * (result.ndim - len(batch))
    if isinstance(scale, np.ndarray):  # an example of weight 0 adds 0, infinite as it may be
        scale = scale.reshape(batch + more)
        result = np.where((scale == 0) & np.isinf(result), 0, result)
    result = result * scale
    return (result if kept is None else np.where(kept.reshape(batch + more), result, 0))[()]


def refuse(name: str, array: Array, fine: Array, want: str, kept: Array | None,
           hint: str = "") -> None:
    """Raises ValueError for the first number outside of a domain, in an example that counts."""
    bad = ~(fine | np.isnan(array))
    if kept is not None:
        bad &= kept.reshape(kept.shape + (1,) * (bad.ndim - kept.ndim))
    if bad.any():
        place = tuple(int(n) for n in np.argwhere(bad)[0])
        raise ValueError(f"{name} must be {want}; it is {array[place]} at {list(place)}{hint}")


def refuse_sums(name: str, array: Array, kept: Array | None) -> None:
    """Raises ValueError for the first row that does not sum to 1, but for rounding."""
    off = np.asarray(array.sum(-1, dtype=float) - 1)
    bad = np.abs(off) > np.finfo(array.dtype).eps * (16 + 4 * array.shape[-1] ** 0.5)
    if kept is not None:
        bad = bad & kept.reshape(kept.shape + (1,) * (bad.ndim - kept.ndim))
    if bad.any():
        place = tuple(int(n) for n in np.argwhere(bad)[0])
        raise ValueError(f"{name} must have rows that sum to 1; the row at {list(place)} is off "
                         f"by {off[place]:.3g}")


def gap_of(u: Any, v: Any) -> Array:
    """u - v, and 0 where both are the same infinity, the limit of equal numbers."""
    return np.where((u == v) & np.isinf(v), 0, u - v)


def limit_times(weight: Any, x: Any) -> Any:
    """A product, 0 where the weight is 0 and the other infinite: what does not count adds 0."""
    return weight * np.where((weight == 0) & np.isinf(x), 0, x)


def limit_total(letters: str, weight: Array, x: Array) -> Array:
    """The sums of such products, as np.einsum has them."""
    if np.isfinite(x).all():
        total: Array = np.einsum(letters, weight, x)
        return total
    total = np.einsum(letters, weight, np.where(np.isinf(x), 0, x))
    for end in (np.inf, -np.inf):
        share = np.einsum(letters, weight, (x == end).astype(weight.dtype))
        total = total + np.where(share != 0, share * end, 0)
    return total


def below_top(u: Array, top: Array) -> Array:
    """u less its largest element along the last axis; 0 at a single infinite one, its limit."""
    below = u - top
    if not np.isfinite(top).all():
        there = (u == top) & (u == np.inf)
        below[there & (there.sum(-1, keepdims=True) == 1)] = 0
    return below


def pick(x: Array, place: Any) -> Array:
    """The elements at a place along the last axis, which all examples may share."""
    place = np.asarray(place)[..., None]
    rank = max(x.ndim, place.ndim)
    x, place = (a.reshape((1,) * (rank - a.ndim) + a.shape) for a in (x, place))
    return np.take_along_axis(x, place, -1)[..., 0]


def replaced(base: Array, place: Array, amount: Any) -> Array:
    """A copy of an array with another element at a place along the last axis."""
    made = base.copy()
    np.put_along_axis(made, place[..., None], amount, -1)
    return made


def put(base: Array, axis: int, place: Any, amount: Any) -> Array:
    """A copy of an array with other elements at a place along an axis, for each place there is."""
    made = np.moveaxis(base, axis, -1)
    rest = np.broadcast_shapes(made.shape[:-1], np.shape(place), np.shape(amount))
    made = np.broadcast_to(made, (*rest, made.shape[-1])).copy()
    index, amounts = (np.broadcast_to(x, rest)[..., None] for x in (place, amount))
    np.put_along_axis(made, index, amounts, -1)
    return np.moveaxis(made, -1, axis % base.ndim - base.ndim)


def put_diagonal(base: Array, amount: Array, axis: int, other: int) -> Array:
    """A copy of an array with another diagonal along two axes."""
    made = base.copy()
    at = np.arange(base.shape[axis])
    place = other if axis < other else other + 1
    turned = np.moveaxis(amount, place, -1) if np.ndim(amount) else amount
    np.moveaxis(made, (axis, other), (-2, -1))[..., at, at] = turned
    return made
