"""Sums on both sides of a symmetric matrix: Σ f S⁻¹ g is Σ g S⁻¹ f, written in one way."""

from __future__ import annotations

from typing import NamedTuple

from sympy import Add, Expr, Mul, true

from derive.core import heads
from derive.core.atoms import Index
from derive.core.indexing import occurs, parts, size
from derive.core.walk import around, enter, substitute
from derive.functions.function_records import function_of
from derive.functions.matrix_facts import SYMMETRIC, is_matrix_of, is_symmetric, oriented


class _Double(NamedTuple):
    """Σ_n f(n) Σ_k S⁻¹[n, k] g(k), seen from inside."""

    outer: Index
    index: Index
    entry: Expr
    outside: Expr
    inside: Expr


def exchanged(node: Expr) -> Expr:
    """Σ_n f(n) Σ_k S⁻¹[n, k] g(k) with the plainer of f and g inside, for a symmetric S."""
    if not isinstance(node, heads.Sum):
        return node
    outer, body, where, _ = enter(node.family, around(node))
    if isinstance(body, Add):
        terms = [heads.Sum.over(term, outer, where) for term in body.args]
        turned = [exchanged(term) for term in terms]
        return node if turned == terms else Add(*turned)
    seen = None if where is not true else _double(outer, body)
    if seen is None or occurs(outer, seen.inside) or not occurs(outer, seen.outside):
        return node
    inside = substitute(seen.outside, {outer: seen.index})
    if _key(inside, seen.index) >= _key(seen.inside, seen.index):
        return node
    outside = substitute(seen.inside, {seen.index: outer})
    inner = heads.Sum.over(Mul(seen.entry, inside), seen.index)
    return heads.Sum.over(Mul(outside, inner), outer)


def merged(node: Expr) -> Expr:
    """A sum in which terms that are equal by the symmetry of matrices are one."""
    if not isinstance(node, Add) or not any(map(_is_symmetric_entry, parts(node))):
        return node
    first: dict[Expr, Expr] = {}
    terms = []
    for term in node.args:
        coefficient, rest = term.as_coeff_Mul()
        terms.append(Mul(coefficient, first.setdefault(oriented(rest), rest)))
    return Add(*terms)


def _is_symmetric_entry(node: Expr) -> bool:
    """Whether a part of a formula is an entry of a matrix that is known to be symmetric."""
    if isinstance(node, heads.Element):
        return is_matrix_of(node.tensor, SYMMETRIC)
    return isinstance(node, heads.Apply) and len(node.args) == 4 and isinstance(
        node.args[1], heads.Lam) and "symmetric" in function_of(node).keeps and is_symmetric(
        node.args[1])


def _double(outer: Index, body: Expr) -> _Double | None:
    """The parts of a product with a sum over an inverse in it; None for any other product."""
    for inner in Mul.make_args(body):
        if not isinstance(inner, heads.Sum) or inner.family.dim != outer.dim:
            continue
        index, terms, where, _ = enter(inner.family, around(inner, outer))
        entry = next((f for f in Mul.make_args(terms) if _joins(f, outer, index)), None)
        if entry is not None and where is true:
            inside, outside = (Mul(*(f for f in Mul.make_args(product) if f != part))
                               for product, part in ((terms, entry), (body, inner)))
            return _Double(outer, index, entry, outside, inside)
    return None


def _joins(factor: Expr, outer: Index, index: Index) -> bool:
    """Whether a factor is an entry of the inverse of a symmetric matrix at the two indices."""
    if not isinstance(factor, heads.Apply) or len(factor.args) != 4 or \
            "symmetric" not in function_of(factor).keeps:
        return False
    _, matrix, *places = factor.args
    return set(places) == {outer, index} and not occurs(outer, matrix) and \
        not occurs(index, matrix) and is_symmetric(matrix)


def _key(node: Expr, index: Index) -> tuple[int, int, str]:
    """How plain a side is: with few other indices, short, and by its text."""
    others = {leaf for leaf in node.atoms(Index) if leaf != index}
    return len(others), size(node), str(node)
