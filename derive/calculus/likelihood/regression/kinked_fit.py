"""Fits whose terms have a kink in the predictor, straight on both sides of it.

The coefficients are those of the lowest sum of weighted distances, whatever the other parameters
are; these follow by Newton's method. The slopes of a term take two values, l below its kink and -r
above it; as their mean is 0 in the model, their variance is l r, the information of the predictor.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from derive.calculus.likelihood.regression.design_matrices import Slots
from derive.calculus.likelihood.regression.fit_verdict import check_maximum
from derive.calculus.likelihood.regression.fitted_model import Fit
from derive.calculus.likelihood.regression.piecewise_linear_terms import (
    kinked_terms,
    other_kinks,
)
from derive.calculus.likelihood.regression.row_exchange import Lowest, lowest_vertices
from derive.calculus.likelihood.regression.scoring_steps import Coordinates, Reached
from derive.calculus.likelihood.search.array_likelihood import ArrayLikelihood

Array = NDArray[Any]
_STEPS, _HALVINGS, _DONE, _NEAR = 200, 60, 1e-24, 1e-8


@dataclass(frozen=True)
class KinkedFit:
    """A fit, and for coefficients that the data do not determine the ends of their intervals."""

    fit: Fit
    intervals: tuple[tuple[str, float, float], ...]
    complete: bool


def fit_over_kinks(likelihood: ArrayLikelihood, bent: int, slots: Slots, coordinates: Coordinates,
                   observations: Array) -> KinkedFit:
    """The maximum of a likelihood whose terms have one kink each, in one of their predictors.

    Raises DeriveError.
    """
    terms = likelihood.groups[0]
    columns, places = terms.designs[bent]
    free = np.ones(slots.size, bool)
    free[places] = False
    u = np.zeros(slots.size)
    moved = np.where(free, u + 0.4 + 0.3 * np.arange(slots.size), u)
    kinked = kinked_terms(terms, bent, [coordinates.theta(v) for v in (u, moved)], observations)
    if kinked is None:
        raise other_kinks()
    lowest = lowest_vertices(columns, kinked.kinks, kinked.rising, kinked.falling)
    u[places] = lowest.middle
    distance = float(np.abs(kinked.kinks - columns @ u[places]).mean())
    u[list(terms.direct)] = np.log(distance) if distance > 0 else 0.0
    own = np.flatnonzero(free)
    reached = _others(likelihood, coordinates, u, own)
    observed = check_maximum(likelihood, coordinates, reached, slots.names,
                             max(float(np.abs(observations).mean()), 1e-300), free)
    covariance = np.zeros((slots.size, slots.size))
    here = kinked_terms(terms, bent, [reached.theta], observations) or kinked
    roots = columns * np.sqrt(here.rising * here.falling)[:, None]
    covariance[np.ix_(places, places)] = _inverse(roots.T @ roots)
    covariance[np.ix_(own, own)] = _inverse(observed.information[np.ix_(own, own)])
    count = lowest.exchanges
    return KinkedFit(
        Fit(slots.names, slots.domains, tuple(map(float, reached.theta)),
            tuple(tuple(map(float, row)) for row in covariance), terms.rows,
            reached.local.value, "expected",
            f"exchange of rows: {count} exchange{'s' * (count != 1)}, held against the dual "
            "problem"),
        _intervals(lowest, slots, places), lowest.complete)


def _others(likelihood: ArrayLikelihood, coordinates: Coordinates, start: Array, places: Array,
            ) -> Reached:
    """The maximum over some parameters, while the coefficients stay as they are."""
    u = start.copy()
    length, count = 0.0, 0
    for count in range(1, _STEPS + 1):
        theta = coordinates.theta(u)
        local = likelihood.local(theta, observed=True)
        if not len(places):
            return Reached(u, theta, local, count, True, 0.0, True)
        first, second = coordinates.slopes(theta)
        gradient = (local.gradient * first)[places]
        bend = (local.information * np.outer(first, first)
                - np.diag(local.gradient * second))[np.ix_(places, places)]
        values, vectors = np.linalg.eigh(bend)
        size = np.maximum(np.abs(values), 1e-12 * np.abs(values).max() + 1e-300)
        step = vectors @ ((vectors.T @ gradient) / size)
        length = float(step @ gradient)
        if not np.isfinite(length):
            return Reached(u, theta, local, count, False, np.inf, True)
        share = _share(likelihood, coordinates, u, places, step, local.value)
        if length < _DONE or not share:
            return Reached(u, theta, local, count, length < _NEAR, length**.5, True)
        u[places] += share * step
    return Reached(u, coordinates.theta(u), likelihood.local(coordinates.theta(u)), count, False,
                   length**.5, True)


def _share(likelihood: ArrayLikelihood, coordinates: Coordinates, u: Array, places: Array,
           step: Array, value: float) -> float:
    """The share of a step after which the likelihood is not lower; 0 where there is none."""
    share = 1.0
    for _ in range(_HALVINGS):
        there = u.copy()
        there[places] += share * step
        if likelihood.value(coordinates.theta(there)) >= value - 1e-13 * (1 + abs(value)):
            return share
        share /= 2
    return 0.0


def _inverse(information: Array) -> Array:
    scale = np.sqrt(np.abs(np.diag(information)))
    scale[scale == 0] = 1
    return np.asarray(np.linalg.pinv(information / np.outer(scale, scale))
                      / np.outer(scale, scale))


def _intervals(lowest: Lowest, slots: Slots, places: Array) -> tuple[tuple[str, float, float], ...]:
    """The coefficients that differ between the lowest vertices."""
    if len(lowest.vertices) < 2:
        return ()
    low, high = lowest.ends
    size = np.maximum(np.abs(low), np.abs(high))
    return tuple((slots.names[p], float(a), float(b)) for p, a, b, s in
                 zip(places, low, high, size, strict=True) if b - a > 1e-9 * s)
