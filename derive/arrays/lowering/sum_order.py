"""The order of sums over products with inverses: those first that leave the fewest axes.

Σ b[j] A⁻¹[j, k] A⁻¹[k, l] b[l] over j, k, l is three solutions of vectors in one order, and one of
a whole inverse in another. Sums of such products are taken one by one, so that each has its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

from sympy import Add, Expr, Integer, Mul, true

from derive.core import heads
from derive.core.atoms import Index
from derive.core.factors import turned
from derive.core.indexing import occurs, parts
from derive.core.walk import Binders, around, enter, rebuild, substitute
from derive.functions.matrix_facts import oriented

INVERSE = "inv"
MOST_TERMS = 48  # products into which one sum is taken apart
Product = tuple[list[Expr], list[Index]]  # factors, and the indices that they are summed over


def in_order(node: Expr) -> Expr:
    """A formula with the sums over inverses in the best order."""
    if not _has_inverse(node):
        return node
    turned_once = oriented(node)  # subscripts of inverses are turned before what is inside them
    return _within(oriented(turned_once), around(node))


def _within(node: Expr, binders: Binders) -> Expr:
    if not _has_inverse(node):
        return node
    if isinstance(node, heads.Sum) and node.family.args[2] is true:
        terms = [_sifted(*term) for term in _opened(node, binders)]
        if len(terms) <= MOST_TERMS:
            return Add(*(_summed(factors, bound) for factors, bound in terms))
    return rebuild(node, _within, binders)


def _has_inverse(node: Expr) -> bool:
    return any(isinstance(p, heads.Apply) and p.name == INVERSE for p in parts(node))


def _opened(node: Expr, binders: Binders) -> list[Product]:
    """The products that a formula is the sum of; what has no inverse is not multiplied out."""
    if isinstance(node, heads.Sum) and node.family.args[2] is true:
        index, body, _, inner = enter(node.family, binders)
        return [(factors, [index, *bound]) for factors, bound in _opened(body, inner)]
    if isinstance(node, Add) and (_has_inverse(node) or _is_separable(node)):
        return [term for a in node.args for term in _opened(a, binders)]
    if isinstance(node, Mul):
        return _multiplied(node, binders)
    return [([_within(node, binders)], [])]


def _is_separable(node: Add) -> bool:
    """Whether each term is a product whose factors have few of its indices each.

    A residual X[i, j] - (U V)[i, j] is none: taken apart, it would lose its digits.
    """
    return len(_indices(node)) > 2 and all(
        sum(bool(_indices(f)) for f in Mul.make_args(a)) > 1 for a in node.args)


def _indices(node: Expr) -> set[Expr]:
    return {p for p in parts(node) if isinstance(p, Index)}


def _multiplied(node: Expr, binders: Binders) -> list[Product]:
    """The products of a product; each sum in it has an index of its own."""
    choices: list[list[Product]] = []
    for factor in node.args:
        choices.append(_opened(factor, binders))
        opened = around(*(i for _, bound in choices[-1] for i in bound))
        binders = max(binders, opened, key=lambda b: b.count)
    return [([f for factors, _ in chosen for f in factors], [i for _, b in chosen for i in b])
            for chosen in product(*choices)]


def _sifted(factors: list[Expr], bound: list[Index]) -> Product:
    """A product in which a delta has made an index that is summed over another one."""
    for delta in factors:
        summed = [i for i in bound if isinstance(delta, heads.Delta) and i in delta.args]
        if summed:
            other = next(a for a in delta.args if a != summed[0])
            rest = [substitute(f, {summed[0]: other}) for f in factors if f is not delta]
            return _sifted(rest, [i for i in bound if i != summed[0]])
    return factors, bound


def _summed(factors: Sequence[Expr], bound: Sequence[Index]) -> Expr:
    """The sum of a product, that index first which leaves the fewest.

    Of equal ones that without an inverse: right sides are made before systems are solved.
    """
    joined, waiting = _signed_alike(factors), list(bound)
    while waiting:
        index = min(waiting, key=lambda i: _left_over(joined, i))
        waiting.remove(index)
        inside = [f for f in joined if occurs(index, f)]
        joined = [*(f for f in joined if not occurs(index, f)),
                  heads.Sum.over(Mul(*inside), index)]
    return Mul(*joined)


def _signed_alike(factors: Sequence[Expr]) -> list[Expr]:
    """Factors of which b - a is written as -(a - b), so that they are met again."""
    sign, made = 1, []
    for factor in factors:
        other = turned(factor) if isinstance(factor, Add) else factor
        if str(other) < str(factor):
            sign, factor = -sign, other
        made.append(factor)
    return made if sign == 1 else [Integer(-1), *made]


def _left_over(factors: Sequence[Expr], index: Index) -> tuple[int, bool]:
    """How many indices stay where the sum over one is taken first, and whether it solves."""
    inside = Mul(*(f for f in factors if occurs(index, f)))
    return len(_indices(inside)), _has_inverse(inside)
