"""Pieces of the notation's text, each part with the place in the LaTeX that it comes from."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from sympy import Expr

from derive.notation.latex_in.tree import Node
from derive.notation.operator_table import ATOM

Part = tuple[str, int, int]  # text, and start and end of its origin


@dataclass(frozen=True)
class Piece:
    """Text with its precedence, the shape of its value, and the range of one that is an index.

    `plain` is the matrix of a transposed one.
    """

    parts: tuple[Part, ...]
    level: int = ATOM
    shape: tuple[Expr, ...] = ()
    over: Expr = None
    condition: bool = False
    plain: Piece | None = None

    @property
    def text(self) -> str:
        """The text alone."""
        return "".join(part[0] for part in self.parts)


def piece(node: Node, *content: str | Piece, level: int = ATOM, shape: tuple[Expr, ...] = (),
          over: Expr = None, condition: bool = False) -> Piece:
    """Texts and pieces put together; the texts come from the place of the node."""
    parts: list[Part] = []
    for item in content:
        parts += [(item, node.start, node.end)] if isinstance(item, str) else item.parts
    return Piece(tuple(parts), level, shape, over, condition)


def called(node: Node, name: str, *arguments: Piece, shape: tuple[Expr, ...] = (),
           over: Expr | None = None) -> Piece:
    """A function of the notation, applied."""
    return piece(node, f"{name}(", *joined(", ", arguments), ")", shape=shape, over=over)


def joined(sign: str, pieces: Iterable[Piece]) -> list[str | Piece]:
    """Pieces with a text between them."""
    return [part for item in pieces for part in (sign, item)][1:]


def bracketed(node: Node, item: Piece, level: int) -> Piece:
    """The piece, in round brackets where it binds less tightly than `level`."""
    if item.level >= level:
        return item
    return replace(piece(node, "(", item, ")"), shape=item.shape, over=item.over,
                   condition=item.condition)


def origin(parts: tuple[Part, ...], column: int) -> tuple[int, int]:
    """Where in the LaTeX a column (from 1) of the text comes from."""
    place = 0
    for text, start, end in parts:
        place += len(text)
        if column - 1 < place:
            return start, end
    return (parts[-1][1], parts[-1][2]) if parts else (0, 1)
