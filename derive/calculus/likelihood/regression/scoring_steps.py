"""Fisher scoring and Newton's method: the maximum of a likelihood by steps of least squares.

Each step solves A'A step = A'r by an orthogonal decomposition of A, never by A'A itself. For one
linear predictor these are the steps of iteratively reweighted least squares.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from derive.calculus.likelihood.search.array_likelihood import ArrayLikelihood, Local, reached

Array = NDArray[Any]
_STEPS, _HALVINGS = 200, 60
_DONE, _NEAR, _CLOSE = 1e-22, 1e-8, 1e-2  # squared lengths of a step, in standard errors
_POLISHING = 3
_SLOW = 0.02  # by which the square of a step's length shrinks at least, where it is quick
_FAR = 500.0  # of a coordinate, where the likelihood still grows


@dataclass(frozen=True)
class Coordinates:
    """Unbounded coordinates of parameters by the domains of their types."""

    domains: tuple[str, ...]

    def _masks(self) -> tuple[Array, Array, Array]:
        domains = np.array(self.domains)
        return (np.isin(domains, ("positive", "nonnegative")), domains == "negative",
                domains == "probability")

    def theta(self, u: Array) -> Array:
        """The parameters."""
        positive, negative, unit = self._masks()
        theta = u.copy()
        with np.errstate(over="ignore", under="ignore"):
            theta[positive] = np.exp(u[positive])
            theta[negative] = -np.exp(u[negative])
            theta[unit] = 1 / (1 + np.exp(-u[unit]))
        return theta

    def unbounded(self, theta: Array) -> Array:
        """The coordinates of parameters."""
        positive, negative, unit = self._masks()
        u = theta.astype(float)
        u[positive] = np.log(theta[positive])
        u[negative] = np.log(-theta[negative])
        u[unit] = np.log(theta[unit]) - np.log1p(-theta[unit])
        return u

    def slopes(self, theta: Array) -> tuple[Array, Array]:
        """The first and second derivatives of the parameters by the coordinates."""
        positive, negative, unit = self._masks()
        first, second = np.ones(len(theta)), np.zeros(len(theta))
        exponential = positive | negative
        first[exponential] = second[exponential] = theta[exponential]
        first[unit] = theta[unit] * (1 - theta[unit])
        second[unit] = first[unit] * (1 - 2 * theta[unit])
        return first, second


@dataclass(frozen=True)
class Reached:
    """Where the steps ended: parameters, the value there, how many steps, and whether they met it.

    `length` is that of the last step in standard errors, `plain` says that all steps were solutions
    of least squares problems, `rank` how many directions of the parameters the last one has.
    """

    u: Array
    theta: Array
    local: Local
    steps: int
    converged: bool
    length: float
    plain: bool


def climb(likelihood: ArrayLikelihood, coordinates: Coordinates, start: Array) -> Reached:
    """The maximum to which the steps lead from a start.

    The information is the expected one where it is known, until its steps become slow.
    """
    u, observed, plain = start, False, True
    local = likelihood.local(coordinates.theta(u), observed)
    lengths: list[float] = []
    for count in range(1, _STEPS + 1):
        step, length, least = _step(local, coordinates, coordinates.theta(u))
        plain = plain and (least or observed)
        if not np.isfinite(length):
            break
        still = length > 0.9 * min(lengths[-3:], default=np.inf)
        done = length < _DONE or (length < _NEAR and still)
        u, moved = _moved(likelihood, coordinates, u, step, local.value, length)
        slow = bool(lengths) and length < _CLOSE and length > _SLOW * lengths[-1]
        lengths.append(length)
        if done or not moved or _is_far(coordinates, u):
            small = length < _NEAR and (done or not moved)
            return Reached(u, coordinates.theta(u), local, count, small, float(length)**.5, plain)
        observed = observed or slow
        local = likelihood.local(coordinates.theta(u), observed)
    return Reached(u, coordinates.theta(u), local, len(lengths), False,
                   min(lengths, default=np.inf)**.5, plain)


def polished(likelihood: ArrayLikelihood, coordinates: Coordinates, reached: Reached) -> Reached:
    """The end of the steps after a few more in which predictors are summed more exactly.

    Columns that nearly cancel lose digits otherwise.
    """
    if not reached.converged:
        return reached
    u, best = reached.u, np.inf
    for _ in range(_POLISHING):
        local = likelihood.local(coordinates.theta(u), exactly=True)
        step, length, _ = _step(local, coordinates, coordinates.theta(u))
        if length < best:  # the step is taken, and so short that the rest stays as it is
            there = u + step if length < _NEAR else u
            reached = replace(reached, u=there, theta=coordinates.theta(there), local=local,
                              length=float(length)**.5)
        if length < _DONE or not length < min(best, _NEAR):
            break
        u, best = u + step, length
    return reached


def _is_far(coordinates: Coordinates, u: Array) -> bool:
    bounded = np.array([d != "real" for d in coordinates.domains], bool)
    return bool(np.abs(u[bounded]).max(initial=0) > _FAR)


def _moved(likelihood: ArrayLikelihood, coordinates: Coordinates, u: Array, step: Array,
           value: float, length: float) -> tuple[Array, bool]:
    """The point after a step, which is halved until the likelihood does not fall."""
    slack = 1e-13 * (1 + abs(value))
    share = 1.0
    for _ in range(_HALVINGS):
        there = u + share * step
        height = likelihood.value(coordinates.theta(there))
        if height >= value + 1e-4 * share * length - slack:
            return there, True
        share /= 2
        if share * np.sqrt(length) < 1e-12:
            break
    return u, False


def _step(local: Local, coordinates: Coordinates, theta: Array) -> tuple[Array, float, bool]:
    """A step, its squared length in standard errors, and whether it is one of least squares."""
    first, second = coordinates.slopes(theta)
    gradient = local.gradient * first
    if local.roots is not None and np.isfinite(local.roots).all():
        root = local.roots * first
        scale = np.sqrt((root**2).sum(0))
        if (scale > 0).all():
            orthogonal, upper = np.linalg.qr(root / scale)
            if np.abs(np.diag(upper)).min() > 1e-14:
                right = orthogonal.T @ local.residuals if reached(local) else \
                    np.linalg.solve(upper.T, gradient / scale)
                step = np.linalg.solve(upper, right) / scale
                return step, max(float(gradient @ step), 0.0), True
    hessian = local.information * np.outer(first, first) - np.diag(local.gradient * second)
    return (*_within_hills(hessian, gradient), False)


def _within_hills(hessian: Array, gradient: Array) -> tuple[Array, float]:
    """A step that goes up also where the likelihood is not concave."""
    if not (np.isfinite(hessian).all() and np.isfinite(gradient).all()):
        return gradient, np.inf
    scale = np.sqrt(np.maximum(np.abs(np.diag(hessian)), 1e-300))
    values, vectors = np.linalg.eigh(hessian / np.outer(scale, scale))
    size = np.maximum(np.abs(values), 1e-10)
    with np.errstate(over="ignore", invalid="ignore"):
        step = vectors @ ((vectors.T @ (gradient / scale)) / size) / scale
        length = float(gradient @ step)
    return step, max(length, 0.0) if np.isfinite(step).all() else np.inf
