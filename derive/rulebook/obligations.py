"""What a derivation owes: conditions of its steps and of the typed formula, each once."""

from __future__ import annotations

from collections.abc import Iterable

from sympy import Add, Expr, Integer, Mul

from derive.core import heads
from derive.core.comparisons import gap, negated
from derive.core.factors import turned
from derive.core.quantified import All, closed, throughout
from derive.core.walk import around, enter, mapped
from derive.functions.decisions import decide, implies
from derive.functions.domains import lost, open_requirements
from derive.functions.reduced_conditions import reduced
from derive.rulebook.algebra import multiplied_out
from derive.rulebook.equations import summed
from derive.rulebook.kinks import holds_across
from derive.rulebook.measure import measure, signs_apart

__all__ = ["gained", "lost", "needed", "strongest"]


def needed(conditions: tuple[Expr, ...], start: Expr, result: Expr) -> tuple[Expr, ...]:
    """The conditions of the steps without the kinks across which the result holds all the same."""
    owed = dict.fromkeys(reduced(closed(c)) for c in conditions)
    return tuple(c for c in owed if not holds_across(c, start, result))


def gained(known: Iterable[Expr], start: Expr, result: Expr) -> tuple[Expr, ...]:
    """The conditions under which a result has a value though what was differentiated has one."""
    if not isinstance(start, heads.Partial):
        return ()
    there = (*known, *open_requirements(start))
    return tuple(c for c in open_requirements(result) if not any(implies(k, c) for k in there))


def _spread_gap(condition: Expr) -> Expr:
    """A condition u != 0 with the sums in u taken term by term: equal for equal ones."""
    if not isinstance(condition, heads.NotEqual):
        return condition
    apart = _spread(gap(condition))
    return heads.NotEqual(Integer(0), min(apart, turned(apart), key=str))


def _spread(node: Expr) -> Expr:
    """A formula multiplied out, with sums of sums term by term and factors before their sums."""
    if not node.args:
        return node
    node = mapped(node, _spread)
    if not isinstance(node, heads.Sum):
        return multiplied_out(node) if isinstance(node, (Add, Mul)) else node
    index, body, where, _ = enter(node.family, around(node))
    return Add(*(summed(t, index, where) for t in Add.make_args(multiplied_out(body))))


def _plainly(condition: Expr) -> Expr:
    """u != v with what they share left out, where that is shorter."""
    if isinstance(condition, All):
        return throughout(condition, _plainly)
    if isinstance(condition, heads.Both):
        open_parts = [c for c in condition.args if not _certain(c)]
        return _plainly(open_parts[0]) if len(open_parts) == 1 else condition
    if not isinstance(condition, heads.NotEqual):
        return condition
    apart = gap(condition)
    flat = multiplied_out(apart)
    forms = [apart, flat] if isinstance(apart, Add) or not isinstance(flat, Add) else [apart]
    return min((condition, *(reduced(heads.NotEqual(*signs_apart(f))) for f in forms)), key=measure)


def _certain(condition: Expr) -> bool:
    """Whether a condition holds: by what is known, of equal sides, of a condition or its contrary.
    """
    if isinstance(condition, heads.Equal) and multiplied_out(gap(condition)) == 0:
        return True
    if isinstance(condition, heads.Either):
        left, right = condition.args
        if any(reduced(negated(a)) == reduced(b) for a, b in ((left, right), (right, left))):
            return True
    return decide(condition) is True


def strongest(conditions: Iterable[Expr], assumptions: tuple[Expr, ...]) -> tuple[Expr, ...]:
    """The conditions that no other one makes certain, in order."""
    plain = dict.fromkeys(_plainly(reduced(closed(c))) for c in conditions)
    undecided = [c for c in plain if not _certain(c)]
    distinct = list({_spread_gap(c): c for c in reversed(undecided)}.values())[::-1]
    kept: list[Expr] = []
    for place, condition in enumerate(distinct):
        stronger = (*assumptions, *kept, *distinct[place + 1:])
        if not any(implies(other, condition) for other in stronger
                   if other in kept or not implies(condition, other)):
            kept.append(condition)
    return tuple(kept)
