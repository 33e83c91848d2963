"""Antiderivatives by rules: a search over `rules/integrals.toml` with a bound on its work.

Each integral is taken further in the first way that leads to an end. What comes out is a list of
layers, rewrites that happen side by side.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from itertools import zip_longest

from sympy import Add, Expr, Mul

from derive.calculus.integral.chain_rule_backwards import by_rule, inner_derivative
from derive.calculus.integral.integration_methods import FIRST, METHODS
from derive.calculus.integral.integration_tools import Tools, integrals, undefined
from derive.calculus.integral.search_steps import Plan, Rewrite, Search, recorded
from derive.calculus.strategy import Work
from derive.core import heads
from derive.core.atoms import Index
from derive.core.indexing import size
from derive.core.walk import around
from derive.derivation import Derivation
from derive.errors import NoIntegralError, PatienceError
from derive.lazy import cached_property
from derive.limits import allowed, clock, tick, within
from derive.notation.printing.plain import plain
from derive.rulebook.loading import Rulebook
from derive.rulebook.rewriting import closed_under_repeat
from derive.rulebook.rule import Rule

_PART = 6  # an integral may take so small a part of the patience with a call: 10 s of 60
_DEEPEST = 7    # integrals within integrals
_LARGEST = 600  # an integrand of more nodes is given up


class Integrator:
    """A search for antiderivatives within some `seconds`; it remembers what it has tried.

    With `sums_first` a sum is taken term by term, even where it is its own u.
    """

    def __init__(self, rulebook: Rulebook, seconds: float | None = None, sums_first: bool = False,
                 tools: Tools | None = None) -> None:
        self.rulebook, self.sums_first = rulebook, sums_first
        self.seconds = allowed() / _PART if seconds is None else seconds
        self.tools = tools or Tools(rulebook)
        self._started = clock()
        self._plans: dict[Expr, Plan] = {}
        self._failed: dict[Expr, int] = {}  # integral → depth at which it failed
        self._stuck: Expr | None = None
        self._bounded = False  # a search is under way, which bounds what it rests on

    def afresh(self, sums_first: bool) -> Integrator:
        """Another search within the same time, with the same tools."""
        other = Integrator(self.rulebook, self.seconds, sums_first, self.tools)
        other._started = self._started
        return other

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

    def solve(self, node: Expr, depth: int = 0) -> Plan | None:
        """A plan that turns an integral into a formula without one, or None.

        Raises NoIntegralError when the time for the search is over.
        """
        if self._bounded or node in self._plans:
            return self._solved(node, depth)
        left = self.seconds - (clock() - self._started)
        self._bounded = True
        try:
            with within(left) as bound:
                return self._solved(node, depth)
        except PatienceError as late:
            if late.bound is not bound:
                raise
            raise NoIntegralError(
                f"no integral of {_in_words(node)} was found within {self.seconds:g} s, its part "
                f"of the patience with a call (integrals looked at: {len(self._failed)}); "
                "allow more with --patience SECONDS "
                "(derive.patience(SECONDS) in Python)") from None
        finally:
            self._bounded = False

    def _solved(self, node: Expr, depth: int) -> Plan | None:
        if node in self._plans:
            return self._plans[node]
        tick("searching for an integral")
        if depth >= self._failed.get(node, _DEEPEST) or size(node) > _LARGEST:
            return None
        self._failed[node] = depth  # an integral that comes back is no way to itself
        linear = False
        for rewrite in self._choices(node, depth):
            if undefined(rewrite.match.after):
                continue
            linear = linear or rewrite.match.rule.repeat or rewrite.match.rule.quiet
            rest = self._side_by_side(rewrite.match.after, depth + 1)
            if rest is not None:
                self._plans[node] = [[rewrite], *rest]
                return self._plans[node]
        if not linear:
            self._stuck = node
        return None

    def _side_by_side(self, line: Expr, depth: int) -> Plan | None:
        """The plans for all integrals of a line, joined layer by layer."""
        plans = []
        for node in integrals(line):
            plan = self.solve(node, depth)
            if plan is None:
                return None
            plans.append(plan)
        return [[r for layer in layers for r in layer]
                for layers in zip_longest(*plans, fillvalue=[])]

    def _where_it_stopped(self, line: Expr) -> str:
        node = self._stuck if self._stuck is not None else integrals(line)[0]
        return (f"no rule integrates {_in_words(node)}; add a rule to it with --rules, or "
                "integrate a part")

    def _choices(self, node: Expr, depth: int) -> Iterator[Rewrite]:
        """The ways to take one integral further."""
        if self.sums_first:
            yield from self._taken_apart(node, depth)
        yield from self._by_methods(node, depth, True)
        for rule in self._rules(node.args[0]):
            match = by_rule(self.tools, rule, node)
            if match is not None:
                yield Rewrite(closed_under_repeat(match, around(node)))
        yield from self._by_methods(node, depth, False)

    def _taken_apart(self, node: Expr, depth: int) -> Iterator[Rewrite]:
        """A sum over an index term by term; brackets multiplied out that are no u of f(u) u′.

        What depends on a sum of all components then has no factor of one component before it.
        """
        body = node.args[0]
        search = Search(self.tools, partial(self._part, depth + 1), depth)
        if isinstance(body, heads.Sum):
            yield from METHODS["terms"](search, self._of_method("terms"), node)
        elif isinstance(body, Mul):
            yield from METHODS["within"](search, self._of_method("within"), node)
            kinds = {type(f) for f in body.args}
            chosen = [r for r in self._ordered if inner_derivative(r) is not None] \
                if Add in kinds else [r for r in self._ordered if r.quiet and heads.Sum in kinds]
            matches = (by_rule(self.tools, rule, node) for rule in chosen)
            yield from (Rewrite(match) for match in matches if match is not None)
            if Add in kinds:
                yield from METHODS["expand"](search, self._of_method("expand"), node)

    def _of_method(self, name: str) -> Rule:
        return next(r for r in self.rulebook.stage("integrate").rules if r.method == name)

    def _by_methods(self, node: Expr, depth: int, first: bool) -> Iterator[Rewrite]:
        search = Search(self.tools, partial(self._part, depth + 1), depth)
        for rule in self.rulebook.stage("integrate").rules:
            if rule.method and (rule.method in FIRST) is first:
                yield from METHODS[rule.method](search, rule, node)

    def _part(self, depth: int, integral: Expr, note: str, indices: tuple[Index, ...] = (),
              ) -> Derivation | None:
        """The derivation of an integral, as part of another; None where there is none."""
        plan = self.solve(integral, depth)
        return None if plan is None else recorded(integral, plan, self.rulebook).derivation(
            "", "integral", integral, modulo=integral.args[1], note=note, indices=indices)

    @cached_property
    def _ordered(self) -> tuple[Rule, ...]:
        """The rules that are patterns; those about f(u) u′ before what takes an integrand apart."""
        rules = self.rulebook.stage("integrate").by_key.get("integral", ())
        chain = [r for r in rules if inner_derivative(r) is not None]
        first = rules.index(chain[0]) if chain else 0
        return (*rules[:first], *chain, *(r for r in rules[first:] if r not in chain))

    def _rules(self, body: Expr) -> tuple[Rule, ...]:
        """The rules that are patterns, in the order in which they are tried."""
        if self.sums_first and isinstance(body, Add):
            return tuple(sorted(self._ordered, key=lambda r: not r.repeat))
        return self._ordered


def _in_words(node: Expr) -> str:
    """An integral in the words of an error."""
    body, x = node.args
    return f"{plain(body)} with respect to {plain(x)}"
