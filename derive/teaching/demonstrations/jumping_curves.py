"""Curves that jump: sampled piece by piece, between the borders of a formula's cases.

The borders are read from the formula (`case_borders`); their places are searched between samples,
and at each the formula is computed at both sides. No step between samples is taken for a jump.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise, product

from sympy.core.basic import Basic

from derive.errors import DeriveError, EvaluationError
from derive.functions.case_borders import Border, case_borders
from derive.judge.precision import mp
from derive.judge.trees.evaluate import Point, evaluate
from derive.judge.trees.tree_compiler import GUARD
from derive.rendering.pictures import Curve
from derive.teaching.demonstrations.curve_extremes import with_extremes

_DIGITS, _MOST, _TINY = 15, 8, 1e-11  # of evaluation; borders between samples; how near
_NEAR, _SEEN, _POLE = 1e-8, 1e-3, 1e3  # parts of the range of x; of that of y; times that of y
Height = Callable[[float], float]
Sides = tuple[int | None, ...]


@dataclass(frozen=True)
class Asked:
    """A function to be drawn: its height, at which side of its borders a number is, its domain."""

    height: Height
    sides: Callable[[float], Sides] = lambda x: ()
    holds: Callable[[float], bool] = lambda x: True


def asked_of(formula: Basic, point_at: Callable[[float], Point],
             conditions: Sequence[Basic] = ()) -> Asked:
    """A formula at the points of a number; `conditions` are those under which it is right."""
    borders = case_borders(formula)

    def at(x: float) -> Point:
        with mp.workdps(_DIGITS + GUARD):  # as the formula's own numbers: 0.3 is equal to 3/10
            return point_at(x)

    def sides(x: float) -> Sides:
        point = at(x)
        return tuple(side for border in borders for side in _sides(border, point))

    def holds(x: float) -> bool:
        return all(evaluate(c, at(x), _DIGITS) for c in conditions)

    return Asked(lambda x: float(evaluate(formula, at(x), _DIGITS)),
                 sides if borders else Asked.sides, holds if conditions else Asked.holds)


def _sides(border: Border, point: Point) -> Iterator[int | None]:
    """At which side of a border a point is: -1, 1, or 0 on it; None where that is not known."""
    for values in product(*(range(point.size(index.dim)) for index in border.within)):
        at = point.holding(dict(zip(border.within, values, strict=True)))
        try:
            left = evaluate(border.left, at, _DIGITS)
            if border.right is None:
                yield int(left)
            else:
                right = evaluate(border.right, at, _DIGITS)
                yield (left > right) - (left < right)
        except EvaluationError:
            yield None


def sampled(label: str, asked: Asked, xs: Sequence[float], failure: str, dashed: bool = False,
            ) -> Curve:
    """A function over numbers; where it has no value, and where it jumps, the curve has a gap.

    Raises DeriveError, which says `failure`, where it has a value nowhere.
    """
    heights = [_height(asked, x) for x in xs]
    known = [y for y in heights if math.isfinite(y)]
    if not known:
        raise DeriveError(failure)
    scale = max(known) - min(known) or abs(known[0]) or 1.0
    near = (xs[-1] - xs[0]) * _NEAR
    points: list[tuple[float, float]] = [(xs[0], heights[0])]
    ends: list[tuple[float, float, bool]] = []
    for (low, high), height in zip(pairwise(xs), heights[1:], strict=True):
        for place, exact in _places(asked, low, high):
            further, marks = _across(asked, place, exact, near, scale)
            points += further
            ends += marks
        if points[-1][0] != high:
            points.append((high, height))
    shown = with_extremes(_trimmed(points), lambda x: _height(asked, x))
    return Curve(label, tuple(x for x, _ in shown), tuple(y for _, y in shown), dashed,
                 tuple(ends))


def _height(asked: Asked, x: float) -> float:
    try:
        return asked.height(x)
    except EvaluationError:
        return math.nan


def _trimmed(points: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """The points without those at the ends, and after one another, that have no height."""
    kept: list[tuple[float, float]] = []
    for x, y in points:
        if math.isfinite(y) or (kept and math.isfinite(kept[-1][1])):
            kept.append((x, y))
    while kept and not math.isfinite(kept[-1][1]):
        kept.pop()
    return kept


def _places(asked: Asked, low: float, high: float) -> Iterator[tuple[float, bool]]:
    """The borders behind a sample up to the next, that one counted, and whether they are exact."""
    before, after = asked.sides(low), asked.sides(high)
    if before == after and 0 not in before:
        return
    for _ in range(_MOST):
        left, right = low + _TINY * max(1.0, abs(low)), high
        before = asked.sides(left)
        if before == after or None in before or left >= high:
            return
        while right - left > _TINY / 100 * max(1.0, abs(left)):
            middle = (left + right) / 2
            left, right = (middle, right) if asked.sides(middle) == before else (left, middle)
        place, exact = right, False
        for tried in (round(right, 10), right):
            now = asked.sides(tried)
            if any(b == 0 != a for a, b in zip(before, now, strict=True)):
                place, exact = tried, True
                break
        yield place, exact
        low = place


def _across(asked: Asked, place: float, exact: bool, near: float, scale: float,
            ) -> tuple[list[tuple[float, float]], list[tuple[float, float, bool]]]:
    """The points of a curve at a border, and the ends that it has there: open or closed."""
    left, right = _height(asked, place - near), _height(asked, place + near)
    there = _height(asked, place)
    here = there if exact and asked.holds(place) else math.nan
    if not (abs(left) < _POLE * scale and abs(right) < _POLE * scale):
        return [(place, math.nan)], []
    if abs(left - right) <= _SEEN * scale:
        apart = math.isfinite(here) and abs(here - left) > _SEEN * scale
        ends = [(place, left, False), (place, here, True)] if apart else []
        return [(place, there if math.isfinite(there) and not apart else left)], ends
    ends = [(place, y, abs(y - here) <= _SEEN * scale) for y in (left, right)]
    if math.isfinite(here) and not any(closed for *_, closed in ends):
        ends.append((place, here, True))
    return [(place, left), (place, math.nan), (place, right)], ends if exact else []
