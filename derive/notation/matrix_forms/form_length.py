"""How long forms are to read, by which one of two equal ones is chosen."""

from __future__ import annotations

from functools import lru_cache

from derive.notation.matrix_forms import matrix_nodes as m
from derive.notation.matrix_forms.matrix_writer import ArrayWriter

_REPEATED = 30  # signs that a product with ones counts more, which is read only with thought
_NOTATION, _READ = ArrayWriter("ascii"), ArrayWriter("unicode")


@lru_cache(maxsize=8192)
def spelled(node: m.Node) -> str:
    """The text of a part in the notation, by which parts are compared."""
    return _NOTATION.show(node)[0]


@lru_cache(maxsize=8192)
def length(node: m.Node) -> int:
    """How many signs are read; a transpose counts twice, a repeated row or column much more."""
    return len(text := _READ.show(node)[0]) + text.count("ᵀ") + _REPEATED * repeated(node)


def repeated(node: m.Node) -> int:
    """How many rows, columns and numbers are repeated to fill a matrix, in no elementwise place."""
    own = isinstance(node, m.Outer) and any(isinstance(side, m.Ones) for side in node.parts())
    if isinstance(node, m.Total) and len(node.axes) == 2:
        own = own or any(not term.axes for _, term in node.terms)
    return int(own) + sum(map(repeated, () if isinstance(node, m.ELEMENTWISE) else node.parts()))


def shorter(first: m.Node, second: m.Node) -> m.Node:
    """The one of two equal forms that is shorter to read; the first where both are alike."""
    return second if length(second) < length(first) else first
