"""What a derivation owes: conditions of its steps and of the typed formula, none said twice."""

from __future__ import annotations

from collections.abc import Iterable

from sympy import Add, Expr, Mul

from derive.core import heads
from derive.core.quantified import All, closed, throughout
from derive.functions.decide import decide, implies
from derive.functions.domains import lost
from derive.functions.reduced import reduced
from derive.rulebook.algebra import multiplied_out
from derive.rulebook.kinks import holds_across
from derive.rulebook.measure import is_negative, measure

__all__ = ["lost", "needed", "strongest"]


def needed(conditions: tuple[Expr, ...], start: Expr, result: Expr) -> tuple[Expr, ...]:
    """The conditions of the steps without the kinks across which the result holds all the same."""
    every = dict.fromkeys(reduced(closed(c)) for c in conditions)
    return tuple(c for c in every if not holds_across(c, start, result))


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
    kept: list[Expr] = []
    for place, condition in enumerate(every):
        stronger = (*assumptions, *kept, *every[place + 1:])
        if not any(implies(other, condition) for other in stronger
                   if other in kept or not implies(condition, other)):
            kept.append(condition)
    return tuple(kept)
