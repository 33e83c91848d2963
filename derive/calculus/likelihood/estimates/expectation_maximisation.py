"""Expectation-maximisation for mixtures: both steps derived, by the rules of any other estimate."""

from __future__ import annotations

from dataclasses import replace

from derive.calculus.likelihood.densities.score_function import (
    log_likelihood,
    sample_log_likelihood,
    slope_of,
)
from derive.calculus.likelihood.densities.statistical_model import Model, Parameter, sample_of
from derive.calculus.likelihood.estimates.likelihood_equations import Equations
from derive.calculus.likelihood.estimates.mixture_components import Mixture
from derive.calculus.likelihood.estimates.simplex_estimates import on_the_simplex
from derive.calculus.strategy import Work
from derive.core.indexing import root
from derive.derivation import Derivation
from derive.functions.decisions import assuming
from derive.notation.printing.pretty import pretty
from derive.rulebook.loading import Rulebook

_NOTE_E = ("The logarithm of a sum is not taken apart, and its likelihood equations have no closed "
           "solution. Expectation-maximisation repeats two steps, of which none lowers the "
           "likelihood. E-step: the responsibility {place}, the probability at the parameters so "
           "far that an observation comes from this component, by Bayes' theorem:")
_NOTE_M = ("M-step: with the responsibilities as they are, the expected log-likelihood of one "
           "observation and its component is")


def em_steps(mixture: Mixture, logarithm: Derivation, rulebook: Rulebook,
             ) -> tuple[Derivation, ...]:
    """The estimates of an M-step in the order of the parameters; the E-step is among the parts.

    `logarithm` derives the log-likelihood of one observation.
    """
    complete = log_likelihood(mixture.complete, rulebook)
    expected = replace(complete, title="Expected log-likelihood", note=_NOTE_M)
    weights = mixture.weights.name if mixture.indices else ""
    estimates = _estimates(mixture.complete, weights, complete, rulebook)
    first, *others = (estimates[p] for p in mixture.complete.parameters)
    parts = (logarithm, e_step(mixture, rulebook), expected, *first.parts)
    return replace(first, parts=parts), *others


def e_step(mixture: Mixture, rulebook: Rulebook) -> Derivation:
    """The responsibility of a component for one observation."""
    with assuming(mixture.model.positive):
        work = Work(mixture.posterior, rulebook).run("finish")
    model = mixture.model
    return work.derivation(
        "Responsibility", "likelihood", mixture.place, mixture.complete.given,
        indices=mixture.indices, assumptions=model.positive, domain=model.domain,
        note=_NOTE_E.format(place=pretty(mixture.place)))


def _estimates(model: Model, weights: str, logarithm: Derivation, rulebook: Rulebook,
               ) -> dict[Parameter, Derivation]:
    """The estimate of each parameter from observations with responsibilities.

    `weights` sum to 1, as the elements of every parameter on the simplex do.
    """
    tied = [p for p in model.parameters if p.kind.domain == "simplex" or p.name == weights]
    free = tuple(p for p in model.parameters if p not in tied)
    estimates: dict[Parameter, Derivation] = {}
    slopes = {model.at(p)[0]: slope_of(model, logarithm, p, rulebook) for p in free}
    if free:
        sample = sample_of(replace(model, parameters=free))
        for solved in Equations(sample, slopes, rulebook).solve():
            estimates[root(solved.unknown)] = replace(
                solved.derivation, parts=(
                    slopes[solved.unknown], *solved.derivation.parts))
    for parameter in tied:
        sample = sample_of(replace(model, parameters=(parameter,)))
        (estimate,) = on_the_simplex(sample, sample_log_likelihood(sample, rulebook),
                                       rulebook)
        estimates[parameter] = replace(estimate, parts=estimate.parts[1:], remarks=())
    return estimates
