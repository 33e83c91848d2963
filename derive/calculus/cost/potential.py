"""From a field to the cost whose gradient it is, or to the proof that there is none."""

from __future__ import annotations

from dataclasses import replace

from sympy import Add, Expr

from derive.argument_kinds import Names, Target, formula_of, text_of
from derive.calculus.asking import on_record
from derive.calculus.cost.assembly import attempts, candidates, straight_line, without_constants
from derive.calculus.cost.equality import agree, same
from derive.calculus.cost.field import Field, name_of_cost, read_field
from derive.calculus.cost.no_cost_proof import refuse
from derive.calculus.cost.output_form import with_output
from derive.calculus.cost.symmetry import Symmetry, component_name, symmetry
from derive.calculus.cost.torn import refuse_if_torn
from derive.calculus.gradient.partial_derivative import derivative
from derive.calculus.integral.integral_search import Integrator
from derive.calculus.integral.integration_tools import undefined
from derive.calculus.problem import with_unknown
from derive.calculus.stated_steps import Words, stated
from derive.calculus.strategy import Work
from derive.core import heads
from derive.derivation import Derivation
from derive.entry_names import is_loss
from derive.errors import DeriveError, NoIntegralError
from derive.functions.decisions import assuming
from derive.judge.rules.user_functions import Functions
from derive.notation.printing.pretty import pretty
from derive.notation.reading.declaration_lines import Given, declared_names, lines_of
from derive.premises import Formal
from derive.public_arguments import public
from derive.rulebook.algebra import multiplied_out
from derive.rulebook.loading import Rules, beyond_standard
from derive.rulebook.measure import measure
from derive.rulebook.tactics import Setting
from derive.tables.activation_table import activation_for

_MOST_TERMS = 6  # of a field that is taken term by term


@public(target=formula_of("a field"))
@on_record
def cost(target: Target, *, given: Given = (), wrt: Names = None, define: str | None = None,
         constant: str = "", rules: Rules = None, seconds: float | None = None,
         functions: Functions | None = None, output: str | None = None) -> Derivation:
    """The cost whose gradient is a field, as a derivation: integrability, integral, check.

    `target` is the field: whole (`softmax(z) - t`), one component (`softmax(z)[m] - t[m]` with
    `wrt="z[m]"`), or a formula of a number; `define` an output such as `y = sigmoid(z)`, in
    whose terms the field and the cost are written (`output` is its older name). Without `wrt` the
    variable is z. `constant` says which additive constant is chosen: "" (least value 0 where that
    is no longer than to leave it out), "least", "none", or a formula. Raises
    NotAGradient with a proof where no cost exists, NoIntegralError where no rule integrates the
    field (within `seconds`, 10 of 60 where patience is as usual), and other DeriveErrors for what
    cannot be read.

    >>> derive.cost("sigmoid(z) - t").notation
    'softplus(z) - t * z'
    """
    if define is not None and output is not None:
        raise DeriveError("define= and output= are two names of one argument; give define=")
    if is_loss(target):
        raise DeriveError(f"{target.strip()!r} is a loss; a cost is asked for of a gradient, such "
                          f"as sigmoid(z) - y (that of the loss: derive grad {target.strip()})")
    field = read_field(target, given, wrt, define or output, functions)
    return cost_of(field, rules, constant, seconds)


@public(name=text_of("the name of an activation"))
@on_record
def matching_loss(name: str, *, given: Given = (), constant: str = "",
                  rules: Rules = None, seconds: float | None = None) -> Derivation:
    """The loss whose gradient with an activation of the table is output - target.

    `name` is one of `rules/activations.toml`, such as `probit`; `given` may declare its z, t and
    parameters otherwise. Raises UnknownNameError with the nearest names, and errors as `cost`.
    """
    entry = activation_for(name)
    lines = lines_of(given)
    own = declared_names(lines)
    lines += [line for line in (*entry.given, *entry.target)
              if ":" not in line or line.partition(":")[0].strip() not in own]
    field = read_field(f"({entry.formula}) - t", lines, "z")
    return cost_of(field, rules, constant, seconds, entry.title, entry.source)


def cost_of(field: Field, rules: Rules, constant: str = "", seconds: float | None = None,
            title: str = "", source: str = "") -> Derivation:
    """The cost of a field that has been read; see `cost`."""
    rulebook = with_unknown(rules, field.posed.scope)
    parts: list[Derivation] = []
    shown = symmetry(field, rulebook) if field.indices else None
    if shown is not None and (shown.symmetric is False or shown.jacobian.obligations):
        (refuse if shown.symmetric is False else refuse_if_torn)(field, shown)
    if shown is not None:
        parts += [shown.jacobian, *([shown.difference] if shown.symmetric else [])]
    search = Integrator(rulebook, seconds)
    component, formula, back = _potential(field, search, shown)
    specification = field.posed.specification
    with assuming(specification.conditions):
        work = Work(formula, rulebook).run("gradient").run("dress")
    main = work.derivation(
        title + ": matching loss" if title else f"Cost with the gradient {pretty(field.typed)}",
        "cost", name_of_cost(field), specification.declared, indices=field.indices,
        parts=(*parts, component, back), assumptions=specification.conditions, source=source,
        field=field.body, note=_NOTE_COST if field.indices else "")
    return replace(with_output(main, field, rulebook, constant), typed=field.text,
                   rules=beyond_standard(rulebook))


_NOTE_COST = "This is the cost, but for an additive constant."
_NOTE_BACK = ("What depends on one component alone is summed over all of them. That this is the "
              "cost, its derivative by every component shows; another cost with the same "
              "derivatives differs by a constant.")


def _potential(field: Field, search: Integrator, shown: Symmetry | None,
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
            back = _way_back(field, candidate, search)
            if back is not None:
                return component, candidate, back
    if field.indices:
        line = straight_line(field, search)
        if line is not None:
            candidate = without_constants(line[1], field)
            back = _way_back(field, candidate, search)
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
                        if _way_back(alone, c, search) is not None), None)
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
    back = _way_back(field, total, search)
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


def _way_back(field: Field, candidate: Expr, search: Integrator) -> Derivation | None:
    """The derivation of the candidate's gradient, if it ends at the field."""
    rulebook = search.rulebook
    if undefined(candidate):
        return None
    try:
        gradient = derivative(field.posed, candidate, name_of_cost(field), field.at, field.indices,
                              rulebook, "The way back")
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
