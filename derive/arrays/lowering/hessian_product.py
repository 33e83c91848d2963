"""The product of a Hessian with a vector, without the matrix where the Hessian allows it."""

from __future__ import annotations

from typing import Any

from sympy import Add, Mul

from derive.core import heads
from derive.core.indexing import occurs
from derive.core.walk import substitute


def hessian_product(hessian: Any, rows: tuple[Any, ...], columns: tuple[Any, ...],
                    vector: Any) -> Any:
    """The sum over the columns of H times the vector; deltas pick their one term.

    `vector` is a tensor with the shape of the variable, or a scalar variable.
    """
    if not columns:
        return Mul(hessian, vector)
    terms = []
    for term in Add.make_args(_taken_apart(hessian, columns)):
        terms.append(_summed(Mul(term, heads.Element(vector, *columns)), columns))
    return Add(*terms)


def _taken_apart(node: Any, columns: tuple[Any, ...]) -> Any:
    """Products multiplied out over those sums that hold a delta of a column."""
    if isinstance(node, Add):
        return Add(*(_taken_apart(a, columns) for a in node.args))
    if isinstance(node, Mul):
        for place, factor in enumerate(node.args):
            if isinstance(factor, Add) and _has_delta(factor, columns):
                rest = Mul(*(a for n, a in enumerate(node.args) if n != place))
                return Add(*(_taken_apart(Mul(rest, a), columns) for a in factor.args))
    return node


def _has_delta(node: Any, columns: tuple[Any, ...]) -> bool:
    return any(set(d.args) & set(columns) for d in node.atoms(heads.Delta))


def _summed(term: Any, columns: tuple[Any, ...]) -> Any:
    """The sum of a term over the columns, a delta's column replaced by what it equals."""
    for factor in Mul.make_args(term):
        if isinstance(factor, heads.Delta):
            found = [a for a in factor.args if a in columns]
            if found:
                other = next(a for a in factor.args if a != found[0])
                rest = Mul(*(f for f in Mul.make_args(term) if f is not factor))
                left = tuple(c for c in columns if c != found[0])
                return _summed(substitute(rest, {found[0]: other}), left)
    for column in reversed(columns):
        inside = [f for f in Mul.make_args(term) if occurs(column, f)]
        outside = [f for f in Mul.make_args(term) if not occurs(column, f)]
        term = Mul(*outside, heads.Sum.over(Mul(*inside), column))
    return term
