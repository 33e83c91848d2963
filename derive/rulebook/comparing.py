"""Conditions and case distinctions: decided, or brought to a short form."""

from __future__ import annotations

from sympy import Expr, false, true

from derive.core import heads
from derive.core.comparisons import gap
from derive.core.walk import with_arguments
from derive.functions.decisions import decide
from derive.rulebook.algebra import collected
from derive.rulebook.measure import shortest, signs_apart


def settled(node: Expr) -> Expr:
    """A case distinction of which it is certain which case holds: that case."""
    if not isinstance(node, heads.Cond):
        return node
    answer = decide(node.args[0])
    return node if answer is None else node.args[1 if answer else 2]


def compared(node: Expr) -> Expr:
    """A comparison with like terms on its two sides brought together."""
    if not isinstance(node, (heads.Less, heads.LessEqual)):
        return node
    answer = decide(node)
    if answer is not None:
        return true if answer else false
    return shortest((node, with_arguments(node, signs_apart(collected(gap(node))))))
