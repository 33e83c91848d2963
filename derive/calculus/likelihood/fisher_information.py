"""The Fisher information: the expected value of minus the second derivative."""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from sympy import Add, Integer, Mul

from derive.calculus.asking import Given, on_record
from derive.calculus.cost.equality import same
from derive.calculus.gradient.partial_derivative import derivative
from derive.calculus.likelihood.density_checks import checked_model
from derive.calculus.likelihood.expected_values import Expectation, constant, expectation_of
from derive.calculus.likelihood.links import fitting_links, linked
from derive.calculus.likelihood.score_function import joined, log_likelihood, slope_of, untidied
from derive.calculus.likelihood.statistical_model import ELL, Model, joined_names
from derive.calculus.strategy import Work
from derive.core import heads
from derive.core.atoms import Tensor, Variable
from derive.core.indexing import depends, free_names
from derive.core.kinds import Kind
from derive.core.walk import substitute
from derive.derivation import Derivation
from derive.errors import DeriveError, EvaluationError
from derive.functions.decisions import assuming, settled
from derive.judge.rules.user_functions import Functions
from derive.judge.trees.evaluate import evaluate
from derive.judge.trees.line_points import Drawing, random_point
from derive.notation.printing.pretty import pretty
from derive.notation.reading.specification import fresh_indices
from derive.rulebook.loading import Rulebook
from derive.rulebook.rule import Rule
from derive.rulebook.tactics import Setting, Tactic

_LOOKS = 6
_SMALL = 1e-9


@on_record
def fisher(target: str, *, given: Given = (), wrt: str | Iterable[str] | None = None,
           link: str | None = None, observed: str | None = None, rules: Rulebook | None = None,
        functions: Functions | None = None,
           ) -> Derivation:
    """The Fisher information of one observation, an entry for each pair of parameters.

    Each entry is the expected value of minus the second derivative of the log-likelihood, by
    known moments, or by a variable whose law is free of the parameters. It is certified by
    quadrature or summation against the expected product of the scores. Where no moment is known,
    the expected value stays in the result. Arguments and errors as for `nll`.
    """
    model, rulebook = checked_model(target, given, wrt, observed, functions, rules)
    _check_expected(model)
    model, told = _free_parameters(model, link, rulebook)
    whole = log_likelihood(model, rulebook)
    slopes = [slope_of(model, whole, p, rulebook) for p in model.parameters]
    expectation = expectation_of(model, rulebook)
    found: list[Derivation] = []
    curvatures: list[Derivation] = []
    for place, one in enumerate(model.parameters):
        for other in range(place, len(model.parameters)):
            pair = (slopes[place], slopes[other])
            if any(_jumps(s.result) for s in pair):
                curved = _product(model, *pair)
            else:
                curved = _curvature(model, slopes[place], model.parameters[other], rulebook)
            parts = (whole, *slopes, curved) if not found else (curved,)
            entry = _entry(expectation, *pair, curved, one, model.parameters[other])
            if found:
                entry = replace(entry, note="Its expected value, with the sign turned:")
            found.append(replace(entry, parts=parts))
            curvatures.append(curved)
    title = f"{model.title}: Fisher information"
    remarks = (*told, *_remarks(model, found, curvatures))
    names = ", ".join(p.name for p in model.parameters)
    asked = None if model.typed is None else replace(model.typed, wrt=names)
    return replace(joined(tuple(found), title), remarks=remarks, source=model.source, typed=asked)


def _check_expected(model: Model) -> None:
    """Raises DeriveError where an expected value is not defined by the model."""
    entry = model.entry
    if model.whole or (entry is not None and entry.censored):
        raise DeriveError(
            f"no expected information for {model.title}: it depends on the law of what is not "
            "modelled (censoring times, risk sets); use the observed information, minus the second "
            "derivative: derive hessian of its loss")
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
        names = joined_names(bound)
        left = tuple(p for p in model.parameters if p not in bound)
        if not left:
            raise DeriveError(f"no Fisher information for {names}: the range of the observations "
                              "depends on it, so the score does not average to 0")
        told = (("left out", f"{names}: the range of the observations depends on it, so its score "
                             "does not average to 0 and it has no Fisher information"),)
        return replace(model, parameters=left), told
    tied = [p for p in model.parameters if p.kind.domain == "simplex"]
    if not link and not tied:
        return model, ()
    if link:
        given = linked(model, link, rulebook)
        return replace(given.model, typed=given.typed), ()
    (name,) = (one.name for one in fitting_links(tied[0]))
    found = linked(model, f"{tied[0].name}={name}", rulebook)
    told = (("link", f"the entries of {pretty(tied[0])} sum to 1, so none varies alone; here "
                     f"{pretty(found.place)} = {pretty(found.inverse)}"),)
    return replace(found.model, typed=found.typed), told


def _jumps(score: Any) -> bool:
    """Whether a score jumps, so that second derivatives miss a part of the information."""
    return any(a.name == "sign" for a in score.atoms(heads.Apply)) or \
        any(isinstance(c.args[0], (heads.Less, heads.LessEqual)) for c in score.atoms(heads.Cond))


def _product(model: Model, first: Derivation, second: Derivation) -> Derivation:
    """Minus the product of two scores, for scores that jump."""
    body = Mul(-1, first.result, second.result)
    names = f"{pretty(first.quantity)} and {pretty(second.quantity)}"
    return Derivation(
        title="Product of scores", goal="score", given=model.given,
        quantity=Mul(-1, first.quantity, second.quantity), start=body, steps=(), original=body,
        indices=first.indices, assumptions=model.positive,
        note=f"The score jumps, so second derivatives miss a part; minus the product of {names}:")


