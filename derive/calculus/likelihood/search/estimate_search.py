"""Estimates by a search over all parameters at once, and whether closed ones are maxima."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from derive.calculus.likelihood.densities.statistical_model import Sample
from derive.calculus.likelihood.search.likelihood_kinks import is_kinked
from derive.calculus.likelihood.search.likelihood_surface import Surface
from derive.calculus.likelihood.search.maximum_search import highest, unbeaten
from derive.calculus.likelihood.search.outcome_words import (
    Remarks,
    at_edge,
    at_maximum,
    is_edge,
    still_growing,
    without_maximum,
)
from derive.calculus.likelihood.search.polished_maximum import polished
from derive.core.atoms import Tensor
from derive.derivation import Derivation
from derive.judge.precision import Float
from derive.judge.trees.evaluate import Point
from derive.rulebook.loading import Rulebook


class Search:
    """The search by numbers, over all parameters at once.

    `scored` says that the derivations have the scores of all parameters among their parts.
    """

    def __init__(self, derivations: Sequence[Derivation], sample: Sample, point: Point,
                 rulebook: Rulebook, scored: bool = True) -> None:
        self.slopes = {d.quantity.args[1] if d.goal == "equation" else d.quantity: next(
            p for p in d.parts if p.goal == "score") for d in derivations} if scored else None
        logarithm = next(p for p in derivations[0].parts if p.goal == "likelihood").result
        self.surface = Surface(sample, logarithm, point, rulebook)
        self.kinks = is_kinked(logarithm, sample.model.parameters)

    def is_highest(self, point: Point) -> bool:
        """Whether no value that is tried is likelier than the estimates of a point."""
        row = np.array([float(point.tensors[p.leaf][p.at] if isinstance(p.leaf, Tensor) else
                              point.scalars[p.leaf]) for p in self.surface.places])
        return unbeaten(self.surface, self.kinks, row)

    def result(self, closed: Mapping[str, Float]) -> tuple[dict[str, Float], Remarks]:
        """Values by name and remarks: estimates, or why there are none.

        `closed` are those of the equations, of which some may lie at the edge of a range.
        """
        outcome = highest(self.surface, self.kinks)
        if is_edge(outcome, closed):
            return at_edge(outcome, closed)
        if outcome.kind != "maximum":
            return {}, without_maximum(self.surface, outcome)
        row = polished(self.surface, outcome, self.slopes)
        if row is None:
            return {}, still_growing(self.surface, outcome)
        return at_maximum(self.surface, outcome, row)
