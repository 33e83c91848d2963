"""Terms that are linear on both sides of one kink: where it is, and how steep they are beside it.

A term rises up to the kink and falls beyond it, with slopes whose ratio is the same whatever the
other parameters are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from derive.calculus.likelihood.search.array_likelihood import Terms
from derive.errors import DeriveError

Array = NDArray[Any]
_FAR = 1e3  # spreads of the observations
_CLOSE = 1e-9
_PLACES = (-7.3, -0.31, -1e-3, 1e-3, 0.47, 5.9)  # around a kink, in spreads


@dataclass(frozen=True)
class Kinked:
    """For each observation the kink, and the slopes below and above it, at some parameters."""

    kinks: Array
    rising: Array
    falling: Array


def kinked_terms(terms: Terms, bent: int, thetas: Sequence[Array], observations: Array,
                 ) -> Kinked | None:
    """The kinks of the terms in one of their predictors; None for terms of another form.

    The parameters differ in all that are not in that predictor; the slopes are those at the first.
    """
    reading = _Reading(terms, bent, observations)
    first, *others = (reading.at(theta) for theta in thetas)
    if first is None:
        return None
    for other in others:
        if other is None or not np.allclose(first.kinks, other.kinks, rtol=1e-9,
                                            atol=1e-9 * reading.spread):
            return None
        ratio = other.rising[0] / first.rising[0]
        if not (np.allclose(other.rising, ratio * first.rising, rtol=1e-9)
                and np.allclose(other.falling, ratio * first.falling, rtol=1e-9)):
            return None
    return first


class _Reading:
    def __init__(self, terms: Terms, bent: int, observations: Array) -> None:
        self.terms, self.bent = terms, bent
        self.leaf = terms.formulas.formulas.variables[bent]
        self.centre = float(np.median(observations))
        self.spread = float(np.abs(observations - self.centre).mean()) or 1.0

    def _values(self, theta: Array, eta: Array) -> tuple[Array, Array]:
        moving = {**self.terms.moving(theta), self.leaf: eta}
        value, slopes, *_ = self.terms.formulas.all(moving, self.terms.rows)
        return np.asarray(value), np.asarray(slopes[self.bent])

    def at(self, theta: Array) -> Kinked | None:
        """The kinks at some parameters, seen from far away and then from beside them."""
        kinks = np.full(self.terms.rows, self.centre)
        for reach in (_FAR * self.spread, self.spread, self.spread):
            (low, rising), (high, falling) = (self._values(theta, kinks + s * reach)
                                              for s in (-1, 1))
            if not ((rising > 0).all() and (falling < 0).all()):
                return None
            kinks = kinks + ((high - falling * reach) - (low + rising * reach)) / (rising - falling)
        if not np.isfinite(kinks).all():
            return None
        top, _ = self._values(theta, kinks)
        for place in _PLACES:
            way = place * self.spread
            value, slope = self._values(theta, kinks + way)
            side = rising if place < 0 else falling
            if not (np.allclose(slope, side, rtol=_CLOSE) and np.allclose(
                    value - top, side * way, rtol=1e-7, atol=1e-9)):
                return None
        return Kinked(kinks, rising, -falling)


def other_kinks() -> DeriveError:
    """That kinks are not the only ones of their terms, or not with straight sides."""
    return DeriveError(
        "the likelihood has kinks in a linear predictor; fits are computed where each term is "
        "linear on both sides of one kink, with one such predictor and without priors; this is "
        "another form")
