"""Whether the steps of a fit ended at a maximum: edges, flat directions, growth without end."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from derive.calculus.likelihood.regression.design_rank import combined
from derive.calculus.likelihood.regression.scoring_steps import Coordinates, Reached
from derive.calculus.likelihood.search.array_likelihood import ArrayLikelihood, Local
from derive.errors import DeriveError

Array = NDArray[Any]
_OUT = (8.0, 16.0)  # how far out in a coordinate one looks for an edge
_FLAT = 1e-13  # of the largest singular value of the root of the information
_SADDLE = 1e-8  # an eigenvalue of the information whose diagonal is 1
_GROWS = 1.0  # in the log-likelihood


def check_maximum(likelihood: ArrayLikelihood, coordinates: Coordinates, reached: Reached,
                  names: Sequence[str], size: float, free: Array) -> Local:
    """The likelihood at the end of the steps, with the observed information.

    Raises DeriveError where there is no maximum; `size` is that of the observations, `free` marks
    the parameters that are at no kink.
    """
    for place, domain in enumerate(coordinates.domains):
        if domain != "real":
            _check_edge(likelihood, coordinates, reached, place, names[place], size)
    if not reached.converged:
        raise DeriveError(f"no maximum was reached after {reached.steps} steps, at "
                          f"{_values(names, reached.theta)}: the likelihood may have none, or the "
                          "data hardly determine these")
    observed = likelihood.local(reached.theta, observed=True)
    if free.all():
        _check_flat(likelihood, observed, reached, names)
    return observed


def _check_edge(likelihood: ArrayLikelihood, coordinates: Coordinates, reached: Reached,
                place: int, name: str, size: float) -> None:
    """Raises DeriveError where the likelihood does not fall towards an end of a type."""
    ends = {"probability": ((-1, "0"), (1, "1")), "negative": ((-1, "0"), (1, "−∞"))}.get(
        coordinates.domains[place], ((-1, "0"), (1, "∞")))
    here = reached.local.value
    for side, end in ends:
        heights = []
        for far in _OUT:
            u = reached.u.copy()
            u[place] += side * far
            heights.append(likelihood.value(coordinates.theta(u)))
        tiny = end == "0" and abs(reached.theta[place]) < 1e-11 * size
        if tiny or (min(heights) >= here - 1e-9 * (1 + abs(here)) and np.isfinite(heights).all()):
            raise DeriveError(_edge_in_words(_growth(likelihood, coordinates, reached, place, side),
                                             name, end))


def _growth(likelihood: ArrayLikelihood, coordinates: Coordinates, reached: Reached, place: int,
            side: int) -> float:
    """By how much the likelihood grows over two powers of ten, far out in a coordinate."""
    heights = []
    for far in (6, 8):
        u = reached.u.copy()
        u[place] = side * far * np.log(10)
        heights.append(likelihood.value(coordinates.theta(u)))
    return heights[1] - heights[0]


def _edge_in_words(growth: float, name: str, end: str) -> str:
    if growth > _GROWS:
        exact = ": the data fit exactly" if end == "0" else ""
        return f"the likelihood grows without end as {name} goes to {end}{exact}; it has no maximum"
    return (f"the likelihood has no maximum inside: it grows up to a limit as {name} goes to {end},"
            f" the edge of its range; take the model of that edge, or fix {name}: leave it out of "
            f"--wrt and give --value {name}=…")


def _check_flat(likelihood: ArrayLikelihood, observed: Local, reached: Reached,
                names: Sequence[str]) -> None:
    """Raises DeriveError where the likelihood does not fall in a direction from the estimate."""
    scale = np.sqrt(np.abs(np.diag(observed.information)))
    if not scale.all():
        place = int(np.argmin(scale))
        raise DeriveError(f"the data do not determine {names[place]}: the likelihood is the same "
                          "for all of its values")
    values, vectors = np.linalg.eigh(observed.information / np.outer(scale, scale))
    roots = reached.local.roots if observed.roots is None else observed.roots
    if values[0] > -_SADDLE and roots is not None:  # a root tells small values more exactly
        _, sizes, directions = np.linalg.svd(roots / np.sqrt((roots**2).sum(0)))
        values, vectors = sizes[::-1], directions[::-1].T
    if values[0] > _FLAT * values[-1]:
        return
    direction = vectors[:, 0] / scale
    inside = np.flatnonzero(np.abs(vectors[:, 0]) > 1e-5)
    listed = " and ".join(names[int(k)] for k in inside)
    if values[0] < -_SADDLE:
        raise DeriveError(f"the steps ended at a saddle point in {listed}, which is no maximum")
    weights = direction / np.abs(direction[inside]).min()
    flat = all(abs(likelihood.value(reached.theta + t * weights) - reached.local.value)
               <= 1e-8 * (1 + abs(reached.local.value)) for t in (-1.0, 1.0))
    if flat and len(inside) == 2:
        first, second = inside
        sum_ = combined([1.0, -weights[first] / weights[second]],
                        [names[int(first)], names[int(second)]])
        raise DeriveError(f"the data do not determine {listed}: only {sum_} is determined")
    raise DeriveError(f"the data do not determine {listed}: the likelihood is flat in a direction "
                      f"through {_values([names[int(k)] for k in inside], reached.theta[inside])}")


def _values(names: Sequence[str], theta: Array) -> str:
    shown = ", ".join(f"{n} = {v:.4g}" for n, v in list(zip(names, theta, strict=True))[:6])
    return f"{shown}, …" if len(names) > 6 else shown
