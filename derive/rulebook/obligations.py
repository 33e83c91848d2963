"""What a derivation owes: conditions of its steps and of the typed formula, none said twice."""

from __future__ import annotations

from collections.abc import Iterable

from sympy import Expr

from derive.core.quantified import closed
from derive.functions.decide import decide, implies, reduced
from derive.functions.domains import lost
from derive.rulebook.kinks import holds_across

__all__ = ["lost", "needed", "strongest"]


def needed(conditions: tuple[Expr, ...], start: Expr, result: Expr) -> tuple[Expr, ...]:
    """The conditions of the steps without the kinks across which the result holds all the same."""
    every = dict.fromkeys(reduced(closed(c)) for c in conditions)
    return tuple(c for c in every if not holds_across(c, start, result))


def strongest(conditions: Iterable[Expr], assumptions: tuple[Expr, ...]) -> tuple[Expr, ...]:
    """The conditions that no other one makes certain, in order."""
    every = list(dict.fromkeys(reduced(closed(c)) for c in conditions))
    every = [c for c in every if decide(c) is not True]
    kept: list[Expr] = []
    for place, condition in enumerate(every):
        stronger = (*assumptions, *kept, *every[place + 1:])
        if not any(implies(other, condition) for other in stronger
                   if other in kept or not implies(condition, other)):
            kept.append(condition)
    return tuple(kept)
