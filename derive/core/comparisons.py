"""Comparisons as one table: for which signs of right - left each holds, its negation, its gap."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sympy import Expr

from derive.core.factors import difference
from derive.core.heads import Equal, Less, LessEqual, Not, NotEqual

SIGNS = (1, -1, 0)
HOLDS: Mapping[type[Expr], frozenset[int]] = {  # the signs of right - left with which it holds
    Less: frozenset({1}), LessEqual: frozenset({1, 0}), Equal: frozenset({0}),
    NotEqual: frozenset({1, -1})}
COMPARED: tuple[type[Expr], ...] = tuple(HOLDS)
BY_SIGNS = {signs: head for head, signs in HOLDS.items()}

COMPARISONS: Mapping[str, Callable[[Expr, Expr], Expr]] = {
    "<": Less, "<=": LessEqual, "==": Equal, "!=": NotEqual,
    ">": lambda left, right: Less(right, left), ">=": lambda left, right: LessEqual(right, left)}


def negated(condition: Expr) -> Expr:
    """The negation of a condition: of a comparison the opposite one."""
    if isinstance(condition, Not):
        return condition.args[0]
    if type(condition) not in HOLDS:
        return Not(condition)
    signs, (left, right) = frozenset(SIGNS) - HOLDS[type(condition)], condition.args
    opposite = BY_SIGNS.get(signs)
    if opposite is not None:
        return opposite(left, right)
    return BY_SIGNS[frozenset(-sign for sign in signs)](right, left)


def gap(condition: Expr) -> Expr:
    """The right side of a comparison less the left one."""
    return difference(condition.args[1], condition.args[0])
