"""The test of rules on trees: tactics, and rules with totals, expected values or roots."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sympy import Add, Integer, Mul, Pow

from derive.core import heads
from derive.core.atoms import Dim, Index, Tensor, Variable
from derive.core.heads import apply
from derive.core.indexing import exact, free_names
from derive.core.kinds import Kind
from derive.errors import EvaluationError, TooLargeError, VerificationError
from derive.judge.precision import mp, mpf
from derive.judge.rules.tactic_instances import instance, sorts_of
from derive.judge.trees.evaluate import Point, evaluate
from derive.judge.trees.index_places import arrangements, described
from derive.judge.trees.line_certificate import LAW_DIGITS
from derive.judge.trees.line_points import random_point
from derive.judge.trees.slope import slope
from derive.judge.trees.totals import Law
from derive.notation.printing.plain import plain
from derive.rulebook.filling import fill
from derive.rulebook.patterns import metavariables
from derive.rulebook.rule import Rule
from derive.rulebook.tactics import TACTICS

SAMPLES = 48
QUADRATURES = 20  # samples of a rule that takes quadrature
MOST_TRIES = 2400
DIGITS = 40
TOLERANCE = 1e-25
_FLOOR = 1e-4


@dataclass(frozen=True)
class Check:
    """A rule that was checked: valid samples, tries, and the worst relative error."""

    rule: Rule
    samples: int
    tries: int
    worst: float


def judged_on_trees(rule: Rule) -> bool:
    """Whether a rule has no texts, a tactic, or what takes quadrature."""
    return bool(rule.tactic or rule.sides) or rule.left.has(
        heads.Total, heads.Expect, heads.Root)


@exact
def check_on_trees(rule: Rule, seed: int = 1, samples: int = SAMPLES) -> Check:
    """Compares both sides of a rule at random instances that meet its conditions.

    Raises VerificationError with a counterexample, or when too few valid samples are found, or
    when they do not differ from each other.
    """
    draw = random.Random(seed)
    sorts = None if rule.tactic else sorts_of(rule)
    digits = DIGITS
    if not rule.tactic and rule.left.has(heads.Total, heads.Expect):
        samples, digits = min(samples, QUADRATURES), LAW_DIGITS
    valid, tries, worst = 0, 0, mpf(0)
    values: set[str] = set()
    while valid < samples and tries < MOST_TRIES:
        tries += 1
        if sorts is None:
            before = _random_algebra(draw, 3)
            after, conditions = TACTICS[rule.tactic](before) if rule.tactic else before, []
        else:
            bindings = instance(rule, sorts, draw)
            before, after = fill(rule.left, bindings), fill(rule.right, bindings)
            conditions = [fill(c, bindings) for c, _ in rule.conditions]
            if isinstance(before, heads.Antiderivative):  # equal but for a constant
                after, before = slope(after, before.args[1]), before.args[0]
        with mp.workdps(digits):
            error = _compare(rule, (before, after), conditions, tries, draw, values)
        if error is not None:
            valid += 1
            worst = max(worst, error)
    if valid < samples:
        raise VerificationError(f"rule {rule.name}: only {valid} valid samples in {tries} tries; "
                                "its conditions are hardly ever met")
    if len(values) < 2 and not _constant(rule):
        raise VerificationError(f"rule {rule.name}: all samples have the same value")
    return Check(rule, valid, tries, float(worst))


def _constant(rule: Rule) -> bool:
    """Whether a rule's right side is a number, so that all samples agree."""
    return not rule.tactic and (bool(rule.right.is_number) or not metavariables(rule.left))


def _compare(rule: Rule, sides: tuple[Any, Any], conditions: Sequence[Any], turn: int,
             draw: random.Random, values: set[str]) -> Any | None:
    """The relative error at one point, or None where the sample is not valid.

    Raises VerificationError where the right side differs or has no value although the left has.
    """
    before, after = sides
    names = set().union(*(free_names(n) for n in (before, after, *conditions)))
    laws = {n.args[1]: _uniform(n.args[1]) for n in before.atoms(heads.Expect)}
    point = random_point(names, turn, draw.choice(arrangements(names)), draw, laws=laws)
    digits = mp.dps
    try:
        if not all(evaluate(c, point, 15) for c in conditions):
            return None
        left = mpf(evaluate(before, point, digits))
    except EvaluationError:
        return None
    try:
        right = mpf(evaluate(after, point, digits))
    except TooLargeError:
        return None
    except EvaluationError as missing:
        raise VerificationError(_wrong(rule, before, after, point, f"the right side: {missing}")
                                ) from None
    values.add(mp.nstr(left, 8))
    error = abs(left - right) / max(abs(left), abs(right), _FLOOR)
    if error > TOLERANCE:
        told = f"{mp.nstr(left, 12)} against {mp.nstr(right, 12)}"
        raise VerificationError(_wrong(rule, before, after, point, told))
    return error


def _uniform(variable: Any) -> Law:
    """The law under which rules about expected values are tried: flat on the unit interval."""
    return Law(variable, Integer(1))


def _wrong(rule: Rule, before: Any, after: Any, point: Point, told: str) -> str:
    return (f"rule {rule.name} is wrong: {plain(before)} is not {plain(after)}\n"
            f"  at {described(point)}: {told}")


def _random_algebra(draw: random.Random, depth: int) -> Any:
    """A random sum, product or power of a few atoms, for the check of tactics."""
    atoms = [Variable(n, Kind("real")) for n in "abc"]
    atoms.append(apply("exp", atoms[0]))
    dim = Dim("K")
    places = [Index(n, dim) for n in "ijl"]
    vector = Tensor("v", Kind("real", (dim,)))
    atoms += [heads.Element(vector, i) for i in places] + [
        heads.Delta(*places[:2]), heads.Delta(*places[1:])]
    if depth == 0:
        return draw.choice([*atoms, Integer(draw.randrange(-3, 4))])
    parts = [_random_algebra(draw, depth - 1) for _ in range(draw.randrange(2, 4))]
    kind = draw.random()
    if kind < 0.45:
        return Add(*parts)
    if kind < 0.8:
        return Mul(*parts)
    if kind < 0.9:
        return Pow(parts[0], draw.choice([-2, -1, 2, 3]))
    return heads.Cond(heads.Less(parts[0], parts[1]), parts[0], Integer(0))
