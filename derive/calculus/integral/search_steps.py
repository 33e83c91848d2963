"""Steps of an integration that were found by search, and how they are recorded."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from sympy import Integer, Mul, Pow

from derive.calculus.strategy import Work
from derive.core import heads
from derive.core.atoms import Variable
from derive.core.indexing import depends, names, unreal
from derive.core.kinds import Kind
from derive.core.walk import TOP, Binders, children, dangling
from derive.derivation import Derivation
from derive.functions.decisions import decide
from derive.rulebook.loading import Rulebook
from derive.rulebook.patterns import MetaApply
from derive.rulebook.rule import Match, Rule
from derive.rulebook.tactics import Setting, Tactic


@dataclass(frozen=True)
class Rewrite:
    """One step towards an integral, with the derivations that it rests on."""

    match: Match
    parts: tuple[Derivation, ...] = ()


SUMMED = "kjlnpqrs"  # letters for an index that is summed over, the first that is free

Layer = list[Rewrite]
Plan = list[Layer]  # layers one after the other; the rewrites of a layer happen side by side


@dataclass(frozen=True)
class Searching(Setting):
    """The setting of a step that is tried in a search, with what the search knows already."""

    search: Any = None


def rewrite(tactic: Tactic, search: Any, rule: Rule, node: Any, parts: tuple[Derivation, ...] = (),
            **parameters: Any) -> Rewrite:
    """A step by a method: its result is that of the tactic on the integral."""
    setting = Searching({"rule": rule.name, **parameters}, search.rulebook, parts, search)
    after = tactic.apply(node, setting)
    owed = tactic.owes(node, after, setting) if after != node else ()
    return Rewrite(Match(tactic.rule(setting), node, after, {"e": node}, owed,
                         setting.parameters), parts)


def base_rule(setting: Setting) -> Rule:
    """The rule of the table that a method carries out."""
    rule: Rule = setting.rulebook[setting["rule"]]
    return rule


def method(name: str, apply: Callable[[Any, Setting], Any],
           owes: Callable[[Any, Setting], tuple[Any, ...]] = lambda node, setting: (),
           margin: Callable[[Setting], str] = lambda setting: "", divides: bool = True) -> Tactic:
    """The tactic of a method of integration.

    `owes` is what a step owes besides that what it divides by is not 0; `margin` what stands
    beside it, where that is not the label of the rule.
    """
    def stated(setting: Setting) -> Rule:
        rule = base_rule(setting)
        return replace(rule, margin=margin(setting) or rule.label, tactic=name)

    def owed(before: Any, after: Any, setting: Setting) -> tuple[Any, ...]:
        by_division = owed_by_division(after, *before.args) if divides else ()
        return tuple(dict.fromkeys((*owes(before, setting), *by_division)))

    return Tactic(name, apply, stated, owed)


def part_of(setting: Setting, integral: Any) -> Any | None:
    """What an integral comes to, by the derivation of it among the parts of a step; ∫ 0 is 0."""
    if integral.args[0] == 0:
        return Integer(0)
    return next((p.result for p in setting.parts if p.start == integral), None)


def owed_by_parts(setting: Setting) -> tuple[Any, ...]:
    """What the parts of a step owe."""
    return tuple(o for p in setting.parts for o in p.obligations)


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


def integrals(node: Any, binders: Binders = TOP) -> list[Any]:
    """The outermost integrals in a line."""
    if isinstance(node, heads.Antiderivative):
        return [node]
    found: dict[Any, None] = {}
    for child, inner in children(node, binders):
        found |= dict.fromkeys(integrals(child, inner))
    return list(found)


def inner_derivative(rule: Rule) -> Any | None:
    """The d(u(x), x) in the integrand of a rule, or None."""
    if not isinstance(rule.left, heads.Antiderivative):
        return None
    return next((p for p in Mul.make_args(rule.left.args[0]) if isinstance(p, heads.Partial)
                 and isinstance(p.args[0], MetaApply)), None)


_STEPS = ("sign", "max", "min")  # functions that are constant, such as 0, on whole intervals


def undefined(node: Any) -> bool:
    """Whether an expression has no value, or divides by what may be 0 on a whole interval.

    Such are Kronecker deltas, case distinctions and positive parts.
    """
    return unreal(node) or any(_may_vanish(p.args[0]) for p in node.atoms(Pow)
                               if p.args[1].is_negative)


def _may_vanish(node: Any) -> bool:
    """Whether a divisor has cases that may be 0: a number known to be positive has none."""
    stepwise = node.has(heads.Delta) or node.has(heads.Cond) or any(
        f.name in _STEPS for f in node.atoms(heads.Apply))
    return stepwise and decide(heads.NotEqual(node, Integer(0))) is not True


def owed_by_division(after: Any, before: Any, x: Any) -> tuple[Any, ...]:
    """That what a step divides by is not 0: divisors free of x which were none before."""
    known = {p.args[0] for p in before.atoms(Pow)}
    found = []
    for power in after.atoms(Pow):
        base = power.args[0]
        if power.args[1].is_negative and base not in known and not depends(base, x) and \
                not dangling(base) and not base.is_number:
            condition = heads.NotEqual(base, Integer(0))
            if decide(condition) is None:
                found.append(condition)
    return tuple(dict.fromkeys(found))


def jumps(node: Any, x: Any) -> bool:
    """Whether a formula may jump as x moves: where a sign or a case changes.

    What is built on it by a rule for smooth functions would jump too, and be no antiderivative.
    """
    if not depends(node, x):
        return False
    if isinstance(node, heads.Cond):
        return depends(node.args[0], x) or any(jumps(a, x) for a in node.args[1:])
    if isinstance(node, (heads.ArgMax, heads.Delta)):
        return True
    if isinstance(node, heads.Apply) and node.name == "sign":
        return True
    if isinstance(node, heads.Lam):
        return depends(node.args[2], x) or jumps(node.args[1], x)
    return any(jumps(a, x) for a in node.args)
