"""Where a formula passes from one case into another: the borders that stand in it.

A formula of numbers can jump only there: at the sides of its conditions, where a function that it
uses is not smooth, and where it divides by 0.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from sympy import Expr, Integer, Pow

from derive.core import heads
from derive.core.atoms import Index
from derive.core.indexing import leaves
from derive.core.walk import is_opened, places
from derive.functions.domains import conditions_of_text
from derive.functions.function_records import function_of

_COMPARISONS = (heads.Less, heads.LessEqual, heads.Equal, heads.NotEqual)


class Border(NamedTuple):
    """Two sides, which are equal at the border; or, where `right` is None, a whole number.

    `within` are the indices of binders around it, each of which has a border of its own.
    """

    left: Expr
    right: Expr | None
    within: tuple[Index, ...] = ()


def case_borders(node: Expr) -> tuple[Border, ...]:
    """The borders of a formula, each once."""
    return tuple(dict.fromkeys(border for part, _ in places(node) for border in _own(part)))


def _own(node: Expr) -> Iterator[Border]:
    """The borders that a node brings along by itself."""
    if isinstance(node, _COMPARISONS):
        yield _border(*node.args)
    elif isinstance(node, heads.ArgMax):
        yield _border(node, None)
    elif isinstance(node, Pow) and node.args[1].is_Rational and node.args[1] < 0:
        yield _border(node.args[0], Integer(0))
    elif isinstance(node, heads.Apply) and node.args[0].unknown is None:
        function = function_of(node)
        if function.smooth and not function.takes_vector:
            arguments = dict(zip(function.parameters, node.args[1:], strict=True))
            for condition in conditions_of_text(function.smooth, function.table, arguments):
                yield _border(*condition.args)


def _border(left: Expr, right: Expr | None) -> Border:
    sides = [left] if right is None else [left, right]
    opened = (leaf for side in sides for leaf in leaves(side) if is_opened(leaf))
    return Border(left, right, tuple(dict.fromkeys(opened)))
