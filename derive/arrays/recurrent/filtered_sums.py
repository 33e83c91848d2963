"""Sums of products with a filter, as products of matrices."""

from __future__ import annotations

from sympy import Integer, Mul, true

from derive.arrays.lowering.node_building import Scope
from derive.arrays.lowering.product_lowering import opened
from derive.core import heads
from derive.core.atoms import Index
from derive.core.indexing import leaves, occurs


def filtered(node: heads.Reduction, scope: Scope) -> heads.Reduction:
    """A sum of products with a filter, which then is of one factor: a product of matrices."""
    if not isinstance(node, heads.Sum) or node.family.args[2] is true:
        return node
    index, body, where, _ = opened(node.family, scope)
    inside = [f for f in Mul.make_args(body) if occurs(index, f)]
    if len(inside) < 2 or not isinstance(where, (heads.Less, heads.LessEqual)):
        return node
    bound = {leaf for leaf in leaves(where) if isinstance(leaf, Index)}
    factor = min(inside, key=lambda f: (-len(bound & set(leaves(f))), len(
        {leaf for leaf in leaves(f) if isinstance(leaf, Index)})))
    rest = Mul(*(f for f in Mul.make_args(body) if f is not factor))
    made: heads.Sum = heads.Sum.over(
        Mul(rest, heads.Cond(where, factor, Integer(0))), index)
    return made
