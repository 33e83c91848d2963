"""The score: the gradient of the log-likelihood of one observation."""

from __future__ import annotations

from dataclasses import replace

from sympy import Expr, Integer

from derive.argument_kinds import DENSITY, Names, Target
from derive.calculus.asking import on_record
from derive.calculus.gradient.partial_derivative import check_differentiated, derivative, last_forms
from derive.calculus.likelihood.densities.density_checks import checked_model, with_caution
from derive.calculus.likelihood.densities.statistical_model import (
    ELL,
    Model,
    Parameter,
    Sample,
    joined_names,
    log_density,
)
from derive.calculus.likelihood.recognition.recognised_law import recognised, with_law
from derive.calculus.likelihood.statements.conditional_entries import beside
from derive.calculus.strategy import Work
from derive.core import heads
from derive.core.atoms import Variable
from derive.core.heads import apply
from derive.core.kinds import Kind
from derive.derivation import Derivation
from derive.functions.decisions import assuming
from derive.judge.rules.user_functions import Functions
from derive.notation.printing.pretty import pretty
from derive.notation.reading.declaration_lines import Given
from derive.public_arguments import public
from derive.rulebook.loading import Rulebook, Rules

LOG_LIKELIHOOD = Variable(ELL, Kind("real"))


@public(target=DENSITY)
@on_record
def score(target: Target, *, given: Given = (), wrt: Names = None,
          link: str | None = None, observed: str | None = None,
          prior: Names = None, weights: str | None = None, rules: Rules = None,
          functions: Functions | None = None) -> Derivation:
    """The score: the derivative of the log-likelihood of one observation by every parameter.

    Arguments and errors as for `nll`. The first parameter's is the result; `others` hold the rest.

    >>> derive.score("lam*exp(-lam*y)", given="lam: positive; y: positive").notation
    '1 / lam - y'
    """
    model, rulebook = checked_model(target, given, wrt, observed, functions, rules,
                                    beside(link, prior, weights))
    main = joined(scores(model, rulebook), f"{model.title}: score")
    main = with_law(replace(main, typed=model.typed), model, recognised(model, rulebook), rulebook)
    return with_caution(model, main)


def joined(derivations: tuple[Derivation, ...], title: str) -> Derivation:
    """Several derivations of equal rank as one; the first of them is the result."""
    first, *others = derivations
    return replace(first, title=title, others=tuple(others))


def log_likelihood(model: Model, rulebook: Rulebook) -> Derivation:
    """The logarithm of the density of one observation, as a sum."""
    with assuming(model.positive):
        work = log_density(model, rulebook)
    seen = "the sample" if model.joint else "one observation"
    return work.derivation(
        "Log-likelihood", "likelihood", LOG_LIKELIHOOD, model.given, assumptions=model.positive,
        domain=model.domain, source=model.source,
        note=f"The {model.logarithm} of {joined_names(model.parameters)}, given {seen}:")


def sample_log_likelihood(sample: Sample, rulebook: Rulebook) -> Derivation:
    """The log-likelihood of the sample, a sum over the observations."""
    model = sample.model
    density = sample.nth(model.density)
    body = density if model.joint else heads.Product.over(density, sample.index)
    least = density if model.joint else heads.Minimum.over(density, sample.index)
    inside = (*sample.conditions, heads.Less(Integer(0), least))
    work = Work(apply("log", body), rulebook)
    with assuming((*inside, *model.positive)):
        work.once("prepare")
        work.run("likelihood")
    return work.derivation(
        "Log-likelihood", "likelihood", LOG_LIKELIHOOD, sample.given, assumptions=inside,
        note=f"The log-likelihood of {joined_names(model.parameters)}, given {sample.dim} "
             "independent observations:", source=model.source)


def scores(model: Model, rulebook: Rulebook) -> tuple[Derivation, ...]:
    """The score of each parameter; the first has the log-likelihood among its parts."""
    logarithm = log_likelihood(model, rulebook)
    first, *others = (slope_of(model, logarithm, p, rulebook) for p in model.parameters)
    return replace(first, parts=(logarithm,)), *others


def slope_of(model: Model, logarithm: Derivation, parameter: Parameter, rulebook: Rulebook,
             ) -> Derivation:
    """The derivative of a log-likelihood by one parameter."""
    at, indices = model.at(parameter)
    body = logarithm.result
    with assuming(model.positive):
        slope = derivative(model.problem(body, ELL), body, LOG_LIKELIHOOD, at, indices, rulebook,
                           "Score", "again")
        check_differentiated(slope.result, rulebook)
    note = f"Its derivative by {pretty(at)}, the score:"
    return replace(slope, goal="score", note=note, assumptions=model.positive,
                   given=logarithm.given)


def untidied(slope: Derivation) -> Expr:
    """The score before it was tidied: a sum of simple terms is easier to differentiate."""
    return last_forms(slope)[-1]
