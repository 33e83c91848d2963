"""The Fisher information: the expected value of minus the second derivative."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from derive.argument_kinds import DENSITY, Names, Target
from derive.calculus.asking import on_record
from derive.calculus.likelihood.conditional_entries import beside
from derive.calculus.likelihood.density_checks import checked_model
from derive.calculus.likelihood.expected_values import constant
from derive.calculus.likelihood.information_entries import information_entries
from derive.calculus.likelihood.information_of_law import through_law
from derive.calculus.likelihood.information_of_sample import information_of_sample
from derive.calculus.likelihood.links import fitting_links, linked
from derive.calculus.likelihood.recognised_law import (
    law_remark,
    law_shown,
    recognised,
    stated_law,
)
from derive.calculus.likelihood.score_function import joined
from derive.calculus.likelihood.stated_entries import ConditionalEntry
from derive.calculus.likelihood.statistical_model import (
    Model,
    Parameter,
    joined_names,
    read_model,
)
from derive.core import heads
from derive.core.indexing import depends
from derive.derivation import Derivation
from derive.errors import DeriveError
from derive.judge.rules.user_functions import Functions
from derive.notation.printing.pretty import pretty
from derive.notation.reading.declaration_lines import Given
from derive.public_arguments import public
from derive.rulebook.loading import Rulebook, Rules


@public(target=DENSITY)
@on_record
def fisher(target: Target, *, given: Given = (), wrt: Names = None,
           link: str | None = None, observed: str | None = None, prior: Names = None,
           weights: str | None = None, rules: Rules = None,
           functions: Functions | None = None) -> Derivation:
    """The Fisher information of one observation, an entry for each pair of parameters.

    Each entry is the expected value of minus the second derivative of the log-likelihood, by
    known moments, or by a variable whose law is free of the parameters. It is certified by
    quadrature or summation against the expected product of the scores. Where no moment is known,
    the expected value stays in the result. Of a regression it is that of all observations, given
    their covariates. Arguments and errors as for `nll`.

    >>> derive.fisher("lam*exp(-lam*y)", given="lam: positive; y: positive").notation
    '1 / lam**2'
    """
    model, rulebook = checked_model(target, given, wrt, observed, functions, rules,
                                    beside(link, prior, weights))
    if isinstance(model.entry, ConditionalEntry) and model.entry.row is not None:
        row = read_model(model.entry.row, wrt=[p.name for p in model.parameters])
        return information_of_sample(model, row, _information(row, None, rulebook), rulebook)
    return _information(model, link, rulebook)


def _information(model: Model, link: str | None, rulebook: Rulebook) -> Derivation:
    """The information of one observation. Raises DeriveError where it is not defined."""
    _check_expected(model)
    model, choices = _free_parameters(model, link, rulebook)
    stated = stated_law(model)
    law = stated or recognised(model, rulebook)
    further = None if law is None else through_law(law, rulebook)
    made = information_entries(model, rulebook, further)
    entries = made.entries
    if law is not None and law != stated:
        entries = (replace(entries[0], parts=(law_shown(model, law, rulebook), *entries[0].parts)),
                   *entries[1:])
        choices = (law_remark(law, model.observed[0]), *choices)
    remarks = (*choices, *_remarks(model, entries, made.curvatures))
    names = ", ".join(p.name for p in model.parameters)
    typed = None if model.typed is None else replace(model.typed, wrt=names)
    return replace(joined(entries, f"{model.title}: Fisher information"), remarks=remarks,
                   source=model.source, typed=typed)


def _check_expected(model: Model) -> None:
    """Raises DeriveError where an expected value is not defined by the model."""
    entry = model.entry
    if model.joint or (entry is not None and entry.censored):
        raise DeriveError(
            f"no expected information for {model.title}: it depends on the law of what is not "
            "modelled (censoring times, risk sets); use the observed information, minus the second "
            "derivative: derive hessian of its loss")
    if entry is not None and entry.atoms:
        raise DeriveError(
            f"no expected information for {model.title}: its law has a probability of its own at "
            f"{' and '.join(entry.atoms)} beside a density, over which no expected value is taken "
            "here; for the observed information, take the derivative of derive score")
    if entry is not None and entry.up_to:
        raise DeriveError(f"the density of {model.title} stands in the table but for "
                          f"{entry.up_to}, so no expected value can be computed and checked here; "
                          "for the observed information, take the derivative of derive score")
    if len(model.observed) != 1:
        raise DeriveError("expected values are taken over one observation; this model has "
                          f"{len(model.observed)}")


def _free_parameters(model: Model, link: str | None, rulebook: Rulebook,
                     ) -> tuple[Model, tuple[tuple[str, str], ...]]:
    """The model in parameters that are free to vary, and what was done for it, in words.

    Raises DeriveError where none is left.
    """
    bound = [p for p in model.parameters if any(depends(c, p) for c in model.support)]
    if bound:
        return _without_bounds(model, bound)
    if link:
        through = linked(model, link, rulebook)
        return replace(through.model, typed=through.typed), ()
    tied = [p for p in model.parameters if p.kind.domain == "simplex"]
    if not tied:
        return model, ()
    (fitting,) = fitting_links(tied[0])
    through = linked(model, f"{tied[0].name}={fitting.name}", rulebook)
    return replace(through.model, typed=through.typed), (
        ("link", f"the entries of {pretty(tied[0])} sum to 1, so none varies alone; here "
                 f"{pretty(through.place)} = {pretty(through.inverse)}"),)


def _without_bounds(model: Model, bound: list[Parameter],
                    ) -> tuple[Model, tuple[tuple[str, str], ...]]:
    """The model without the parameters on which the range of the observations depends."""
    names = joined_names(bound)
    left = tuple(p for p in model.parameters if p not in bound)
    if not left:
        raise DeriveError(f"no Fisher information for {names}: the range of the observations "
                          "depends on it, so the score does not average to 0")
    return replace(model, parameters=left), (
        ("left out", f"{names}: the range of the observations depends on it, so its score does "
                     "not average to 0 and it has no Fisher information"),)


def _remarks(model: Model, entries: Sequence[Derivation],
             curvatures: Sequence[Derivation]) -> tuple[tuple[str, str], ...]:
    """Where expected and observed information are the same, and what stays open."""
    remarks = []
    curved = [c for c in curvatures if c.goal == "hessian"]
    y = pretty(model.observed[0])
    if curved and all(constant(c.result, model) for c in curved):
        remarks.append(("observed", f"no second derivative depends on {y}: the observed "
                                    "information is the expected one, as for every canonical link"))
    elif curved:
        remarks.append(("observed", f"the observed information, minus the second derivative, "
                                    f"varies with {y}; the expected information does not"))
    left = [f for f in entries if f.result.has(heads.Expect)]
    if left:
        names = ", ".join(pretty(f.quantity) for f in left)
        remarks.append(("open", f"no closed form is known to the rules for {names}; the expected "
                                "values that are left are what quadrature or summation computes"))
    return tuple(remarks)

