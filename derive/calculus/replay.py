"""Every line of a derivation computed anew, from rules, bindings and parameters alone."""

from __future__ import annotations

from contextvars import Context
from dataclasses import dataclass

from sympy import Expr

from derive.calculus.tactic_table import TABLE
from derive.core.indexing import exact
from derive.core.walk import around
from derive.derivation import Derivation, Step
from derive.errors import ReplayError
from derive.functions.decisions import assuming
from derive.notation.printing.plain import plain
from derive.rulebook import rewriting
from derive.rulebook.loading import Rulebook, joined_with_standard
from derive.rulebook.rule import Match
from derive.rulebook.tactics import TACTICS, Setting

# What a function raises that is given bindings or parameters of the wrong form; a stored
# derivation may hold any.
_NO_SENSE = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)


@dataclass(frozen=True)
class Replay:
    """How many steps were replayed, and the names of those that only restate their answer."""

    steps: int
    restated: tuple[str, ...]


@exact
def replay(derivation: Derivation) -> Replay:
    """Recomputes every line of a derivation and of its parts.

    Raises ReplayError, with the number of the step and the part, at the first that does not
    follow.
    """
    rulebook = joined_with_standard(derivation.rules)
    count, restated = 0, []
    for part in (*derivation.all_parts(), derivation):
        where = "" if part is derivation else f" of the part {heading(part)}"
        with assuming(part.assumptions):
            expected = _Replayed(part, rulebook, where)
            expected.run()
        count += len(part.steps)
        restated += [s.rule.name for s in part.steps if s.restated]
    return Replay(count, tuple(restated))


def heading(part: Derivation) -> str:
    """The words by which a part of a derivation is named."""
    return repr(part.title or plain(part.quantity))


class _Replayed:
    """The steps of one derivation, one after the other."""

    def __init__(self, derivation: Derivation, rulebook: Rulebook, where: str) -> None:
        self.derivation, self.rulebook, self.where = derivation, rulebook, where

    def run(self) -> None:
        line = self.derivation.start
        for number, step in enumerate(self.derivation.steps, 1):
            name = f"step {number} ({step.rule.name}){self.where}"
            before, after, open_ = self._recomputed(step, name)
            if (before, after) != (step.before, step.after):
                raise ReplayError(f"{name} is not an instance of its rule")
            self._check_owed(step, line, open_, name)
            line = rewriting.replace(line, before, after)
            if line != step.line:
                raise ReplayError(f"{name} does not give its line")

    def _recomputed(self, step: Step, name: str) -> tuple[Expr, Expr, tuple[Expr, ...]]:
        """Both sides of a step and its open conditions, made anew."""
        rule = step.rule
        if rule.tactic in TACTICS:
            if step.parameters or dict(step.bindings) != {"e": step.before}:
                raise ReplayError(f"{name} takes its expression alone")
            return step.before, TACTICS[rule.tactic](step.before), ()
        if rule.tactic:
            return self._by_tactic(step, name)
        if step.parameters:
            raise ReplayError(f"{name} takes no parameters")
        try:
            before, after = rule.instance(step.bindings)
            open_ = rule.open_conditions(step.bindings)
        except _NO_SENSE as error:
            raise ReplayError(f"{name} has bindings that do not fit its rule") from error
        if open_ is None:
            raise ReplayError(f"{name} does not meet the conditions of its rule")
        if rule.repeat:
            match = Match(rule, before, after, step.bindings)
            after = rewriting.closed_under_repeat(match, around(before)).after
        return before, after, open_

    def _by_tactic(self, step: Step, name: str) -> tuple[Expr, Expr, tuple[Expr, ...]]:
        tactic = TABLE.get(step.rule.tactic)
        if tactic is None:
            raise ReplayError(f"{name} names a tactic that does not exist")
        setting = Setting(step.parameters, self.rulebook, step.substeps)
        if dict(step.bindings) != {"e": step.before}:
            raise ReplayError(f"{name} takes its expression alone")
        if tactic.rule(setting) != step.rule:
            raise ReplayError(f"{name} is not the rule that its parameters make")
        if not _rests_on_parts(step, self.derivation):
            raise ReplayError(f"{name} puts in what no part derives")
        try:
            after = tactic.apply(step.before, setting)
            return step.before, after, tactic.owes(step.before, after, setting)
        except _NO_SENSE as error:
            raise ReplayError(f"{name} cannot be carried out with its parameters: "
                              f"{type(error).__name__}") from error

    def _check_owed(self, step: Step, line: Expr, open_: tuple[Expr, ...], name: str) -> None:
        """Raises ReplayError unless the step owes just what its rule leaves open."""
        owed = rewriting.owed(line, step.before, open_)
        missing = [o for o in owed if o not in step.obligations]
        if missing:
            raise ReplayError(f"{name} leaves out the obligation {plain(missing[0])}")
        beyond = [o for o in step.obligations if o not in owed]
        if beyond:
            known = Context().run(self._owed_without_assumptions, step, line, name)
            if any(o not in known for o in beyond):
                raise ReplayError(f"{name} owes {plain(beyond[0])}, which its rule does not ask")

    def _owed_without_assumptions(self, step: Step, line: Expr, name: str) -> tuple[Expr, ...]:
        """What a step may owe where it was made before the conditions were assumed."""
        return rewriting.owed(line, step.before, self._recomputed(step, name)[2])


def _rests_on_parts(step: Step, derivation: Derivation) -> bool:
    """Whether a derived quantity that a step puts in is that of one of the parts."""
    stated = {n: v for n, v in step.parameters.items()
              if n in ("quantity", "result", "indices", "field")}
    return "quantity" not in stated or any(
        all(getattr(part, n) == v for n, v in stated.items())
        for part in (*step.substeps, *derivation.parts))
