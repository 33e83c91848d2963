"""Checks of what a kernel is called with; nothing is written before all of them have passed."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from derive.arrays.runtime.value_domains import CHUNK, DOMAINS, accuracy, inside, refuse_outside


class Argument(NamedTuple):
    """One argument: its name, the kind of its numbers, its index axes, the classes of a label.

    `test` raises for matrices that are not what they are declared to be; `advice` tells which
    entry of the catalogue takes other values, such as soft labels.
    """

    name: str
    domain: str
    dims: tuple[Any, ...]
    over: Any
    test: Any = None
    advice: str = ""


class Call(NamedTuple):
    """Checked arguments: blocks of rows can be cut from the arrays, all of one dtype."""

    arrays: list[Any]
    sizes: dict[Any, int]
    dtype: Any
    batch: tuple[int, ...]
    rows: int
    kept: Any  # which examples count, or None for all
    late: tuple[tuple[int, Argument, float], ...] = ()  # values that the blocks look at



def real_array(name: str, given: Any) -> Any:
    """An array of numbers. Raises TypeError for complex numbers, objects, text and dates."""
    if type(given) is np.ndarray and given.dtype.kind in "fiub":
        return given
    if np.ma.is_masked(given):
        raise TypeError(f"{name} has masked elements; give the mask of the examples as mask=")
    try:
        array = np.asarray(given)
    except (ValueError, TypeError) as error:
        raise ValueError(f"{name} is not an array of numbers: {error}") from None
    if array.dtype.kind not in "fiub":
        raise TypeError(f"{name} must be real numbers, not {array.dtype}")
    return array


def checked(arguments: tuple[Argument, ...], given: tuple[Any, ...], mask: Any = None,
            ignore_label: int | None = None, check: bool = True, dtype: Any = None,
            later: bool = False, watched: bool = False) -> Call:
    """The arguments as arrays of one dtype with their batch axes flattened.

    Raises TypeError for a wrong dtype, ValueError for shapes that do not go together, labels out
    of range and (where `check`) values outside of their domains, each naming the argument. Where
    `later`, the values of large arguments are left to the blocks; where `watched`, whether
    matrices are positive definite is seen where they are factored.
    """
    if len(given) != len(arguments):
        names = ", ".join(a.name for a in arguments)
        raise TypeError(f"this kernel takes {len(arguments)} arguments ({names}), "
                        f"not {len(given)}")
    raw = [real_array(a.name, g) for a, g in zip(arguments, given, strict=True)]
    dtype = dtype or common_dtype(raw)
    sizes, batch = shapes_of(arguments, raw)
    kept = None
    if mask is not None or ignore_label is not None:
        kept = counted(arguments, raw, mask, ignore_label, batch)
        batch = joined(batch, kept.shape, "mask")
    rows = math.prod(batch)
    late = looked(arguments, raw, batch if later else None, kept, dtype) if check else ()
    arrays = []
    for argument, array in zip(arguments, raw, strict=True):
        if argument.domain in ("count", "integer"):
            exact_in(argument.name, array, dtype)
        array = labels(argument, array, sizes, kept) if argument.domain == "label" else \
            converted(array, dtype)
        if argument.test is not None:
            argument.test(argument.name, array, kept, check and not watched)
        arrays.append(flattened(array, len(argument.dims), batch, rows))
    if kept is not None:
        kept = np.ascontiguousarray(np.broadcast_to(kept, batch)).reshape(rows)
    return Call(arrays, sizes, dtype, batch, rows, kept, late)


def shapes_of(arguments: tuple[Argument, ...], raw: list[Any],
              ) -> tuple[dict[Any, int], tuple[int, ...]]:
    """The length of each dimension, and the batch axes that all arguments have together."""
    sizes: dict[Any, int] = {}
    batch: tuple[int, ...] = ()
    seen: dict[tuple[int, ...], str] = {}
    for argument, array in zip(arguments, raw, strict=True):
        rank = len(argument.dims)
        own = lengths(argument, array, rank, sizes) if rank else array.shape
        if own != batch:
            crossed(own, argument.name, seen)
            batch = joined(batch, own, argument.name)
        seen.setdefault(own, argument.name)
    return sizes, batch


def crossed(own: tuple[int, ...], name: str, seen: dict[tuple[int, ...], str]) -> None:
    """Raises ValueError where batch axes (n,) meet (n, 1): together they would be (n, n)."""
    for other, first in seen.items():
        short, long = sorted((own, other), key=len)
        if short and short[-1] > 1 and long == (*short, 1):
            raise ValueError(f"the batch axes of {first}, {other}, and of {name}, {own}, would "
                             f"cross and give every pair: take the last axis off, or give "
                             f"{(1, *short)} for {short} if all pairs are meant")


def looked(arguments: tuple[Argument, ...], raw: list[Any], batch: tuple[int, ...] | None,
           kept: Any, dtype: Any) -> tuple[tuple[int, Argument, float], ...]:
    """The arguments that the blocks look at: large ones with all axes of the batch, if it is given.

    Raises ValueError where another has values outside of its domain.
    """
    late = []
    for place, (argument, array) in enumerate(zip(arguments, raw, strict=True)):
        if argument.domain in DOMAINS:
            slack = accuracy(array.dtype, dtype)
            if array.size > CHUNK and array.shape[:array.ndim - len(argument.dims)] == batch:
                late.append((place, argument, slack))
            elif not inside(argument.domain, array, slack):
                refuse_outside(argument.name, argument.domain, array, kept, slack, argument.advice)
    return tuple(late)


def exact_in(name: str, array: Any, dtype: Any) -> None:
    """Raises ValueError for integers that float32 would round."""
    if dtype == SINGLE and array.dtype.kind in "iu" and array.size and \
            max(int(array.max()), -int(array.min())) > EXACT_SINGLE:
        raise ValueError(f"{name} has numbers above 2**24, which float32 rounds; give one of the "
                         "other arguments in float64")


def converted(array: Any, dtype: Any) -> Any:
    """Numbers in a dtype; what is too large becomes infinite."""
    if array.dtype == dtype:
        return array
    with np.errstate(all="ignore"):
        return array.astype(dtype)


def lengths(argument: Argument, array: Any, rank: int, sizes: dict[Any, int]) -> tuple[int, ...]:
    """The batch axes of an array; its other axes are entered into the sizes or compared."""
    shape = array.shape
    if len(shape) < rank:
        raise ValueError(f"{argument.name} needs {rank} trailing axes "
                         f"({', '.join(map(str, argument.dims))}); its shape is {shape}")
    cut = len(shape) - rank
    if rank == 2 and argument.dims[0] == argument.dims[1] and shape[-1] != shape[-2]:
        raise ValueError(f"{argument.name} must be square; its shape is {shape}")
    for dim, size in zip(argument.dims, shape[cut:], strict=True):
        want = dim if isinstance(dim, int) else sizes.setdefault(dim, size)
        if want != size:
            raise ValueError(f"{argument.name} has length {size} along {dim}, expected {want}")
    return shape[:cut]  # type: ignore[no-any-return]


def common_dtype(arrays: list[Any]) -> Any:
    """float32 if all floating arrays (not single numbers) are, else float64."""
    single = False
    for array in arrays:
        if array.dtype.kind == "f" and array.ndim:
            if array.dtype.itemsize > 4:
                return DOUBLE
            single = True
    return SINGLE if single else DOUBLE


EXACT_SINGLE = 1 << 24  # up to here float32 has all integers
SINGLE, DOUBLE = np.dtype(np.float32), np.dtype(np.float64)


def joined(batch: tuple[int, ...], own: tuple[int, ...], name: str) -> tuple[int, ...]:
    """Batch axes that go together."""
    if own == batch or not own:
        return batch
    try:
        return np.broadcast_shapes(batch, own)
    except ValueError:
        raise ValueError(f"the batch axes of {name}, {own}, do not go with {batch}") from None


def counted(arguments: tuple[Argument, ...], raw: list[Any], mask: Any, ignore_label: int | None,
            batch: tuple[int, ...]) -> Any:
    """The examples that count: where the mask is true and no label is to be ignored."""
    kept = None
    if mask is not None:
        kept = real_array("mask", mask)
        crossed(kept.shape, "mask", {batch: "the examples"})
        if kept.dtype != bool:
            raise TypeError(f"mask must be an array of bool, not {kept.dtype}")
        joined(batch, kept.shape, "mask")
    if ignore_label is not None:
        if isinstance(ignore_label, bool) or not hasattr(type(ignore_label), "__index__") \
                or np.ndim(ignore_label):
            raise TypeError(f"ignore_label must be an integer, not {ignore_label!r}")
        label = [a for argument, a in zip(arguments, raw, strict=True)
                 if argument.domain == "label" and not argument.dims]
        if len(label) != 1:
            raise ValueError("ignore_label needs a formula with one label for each example")
        seen = label[0] != ignore_label
        kept = seen if kept is None else kept & seen
    return kept


def labels(argument: Argument, array: Any, sizes: dict[Any, int], kept: Any) -> Any:
    """Labels as indices. Raises TypeError unless they are integers, ValueError out of range."""
    if array.dtype.kind not in "iu":
        raise TypeError(f"{argument.name} are labels and must be integers, not {array.dtype}"
                        + (f"; {argument.advice}" if argument.advice else ""))
    if kept is not None and not argument.dims:
        array = np.where(kept, array, 0)
    if not array.dtype.isnative:
        array = array.astype(np.intp)
    if array.size:
        in_range(argument, array, class_count(argument, sizes))
    return array if array.dtype == np.intp else array.astype(np.intp)


UNSIGNED = {1: np.uint8, 2: np.uint16, 4: np.uint32, 8: np.uint64}  # negative ones become large


def class_count(argument: Argument, sizes: dict[Any, int]) -> int | None:
    """The number of classes of a label, where it is known."""
    return argument.over if isinstance(argument.over, int) else sizes.get(argument.over)


def in_range(argument: Argument, array: Any, size: int | None) -> None:
    """Raises ValueError for a label below 0, or beyond the number of classes where it is known."""
    kind = array.dtype
    bound = array.view(UNSIGNED[kind.itemsize]) if kind.kind == "i" and size else array
    if size is not None and np.maximum.reduce(bound, axis=None) < size:
        return
    low, high = int(array.min()), int(array.max())
    if low < 0 or (size is not None and high >= size):
        raise ValueError(f"{argument.name} has the label {low if low < 0 else high}, "
                         f"outside of [0, {argument.over if size is None else size})")


def flattened(array: Any, rank: int, batch: tuple[int, ...], rows: int) -> Any:
    """An array with one batch axis; one that does not vary along the batch is not copied."""
    own, rest = array.shape[:array.ndim - rank], array.shape[array.ndim - rank:]
    if own == batch:
        return array if len(own) == 1 else array.reshape((rows, *rest))
    if all(length == 1 for length in own):
        return np.broadcast_to(array.reshape(rest), (rows, *rest))
    return np.broadcast_to(array, (*batch, *rest)).reshape((rows, *rest))
