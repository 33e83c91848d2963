"""Dataclasses whose methods are made when the first instance is.

Python writes and compiles the methods of a dataclass one by one, .7 ms for each class. A run that
starts loads many classes of which it uses few: those cost nothing here until they are used.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from threading import RLock
from typing import TYPE_CHECKING, Any

__all__ = ["dataclass"]

_FIELDS = "__dataclass_fields__"
_MADE = ("__init__", "__repr__", "__eq__", "__hash__")
_FINAL = ("__setattr__", "__delattr__", "__dict__", "__weakref__")
_lock = RLock()


class _Pending:
    """The fields of a class that is not made yet: whoever asks for them has it made."""

    def __init__(self, options: dict[str, Any]) -> None:
        self.options = options

    def __get__(self, instance: object, owner: type) -> Any:
        _make(next(c for c in owner.__mro__ if vars(c).get(_FIELDS) is self))
        return getattr(owner, _FIELDS)


def _make(cls: type) -> None:
    """Gives a class its methods, from a twin of it: other threads see the old ones or the new."""
    with _lock:
        pending = vars(cls).get(_FIELDS)
        if not isinstance(pending, _Pending):
            return
        stubs = {name for name in _MADE if getattr(vars(cls).get(name), "stands_in", False)}
        body = {name: value for name, value in vars(cls).items()
                if name not in {*stubs, *_FINAL, _FIELDS}}
        twin = type(cls)(cls.__name__, cls.__bases__, body)
        dataclasses.dataclass(**pending.options)(twin)
        for name, value in vars(twin).items():
            if name not in _FINAL and body.get(name, _FIELDS) is not value:
                setattr(cls, name, value)
        for name in stubs - set(vars(twin)):
            delattr(cls, name)
        for name in set(body) - set(vars(twin)):
            delattr(cls, name)


def _stub(cls: type, name: str) -> Callable[..., Any]:
    def method(self: Any, *arguments: Any, **named: Any) -> Any:
        _make(cls)
        return getattr(cls, name)(self, *arguments, **named)

    method.stands_in = True  # type: ignore[attr-defined]
    return method


def _refused(self: object, name: str, *_value: object) -> None:
    raise dataclasses.FrozenInstanceError(f"cannot assign to or delete field {name!r}")


def _deferred(cls: type | None = None, **options: Any) -> Any:
    """Like `dataclasses.dataclass`, for the options `frozen` and `eq`."""
    if cls is None:
        return lambda cls: _deferred(cls, **options)
    hashed = options.get("frozen") and options.get("eq", True)
    for name in _MADE:
        if name not in vars(cls) and (name != "__hash__" or hashed) and (
                name != "__eq__" or options.get("eq", True)):
            setattr(cls, name, _stub(cls, name))
    if options.get("frozen"):
        cls.__setattr__ = cls.__delattr__ = _refused  # type: ignore[method-assign, assignment]
    setattr(cls, _FIELDS, _Pending(options))
    return cls


if TYPE_CHECKING:
    from dataclasses import dataclass as dataclass
else:
    dataclass = _deferred
