"""A maximum of plain floats with the digits of the judge: Newton's method on the scores."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from sympy import Expr

from derive.calculus.likelihood.search.likelihood_surface import Array, Surface
from derive.calculus.likelihood.search.maximum_search import Outcome
from derive.core.exact import exact
from derive.derivation import Derivation
from derive.errors import EvaluationError
from derive.judge.precision import Float, mp, mpf
from derive.judge.trees.evaluate import evaluate

_DIGITS = 25
_ROUNDS = 4
_FEW = 200  # values up to which all rounds are gone through; one brings about 13 digits
_MOST_VALUES = 5000
_SMALL = 1e-4  # a step of plain floats' maxima is smaller
_STEP = mpf(10) ** -9  # of differences, where there are no scores
_GAIN = mpf(10) ** -4  # twice what a step may add to the log-likelihood at their maxima

Slopes = Mapping[Expr, Derivation]


def polished(surface: Surface, outcome: Outcome, slopes: Slopes | None) -> list[Float] | None:
    """The numbers of the maximum: ends exactly, the others as zeros of their scores.

    Without scores differences of the log-likelihood stand for them, at few values. As they came,
    where the likelihood has a kink or its ends move with the parameters. None where the scores say
    that the likelihood still grows, by more than plain floats leave.
    """
    row = [mpf(float(v)) for v in outcome.row]
    for n, face in outcome.faces.items():
        end = (surface.upper if face == 1 else surface.lower)[n]
        if not isinstance(face, tuple) and not end.formulas:
            row[n] = mpf(end.exact.numerator) / end.exact.denominator if hasattr(
                end.exact, "numerator") else mpf(end.exact)
    many = sum(np.size(v) for v in surface.fixed.values())
    if many > (_FEW if slopes is None else _MOST_VALUES) or _is_as_it_came(surface, outcome):
        return row
    return _zero_of_scores(surface, outcome, slopes, row, _ROUNDS if many <= _FEW else 1)


def _is_as_it_came(surface: Surface, outcome: Outcome) -> bool:
    return outcome.chart is None or outcome.peak is None or any(
        e.formulas for e in (*surface.lower, *surface.upper))


@exact
def _zero_of_scores(surface: Surface, outcome: Outcome, slopes: Slopes | None,
                    row: list[Float], rounds: int) -> list[Float] | None:
    free = list(outcome.chart.free) if outcome.chart else []
    if not free:
        return row
    bend = _curvature(outcome)
    slope = _slope_function(surface, slopes, free)
    moved = list(row)
    with mp.workdps(_DIGITS):
        for turn in range(rounds):
            try:
                values = [slope(moved, n) for n in free]
            except EvaluationError:
                return row
            step = _solved(bend, values)
            if turn == 0 and step is not None and abs(sum(
                    s * v for s, v in zip(step, values, strict=True))) > _GAIN:
                return None
            if step is None or not all(abs(s) <= _SMALL * (1 + abs(moved[n]))
                                       for n, s in zip(free, step, strict=True)):
                return row
            for n, s in zip(free, step, strict=True):
                moved[n] += s
    return moved


def _slope_function(surface: Surface, slopes: Slopes | None, free: list[int],
                    ) -> Callable[[list[Float], int], Float]:
    """The slope of the log-likelihood at a row by one place."""
    if slopes is None:
        return lambda row, n: _difference(surface, row, n)
    scores = {n: _score(surface, slopes, n) for n in free}
    return lambda row, n: evaluate(scores[n], _at(surface, row, n), _DIGITS)


def _at(surface: Surface, row: list[Float], n: int) -> Any:
    """The point, with numbers for the indices of an element."""
    place = surface.places[n]
    point = surface.at(row)
    return point.holding(dict(zip(surface.sample.model.at(place.leaf)[1], place.at, strict=True)))


def _difference(surface: Surface, row: list[Float], n: int) -> Float:
    """The slope of the log-likelihood by one place, from two values of it."""
    step = _STEP * (1 + abs(row[n]))
    above, below = (surface.level([v + s if k == n else v for k, v in enumerate(row)], 2 * _DIGITS)
                    for s in (step, -step))
    return (above - below) / (2 * step)


def _score(surface: Surface, slopes: Slopes, n: int) -> Expr:
    x = surface.sample.model.at(surface.places[n].leaf)[0]
    return surface.sample.total(slopes[x].result)


def _curvature(outcome: Outcome) -> Array:
    """The second derivatives by the free places, from differences in the coordinates."""
    chart, peak = outcome.chart, outcome.peak
    assert chart is not None
    assert peak is not None
    u = peak.coordinates
    _, bend = chart.differences(u, peak.level)
    step = 1e-5
    moves = np.eye(len(u)) * step
    rows = (chart.rows(u + moves) - chart.rows(u - moves))[:, chart.free] / (2 * step)
    with np.errstate(all="ignore"):
        inverse = np.linalg.pinv(rows.T) if np.isfinite(rows).all() else np.full(rows.shape, np.nan)
        curvature: Array = inverse.T @ bend @ inverse
    return curvature


def _solved(bend: Array, values: list[Float]) -> list[Float] | None:
    """Newton's step, with the curvature of plain floats."""
    if not np.isfinite(bend).all():
        return None
    inverse = np.linalg.pinv(bend)
    return [-sum((mpf(float(c)) * v for c, v in zip(line, values, strict=True)), mpf(0))
            for line in inverse]


