"""The score: the gradient of the log-likelihood of one observation."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from derive.calculus.asking import Given, on_record
from derive.calculus.gradient.partial_derivative import check_differentiated, derivative, last_forms
from derive.calculus.likelihood.density_checks import checked_model
from derive.calculus.likelihood.statistical_model import (
    ELL,
    Model,
    joined_names,
    log_density,
)
from derive.core.atoms import Variable
from derive.core.heads import apply
from derive.core.kinds import Kind
from derive.derivation import Derivation
from derive.functions.decisions import assuming
from derive.judge.rules.user_functions import Functions
from derive.notation.printing.pretty import pretty
from derive.rulebook.loading import Rulebook

LOG_LIKELIHOOD = Variable(ELL, Kind("real"))


@on_record
def score(target: str, *, given: Given = (), wrt: str | Iterable[str] | None = None,
          observed: str | None = None, rules: Rulebook | None = None,
        functions: Functions | None = None) -> Derivation:
    """The score: the derivative of the log-likelihood of one observation by every parameter.

    Arguments and errors as for `nll`. The first parameter's is the result; `others` hold the rest.
    """
    model, rulebook = checked_model(target, given, wrt, observed, functions, rules)
    return replace(joined(scores(model, rulebook), f"{model.title}: score"), typed=model.typed)


def joined(found: tuple[Derivation, ...], title: str) -> Derivation:
    """Several derivations of equal rank as one; the first of them is the result."""
    first, *others = found
    return replace(first, title=title, others=tuple(others))


def log_likelihood(model: Model, rulebook: Rulebook) -> Derivation:
    """The logarithm of the density of one observation, as a sum."""
    with assuming(model.positive):
        work = log_density(model, rulebook)
    start = apply("log", model.density)
    names = joined_names(model.parameters)
    return Derivation(
        title="Log-likelihood", goal="likelihood", given=model.given, quantity=LOG_LIKELIHOOD,
        start=start, steps=tuple(work.steps), original=start, assumptions=model.positive,
        domain=model.domain,
        note=f"The log-likelihood of {names}, given {'the' if model.whole else 'one'} "
             f"{'sample' if model.whole else 'observation'}:", source=model.source)


def scores(model: Model, rulebook: Rulebook) -> tuple[Derivation, ...]:
    """The score of each parameter; the first has the log-likelihood among its parts."""
    whole = log_likelihood(model, rulebook)
    found: list[Derivation] = []
    for parameter in model.parameters:
        one = slope_of(model, whole, parameter, rulebook)
        found.append(replace(one, parts=(whole,)) if not found else one)
    return tuple(found)


def slope_of(model: Model, whole: Derivation, parameter: Any, rulebook: Rulebook) -> Derivation:
    """The derivative of a log-likelihood by one parameter."""
    at, indices = model.at(parameter)
    with assuming(model.positive):
        found = derivative(model.problem(whole.result, ELL), whole.result, LOG_LIKELIHOOD, at,
                           indices, rulebook, "Score", "again")
        check_differentiated(found.result, rulebook)
    note = f"Its derivative by {pretty(at)}, the score:"
    return replace(found, goal="score", note=note, assumptions=model.positive, given=whole.given)


def untidied(slope: Derivation) -> Any:
    """The score before it was tidied: a sum of simple terms is easier to differentiate."""
    return last_forms(slope)[-1]
