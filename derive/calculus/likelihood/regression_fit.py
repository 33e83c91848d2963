"""Regression at data: estimates of all parameters jointly, with their standard errors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from derive.calculus.likelihood.array_likelihood import ArrayLikelihood, Terms
from derive.calculus.likelihood.column_choice import ModelData
from derive.calculus.likelihood.design_matrices import Designs, Slots, slots_of
from derive.calculus.likelihood.observation_formulas import ArrayFormulas, Formulas, formulas_of
from derive.calculus.likelihood.observation_terms import ObservationTerms, observation_terms
from derive.calculus.likelihood.scoring_steps import Coordinates, Reached, climb
from derive.calculus.likelihood.starting_values import starting_point
from derive.calculus.likelihood.statistical_model import Sample
from derive.core.atoms import Tensor, Variable
from derive.rulebook.loading import Rulebook

Array = NDArray[Any]


def data_leaves(sample: Sample) -> list[Tensor]:
    """The arrays of a model with an entry, or a row, for each observation."""
    observed = sample.model.observed
    others = (x for x in sample.scope.names.values() if isinstance(x, Tensor)
              and x not in observed and x not in sample.model.parameters)
    return [*observed, *(x for x in others if sample.dim in x.kind.shape)]


class Regression:
    """A model with its data: the terms of its likelihood as functions of its parameters."""

    def __init__(self, log_likelihood: Any, sample: Sample, data: ModelData,
                 fixed: Mapping[Variable, float], rulebook: Rulebook) -> None:
        self.sample, self.data = sample, data
        terms = observation_terms(log_likelihood, sample)
        assert terms is not None
        self.terms: ObservationTerms = terms
        seen = [terms.numbers[y] for y in sample.observed if y in terms.numbers]
        self.formulas: Formulas = formulas_of(terms, seen, rulebook)
        self.slots: Slots = slots_of(sample.model.parameters, terms.predictors, data)
        arrays = ArrayFormulas(self.formulas, fixed, sample.model.positive, rulebook)
        designs = Designs(data, self.slots, fixed, rulebook)
        self.main = Terms(arrays, tuple(designs.matrix(p) for p in terms.predictors),
                          tuple(self.slots.ranges[p][0] for p in terms.direct),
                          {v: data.arrays[x] for x, v in terms.numbers.items()}, data.rows)
        self.coordinates = Coordinates(self.slots.domains)
        self.likelihood = ArrayLikelihood((self.main,), self.slots.size)

    def fit(self) -> Reached:
        """The maximum."""
        observations = self.data.arrays[self.sample.observed[0]]
        start = starting_point(self.main, observations, self.slots.size, self.coordinates)
        return climb(self.likelihood, self.coordinates, start)
