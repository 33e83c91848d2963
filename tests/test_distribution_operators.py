"""A distribution from a distribution: truncated, censored, inflated; and with covariates."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from mpmath import mpf
from scipy import stats
from sympy import Integer

import derive
from derive.calculus.likelihood.densities.density_checks import parameters_at
from derive.calculus.likelihood.densities.statistical_model import Model, read_model
from derive.core import heads
from derive.derivation import Derivation
from derive.errors import DeriveError
from derive.judge.trees.evaluate import Point, evaluate
from derive.judge.trees.tree_point import Law
from derive.tables.distribution_operators import check_templates, operated, operators
from tests.conftest import quick_rows, quick_share

COUNTS = ("poisson", "geometric", "negative-binomial", "skellam")


def told(*arguments: Any, **options: Any) -> dict[str, float]:
    """Estimates at data, by name."""
    return {n: float(v) for n, v in derive.mle(*arguments, **options).estimates}


def words(derivation: Derivation, label: str) -> str:
    return dict(derivation.remarks).get(label, "")


def points(model: Model, count: int) -> list[Point]:
    draw = random.Random(11)
    found = [p for p in (parameters_at(model, draw, turn) for turn in range(40)) if p is not None]
    return found[:count]


@pytest.mark.parametrize("name", quick_share([
    "truncated(normal, 0, inf)", "truncated(logistic, -1, 2)", "truncated(exponential, 1/2, 2)",
    "truncated(poisson, 2, inf)", "truncated(poisson, 1, 5)", "truncated(geometric, 1, 4)",
    "zero_inflated(negative-binomial)", "zero_inflated(poisson)", "hurdle(poisson)",
    "zero_truncated(geometric)", "censored(poisson, 0, 3)", "truncated(pareto, 2, 5)",
    "truncated(truncated(normal, 0, inf), 1, 3)", "truncated(weibull, 1, inf)",
    "truncated(uniform, a, b)", "zero_inflated(poisson-log-rate)",
], 3))
def test_what_an_operator_makes_is_a_density(name: str) -> None:
    model = read_model(name)
    for point in points(model, 2):
        total = evaluate(heads.Expect(Integer(1), model.observed[0]), point, 20)
        assert abs(total - 1) < mpf(10) ** -15


@pytest.mark.parametrize(("name", "low", "high"), [
    ("censored(normal, 0, inf)", 0, None), ("censored(normal, 0, 5)", 0, 5),
    ("censored(logistic, -inf, 1)", None, 1), ("censored(exponential, 0, 2)", None, 2)])
def test_point_masses_and_the_density_between_are_all_there_is(
        name: str, low: int | None, high: int | None) -> None:
    model = read_model(name)
    (y,) = model.observed
    between = [heads.Less(Integer(low), y)] if low is not None else []
    between += [heads.Less(y, Integer(high))] if high is not None else []
    law = Law(y, model.density, (*model.support, *between))
    for point in points(model, 2):
        total = evaluate(heads.Expect(Integer(1), y), replace(point, laws={y: law}), 20)
        for end in (low, high):
            if end is not None:
                total += evaluate(model.density, point.with_scalar(y, mpf(end)), 20)
        assert abs(total - 1) < mpf(10) ** -15


EVENTS = [[1.2, 1], [3.4, 1], [1.7, 0], [2.2, 1], [5.9, 0], [4.0, 1]]


# Maxima of the same likelihoods written with scipy.stats, by scipy.optimize to 1e-11.
@pytest.mark.parametrize(("name", "data", "estimates"), quick_rows([
    ("censored(normal, 0, inf)", [0, 0, 1, 2, 3.5, 0.2, 0],
     {"μ": 0.34693329, "σ": np.exp(0.65972817)}),
    ("truncated(normal, 0, inf)", [0.3, 1, 2, 3.5, 0.2, 1.1],
     {"μ": -1.99468486, "σ": np.exp(0.87816613)}),
    ("zero_inflated(poisson)", [0, 0, 1, 2, 3, 0, 1, 5, 0, 2],
     {"w": 1 / (1 + np.exp(0.80567238)), "λ": np.exp(0.70581776)}),
    ("hurdle(poisson)", [0, 0, 1, 2, 3, 0, 1, 5, 0, 2], {"w": 0.4, "λ": np.exp(0.70581777)}),
    ("right_censored(log-normal)", EVENTS, {"μ": 1.17609198, "σ": np.exp(-0.44834345)}),
    ("left_censored(log-normal)", EVENTS, {"μ": 0.74904902, "σ": np.exp(-0.6701455)}),
    ("generalised-extreme-value", [1.2, 3.4, 0.7, 2.2, 5.9, 1.1, 2.8, 3.3, 1.9, 4.0],
     {"μ": 1.93005727, "σ": np.exp(0.15287756), "ξ": 0.03566071}),
    ("skellam", [1, -2, 3, 0, 4, 1, 0, -1], {"a": np.exp(0.73958926), "b": np.exp(0.29644964)}),
    ("censored(geometric, 0, 3)", [1, 2, 3, 2, 3, 1], {"θ": 1 / (1 + np.exp(1.09861227))}),
], 3))
def test_estimates_are_those_of_an_independent_maximum(
        name: str, data: list[Any], estimates: dict[str, float]) -> None:
    assert told(name, data=data) == pytest.approx(estimates, rel=2e-6)


def test_intervals_between_inspections_determine_a_distribution() -> None:
    rows = [[0.5, 1], [1, 3], [2, 4], [1, 2], [3, 6], [0.5, 1.5]]
    got = told("interval_censored(weibull)", data=rows)

    def level(k: float, scale: float) -> float:
        law = stats.weibull_min(k, scale=scale)
        return float(np.log([law.cdf(b) - law.cdf(a) for a, b in rows]).sum())

    here = level(got["k"], got["l"])
    assert all(level(got["k"] * a, got["l"] * b) < here
               for a, b in ((1.001, 1), (0.999, 1), (1, 1.001), (1, 0.999)))


def test_ordered_grades_have_cut_points_at_cumulative_shares() -> None:
    got = told("ordered-logit", data=[0, 1, 1, 2, 2, 2, 3, 1, 0], values={"z": 0, "C": 2})
    logits = [np.log(p / (1 - p)) for p in (2 / 9, 5 / 9, 8 / 9)]
    assert [got["a"], got["g[0]"], got["g[1]"]] == pytest.approx(
        [logits[0], *np.diff(logits)], abs=1e-6)


def test_the_share_of_zeros_of_a_hurdle_is_solved_for() -> None:
    share = derive.mle("hurdle(geometric)").others[0]
    assert share.notation == "sum(1 for n in N if y[n] == 0) / N"


def test_hardy_weinberg_is_counted() -> None:
    density = "theta**2 if y == 0 else 2*theta*(1 - theta) if y == 1 else (1 - theta)**2"
    main = derive.mle(density, given="theta: probability; y: label(3)", data=[0, 1, 1, 2, 0])
    assert float(dict(main.estimates)["θ"]) == pytest.approx((2 * 2 + 2) / 10)
    assert main.goal == "mle"


def test_censored_times_are_those_of_the_table() -> None:
    ours, theirs = (derive.mle(n, data=EVENTS) for n in (
        "right_censored(exponential)", "exponential-censored"))
    assert ours.notation == theirs.notation == "sum(d) / sum(y)"


@pytest.mark.parametrize("name", quick_share([
    "truncated(gumbel, 0, inf)", "censored(laplace, -1, 1)", "zero_inflated(geometric)",
    "hurdle(negative-binomial)", "right_censored(gompertz)", "left_censored(normal)",
    "interval_censored(logistic)", "truncated(mixture(normal), 0, inf)"], 2))
def test_scores_are_verified_against_the_text(name: str) -> None:
    verified = derive.score(name).verify().verification
    assert verified.worst < 1e-20


@pytest.mark.parametrize("statement", quick_share([
    ("y ~ truncated(normal(X @ beta, sigma), 0, inf)", "y: real[N]"),
    ("y ~ censored(normal(X @ beta, sigma), 0, inf)", "y: real[N]"),
    ("y, d ~ right_censored(weibull(k, exp(X @ beta)))", "y: positive[N]; d: binary[N]"),
    ("y ~ zero_inflated(poisson(exp(X @ beta)), w = sigmoid(X @ gamma))", "y: count[N]"),
    ("y ~ hurdle(poisson(exp(X @ beta)))", "y: count[N]"),
    ("y ~ ordered-logit(a, g, X @ beta)", "y: count[N]"),
], 2), ids=lambda s: s[0].split("(")[0])
def test_operators_take_covariates(statement: tuple[str, str]) -> None:
    text, observed = statement
    verified = derive.score(text, given=f"X: real[N, D]; {observed}").verify().verification
    assert verified.worst < 1e-20


def test_truncated_fisher_information_is_closed_where_it_is_known() -> None:
    # 1/l^2 - b^2 e^(-l b)/(1 - e^(-l b))^2 for an exponential law on (0, b)
    assert derive.fisher("truncated(exponential, 0, 2)").notation == \
        "1 / lam**2 - 4 * exp(-2 * lam) / (1 - exp(-2 * lam))**2"


@pytest.mark.parametrize(("text", "message"), [
    ("truncated(normal, 0)", r"is written truncated\(NAME, low, high\)"),
    ("truncated(nrmal, 0, 1)", "there is no distribution 'nrmal'"),
    ("truncated(von-mises, 0, 2)", "no closed form is known"),
    ("zero_inflated(normal)", "it is for distributions of counts"),
    ("truncated(normal, inf, 0)", "inf is no lower end"),
    ("truncated(exponential, -3, -1)", "no observation of exponential is below -1"),
    ("mixture(pareto)", "its parameters are bound by xm <= y"),
    ("truncated(exp(-y), 0, 1)", "by its name, not the formula"),
    ("truncated(normal, 0, *)", r"the end '\*' is no formula"),
    ("right_censored(weibull-censored)", "no density of one observation"),
    ("truncated(multivariate-normal, 0, 1)", "distributions of one number"),
    ("hurdle(zero_truncated(poisson))", "it has no 0"),
    ("truncated(normal, 3, 1)", "3 < 1 does not hold"),
    ("truncated(truncated(normal, 0, inf), -1, 3)", "0 <= -1 does not hold"),
    ("truncated", "is written truncated"),
    ("mixture(mixture(normal))", "that is one already"),
    ("truncated(" * 9 + "normal" + ", 0, 1)" * 9, "more than 6 deep"),
])
def test_what_an_operator_cannot_take_is_refused_in_a_line(text: str, message: str) -> None:
    with pytest.raises(DeriveError, match=message) as error:
        read_model(text)
    assert "\n" not in str(error.value)


def test_point_masses_have_no_expected_information() -> None:
    with pytest.raises(DeriveError, match="has a probability of its own at 0"):
        derive.fisher("censored(normal, 0, inf)")


@pytest.mark.parametrize("operator", list(operators().values()), ids=lambda o: o.name)
def test_each_operator_has_an_example_that_is_read(operator: Any) -> None:
    check_templates()
    assert operated(operator.example) is not None


PAIR = "exp(-(u**2 - 2*r*u*v + v**2)/(2*(1 - r**2)))/(2*pi*sqrt(1 - r**2))"


def test_two_numbers_are_observed_at_once() -> None:
    given = "r: real; -1 < r; r < 1; u: real; v: real"
    rows = [[1, 0.4], [0.3, 1.0], [-1, -0.7], [0.2, -0.3], [-0.8, 0.1]]
    got = told(PAIR, given=given, observed="u, v", data=rows)["r"]
    grid = np.linspace(-0.99, 0.99, 20001)
    table = np.array(rows)
    squares, cross = (table ** 2).sum(), table.prod(1).sum()
    level = -(squares - 2 * grid * cross) / (2 * (1 - grid ** 2)) - 2.5 * np.log(1 - grid ** 2)
    assert got == pytest.approx(grid[level.argmax()], abs=2e-4)


@pytest.mark.parametrize(("density", "given", "observed", "total"), [
    (PAIR.replace("sqrt(1 - r**2)", "sqrt(1 - r)"), "r: real; -1 < r; r < 1; u: real; v: real",
     "u,v", "its total is"),
    ("2*a**2*exp(-a*t)", "a: positive; s: positive; t: positive; s <= t", "s,t",
     "its total is 1.999"),
    ("lam*exp(-lam*t)*p**d", "lam: positive; p: probability; t: positive; d: binary", "t,d",
     "its total is 1"),
    ("a*b*exp(-a*s - b*t)", "a: positive; b: positive; s: positive", "s,t", "its total is"),
])
def test_what_is_no_joint_density_is_refused(density: str, given: str, observed: str,
                                             total: str) -> None:
    with pytest.raises(DeriveError, match=total):
        derive.nll(density, given=given, observed=observed)


@pytest.mark.parametrize(("density", "given", "observed"), [
    ("a**2*exp(-a*t)", "a: positive; s: positive; t: positive; s <= t", "s,t"),
    ("lam*exp(-lam*t)*p**d*(1 - p)**(1 - d)",
     "lam: positive; p: probability; t: positive; d: binary", "t,d"),
    ("a**x*b**y*exp(-a - b - loggamma(x + 1) - loggamma(y + 1))",
     "a: positive; b: positive; x: count; y: count", "x,y"),
])
def test_joint_densities_are_taken(density: str, given: str, observed: str) -> None:
    assert derive.score(density, given=given, observed=observed).verify().verification.worst < 1e-30


def test_a_covariance_matrix_is_estimated_by_the_mean_of_outer_products() -> None:
    rows = np.array([[1, 2], [3, 5], [0, -1], [2, 2]])
    main = derive.mle("multivariate-normal-full", data=rows.tolist())
    got = {n: float(v) for n, v in main.estimates}
    covariance = np.cov(rows.T, bias=True)
    assert [[got[f"Sigma[{i}, {j}]"] for j in (0, 1)] for i in (0, 1)] == \
        pytest.approx(covariance)
    assert main.verify().verification.worst < 1e-20


def test_too_few_rows_have_no_covariance_matrix() -> None:
    main = derive.mle("multivariate-normal-full", data=[[1, 2], [3, 5]])
    assert not main.estimates
    assert "Sigma is not positive definite" in words(main, "boundary")


def test_a_size_that_the_data_do_not_tell_is_asked_for() -> None:
    with pytest.raises(DeriveError, match="do not tell the size C; give it with --value C=3"):
        derive.mle("ordered-logit", data=[0, 1, 2], values={"z": 0})


@pytest.mark.peers
def test_inflated_and_hurdle_counts_are_those_of_statsmodels() -> None:
    counts = pytest.importorskip("statsmodels.discrete.count_model")
    truncated = pytest.importorskip("statsmodels.discrete.truncated_model")
    draw = np.random.default_rng(2)
    y = draw.poisson(2.5, 80) * (draw.random(80) > 0.3)
    ours = told("zero_inflated(poisson)", data=[int(v) for v in y])
    theirs = counts.ZeroInflatedPoisson(y, np.ones((80, 1))).fit(disp=0, maxiter=500)
    assert ours["λ"] == pytest.approx(np.exp(theirs.params[1]), rel=1e-4)
    hurdle = truncated.HurdleCountModel(y, np.ones((80, 1))).fit(disp=0)
    assert told("hurdle(poisson)", data=[int(v) for v in y])["λ"] == pytest.approx(
        np.exp(hurdle.params[-1]), rel=1e-3)
