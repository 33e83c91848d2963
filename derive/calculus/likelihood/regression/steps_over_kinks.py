"""Steps to the maximum of a likelihood with kinks, as priors make them that ask for zeros.

Each step maximises the quadratic model with the kinks, by coordinates (Friedman et al. 2010), then
exactly over those that are off their kinks; entries at a kink are there exactly.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from derive.calculus.likelihood.regression.prior_terms import KinkTerms
from derive.calculus.likelihood.regression.scoring_steps import Coordinates, Reached
from derive.calculus.likelihood.search.array_likelihood import ArrayLikelihood
from derive.limits import tick

Array = NDArray[Any]
_STEPS, _HALVINGS, _ROUNDS = 200, 50, 5000
_DONE, _NEAR = 1e-22, 1e-8


class Kinks:
    """The kinks of all parameters: their weights and centres; a weight of 0 where there is none."""

    def __init__(self, terms: Sequence[KinkTerms], size: int) -> None:
        self.terms = terms
        self.centres = np.zeros(size)
        self.bent = np.zeros(size, bool)
        for term in terms:
            self.centres[term.places] = term.centres
            self.bent[term.places] = True

    def weights(self, theta: Array) -> Array:
        """The weights at parameters."""
        weights = np.zeros(len(theta))
        for term in self.terms:
            weights[term.places] += term.weights(theta)
        return weights


def climb_over_kinks(likelihood: ArrayLikelihood, coordinates: Coordinates, start: Array,
                     kinks: Kinks) -> Reached:
    """The maximum to which the steps lead from a start."""
    u, best, count = start, np.inf, 0
    theta = coordinates.theta(u)
    local = likelihood.local(theta, exactly=True)
    for count in range(1, _STEPS + 1):
        first, second = coordinates.slopes(theta)
        gradient = local.gradient * first
        hessian = local.information * np.outer(first, first)
        if local.roots is None:
            hessian = _convex(hessian - np.diag(local.gradient * second))
        there = _model_maximum(hessian, gradient, u, kinks.weights(theta), kinks)
        step = there - u
        length = float(step @ hessian @ step)
        if not np.isfinite(length):
            break
        u, moved = _moved(likelihood, coordinates, u, there, local.value, length)
        theta = coordinates.theta(u)
        local = likelihood.local(theta, exactly=True)
        if length < _DONE or not moved or (length < _NEAR and length > .5 * best):
            return Reached(u, theta, local, count, length < _NEAR, length**.5, True)
        best = min(best, length)
    return Reached(u, theta, local, count, False, best**.5, True)


def _convex(hessian: Array) -> Array:
    values, vectors = np.linalg.eigh(hessian)
    size = np.maximum(np.abs(values), 1e-10 * np.abs(values).max(initial=1e-300))
    product: Array = (vectors * size) @ vectors.T
    return product


def _moved(likelihood: ArrayLikelihood, coordinates: Coordinates, u: Array, there: Array,
           value: float, length: float) -> tuple[Array, bool]:
    """The point that the model asks for, or one before it, where the likelihood does not fall."""
    slack = 1e-13 * (1 + abs(value))
    share = 1.0
    for _ in range(_HALVINGS):
        trial = there if share == 1 else u + share * (there - u)
        if likelihood.value(coordinates.theta(trial)) >= value + 1e-4 * share * length - slack:
            return trial, True
        share /= 2
    return u, False


def _model_maximum(hessian: Array, gradient: Array, u: Array, weights: Array, kinks: Kinks,
                   ) -> Array:
    """The maximum of the quadratic model less the weighted distances to the kinks."""
    there = u.copy()
    diagonal = np.maximum(np.diag(hessian), 1e-300)
    left = gradient.copy()  # the slope of the model's smooth part at `there`
    for _ in range(_ROUNDS):
        tick("looking for the zeros of a penalty")
        largest = 0.0
        for k in range(len(there)):
            free = there[k] + left[k] / diagonal[k]
            if kinks.bent[k]:
                off = free - kinks.centres[k]
                free = kinks.centres[k] + np.sign(off) * max(
                    abs(off) - weights[k] / diagonal[k], 0.0)
            change = free - there[k]
            if change:
                left -= change * hessian[:, k]
                there[k] = free
                largest = max(largest, abs(change) * diagonal[k]**.5)
        exact = _on_the_side(hessian, gradient, u, there, weights, kinks)
        if exact is not None:
            return exact
        if largest < 1e-13:
            break
    return there


def _on_the_side(hessian: Array, gradient: Array, u: Array, there: Array, weights: Array,
                 kinks: Kinks) -> Array | None:
    """The model's maximum with the same entries at their kinks, and the others on their sides.

    None where it is none: a side is left, or a slope at a kink is larger than the weight.
    """
    free = ~kinks.bent | (there != kinks.centres)
    signs = np.where(kinks.bent, np.sign(there - kinks.centres), 0)
    fixed = np.where(free, 0, kinks.centres - u)
    right = (gradient - weights * signs - hessian @ fixed)[free]
    inner = hessian[np.ix_(free, free)]
    scale = np.sqrt(np.maximum(np.diag(inner), 1e-300))
    try:
        step = np.linalg.solve(inner / np.outer(scale, scale), right / scale) / scale
    except np.linalg.LinAlgError:
        return None
    exact = np.where(free, u, kinks.centres)
    exact[free] += step
    off = np.sign(exact - kinks.centres)
    slope = np.abs(gradient - hessian @ (exact - u))
    sides = bool((off[free & kinks.bent] == signs[free & kinks.bent]).all())
    return exact if sides and (slope <= weights * (1 + 1e-9) + 1e-300)[~free].all() else None
