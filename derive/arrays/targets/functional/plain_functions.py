"""What short NumPy modules call beside NumPy; printed into them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[Any]
# An argument: name, axes, the classes of a label.
Declared = tuple[str, tuple[Any, ...], Any]


def evaluate(function: Callable[..., Any], results: tuple[str, ...], declared: Sequence[Declared],
             given: Sequence[ArrayLike], weight: Any, mask: Any, ignore_label: Any,
             reduction: str, dtype: Any = None, check: Callable[..., None] | None = None) -> Any:
    """The results of a function for arrays that were checked, weighted and reduced."""
    if reduction not in ("none", "sum", "mean"):
        raise ValueError(f"reduction must be one of none, sum, mean, not {reduction!r}")
    arrays, batch, kept = prepared(declared, given, mask, ignore_label, dtype)
    if check is not None:
        check(kept, *arrays)
    real = next(a.dtype for a in arrays if a.dtype.kind == "f")
    scale: Any = 1.0 if weight is None else np.asarray(weight, real)
    if weight is not None and not (np.broadcast_shapes(scale.shape, batch) == batch
                                   and (scale >= 0).all()):
        raise ValueError("weight must have the shape of the examples, and not be negative")
    if reduction == "mean":
        scale = scale / max(int(np.prod(batch)) if kept is None else int(kept.sum()), 1)
    finished = []
    with np.errstate(all="ignore"):
        made = function(*arrays)
        for name, result in zip(results, made if len(results) > 1 else (made,), strict=True):
            if np.ndim(result) < len(batch) or np.ndim(result) == 0:  # one number for all
                result = np.full(batch, result, real)
            more = (1,) * (result.ndim - len(batch))
            result = result * (np.reshape(scale, scale.shape + more) if np.ndim(scale) else scale)
            if kept is not None:
                result = np.where(kept.reshape(kept.shape + more), result, 0)
            reduced = name == "value" and reduction != "none"
            finished.append(result.sum() if reduced else result[()])
    return finished[0] if len(finished) == 1 else tuple(finished)


def prepared(declared: Sequence[Declared], given: Sequence[ArrayLike], mask: Any,
             ignore_label: Any, dtype: Any) -> tuple[list[Array], tuple[int, ...], Array | None]:
    """The arguments in one dtype along one batch, and which examples count."""
    arrays = [np.asarray(x) for x in given]
    floats = [a.dtype.itemsize for a in arrays if a.dtype.kind == "f" and a.ndim]
    dtype = dtype or np.dtype(np.float32 if floats and max(floats) <= 4 else np.float64)
    sizes: dict[Any, int] = {}
    batches = []
    for (name, dims, over), array in zip(declared, arrays, strict=True):
        if array.dtype.kind not in ("fiub" if over is None else "iu"):
            kind = "real numbers" if over is None else "labels, which are integers"
            raise TypeError(f"{name} must be {kind}, not {array.dtype}")
        lead = array.ndim - len(dims)
        if lead < 0:
            raise ValueError(f"{name} needs {len(dims)} trailing axes; its shape is {array.shape}")
        for dim, size in zip(dims, array.shape[lead:], strict=True):
            if sizes.setdefault(dim, dim if isinstance(dim, int) else size) != size:
                raise ValueError(f"{name} has length {size} along {dim}, expected {sizes[dim]}")
        batches.append(array.shape[:lead])
    for short in batches:
        if short and short[-1] > 1 and (*short, 1) in batches:
            raise ValueError(f"batch axes {short} and {(*short, 1)} would cross")
    batch = np.broadcast_shapes(*batches)
    kept = None if mask is None else np.broadcast_to(np.asarray(mask), batch)
    if kept is not None and kept.dtype != bool:
        raise TypeError(f"mask must be an array of bool, not {kept.dtype}")
    ready = []
    for (name, dims, over), array in zip(declared, arrays, strict=True):
        full = np.broadcast_to(array, (*batch, *array.shape[array.ndim - len(dims):]))
        if over is not None and not dims and ignore_label is not None:
            kept = (full != ignore_label) & (True if kept is None else kept)
        if over is not None:
            full = labels(name, full, sizes.get(over, over), None if dims else kept)
        ready.append(full if over is not None or full.dtype == dtype else full.astype(dtype))
    return ready, batch, kept


def labels(name: str, array: Array, size: Any, kept: Array | None) -> Array:
    """Labels, those that do not count as 0. Raises ValueError for one that is no class."""
    if kept is not None:
        array = np.where(kept, array, 0)
    if array.size and (array.min() < 0 or (isinstance(size, int) and array.max() >= size)):
        wrong = array.min() if array.min() < 0 else array.max()
        raise ValueError(f"{name} has the label {wrong}, outside of [0, {size})")
    return array.astype(np.intp, copy=False)


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


def gap(u: Any, v: Any) -> Array:
    """u - v, and 0 where both are the same infinity, the limit of equal numbers."""
    return np.where((u == v) & np.isinf(v), 0, u - v)


def limit_times(weight: Any, x: Any) -> Array:
    """A product, 0 where the weight is 0 and the other infinite: what does not count adds 0."""
    return np.where((weight == 0) & np.isinf(x), 0, weight * x)


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


def pick_inside(x: Array, place: Any) -> Array:
    """The elements at a place along the last axis; NaN outside of it."""
    known = np.clip(place, 0, x.shape[-1] - 1)
    return np.where(known == place, pick(x, known), np.nan)


def replaced(base: Array, place: Array, amount: Any) -> Array:
    """A copy of an array with another element at a place along the last axis."""
    made = base.copy()
    np.put_along_axis(made, place[..., None], amount, -1)
    return made


def put(base: Array, axis: int, place: Any, amount: Any) -> Array:
    """A copy of an array with other elements at a place along an axis."""
    axis %= base.ndim
    rest = base.shape[:axis] + base.shape[axis + 1:]
    index, amounts = (np.expand_dims(np.broadcast_to(x, rest), axis) for x in (place, amount))
    made = base.copy()
    np.put_along_axis(made, index, amounts, axis)
    return made


def diagonal(x: Array, axis: int, other: int) -> Array:
    """The elements where two axes have the same place, along the second."""
    place = other if axis < other else other + 1
    return np.moveaxis(np.diagonal(x, 0, axis, other), -1, place)


def put_diagonal(base: Array, amount: Array, axis: int, other: int) -> Array:
    """A copy of an array with another diagonal along two axes."""
    made = base.copy()
    at = np.arange(base.shape[axis])
    place = other if axis < other else other + 1
    turned = np.moveaxis(amount, place, -1) if np.ndim(amount) else amount
    np.moveaxis(made, (axis, other), (-2, -1))[..., at, at] = turned
    return made
