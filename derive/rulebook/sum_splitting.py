"""A sum over an index by the factors of its terms that do not depend on the index."""

from __future__ import annotations

from sympy import Add, Expr, Mul, true

from derive.core import heads
from derive.core.factors import factors_apart
from derive.core.indexing import occurs
from derive.core.walk import around, enter
from derive.rulebook.total import is_total


def split_by_factors(node: Expr) -> Expr:
    """Σ_k (a f(k) + b g(k)) as a Σ_k f(k) + b Σ_k g(k), where a or b holds a sum of its own.

    Below a common line the terms would have to be multiplied by what the others have there.
    """
    if not isinstance(node, heads.Sum):
        return node
    index, body, where, _ = enter(node.family, around(node))
    if not isinstance(body, Add):
        return node
    groups: dict[Expr, list[Expr]] = {}
    for term in body.args:
        inside, outside = factors_apart(term, lambda factor: occurs(index, factor))
        groups.setdefault(Mul(*(f for f in outside if not f.is_Rational)), []).append(
            Mul(*inside, *(f for f in outside if f.is_Rational)))
    if len(groups) < 2 or not any(factor.has(heads.Reduction) for factor in groups):
        return node
    if where is not true and not all(map(is_total, groups)):
        return node
    return Add(*(Mul(factor, heads.Sum.over(Add(*terms), index, where))
                 for factor, terms in groups.items()))
