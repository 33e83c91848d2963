"""A value at which the asked derivative is 0, such as an estimate: judged by substitution."""

from __future__ import annotations

import re
from dataclasses import replace

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
_SOUGHT = re.compile(r"[^()=]*?\b(mini|maxi)mi[sz]er\s+(?:of|for)\b", re.IGNORECASE)


@exact
def solution_verdict(judge: Judge, value: Basic) -> tuple[Verdict, str]:
    """Whether the derivative that is asked vanishes at a value, and what of the formula is there.

    The second is "a maximum", "a minimum", "neither a maximum nor a minimum", several of them with
    "or" where it depends on the values, or empty where it is not known. A minimiser has to be a
    minimum somewhere.
    """
    task, slope = judge.task, judge.engine.result
    at = task.at[0] if task.at else None
    if slope is None or len(task.at) != 1 or not isinstance(at, Variable):
        return Verdict(None, "not solved"), ""
    there, turns, valued = substitute(slope, {at: value}), set(), None
    for probe in judge.probes:
        judge.deadline.check()
        left = _rest(there, probe.point)
        if left is None:
            continue
        if left:
            return Verdict(False, "substitution", Probe(probe.point, mpf(0)), left), ""
        turns.add(_turn(slope, at, value, probe.point))
        valued = valued or probe
    if not turns:
        return Verdict(None, "not solved"), ""
    note = "" if "" in turns else " or ".join(sorted(turns))
    asked = _SOUGHT.match(task.text)
    if asked and turns.isdisjoint({"", f"a {asked[1].lower()}mum"}):
        return Verdict(False, "turn", valued), note
    return Verdict(True, "substitution"), note


@exact
def unsolved(judge: Judge, value: Basic) -> Counterexample | None:
    """A plain point at which the asked derivative is not 0 at a value that was to solve it."""
    at, slope = judge.task.at[0], judge.engine.result
    assert slope is not None
    there = substitute(slope, {at: value})
    for probe in plain_points(judge, there):
        judge.deadline.check()
        left = _rest(there, probe.point)
        if left:
            scalars = {leaf: v for leaf, v in probe.point.scalars.items() if leaf != at}
            point = replace(probe.point, scalars=scalars)
            return in_names(judge, Probe(point, mpf(0)), left)
    return None


def _rest(node: Basic, point: Point) -> Float | None:
    """The value of what should vanish: 0 where more digits show that it does, None without one."""
    try:
        first, again = (mpf(evaluate(node, point, n)) for n in (DIGITS, 3 * DIGITS))
    except EvaluationError:
        return None
    return mpf(0) if not first or shrinks(mpf(0), first, mpf(0), again, DIGITS) else first


def _turn(slope: Basic, at: Variable, value: Basic, point: Point) -> str:
    """How the slope changes its sign at a solution."""
    try:
        with mp.workdps(DIGITS):
            here = mpf(evaluate(value, point, DIGITS))
            step = mpf(2) ** -_BESIDE * (abs(here) or 1)
            before, after = (int(mp.sign(evaluate(slope, point.with_scalar(at, here + s), DIGITS)))
                             for s in (-step, step))
    except EvaluationError:
        return ""
    return _TURNS.get((before, after), "")
