"""Sums of products with a filter, as products of matrices."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from sympy import Expr, Integer, Mul, true

from derive.arrays.lowering.node_building import Scope
from derive.arrays.lowering.product_lowering import opened
from derive.core import heads
from derive.core.atoms import Index
from derive.core.indexing import leaves, occurs
from derive.functions.domains import open_requirements
from derive.notation.reading.specification import Definition


def partial_names(equations: Iterable[Definition]) -> frozenset[Expr]:
    """The names of equations that may have no value at some of their places, directly or not."""
    names, waiting = set[Expr](), list(equations)
    while True:
        more = {e.symbol for e in waiting if may_have_no_value(e.body, names)}
        if not more:
            return frozenset(names)
        names |= more
        waiting = [e for e in waiting if e.symbol not in more]


def may_have_no_value(node: Expr, partial: Collection[Expr]) -> bool:
    """Whether a formula has no value at some places, for itself or by what it reads."""
    return bool(open_requirements(node)) or any(leaf in partial for leaf in leaves(node))


def filters(node: Expr) -> bool:
    """Whether a formula reads some of its parts under a condition alone."""
    return isinstance(node, heads.Cond) or any(
        isinstance(a, heads.Lam) and a.args[2] is not true for a in node.args)


def filtered(node: heads.Reduction, scope: Scope, partial: Collection[Expr]) -> heads.Reduction:
    """A sum of products with a filter, which then is of one factor: a product of matrices.

    Factors that may have no value where the filter does not hold stay under it, too; `partial`
    are the names of such values.
    """
    if not isinstance(node, heads.Sum) or node.family.args[2] is true:
        return node
    index, body, where, _ = opened(node.family, scope)
    inside = [f for f in Mul.make_args(body) if occurs(index, f)]
    if len(inside) < 2 or not isinstance(where, (heads.Less, heads.LessEqual)):
        return node
    factor = _matrix_of(inside, where)
    guarded = [f for f in Mul.make_args(body)
               if f is factor or may_have_no_value(f, partial)]
    rest = [f for f in Mul.make_args(body) if f not in guarded]
    if not any(occurs(index, f) for f in rest):
        return node
    made: heads.Sum = heads.Sum.over(
        Mul(*rest, heads.Cond(where, Mul(*guarded), Integer(0))), index)
    return made


def _matrix_of(factors: Iterable[Expr], where: Expr) -> Expr:
    """The factor that has most indices of a condition, and fewest others: it is filtered."""
    bound = {leaf for leaf in leaves(where) if isinstance(leaf, Index)}

    def order(factor: Expr) -> tuple[int, int]:
        own = {leaf for leaf in leaves(factor) if isinstance(leaf, Index)}
        return -len(bound & own), len(own)

    return min(factors, key=order)
