"""A derivation with the fit of its model to a table of data: estimates, errors, what they rest on.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace

from sympy import Expr

from derive.calculus.likelihood.densities.statistical_model import Sample
from derive.calculus.likelihood.regression.column_choice import model_data
from derive.calculus.likelihood.regression.data_table import Table, table_of
from derive.calculus.likelihood.regression.fitted_model import Fit
from derive.calculus.likelihood.regression.kinked_fit import KinkedFit
from derive.calculus.likelihood.regression.regression_fit import Regression, data_leaves
from derive.calculus.likelihood.regression.table_forms import Columns, is_table
from derive.calculus.likelihood.regression.table_support import check_columns
from derive.calculus.likelihood.regression.unrolled_classes import unrolled
from derive.calculus.likelihood.search.observed_data import read_value
from derive.calculus.likelihood.statements.stated_entries import ConditionalEntry
from derive.core.atoms import Variable
from derive.core.indexing import free_names
from derive.derivation import Derivation
from derive.errors import DeriveError
from derive.judge.precision import mpf
from derive.judge.trees.evaluate import Point, evaluate
from derive.notation.printing.pretty import pretty
from derive.rulebook.loading import Rulebook

_LEFT_OUT = ("maximum", "boundary")  # remarks in general, of which the data now tell


def is_fitted(data: object, sample: Sample) -> bool:
    """Whether data of a model of all observations are those of a statement, or a table."""
    return is_table(data) or isinstance(sample.model.entry, ConditionalEntry)


def with_fit(derivation: Derivation, sample: Sample, log_likelihood: Expr, data: object,
             columns: Columns, values: Mapping[str, object], rulebook: Rulebook) -> Derivation:
    """The derivation with the estimates at a table of data. Raises DeriveError."""
    table = table_of(_as_table(data, sample))
    chosen = model_data(table, columns, data_leaves(sample), sample.dim)
    log_likelihood, sample, notes = unrolled(log_likelihood, sample, chosen.sizes)
    fixed = _fixed(values, sample, log_likelihood)
    check_columns(chosen, sample, fixed, rulebook)
    regression = Regression(log_likelihood, sample, chosen, fixed, rulebook)
    fit = regression.fit()
    _check_conditions(fit, sample)
    remarks = (("data", _rows(table)), *chosen.notes, *notes, *_remarks(fit, regression))
    kept = tuple(r for r in derivation.remarks if r[0] not in _LEFT_OUT)
    return replace(derivation, remarks=(*kept, *remarks), fit=fit,
                   estimates=tuple(zip(fit.names, fit.values, strict=True)))


def _as_table(data: object, sample: Sample) -> object:
    """The data; numbers alone are the column of what is observed, where that is all there is."""
    leaves = data_leaves(sample)
    if is_table(data) or len(leaves) != 1:
        return data
    cells = re.split(r"[,;\s]+", data.strip()) if isinstance(data, str) else data
    return {leaves[0].name: cells}


def _check_conditions(fit: Fit, sample: Sample) -> None:
    """Raises DeriveError where the estimates break a condition on parameters."""
    known = {leaf: mpf(fit[leaf.name]) for leaf in sample.model.parameters
             if isinstance(leaf, Variable)}
    point = Point(scalars=known)
    for condition in sample.conditions:
        if free_names(condition) <= known.keys() and not evaluate(condition, point, 15):
            raise DeriveError(f"{pretty(condition)} does not hold where the likelihood has its "
                              f"maximum, {joined_values(fit, free_names(condition))}; the maximum "
                              "within that bound is not computed here")


def joined_values(fit: Fit, names: Iterable[Expr]) -> str:
    """Parameters with their estimates."""
    return ", ".join(f"{n.name} = {fit[n.name]:.6g}" for n in sorted(names, key=str))


def _rows(table: Table) -> str:
    return f"{table.rows:,} row{'s' * (table.rows != 1)} of {table.source}"


def _fixed(values: Mapping[str, object], sample: Sample, log_likelihood: Expr,
           ) -> dict[Variable, float]:
    """The values of names that are not estimated. Raises DeriveError where one is missing."""
    fixed = dict[Variable, float]()
    for name, value in values.items():
        leaf = sample.scope.names.get(name)
        if not isinstance(leaf, Variable) or leaf in sample.model.parameters:
            raise DeriveError(f"{name!r} is no name with a fixed value here; a parameter that is "
                              "left out of --wrt is one")
        fixed[leaf] = float(read_value(name, value, leaf.kind.domain))
    missing = sorted(n.name for n in free_names(log_likelihood) if isinstance(n, Variable)
                     and n not in sample.model.parameters and n not in fixed)
    if missing:
        raise DeriveError(f"the data do not tell {', '.join(missing)}; give "
                          f"{'a value' if len(missing) == 1 else 'values'} with --value "
                          f"{missing[0]}=…")
    return fixed


def _remarks(fit: Fit, regression: Regression) -> Iterable[tuple[str, str]]:
    """How the maximum was reached, what the errors rest on, and how likely the data are."""
    yield "fit", fit.method
    if regression.kinked is not None:
        yield from _of_kinks(regression.kinked)
    exact = ", which is the observed one" if regression.formulas.canonical else ""
    if regression.kinked is not None:
        yield "errors", ("from the variance of the scores, which jump, in the model as it is "
                         "typed; intervals of 1.96 standard errors to each side")
    elif regression.kinks.bent.any():
        yield "errors", ("from the curvature beside the kinks, as if it were known which "
                         "coefficients are 0; those have none")
    elif regression.penalised:
        yield "errors", f"from the {fit.information} information and the curvature of the priors"
    else:
        yield "errors", (f"from the {fit.information} information{exact}; intervals of "
                         "1.96 standard errors to each side")
    yield from _unbiased(fit, regression)
    count = len(fit.names)
    if fit.log_posterior is not None:
        yield "criteria", (f"log-likelihood {fit.log_likelihood:.10g}, with the priors "
                           f"{fit.log_posterior:.10g}")
    else:
        yield "criteria", (f"log-likelihood {fit.log_likelihood:.10g}; AIC {fit.aic:.10g}, BIC "
                           f"{fit.bic:.10g}, with {count} parameter{'s' * (count != 1)}")


def _of_kinks(kinked: KinkedFit) -> Iterable[tuple[str, str]]:
    """Whether the maximum is the only one."""
    if not kinked.intervals:
        yield "maximum", "the only one: the likelihood falls along every edge from it"
        return
    ends = "; ".join(f"{name} from {low:.10g} to {high:.10g}" for name, low, high in
                     kinked.intervals)
    more = "" if kinked.complete else ", and there are more vertices than were visited"
    yield "maximum", (f"not unique: {ends}{more}; the estimates are the mean of the vertices that "
                      "are as high")


def _unbiased(fit: Fit, regression: Regression) -> Iterable[tuple[str, str]]:
    """What other programs print for least squares, where the variance divides by N - D."""
    scales = regression.main.direct
    coefficients = len(fit.names) - 1
    left = fit.observations - coefficients
    if regression.linear and len(scales) == 1 and left > 0 and fit.log_posterior is None:
        share = (fit.observations / left)**.5
        name = fit.names[scales[0]]
        yield "unbiased", (f"{name} divides by N = {fit.observations:,}; by N - {coefficients} it "
                           f"is {fit.values[scales[0]] * share:.10g}, and the standard errors of "
                           f"the coefficients are {share:.8g} times as large")
