"""The product of a Hessian with a vector, without the matrix where the Hessian allows it."""

from __future__ import annotations

from sympy import Add, Expr, Mul

from derive.arrays.lowering.node_building import Scope
from derive.core import heads
from derive.core.atoms import Index
from derive.core.indexing import occurs
from derive.core.walk import substitute


def hessian_product(hessian: Expr, columns: Scope, vector: Expr) -> Expr:
    """The sum over the columns of H times the vector; deltas pick their one term.

    `vector` is a tensor with the shape of the variable, or a scalar variable.
    """
    if not columns:
        return Mul(hessian, vector)
    element = heads.Element(vector, *columns)
    return Add(*(_summed(Mul(term, element), columns)
                 for term in Add.make_args(_taken_apart(hessian, columns))))


def _taken_apart(node: Expr, columns: Scope) -> Expr:
    """Products multiplied out over those sums that hold a delta of a column."""
    if isinstance(node, Add):
        return Add(*(_taken_apart(a, columns) for a in node.args))
    if isinstance(node, Mul):
        for place, factor in enumerate(node.args):
            if isinstance(factor, Add) and _has_delta(factor, columns):
                rest = Mul(*(a for n, a in enumerate(node.args) if n != place))
                return Add(*(_taken_apart(Mul(rest, a), columns) for a in factor.args))
    return node


def _has_delta(node: Expr, columns: Scope) -> bool:
    return any(set(d.args) & set(columns) for d in node.atoms(heads.Delta))


def _summed(term: Expr, columns: Scope) -> Expr:
    """The sum of a term over the columns, a delta's column replaced by what it equals."""
    delta = next((f for f in Mul.make_args(term) if isinstance(f, heads.Delta)
                  and not set(columns).isdisjoint(f.args)), None)
    if delta is not None:
        column = next(a for a in delta.args if a in columns)
        other = next(a for a in delta.args if a != column)
        rest = Mul(*(f for f in Mul.make_args(term) if f is not delta))
        return _summed(substitute(rest, {column: other}), tuple(c for c in columns if c != column))
    for column in reversed(columns):
        term = _over(term, column)
    return term


def _over(term: Expr, column: Index) -> Expr:
    """The sum over one column; what does not have it stands in front."""
    inside = [f for f in Mul.make_args(term) if occurs(column, f)]
    outside = [f for f in Mul.make_args(term) if not occurs(column, f)]
    return Mul(*outside, heads.Sum.over(Mul(*inside), column))
