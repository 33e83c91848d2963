"""Values outside of their declared domain: seen in one cheap pass, refused by place and value."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

CHUNK = 1 << 16  # elements that are looked at together, so that they stay in the cache


class Domain(NamedTuple):
    """What numbers must be, in words; which are; and whether all of an array are, told quickly.

    `quick` may say no of an array with NaN, which is then looked at element by element. `rows`:
    the rows sum to 1.
    """

    want: str
    test: Any
    quick: Any
    rows: bool = False


def least(array: Any) -> Any:
    """The smallest number; NaN where there is one."""
    return np.minimum.reduce(array, axis=None)


def largest(array: Any) -> Any:
    """The largest number; NaN where there is one."""
    return np.maximum.reduce(array, axis=None)


def integral(array: Any) -> bool:
    """Whether all numbers are integers."""
    return array.dtype.kind in "iub" or bool((np.floor(array) == array).all())


def zeros_and_ones(array: Any) -> bool:
    """Whether all numbers are 0 or 1."""
    return bool(np.count_nonzero(array == 0) + np.count_nonzero(array == 1) == array.size)


DOMAINS: dict[str, Domain] = {
    "positive": Domain("> 0", lambda a: a > 0, lambda a: least(a) > 0),
    "nonnegative": Domain(">= 0", lambda a: a >= 0, lambda a: least(a) >= 0),
    "negative": Domain("< 0", lambda a: a < 0, lambda a: largest(a) < 0),
    "probability": Domain("in [0, 1]", lambda a: (a >= 0) & (a <= 1),
                          lambda a: least(a) >= 0 and largest(a) <= 1),
    "integer": Domain("integers", lambda a: a == np.floor(a), integral),
    "count": Domain("0, 1, 2, …", lambda a: (a >= 0) & (a == np.floor(a)),
                    lambda a: least(a) >= 0 and integral(a)),
    "binary": Domain("0 or 1", lambda a: (a == 0) | (a == 1), zeros_and_ones),
    "onehot": Domain("0 or 1, with one 1 in each row", lambda a: (a == 0) | (a == 1),
                     zeros_and_ones, True),
    "simplex": Domain(">= 0, with rows that sum to 1", lambda a: a >= 0,
                      lambda a: least(a) >= 0, True),
}


def inside(domain: str, array: Any, slack: float) -> bool:
    """Whether all numbers of an array are surely in a domain; its first axis is cut into chunks."""
    known = DOMAINS[domain]
    if not array.size:
        return True
    if array.size <= CHUNK:
        return bool(known.quick(array)) and (not known.rows or normalised(array, slack))
    if array.ndim == 1:
        array = array.reshape(1, -1) if known.rows else array
    step = max(1, CHUNK // math.prod(array.shape[1:]))
    parts = (array[start:start + step] for start in range(0, len(array), step))
    return all(known.quick(part) and (not known.rows or normalised(part, slack))
               for part in parts)


def normalised(array: Any, slack: float) -> bool:
    """Whether all sums along the last axis are 1, as far as rounding allows."""
    sums = np.einsum("...k->...", array)  # of floats quicker than a reduction of short rows
    may = tolerance(array.shape[-1], slack)
    return bool(least(sums) >= 1 - may and largest(sums) <= 1 + may)


def tolerance(count: int, slack: float) -> float:
    """How much a normalised row of floats may be off: some roundings, and those of its sum."""
    return slack * (16 + 4 * math.sqrt(count))


def accuracy(given: Any, computed: Any) -> float:
    """The accuracy of the coarser of two dtypes; integers are exact."""
    sizes = [d.itemsize for d in (given, computed) if d.kind == "f"]
    return EPSILONS.get(min(sizes), 2.0**-52)


EPSILONS = {2: 2.0**-10, 4: 2.0**-23}


def refuse_outside(name: str, domain: str, array: Any, kept: Any, slack: float,
                   advice: str = "", start: int = 0, batch: tuple[int, ...] = ()) -> None:
    """Raises ValueError for the first number outside of a domain, in an example that counts.

    NaN is left alone. `advice` says which entry of the catalogue takes other values. The array
    may be a block of the rows of a `batch`, from `start` on.
    """
    known, rank = DOMAINS[domain], array.ndim - DOMAINS[domain].rows
    with np.errstate(all="ignore"):
        bad: Any = ~(known.test(array) | (array != array))
        sums: Any = np.add.reduce(array, axis=-1, dtype=np.float64) if known.rows else bad
        off = np.abs(sums - 1) > tolerance(array.shape[-1], slack) if known.rows else bad
        some = bad.any(axis=-1) | off if known.rows else bad
        if kept is not None and some.any():
            some = some & used(kept, array.shape[:rank], some.ndim)
    if not some.any():
        return
    place = tuple(int(n) for n in np.argwhere(some)[0])
    spot = (*map(int, np.unravel_index(place[0] + start, batch)), *place[1:]) if batch else place
    if known.rows and not bad[place].any():
        raise ValueError(f"{name} must be {known.want}; the row{where(spot)} sums to "
                         f"{sums[place]:.10g}, off by {sums[place] - 1:.3g}, where rounding "
                         f"explains {tolerance(array.shape[-1], slack):.2g}")
    if known.rows:
        column = int(np.argmax(bad[place]))
        place, spot = (*place, column), (*spot, column)
    value = array[place].item()
    raise ValueError(f"{name} must be {known.want}; it is {shown(value)}{where(spot)}"
                     f"{hint(domain, array, value, advice)}")


def used(kept: Any, own: tuple[int, ...], rank: int) -> Any:
    """Which examples of an array with these batch axes are among those that count."""
    full: Any = np.broadcast_to(kept, np.broadcast_shapes(kept.shape, own))
    full = np.any(full, axis=tuple(range(full.ndim - len(own))))
    full = np.any(full, axis=tuple(n for n, size in enumerate(own) if size == 1), keepdims=True)
    return full.reshape(full.shape + (1,) * (rank - len(own)))


def hint(domain: str, array: Any, value: Any, advice: str) -> str:
    """What to do with values that are often given in place of those of the domain."""
    if domain == "binary" and value == -1 and bool((np.abs(array) == 1).all()):
        return "; labels -1 and +1: use (y + 1)/2"
    return f"; {advice}" if advice and (domain != "binary" or 0 <= value <= 1) else ""


def shown(value: Any) -> str:
    """A number, as short as it can be told."""
    return f"{value:.0f}" if value % 1 == 0 else repr(value)


def where(place: Any) -> str:
    """The place of an element; nothing for one number."""
    return f" at {list(place)}" if len(place) else ""
