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
    known = _without_known_bound(node)
    if known is not None:
        return known
    return shortest((node, with_arguments(node, signs_apart(collected(gap(node))))))


_BOUNDS = ((0, "max", True), (1, "min", True), (0, "min", False), (1, "max", False))


def _without_known_bound(node: Expr) -> Expr | None:
    """max(a, b) < c as a < c where b < c is certain; the like for min, and for the other side."""
    for place, name, both in _BOUNDS:
        bounded = node.args[place]
        if not (isinstance(bounded, heads.Apply) and bounded.name == name and
                len(bounded.args) == 3):
            continue
        sides = [with_arguments(node, [part if n == place else a for n, a in enumerate(node.args)])
                 for part in bounded.args[1:]]
        answers = [decide(side) for side in sides]
        if (not both) in answers:
            return false if both else true
        if both in answers:
            return sides[1 - answers.index(both)]
    return None
