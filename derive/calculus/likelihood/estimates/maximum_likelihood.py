"""Maximum likelihood: the estimates of a sample of N observations, and that they are maxima."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from derive.argument_kinds import DATA, DENSITY, Names, Target, or_none
from derive.calculus.asking import on_record
from derive.calculus.likelihood.densities.density_checks import checked_model, with_caution
from derive.calculus.likelihood.densities.score_function import (
    joined,
    log_likelihood,
    sample_log_likelihood,
    slope_of,
)
from derive.calculus.likelihood.densities.statistical_model import Sample, joined_names, sample_of
from derive.calculus.likelihood.estimates.expectation_maximisation import em_steps
from derive.calculus.likelihood.estimates.likelihood_equations import Equations, Solved
from derive.calculus.likelihood.estimates.linear_systems import normal_equations
from derive.calculus.likelihood.estimates.maximum import (
    put_inside,
    second_derivative_test,
    without_edges,
)
from derive.calculus.likelihood.estimates.mixture_components import Mixture, mixture_of
from derive.calculus.likelihood.estimates.simplex_estimates import on_the_simplex
from derive.calculus.likelihood.estimates.undetermined_parameters import check_determined
from derive.calculus.likelihood.recognition.recognised_law import recognised, with_law
from derive.calculus.likelihood.regression.table_forms import Columns, is_table
from derive.calculus.likelihood.search.estimates_at_data import levels_at_data, with_data
from derive.calculus.likelihood.search.mixture_estimates import at_data
from derive.calculus.likelihood.statements.conditional_entries import beside
from derive.core.indexing import free_names
from derive.derivation import Derivation
from derive.functions.unstated_derivatives import without_derivative
from derive.judge.rules.user_functions import Functions
from derive.notation.printing.pretty import pretty
from derive.notation.reading.declaration_lines import Given
from derive.public_arguments import public
from derive.rulebook.loading import Rulebook, Rules


@public(target=DENSITY, data=or_none(DATA))
@on_record
def mle(target: Target, *, given: Given = (), wrt: Names = None,
        link: str | None = None, observed: str | None = None,
        prior: Names = None, weights: str | None = None, data: object = None,
        columns: Columns = None, values: Mapping[str, Any] | None = None,
        rules: Rules = None,
        functions: Functions | None = None) -> Derivation:
    """The maximum likelihood estimates from N observations, for symbolic N.

    Where an equation has no closed form, the derivation ends at the equation and a remark says
    so. `data` are observations (numbers, rows, or text such as "0, 0, 1"), at which the estimates
    are computed as well; `values` of names that are not estimated (`{"n": 5}`) go with them.
    For a regression `data` are the path of a .csv file, a dict of arrays or a data frame, and
    `columns` says which of them are what ("y = price; X = 1, area"); `fit` of the derivation then
    has the numbers as arrays.
    The other arguments are those of `nll`.
    Raises DeriveError, among others for data outside the support.

    >>> derive.mle("lam*exp(-lam*y)", given="lam: positive; y: positive").notation
    'N / sum(y)'
    """
    model, rulebook = checked_model(target, given, wrt, observed, functions, rules,
                                    beside(link, prior, weights))
    sample, mixture = sample_of(model), mixture_of(model)
    if mixture is not None:
        return _of_mixture(mixture, _observations(data, columns, sample), values, rulebook)
    if any(p.kind.domain == "simplex" for p in model.parameters):
        estimates = on_the_simplex(sample, sample_log_likelihood(sample, rulebook), rulebook)
    elif data is not None and not model.joint and without_derivative(
            model.density, model.parameters):
        return _by_levels(sample, _observations(data, columns, sample), values, rulebook)
    else:
        estimates = _all_free(sample, rulebook, data is None)
    title = f"{model.title}: maximum {'a posteriori' if model.has_priors else 'likelihood'}"
    main = replace(joined(estimates, title), source=model.source, typed=model.typed)
    main = with_law(main, model, recognised(model, rulebook), rulebook)
    main = with_caution(model, main)
    if data is not None and model.joint:
        from derive.calculus.likelihood.regression import regression_results  # NumPy, with data

        if regression_results.is_fitted(data, sample):
            return regression_results.with_fit(
                main, sample, log_likelihood(model, rulebook).result, data, columns, values or {},
                rulebook)
    return with_data(main, sample, _observations(data, columns, sample), values, rulebook)


def _observations(data: object, columns: Columns, sample: Sample) -> Any:
    """The observations, of a table those in columns. Raises DeriveError."""
    if not columns and not is_table(data):
        return data
    from derive.calculus.likelihood.regression.table_rows import observations_in

    return observations_in(data, columns, sample)


def _of_mixture(mixture: Mixture, data: str | Sequence[Any] | None,
                values: Mapping[str, Any] | None, rulebook: Rulebook) -> Derivation:
    """The two steps of expectation-maximisation, and where they lead at data."""
    model = mixture.model
    steps = em_steps(mixture, log_likelihood(model, rulebook), rulebook)
    main = replace(joined(steps, f"{model.title}: maximum likelihood by EM"), source=model.source,
                   typed=mixture.complete.typed, remarks=(*_without_closed_form_of(steps), (
                       "steps", "repeated in turn until the log-likelihood grows no more; they "
                                "lead to a maximum near the start, which may be a local one")))
    return at_data(main, mixture, data, values)


def _by_levels(sample: Sample, data: Any, values: Mapping[str, Any] | None, rulebook: Rulebook,
               ) -> Derivation:
    """The maximum at data of a likelihood whose score no rule derives: by its values alone."""
    model = sample.model
    logarithm = log_likelihood(model, rulebook)
    blocking = without_derivative(model.density, model.parameters)
    main = replace(
        logarithm, title=f"{model.title}: maximum likelihood", typed=model.typed,
        parts=(logarithm,), remarks=(("open", (
            f"no derivative of {pretty(blocking)} by all of {joined_names(model.parameters)} is "
            "stated, so there is no likelihood equation; the maximum is found by the values of the "
            "likelihood")),))
    return levels_at_data(with_caution(model, main), sample, data, values, rulebook)


def _all_free(sample: Sample, rulebook: Rulebook, symbolic: bool) -> tuple[Derivation, ...]:
    """The estimates of parameters that are not bound to each other.

    Raises DeriveError, for `symbolic` data, where no data determine them all.
    """
    model = sample.model
    logarithm = log_likelihood(model, rulebook)
    slopes = {model.at(p)[0]: slope_of(model, logarithm, p, rulebook) for p in model.parameters}
    solved = Equations(sample, slopes, rulebook).solve()
    parameters = set(model.parameters)
    if symbolic and any(s.value is None or free_names(s.value) & parameters for s in solved):
        check_determined(sample, slopes)
    test = second_derivative_test(sample, slopes, solved, rulebook)
    if len(solved) == 1:
        zero, solved = solved[0], [put_inside(sample, solved[0], test, rulebook)]
        test = without_edges(test, sample, zero) if solved[0] is not zero else test
    first, *others = (replace(s.derivation, parts=(slopes[s.unknown], *s.derivation.parts))
                      for s in solved)
    return replace(first, parts=(logarithm, *first.parts), checks=test.entries,
                   remarks=(*normal_equations(solved), *_without_closed_form(solved), *test.remarks,
                            *(r for s in solved for r in s.remarks))), *others


def _without_closed_form(solved: Iterable[Solved]) -> tuple[tuple[str, str], ...]:
    """That there is no closed form, where none was found."""
    unknowns = [s.unknown for s in solved if s.value is None]
    if not unknowns:
        return ()
    return (("open", f"no closed form: no rule solves the equation that is left for "
                     f"{joined_names(unknowns)}; with data it is solved by numbers"),)


def _without_closed_form_of(steps: Iterable[Derivation]) -> tuple[tuple[str, str], ...]:
    """That an M-step is no closed form, where one is none."""
    unknowns = [s.quantity.args[1] for s in steps if s.goal == "equation"]
    if not unknowns:
        return ()
    return (("open", f"no rule solves the equation of the M-step that is left for "
                     f"{joined_names(unknowns)}"),)
