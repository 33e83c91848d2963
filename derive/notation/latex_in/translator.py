"""What writes the tree of LaTeX as text of the notation, node by node, in a scope."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from sympy import Expr

from derive.errors import NotationError
from derive.notation.latex_in.names import Names
from derive.notation.latex_in.notation_pieces import Piece, bracketed, piece
from derive.notation.latex_in.tree import Node
from derive.notation.operator_table import ADD, CONDITIONAL
from derive.notation.reading.array_values import axes


@dataclass
class Translator:
    """Writes nodes in the notation, by a writer for each type of node.

    `first` is the number that indices are counted from in the LaTeX, None where nothing tells.
    """

    names: Names
    writers: Mapping[type, Callable[[Translator, Node], Piece]]
    first: int | None = None
    pieces: dict[tuple[int, tuple[tuple[str, Expr], ...]], tuple[Node, Piece]] = field(
        default_factory=dict)  # each with its node, whose id stays its own so

    def translate(self, node: Node) -> Piece:
        """The piece of the notation that a node stands for. Raises NotationError."""
        key = (id(node), tuple(self.names.bound.items()))
        if key not in self.pieces:
            self.pieces[key] = node, self.writers[type(node)](self, node)
        return self.pieces[key][1]

    def value(self, node: Node, level: int = CONDITIONAL) -> Piece:
        """A number or array, in brackets where it binds less tightly than `level`.

        An index is shifted to what it is counted from.
        """
        text = self.translate(node)
        if text.condition:
            raise self.error(node, "a number was expected, this is a condition")
        if text.over is not None:
            shift = self.shift(node)
            text = piece(node, text, f" + {shift}", level=ADD) if shift else \
                replace(text, over=None)
        return bracketed(node, text, level)

    def number(self, node: Node, level: int = CONDITIONAL) -> Piece:
        """A single number, in brackets where it binds less tightly than `level`."""
        text = self.value(node, level)
        if text.shape:
            raise self.error(node, f"a number was expected, this is an array of shape "
                             f"({axes(text.shape)}); take an element, or sum")
        return text

    def condition(self, node: Node, level: int = CONDITIONAL, example: str = "") -> Piece:
        """A condition, in brackets where it binds less tightly than `level`."""
        text = self.translate(node)
        if not text.condition:
            raise self.error(node, f"a condition was expected here{example}")
        return bracketed(node, text, level)

    def error(self, node: Node, message: str) -> NotationError:
        """An error at a part of the formula."""
        return self.names.error(node, message)

    def shift(self, node: Node) -> int:
        """What indices are counted from; refuses where nothing tells."""
        if self.first is None:
            raise self.error(node, "this depends on what indices are counted from; say whether "
                             "from 0 or from 1, or give a sum its bounds, as in \\sum_{k=1}^{K}")
        return self.first

    @contextmanager
    def probing(self) -> Iterator[None]:
        """While a part is translated to see what it is, no free index is taken up."""
        outer = self.names.scope
        self.names.scope = replace(outer, free_indices=False)
        try:
            yield
        finally:
            self.names.scope = outer

    @contextmanager
    def binding(self, name: str, axis: Expr) -> Iterator[None]:
        """While the body is written, a name is an index over `axis`."""
        outer = self.names.bound
        self.names.bound = {**outer, name: axis}
        try:
            yield
        finally:
            self.names.bound = outer


Writer = Callable[[Translator, Any], Piece]  # of one type of node
