"""A value at which the asked derivative is 0, such as an estimate: judged by substitution."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from itertools import pairwise

from sympy.core.basic import Basic

from derive.core.atoms import Variable
from derive.core.indexing import exact
from derive.core.walk import substitute
from derive.errors import EvaluationError
from derive.judge.closeness import shrinks
from derive.judge.precision import Float, mp, mpf
from derive.judge.trees.evaluate import Point, evaluate
from derive.teaching.marking.counterexample import Counterexample, in_names, plain_points
from derive.teaching.marking.equivalence import DIGITS, Judge, Probe, Verdict

_BESIDE = 20  # bits of a step to the side of a solution
_TURNS = {(1, -1): "a maximum", (-1, 1): "a minimum"}
_TURNS |= dict.fromkeys([(1, 1), (-1, -1)], "neither a maximum nor a minimum")
_RATIO, _DOUBLINGS = mpf("1.3"), 12  # of values that are tried
_HALVES = 80  # of a distance, to a solution between two values
_OUTSIDE = "outside"  # of what a variable can be
_SOUGHT = re.compile(r"[^()=]*?\b(mini|maxi)mi[sz]er\s+(?:of|for)\b", re.IGNORECASE)


@exact
def solution_verdict(judge: Judge, value: Basic) -> tuple[Verdict, str]:
    """Whether the derivative that is asked vanishes at a value, and what of the formula is there.

    The second is "a maximum", "a minimum", "neither a maximum nor a minimum", several of them with
    "or" where it depends on the values, or empty where it is not known. A minimiser has to be a
    minimum somewhere; a value that its variable cannot have is none where another one solves.
    """
    task, slope = judge.task, judge.engine.result
    at = task.at[0] if task.at else None
    if slope is None or len(task.at) != 1 or not isinstance(at, Variable):
        return Verdict(None, "not solved"), ""
    turns: set[str] = set()
    beyond = False
    for probe in judge.probes:
        judge.deadline.check()
        wrong = _refuted(slope, at, value, probe.point)
        if wrong is not None:
            return wrong, ""
        turn = _turn(slope, at, value, probe.point)
        beyond |= turn == _OUTSIDE
        if turn is not None and turn != _OUTSIDE:
            turns.add(turn)
    if not turns:
        return Verdict(False if beyond else None, _OUTSIDE if beyond else "not solved"), ""
    note = "" if "" in turns else " or ".join(sorted(turns))
    asked = _SOUGHT.match(task.text)
    if asked and turns.isdisjoint({"", f"a {asked[1].lower()}mum"}):
        return Verdict(False, "turn"), note
    return Verdict(True, "substitution"), note


@exact
def unsolved(judge: Judge, value: Basic) -> Counterexample | None:
    """A plain point at which a value is no solution that its variable can have."""
    at, slope = judge.task.at[0], judge.engine.result
    assert slope is not None
    assert isinstance(at, Variable)
    for probe in plain_points(judge, substitute(slope, {at: value})):
        judge.deadline.check()
        wrong = _refuted(slope, at, value, probe.point)
        if wrong is not None and wrong.probe is not None:
            return in_names(judge, wrong.probe, wrong.value)
    return None


def _refuted(slope: Basic, at: Variable, value: Basic, point: Point) -> Verdict | None:
    """Why a value is no solution at a point: by "substitution", or "outside" of its kind.

    The truth of the probe is then 0, or the solution that the variable can have.
    """
    left = _rest(substitute(slope, {at: value}), point)
    bare = replace(point, scalars={leaf: v for leaf, v in point.scalars.items() if leaf != at})
    if left:
        return Verdict(False, "substitution", Probe(bare, mpf(0)), left)
    here = _number(value, point)
    if left is None or here is None or _is_of_its_kind(at, here):
        return None
    known = _solution(slope, at, here, point)
    return None if known is None else Verdict(False, _OUTSIDE, Probe(bare, known), here)


def _is_of_its_kind(at: Variable, value: Float) -> bool:
    """Whether a variable can have a value, or comes as near to it as it likes."""
    interval = at.kind.interval
    return bool(float(interval.low) <= value <= float(interval.high))


def _solution(slope: Basic, at: Variable, beside: Float, point: Point) -> Float | None:
    """A value that the variable can have, and at which the slope changes its sign; None where
    none is seen."""
    interval = at.kind.interval
    low, high = mpf(float(interval.low)), mpf(float(interval.high))

    def slope_at(value: Float) -> Float:
        return mpf(evaluate(slope, point.with_scalar(at, value), DIGITS))

    with mp.workdps(DIGITS):
        sizes = [abs(beside or 1) * _RATIO * mpf(2) ** n for n in range(-_DOUBLINGS, _DOUBLINGS)]
        tried = [low + (high - low) * s / (1 + s) if mp.isfinite(high - low) else
                 low + s if mp.isfinite(low) else high - s for s in sizes]
        with suppress(EvaluationError):
            for first, last in pairwise(tried):
                ends = slope_at(first), slope_at(last)
                if mp.sign(ends[0]) * mp.sign(ends[1]) < 0:
                    root = _bisected(slope_at, first, last)
                    if abs(slope_at(root)) < min(map(abs, ends)):  # else it is a pole
                        return root
    return None


def _bisected(slope_at: Callable[[Float], Float], first: Float, last: Float) -> Float:
    rising = slope_at(first) < 0
    for _ in range(_HALVES):
        middle = (first + last) / 2
        if (slope_at(middle) < 0) == rising:
            first = middle
        else:
            last = middle
    return (first + last) / 2


def _number(node: Basic, point: Point) -> Float | None:
    try:
        return mpf(evaluate(node, point, DIGITS))
    except EvaluationError:
        return None


def _rest(node: Basic, point: Point) -> Float | None:
    """The value of what should vanish: 0 where more digits show that it does, None without one."""
    try:
        first, again = (mpf(evaluate(node, point, n)) for n in (DIGITS, 3 * DIGITS))
    except EvaluationError:
        return None
    return mpf(0) if not first or shrinks(mpf(0), first, mpf(0), again, DIGITS) else first


def _turn(slope: Basic, at: Variable, value: Basic, point: Point) -> str | None:
    """How the slope changes its sign at a solution; None where it has no value."""
    here = _number(value, point)
    if here is None or _rest(substitute(slope, {at: value}), point) is None:
        return None
    if not _is_of_its_kind(at, here):
        return _OUTSIDE
    try:
        with mp.workdps(DIGITS):
            step = mpf(2) ** -_BESIDE * (abs(here) or 1)
            before, after = (int(mp.sign(evaluate(slope, point.with_scalar(at, here + s), DIGITS)))
                             for s in (-step, step))
    except EvaluationError:
        return ""
    return _TURNS.get((before, after), "")
