"""A stored derivation, judged: its texts, its rules, every step, every line, and its question."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from inspect import signature
from typing import Any

from derive.argument_kinds import Argument
from derive.calculus.cost.potential import cost, matching_loss
from derive.calculus.gradient.gradient import grad, hessian, jacobian
from derive.calculus.gradient.named_loss import naming
from derive.calculus.likelihood.densities.density_to_loss import nll
from derive.calculus.likelihood.densities.score_function import score
from derive.calculus.likelihood.estimates.maximum_likelihood import mle
from derive.calculus.likelihood.information.fisher_information import fisher
from derive.calculus.likelihood.noise.assumed_noise import noise
from derive.calculus.recurrence.back_propagation import bptt
from derive.calculus.replay import Replay, heading, replay
from derive.calculus.tactic_table import TABLE
from derive.core import heads
from derive.core.atoms import FunctionName
from derive.core.indexing import exact, leaves
from derive.derivation import Derivation
from derive.errors import DeriveError, ReplayError, StoredError, VerificationError
from derive.functions.function_records import standard_functions, unknown_functions
from derive.given_files import content_of
from derive.judge.claims.derivation_claims import own_functions
from derive.judge.rules.rule_trials import check_rule
from derive.notation.printing.plain import plain
from derive.notation.printing.pretty import pretty
from derive.premises import Asked
from derive.public_arguments import public
from derive.reporting import report
from derive.rulebook.function_rules import rules_of, unfolding_rules, unknown_rules
from derive.rulebook.loading import joined_with_standard, standard_rulebook
from derive.rulebook.rule import Rule
from derive.rulebook.tactics import TACTICS
from derive.short_reprs import Brief
from derive.storing.stored_records import MOST_TEXT

_QUESTIONS: Mapping[str, Callable[..., Derivation]] = {f.__name__: f for f in (
    grad, jacobian, hessian, cost, matching_loss, nll, score, mle, fisher, noise, bptt)}
_MOST = 1000  # of layers and the like
_FILES = (".txt", ".csv", ".toml", ".loss")
# What the question alone decides; steps may be others, and are replayed and judged.
_POSED = ("typed", "goal", "given", "quantity", "original", "indices", "assumptions", "definitions",
          "modulo", "formal", "recurrence", "laws", "field", "estimates", "title", "note",
          "remarks", "source", "domain")


@dataclass(frozen=True)
class Audit(Brief, by=("summary",)):
    """A derivation that was read from data and found right; how, and what was not looked at."""

    derivation: Derivation
    replayed: Replay
    asked_again: bool

    @property
    def summary(self) -> str:
        """One line."""
        remarks = [f"{self.derivation.verification.label}: {self.replayed.steps} steps replayed",
                   self.derivation.verification.summary]
        if self.replayed.restated:
            names = ", ".join(dict.fromkeys(self.replayed.restated))
            remarks.append(f"{len(self.replayed.restated)} of the steps restate their answer and "
                           f"are judged by numbers alone ({names})")
        remarks.append("the question asked again is the same" if self.asked_again
                       else "the question is not on record, so it was not asked again")
        return "; ".join(remarks)


@exact
def audit(given: str | Mapping[str, Any]) -> Audit:
    """Reads a derivation from JSON and judges all of it.

    Raises StoredError for what is no derivation, ReplayError for a step that does not follow,
    VerificationError for a line that is wrong: each with one line that names the step.
    """
    with _no_surprises():
        derivation = Derivation.from_json(given)
        report("testing the rules")
        check_rules(derivation)
        report("replaying")
        replayed = replay(derivation)
        judged = _judged(derivation)
        report("asking again")
        asked = _asked_again(derivation)
    return Audit(judged, replayed, asked)


@public(stored=Argument("the path of a stored derivation, its JSON, or a derivation", lambda value:
                        isinstance(value, (str, os.PathLike, Mapping, Derivation))))
def verify(stored: str | os.PathLike[str] | Mapping[str, object] | Derivation) -> Audit:
    """Replays and judges a stored derivation: a file, the JSON of `to_json`, or a derivation.

    Every step is computed anew from its rule and parameters, every line is judged by numbers, the
    question is asked again, and every text is compared with its formula. `summary` of the answer
    is one line, `derivation` is what was read. Raises StoredError, ReplayError and
    VerificationError, which name the step.

    >>> derive.verify(derive.grad("z**2")).asked_again
    True
    """
    if isinstance(stored, Derivation):
        return audit(stored.to_json())
    if isinstance(stored, Mapping) or (isinstance(stored, str) and stored.lstrip()[:1] == "{"):
        return audit(stored)
    try:
        text = content_of(stored, MOST_TEXT).decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
        raise StoredError(f"{stored}: it cannot be read: {reason}") from None
    return audit(text)


@contextmanager
def _no_surprises() -> Iterator[None]:
    """Data that pass every check of form and yet make no sense to some function are refused.

    This is the border to the outside: what lies beyond it is written by anybody.
    """
    try:
        yield
    except (ArithmeticError, AssertionError, AttributeError, IndexError, LookupError,
            RecursionError, TypeError, ValueError) as error:
        raise StoredError("these data have the form of a derivation, but make no sense: "
                          f"{type(error).__name__}: {str(error)[:120]}") from error


# Rules


def check_rules(derivation: Derivation) -> None:
    """Raises an error for a rule that is neither standard, nor made from what is declared.

    A user's own rules travel with the derivation and are tested as those of a file are.
    """
    derivations = (*derivation.all_parts(), derivation)
    functions = own_functions(derivation)
    made = {r.name: r for r in (*_of_functions(derivations), *rules_of(functions),
                                *unfolding_rules(functions))}
    for rule in derivation.rules:
        if made.get(rule.name) == rule:
            continue
        if rule.sides is not None or (rule.tactic and rule.tactic not in TACTICS):
            raise StoredError(f"the rule {rule.name!r} is not written as a rule of a file")
        check_rule(rule)
    own = {r.name: r for r in (*derivation.rules, *made.values())}
    for part in derivations:
        where = "" if part is derivation else f" of the part {heading(part)}"
        for number, step in enumerate(part.steps, 1):
            spoofed = step.restated and step.rule.name in standard_rulebook().rules
            if spoofed or (step.rule.tactic not in TABLE
                           and not _is_known(step.rule, own, part)):
                raise ReplayError(f"step {number} ({step.rule.name}){where} uses a rule that is "
                                  "none of the standard ones, and not made from a definition")


def _is_known(rule: Rule, own: Mapping[str, Rule], part: Derivation) -> bool:
    if rule in (standard_rulebook().rules.get(rule.name), own.get(rule.name)):
        return True
    if rule.sides is None:
        return False
    places = [heads.Element(d.symbol, *part.indices) if d.indices else d.symbol
              for d in part.definitions if len(d.indices) in (0, len(part.indices))]
    names = [naming(d) for d in part.definitions]
    names += [naming(d, p) for d in part.definitions for p in places
              if (p.tensor if isinstance(p, heads.Element) else p) == d.symbol]
    return rule in names or _is_moment(rule, part)


def _is_moment(rule: Rule, part: Derivation) -> bool:
    """Whether a rule is a known expected value; the lines that use it are judged by quadrature."""
    assert rule.sides is not None
    left, right = rule.sides
    if not isinstance(left, heads.Expect) or not part.laws:
        return False
    equation = f"E[{pretty(left.args[0])}] = {pretty(right)}"
    return rule.name.startswith("moment-") and rule.margin == equation and \
        rule.says == f"A known expected value: {equation}."


def _of_functions(derivations: tuple[Derivation, ...]) -> Iterator[Rule]:
    """The chain rule of each function of which nothing is known."""
    names = {leaf.detail[0] for part in derivations for node in (part.start, *(
        s.line for s in part.steps)) for leaf in leaves(node)
        if isinstance(leaf, FunctionName) and leaf.unknown is not None}
    for name in sorted(names):
        yield from unknown_rules(unknown_functions(name).values())


# Lines


def _judged(derivation: Derivation) -> Derivation:
    """The derivation with a certificate of its own. Raises VerificationError, naming the step."""
    stored = derivation.verification
    try:
        judged = derivation.verify()
    except VerificationError as error:
        place = _place(derivation, str(error))
        raise VerificationError(f"{place}{error.first_line}") from None
    if stored is not None and stored.lines != judged.verification.lines:
        raise VerificationError(f"the certificate speaks of {stored.lines} lines, there are "
                                f"{judged.verification.lines}")
    return replace(judged, proof=None)  # a record of a proof is no proof


def _place(derivation: Derivation, message: str) -> str:
    """The step whose line a message of the judge is about."""
    first = message.splitlines()[0]
    for part in (*derivation.all_parts(), derivation):
        where = "" if part is derivation else f" of the part {heading(part)}"
        for number, step in enumerate(part.steps, 1):
            if first.endswith(f": {plain(step.line)}"):
                return f"step {number} ({step.rule.name}){where}: "
        if first.endswith(f": {plain(part.start)}"):
            return f"the first line{where}: "
    return ""


# The question


def _asked_again(derivation: Derivation) -> bool:
    """Asks the question anew and compares what it alone decides. Raises StoredError."""
    asked = derivation.asked
    if asked is None or any(map(_names_a_file, (asked.target, *(v for _, v in asked.options)))):
        return False
    again = _answer(asked, derivation)
    _compare(again, derivation, "")
    return True


def _names_a_file(value: Any) -> bool:
    return isinstance(value, str) and "\n" not in value and value.strip().endswith(_FILES)


def _answer(asked: Asked, derivation: Derivation) -> Derivation:
    if asked.function not in _QUESTIONS:
        raise StoredError(f"{asked.function[:40]!r} is no question of this program")
    function = _QUESTIONS[asked.function]
    known, options = signature(function).parameters, dict(asked.options)
    if any(type(v) is int and abs(v) > _MOST for v in options.values()):
        raise StoredError(f"no option is a number beyond {_MOST}")
    if not set(options) <= set(known) - {"rules", "functions", "given", "seconds"}:
        raise StoredError(f"{asked.function} has no option {', '.join(sorted(options))[:60]}")
    if "given" in known:
        options["given"] = asked.given
    if asked.functions:
        options["functions"] = {**standard_functions(), **{f.name: f for f in asked.functions}}
    if derivation.rules:
        options["rules"] = joined_with_standard(derivation.rules)
    try:
        answer: Derivation = function(asked.target, **options)
    except DeriveError as error:
        raise StoredError("the question that is on record has no answer: "
                          f"{error.first_line}") from None
    return answer


def _compare(again: Derivation, stored: Derivation, where: str) -> None:
    for name in _POSED:
        if getattr(again, name) != getattr(stored, name):
            raise StoredError(f"{name!r}{where} is not what the question gives")
    for group in ("parts", "others", "checks"):
        pairs = getattr(again, group), getattr(stored, group)
        if len(pairs[0]) != len(pairs[1]):
            raise StoredError(f"{group!r}{where}: the question gives {len(pairs[0])}, here are "
                              f"{len(pairs[1])}")
        for asked, part in zip(*pairs, strict=True):
            _compare(asked, part, f" of the part {heading(part)}")
    for name in ("sequel", "longhand"):
        asked, part = getattr(again, name), getattr(stored, name)
        if (asked is None) != (part is None):
            raise StoredError(f"{name!r}{where} is not what the question gives")
        if asked is not None:
            _compare(asked, part, f" of the {name}")
