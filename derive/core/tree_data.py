"""Trees and records as JSON-able data, and back: the same nodes in the same order.

Nothing is evaluated on the way back. Each node names its class, looked up in a table; parts are
numbers of earlier nodes of one list, so that what is shared is written once and nothing can be
its own part. What is written by hand into such data is checked before it is used.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from sympy import EulerGamma, Integer, Rational, false, nan, oo, pi, true, zoo
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
from derive.core.vocabulary import Vocabulary
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

    def _row(self, node: Basic) -> list[Any]:
        name = type(node).__name__
        if node in _CONSTANT_NAMES:
            return ["constant", _CONSTANT_NAMES[node]]
        if isinstance(node, Rational):
            return ["number", str(node)]
        if isinstance(node, Named):
            codec = _codec(name, self.vocabulary)
            if codec is None or codec.leaf is not type(node):
                raise StoredError(f"{name} is no leaf of a derivation's formulas")
            return [name, node.name, *codec.write(self, node)]
        signature = self.vocabulary.signature(name)
        if signature is None or signature.head is not type(node):
            raise StoredError(f"{name} is no part of a derivation's formulas")
        return [name, *map(self.tree, node.args)]


class Reader:
    """Builds the trees of a list of nodes. Raises StoredError for anything foreign."""

    def __init__(self, rows: Any, vocabulary: Vocabulary) -> None:
        if not isinstance(rows, list) or len(rows) > MOST_NODES:
            raise StoredError(f"'nodes' is no list of at most {MOST_NODES:,} nodes")
        self.vocabulary = vocabulary
        self.nodes: list[Basic] = []
        self._sizes: list[int] = []
        self._depths: list[int] = []
        for row in rows:
            self._add(row)

    def tree(self, place: Any) -> Basic:
        """The tree at a place of the list."""
        if type(place) is not int or not 0 <= place < len(self.nodes):
            raise StoredError(f"{str(place)[:20]!r} is no place among the {len(self.nodes)} nodes "
                              "before it")
        return self.nodes[place]

    def _add(self, row: Any) -> None:
        if not isinstance(row, list) or not row or not isinstance(row[0], str):
            raise self.wrong("it does not begin with the name of a class")
        name, *rest = row
        build, codec = _ATOMS.get(name), _codec(name, self.vocabulary)
        parts: list[int] = []
        node: Basic
        if build is not None:
            node = build(self, rest)
        elif codec is not None:
            leaf = self.name(rest[0] if rest else None)
            node = codec.leaf(leaf, codec.read(self, leaf, rest[1:]))
        else:
            parts = rest
            node = self._inner(name, [self.tree(p) for p in rest])
        self.nodes.append(node)
        self._sizes.append(1 + sum(self._sizes[p] for p in parts))
        self._depths.append(1 + max((self._depths[p] for p in parts), default=0))
        if self._sizes[-1] > MOST_SIZE or self._depths[-1] > MOST_DEPTH:
            raise self.wrong("its formula is larger or nests deeper than any derivation's")

    def _inner(self, name: str, arguments: list[Basic]) -> Basic:
        signature = self.vocabulary.signature(name)
        if signature is None:
            raise self.wrong(f"there is no head {name[:40]!r}")
        if not signature.fits(arguments):
            raise self.wrong(f"these are no arguments of {name}")
        try:
            node = signature.node(arguments)
        except ValueError as error:  # a bound index that would be captured
            raise self.wrong(str(error)) from None
        if type(node) is not signature.head or node.args != tuple(arguments):
            raise self.wrong(f"{name} does not stand in its normal form")
        return node

    def name(self, text: Any) -> str:
        """A name. Raises StoredError for what is none."""
        if not isinstance(text, str) or not 0 < len(text) <= MOST_NAME or not text.isprintable():
            raise self.wrong(f"{str(text)[:40]!r} is no name")
        return text

    def dimension(self, place: Any) -> Basic:
        """A dimension: its name or a whole number."""
        dim = self.tree(place)
        if not isinstance(dim, (Dim, Integer)) and not dim.has(Dim):
            raise self.wrong("a dimension is a name or a whole number")
        return dim

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


def _number(reader: Reader, rest: list[Any]) -> Basic:
    text = rest[0] if len(rest) == 1 else None
    if not isinstance(text, str) or len(text) > MOST_DIGITS:
        raise reader.wrong("it is no number")
    above, _, below = text.partition("/")
    digits = above.removeprefix("-") + (below or "1")
    if not digits.isascii() or not digits.isdecimal() or (below and int(below) == 0):
        raise reader.wrong(f"{text[:40]!r} is no number")
    number = Rational(int(above), int(below or 1))
    if str(number) != text:
        raise reader.wrong(f"{text[:40]!r} is not in lowest terms")
    return number


def _constant(reader: Reader, rest: list[Any]) -> Basic:
    if len(rest) != 1 or not isinstance(rest[0], str) or rest[0] not in _CONSTANTS:
        raise reader.wrong("there is no such constant")
    return _CONSTANTS[rest[0]]


_ATOMS: Mapping[str, Callable[[Reader, list[Any]], Basic]] = {
    "number": _number, "constant": _constant}


# Leaves: what stands after the name of each says what its `detail` is.


class _Codec(NamedTuple):
    """A leaf, its detail as data, and back: from the leaf's name and those data."""

    leaf: type[Named]
    write: Callable[[Writer, Any], list[Any]]
    read: Callable[[Reader, str, list[Any]], Any]


