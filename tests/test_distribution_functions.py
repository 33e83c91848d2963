"""Distribution functions of the table: their slope is the density, and they go from 0 to 1."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

import pytest
from sympy import Expr

from derive.calculus.likelihood.densities.density_checks import parameters_at
from derive.calculus.likelihood.densities.statistical_model import Model, read_model
from derive.core.exact import exact
from derive.errors import DeriveError, EvaluationError
from derive.judge.precision import mp, mpf
from derive.judge.trees.evaluate import Point, evaluate
from derive.notation.reading.parser import parse
from derive.tables.distribution_operators import operated
from derive.tables.distribution_table import Distribution, distributions

DIGITS = 40
STEP = mpf(10) ** -13
# Those without one: vectors, laws of two observed values, and sums that no function here is.
WITHOUT = {"bernoulli", "categorical", "beta-binomial", "skellam", "tweedie", "von-mises",
           "multinomial", "dirichlet", "dirichlet-multinomial", "multivariate-normal",
           "multivariate-normal-spherical", "multivariate-normal-full", "multivariate-bernoulli",
           "exponential-censored", "weibull-censored", "log-normal-censored",
           "log-logistic-censored", "gompertz-censored", "cox"}
ENTRIES = [d for d in distributions() if d.cdf and not d.base]
CONTINUOUS = [d for d in ENTRIES if "y: count" not in d.observed]
COUNTS = [d for d in ENTRIES if d not in CONTINUOUS]
FURTHER = ["truncated(gamma, 1/4, 3)", "truncated(beta, 1/5, 9/10)", "mixture(gamma)",
           "truncated(student-t, -1, 2)"]


class Law:
    """A distribution at random parameters: its density, distribution function and survival."""

    def __init__(self, entry: Distribution, model: Model, point: Point) -> None:
        self.model, self.point = model, point
        (self.y,) = model.observed
        self.formulas = {"density": model.density} | {
            name: exact(parse)(getattr(entry, name), model.scope) for name in ("cdf", "survival")}

    def value(self, name: str, y: Any, digits: int = DIGITS) -> Any:
        return evaluate(self.formulas[name], self.point.with_scalar(self.y, y), digits)

    def inside(self, y: Any) -> bool:
        """Whether the type and all conditions allow an observation."""
        allowed = {"positive": y > 0, "nonnegative": y >= 0, "probability": 0 < y < 1}
        return allowed.get(self.y.kind.domain, True) and all(
            evaluate(c, self.point.with_scalar(self.y, y), 60) for c in self.model.support)

    def outermost(self, sign: int) -> Iterator[Any]:
        """Values ever further out on one side, the last of them all but at the end."""
        start = next(y for y in self.drawn(random.Random(3)))
        for power in range(0, 260, 4):
            y = start + sign * (mpf(2) ** power - 1)
            if self.inside(y):
                yield y
                continue
            near = start if power == 0 else start + sign * (mpf(2) ** (power - 4) - 1)
            for _ in range(400):
                middle = (near + y) / 2
                near, y = (middle, y) if self.inside(middle) else (near, middle)
                yield near
            return

    def drawn(self, draw: random.Random) -> Iterator[Any]:
        """Random observations that are allowed."""
        while True:
            y = {"probability": mpf(draw.random()), "real": mpf(draw.gauss(0, 2)),
                 }.get(self.y.kind.domain, mpf(draw.expovariate(.7)))
            if self.inside(y):
                yield y


def laws(name: str, count: int) -> Iterator[Law]:
    """The distribution at several random parameters."""
    draw, model = random.Random(name), read_model(name)
    entry = operated(name) or next(d for d in ENTRIES if d.name == name)
    points = (parameters_at(model, draw, turn) for turn in range(1, 40))
    yield from [Law(entry, model, p) for p in points if p is not None][:count]


def test_each_distribution_of_one_number_has_one_where_a_function_is_known() -> None:
    assert {d.name for d in distributions() if not d.base} - {d.name for d in ENTRIES} == WITHOUT


@pytest.mark.parametrize("name", [d.name for d in CONTINUOUS] + FURTHER)
def test_the_slope_of_a_distribution_function_is_the_density(name: str) -> None:
    for law in laws(name, 3):
        for y, _ in zip(law.drawn(random.Random(name)), range(3), strict=False):
            with mp.workdps(DIGITS):
                slope = (law.value("cdf", y + STEP) - law.value("cdf", y - STEP)) / (2 * STEP)
                fall = (law.value("survival", y - STEP) - law.value("survival", y + STEP)) / (
                    2 * STEP)
                density = law.value("density", y)
                assert abs(slope - density) < mpf(10) ** -15 * (1 + density)
                assert abs(fall - density) < mpf(10) ** -15 * (1 + density)


@pytest.mark.parametrize("name", [d.name for d in CONTINUOUS] + FURTHER)
def test_it_goes_from_0_to_1(name: str) -> None:
    for law in laws(name, 2):
        with mp.workdps(DIGITS):
            assert reaches(law, "cdf", -1)
            assert reaches(law, "survival", 1)


def reaches(law: Law, name: str, sign: int) -> bool:
    """Whether a probability comes as near to 0 as is asked for, never growing on the way."""
    last = mpf(1)
    for y in law.outermost(sign):
        try:
            value = law.value(name, y, 20)
        except EvaluationError:
            continue
        assert -mpf(10) ** -15 <= value <= last + mpf(10) ** -15
        last = value
        if value < mpf(10) ** -5:
            return True
    return False


@pytest.mark.parametrize("name", [d.name for d in ENTRIES] + FURTHER)
def test_below_and_above_is_all_there_is(name: str) -> None:
    for law in laws(name, 3):
        values = range(5) if law.y.kind.domain == "count" else [
            y for y, _ in zip(law.drawn(random.Random(name)), range(4), strict=False)]
        for y in values:
            if law.inside(mpf(y)):
                with mp.workdps(DIGITS):
                    total = law.value("cdf", mpf(y)) + law.value("survival", mpf(y))
                    assert abs(total - 1) < mpf(10) ** -25


@pytest.mark.parametrize("name", [d.name for d in COUNTS])
def test_the_steps_of_a_distribution_function_are_the_probabilities(name: str) -> None:
    for law in laws(name, 3):
        below, seen = mpf(0), 0
        for y in filter(law.inside, map(mpf, range(12))):
            with mp.workdps(DIGITS):
                here = law.value("cdf", y)
                assert abs(here - below - law.value("density", y)) < mpf(10) ** -25
                below, seen = here, seen + 1
        assert seen
        last = [y for y in map(mpf, range(0, 400, 7)) if law.inside(y)][-1]
        end = next(y for y in (last + 6 - n for n in range(7)) if law.inside(y))
        assert law.value("survival", end, 20) < mpf(10) ** -4


def formula(text: str) -> Expr:
    return exact(parse)(text, read_model("gamma").scope)


def test_a_wrong_distribution_function_would_be_seen() -> None:
    law = next(laws("gamma", 1))
    law.formulas["cdf"] = formula("gammainc(k, y)")
    y = mpf("0.7")
    with mp.workdps(DIGITS):
        slope = (law.value("cdf", y + STEP) - law.value("cdf", y - STEP)) / (2 * STEP)
        assert abs(slope - law.value("density", y)) > mpf(10) ** -5


@pytest.mark.parametrize("name", ["truncated(von-mises, 0, 1)", "left_censored(von-mises)"])
def test_what_has_none_is_refused_by_name(name: str) -> None:
    with pytest.raises(DeriveError, match="needs the distribution function of"):
        operated(name)
