"""Trees and records as JSON-able data, and back: the same nodes in the same order.

Nothing is evaluated on the way back. Each node names its class, looked up in a table; parts are
numbers of earlier nodes of one list, so that what is shared is written once and nothing can be
its own part. What is written by hand into such data is checked before it is used.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sympy import Add, EulerGamma, Integer, Mul, Pow, Rational, false, nan, oo, pi, true, zoo
from sympy.core.basic import Basic
from sympy.core.numbers import I

from derive.core.atoms import (
    BoundIndex,
    Dim,
    FunctionName,
    Index,
    Named,
    Quantity,
    Tensor,
    Variable,
)
from derive.core.kinds import DOMAINS, OVER_A_DIMENSION, Kind
from derive.core.vocabulary import HEADS, Vocabulary
from derive.errors import StoredError

MOST_NODES = 200_000   # in the list
MOST_SIZE = 100_000    # of one tree, what is shared counted as often as it stands
MOST_DEPTH = 400
MOST_DIGITS = 2_000    # of a whole number
MOST_NAME = 200

_CONSTANTS: Mapping[str, Basic] = {
    "true": true, "false": false, "pi": pi, "EulerGamma": EulerGamma, "oo": oo, "-oo": -oo,
    "zoo": zoo, "nan": nan, "I": I}
_CONSTANT_NAMES: Mapping[Basic, str] = {value: name for name, value in _CONSTANTS.items()}
_OF_KIND = {"Variable": Variable, "Quantity": Quantity, "Tensor": Tensor}
_OF_DIM = {"Index": Index, "BoundIndex": BoundIndex}


class Writer:
    """Collects the nodes of trees in one list."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary
        self.nodes: list[list[Any]] = []
        self._places: dict[Basic, int] = {}

    def tree(self, node: Basic) -> int:
        """The place of a tree in the list. Raises StoredError for a foreign node."""
        known = self._places.get(node)
        if known is None:
            row = self._row(node)
            known = self._places[node] = len(self.nodes)
            self.nodes.append(row)
        return known

    def _row(self, node: Any) -> list[Any]:
        if isinstance(node, Named):
            return self._leaf(node)
        if node in _CONSTANT_NAMES:
            return ["constant", _CONSTANT_NAMES[node]]
        if isinstance(node, Rational):
            return ["number", str(node)]
        name = type(node).__name__
        known: Any = {"Add": Add, "Mul": Mul, "Pow": Pow}.get(name) or self._head(name)
        if known is not type(node):
            raise StoredError(f"{name} is no part of a derivation's formulas")
        parts: tuple[Any, ...] = node.args
        return [name, *map(self.tree, parts)]

    def _head(self, name: str) -> type | None:
        found = HEADS.get(name) or self.vocabulary.heads.get(name)
        return None if found is None else found[0]

    def _leaf(self, leaf: Named) -> list[Any]:
        name = type(leaf).__name__
        if type(leaf) is Dim:
            return [name, leaf.name]
        if type(leaf) is FunctionName:
            return [name, leaf.name, *self._function(leaf)]
        if _OF_DIM.get(name) is type(leaf):
            return [name, leaf.name, self.tree(leaf.detail)]
        if _OF_KIND.get(name) is type(leaf):
            kind: Kind = leaf.detail
            over = None if kind.over is None else self.tree(kind.over)
            return [name, leaf.name, kind.domain, over, *map(self.tree, kind.shape)]
        if self.vocabulary.leaves.get(name) is type(leaf):
            return [name, leaf.name] if leaf.detail is None else [name, leaf.name, leaf.detail]
        raise StoredError(f"{name} is no leaf of a derivation's formulas")


    def _function(self, leaf: FunctionName) -> list[Any]:
        if leaf.detail is None or leaf.unknown is not None:
            return list(leaf.unknown or ())
        if self.vocabulary.own is None:
            raise StoredError(f"the function {leaf.name} of a user is no part of these formulas")
        entry, uses = self.vocabulary.own.write(leaf.detail)
        return [entry, *map(self.tree, uses)]


