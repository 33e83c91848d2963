"""The Fisher information: the expected value of minus the second derivative."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import replace
from itertools import combinations_with_replacement

from sympy import Expr, Integer, Mul

from derive.argument_kinds import DENSITY, Names, Target
from derive.calculus.asking import on_record
from derive.calculus.cost.equality import same
from derive.calculus.formulas import free_name
from derive.calculus.gradient.partial_derivative import derivative
from derive.calculus.likelihood.density_checks import checked_model
from derive.calculus.likelihood.expected_values import Expectation, constant, expectation_of
from derive.calculus.likelihood.links import fitting_links, linked
from derive.calculus.likelihood.score_function import joined, log_likelihood, slope_of, untidied
from derive.calculus.likelihood.statistical_model import (
    ELL,
    Model,
    Parameter,
    joined_names,
)
from derive.calculus.stated_steps import Words, stated
from derive.calculus.strategy import Work
from derive.core import heads
from derive.core.atoms import Index, Tensor, Variable
from derive.core.factors import turned
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
from derive.notation.reading.declaration_lines import Given
from derive.public_arguments import public
from derive.reporting import report
from derive.rulebook.loading import Rulebook, Rules
from derive.rulebook.tactics import Setting

Pair = tuple[Parameter, Parameter]
_LOOKS = 6
_SMALL = 1e-9


@public(target=DENSITY)
@on_record
def fisher(target: Target, *, given: Given = (), wrt: Names = None,
           link: str | None = None, observed: str | None = None, rules: Rules = None,
           functions: Functions | None = None) -> Derivation:
    """The Fisher information of one observation, an entry for each pair of parameters.

    Each entry is the expected value of minus the second derivative of the log-likelihood, by
    known moments, or by a variable whose law is free of the parameters. It is certified by
    quadrature or summation against the expected product of the scores. Where no moment is known,
    the expected value stays in the result. Arguments and errors as for `nll`.

    >>> derive.fisher("lam*exp(-lam*y)", given="lam: positive; y: positive").notation
    '1 / lam**2'
    """
    model, rulebook = checked_model(target, given, wrt, observed, functions, rules)
    _check_expected(model)
    model, choices = _free_parameters(model, link, rulebook)
    logarithm = log_likelihood(model, rulebook)
    slopes = {p: slope_of(model, logarithm, p, rulebook) for p in model.parameters}
    expectation = expectation_of(model, rulebook)
    entries: list[Derivation] = []
    curvatures: list[Derivation] = []
    pairs = tuple(combinations_with_replacement(model.parameters, 2))
    for number, pair in enumerate(pairs, 1):
        report("deriving entries", number, len(pairs))
        curved = _curvature(model, slopes, pair, rulebook)
        entry = _entry(expectation, slopes, curved, pair)
        entries.append(replace(entry, parts=(curved,), note="Its expected value, with the sign "
                               "turned:") if entries else
                       replace(entry, parts=(logarithm, *slopes.values(), curved)))
        curvatures.append(curved)
    remarks = (*choices, *_remarks(model, entries, curvatures))
    names = ", ".join(p.name for p in model.parameters)
    typed = None if model.typed is None else replace(model.typed, wrt=names)
    return replace(joined(tuple(entries), f"{model.title}: Fisher information"), remarks=remarks,
                   source=model.source, typed=typed)


def _check_expected(model: Model) -> None:
    """Raises DeriveError where an expected value is not defined by the model."""
    entry = model.entry
    if model.joint or (entry is not None and entry.censored):
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


def _jumps(score: Expr) -> bool:
    """Whether a score jumps, so that second derivatives miss a part of the information."""
    return any(a.name == "sign" for a in score.atoms(heads.Apply)) or \
        any(isinstance(c.args[0], (heads.Less, heads.LessEqual)) for c in score.atoms(heads.Cond))


def _curvature(model: Model, slopes: Mapping[Parameter, Derivation], pair: Pair,
               rulebook: Rulebook) -> Derivation:
    """The second derivative of the log-likelihood of one observation.

    For scores that jump it is minus their product: second derivatives miss a part there.
    """
    slope, second = (slopes[p] for p in pair)
    if _jumps(slope.result) or _jumps(second.result):
        names = f"{pretty(slope.quantity)} and {pretty(second.quantity)}"
        return Work(Mul(-1, slope.result, second.result), rulebook).derivation(
            "Product of scores", "score", Mul(-1, slope.quantity, second.quantity), model.given,
            indices=slope.indices, assumptions=model.positive,
            note=f"The score jumps, so second derivatives miss a part; minus the product of "
                 f"{names}:")
    at, indices = model.at(pair[1], [i.name for i in slope.indices])
    with assuming(model.positive):
        curved = derivative(model.problem(slope.result, ELL), untidied(slope), slope.quantity, at,
                            (*slope.indices, *indices), rulebook, "Second derivative", "terms")
        if not constant(curved.result, model):
            curved = _without_observation(curved, model, rulebook)
    x = slope.quantity.args[1]
    twice = ", twice" if x == at else f" and {pretty(at)}"
    return replace(curved, goal="hessian", assumptions=model.positive,
                   note=f"The second derivative by {pretty(x)}{twice}:")


def _without_observation(curved: Derivation, model: Model, rulebook: Rulebook) -> Derivation:
    """The second derivative without the observation, where it is the same for every value of it."""
    y = model.observed[0]
    if isinstance(y, Tensor) or y.kind.domain in ("label", "probability"):
        return curved
    work = Work.onward(curved, rulebook, len(curved.steps))
    if not work.use(CANCELS, {"observed": y}, "finish"):
        return curved
    work.run("finish")
    return replace(curved, steps=tuple(work.steps))


def _cancelled(line: Expr, setting: Setting) -> Expr:
    """The line at one value of the observation, where it is the same at every other."""
    y = setting["observed"]
    value = settled(substitute(line, {y: Integer(1 if y.kind.interval.positive else 0)}))
    other = Integer(1) if y.kind.domain == "binary" else Variable("\u00b7other", y.kind)
    if _differs(line, y) or not same(value if other == 1 else line,
                                     settled(substitute(line, {y: other})), setting.rulebook):
        return line
    return value


def _cancelling(setting: Setting) -> Words:
    y = pretty(setting["observed"])
    return Words(f"The line is the same for every value of {y}.", f"the same for every {y}",
                 "Arithmetic")


CANCELS = stated("the-observation-cancels", _cancelled, _cancelling)


def _differs(node: Expr, y: Expr) -> bool:
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


def _entry(expectation: Expectation, slopes: Mapping[Parameter, Derivation], curved: Derivation,
           pair: Pair) -> Derivation:
    """One entry: E of minus the second derivative, against E of the product of the scores."""
    model = expectation.model
    y = model.observed[0]
    first, second = (slopes[p] for p in pair)
    start = heads.Expect(turned(curved.result), y)
    work = expectation.run(Work(start, expectation.rulebook))
    there = dict(zip(second.indices, curved.indices[len(first.indices):], strict=True))
    return work.derivation(
        "Fisher information", "fisher", _name(model, pair, curved.indices), model.given,
        start=start, original=heads.Expect(Mul(first.result, substitute(second.result, there)), y),
        indices=curved.indices, assumptions=model.positive, laws=expectation.laws,
        source=model.source,
        note="Its expected value, with the sign turned, is the information; the check compares it "
             "with the expected product of the scores:")


def _name(model: Model, pair: Pair, indices: tuple[Index, ...]) -> Expr:
    """I_mu_sigma, at the indices of arrays."""
    letter = free_name({*model.scope.names, *model.scope.dims}, "I", "J", "Info")
    name = "_".join((letter, *dict.fromkeys(p.name for p in pair)))
    if not indices:
        return Variable(name, Kind("real"))
    return heads.Element(Tensor(name, Kind("real", tuple(i.dim for i in indices))), *indices)


def _remarks(model: Model, entries: list[Derivation], curvatures: list[Derivation],
             ) -> tuple[tuple[str, str], ...]:
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

