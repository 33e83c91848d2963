"""The Fisher information: the expected value of minus the second derivative."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from derive.argument_kinds import DENSITY, Names, Target
from derive.calculus.asking import on_record
from derive.calculus.likelihood.densities.density_checks import checked_model, with_caution
from derive.calculus.likelihood.densities.links import fitting_links, linked
from derive.calculus.likelihood.densities.score_function import joined
from derive.calculus.likelihood.densities.statistical_model import Model, read_model
from derive.calculus.likelihood.information.expected_values import constant
from derive.calculus.likelihood.information.information_by_pivot import through_pivot
from derive.calculus.likelihood.information.information_entries import Further, information_entries
from derive.calculus.likelihood.information.information_of_law import through_law
from derive.calculus.likelihood.information.information_of_sample import information_of_sample
from derive.calculus.likelihood.information.moving_ends import with_regular_ends
from derive.calculus.likelihood.information.pivotal_variables import pivotal_variables
from derive.calculus.likelihood.recognition.recognised_law import (
    RecognisedLaw,
    recognised,
    stated_law,
    with_law,
)
from derive.calculus.likelihood.statements.conditional_entries import beside
from derive.calculus.likelihood.statements.stated_entries import ConditionalEntry
from derive.core import heads
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
    further = _Lazily(_ways(model, law, rulebook))
    made = information_entries(model, rulebook, further)
    entries = made.entries
    remarks = (*choices, *_remarks(model, entries, made.curvatures))
    names = ", ".join(p.name for p in model.parameters)
    typed = None if model.typed is None else replace(model.typed, wrt=names)
    matrix = replace(joined(entries, f"{model.title}: Fisher information"), remarks=remarks,
                     source=model.source, typed=typed)
    matrix = matrix if law == stated else with_law(matrix, model, law, rulebook)
    return with_caution(model, matrix)


class _Lazily:
    """An iterable that makes its items when they are first asked for, and keeps them."""

    def __init__(self, items: Iterator[Further]) -> None:
        self.items, self.made = items, list[Further]()

    def __iter__(self) -> Iterator[Further]:
        yield from self.made
        for item in self.items:
            self.made.append(item)
            yield item


def _ways(model: Model, law: RecognisedLaw | None, rulebook: Rulebook) -> Iterator[Further]:
    """What is tried where moments do not suffice: the table, then variables with known laws."""
    if law is not None:
        yield through_law(law, rulebook)
    for pivotal in pivotal_variables(model, law, rulebook):
        yield through_pivot(model, pivotal, rulebook)


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
    movable = with_regular_ends(model, rulebook)
    model, remarks = movable.model, movable.remarks
    if link:
        through = linked(model, link, rulebook)
        return replace(through.model, typed=through.typed), remarks
    tied = [p for p in model.parameters if p.kind.domain == "simplex"]
    if not tied:
        return model, remarks
    (fitting,) = fitting_links(tied[0])
    through = linked(model, f"{tied[0].name}={fitting.name}", rulebook)
    return replace(through.model, typed=through.typed), (*remarks,
        ("link", f"the entries of {pretty(tied[0])} sum to 1, so none varies alone; here "
                 f"{pretty(through.place)} = {pretty(through.inverse)}"),)


def _remarks(model: Model, entries: Sequence[Derivation],
             curvatures: Sequence[Derivation]) -> tuple[tuple[str, str], ...]:
    """Where expected and observed information are the same, and what stays open."""
    remarks = []
    curved = [c for c in curvatures if c.goal == "hessian"]
    y = pretty(model.observed[0])
    if curved and all(constant(c.result, model) for c in curved):
        remarks.append(("observed", f"no second derivative depends on {y}: the observed "
                                    "information is the expected one"))
    elif curved:
        remarks.append(("observed", f"the observed information, minus the second derivative, "
                                    f"varies with {y}; the expected information does not"))
    left = [f for f in entries if f.result.has(heads.Expect)]
    if left:
        names = ", ".join(pretty(f.quantity) for f in left)
        remarks.append(("open", f"no closed form is known to the rules for {names}; the expected "
                                "values that are left are what quadrature or summation computes"))
    return tuple(remarks)

