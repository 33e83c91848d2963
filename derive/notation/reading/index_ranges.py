"""What each free index of a formula ranges over, by all of its places, before anything is read.

`h[j] = (j + 1)*e[j]` is read from left to right only after this: an index has its range from
wherever it stands as a subscript, beside an index in a delta or a comparison, or shifted.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import pairwise
from typing import Any, ClassVar, Protocol

from sympy import Expr

from derive.core.atoms import Index, Tensor
from derive.core.indexing import index_dimension
from derive.deferred_dataclass import dataclass
from derive.errors import NotationError
from derive.notation.reading.scope import Array, Scope, Value

# How much a place says: a subscript or a delta, a comparison, a subscript that is shifted.
CERTAIN, COMPARED, SHIFTED = range(3)
Bound = Mapping[str, Index]  # the indices of the comprehensions around a place
Read = Callable[[ast.AST, Bound, Bound], Value]  # with what is known of the letters


class UndecidedRangeError(NotationError):
    """An index of which the formula does not say what it ranges over."""

    def __init__(self, letter: str, dims: Iterable[Expr] = ()) -> None:
        ranges = [str(d) for d in dims]
        reason = f"it is compared with indices over {' and over '.join(ranges)}" if ranges else \
            "it stands nowhere as a subscript by itself, nor beside another index"
        super().__init__(f"the formula does not say what {letter!r} ranges over: {reason}. "
                         f"Declare it, as in {letter}: index({ranges[0] if ranges else 'N'})")
        self.letter = letter


@dataclass(frozen=True)
class Beside:
    """An index beside what it has its range from: an axis of an array, or another index."""

    strength: int
    letter: str
    partner: ast.AST
    bound: Bound
    axis: int | None = None  # of the partner, an array


class Reader(Protocol):
    """The reader of a formula, in its scope and inside comprehensions; a dataclass."""

    __dataclass_fields__: ClassVar[dict[str, Any]]

    @property
    def scope(self) -> Scope:
        """The names that may be used."""

    @property
    def bound(self) -> dict[str, Index] | None:
        """The indices of the comprehensions around the place."""

    def value(self, node: ast.AST) -> Value:
        """The scalar, condition or array that a syntax node stands for."""


def declare_free_indices(reader: Reader, tree: ast.AST) -> None:
    """Declares the undeclared names of a formula that stand as indices somewhere in it.

    Raises UndecidedRangeError where an index is compared with indices of different ranges and
    nothing else says which it is.
    """
    scope = replace(reader.scope.copy(), free_indices=False, as_typed=False)

    def read(node: ast.AST, bound: Bound, known: Bound) -> Value:
        return replace(reader, scope=scope, bound={**known, **bound}).value(node)

    reader.scope.names.update(_free_ranges(tree, scope, read, reader.bound or {}))


def _free_ranges(tree: ast.AST, scope: Scope, read: Read, within: Bound) -> dict[str, Index]:
    """The free indices that have a range, by name.

    `read` reads a part of the tree where the letters that are known so far are declared; `within`
    are indices that are bound already.
    """
    places = list(_places(tree, scope, dict(within)))
    known: dict[str, Index] = {}
    strength = CERTAIN
    while strength <= SHIFTED:
        ranges = _evidence(places, strength, known, scope, read)
        for letter, dims in ranges.items():
            if strength == COMPARED and len(dims) > 1:
                raise UndecidedRangeError(letter, dims)
            known[letter] = Index(letter, dims[0])
        strength = CERTAIN if ranges else strength + 1
    return known


def _evidence(places: list[Beside], strength: int, known: Mapping[str, Index], scope: Scope,
              read: Read) -> dict[str, list[Expr]]:
    """The ranges of letters that are not known yet, by their places of some strength."""
    ranges: dict[str, list[Expr]] = {}
    for place in places:
        if place.strength == strength and place.letter not in known:
            dim = _range_at(place, known, scope, read)
            if dim is not None and dim not in ranges.setdefault(place.letter, []):
                ranges[place.letter].append(dim)
    return {letter: dims for letter, dims in ranges.items() if dims}


def _range_at(place: Beside, known: Mapping[str, Index], scope: Scope, read: Read,
              ) -> Expr | None:
    """The range of an index by what stands beside it, as far as that can be read already."""
    if place.axis is not None and isinstance(place.partner, ast.Name) and \
            place.partner.id not in place.bound:
        leaf = scope.names.get(place.partner.id)
        shape = leaf.kind.shape if isinstance(leaf, Tensor) else ()
    else:
        try:
            value = read(place.partner, place.bound, known)
        except NotationError:
            return None  # it holds an index whose range is not known yet, or it is refused later
        if place.axis is None:
            return None if isinstance(value, Array) else index_dimension(value)
        shape = value.shape if isinstance(value, Array) else ()
    return shape[place.axis] if place.axis < len(shape) else None


def _places(node: ast.AST, scope: Scope, bound: Bound) -> Iterator[Beside]:
    """All places that say something of the range of an index, from left to right."""
    if isinstance(node, ast.GeneratorExp):
        yield from _within(node, scope, bound)
        return
    if isinstance(node, ast.Subscript):
        yield from _subscripts(node, scope, bound)
    elif isinstance(node, ast.Compare):
        sides = [node.left, *node.comparators]
        for left, right in pairwise(sides):
            yield from _pair(left, right, COMPARED, scope, bound)
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and \
            node.func.id == "delta" and len(node.args) == 2:
        yield from _pair(node.args[0], node.args[1], CERTAIN, scope, bound)
    for child in ast.iter_child_nodes(node):
        yield from _places(child, scope, bound)


def _within(node: ast.GeneratorExp, scope: Scope, bound: Bound) -> Iterator[Beside]:
    """The places in a comprehension, whose indices hide those outside."""
    inner = dict(bound)
    for generator in node.generators:
        over = generator.iter
        dim = scope.dims.get(over.id) if isinstance(over, ast.Name) else None
        if isinstance(over, ast.Constant) and type(over.value) is int and over.value >= 1:
            dim = scope.copy().dimension(str(over.value), "", 1)
        if isinstance(generator.target, ast.Name) and dim is not None:
            inner[generator.target.id] = Index(f"{generator.target.id}\u00b7{len(inner)}", dim)
        for test in generator.ifs:
            yield from _places(test, scope, inner)
    yield from _places(node.elt, scope, inner)


def _subscripts(node: ast.Subscript, scope: Scope, bound: Bound) -> Iterator[Beside]:
    slots = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
    for axis, slot in enumerate(slots):
        letter, shifted = _letter(slot, scope, bound)
        if letter:
            yield Beside(SHIFTED if shifted else CERTAIN, letter, node.value, bound, axis)


def _pair(left: ast.expr, right: ast.expr, strength: int, scope: Scope, bound: Bound,
          ) -> Iterator[Beside]:
    for part, other in ((left, right), (right, left)):
        letter, _ = _letter(part, scope, bound)
        if letter:
            yield Beside(strength, letter, other, bound)


def _letter(node: ast.AST, scope: Scope, bound: Bound) -> tuple[str, bool]:
    """The undeclared name that stands alone or beside a whole number, and whether it is shifted."""
    if isinstance(node, ast.Name):
        declared = any(node.id in names for names in (bound, scope.names, scope.dims))
        return ("" if declared else node.id), False
    if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Add, ast.Sub)):
        sides = [node.left] if isinstance(node.op, ast.Sub) else [node.left, node.right]
        for side, other in zip(sides, (node.right, node.left), strict=False):
            if isinstance(other, ast.Constant) and type(other.value) is int:
                return _letter(side, scope, bound)[0], True
    return "", False
