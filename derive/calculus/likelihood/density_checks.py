"""Whether a user's own density is one: it has a value, is not negative, and integrates to 1."""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import replace

from sympy import Expr, Integer

from derive.calculus.formulas import hold
from derive.calculus.likelihood.conditional_entries import (
    NOTHING_BESIDE,
    Beside,
    stated_entry,
)
from derive.calculus.likelihood.joint_totals import joint_total
from derive.calculus.likelihood.statistical_model import Model, read_model
from derive.calculus.problem import with_unknown
from derive.core import heads
from derive.core.indexing import free_names
from derive.errors import DeriveError, EvaluationError, TooManyDimensionsError
from derive.judge.precision import mp, mpf
from derive.judge.rules.user_functions import Functions
from derive.judge.trees.evaluate import Point, evaluate
from derive.judge.trees.index_places import described, holds_everywhere
from derive.judge.trees.line_points import random_point
from derive.notation.printing.pretty import pretty
from derive.notation.reading.declaration_lines import Given
from derive.rulebook.loading import Rulebook, Rules

_DIGITS = 20
_POINTS = 2
_TRIES = 60
_FAILURES = 6


def checked_model(target: str, given: Given, wrt: str | Iterable[str] | None,
                  observed: str | None, functions: Functions | None, rules: Rules,
                  beside: Beside = NOTHING_BESIDE) -> tuple[Model, Rulebook]:
    """What a direction of likelihood sets out from: a model whose density is one, and the rules.

    `beside` are a link, priors and weights of a statement. Raises DeriveError as `read_model`,
    `stated_entry` and `check_density`.
    """
    entry = stated_entry(target, given, beside, functions)
    model = read_model(target, given, wrt, observed, functions) if entry is None else \
        read_model(entry, (), wrt, observed, functions)
    check_density(model)
    return model, with_unknown(rules, model.scope)


def check_density(model: Model) -> None:
    """Raises DeriveError for a user's density that is none, with its integral at a point.

    The entries of the table are checked by the tests.
    """
    if model.entry is not None:
        return
    y = model.observed[0]
    draw = random.Random(1)
    body = model.density
    checked = 0
    failed: list[str] = []
    for turn in range(_TRIES):
        point = parameters_at(model, draw, turn)
        if point is None:
            continue
        _check_values(model, point, draw, turn)
        if len(model.observed) > 1:
            return _check_joint(model, point)
        try:
            total = evaluate(heads.Expect(Integer(1), y), point, _DIGITS)
        except TooManyDimensionsError:
            continue
        except EvaluationError as error:  # a law may be too steep here: other parameters will tell
            failed.append(f"{error}; at {_parameters_in_words(model, point)}")
            if len(failed) < _FAILURES:
                continue
            raise DeriveError(f"the density {pretty(body)} has no integral over {y.name} that "
                              f"could be computed: {failed[0]}") from None
        if abs(total - 1) > mpf(10) ** -10:
            raise DeriveError(
                f"this is no density: over all {y.name} of type {y.kind} it "
                f"{'integrates' if y.kind.differentiable else 'sums'} to {mp.nstr(total, 6)}, "
                f"not to 1, at {_parameters_in_words(model, point)}; divide it by that, or change "
                "the type")
        checked += 1
        if checked == _POINTS:
            return
    if not checked:
        raise DeriveError("no values of the parameters were found at which the conditions hold")


def _check_joint(model: Model, point: Point) -> None:
    """Raises DeriveError for a density of several numbers whose total is seen not to be 1."""
    total = joint_total(model, point)
    if total is not None and abs(total[0] - 1) > total[1]:
        names = ", ".join(y.name for y in model.observed)
        raise DeriveError(f"this is no density: over all {names} its total is {total[0]:.6g}, not "
                          f"1, at {_parameters_in_words(model, point)}; divide it by that, or "
                          "change the types")


def parameters_at(model: Model, draw: random.Random, turn: int) -> Point | None:
    """Random values of all names, with the law of the observation; None where conditions fail."""
    names: set[Expr] = set().union(*(free_names(n) for n in (model.density, *model.conditions)))
    point = random_point(names, turn, "", draw)
    point = replace(point, laws={model.observed[0]: model.law})
    free = (c for c in model.conditions if c not in model.support)
    return point if hold(free, point) else None


def _check_values(model: Model, point: Point, draw: random.Random, turn: int) -> None:
    """Raises DeriveError where the density has no value, or a negative one, within its support."""
    y = model.observed[0]
    for _ in range(6):
        names = set(free_names(model.density)) & {y, *free_names(y)}
        other = random_point({*names, y}, turn, "", draw)
        here = Point(point.sizes, {**point.scalars, **other.scalars},
                     {**point.tensors, **other.tensors})
        if not all(holds_everywhere(c, here) for c in model.support):
            continue
        try:
            value = evaluate(model.density, here, 15)
        except EvaluationError:
            raise DeriveError(
                f"the support contradicts the type {y.kind} of {y.name}: the density has no "
                f"value at {described(here)}; declare the values that {y.name} can have") from None
        if value < 0:
            raise DeriveError(f"this is no density: it is negative, {mp.nstr(value, 6)}, at "
                              f"{described(here)}{_of_assumed(model)}")


def _of_assumed(model: Model) -> str:
    """That types were assumed, where they were: others may be meant."""
    assumed = model.typed.assumed if model.typed is not None else ()
    return f"; assumed was {', '.join(assumed)}: say the types with --given" if assumed else ""


def _parameters_in_words(model: Model, point: Point) -> str:
    """The parameters of a point, in words."""
    kept = {k: v for k, v in point.scalars.items() if k not in model.observed}
    tensors = {k: v for k, v in point.tensors.items() if k not in model.observed}
    return described(Point(point.sizes, kept, tensors)) or "any parameters"
