"""Where the search for a maximum begins: predictors that are constant, by a look at some rows."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from derive.calculus.likelihood.regression.scoring_steps import Coordinates
from derive.calculus.likelihood.search.array_likelihood import Terms

Array = NDArray[Any]
_ROWS, _SWEEPS = 2000, 4
_GRID = np.concatenate([[0.0], np.outer([1, -1], [.1, .3, 1, 2, 3, 5, 8, 12, 20]).ravel()])


def starting_point(terms: Terms, observations: Array, size: int, coordinates: Coordinates) -> Array:
    """Coordinates of parameters at which the predictors are nearly constant and fit best."""
    chosen = np.linspace(0, terms.rows - 1, min(terms.rows, _ROWS)).astype(int)
    part = terms.part(np.unique(chosen))
    constants, scalars = _constants(part, observations, coordinates)
    u = np.zeros(size)
    for place, value in zip(terms.direct, scalars, strict=True):
        u[place] = value
    theta = coordinates.theta(u)
    for (columns, places), constant in zip(terms.designs, constants, strict=True):
        norms = np.sqrt((columns**2).sum(0))
        norms[norms == 0] = 1
        weights = np.linalg.lstsq(columns / norms, np.full(len(columns), constant), rcond=1e-10)[0]
        theta[places] = weights / norms
    real = np.array([d == "real" for d in coordinates.domains], bool)
    return np.where(real, theta, u)


def _constants(terms: Terms, observations: Array, coordinates: Coordinates,
               ) -> tuple[Array, Array]:
    """Values of the predictors, and coordinates of the other parameters, one after another."""
    many = len(terms.designs)
    variables = terms.formulas.formulas.variables
    values = np.zeros(len(variables))
    grids = [_predictor_grid(observations)] * many + [_grid(observations)] * len(terms.direct)

    def height(trial: Array) -> float:
        moving = dict(terms.numbers)
        for k, (variable, value) in enumerate(zip(variables, trial, strict=True)):
            if k < many:
                moving[variable] = np.full(terms.rows, value)
            else:
                domain = coordinates.domains[terms.direct[k - many]]
                moving[variable] = Coordinates((domain,)).theta(np.array([value]))[0]
        total = float(np.sum(terms.formulas.value(moving, terms.rows)))
        return total if np.isfinite(total) else -np.inf

    best = height(values)
    for sweep in range(_SWEEPS):
        before = values.copy()
        for k, grid in enumerate(grids):
            trials = grid if sweep == 0 else values[k] + _GRID * 0.3**sweep * max(
                1.0, abs(values[k]) * .2)
            for x in trials:
                trial = values.copy()
                trial[k] = x
                there = height(trial)
                if there > best:
                    best, values = there, trial
        if sweep and np.array_equal(before, values):
            break
    return values[:many], values[many:]


def _predictor_grid(observations: Array) -> Array:
    """Values that a predictor may have: those of observations, their logarithms and reciprocals."""
    middle = np.array([observations.mean(), np.median(observations)])
    size = max(float(np.abs(observations).mean()), 1e-300)
    return np.concatenate([_GRID, middle, [np.log(size), -np.log(size), 1 / size],
                           1 / middle[middle != 0]])


def _grid(observations: Array) -> Array:
    spread = max(float(observations.std()), 1e-300)
    return np.concatenate([_GRID, [np.log(spread), -np.log(spread), 2 * np.log(spread),
                                   -2 * np.log(spread)]])
