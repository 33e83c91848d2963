"""Regression at data: estimates of all parameters jointly, with their standard errors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sympy import Expr

from derive.calculus.likelihood.densities.statistical_model import Sample
from derive.calculus.likelihood.regression.column_choice import ModelData
from derive.calculus.likelihood.regression.design_matrices import Designs, Slots, slots_of
from derive.calculus.likelihood.regression.design_rank import check_rank
from derive.calculus.likelihood.regression.fit_verdict import check_maximum
from derive.calculus.likelihood.regression.fitted_model import Fit
from derive.calculus.likelihood.regression.kinked_fit import KinkedFit, fit_over_kinks
from derive.calculus.likelihood.regression.observation_formulas import (
    ArrayFormulas,
    Formulas,
    formulas_of,
)
from derive.calculus.likelihood.regression.observation_terms import (
    ObservationTerms,
    observation_terms,
)
from derive.calculus.likelihood.regression.piecewise_linear_terms import other_kinks
from derive.calculus.likelihood.regression.prior_terms import Priors
from derive.calculus.likelihood.regression.scoring_starts import starting_point
from derive.calculus.likelihood.regression.scoring_steps import (
    Coordinates,
    Reached,
    climb,
    polished,
)
from derive.calculus.likelihood.regression.separation import check_separation
from derive.calculus.likelihood.regression.steps_over_kinks import Kinks, climb_over_kinks
from derive.calculus.likelihood.search.array_likelihood import ArrayLikelihood, Local, Terms
from derive.core import heads
from derive.core.atoms import Tensor, Variable
from derive.core.indexing import depends
from derive.errors import DeriveError
from derive.rulebook.loading import Rulebook

Array = NDArray[Any]
_MANY, _SOME = 20_000, 4000  # rows of which first some are taken, and how many
_STARTS, _SPREAD = 4, 1.0  # further starts where the likelihood is not concave


def data_leaves(sample: Sample) -> list[Tensor]:
    """The arrays of a model with an entry, or a row, for each observation."""
    observed = sample.model.observed
    others = (x for x in sample.scope.names.values() if isinstance(x, Tensor)
              and x not in observed and x not in sample.model.parameters)
    return [*observed, *(x for x in others if sample.dim in x.kind.shape)]


class Regression:
    """A model with its data: the terms of its likelihood as functions of its parameters.

    Raises DeriveError for a likelihood that is no sum of terms of observations.
    """

    def __init__(self, log_likelihood: Expr, sample: Sample, data: ModelData,
                 fixed: Mapping[Variable, float], rulebook: Rulebook) -> None:
        self.sample, self.data = sample, data
        for parameter in sample.model.parameters:
            if len(parameter.kind.shape) > 1:
                raise DeriveError(f"{parameter.name} is a matrix of parameters; estimates at data "
                                  "are computed for numbers and vectors of parameters")
        terms = observation_terms(log_likelihood, sample)
        if terms is None:
            raise DeriveError("estimates at data are computed for likelihoods that are a product "
                              "over the observations, with parameters by themselves or in sums "
                              "such as X @ w; this is none")
        self.terms: ObservationTerms = terms
        seen = [terms.numbers[y] for y in sample.observed if y in terms.numbers]
        self.formulas: Formulas = formulas_of(terms, seen, rulebook)
        self.slots: Slots = slots_of(sample.model.parameters, terms.predictors, data)
        arrays = ArrayFormulas(self.formulas, fixed, sample.model.positive, rulebook)
        designs = Designs(data, self.slots, fixed, rulebook)
        self.main = Terms(arrays, tuple(designs.matrix(p) for p in terms.predictors),
                          tuple(self.slots.ranges[p][0] for p in terms.direct),
                          {v: _numbers(data.arrays[x], v) for x, v in terms.numbers.items()},
                          data.rows)
        self.coordinates = Coordinates(self.slots.domains)
        smooth, kinks = Priors(sample, data, self.slots, fixed, rulebook).terms(terms.priors)
        self.kinks = Kinks(kinks, self.slots.size)
        self.likelihood = ArrayLikelihood((self.main, *smooth, *kinks), self.slots.size)
        self.penalised = sample.model.has_priors
        self.kinked: KinkedFit | None = None
        self.bound = np.zeros(self.slots.size, bool)  # the coefficients that have a prior
        if self.penalised:
            for group in (*smooth, *kinks):
                for _, places in group.designs:
                    self.bound[places] = True
            self.bound |= self.kinks.bent

    def _bent(self) -> int | None:
        """The predictor whose terms bend where it meets the data; None where all are smooth.

        Raises DeriveError for a form that is not fitted.
        """
        leaves = [p.leaf for p in self.terms.predictors]
        bent = {n for n, leaf in enumerate(leaves) for a in self.terms.body.atoms(heads.Apply)
                if a.name in ("abs", "sign", "max", "min") and depends(a, leaf)}
        if bent and (len(bent) > 1 or self.penalised or any(
                self.formulas.curvatures[leaves[n], leaves[n]] != 0 for n in bent)):
            raise other_kinks()
        return next(iter(bent), None)

    def fit(self) -> Fit:
        """The maximum. Raises DeriveError where there is none, with the reason."""
        observations = self.data.arrays[self.sample.observed[0]]
        bent = self._bent()
        if bent is not None:
            self._check_designs(None)
            self.kinked = fit_over_kinks(self.likelihood, bent, self.slots, self.coordinates,
                                         np.asarray(observations, float))
            return self.kinked.fit
        start = starting_point(self.main, observations, self.slots.size, self.coordinates)
        self._check_designs(start)
        if self.kinks.bent.any():
            reached = climb_over_kinks(self.likelihood, self.coordinates, start, self.kinks)
        else:
            reached = polished(self.likelihood, self.coordinates, self._climb(start))
        free = ~self.kinks.bent | (reached.theta != self.kinks.centres)
        observed = check_maximum(self.likelihood, self.coordinates, reached, self.slots.names,
                                 max(float(np.abs(observations).mean()), 1e-300), free)
        return self._record(reached, observed, free)

    def _check_designs(self, start: Array | None) -> None:
        """Raises DeriveError where columns whose coefficients have no prior determine too little.

        With a start also for data that are separated.
        """
        left = []
        for columns, places in self.main.designs:
            own = ~self.bound[places]
            left.append((columns[:, own], places[own]))
            if own.any():
                check_rank(columns[:, own], [self.slots.names[p] for p in places[own]],
                           [self.slots.columns[p] for p in places[own]])
        if start is not None and len(left) == 1 and len(left[0][1]):
            check_separation(self.main, left[0], self.coordinates.theta(start), self.slots.names,
                             self.slots.columns, self.sample.observed[0].name)

    def _climb(self, start: Array) -> Reached:
        """The steps to the maximum, over some of the rows first; from several starts where the
        likelihood is not concave.
        """
        begin = start
        if self.data.rows > _MANY:
            rows = np.unique(np.linspace(0, self.data.rows - 1, _SOME).astype(int))
            part = ArrayLikelihood((self.main.part(rows), *self.likelihood.groups[1:]),
                                   self.slots.size)
            first = climb(part, self.coordinates, start)
            if first.converged and np.isfinite(self.likelihood.value(first.theta)):
                begin = first.u
        best = climb(self.likelihood, self.coordinates, begin)
        if best.plain and best.converged:
            return best
        draw = np.random.default_rng(1)
        for turn in range(_STARTS):
            moved = start if turn == 0 else start + _SPREAD * (2 * draw.random(len(start)) - 1) * (
                np.array([d != "real" for d in self.slots.domains]))
            other = climb(self.likelihood, self.coordinates, moved)
            better = other.local.value > best.local.value + 1e-9 * (1 + abs(best.local.value))
            if (better and other.converged) or (other.converged and not best.converged):
                best = other
        return best

    def _record(self, reached: Reached, observed: Local, free: Array) -> Fit:
        """The fit, its covariances from the expected information where that is known."""
        expected = self.formulas.expected is not None
        local = reached.local
        known = local if expected else observed
        covariance = np.full((self.slots.size, self.slots.size), np.nan)
        roots = known.roots if free.all() else None
        covariance[np.ix_(free, free)] = inverse(known.information[np.ix_(free, free)], roots)
        height = float(np.sum(self.main.each(reached.theta))) if self.penalised else local.value
        name = self._method(reached)
        return Fit(self.slots.names, self.slots.domains, tuple(map(float, reached.theta)),
                   tuple(tuple(map(float, row)) for row in covariance), self.data.rows,
                   height, "expected" if expected else "observed",
                   f"{name}: {reached.steps} step{'s' * (reached.steps != 1)}, "
                   f"the last of {reached.length:.0e} standard errors",
                   local.value if self.penalised else None)

    @property
    def linear(self) -> bool:
        """Whether the maximum over the coefficients is that of least squares."""
        if self.kinked is not None:
            return False
        first = self.terms.variables[0]
        curved = self.formulas.curvatures[first, first]
        names = [first, *(v for v in self.terms.numbers.values() if self._is_observed(v))]
        return self._single and not any(depends(curved, x) for x in names)

    @property
    def _single(self) -> bool:
        return len(self.terms.predictors) == 1

    def _method(self, reached: Reached) -> str:
        """What the steps are called."""
        if self.kinks.bent.any():
            return "coordinate descent on quadratic models"
        if self.formulas.expected is None or not reached.plain:
            return "Newton's method"
        if self.linear:
            return "least squares by orthogonal decomposition"
        if self._single:
            return "iteratively reweighted least squares"
        return "Newton's method" if self.formulas.canonical else "Fisher scoring"

    def _is_observed(self, leaf: Variable) -> bool:
        return leaf in [self.terms.numbers.get(y) for y in self.sample.observed]


def _numbers(array: Array, leaf: Variable) -> Array:
    return array.astype(int) if leaf.kind.domain == "label" else array


def inverse(information: Array, roots: Array | None) -> Array:
    """The inverse of the information: by its root, where there is one, which is more exact."""
    if roots is not None:
        scale = np.sqrt((roots**2).sum(0))
        upper = np.linalg.qr(roots / scale, mode="r")
        half = np.linalg.solve(upper, np.eye(len(upper))) / scale[:, None]
        product: Array = half @ half.T
        return product
    scale = np.sqrt(np.abs(np.diag(information)))
    values, vectors = np.linalg.eigh(information / np.outer(scale, scale))
    inner: Array = (vectors / values) @ vectors.T / np.outer(scale, scale)
    return inner
