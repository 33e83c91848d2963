"""Expected values by rules: linear, known moments, a variable whose law has no parameters."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sympy import Add, Integer, Mul, Pow, preorder_traversal

from derive.calculus.likelihood.model import Model, pivot_of
from derive.calculus.problem import unfolded
from derive.calculus.strategy import Work
from derive.core import heads
from derive.core.atoms import Tensor
from derive.core.indexing import depends, exact
from derive.core.walk import fresh_index, mapped, substitute
from derive.distribution_table import standard_laws
from derive.errors import DeriveError
from derive.functions.decide import assuming, decide
from derive.notation.pretty import pretty
from derive.notation.scope import Scope
from derive.notation.source import read
from derive.rulebook.algebra import multiplied_out, over_common_denominator
from derive.rulebook.equations import spread
from derive.rulebook.loading import Rulebook
from derive.rulebook.measure import measure
from derive.rulebook.patterns import PatternParser
from derive.rulebook.rewriting import replace as replaced
from derive.rulebook.rule import Rule

_TURNS = 2


@dataclass(frozen=True)
class Expectation:
    """How expected values of an observation are taken: rules, and the laws for the check."""

    model: Model
    rulebook: Rulebook
    moments: Rulebook
    standard: Rulebook | None
    pivot: Any

    @property
    def laws(self) -> dict[Any, Any]:
        """The laws of the observation and of the standard variable."""
        found = {self.model.observed[0]: self.model.law}
        if self.pivot is not None:
            found[self.pivot[0]] = self.pivot[2]
        return found

    def run(self, work: Work) -> Work:
        """Takes every expected value of a line as far as the rules go."""
        with assuming(self.model.positive):
            best = self._linear(self._cases(work), self.moments)
            for _ in range(_TURNS):  # a factor before a case has to go first
                if _left(best.line):
                    best = self._linear(self._cases(best), self.moments)
            if _left(best.line):
                best = _better(best, self._finite(work))
            if _left(best.line) and self.standard is not None:
                best = _better(best, self._standardised(work))
            if _left(best.line):
                flat = self._spread(work, self.model.observed[0])
                best = _better(best, self._linear(flat, self.moments))
            if best.steps:
                best.run("finish")
                if _left(best.line):
                    best = self._linear(best, self.moments)
                _as_fraction(best)
            return best

    def _cases(self, work: Work) -> Work:
        """A value of the observation that is treated apart counts with its probability."""
        trial = _copy(work, self.rulebook)
        y = self.model.observed[0]
        for node in _expected(trial.line):
            body = node.args[0]
            if not (isinstance(body, heads.Cond) and isinstance(body.args[0], heads.Equal)
                    and y in body.args[0].args) or isinstance(y, Tensor):
                continue
            (value,) = (a for a in body.args[0].args if a != y)
            yes, no = body.args[1:]
            gap = Add(*(Mul(sign, substitute(one, {y: value}))
                        for sign, one in ((1, yes), (-1, no))))
            one = heads.Cond(body.args[0], Integer(1), Integer(0))
            if body != one:
                after = Add(Mul(gap, heads.Expect(one, y)), heads.Expect(no, y))
                _record(trial, node, after, "one value apart",
                        "A value that is treated apart counts with its probability.")
        return trial

    def _linear(self, work: Work, rules: Rulebook) -> Work:
        """Linear rules and moments; what comes of them tidied."""
        trial = _copy(work, rules)
        trial.stage("expect")
        return _copy(trial, self.rulebook)

    def _spread(self, work: Work, variable: Any) -> Work:
        """Everything multiplied out in the random variable."""
        trial = _copy(work, self.rulebook)
        for node in _expected(trial.line):
            flat = Work(spread(node.args[0], variable), self.rulebook)
            if any(map(_joins, flat.line.atoms(Mul))):
                flat.stage("fold")
            _record(trial, node, heads.Expect(flat.line, variable), "multiply out",
                    "Products are multiplied out.")
        return trial

    def _finite(self, work: Work) -> Work:
        """A sum over the few values of a label or a binary observation."""
        y = self.model.observed[0]
        trial = _copy(work, self.rulebook)
        if isinstance(y, Tensor) or y.kind.domain not in ("label", "binary"):
            return trial
        for node in _expected(trial.line):
            body = Mul(self.model.density, node.args[0])
            if y.kind.domain == "binary":
                total: Any = Add(*(settled(substitute(body, {y: Integer(v)})) for v in (0, 1)))
            else:
                index = fresh_index(y.kind.over, body)
                total = heads.Sum.over(substitute(body, {y: index}), index)
            _record(trial, node, total, "values times probabilities",
                    "The expected value is the sum of all values times their probabilities.")
        return trial.run("finish")

    def _standardised(self, work: Work) -> Work:
        """The observation in terms of a variable whose law is free of the parameters.

        Multiplied out first, which is quick; tidied first where that does not find all.
        """
        leaf, _, _, even = self.pivot
        best = work
        for strategy, spread_first in (("pivoted", True), ("standardised", False),
                                       ("standardised", True)):
            trial = self._pivoted(work, strategy)
            trial = self._linear(self._spread(trial, leaf) if spread_first else trial,
                                 self.standard or self.moments)
            best = _better(best, self._without_odd(trial, leaf) if even else trial)
            if not _left(best.line):
                break
        return best

    def _pivoted(self, work: Work, strategy: str) -> Work:
        """The change of variable as one step."""
        leaf, value, _, _ = self.pivot
        trial = _copy(work, self.rulebook)
        y = self.model.observed[0]
        law = standard_laws()[self.model.entry.law] if self.model.entry else None
        says = f"{pretty(y)} = {pretty(value)}, where {law.says if law else ''}."
        for node in _expected(trial.line):
            body = substitute(node.args[0], {y: value})
            tidy = Work(body, self.rulebook).run(strategy).line
            _record(trial, node, heads.Expect(tidy, leaf), f"{pretty(y)} = {pretty(value)}", says)
        return trial

    def _without_odd(self, work: Work, leaf: Any) -> Work:
        """The expected value of an odd function is 0 where the law is symmetric about 0."""
        for node in _expected(work.line):
            mirrored = substitute(node.args[0], {leaf: Mul(-1, leaf)})
            try:
                gap = Work(Add(node.args[0], mirrored), self.rulebook).run("finish").line
            except DeriveError:
                continue
            if gap == 0:
                _record(work, node, Integer(0), "odd function, symmetric law",
                        "The expected value of an odd function is 0 under a law that is symmetric "
                        "about 0.")
        return work


def settled(node: Any) -> Any:
    """A formula without the cases whose conditions are decided."""
    if isinstance(node, heads.Cond):
        answer = decide(node.args[0])
        if answer is not None:
            return settled(node.args[1 if answer else 2])
    return node if isinstance(node, heads.Lam) else mapped(node, settled)


def _as_fraction(work: Work) -> None:
    """1/a + 1/b as (a + b) / (a b), where that is not clearly longer."""
    fraction = over_common_denominator(multiplied_out(work.line))
    if fraction != work.line and measure(fraction) <= measure(work.line) + 1:
        _record(work, work.line, fraction, "one fraction", "The terms as one fraction.")


def _joins(product: Any) -> bool:
    """Whether exponentials stand beside each other, or beside a sigmoid, which then join."""
    names = [f.args[0].name if isinstance(f, Pow) and isinstance(f.args[0], heads.Apply) else f.name
             for f in product.args if isinstance(f, heads.Apply) or (
                 isinstance(f, Pow) and isinstance(f.args[0], heads.Apply))]
    return names.count("exp") > 1 or {"exp", "sigmoid"} <= set(names)


def _copy(work: Work, rulebook: Rulebook) -> Work:
    return Work(work.line, rulebook, list(work.steps), work.round)


def _better(first: Work, second: Work) -> Work:
    """The line with fewer expected values left; the shorter of two alike."""
    key = [(len(_expected(w.line)), measure(w.line)) for w in (first, second)]
    return first if key[0] <= key[1] else second


def _left(line: Any) -> bool:
    return bool(line.has(heads.Expect))


def _expected(line: Any) -> list[Any]:
    """The expected values of a line, each once, from the left."""
    return list(dict.fromkeys(n for n in preorder_traversal(line) if isinstance(n, heads.Expect)))


def _record(work: Work, before: Any, after: Any, margin: str, says: str) -> None:
    """One step by hand: an expected value, and what it is."""
    if before == after:
        return
    work.become(replaced(work.line, before, after), margin.replace(" ", "-")[:40], says, margin,
                "Expected values", "expect")


@exact
def expectation_of(model: Model, rulebook: Rulebook) -> Expectation:
    """The rules for the expected values of a model's observation."""
    y = model.observed[0]
    linear = {r.name: r for r in rulebook.stage("expect").rules}
    texts = model.entry.moments if model.entry is not None else ()
    source = model.entry.source if model.entry is not None else ""
    own = _moment_rules(texts, y, model, source)
    pivot = pivot_of(model)
    standard = None
    if pivot is not None and model.entry is not None:
        law = standard_laws()[model.entry.law]
        made = _moment_rules(law.moments, pivot[0], model, law.source)
        standard = Rulebook({**made, **linear})
    return Expectation(model, rulebook, Rulebook({**own, **linear}), standard, pivot)