def _codec(name: str, vocabulary: Vocabulary) -> _Codec | None:
    """The codec of a leaf that is stored under a name."""
    further = vocabulary.leaves.get(name)
    return _LEAVES.get(name) if further is None else _Codec(further, _write_text, _read_text)


def _write_text(_writer: Writer, leaf: Named) -> list[Any]:
    return [] if leaf.detail is None else [leaf.detail]


def _read_text(reader: Reader, name: str, rest: list[Any]) -> str | None:
    if len(rest) > 1 or not all(isinstance(text, str) for text in rest):
        raise reader.wrong(f"{name[:40]} has a name and a sort")
    return rest[0] if rest else None


def _read_nothing(reader: Reader, name: str, rest: list[Any]) -> None:
    if rest:
        raise reader.wrong("a dimension has a name")


def _write_function(writer: Writer, leaf: FunctionName) -> list[Any]:
    if leaf.detail is None or leaf.unknown is not None:
        return list(leaf.unknown or ())
    if writer.vocabulary.own is None:
        raise StoredError(f"the function {leaf.name} of a user is no part of these formulas")
    entry, uses = writer.vocabulary.own.write(leaf.detail)
    return [entry, *map(writer.tree, uses)]


def _read_function(reader: Reader, name: str, rest: list[Any]) -> Any:
    if not rest:
        return None
    if isinstance(rest[0], dict) and reader.vocabulary.own is not None:
        return reader.vocabulary.own.read(name, rest[0], [reader.tree(p) for p in rest[1:]])
    if len(rest) != 2 or type(rest[1]) is not int:
        raise reader.wrong("a function has a name, and what it is the derivative of")
    return reader.name(rest[0]), rest[1]


def _write_kind(writer: Writer, leaf: Variable | Tensor) -> list[Any]:
    over = None if leaf.kind.over is None else writer.tree(leaf.kind.over)
    return [leaf.kind.domain, over, *map(writer.tree, leaf.kind.shape)]


def _read_dimension(reader: Reader, name: str, rest: list[Any]) -> Basic:
    if len(rest) != 1:
        raise reader.wrong("an index has a name and a dimension")
    return reader.dimension(rest[0])


def _read_number(reader: Reader, name: str, rest: list[Any]) -> Basic:
    if not (name.isascii() and name.isdecimal()):
        raise reader.wrong(f"{name[:40]!r} is no bound index")
    return _read_dimension(reader, name, rest)


_LEAVES: Mapping[str, _Codec] = {codec.leaf.__name__: codec for codec in (
    _Codec(Dim, lambda writer, leaf: [], _read_nothing),
    _Codec(FunctionName, _write_function, _read_function),
    _Codec(Index, lambda writer, leaf: [writer.tree(leaf.dim)], _read_dimension),
    _Codec(BoundIndex, lambda writer, leaf: [writer.tree(leaf.dim)], _read_number),
    *(_Codec(leaf, _write_kind, lambda reader, name, rest: reader.kind(rest))
      for leaf in (Variable, Quantity, Tensor)))}
