"""The total of exp(-loss) over the target by rules: values summed, residuals, known integrals."""

from __future__ import annotations

from typing import NamedTuple

from sympy import Expr, Integer, Mul

from derive.calculus.formulas import free_name
from derive.calculus.likelihood.densities.statistical_model import Parameter
from derive.calculus.likelihood.noise.residual_steps import (
    ENTRIES,
    FROM_BOUND,
    SHIFT,
    bound_of,
    residual_of,
    shift_places,
)
from derive.calculus.stated_steps import Words, stated
from derive.calculus.strategy import Work
from derive.core import heads
from derive.core.atoms import Tensor, Variable
from derive.core.heads import apply
from derive.core.indexing import free_names
from derive.core.kinds import Kind
from derive.core.walk import fresh_index, substitute
from derive.rulebook.loading import Rulebook
from derive.rulebook.measure import measure
from derive.rulebook.tactics import Setting


class Residual(NamedTuple):
    """How the target was written: place + sign*variable, and what the total is then of."""

    place: Expr
    sign: int
    variable: Variable
    weight: Expr


class NoiseTotal(NamedTuple):
    """Z as far as rules have it, and the residual that it is over, if it is over one."""

    work: Work
    residual: Residual | None = None


def weight_of(loss: Expr) -> Expr:
    """exp(-loss)."""
    return apply("exp", Mul(-1, loss))


def total_of(loss: Expr, y: Parameter, tests: tuple[Expr, ...], rulebook: Rulebook) -> NoiseTotal:
    """Z by rules: values summed where there are few, else the table of integrals.

    `tests` are conditions on the target, outside which there is no density.
    """
    weight = weight_of(loss)
    for test in reversed(tests):
        weight = heads.Cond(test, weight, Integer(0))
    work = Work(heads.Total(weight, y), rulebook)
    if tests:
        return _from_a_bound(work, y, tests)
    if isinstance(y, Tensor):
        return NoiseTotal(_of_vector(work, y))
    if y.kind.domain == "label":
        work.use(OVER_CLASSES, {}, "finish")
        return NoiseTotal(work.run("standardised"))
    best = by_table(work)
    if not best.line.has(heads.Total) or y.kind.domain != "real":
        return NoiseTotal(best)
    return _over_residual(work, y) or NoiseTotal(best)


def _over_residual(work: Work, y: Variable) -> NoiseTotal | None:
    """The total over a residual, in the shortest form that the table knows."""
    forms: list[tuple[Work, Residual]] = []
    r = residual_of(y, work.line)
    for place, _ in shift_places(work.line.args[0], y):
        for sign in (1, -1):
            trial = work.copy()
            if trial.use(SHIFT, {"variable": y, "by": place, "at": (), "residual": r, "sign": sign},
                         "total"):
                forms.append((trial, Residual(place, sign, r, trial.line.args[0])))
    forms.sort(key=lambda form: measure(form[0].line))
    for trial, residual in forms:
        known = by_table(trial)
        if not known.line.has(heads.Total):
            return NoiseTotal(known, residual)
    return NoiseTotal(*forms[0]) if forms else None


def _from_a_bound(work: Work, y: Parameter, tests: tuple[Expr, ...]) -> NoiseTotal:
    """The total over the distance from a bound of the target."""
    bound = bound_of(tests, y)
    if bound is None or isinstance(y, Tensor):
        return NoiseTotal(work)
    trial, (place, sign) = work.copy(), bound
    r = residual_of(y, work.line, "nonnegative")
    if not trial.use(FROM_BOUND, {"variable": y, "by": place, "residual": r, "sign": sign,
                                  "condition": tests[0]}, "total"):
        return NoiseTotal(work)
    weight = trial.line.args[0]
    return NoiseTotal(by_table(trial), Residual(place, sign, r, weight))


def _of_vector(work: Work, y: Tensor) -> Work:
    """The total over a vector: over its residuals, and entry by entry."""
    forms = [work]
    r = residual_of(y, work.line)
    for place, indices in shift_places(work.line.args[0], y):
        for sign in (1, -1):
            trial = work.copy()
            if trial.use(SHIFT, {"variable": y, "by": place, "at": indices, "residual": r,
                                 "sign": sign}, "total"):
                forms.append(trial)
    forms.sort(key=lambda form: measure(form.line))
    for form in forms:
        leaf, apart = form.line.args[1], form.copy()
        names = {n.name for n in free_names(form.line)}
        v = Variable(free_name(names, "v", "u", "w", "e1"),
                     Kind(leaf.kind.domain, (), leaf.kind.over))
        if apart.use(ENTRIES, {"variable": leaf, "entry": v}, "total"):
            return by_table(apart)
    return forms[0]


def by_table(work: Work) -> Work:
    """The integrals of the table, in the form as it stands and in tidier ones."""
    for strategies in (("normalise",), ("standardised", "normalise"), ("dispersed", "normalise")):
        trial = work.copy()
        for strategy in strategies:
            trial.run(strategy)
        if not trial.line.has(heads.Total):
            return trial.run("standardised").run("dress").run("normalise")
    return work


def _over_classes(line: Expr, setting: Setting) -> Expr:
    """The total over a label as a sum."""
    if not isinstance(line, heads.Total) or line.args[1].kind.domain != "label":
        return line
    body, y = line.args
    index = fresh_index(y.kind.over, line)
    return heads.Sum.over(substitute(body, {y: index}), index)


OVER_CLASSES = stated("sum-over-the-classes", _over_classes, Words(
    "The total over a label is the sum over all classes.", "sum over the classes",
    "Definition of the total"))
