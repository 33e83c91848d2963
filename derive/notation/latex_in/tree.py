"""What LaTeX says, as a tree; every node knows its place in the text."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, replace
from typing import Any


@dataclass(frozen=True)
class Node:
    """A part of the formula, from `start` to `end` of the text."""

    start: int
    end: int

    def children(self) -> Iterator[Node]:
        """The parts of the part."""
        for entry in fields(self):
            yield from _nodes(getattr(self, entry.name))

    def walk(self) -> Iterator[Node]:
        """The part and all below it."""
        stack: list[Node] = [self]
        while stack:
            node = stack.pop()
            yield node
            stack.extend(reversed(list(node.children())))


Nodes = tuple[Node, ...]


def _nodes(value: object) -> Iterator[Node]:
    if isinstance(value, Node):
        yield value
    elif isinstance(value, tuple):
        for item in value:
            yield from _nodes(item)


@dataclass(frozen=True)
class Number(Node):
    """Digits."""

    text: str


@dataclass(frozen=True)
class Symbol(Node):
    """A letter or word: the names it may be declared by, and the sign as written."""

    names: tuple[str, ...]
    sign: str
    primes: int = 0
    word: bool = False

    @property
    def name(self) -> str:
        """The name that it is usually declared by."""
        return self.names[0]


@dataclass(frozen=True)
class Scripted(Node):
    """A base with subscripts, a power, or a step in round brackets above."""

    base: Node
    below: tuple[Node, ...] = ()
    power: Node | None = None
    step: Node | None = None


@dataclass(frozen=True)
class Bracket(Node):
    """Items between brackets; `kind` is the opening one."""

    kind: str
    items: tuple[Node, ...]


@dataclass(frozen=True)
class Terms(Node):
    """A sum of terms, each with a sign, + or -."""

    terms: tuple[tuple[str, Node], ...]


@dataclass(frozen=True)
class Factors(Node):
    """A product; the first operator is empty, the others are "" (side by side), a sign, or /."""

    factors: tuple[tuple[str, Node], ...]


@dataclass(frozen=True)
class Fraction(Node):
    """A fraction."""

    above: Node
    below: Node


@dataclass(frozen=True)
class Root(Node):
    """A root; no degree for a square root."""

    body: Node
    degree: Node | None = None


@dataclass(frozen=True)
class Bars(Node):
    """A value between bars: `abs` or `norm`."""

    kind: str
    body: Node


@dataclass(frozen=True)
class Applied(Node):
    """A function applied; `power` and `below` are the scripts between it and its arguments."""

    function: str
    arguments: tuple[Node, ...]
    below: tuple[Node, ...] = ()
    power: Node | None = None
    bare: bool = False  # its argument stands without brackets


@dataclass(frozen=True)
class Call(Node):
    """A function that the text defines, or a symbol of one, with its arguments."""

    base: Node
    arguments: tuple[Node, ...]


@dataclass(frozen=True)
class Slope(Node):
    """The derivative of a function of the notation, at a value."""

    function: str
    at: Bracket


@dataclass(frozen=True)
class Inner(Node):
    """The inner product of two parts."""

    left: Node
    right: Node


@dataclass(frozen=True)
class Big(Node):
    """A sum, product, maximum, … over indices."""

    operator: str
    binders: tuple[Node, ...]  # symbols and conditions, as written below the sign
    where: tuple[Node, ...]
    upper: Node | None
    body: Node


@dataclass(frozen=True)
class Cases(Node):
    """Rows of value and condition; None for otherwise."""

    rows: tuple[tuple[Node, Node | None], ...]


@dataclass(frozen=True)
class Derivative(Node):
    """Partial derivatives of a part by variables, the last taken first."""

    body: Node
    by: tuple[Node, ...]
    bare: bool = False


@dataclass(frozen=True)
class Integral(Node):
    """The antiderivative of a part by a variable."""

    body: Node
    by: Node


@dataclass(frozen=True)
class Indicator(Node):
    """1 where the conditions hold; two parts that are no conditions are compared."""

    parts: tuple[Node, ...]


@dataclass(frozen=True)
class Comparison(Node):
    """Items with relations of the notation between them, and `in`."""

    items: tuple[Node, ...]
    relations: tuple[str, ...]


@dataclass(frozen=True)
class Junction(Node):
    """Conditions joined by `and` or `or`."""

    word: str
    items: tuple[Node, ...]


@dataclass(frozen=True)
class Negation(Node):
    """A condition that does not hold."""

    body: Node


@dataclass(frozen=True)
class Factorial(Node):
    """n!"""

    body: Node


@dataclass(frozen=True)
class Transposed(Node):
    """A transposed array."""

    body: Node


def form(node: object) -> object:
    """What a part says, wherever it stands: equal for equal parts."""
    if isinstance(node, Symbol):
        return node.names, node.primes
    if isinstance(node, Node):
        return (type(node).__name__, *(form(getattr(node, entry.name)) for entry in fields(node)
                                       if entry.name not in ("start", "end", "bare")))
    return tuple(map(form, node)) if isinstance(node, tuple) else node


def rebuilt(node: Node, change: Callable[[Node], Node | None]) -> Node:
    """The part with what `change` puts in place of parts of it; None leaves a part as it is."""
    changed = change(node)
    if changed is not None:
        return changed
    values = {entry.name: getattr(node, entry.name) for entry in fields(node)}
    new: dict[str, Any] = {name: _rebuilt(value, change) for name, value in values.items()}
    return node if all(new[n] is values[n] for n in new) else replace(node, **new)


def _rebuilt(value: object, change: Callable[[Node], Node | None]) -> object:
    if isinstance(value, Node):
        return rebuilt(value, change)
    if isinstance(value, tuple):
        items = tuple(_rebuilt(item, change) for item in value)
        return value if all(a is b for a, b in zip(items, value, strict=True)) else items
    return value
