"""Which distribution of the table a loss belongs to: one with the same slope by the prediction."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

from sympy import Add, Expr, Integer, Mul, Pow

from derive.calculus.cost.equality import agree, same
from derive.calculus.likelihood.densities.links import fitting_links, main_parameter, put_through
from derive.calculus.likelihood.densities.statistical_model import Model, Parameter, read_model
from derive.calculus.problem import Problem
from derive.calculus.strategy import Work
from derive.core import heads
from derive.core.atoms import Tensor
from derive.core.factors import difference
from derive.core.heads import apply
from derive.core.indexing import depends, free_names
from derive.core.walk import substitute
from derive.errors import DeriveError, EvaluationError
from derive.functions.decisions import assuming
from derive.judge.precision import Float, mpf
from derive.judge.trees.evaluate import evaluate
from derive.judge.trees.line_points import random_point
from derive.notation.printing.pretty import pretty
from derive.rulebook.loading import Rulebook
from derive.tables.distribution_table import Distribution, distributions

_SMALL = 1e-8
_LOOKS, _ENOUGH = 8, 3


@dataclass(frozen=True)
class Assumed:
    """A distribution with its parameters, in words, and the base measure that the loss lacks."""

    name: str
    base: str


@dataclass(frozen=True)
class ObservedLoss:
    """A loss as a formula of a prediction and of the target that is observed."""

    posed: Problem
    body: Expr
    prediction: Parameter
    target: Parameter

    @property
    def at(self) -> Expr:
        """The prediction; of a vector, its first entry."""
        vector = isinstance(self.prediction, Tensor)
        return heads.Element(self.prediction, Integer(0)) if vector else self.prediction


def assumed(loss: ObservedLoss, rulebook: Rulebook) -> Assumed | None:
    """The distribution whose negative log-likelihood the loss is, but for what is free of the
    prediction; None where the table has none.
    """
    if isinstance(loss.target, Tensor):
        return None
    with assuming(loss.posed.specification.conditions):
        mine = _slope(loss.body, loss.at, rulebook)
        entries = [] if mine is None else \
            [e for e in distributions() if not (e.likelihood or e.censored)]
        results = (_compared(entry, loss, mine, rulebook) for entry in entries)
        return next((r for r in results if r is not None), None)


def _slope(body: Expr, at: Expr, rulebook: Rulebook) -> Expr | None:
    try:
        return Work(heads.Partial(body, at), rulebook).run("gradient").line
    except DeriveError:
        return None


@lru_cache(maxsize=256)
def _model_of(name: str) -> Model:
    """The model of an entry, read once."""
    return read_model(name)


def _compared(entry: Distribution, loss: ObservedLoss, mine: Expr, rulebook: Rulebook,
              ) -> Assumed | None:
    """The entry with parameters that make its slope `mine`, that of the loss, if there are such."""
    model = _model_of(entry.name)
    if not _comparable(model, loss):
        return None
    shared = {n.name for n in free_names(loss.body)}
    for linked, words, link in _linked_models(model, loss.prediction):
        there = {linked.observed[0]: loss.target, linked.parameters[0]: loss.prediction}
        body = Mul(-1, apply("log", substitute(linked.density, there)))
        others = [p for p in linked.parameters[1:] if p.name not in shared]
        fitted = _fitted(mine, body, others, loss, rulebook)
        if fitted is None:
            continue
        theirs, values = fitted
        theirs = substitute(theirs, values)
        if same(mine, theirs, rulebook) or agree(mine, theirs):
            settings = ", ".join(filter(None, (
                words, *(f"{pretty(k)} = {pretty(v)}" for k, v in values.items()))))
            return Assumed(f"{entry.title}{' with ' if settings else ''}{settings}"
                           f"{link}",
                           _base(loss, substitute(body, values), rulebook))
    return None


def _fitted(mine: Expr, body: Expr, others: list[Parameter], loss: ObservedLoss,
            rulebook: Rulebook) -> tuple[Expr, dict[Expr, Expr]] | None:
    """The slope of a model, and values of its other parameters at which it may be `mine`."""
    units = _units(others)
    if _proportional(mine, heads.Partial(body, loss.at), others):
        theirs = _slope(body, loss.at, rulebook)
        values = None if theirs is None else _values(mine, theirs, others, loss, rulebook)
    elif others and _proportional(mine, heads.Partial(substitute(body, units), loss.at), []):
        theirs, values = _slope(body, loss.at, rulebook), units
    else:
        return None
    return None if theirs is None or values is None else (theirs, values)


def _units(others: list[Parameter]) -> dict[Expr, Expr]:
    """Scales of 1."""
    return {p: Integer(1) for p in others if p.kind.domain == "positive"}


def _proportional(mine: Expr, theirs: Expr, others: list[Parameter]) -> bool:
    """A quick look by numbers: whether two slopes may differ by a factor of the others alone."""
    names = set().union(*(free_names(n) for n in (mine, theirs)))
    ratios: list[Float] = []
    draw = random.Random(5)
    fixed: dict[Expr, Float] = {}
    for turn in range(_LOOKS):
        point = random_point(names, 1 + turn % 2, "0", draw)
        for other in others:
            fixed.setdefault(other, point.scalars.get(other))
        point = point.holding({k: v for k, v in fixed.items() if v is not None})
        try:
            first, second = (evaluate(n, point, 15) for n in (mine, theirs))
        except EvaluationError:
            continue
        if abs(first) < _SMALL or abs(second) < _SMALL:
            if abs(first - second) > _SMALL:
                return False
            continue
        ratios.append(first / second)
        if abs(ratios[-1] / ratios[0] - 1) > _SMALL or (
                not others and abs(ratios[-1] - 1) > _SMALL):
            return False
        if len(ratios) == _ENOUGH:
            return True
    return bool(ratios)


def _comparable(model: Model, loss: ObservedLoss) -> bool:
    """Whether an entry is about the same kind of target and of prediction."""
    own = model.observed[0]
    if len(model.observed) != 1 or isinstance(own, Tensor):
        return False
    reals = {"real": {"real"}, "positive": {"positive", "nonnegative"},
             "nonnegative": {"positive", "nonnegative"}}
    fits = loss.target.kind.domain in reals.get(own.kind.domain, {own.kind.domain})
    return fits and isinstance(model.parameters[0], Tensor) == isinstance(loss.prediction, Tensor)


def _linked_models(model: Model, prediction: Parameter) -> Iterator[tuple[Model, str, str]]:
    """The entry as it is, and with its parameter through each link that fits; in words."""
    parameter = main_parameter(model)
    ordered = (parameter, *(p for p in model.parameters if p != parameter))
    model = replace(model, parameters=ordered)
    if parameter.kind.domain == prediction.kind.domain:
        same_name = parameter.name == prediction.name
        yield model, "" if same_name else f"{pretty(parameter)} = {pretty(prediction)}", ""
    if prediction.kind.domain == "real":
        for link in fitting_links(parameter):
            if not link.unchanged:
                through = put_through(model, parameter, link, prediction.name)
                yield (through.model, f"{pretty(through.place)} = {pretty(through.inverse)}",
                       f" (the {link.title} link)")


def _values(mine: Expr, theirs: Expr, others: list[Parameter], loss: ObservedLoss,
            rulebook: Rulebook) -> dict[Expr, Expr] | None:
    """Values of the other parameters: the ratio of the slopes, set to 1 and solved."""
    inside = [p for p in others if depends(theirs, p)]
    if not inside:
        return {}
    if len(inside) > 1 or theirs == 0 or mine == 0 or isinstance(inside[0], Tensor):
        return None
    (p,) = inside
    ratio = Work(Mul(theirs, Pow(mine, -1)), rulebook).run("finish").line
    if depends(ratio, loss.target) or depends(ratio, loss.prediction):
        return _power_of(mine, theirs, p)
    work = Work(heads.Root(Add(ratio, Integer(-1)), p), rulebook).run("solve").run("finish")
    return None if work.line.has(heads.Root) else {p: work.line}


def _power_of(mine: Expr, theirs: Expr, p: Expr) -> dict[Expr, Expr] | None:
    """The p at which two slopes agree, where by numbers their ratio is a power of p times 1/n."""
    names = set().union(*(free_names(n) for n in (mine, theirs))) | {p}
    point = random_point(names, 1, "0", random.Random(3))
    try:
        first, second = (evaluate(theirs, point.with_scalar(p, mpf(v)), 15) /
                         evaluate(mine, point, 15) for v in (1, 2))
    except (EvaluationError, ZeroDivisionError):
        return None
    return {p: Integer(1)} if abs(first - 1) < _SMALL and second != first else None


def _base(loss: ObservedLoss, body: Expr, rulebook: Rulebook) -> str:
    """exp(loss - body) where it depends on the observation: the base measure that is missing."""
    y, gap = loss.target, Work(difference(loss.body, body), rulebook)
    try:
        gap.run("likelihood").run("outspread").run("finish")
    except DeriveError:
        return ""
    if not depends(gap.line, y) or depends(gap.line, loss.prediction):
        return ""
    terms = Add(*(t for t in Add.make_args(gap.line) if depends(t, y)))
    return pretty(Work(apply("exp", terms), rulebook).run("standardised").line)
