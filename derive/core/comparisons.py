"""Comparisons as one table: for which signs of right - left each holds, its negation, its gap."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sympy import Add, Expr, Mul

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


def difference(left: Expr, right: Expr) -> Expr:
    """left - right; the right side as one term, which SymPy leaves as it is."""
    return Add(left, Mul(-1, right))


def turned(node: Expr) -> Expr:
    """The negative of a sum, term by term: b - a for a - b."""
    return Add(*(Mul(-1, term) for term in Add.make_args(node)))