def _curvature(model: Model, slope: Derivation, other: Any, rulebook: Rulebook) -> Derivation:
    """The second derivative of the log-likelihood of one observation."""
    taken = [i.name for i in slope.indices]
    at = other
    if isinstance(other, Tensor):
        indices = fresh_indices(other.kind.shape, (*model.scope.names, *model.scope.dims, *taken))
        at = heads.Element(other, *indices)
    else:
        indices = ()
    with assuming(model.positive):
        found = derivative(model.problem(slope.result, ELL), untidied(slope), slope.quantity, at,
                           (*slope.indices, *indices), rulebook, "Second derivative", "terms")
        if not constant(found.result, model):
            found = _without_observation(found, model, rulebook)
    x = slope.quantity.args[1]
    twice = ", twice" if x == at else f" and {pretty(at)}"
    note = f"The second derivative by {pretty(x)}{twice}:"
    return replace(found, goal="hessian", assumptions=model.positive, note=note)


def _without_observation(found: Derivation, model: Model, rulebook: Rulebook) -> Derivation:
    """The second derivative without the observation, where it is the same for every value of it."""
    y = model.observed[0]
    if isinstance(y, Tensor) or y.kind.domain in ("label", "probability"):
        return found
    work = Work(found.result, rulebook, list(found.steps), len(found.steps))
    if not work.use(CANCELS, {"observed": y}, "finish"):
        return found
    work.run("finish")
    return replace(found, steps=tuple(work.steps))


def _cancelled(line: Any, setting: Setting) -> Any:
    """The line at one value of the observation, where it is the same at every other."""
    y = setting["observed"]
    value = settled(substitute(line, {y: Integer(1 if y.kind.interval.positive else 0)}))
    other = Integer(1) if y.kind.domain == "binary" else Variable("\u00b7other", y.kind)
    if _differs(line, y) or not same(value if other == 1 else line,
                                     settled(substitute(line, {y: other})), setting.rulebook):
        return line
    return value


def _cancelling(setting: Setting) -> Rule:
    y = pretty(setting["observed"])
    return Rule(name="the-observation-cancels", from_="e", to="e", source="Arithmetic",
                says=f"The line is the same for every value of {y}.",
                margin=f"the same for every {y}", tactic="the-observation-cancels")


CANCELS = Tactic("the-observation-cancels", _cancelled, _cancelling)


def _differs(node: Any, y: Any) -> bool:
    """A quick look by numbers: whether a formula has different values for different y."""
    draw = random.Random(2)
    names = free_names(node) | {y}
    values = []
    for turn in range(_LOOKS):
        point = random_point(names, turn, "0", random.Random(9))
        point = point.with_scalar(y, Drawing(draw).number(y.kind))
        try:
            values.append(evaluate(node, point, 15))
        except EvaluationError:
            continue
    return any(abs(v - values[0]) > _SMALL * max(abs(v), 1) for v in values[1:])


def _entry(expectation: Expectation, first: Derivation, second: Derivation, curved: Derivation,
           one: Any, other: Any) -> Derivation:
    """One entry: E of minus the second derivative, against E of the product of the scores."""
    model = expectation.model
    y = model.observed[0]
    turned = Add(*(Mul(-1, t) for t in Add.make_args(curved.result)))
    start = heads.Expect(turned, y)
    work = expectation.run(Work(start, expectation.rulebook))
    there = dict(zip(second.indices, curved.indices[len(first.indices):], strict=True))
    original = heads.Expect(Mul(first.result, substitute(second.result, there)), y)
    return Derivation(
        title="Fisher information", goal="fisher", given=model.given,
        quantity=_name(model, one, other, curved.indices), start=start, steps=tuple(work.steps),
        original=original, indices=curved.indices, assumptions=model.positive,
        laws=expectation.laws, source=model.source,
        note="Its expected value, with the sign turned, is the information; the check compares it "
             "with the expected product of the scores:")


def _name(model: Model, one: Any, other: Any, indices: tuple[Any, ...]) -> Any:
    """I_mu_sigma, at the indices of arrays."""
    taken = {*model.scope.names, *model.scope.dims}
    letter = next(c for c in ("I", "J", "Info") if c not in taken)
    name = f"{letter}_{one.name}" + (f"_{other.name}" if other != one else "")
    if not indices:
        return Variable(name, Kind("real"))
    return heads.Element(Tensor(name, Kind("real", tuple(i.dim for i in indices))), *indices)


def _remarks(model: Model, found: list[Derivation], curvatures: list[Derivation],
             ) -> tuple[tuple[str, str], ...]:
    """Where expected and observed information are the same, and what stays open."""
    told = []
    curved = [c for c in curvatures if c.goal == "hessian"]
    y = pretty(model.observed[0])
    if curved and all(constant(c.result, model) for c in curved):
        told.append(("observed", f"no second derivative depends on {y}: the observed information "
                                 "is the expected one, as for every canonical link"))
    elif curved:
        told.append(("observed", f"the observed information, minus the second derivative, varies "
                                 f"with {y}; the expected information does not"))
    left = [f for f in found if f.result.has(heads.Expect)]
    if left:
        names = ", ".join(pretty(f.quantity) for f in left)
        told.append(("open", f"no closed form is known to the rules for {names}; the expected "
                             "values that are left are what quadrature or summation computes"))
    return tuple(told)