def _moment_rules(texts: Iterable[str], leaf: Any, model: Model, source: str) -> dict[str, Rule]:
    """A rule for each known expected value, `y = theta`."""
    names = {**model.scope.names, **{d.name: d.symbol for d in model.definitions}, leaf.name: leaf}
    return _rules_of(tuple(texts), leaf, tuple(names.items()), tuple(model.scope.dims.items()),
                     model.definitions, source)


@lru_cache(maxsize=500)
def _rules_of(texts: tuple[str, ...], leaf: Any, names: tuple[tuple[str, Any], ...],
              dims: tuple[tuple[str, Any], ...], definitions: tuple[Any, ...], source: str,
              ) -> dict[str, Rule]:
    scope = Scope(dict(names), dict(dims))
    found = {}
    for number, text in enumerate(texts):
        left, right = (unfolded(_pattern(side, scope), definitions)
                       for side in text.split(" = ", 1))
        name = f"moment-{number}"
        found[name] = Rule(
            name=name, says=f"A known expected value: E[{pretty(left)}] = {pretty(right)}.",
            from_="", to="", sides=(heads.Expect(left, leaf), right), stage="expect",
            margin=f"E[{pretty(left)}] = {pretty(right)}", source=source)
    return found


def _pattern(text: str, scope: Scope) -> Any:
    return PatternParser(text.strip(), scope).value(read(text.strip()))


def constant(node: Any, model: Model) -> bool:
    """Whether a formula does not depend on the observation."""
    return not any(depends(node, y) for y in model.observed)

