"""Steps of an integration that were found by search, and how they are recorded."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from sympy import Mul, Pow

from derive.calculus.strategy import Work
from derive.derivation import Derivation
from derive.expressions import heads
from derive.expressions.atoms import Variable
from derive.expressions.indexing import names, unreal
from derive.expressions.kinds import Kind
from derive.rulebook.loading import Rulebook
from derive.rulebook.patterns import MetaApply
from derive.rulebook.rewriting import children
from derive.rulebook.rule import Match, Rule


@dataclass(frozen=True)
class Rewrite:
    """One step towards an integral, with the derivations that it rests on."""

    match: Match
    parts: tuple[Derivation, ...] = ()


Layer = list[Rewrite]
Plan = list[Layer]  # layers one after the other; the rewrites of a layer happen side by side


def rewrite(rule: Rule, node: Any, recompute: Callable[[Any], Any], margin: str = "",
            parts: tuple[Derivation, ...] = (), owed: tuple[Any, ...] = ()) -> Rewrite:
    """A step by a method: its result is that of `recompute` on the integral."""
    shown = replace(rule, margin=margin or rule.label, tactic=recompute)
    return Rewrite(Match(shown, node, recompute(node), {"e": node}, owed), parts)


def recorded(integral: Any, plan: Plan, rulebook: Rulebook) -> Work:
    """The steps of a plan."""
    work = Work(integral, rulebook)
    for layer in plan:
        work.layer([(r.match, r.parts) for r in layer], "integrate")
    return work


def derivation(integral: Any, plan: Plan, rulebook: Rulebook, note: str,
               indices: tuple[Any, ...] = ()) -> Derivation:
    """The derivation of an integral, as part of another."""
    work = recorded(integral, plan, rulebook)
    return Derivation(title="", goal="integral", given=(), quantity=integral, start=integral,
                      steps=tuple(work.steps), original=integral, modulo=integral.args[1],
                      note=note, indices=indices)


def fresh(letter: str, node: Any, kind: Kind) -> Variable:
    """A variable whose name does not occur in a formula: u, u1, …"""
    taken = names(node)
    name = next(n for n in (letter, *(f"{letter}{i}" for i in range(1, 99))) if n not in taken)
    return Variable(name, kind)


def integrals(node: Any, depth: int = 0) -> list[Any]:
    """The outermost integrals in a line."""
    if isinstance(node, heads.Antiderivative):
        return [node]
    found: dict[Any, None] = {}
    for child, at in children(node, depth):
        found |= dict.fromkeys(integrals(child, at))
    return list(found)


def inner_derivative(rule: Rule) -> Any | None:
    """The d(u(x), x) in the integrand of a rule, or None."""
    if not isinstance(rule.left, heads.Antiderivative):
        return None
    return next((p for p in Mul.make_args(rule.left.args[0]) if isinstance(p, heads.Partial)
                 and isinstance(p.args[0], MetaApply)), None)


def undefined(node: Any) -> bool:
    """Whether an expression has no value, or divides by a formula with a Kronecker delta.

    A delta is 0 at most places: what is divided by it has no value there.
    """
    return unreal(node) or any(p.args[1].is_negative and p.args[0].has(heads.Delta)
                               for p in node.atoms(Pow))
