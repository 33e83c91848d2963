"""Cases in a sum as products with indicators: sum(f if c else g) as f times how often c holds."""

from __future__ import annotations

from collections.abc import Iterator

from sympy import Add, Expr, Mul, S

from derive.core import heads
from derive.core.atoms import Index
from derive.core.indexing import depends, occurs
from derive.core.walk import mapped
from derive.rulebook.total import is_total


def cases_apart(body: Expr, x: Expr, index: Index) -> Expr:
    """The term of a sum with its cases as products of values and indicators, in x where they can.

    The last value counts with what the other indicators leave, if it is the same in all terms.
    """
    if isinstance(body, (Add, Mul)):
        return mapped(body, lambda part: cases_apart(part, x, index))
    if not (isinstance(body, heads.Cond) and depends(body, x)):
        return body
    leaves = list(_leaves(body))
    if any(depends(condition, x) for condition in _conditions(body)) or not all(
            is_total(value) for value, _ in leaves):
        return body
    *others, (last, weight) = leaves
    left = weight if occurs(index, last) else Add(S.One, *(Mul(-1, w) for _, w in others))
    terms = [Mul(value, w) for value, w in (*others, (last, left)) if value != 0]
    return Add(*terms)


def _leaves(node: Expr) -> Iterator[tuple[Expr, Expr]]:
    """The values of nested cases, each with the indicator of its case."""
    if not isinstance(node, heads.Cond):
        yield node, S.One
        return
    condition, yes, no = node.args
    for value, inner in _leaves(yes):
        yield value, heads.Cond(condition, inner, S.Zero)
    for value, inner in _leaves(no):
        yield value, heads.Cond(condition, S.Zero, inner)


def _conditions(node: Expr) -> Iterator[Expr]:
    if isinstance(node, heads.Cond):
        yield node.args[0]
        yield from _conditions(node.args[1])
        yield from _conditions(node.args[2])
