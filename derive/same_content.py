"""Equality of objects that hold arrays, or make what they hold again when it is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol, runtime_checkable


@runtime_checkable
class Buffer(Protocol):
    """An array, as NumPy has them."""

    dtype: object
    shape: tuple[int, ...]

    def tobytes(self) -> bytes:
        """Every bit of it."""


class SameContent:
    """Two are equal where what pickle keeps of them is: what was pickled comes back equal."""

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and same(_kept(self), _kept(other))

    def __hash__(self) -> int:
        return hash(type(self))


def same(first: object, second: object) -> bool:
    """Whether two values are equal; arrays are where type, shape and every bit are."""
    if first is second:
        return True
    if type(first) is not type(second):
        return False
    if isinstance(first, Mapping) and isinstance(second, Mapping):
        return first.keys() == second.keys() and all(same(first[k], second[k]) for k in first)
    if isinstance(first, (list, tuple)) and isinstance(second, (list, tuple)):
        return len(first) == len(second) and all(map(same, first, second))
    if isinstance(first, Buffer) and isinstance(second, Buffer):
        return (first.dtype, first.shape) == (second.dtype, second.shape) \
            and first.tobytes() == second.tobytes()
    return bool(first == second)


def _kept(value: object) -> object:
    return value.__getstate__()
