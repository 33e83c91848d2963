"""A value that is computed when it is first asked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, TypeVar, overload

T = TypeVar("T")


class cached_property(Generic[T]):  # noqa: N801 (named like the one of functools)
    """Like that of functools, without its lock, which Python 3.11 keeps for all instances alike.

    A thread that waited for its turn (see `derive.turns`) while it had that lock would stop all
    others. Two threads that ask at once both compute the value, which is the same.
    """

    def __init__(self, compute: Callable[[Any], T]) -> None:
        self.compute, self.name, self.__doc__ = compute, compute.__name__, compute.__doc__

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    @overload
    def __get__(self, instance: None, owner: type) -> cached_property[T]: ...

    @overload
    def __get__(self, instance: object, owner: type) -> T: ...

    def __get__(self, instance: object | None, owner: type) -> cached_property[T] | T:
        if instance is None:
            return self
        # The first value that is there stays: all see the same one.
        return vars(instance).setdefault(self.name, self.compute(instance))  # type: ignore[no-any-return]
