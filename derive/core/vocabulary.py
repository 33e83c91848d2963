"""What may stand in stored trees: the heads with their arguments, and what other rooms add."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sympy.core.basic import Basic

from derive.core import heads
from derive.core.atoms import BoundIndex, FunctionName, Named
from derive.core.quantified import All
from derive.core.typed_nodes import TypedPower, TypedProduct, TypedSum


def _fixed(*parts: type) -> Callable[[list[Any]], bool]:
    return lambda args: len(args) == len(parts) and all(map(isinstance, args, parts))


def _led(first: tuple[type, ...]) -> Callable[[list[Any]], bool]:
    return lambda args: len(args) > 1 and isinstance(args[0], first)


_PAIR, _FAMILY = _fixed(Basic, Basic), _fixed(heads.Lam)
HEADS: Mapping[str, tuple[type, Callable[[list[Any]], bool]]] = {
    **{c.__name__: (c, _PAIR) for c in (
        heads.Delta, heads.Equal, heads.NotEqual, heads.Less, heads.LessEqual, heads.Both,
        heads.Either, heads.Partial, heads.Antiderivative, heads.Total, heads.Expect, heads.Root,
        TypedSum, TypedProduct, TypedPower)},
    **{c.__name__: (c, _FAMILY) for c in (
        heads.Sum, heads.Product, heads.Maximum, heads.Minimum, heads.ArgMax,
        heads.UniqueMaximum, All)},
    "Not": (heads.Not, _fixed(Basic)),
    "Cond": (heads.Cond, _fixed(Basic, Basic, Basic)),
    "Element": (heads.Element, _led((Named,))),
    "Apply": (heads.Apply, _led((FunctionName,))),
    "Lam": (heads.Lam, _fixed(BoundIndex, Basic, Basic)),
}


@dataclass(frozen=True)
class OwnFunctions:
    """How the record of a user's function is written: its entry, and the leaves that it uses."""

    write: Callable[[Any], tuple[dict[str, Any], list[FunctionName]]]
    read: Callable[[str, dict[str, Any], list[Any]], Any]  # by name, entry, leaves


@dataclass(frozen=True)
class Vocabulary:
    """What may stand in data besides trees of `core`: further leaves, heads, and functions."""

    leaves: Mapping[str, type[Named]] = field(default_factory=dict)  # `detail` is a text
    heads: Mapping[str, tuple[type, Callable[[list[Any]], bool]]] = field(default_factory=dict)
    own: OwnFunctions | None = None
