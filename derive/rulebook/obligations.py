"""What a derivation owes: conditions of its steps and of the typed formula, none said twice."""

from __future__ import annotations

from collections.abc import Iterable

from sympy import Add, Expr, Integer, Mul

from derive.core import heads
from derive.core.indexing import occurs
from derive.core.quantified import All, closed, throughout
from derive.core.walk import around, enter, mapped
from derive.functions.decisions import decide, implies
from derive.functions.domains import lost, open_requirements
from derive.functions.reduced_conditions import reduced
from derive.rulebook.algebra import multiplied_out
from derive.rulebook.kinks import holds_across
from derive.rulebook.measure import is_negative, measure

__all__ = ["gained", "lost", "needed", "strongest"]


def needed(conditions: tuple[Expr, ...], start: Expr, result: Expr) -> tuple[Expr, ...]:
    """The conditions of the steps without the kinks across which the result holds all the same."""
    every = dict.fromkeys(reduced(closed(c)) for c in conditions)
    return tuple(c for c in every if not holds_across(c, start, result))


def gained(known: Iterable[Expr], start: Expr, result: Expr) -> tuple[Expr, ...]:
    """The conditions under which a result has a value though what was differentiated has one."""
    if not isinstance(start, heads.Partial):
        return ()
    there = (*known, *open_requirements(start))
    return tuple(c for c in open_requirements(result) if not any(implies(k, c) for k in there))


def _spread_gap(condition: Expr) -> Expr:
    """A condition u != 0 with the sums in u taken term by term, to tell whether two are one."""
    if not isinstance(condition, heads.NotEqual):
        return condition
    gap = _spread(Add(condition.args[1], Mul(-1, condition.args[0])))
    turned = Add(*(Mul(-1, t) for t in Add.make_args(gap)))
    return heads.NotEqual(Integer(0), min(gap, turned, key=str))


def _spread(node: Expr) -> Expr:
    """A formula multiplied out, with sums of sums term by term and factors before their sums."""
    if not node.args:
        return node
    node = mapped(node, _spread)
    if not isinstance(node, heads.Sum):
        return multiplied_out(node) if isinstance(node, (Add, Mul)) else node
    index, body, where, _ = enter(node.family, around(node))
    terms = []
    for term in Add.make_args(multiplied_out(body)):
        factors = Mul.make_args(term)
        outside = [f for f in factors if not occurs(index, f)]
        inside = [f for f in factors if occurs(index, f)]
        terms.append(Mul(*outside, heads.Sum.over(Mul(*inside), index, where)))
    return Add(*terms)


def _plainly(condition: Expr) -> Expr:
    """u != v with what they share left out, where that is shorter."""
    if isinstance(condition, All):
        return throughout(condition, _plainly)
    if not isinstance(condition, heads.NotEqual):
        return condition
    gap = Add(condition.args[1], Mul(-1, condition.args[0]))
    flat = multiplied_out(gap)
    forms = [gap, flat] if isinstance(gap, Add) or not isinstance(flat, Add) else [gap]
    return min((condition, *map(_apart, forms)), key=measure)


def _apart(gap: Expr) -> Expr:
    """That a sum is not 0: its terms without a sign against the others."""
    terms = Add.make_args(gap)
    left = Add(*(Mul(-1, t) for t in terms if is_negative(t)))
    right = Add(*(t for t in terms if not is_negative(t)))
    return reduced(heads.NotEqual(left, right))


def strongest(conditions: Iterable[Expr], assumptions: tuple[Expr, ...]) -> tuple[Expr, ...]:
    """The conditions that no other one makes certain, in order."""
    every = list(dict.fromkeys(_plainly(reduced(closed(c))) for c in conditions))
    every = [c for c in every if decide(c) is not True]
    every = list({_spread_gap(c): c for c in reversed(every)}.values())[::-1]
    kept: list[Expr] = []
    for place, condition in enumerate(every):
        stronger = (*assumptions, *kept, *every[place + 1:])
        if not any(implies(other, condition) for other in stronger
                   if other in kept or not implies(condition, other)):
            kept.append(condition)
    return tuple(kept)
