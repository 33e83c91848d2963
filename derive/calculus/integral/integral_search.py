"""Antiderivatives by rules: a search over `rules/integrals.toml` with a bound on its work.

Each integral is taken further in the first way that leads to an end. What comes out is a list of
layers, rewrites that happen side by side.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import Any

from sympy import Add, Integer, Mul, Pow

from derive.calculus.integral.integrator_tools import tools
from derive.calculus.integral.search_steps import (
    Plan,
    Rewrite,
    base_rule,
    inner_derivative,
    integrals,
    jumps,
    method,
    recorded,
    rewrite,
    undefined,
)
from derive.calculus.strategy import Work
from derive.core import heads
from derive.core.indexing import depends, size
from derive.core.walk import around
from derive.errors import DeriveError, NoIntegralError, PatienceError
from derive.limits import allowed, tick, within
from derive.notation.printing.plain import plain
from derive.notation.printing.pretty import pretty
from derive.rulebook.algebra import collected
from derive.rulebook.filling import fill
from derive.rulebook.loading import Rulebook, RuleSet
from derive.rulebook.matching import match, match_terms
from derive.rulebook.rewriting import closed_under_repeat
from derive.rulebook.rule import Match, Rule
from derive.rulebook.tactics import Setting

_PART = 6  # an integral may take so small a part of the patience with a call: 10 s of 60
_DEEPEST = 7    # integrals within integrals
_LARGEST = 600  # an integrand of more nodes is given up


@dataclass
class Integrator:
    """A search for antiderivatives; it remembers what it has tried."""

    rulebook: Rulebook
    seconds: float = field(default_factory=lambda: allowed() / _PART)
    started: float = field(default_factory=time.thread_time)
    plans: dict[Any, Plan] = field(default_factory=dict)
    failed: dict[Any, int] = field(default_factory=dict)  # integral → depth at which it failed
    slopes: dict[Any, Any] = field(default_factory=dict)
    ordered: tuple[Rule, ...] = ()
    forms: dict[Any, Any] = field(default_factory=dict)
    short: dict[Any, Any] = field(default_factory=dict)  # integral → what one rule gives
    stuck: Any = None
    sums_first: bool = False  # a sum is taken term by term, even where it is its own u
    bounded: bool = False     # a search is under way, which bounds what it rests on

    def integrate(self, work: Work) -> Work:
        """Solves every integral in a line, layer by layer.

        Raises NoIntegralError, which names the integral at which the rules came to an end.
        """
        plan = self._side_by_side(work.line, 0)
        if plan is None:
            raise NoIntegralError(self._where_it_stopped(work.line))
        for layer in plan:
            work.layer([(r.match, r.parts) for r in layer], "integrate")
        return work

    def solve(self, node: Any, depth: int = 0) -> Plan | None:
        """A plan that turns an integral into a formula without one, or None.

        Raises NoIntegralError when the time for the search is over.
        """
        if self.bounded or node in self.plans:
            return self._solved(node, depth)
        left = self.seconds - (time.thread_time() - self.started)
        self.bounded = True
        try:
            with within(left) as bound:
                return self._solved(node, depth)
        except PatienceError as late:
            if late.bound is not bound:
                raise
            raise NoIntegralError(
                f"no integral of {told(node)} was found within {self.seconds:g} s, its part of "
                "the patience with a call; allow more with --patience SECONDS "
                "(derive.patience(SECONDS) in Python)") from None
        finally:
            self.bounded = False

    def _solved(self, node: Any, depth: int) -> Plan | None:
        if node in self.plans:
            return self.plans[node]
        tick("searching for an integral")
        if depth >= self.failed.get(node, _DEEPEST) or size(node) > _LARGEST:
            return None
        self.failed[node] = depth  # an integral that comes back is no way to itself
        linear = False
        for rewrites in self._choices(node, depth):
            after = rewrites[-1].match.after
            if undefined(after):
                continue
            linear = linear or rewrites[0].match.rule.repeat or rewrites[0].match.rule.quiet
            rest = self._side_by_side(after, depth + 1)
            if rest is not None:
                plan = [[r] for r in rewrites] + rest
                self.plans[node] = plan
                return plan
        if not linear:
            self.stuck = node
        return None

    def _side_by_side(self, line: Any, depth: int) -> Plan | None:
        """The plans for all integrals of a line, joined layer by layer."""
        plans = []
        for node in integrals(line):
            plan = self.solve(node, depth)
            if plan is None:
                return None
            plans.append(plan)
        return [[r for layer in layers for r in layer]
                for layers in zip_longest(*plans, fillvalue=[])]

    def _where_it_stopped(self, line: Any) -> str:
        node = self.stuck if self.stuck is not None else integrals(line)[0]
        return (f"no rule integrates {told(node)}; add a rule to it with --rules, or integrate "
                "a part")

    # Ways to take one integral further

    def _choices(self, node: Any, depth: int) -> Iterator[list[Rewrite]]:
        from derive.calculus.integral.integration_methods import FIRST, METHODS

        methods = [r for r in self.rulebook.stage("integrate").rules if r.method]
        for rule in methods:
            if rule.method in FIRST:
                for rewrite in METHODS[rule.method](self, rule, node, depth):
                    yield [rewrite]
        for rule in self._rules(node.args[0]):
            found = self.reverse_chain(rule, node) if inner_derivative(rule) is not None \
                else rule.matches(node)
            if found is not None:
                yield [Rewrite(closed_under_repeat(found, around(node)))]
        for rule in methods:
            if rule.method not in FIRST:
                for rewrite in METHODS[rule.method](self, rule, node, depth):
                    yield [rewrite]

    def _rules(self, body: Any) -> tuple[Rule, ...]:
        """The rules that are patterns, in the order in which they are tried.

        Those about f(u) u′ come before an integrand is taken apart.
        """
        if not self.ordered:
            rules = self.rulebook.stage("integrate").by_key.get("integral", ())
            chain = [r for r in rules if inner_derivative(r) is not None]
            first = rules.index(chain[0]) if chain else 0
            self.ordered = (*rules[:first], *chain, *(r for r in rules[first:] if r not in chain))
        rules = self.ordered
        if self.sums_first and isinstance(body, Add):
            return tuple(sorted(rules, key=lambda r: not r.repeat))
        return rules

    def reverse_chain(self, rule: Rule, node: Any) -> Match | None:
        """A rule about f(u) u′ applied to c f(u) u′: the u is read off f, its u′ derived.

        The constant c is what the integrand has left over f(u) u′.
        """
        body, x = node.args
        marker: Any = inner_derivative(rule)
        outer = [p for p in Mul.make_args(rule.left.args[0]) if p is not marker]
        for bindings in _occurrences(outer, body, {rule.left.args[1].name: x}, x):
            inner = bindings[marker.args[0].name].body
            if not depends(inner, x) or jumps(inner, x):
                continue
            factor = self.left_over(rule, bindings, body, x)
            open_ = None if factor is None else rule.open_conditions(bindings)
            if factor is None or open_ is None:
                continue
            return rewrite(REVERSE_CHAIN, self, rule, node, bindings=bindings).match
        return None

    def left_over(self, rule: Rule, bindings: Any, body: Any, x: Any) -> Any | None:
        """The constant c of c f(u) u′, or None where there is none."""
        marker: Any = inner_derivative(rule)
        inner = self.slope(bindings[marker.args[0].name].body, x)
        if inner is None or inner == 0:
            return None
        outer = Mul(*(fill(p, bindings) for p in Mul.make_args(rule.left.args[0])
                      if p is not marker))
        factor = self.quotient(body, Mul(outer, inner))
        return None if depends(factor, x) or undefined(factor) else factor

    # Tools

    def slope(self, node: Any, x: Any) -> Any | None:
        """The derivative of an expression, tidied; None where no rule gives it."""
        if node == x:
            return Integer(1)
        key = (node, x)
        if key not in self.slopes:
            try:
                line = Work(heads.Partial(node, x), self.rulebook).run("again").line
            except DeriveError:
                line = None
            self.slopes[key] = None if line is None or line.has(heads.Partial) else line
        return self.slopes[key]

    def quotient(self, above: Any, below: Any) -> Any:
        """A fraction with what cancels cancelled."""
        found = Mul(above, Pow(below, -1))
        return found if not found.args else self.simplified(collected(found))

    def alone(self, rule: Rule) -> RuleSet:
        """One rule for writing an integrand otherwise, as a set of its own."""
        return self.rulebook.stage("integrate").alone(rule)

    def simplified(self, node: Any) -> Any:
        """A formula after sifting, folding and tidying."""
        if node not in self.forms:
            self.forms[node] = Work(node, self.rulebook).run("finish").line if node.args else node
        return self.forms[node]

    def result(self, node: Any, depth: int) -> Any | None:
        """The formula that an integral comes to, or None."""
        plan = self.solve(node, depth)
        return None if plan is None else recorded(node, plan, self.rulebook).line


def told(node: Any) -> str:
    """An integral in the words of an error."""
    body, x = node.args
    return f"{plain(body)} with respect to {plain(x)}"


def _occurrences(outer: list[Any], body: Any, bindings: Any, x: Any) -> Iterator[dict[str, Any]]:
    """The ways in which f(u) stands as a factor, or as several, of an integrand."""
    if len(outer) > 1:
        for found, _ in match_terms(Mul(*outer), body, bindings, around(body), (x,)):
            yield found
        return
    (pattern,) = outer
    for factor in dict.fromkeys((body, *Mul.make_args(body))):
        yield from match(pattern, factor, bindings, around(factor), (x,))


def _chain_parts(setting: Setting) -> tuple[Rule, Any, Any]:
    """The rule about f(u) u′ of a step, its u and its x."""
    rule = base_rule(setting)
    marker: Any = inner_derivative(rule)
    bindings = setting["bindings"]
    return rule, bindings[marker.args[0].name].body, bindings[rule.left.args[1].name]


def _with_part(setting: Setting) -> str:
    rule, inner, x = _chain_parts(setting)
    return rule.label if inner == x else f"{rule.label}, u = {pretty(inner)}"


def _reversed(node: Any, setting: Setting) -> Any:
    """c f(u) for ∫ c f′(u) u′ dx; the constant is read off the integrand."""
    rule, inner, x = _chain_parts(setting)
    bindings = setting["bindings"]
    body, at = node.args
    if x != at or jumps(inner, x) or rule.open_conditions(bindings) is None:
        return node
    factor = tools(setting).left_over(rule, bindings, body, x)
    return node if factor is None else Mul(factor, fill(rule.right, bindings))


def _owed_by_chain(node: Any, setting: Setting) -> tuple[Any, ...]:
    return base_rule(setting).open_conditions(setting["bindings"]) or ()


REVERSE_CHAIN = method("reverse-chain", _reversed, _owed_by_chain, _with_part)
