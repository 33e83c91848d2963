"""Expected values by rules: linear, known moments, a variable whose law has no parameters."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

from sympy import Expr

from derive.calculus.likelihood.densities.standard_pivot import Pivot, pivot_of
from derive.calculus.likelihood.densities.statistical_model import Model
from derive.calculus.likelihood.information.expectation_steps import (
    AS_FRACTION,
    CHANGE_OF_VARIABLE,
    MULTIPLY_OUT,
    ODD,
    VALUE_APART,
    VALUES,
)
from derive.calculus.likelihood.information.score_identities import (
    Moment,
    ScoreIdentities,
    expected_values_of,
)
from derive.calculus.problem import unfolded
from derive.calculus.strategy import Work
from derive.core import heads
from derive.core.atoms import Dim, Named, Tensor, Variable
from derive.core.indexing import depends, exact
from derive.core.walk import substitute
from derive.functions.decisions import assuming
from derive.judge.trees.tree_point import Law
from derive.notation.printing.pretty import pretty
from derive.notation.reading.scope import Scope
from derive.notation.reading.specification import Definition
from derive.notation.reading.syntax import read
from derive.rulebook.loading import Rulebook
from derive.rulebook.measure import measure
from derive.rulebook.patterns import PatternParser
from derive.rulebook.rule import Rule
from derive.rulebook.tactics import Tactic
from derive.tables.distribution_table import StandardLaw, standard_laws

_TURNS = 2


@dataclass(frozen=True)
class Expectation:
    """How expected values of an observation are taken: rules, and the laws for the check."""

    model: Model
    rulebook: Rulebook
    moments: Rulebook
    standard: Rulebook | None
    pivot: Pivot | None
    identities: ScoreIdentities | None = None
    used: list[Moment] = field(default_factory=list)  # moments that followed from the identities
    law_name: str = ""

    @property
    def laws(self) -> tuple[Law, ...]:
        """The laws of the observation and of the standard variable."""
        return (self.model.law, *(() if self.pivot is None else (self.pivot.law,)))

    @property
    def law(self) -> str:
        """The name of the law of the standard variable."""
        return self.law_name or (self.model.entry.law if self.model.entry is not None else "")

    def run(self, work: Work) -> Work:
        """Takes every expected value of a line as far as the rules go."""
        with assuming(self.model.positive):
            best = self._linear(self._cases(work), self.moments)
            for _ in range(_TURNS):  # a factor before a case has to go first
                if _left(best.line):
                    best = self._linear(self._cases(best), self.moments)
            if _left(best.line):
                best = _better(best, self._finite(work))
            if _left(best.line) and self.standard is not None and self.pivot is not None:
                best = _better(best, self._standardised(work, self.standard, self.pivot))
            if _left(best.line):
                flat = self._linear(self._spread(work, self.model.observed[0]), self.moments)
                best = _better(best, flat)
                if _left(best.line) and self.identities is not None:
                    best = _better(best, self._by_identities(flat, self.identities))
            if best.steps:
                best.run("finish")
                if _left(best.line):
                    best = self._linear(best, self.moments)
                best.use(AS_FRACTION, {}, "expect")
            return best

    def _each(self, work: Work, tactic: Tactic, **parameters: Any) -> Work:
        """A step on every expected value of a line."""
        trial = work.copy(self.rulebook)
        for node in expected_values_of(trial.line):
            trial.use(tactic, parameters, "expect", at=node)
        return trial

    def _cases(self, work: Work) -> Work:
        """A value of the observation that is treated apart counts with its probability."""
        return self._each(work, VALUE_APART)

    def _linear(self, work: Work, rules: Rulebook) -> Work:
        """Linear rules and moments; what comes of them tidied."""
        trial = work.copy(rules)
        trial.stage("expect")
        return trial.copy(self.rulebook)

    def _spread(self, work: Work, variable: Expr) -> Work:
        """Everything multiplied out in the random variable."""
        return self._each(work, MULTIPLY_OUT, variable=variable)

    def _by_identities(self, work: Work, identities: ScoreIdentities) -> Work:
        """Moments that follow from an expected score of 0 put in."""
        moments = identities.moments(work.line)
        self.used.extend(m for m in moments if m not in self.used)
        own = {m.rule.name: m.rule for m in moments}
        return self._linear(work, Rulebook({**own, **_linear_rules(self.rulebook)}))

    def flat(self, node: Expr) -> Work:
        """An expected value as a sum of multiples of those of products of powers."""
        with assuming(self.model.positive):
            spread = self._spread(Work(node, self.rulebook), self.model.observed[0])
            return self._linear(spread, self.moments)

    def _finite(self, work: Work) -> Work:
        """A sum over the few values of a label or a binary observation."""
        y = self.model.observed[0]
        if isinstance(y, Tensor) or y.kind.domain not in ("label", "binary"):
            return work.copy(self.rulebook)
        return self._each(work, VALUES, variable=y, density=self.model.density).run("finish")

    def _standardised(self, work: Work, rules: Rulebook, pivot: Pivot) -> Work:
        """The observation in terms of a variable whose law is free of the parameters.

        Multiplied out first, which is quick; tidied first where that does not take all away.
        """
        best = work
        for strategy, spread_first in (("pivoted", True), ("standardised", False),
                                       ("standardised", True)):
            trial = self._each(work, CHANGE_OF_VARIABLE, observed=self.model.observed[0],
                               value=pivot.value, variable=pivot.leaf, law=self.law,
                               strategy=strategy)
            trial = self._linear(self._spread(trial, pivot.leaf) if spread_first else trial, rules)
            if pivot.even:  # the expected value of an odd function is 0
                trial = self._each(trial, ODD, variable=pivot.leaf, law=self.law)
            best = _better(best, trial)
            if not _left(best.line):
                break
        return best


def _better(first: Work, second: Work) -> Work:
    """The line with fewer expected values left; the shorter of two alike."""
    key = [(len(expected_values_of(w.line)), measure(w.line)) for w in (first, second)]
    return first if key[0] <= key[1] else second


def _left(line: Expr) -> bool:
    return bool(line.has(heads.Expect))


def _linear_rules(rulebook: Rulebook) -> dict[str, Rule]:
    return {r.name: r for r in rulebook.stage("expect").rules}


@exact
def expectation_of(model: Model, rulebook: Rulebook) -> Expectation:
    """The rules for the expected values of a model's observation."""
    y = model.observed[0]
    linear = _linear_rules(rulebook)
    texts = model.entry.moments if model.entry is not None else ()
    source = model.entry.source if model.entry is not None else ""
    own = _moment_rules(texts, y, model, source)
    pivot = pivot_of(model)
    standard = None
    if pivot is not None and model.entry is not None:
        law = standard_laws()[model.entry.law]
        made = _moment_rules(law.moments, pivot.leaf, model, law.source)
        standard = Rulebook({**made, **linear})
    return Expectation(model, rulebook, Rulebook({**own, **linear}), standard, pivot)


