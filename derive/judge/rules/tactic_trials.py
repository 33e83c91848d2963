"""The test of tactics, on random trees."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any

from sympy import Add, Expr, Integer, Mul, Pow

from derive.core import heads
from derive.core.atoms import Dim, Index, Tensor, Variable
from derive.core.heads import apply
from derive.core.indexing import exact, free_names
from derive.core.kinds import Kind
from derive.errors import EvaluationError, TooLargeError, VerificationError
from derive.judge.precision import mp, mpf
from derive.judge.trees.evaluate import Point, evaluate
from derive.judge.trees.index_places import arrangements, described
from derive.judge.trees.line_points import random_point
from derive.notation.printing.plain import plain
from derive.rulebook.rule import Rule
from derive.rulebook.tactics import TACTICS

SAMPLES = 48
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


@exact
def check_tactic(rule: Rule, seed: int = 1) -> Check:
    """Compares random sums and products of a few atoms with what the tactic makes of them.

    Raises VerificationError with a counterexample, or when too few of them have a value.
    """
    draw, valid, worst = random.Random(seed), 0, mpf(0)
    for tries in range(1, MOST_TRIES + 1):
        before = _random_algebra(draw, 3)
        after = TACTICS[rule.tactic](before)
        with mp.workdps(DIGITS):
            error = _compared(rule, before, after, tries, draw)
        if error is not None:
            valid, worst = valid + 1, max(worst, error)
            if valid == SAMPLES:
                return Check(rule, valid, tries, float(worst))
    raise VerificationError(f"rule {rule.name}: only {valid} valid samples in {MOST_TRIES} tries")


def _compared(rule: Rule, before: Expr, after: Expr, turn: int, draw: random.Random,
              ) -> Any | None:
    """The relative error at one point, or None where the sample has no value.

    Raises VerificationError where the right side differs or has no value although the left has.
    """
    names = free_names(before) | free_names(after)
    point = random_point(names, turn, draw.choice(arrangements(names)), draw)
    try:
        left = mpf(evaluate(before, point, DIGITS))
    except EvaluationError:
        return None
    try:
        right = mpf(evaluate(after, point, DIGITS))
    except TooLargeError:
        return None
    except EvaluationError as missing:
        raise _wrong(rule, before, after, point, f"the right side: {missing}") from None
    error = abs(left - right) / max(abs(left), abs(right), _FLOOR)
    if error > TOLERANCE:
        raise _wrong(rule, before, after, point,
                     f"{mp.nstr(left, 12)} against {mp.nstr(right, 12)}")
    return error


def _wrong(rule: Rule, before: Expr, after: Expr, point: Point, values: str) -> VerificationError:
    return VerificationError(f"rule {rule.name} is wrong: {plain(before)} is not {plain(after)}\n"
                             f"  at {described(point)}: {values}")


def _random_algebra(draw: random.Random, depth: int) -> Expr:
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
