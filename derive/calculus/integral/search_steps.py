"""Steps of an integration that were found by search: how a method makes and records them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Protocol

from sympy import Expr, Integer

from derive.calculus.integral.integration_tools import Tools, owed_by_division
from derive.calculus.strategy import Work
from derive.core.atoms import Index
from derive.derivation import Derivation
from derive.rulebook.loading import Rulebook
from derive.rulebook.rule import Match, Rule
from derive.rulebook.tactics import Setting, Tactic


@dataclass(frozen=True)
class Rewrite:
    """One step towards an integral, with the derivations that it rests on."""

    match: Match
    parts: tuple[Derivation, ...] = ()


Layer = list[Rewrite]
Plan = list[Layer]  # layers one after the other; the rewrites of a layer happen side by side


class Part(Protocol):
    """Solves an integral that another rests on; its derivation, or None where there is none."""

    def __call__(self, integral: Expr, note: str, indices: tuple[Index, ...] = (),
                 ) -> Derivation | None: ...


@dataclass(frozen=True)
class Search:
    """What a method may ask for: the tools, and the solution of simpler integrals."""

    tools: Tools
    part: Part
    depth: int  # integrals within integrals


@dataclass(frozen=True)
class Searching(Setting):
    """The setting of a step that is tried in a search, with what the search knows already."""

    tools: Tools | None = None


def tools_of(setting: Setting) -> Tools:
    """The tools of the search that tries a step, or new ones for a step that is replayed."""
    known = setting.tools if isinstance(setting, Searching) else None
    return known or Tools(setting.rulebook)


def rewrite(tactic: Tactic, tools: Tools, rule: Rule, node: Expr,
            parts: tuple[Derivation, ...] = (), **parameters: Any) -> Rewrite:
    """A step by a method: its result is that of the tactic on the integral."""
    setting = Searching({"rule": rule.name, **parameters}, tools.rulebook, parts, tools)
    after = tactic.apply(node, setting)
    owed = tactic.owes(node, after, setting) if after != node else ()
    return Rewrite(Match(tactic.rule(setting), node, after, {"e": node}, owed,
                         setting.parameters), parts)


def base_rule(setting: Setting) -> Rule:
    """The rule of the table that a method carries out."""
    rule: Rule = setting.rulebook[setting["rule"]]
    return rule


def method(name: str, apply: Callable[[Expr, Setting], Expr],
           owes: Callable[[Expr, Setting], tuple[Expr, ...]] = lambda node, setting: (),
           margin: Callable[[Setting], str] = lambda setting: "", divides: bool = True) -> Tactic:
    """The tactic of a method of integration.

    `owes` is what a step owes besides that what it divides by is not 0; `margin` what stands
    beside it, where that is not the label of the rule.
    """
    def stated(setting: Setting) -> Rule:
        rule = base_rule(setting)
        return replace(rule, margin=margin(setting) or rule.label, tactic=name)

    def owed(before: Expr, after: Expr, setting: Setting) -> tuple[Expr, ...]:
        by_division = owed_by_division(after, *before.args) if divides else ()
        return tuple(dict.fromkeys((*owes(before, setting), *by_division)))

    return Tactic(name, apply, stated, owed)


def part_of(setting: Setting, integral: Expr) -> Expr | None:
    """What an integral comes to, by the derivation of it among the parts of a step; ∫ 0 is 0."""
    if integral.args[0] == 0:
        return Integer(0)
    return next((p.result for p in setting.parts if p.start == integral), None)


def owed_by_parts(setting: Setting) -> tuple[Expr, ...]:
    """What the parts of a step owe."""
    return tuple(o for p in setting.parts for o in p.obligations)


def recorded(integral: Expr, plan: Plan, rulebook: Rulebook) -> Work:
    """The steps of a plan."""
    work = Work(integral, rulebook)
    for layer in plan:
        work.layer([(r.match, r.parts) for r in layer], "integrate")
    return work
