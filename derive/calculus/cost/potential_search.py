"""The search for a cost of one field: integrals of a component, the way back of each proposal."""

from __future__ import annotations

from dataclasses import replace

from sympy import Add, Expr

from derive.calculus.cost.assembly import attempts, candidates, straight_line, without_constants
from derive.calculus.cost.equality import agree, same
from derive.calculus.cost.field import Field, name_of_cost
from derive.calculus.cost.symmetry import Symmetry, component_name
from derive.calculus.gradient.partial_derivative import derivative
from derive.calculus.integral.integral_search import Integrator
from derive.calculus.integral.integration_tools import undefined
from derive.calculus.stated_steps import Words, stated
from derive.calculus.strategy import Work
from derive.core import heads
from derive.derivation import Derivation
from derive.errors import DeriveError, NoIntegralError
from derive.premises import Formal
from derive.rulebook.algebra import multiplied_out
from derive.rulebook.measure import measure
from derive.rulebook.tactics import Setting

_MOST_TERMS = 6  # of a field that is taken term by term
_NOTE_BACK = ("What depends on one component alone is summed over all of them. That this is the "
              "cost, its derivative by every component shows; another cost with the same "
              "derivatives differs by a constant.")


def potential(field: Field, search: Integrator, shown: Symmetry | None,
               ) -> tuple[Derivation, Expr, Derivation]:
    """The integral of one component, the cost assembled from it, and the way back.

    Raises NoIntegralError where there is none.
    """
    failure: NoIntegralError | None = None
    for body, sums_first in attempts(field):
        search = search.afresh(sums_first)
        try:
            component = _component(field, body, search)
        except NoIntegralError as error:
            failure = failure or error
            continue
        for candidate in candidates(component.result, field):
            back = way_back(field, candidate, search)
            if back is not None:
                return component, candidate, back
    if field.indices:
        line = straight_line(field, search)
        if line is not None:
            candidate = without_constants(line[1], field)
            back = way_back(field, candidate, search)
            if back is not None:
                return line[0], candidate, back
        in_parts = _in_parts(field, search)
        if in_parts is not None:
            return in_parts
    raise failure or NoIntegralError(
        "the components can be integrated one by one, but no rule joins them to one cost; the "
        "field is" + ("" if shown and shown.symmetric else ", as far as numbers tell,")
        + " a gradient")


def _in_parts(field: Field, search: Integrator) -> tuple[Derivation, Expr, Derivation] | None:
    """The cost as a sum: terms of the field that are gradients by themselves, and the others."""
    terms = Add.make_args(multiplied_out(field.body))
    if not 2 <= len(terms) <= _MOST_TERMS:
        return None
    costs, rest, shown = [], [], []
    for term in terms:
        alone = replace(field, body=term)
        try:
            component = _component(alone, term, search)
            own = next((c for c in candidates(component.result, alone)
                        if way_back(alone, c, search) is not None), None)
        except NoIntegralError:
            own = None
        if own is None:
            rest.append(term)
        else:
            costs.append(own)
            shown.append(component)
    line = straight_line(replace(field, body=Add(*rest)), search) if costs and rest else None
    if line is None:
        return None
    total = Add(*costs, without_constants(line[1], field))
    back = way_back(field, total, search)
    return None if back is None else (replace(line[0], parts=(*line[0].parts, *shown)), total, back)


def _component(field: Field, body: Expr, search: Integrator) -> Derivation:
    """∫ g_m dz_m, the other components held fixed."""
    definition, here = component_name(field)
    start = heads.Antiderivative(body, field.at)
    work = Work(start, search.rulebook)
    work.stage("fold")
    if measure(work.line) >= measure(start):
        work = Work(start, search.rulebook)
    search.integrate(work)
    note = ("One component, the others held fixed; what does not depend on it stays open."
            if field.indices else "")
    if body != field.body:
        note = "The terms that every component has, integrated with the other components fixed."
    specification = field.posed.specification
    return work.derivation(
        "Integral of one component", "integral",
        heads.Antiderivative(here, field.at) if body == field.body else start,
        specification.declared, start=start, original=start, indices=field.indices,
        modulo=field.at, definitions=(definition,), formal=Formal(),
        assumptions=specification.conditions, note=note)


def way_back(field: Field, candidate: Expr, search: Integrator, letter: Expr | None = None,
             ) -> Derivation | None:
    """The derivation of the candidate's gradient, if it ends at the field."""
    rulebook = search.rulebook
    if undefined(candidate):
        return None
    try:
        gradient = derivative(field.posed, candidate, letter or name_of_cost(field), field.at,
                              field.indices, rulebook, "The way back")
    except DeriveError:
        return None
    note = _NOTE_BACK if field.indices else "Back: the derivative of the cost is the field."
    gradient = replace(gradient, note=note)
    result = gradient.result
    if result == field.body:
        return gradient
    proven = same(result, field.body, rulebook)
    if not proven and not agree(result, field.body, gradient.assumptions, gradient.obligations):
        return None
    work = Work.onward(gradient, rulebook)
    work.use(AS_ASKED if proven else AS_ASKED_BY_NUMBERS, {"field": field.body}, "finish")
    return replace(gradient, steps=tuple(work.steps))


def _as_asked(line: Expr, setting: Setting) -> Expr:
    return setting["field"] if same(line, setting["field"], setting.rulebook) else line


def _as_asked_by_numbers(line: Expr, setting: Setting) -> Expr:
    return setting["field"] if agree(line, setting["field"]) else line


# A gradient written as the field was typed, which rules or numbers show to be the same.
AS_ASKED = stated("as-asked", _as_asked, Words(
    "The field as it was asked for: the difference of the two is 0.",
    "the field that was asked for", "Arithmetic"))
AS_ASKED_BY_NUMBERS = stated("as-asked-by-numbers", _as_asked_by_numbers, Words(
    "The field as it was asked for: the two agree at every point that was tried, though no rule "
    "turns one into the other.", "the field that was asked for, by numbers", "Checked at points"))