class Reader:
    """Builds the trees of a list of nodes. Raises StoredError for anything foreign."""

    def __init__(self, rows: Any, vocabulary: Vocabulary) -> None:
        if not isinstance(rows, list) or len(rows) > MOST_NODES:
            raise StoredError(f"'nodes' is no list of at most {MOST_NODES:,} nodes")
        self.vocabulary = vocabulary
        self.nodes: list[Any] = []
        self._sizes: list[int] = []
        self._depths: list[int] = []
        for row in rows:
            self._add(row)

    def tree(self, place: Any) -> Any:
        """The tree at a place of the list."""
        if type(place) is not int or not 0 <= place < len(self.nodes):
            raise StoredError(f"{str(place)[:20]!r} is no place among the {len(self.nodes)} nodes "
                              "before it")
        return self.nodes[place]

    def _add(self, row: Any) -> None:
        if not isinstance(row, list) or not row or not isinstance(row[0], str):
            raise self.wrong("it does not begin with the name of a class")
        name, *rest = row
        build = _LEAVES.get(name)
        parts: list[int] = []
        if build is not None:
            node = build(self, rest)
        elif name in self.vocabulary.leaves:
            node = self._further(name, rest)
        else:
            parts = rest
            node = self._inner(name, [self.tree(p) for p in rest])
        self.nodes.append(node)
        self._sizes.append(1 + sum(self._sizes[p] for p in parts))
        self._depths.append(1 + max((self._depths[p] for p in parts), default=0))
        if self._sizes[-1] > MOST_SIZE or self._depths[-1] > MOST_DEPTH:
            raise self.wrong("its formula is larger or nests deeper than any derivation's")

    def _inner(self, name: str, args: list[Any]) -> Any:
        if name in ("Add", "Mul"):
            if len(args) < 2:
                raise self.wrong(f"{name} has {len(args)} arguments")
            return (Add if name == "Add" else Mul)._from_args(args)
        if name == "Pow":
            if len(args) != 2:
                raise self.wrong(f"Pow has {len(args)} arguments")
            return Pow(*args, evaluate=False)
        found = HEADS.get(name) or self.vocabulary.heads.get(name)
        if found is None:
            raise self.wrong(f"there is no head {name[:40]!r}")
        head: Any = found[0]
        fits = found[1]
        if not fits(args):
            raise self.wrong(f"these are no arguments of {name}")
        try:
            node = head(*args)
        except ValueError as error:  # a bound index that would be captured
            raise self.wrong(str(error)) from None
        if type(node) is not head or node.args != tuple(args):
            raise self.wrong(f"{name} does not stand in its normal form")
        return node

    def _further(self, name: str, rest: list[Any]) -> Any:
        if not 1 <= len(rest) <= 2 or not all(isinstance(r, str) for r in rest):
            raise self.wrong(f"{name} has a name and a sort")
        return self.vocabulary.leaves[name](self.name(rest[0]), *rest[1:])

    def name(self, text: Any) -> str:
        """A name. Raises StoredError for what is none."""
        if not isinstance(text, str) or not 0 < len(text) <= MOST_NAME or not text.isprintable():
            raise self.wrong(f"{str(text)[:40]!r} is no name")
        return text

    def dimension(self, place: Any) -> Any:
        """A dimension: its name or a whole number."""
        found = self.tree(place)
        if not isinstance(found, (Dim, Integer)) and not found.has(Dim):
            raise self.wrong("a dimension is a name or a whole number")
        return found

    def kind(self, rest: list[Any]) -> Kind:
        """A declared type from its domain, what a label ranges over, and its axes."""
        if len(rest) < 2 or rest[0] not in DOMAINS:
            raise self.wrong("its type is not one of the notation")
        over = None if rest[1] is None else self.dimension(rest[1])
        if (over is None) == (rest[0] in OVER_A_DIMENSION) and rest[0] != "index":
            raise self.wrong(f"{rest[0]} does not fit what it is declared over")
        return Kind(rest[0], tuple(self.dimension(p) for p in rest[2:]), over)

    def wrong(self, why: str) -> StoredError:
        """The error for the node that is read now."""
        return StoredError(f"node {len(self.nodes)}: {why}")


def _number(reader: Reader, rest: list[Any]) -> Any:
    text = rest[0] if len(rest) == 1 else None
    if not isinstance(text, str) or len(text) > MOST_DIGITS:
        raise reader.wrong("it is no number")
    above, _, below = text.partition("/")
    digits = above.removeprefix("-") + (below or "1")
    if not digits.isascii() or not digits.isdigit() or (below and int(below) == 0):
        raise reader.wrong(f"{text[:40]!r} is no number")
    found = Rational(int(above), int(below or 1))
    if str(found) != text:
        raise reader.wrong(f"{text[:40]!r} is not in lowest terms")
    return found


def _constant(reader: Reader, rest: list[Any]) -> Any:
    if len(rest) != 1 or not isinstance(rest[0], str) or rest[0] not in _CONSTANTS:
        raise reader.wrong("there is no such constant")
    return _CONSTANTS[rest[0]]


def _dim(reader: Reader, rest: list[Any]) -> Any:
    if len(rest) != 1:
        raise reader.wrong("a dimension has a name")
    return Dim(reader.name(rest[0]))


def _function(reader: Reader, rest: list[Any]) -> Any:
    if len(rest) == 1:
        return FunctionName(reader.name(rest[0]))
    if len(rest) > 1 and isinstance(rest[1], dict) and reader.vocabulary.own is not None:
        name, uses = reader.name(rest[0]), [reader.tree(p) for p in rest[2:]]
        return FunctionName(name, reader.vocabulary.own.read(name, rest[1], uses))
    if len(rest) != 3 or type(rest[2]) is not int:
        raise reader.wrong("a function has a name, and what it is the derivative of")
    return FunctionName(reader.name(rest[0]), (reader.name(rest[1]), rest[2]))


def _typed(kind: type[Named]) -> Callable[[Reader, list[Any]], Any]:
    return lambda reader, rest: kind(reader.name(rest[0] if rest else None), reader.kind(rest[1:]))


def _placed(kind: type[Named]) -> Callable[[Reader, list[Any]], Any]:
    def build(reader: Reader, rest: list[Any]) -> Any:
        if len(rest) != 2:
            raise reader.wrong("an index has a name and a dimension")
        name = reader.name(rest[0])
        if kind is BoundIndex and not (name.isascii() and name.isdigit()):
            raise reader.wrong(f"{name[:40]!r} is no bound index")
        return kind(name, reader.dimension(rest[1]))
    return build


_LEAVES: Mapping[str, Callable[[Reader, list[Any]], Any]] = {
    "number": _number, "constant": _constant, "Dim": _dim, "FunctionName": _function,
    **{name: _typed(kind) for name, kind in _OF_KIND.items()},
    **{name: _placed(kind) for name, kind in _OF_DIM.items()},
}
