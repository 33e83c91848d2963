"""Runs a strategy (an ordered list of stages, from `rules/strategies.toml`) over a line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

from sympy import Expr

from derive.core.indexing import size, unreal
from derive.derivation import Derivation, Step
from derive.errors import DataFileError, NotDifferentiableError, UnknownNameError
from derive.limits import decided
from derive.resources import check_entry, read_table, rules_folder
from derive.rulebook import rewriting
from derive.rulebook.algebra import MOST_LENGTH
from derive.rulebook.loading import Rulebook, RuleSet
from derive.rulebook.measure import measure
from derive.rulebook.rule import Match, Rule
from derive.rulebook.tactics import Parameters, Setting, Tactic

MOST_TURNS = 12
_LEAST_TRIAL, _GROWTH = 1000, 12  # up to so many nodes, or times as many, a line may be tried


@dataclass(frozen=True)
class Strategy:
    """Stages in order; from `again` on they are repeated until nothing changes."""

    stages: tuple[str, ...]
    again: str

    @property
    def once(self) -> tuple[str, ...]:
        """The stages that are gone through once."""
        return self.stages[: self.stages.index(self.again)]

    @property
    def repeated(self) -> tuple[str, ...]:
        """The stages that are gone through until nothing changes."""
        return self.stages[self.stages.index(self.again):]


@cache
def strategies() -> Mapping[str, Strategy]:
    """The strategies of `rules/strategies.toml`. Raises DataFileError."""
    path = rules_folder() / "strategies.toml"
    table = {}
    for name, entry in read_table(path).items():
        check_entry(path, name, entry, {"says": str, "stages": list, "again": str},
                    ("stages", "again"))
        if entry["again"] not in entry["stages"]:
            raise DataFileError(f"{path}: entry [{name}]: key 'again' is none of its stages")
        table[name] = Strategy(tuple(entry["stages"]), entry["again"])
    return table


@dataclass
class Work:
    """A line under work, and the steps so far."""

    line: Expr
    rulebook: Rulebook
    steps: list[Step] = field(default_factory=list)
    round: int = 0
    start: Expr | None = None  # the first line; that under work where none is given
    settled: set[tuple[str, Expr]] = field(default_factory=set)  # (stage, line) left unchanged

    def __post_init__(self) -> None:
        if self.start is None:
            self.start = self.line

    @classmethod
    def onward(cls, derivation: Derivation, rulebook: Rulebook, round: int | None = None) -> Work:
        """The result of a derivation under work again, in rounds after its last or after `round`.
        """
        steps = derivation.steps
        last = (steps[-1].round if steps else 0) if round is None else round
        return cls(derivation.result, rulebook, list(steps), last, derivation.start)

    def copy(self, rulebook: Rulebook | None = None) -> Work:
        """The same line and steps, to be tried further, by other rules where some are given."""
        return Work(self.line, rulebook or self.rulebook, list(self.steps), self.round, self.start)

    def derivation(self, title: str, goal: str, quantity: Expr, given: tuple[str, ...] = (),
                   **others: Any) -> Derivation:
        """What was done as a derivation; `others` are its further fields."""
        return Derivation(**{"title": title, "goal": goal, "given": given, "quantity": quantity,
                             "start": self.start, "original": self.start,
                             "steps": tuple(self.steps), **others})

    def run(self, name: str) -> Work:
        """Goes through a strategy.

        Raises UnknownNameError for a name that is none, LengthError for a line that is too long.
        """
        rewriting.check_length(self.line)
        strategy = strategies().get(name)
        if strategy is None:
            raise UnknownNameError(f"there is no strategy {name!r}")
        for stage in strategy.once:
            self.stage(stage)
        for _ in range(MOST_TURNS):
            before = self.line
            for stage in strategy.repeated:
                self.stage(stage)
            if self.line == before:
                break
        return self

    def stage(self, name: str) -> None:
        """One stage: its rules until none applies, then its tactics, then what it may attempt."""
        if (name, self.line) in self.settled:
            return
        rules = self.rulebook.stage(name)
        for _ in range(MOST_TURNS if rules.tactics else 1):
            before = self.line
            self._patterns(rules, name)
            self._tactics(rules, name)
            if self.line == before:
                break
        before = self.line
        for rule in rules.attempts:
            if rule.key in rewriting.keys(self.line):
                self._attempt(rule, rules, name)
        if self.line == before:
            self.settled.add((name, self.line))

    def use(self, tactic: Tactic, parameters: Parameters, stage: str,
            parts: tuple[Derivation, ...] = (), at: Expr | None = None) -> bool:
        """One step by a tactic with parameters, on the line or a part of it; whether it applied."""
        before = self.line if at is None else at
        setting = Setting(parameters, self.rulebook, parts)
        after = tactic.apply(before, setting)
        line = rewriting.replace(self.line, before, after)
        if line == self.line:
            return False
        owed = rewriting.owed(self.line, before, tactic.owes(before, after, setting))
        self.round += 1
        self._record(Match(tactic.rule(setting), before, after, {"e": before}, owed, parameters),
                     line, stage, parts)
        return True

    def layer(self, rewrites: Sequence[tuple[Match, tuple[Derivation, ...]]], stage: str) -> None:
        """Rewrites that were found beforehand, as one round."""
        self.round += 1
        for match, substeps in rewrites:
            owed = rewriting.owed(self.line, match.before, match.obligations)
            line = rewriting.replace(self.line, match.before, match.after)
            self._record(replace(match, obligations=owed), line, stage, substeps)

    def name(self, rule: Rule) -> None:
        """One rule by itself, wherever it applies."""
        self._patterns(RuleSet((rule,)), "name")

    def once(self, stage: str) -> None:
        """One round of a stage: every rule where it applies now, not to what comes of it."""
        self.round += 1
        for match, line in rewriting.wave(self.line, self.rulebook.stage(stage)):
            self._record(match, line, stage)

    def _record(self, match: Match, line: Expr, stage: str,
                substeps: tuple[Derivation, ...] = ()) -> None:
        if unreal(line):
            raise NotDifferentiableError(
                f"the rule {match.rule.name} leads to what has no real value, such as a division "
                "by zero or a logarithm of 0: the formula has a value nowhere, or at an edge alone")
        self.line = line
        self.steps.append(Step(_plain(match.rule, self.rulebook), match.before, match.after,
                               match.bindings, match.parameters, match.obligations, line, stage,
                               self.round, substeps))
        decided(f"step {len(self.steps)} of a derivation was reached")

    def _patterns(self, rules: RuleSet, stage: str, most: int = rewriting.MOST_NODES) -> None:
        watch = rewriting.Watch(self.line, most)
        while rewrites := rewriting.wave(self.line, rules):
            self.round += 1
            for match, line in rewrites:
                self._record(match, line, stage)
            if rules.quiet.rules:
                self._quiet(rules.quiet, stage)
            watch.after(self.line, rewrites)

    def _quiet(self, rules: RuleSet, stage: str) -> None:
        """What goes without saying is done in the same round."""
        for rewrites in rewriting.exhaust(self.line, rules):
            for match, line in rewrites:
                self._record(match, line, stage)

    def _tactics(self, rules: RuleSet, stage: str) -> None:
        started = False
        for _ in range(rewriting.MOST_WAVES):
            matches = rewriting.apply_tactics(self.line, rules) if rules.tactics else []
            changed = False
            for match in matches:
                line = rewriting.replace(self.line, match.before, match.after)
                if line != self.line:
                    if not started and not (match.rule.quiet and self.steps):
                        self.round += 1
                        started = True
                    self._record(match, line, stage)
                    changed = True
            if not changed:
                return

    def _attempt(self, rule: Rule, rules: RuleSet, stage: str) -> None:
        """Uses the rule everywhere, tidies, and keeps it all only if the line is shorter."""
        if measure(self.line) > MOST_LENGTH:
            return
        trial = self.copy()
        try:
            trial._patterns(rules.alone(rule), stage, max(_LEAST_TRIAL, _GROWTH * size(self.line)))
        except rewriting.LengthError:
            return  # what has grown that much comes out no shorter
        if trial.line == self.line:
            return
        trial._patterns(self.rulebook.stage("sift"), stage)
        trial._tactics(rules, stage)
        if measure(trial.line) < measure(self.line):
            self.line, self.steps, self.round = trial.line, trial.steps, trial.round


def _plain(rule: Rule, rulebook: Rulebook) -> Rule:
    """The rule as it stands in the rulebook, where only its manner of use differs."""
    known = rulebook.stage(rule.stage).by_name.get(rule.name)
    alike = known is not None and (known.attempt or known.method) and replace(
        known, attempt=rule.attempt, method=rule.method) == rule
    return known if alike and known is not None else rule
