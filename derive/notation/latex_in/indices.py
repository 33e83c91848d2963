"""What indices run over, and what they are counted from."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from derive.core.atoms import Dim, Index, Tensor, Variable
from derive.errors import NotationError
from derive.notation.latex_in.names import Names, all_names
from derive.notation.latex_in.notation_pieces import Piece, piece
from derive.notation.latex_in.symbols import split_letters
from derive.notation.latex_in.tree import (
    Applied,
    Big,
    Bracket,
    Comparison,
    Indicator,
    Node,
    Number,
    Scripted,
    Symbol,
    Terms,
)

Linear = tuple[Node | None, int]  # a symbol (or element) and what is added to it


class Indices:
    """Reads subscripts and limits in the scope of `names`.

    `first` is the number that indices are counted from in the LaTeX, None where nothing tells.
    """

    names: Names
    first: int | None

    def translate(self, node: Node) -> Piece:
        """The piece of the notation that a node stands for."""
        raise NotImplementedError

    def error(self, node: Node, message: str) -> NotationError:
        """An error at a part of the formula."""
        return self.names.error(node, message)

    # What indices are counted from

    def find_first(self, root: Node, given: int | None) -> None:
        """Decides from the bounds in the formula what its indices are counted from.

        Raises NotationError where they contradict each other, or what was given.
        """
        self.first = given
        for node in root.walk():
            found = None
            if isinstance(node, Big):
                found = self.first_of_limits(node)
            elif isinstance(node, Scripted) and self.is_array(node):
                zero = any(isinstance(p, Number) and p.text == "0" for p in self.places(node))
                found = 0 if zero else None
            if found is None:
                continue
            if self.first not in (None, found):
                raise self.error(node, f"this counts indices from {found}, other parts from "
                                 f"{self.first}; count them from one number")
            self.first = found

    def first_of_limits(self, node: Big) -> int | None:
        """0 or 1 where the limits of a sum tell what is counted from."""
        bounds = [b for b in node.binders if isinstance(b, Comparison) and b.relations == ("==",)]
        if len(bounds) != 1 or node.upper is None:
            return None
        below = bounds[0]
        start, low = linear(below.items[1])
        last, high = linear(node.upper)
        if start is None and low == 0:
            return 0
        if self.dimension(last) is not None:
            return 1 if high == 0 else 0 if (start, low) == (None, 0) and high == -1 else None
        if last is None and start is None and low == 1:
            return 1 if self.is_length(high) else None
        return None

    def is_length(self, number: int) -> bool:
        """Whether some declared axis has so many places."""
        shapes = (leaf.kind.shape for leaf in self.names.scope.names.values()
                  if isinstance(leaf, (Tensor, Variable)))
        overs = (leaf.kind.over for leaf in self.names.scope.names.values()
                 if isinstance(leaf, (Tensor, Variable)))
        return any(str(d) == str(number) for s in (*shapes, overs) for d in s)

    def is_array(self, node: Scripted) -> bool:
        """Whether subscripts of a node are places in an array, not part of its name."""
        if not isinstance(node.base, Symbol):
            return isinstance(node.base, Bracket) or not isinstance(node.base, Number)
        try:
            return self.names.takes_subscripts(self.names.resolve(node.base, node.below)[0])
        except NotationError:
            return False

    def dimension(self, node: Node | None) -> Any:
        """The dimension that a symbol names, or None."""
        if isinstance(node, Symbol):
            for name in all_names(node):
                if name in self.names.scope.dims:
                    return self.names.scope.dims[name]
        return None

    def shift(self, node: Node) -> int:
        """What indices are counted from; refuses where nothing tells."""
        if self.first is None:
            raise self.error(node, "this depends on what indices are counted from; say whether "
                             "from 0 or from 1, or give a sum its bounds, as in \\sum_{k=1}^{K}")
        return self.first

    # What indices run over

    def over_of(self, node: Node) -> Any:
        """What an index runs over, as far as it is known here."""
        start = linear(node)[0]
        if start is None:
            return None
        if isinstance(start, Symbol):
            for name in all_names(start):
                if name in self.names.bound:
                    return self.names.bound[name]
                if name in self.names.free:
                    return self.names.free[name]
        try:
            return self.translate(start).over
        except NotationError:
            return None

    def axes_of(self, symbol: Symbol, root: Node) -> dict[Any, Node]:
        """The dimensions of the axes at which a symbol stands as a subscript."""
        found: dict[Any, Node] = {}
        for node in root.walk():
            for part, axis in self.pairs(node, symbol):
                start = linear(part)[0]
                same = isinstance(start, Symbol) and start.names == symbol.names and \
                    start.primes == symbol.primes
                if same and axis is not None:
                    found.setdefault(axis, node)
        return found

    def pairs(self, node: Node, symbol: Symbol) -> Iterator[tuple[Node, Any]]:
        """Parts of a node that are indices, each with what it runs over there."""
        sides: tuple[Node, ...] = ()
        if isinstance(node, Scripted):
            if is_delta(node) and not self.is_array(node):
                sides = tuple(p for part in node.below for p in split_letters(part))
            else:
                yield from self.axes(node)
        elif isinstance(node, (Indicator, Comparison)):
            parts = node.parts if isinstance(node, Indicator) else node.items
            sides = tuple(p for part in parts for p in split_letters(part))
        if len(sides) == 2:
            for one, other in (sides, sides[::-1]):
                if isinstance(one, Symbol) and one.names == symbol.names:
                    yield one, self.over_of(other)

    def axes(self, node: Scripted) -> list[tuple[Node, Any]]:
        """The subscripts of an array, each with its axis; nothing where that is not known."""
        try:
            if isinstance(node.base, Symbol):
                name, rest = self.names.resolve(node.base, node.below)
                leaf = self.names.scope.names.get(name)
                shape = leaf.kind.shape if isinstance(leaf, Tensor) else ()
                parts = self.spread(node, rest, len(shape))
            else:
                shape, parts = self.translate(node.base).shape, self.places(node)
        except NotationError:
            return []
        return list(zip(parts, shape, strict=False))

    def places(self, node: Scripted) -> tuple[Node, ...]:
        """The subscripts of a node, the step in time first."""
        return (*((node.step,) if node.step is not None else ()), *node.below)

    def spread(self, node: Scripted, rest: tuple[Node, ...], rank: int) -> tuple[Node, ...]:
        """The subscripts of an array, letters side by side taken apart where axes are left."""
        lead = (node.step,) if node.step is not None else ()
        if len(rest) == 1 and rank - len(lead) > 1:
            rest = split_letters(rest[0])
        return (*lead, *rest)

    def index(self, node: Node, axis: Any) -> Piece:
        """A subscript at an axis."""
        start, added = linear(node)
        if start is None and isinstance(node, (Number, Terms)):
            place = added - self.shift(node) if added or self.first is not None else 0
            if place < 0:
                raise self.error(node, f"indices are counted from {self.first} here; there is no "
                                 f"place {added}")
            return piece(node, str(place))
        dim = self.dimension(start)
        if dim is not None and start is not None:
            return piece(node, _plus(str(dim), added - self.shift(node)))
        if isinstance(start, Symbol):
            free = self.free_index(start, axis)
            if free is not None:
                return piece(node, _plus(free, added))
        if not isinstance(start, (Symbol, Scripted, Applied, Big)):
            raise self.error(node, f"an index over {axis} was expected here, such as k or t - 1")
        inner = self.translate(start)
        if inner.over is None:
            raise self.error(node, f"an index over {axis} was expected here")
        if inner.over != axis:
            raise self.error(node, f"{inner.text} runs over {inner.over}, this axis is {axis}")
        return piece(node, inner, _plus("", added)) if added else inner

    def free_index(self, symbol: Symbol, axis: Any) -> str | None:
        """A name that nothing is declared for, as a free index, where the scope lets those in."""
        every = all_names(symbol)
        for name in every:
            leaf = self.names.scope.names.get(name)
            if name in self.names.bound:
                return None
            if isinstance(leaf, (Index, Variable, Tensor, Dim)) or name in self.names.scope.dims:
                return None
        name = next((n for n in every if n in self.names.free), every[0])
        known = self.names.free.get(name, axis)
        if known != axis:
            raise self.error(symbol, f"{name} runs over {known} elsewhere, this axis is {axis}")
        if not self.names.scope.free_indices:
            raise self.error(symbol, f"unknown index {name!r}; bind it with \\sum_{name} (whose "
                             f"body ends at the next + or -), or declare {name}: index({axis})")
        self.names.free[name] = axis
        return name


def is_delta(node: Scripted) -> bool:
    """Whether a node is written like a Kronecker delta."""
    return isinstance(node.base, Symbol) and node.base.sign == "\\delta" and \
        not node.base.primes and bool(node.below) and node.step is None


def linear(node: Node | None) -> Linear:
    """A symbol or element with a whole number added; (None, 0) for what is something else."""
    if isinstance(node, Bracket) and len(node.items) == 1 and node.kind in "({":
        return linear(node.items[0])
    if isinstance(node, Number):
        return None, int(node.text) if node.text.isdigit() else 0
    if not isinstance(node, Terms):
        return node, 0
    start: Node | None = None
    added = 0
    for sign, term in node.terms:
        if isinstance(term, Number) and term.text.isdigit():
            added += int(term.text) * (1 if sign == "+" else -1)
        elif start is None and sign == "+":
            start = term
        else:
            return node, 0
    return start, added


def _plus(text: str, added: int) -> str:
    """Text with a whole number added to it."""
    return text if not added else f"{text} {'+' if added > 0 else '-'} {abs(added)}"