def rules_of_law(law: StandardLaw, leaf: Expr, values: Iterable[tuple[Expr, Expr]],
                 rulebook: Rulebook) -> Rulebook:
    """The moments of a standard law as rules, with values for the names in it."""
    scope, there = Scope(), dict(values)
    (own,) = scope.declare(law.variable)
    scope.names |= {n.name: n for n in there if isinstance(n, Variable)}
    there[own] = leaf
    rules = _rules_of(law.moments, own, tuple(scope.names.items()), (), (), law.source)
    put_in = {name: _with_values(rule, there) for name, rule in rules.items()}
    return Rulebook({**put_in, **_linear_rules(rulebook)})


def _with_values(rule: Rule, there: dict[Expr, Expr]) -> Rule:
    left, right = (substitute(side, there) for side in rule.sides or ())
    equation = f"E[{pretty(left.args[0])}] = {pretty(right)}"
    return replace(rule, sides=(left, right), says=f"A known expected value: {equation}.",
                   margin=equation)


def _moment_rules(texts: Iterable[str], leaf: Expr, model: Model, source: str) -> dict[str, Rule]:
    """A rule for each known expected value, `y = theta`."""
    names = {**model.scope.names, **{d.name: d.symbol for d in model.definitions}, leaf.name: leaf}
    return _rules_of(tuple(texts), leaf, tuple(names.items()), tuple(model.scope.dims.items()),
                     model.definitions, source)


@lru_cache(maxsize=500)
def _rules_of(texts: tuple[str, ...], leaf: Expr, names: tuple[tuple[str, Named], ...],
              dims: tuple[tuple[str, Dim], ...], definitions: tuple[Definition, ...], source: str,
              ) -> dict[str, Rule]:
    scope = Scope(dict(names), dict(dims))
    rules = {}
    for number, text in enumerate(texts):
        left, right = (unfolded(_pattern(side, scope), definitions)
                       for side in text.split(" = ", 1))
        name = f"moment-{number}"
        rules[name] = Rule(
            name=name, says=f"A known expected value: E[{pretty(left)}] = {pretty(right)}.",
            from_="", to="", sides=(heads.Expect(left, leaf), right), stage="expect",
            margin=f"E[{pretty(left)}] = {pretty(right)}", source=source)
    return rules


def _pattern(text: str, scope: Scope) -> Expr:
    return PatternParser(text.strip(), scope).value(read(text.strip()))


def constant(node: Expr, model: Model) -> bool:
    """Whether a formula does not depend on the observation."""
    return not any(depends(node, y) for y in model.observed)

