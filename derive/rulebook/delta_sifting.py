"""Kronecker deltas of a bound index, wherever they stand in the products of its sum.

`Σ_k u(k) (a(k) (δ(i, k) - 1/K) + b(k))` is `u(i) a(i) + Σ_k u(k) (b(k) - a(k)/K)`: the formula is
a multiple of the delta and a rest, whatever brackets, cases and inner sums it stands in.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from sympy import Add, Expr, Integer, Mul, Pow, S, true

from derive.core import heads
from derive.core.atoms import Index
from derive.core.indexing import occurs
from derive.core.walk import TOP, Binders, around, enter, substitute
from derive.limits import tick


class _Apart(NamedTuple):
    """A formula as Σ_m part[m] δ(k, m) + rest."""

    parts: Mapping[Expr, Expr]
    rest: Expr


def deltas_sifted(node: Expr) -> Expr:
    """A sum over an index with the terms that Kronecker deltas of it pick, and what is left."""
    if not isinstance(node, heads.Sum) or not node.has(heads.Delta):
        return node
    index, body, where, binders = enter(node.family, around(node))
    if _targets(where, index):
        return node
    parts, rest = _apart(body, index, binders)
    if not parts:
        return node
    terms = [heads.Sum.over(r, index, where) for r in _groups(rest, index) if r is not S.Zero]
    for place, part in parts.items():
        picked = substitute(part, {index: place})
        if where is not true:
            picked = heads.Cond(substitute(where, {index: place}), picked, Integer(0))
        if isinstance(place, Add):  # δ(i, k - 1) picks k = i + 1, where there is one
            inside = heads.Both(heads.LessEqual(Integer(0), place), heads.Less(place, index.dim))
            picked = heads.Cond(inside, picked, Integer(0))
        terms.append(picked)
    return Add(*terms)


def deltas_apart(node: Expr, index: Index) -> tuple[Mapping[Expr, Expr], Expr]:
    """A formula as Σ_m part[m] δ(index, m) + rest: the parts by their places, and the rest."""
    return _apart(node, index, around(node, index))


def _groups(rest: Expr, index: Index) -> tuple[Expr, ...]:
    """What is left of a sum: a constant in its last bracket is a sum of its own."""
    for factor in Mul.make_args(rest):
        if isinstance(factor, Add):
            constant = [t for t in factor.args if not occurs(index, t)]
            if constant and len(constant) < len(factor.args):
                others = Mul(*(f for f in Mul.make_args(rest) if f is not factor))
                return (Mul(others, Add(*constant)),
                        Mul(others, Add(*(t for t in factor.args if t not in constant))))
    return (rest,)


def _targets(node: Expr, index: Index) -> bool:
    """Whether a Kronecker delta of an index stands somewhere in a formula."""
    if isinstance(node, heads.Delta):
        return any(_shift(a, index) is not None for a in node.args)
    return any(_targets(a, index) for a in node.args if a.args)


def _shift(place: Expr, index: Index) -> Expr | None:
    """How far a place is from an index, as k - 1 is from k; None for what is no such place."""
    number, rest = place.as_coeff_Add()
    return number if rest == index and number.is_Integer else None


def _apart(node: Expr, index: Index, binders: Binders = TOP) -> _Apart:
    """The parts of a formula that deltas of an index multiply, and the rest."""
    tick("sifting")
    if not _targets(node, index):
        return _Apart({}, node)
    if isinstance(node, heads.Delta):
        own, other = node.args if _shift(node.args[0], index) is not None else node.args[::-1]
        place = Add(other, Mul(Integer(-1), _shift(own, index)))
        return _Apart({}, node) if occurs(index, other) else _Apart({place: S.One}, S.Zero)
    if isinstance(node, Add):
        return _added([_apart(a, index, binders) for a in node.args])
    if isinstance(node, Mul):
        return _multiplied(list(node.args), index, binders)
    if isinstance(node, Pow) and node.args[1] == 2:
        return _multiplied([node.args[0]] * 2, index, binders)
    if isinstance(node, heads.Cond):
        return _of_cases(node, index, binders)
    if isinstance(node, heads.Sum):
        return _of_sum(node, index, binders)
    return _Apart({}, node)


def _added(terms: list[_Apart]) -> _Apart:
    parts: dict[Expr, list[Expr]] = {}
    for term in terms:
        for place, part in term.parts.items():
            parts.setdefault(place, []).append(part)
    return _Apart({place: Add(*p) for place, p in parts.items()}, Add(*(t.rest for t in terms)))


def _multiplied(factors: list[Expr], index: Index, binders: Binders) -> _Apart:
    """The factors one after another: δ(k, m) beside itself is δ(k, m)."""
    plain = Mul(*(f for f in factors if not _targets(f, index)))
    result = _Apart({}, plain)
    for factor in factors:
        if not _targets(factor, index):
            continue
        other = _apart(factor, index, binders)
        places = {*result.parts, *other.parts}
        if result.parts and other.parts and len(places) > 1:
            return _Apart({}, Mul(*factors))
        parts = {}
        for place in places:
            mine, theirs = result.parts.get(place, S.Zero), other.parts.get(place, S.Zero)
            parts[place] = Add(Mul(mine, theirs), Mul(mine, other.rest), Mul(result.rest, theirs))
        result = _Apart(parts, Mul(result.rest, other.rest))
    return result


def _of_cases(node: heads.Cond, index: Index, binders: Binders) -> _Apart:
    test, yes, no = node.args
    if _targets(test, index):
        return _Apart({}, node)
    first, last = _apart(yes, index, binders), _apart(no, index, binders)

    def either(then: Expr, otherwise: Expr) -> Expr:
        return then if then == otherwise else heads.Cond(test, then, otherwise)

    return _Apart({place: either(first.parts.get(place, S.Zero), last.parts.get(place, S.Zero))
                   for place in dict.fromkeys((*first.parts, *last.parts))},
                  either(first.rest, last.rest))


def _of_sum(node: heads.Sum, index: Index, binders: Binders) -> _Apart:
    """A sum over another index: what it sums is taken apart, where no delta joins the two."""
    inner, body, where, within = enter(node.family, binders)
    if _targets(where, index):
        return _Apart({}, node)
    parts, rest = _apart(body, index, within)
    if not parts or any(occurs(inner, place) for place in parts):
        return _Apart({}, node)
    return _Apart({place: heads.Sum.over(part, inner, where) for place, part in parts.items()},
                  S.Zero if rest is S.Zero else heads.Sum.over(rest, inner, where))
