"""Whether a value is of an annotated type, for records that are read from a file."""

from __future__ import annotations

from collections.abc import Mapping
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin


def fits(value: Any, hint: Any) -> bool:
    """Whether a value is of a type: a class, a union, a tuple, a mapping, or Any."""
    if hint is Any:
        return True
    origin, arguments = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType):
        return any(fits(value, option) for option in arguments)
    if origin is tuple:
        return isinstance(value, tuple) and _tuple_fits(value, arguments)
    if origin is not None and issubclass(origin, Mapping):
        return isinstance(value, Mapping) and all(
            fits(k, arguments[0]) and fits(v, arguments[1]) for k, v in value.items())
    if hint is None or hint is NoneType:
        return value is None
    if hint is int:
        return type(value) is int
    return isinstance(value, hint)


def _tuple_fits(value: tuple[Any, ...], arguments: tuple[Any, ...]) -> bool:
    if len(arguments) == 2 and arguments[1] is Ellipsis:
        return all(fits(v, arguments[0]) for v in value)
    return len(value) == len(arguments) and all(map(fits, value, arguments))
