"""The table of heads: what each is called in the notation, and what its arguments are.

A head's name in stored trees is that of its class. Rooms add leaves and heads of their own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field
from typing import Any, NamedTuple

from sympy import Add, Mul, Pow
from sympy.core.basic import Basic

from derive.core import heads
from derive.core.atoms import BoundIndex, FunctionName, Named
from derive.core.quantified import All
from derive.core.typed_nodes import TypedPower, TypedProduct, TypedSum
from derive.deferred_dataclass import dataclass


class Signature(NamedTuple):
    """A head: its word in the notation, the classes of its arguments, and what makes a node.

    `more` heads take any number of further arguments, of which at least one stands.
    """

    head: type[Basic]
    arguments: tuple[type, ...] = (Basic, Basic)
    word: str = ""
    more: bool = False
    build: Callable[..., Basic] | None = None  # where calling the class would evaluate

    def fits(self, arguments: list[Any]) -> bool:
        """Whether these are arguments of the head."""
        own = len(self.arguments)
        return (len(arguments) > own if self.more else len(arguments) == own) and all(
            map(isinstance, arguments, self.arguments))

    def node(self, arguments: list[Any]) -> Basic:
        """The node of these arguments, unevaluated."""
        return self.build(arguments) if self.build else self.head(*arguments)


_FAMILY = (heads.Lam,)
HEADS: Mapping[str, Signature] = {s.head.__name__: s for s in (
    Signature(Add, (Basic,), "+", True, Add._from_args),
    Signature(Mul, (Basic,), "*", True, Mul._from_args),
    Signature(Pow, word="**", build=lambda parts: Pow(*parts, evaluate=False)),
    Signature(heads.Less, word="<"), Signature(heads.LessEqual, word="<="),
    Signature(heads.Equal, word="=="), Signature(heads.NotEqual, word="!="),
    Signature(heads.Both, word="and"), Signature(heads.Either, word="or"),
    Signature(heads.Not, (Basic,), "not"), Signature(heads.Delta, word="delta"),
    Signature(heads.Cond, (Basic, Basic, Basic), "if"),
    *(Signature(head, word=word) for word, head in heads.OPERATORS.items()),
    Signature(heads.Sum, _FAMILY, "sum"), Signature(heads.Product, _FAMILY, "prod"),
    Signature(heads.Maximum, _FAMILY, "max"), Signature(heads.Minimum, _FAMILY, "min"),
    Signature(heads.ArgMax, _FAMILY, "argmax"), Signature(All, _FAMILY, "all"),
    Signature(heads.UniqueMaximum, _FAMILY, "unique_maximum"),
    Signature(TypedSum), Signature(TypedProduct), Signature(TypedPower),
    Signature(heads.Element, (Named,), more=True),
    Signature(heads.Apply, (FunctionName,), more=True),
    Signature(heads.Lam, (BoundIndex, Basic, Basic)),
)}
WORDS: Mapping[type[Basic], str] = {s.head: s.word for s in HEADS.values() if s.word}


@dataclass(frozen=True)
class OwnFunctions:
    """How the record of a user's function is written: its entry, and the leaves that it uses."""

    write: Callable[[Any], tuple[dict[str, Any], list[FunctionName]]]
    read: Callable[[str, dict[str, Any], list[Any]], Any]  # by name, entry, leaves


@dataclass(frozen=True)
class Vocabulary:
    """What may stand in data besides trees of `core`: further leaves, heads, and functions."""

    leaves: Mapping[str, type[Named]] = field(default_factory=dict)  # `detail` is a text
    heads: Mapping[str, Signature] = field(default_factory=dict)
    own: OwnFunctions | None = None

    def signature(self, name: str) -> Signature | None:
        """The head that is stored under a name."""
        return HEADS.get(name) or self.heads.get(name)
