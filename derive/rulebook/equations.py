"""Equations in one unknown: multiplied by what is not 0, and sorted by powers of the unknown."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from sympy import Add, Expr, Mul, Pow, S, true

from derive.core import heads
from derive.core.atoms import Index
from derive.core.factors import base_and_exponent, difference, factors_apart
from derive.core.heads import apply
from derive.core.indexing import depends, occurs, parts
from derive.core.walk import around, enter, mapped
from derive.functions.decisions import decide
from derive.functions.intervals import interval
from derive.rulebook.algebra import collected, distributed, factored, multiplied, multiplied_out
from derive.rulebook.case_sums import cases_apart
from derive.rulebook.exponentials import logarithm_apart

Powers = dict[Expr, Expr]  # the exponent of each base


def cleared(node: Expr) -> Expr:
    """The root of an equation, its denominators multiplied away and like powers collected."""
    if not isinstance(node, heads.Root):
        return node
    body, x = node.args
    terms = [_split(term, x) for term in Add.make_args(spread(body, x))]
    lowest = _lowest([powers for _, powers in terms])
    groups: dict[Expr, list[Expr]] = {}
    for coefficient, powers in terms:
        scaled = Mul(coefficient, *(Pow(b, _less(powers.get(b, S.Zero), lowest.get(b, S.Zero)))
                                    for b in dict.fromkeys((*powers, *lowest))))
        for term in Add.make_args(spread(scaled, x)):
            inner, rest = factors_apart(term, lambda f: depends(f, x))
            groups.setdefault(Mul(*inner), []).append(Mul(*rest))
    sums = {g: _shorter_sum(Add(*coefficients)) for g, coefficients in groups.items()}
    sums = {g: coefficient for g, coefficient in sums.items() if coefficient != 0}
    if len(sums) == 1:
        (only,) = sums
        return heads.Root(only, x)
    return heads.Root(_without_common(Add(*(Mul(collected(c), g) for g, c in sums.items())), x), x)


def without_denominators(node: Expr) -> Expr:
    """The root of an equation cleared, where that takes denominators away; else as it is."""
    if not isinstance(node, heads.Root) or not _denominators(node.args[0]):
        return node
    clear = cleared(node)
    fewer = isinstance(clear, heads.Root) and _denominators(clear.args[0]) < _denominators(
        node.args[0])
    return clear if fewer else node


def _denominators(node: Expr) -> int:
    return sum(1 for p in parts(node) if isinstance(p, Pow) and interval(p.args[1]).negative)


def _shorter_sum(node: Expr) -> Expr:
    """A coefficient with its sums taken apart, where some of them then cancel."""
    apart = multiplied_out(split_sums(node))
    return apart if len(apart.atoms(heads.Sum)) < len(node.atoms(heads.Sum)) else node


def _without_common(node: Expr, x: Expr) -> Expr:
    """The equation divided by a factor that all its terms share and that is not 0."""
    shared = [f for f in Mul.make_args(factored(node)) if not isinstance(f, (Add, heads.Sum))
              and not depends(f, x) and decide(heads.NotEqual(f, S.Zero)) is True]
    if not shared or not isinstance(node, Add):
        return node
    return Add(*(multiplied_out(Mul(t, *(Pow(f, -1) for f in shared))) for t in node.args))


def _split(term: Expr, x: Expr) -> tuple[Expr, Powers]:
    """A term as what is free of x, and the powers of the bases that are not."""
    rest: list[Expr] = []
    powers: Powers = {}
    for factor in Mul.make_args(term):
        base, exponent = base_and_exponent(factor)
        if not depends(factor, x) or isinstance(base, (heads.Apply, heads.Sum, heads.Cond)) or \
                depends(exponent, x):
            rest.append(factor)
        else:
            powers[base] = multiplied_out(Add(powers.get(base, S.Zero), exponent))
    return Mul(*rest), powers


def _less(left: Expr, right: Expr) -> Expr:
    """The difference of two exponents."""
    return multiplied_out(difference(left, right))


def _lowest(rows: list[Powers]) -> Powers:
    """The lowest exponent of each base, 0 where a term does not have it."""
    lowest: Powers = {}
    for base in dict.fromkeys(b for powers in rows for b in powers):
        least, *others = (powers.get(base, S.Zero) for powers in rows)
        for other in others:
            below = _less(other, least)
            if interval(below).high <= 0 and below != 0:
                least = other
        if least != 0:
            lowest[base] = least
    return lowest


def spread(node: Expr, x: Expr) -> Expr:
    """Sums that contain x as sums over what does not, so that x stands before them."""
    return Add(*(part for term in _distributed(node, x) for part in _parts(term, x)))


def _distributed(node: Expr, x: Expr) -> list[Expr]:
    """The terms of a formula, multiplied out only where x stands in the brackets."""
    return distributed(node, lambda bracket: depends(bracket, x))


def _parts(term: Expr, x: Expr) -> Iterator[Expr]:
    sums, rest = factors_apart(term, lambda f: isinstance(f, heads.Sum) and depends(f, x))
    if len(sums) != 1:
        yield term
        return
    index, body, where, _ = enter(sums[0].family, around(term, x))
    body = cases_apart(body, x, index)
    for outer in _distributed(_apart(body, x), x):
        for piece in _parts(outer, x):
            yield Mul(*rest, summed(piece, index, where))


def split_sums(node: Expr) -> Expr:
    """Sums of several terms as several sums, the terms without the index counted."""
    if isinstance(node, heads.Sum):
        index, body, where, _ = enter(node.family, around(node))
        return Add(*(summed(t, index, where) for t in Add.make_args(body)))
    if isinstance(node, (Add, Mul)):
        return mapped(node, split_sums)
    return node


def summed(term: Expr, index: Index, where: Expr) -> Expr:
    """The sum of a term, what is free of the index before it; without the index it is counted."""
    inside, before = factors_apart(term, lambda f: occurs(index, f))
    if inside or where is not true:
        return Mul(*before, heads.Sum.over(multiplied(*inside), index, where))
    return Mul(*before, index.dim)


def _apart(node: Expr, x: Expr) -> Expr:
    """Powers and logarithms of products that contain x, taken apart where factors are positive."""
    if not depends(node, x):
        return node
    how = _APART.get(node.name if isinstance(node, heads.Apply) else type(node))
    return how(node, x) if how else node


def _terms_apart(node: Expr, x: Expr) -> Expr:
    return mapped(node, lambda part: _apart(part, x))


def _power_apart(node: Expr, x: Expr) -> Expr:
    base, power = node.args
    if not isinstance(base, Mul) or not all(interval(f).positive for f in base.args):
        return node
    factors = map(base_and_exponent, base.args)
    return Mul(*(Pow(inner, Mul(exponent, power)) for inner, exponent in factors))


def _exp_apart(node: Expr, x: Expr) -> Expr:
    """exp of a sum as a product: the terms with x, and those without."""
    terms = _distributed(node.args[1], x)
    with_x = [t for t in terms if depends(t, x)]
    without = [t for t in terms if not depends(t, x)]
    return Mul(*(apply("exp", Add(*part)) for part in (with_x, without) if part))


_APART: dict[str | type[Expr], Callable[[Expr, Expr], Expr]] = {
    Add: _terms_apart,
    Mul: _terms_apart,
    Pow: _power_apart,
    "log": lambda node, x: logarithm_apart(node),
    "exp": _exp_apart,
}
