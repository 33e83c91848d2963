"""Truncated and censored forms with incomplete gamma and beta functions: scores, maxima at data."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy import optimize, stats

import derive
from derive.errors import DeriveError
from tests.conftest import quick_share

DRAW = np.random.default_rng(3)
TIMES = DRAW.gamma(2.5, 0.7, 1000)
SEEN = (TIMES < 2).astype(int)
UNIT = DRAW.beta(2, 3, 1000)
HEAVY = stats.t.rvs(4, loc=0.5, scale=1.3, size=1000, random_state=DRAW)
COUNTS = DRAW.negative_binomial(2, 0.3, 1000)
LEFT = np.maximum(np.floor(TIMES * 2) / 2, 1e-3)


def gamma(k: float, beta: float) -> Any:
    return stats.gamma(k, scale=1 / beta)


def t(mu: float, s: float, nu: float) -> Any:
    return stats.t(nu, loc=mu, scale=s)


def nb(mu: float, alpha: float) -> Any:
    return stats.nbinom(1 / alpha, 1 / (1 + alpha * mu))


def nakagami(k: float, omega: float) -> Any:
    return stats.nakagami(k, scale=omega**0.5)


Likelihood = Callable[..., float]
INSIDE, RISEN, LOW = TIMES[TIMES < 2], TIMES[TIMES > 0.5], COUNTS[COUNTS <= 6]
MIDDLE = UNIT[(UNIT > 0.1) & (UNIT < 0.8)]
CUT, SHORT = np.maximum(HEAVY, 0), np.minimum(TIMES, 2)
# The same likelihoods with scipy.stats.
CASES: dict[str, tuple[list[Any], Likelihood]] = {
    "truncated(gamma, 0, 2)": (list(INSIDE), lambda *p: (
        gamma(*p).logpdf(INSIDE) - gamma(*p).logcdf(2)).sum()),
    "right_censored(gamma)": ([[a, int(b)] for a, b in zip(SHORT, SEEN, strict=True)], lambda *p: (
        SEEN * gamma(*p).logpdf(SHORT) + (1 - SEEN) * gamma(*p).logsf(SHORT)).sum()),
    "interval_censored(gamma)": (
        [[float(a), float(np.floor(a * 2) / 2 + .5)] for a in LEFT],
        lambda *p: np.log(gamma(*p).cdf(np.floor(LEFT * 2) / 2 + .5) - gamma(*p).cdf(LEFT)).sum()),
    "truncated(beta, 1/10, 4/5)": (list(MIDDLE), lambda a, b: (
        stats.beta(a, b).logpdf(MIDDLE)
        - np.log(stats.beta(a, b).cdf(.8) - stats.beta(a, b).cdf(.1))).sum()),
    "censored(student-t, 0, inf)": (list(CUT), lambda *p: np.where(
        HEAVY <= 0, t(*p).logcdf(0), t(*p).logpdf(CUT)).sum()),
    "truncated(negative-binomial, 0, 6)": ([int(v) for v in LOW], lambda *p: (
        nb(*p).logpmf(LOW) - nb(*p).logcdf(6)).sum()),
    "truncated(nakagami, 1/2, inf)": (list(RISEN), lambda *p: (
        nakagami(*p).logpdf(RISEN) - nakagami(*p).logsf(.5)).sum()),
    "left_censored(inverse-gamma)": (
        [[float(a), int(b)] for a, b in zip(np.maximum(1 / TIMES, .5), TIMES < 2, strict=True)],
        lambda a, b: np.where(TIMES < 2, stats.invgamma(a, scale=b).logpdf(1 / TIMES),
                              stats.invgamma(a, scale=b).logcdf(.5)).sum()),
}


@pytest.mark.peers
@pytest.mark.parametrize("name", CASES)
def test_the_maximum_is_as_high_as_that_of_an_optimiser(name: str) -> None:
    data, likelihood = CASES[name]
    estimates = derive.mle(name, data=data).estimates
    ours = likelihood(*(float(v) for _, v in estimates))
    theirs = max(-optimize.minimize(
        lambda p: -likelihood(*np.exp(p)), start * np.ones(len(estimates)), method="Nelder-Mead",
        options={"xatol": 1e-9, "fatol": 1e-11, "maxiter": 4000}).fun for start in (0, 0.7))
    assert ours >= theirs - 1e-8


def test_a_shape_without_a_score_is_estimated_by_values_of_the_likelihood() -> None:
    data, _ = CASES["truncated(gamma, 0, 2)"]
    found = derive.mle("truncated(gamma, 0, 2)", data=data[:30])
    (k, beta) = (float(v) for _, v in found.estimates)
    inside = np.array(data[:30])

    def level(k: float, beta: float) -> float:
        return float((gamma(k, beta).logpdf(inside) - gamma(k, beta).logcdf(2)).sum())

    best = optimize.minimize(lambda p: -level(*np.exp(p)), [0, 0], method="Nelder-Mead",
                             options={"xatol": 1e-9, "fatol": 1e-12})
    assert level(k, beta) >= -best.fun - 1e-9
    assert "no derivative of gammainc(k, 2 β)" in dict(found.remarks)["open"]


@pytest.mark.parametrize("direction", ["score", "fisher", "mle"])
def test_a_score_that_no_rule_derives_is_refused_by_name(direction: str) -> None:
    with pytest.raises(DeriveError, match=r"no rule differentiates gammainc\(k, 2 \* beta\)"):
        getattr(derive, direction)("truncated(gamma, 0, 2)")


@pytest.mark.parametrize("case", quick_share([
    ("truncated(gamma, 0, 2)", "beta"), ("right_censored(nakagami)", "omega"),
    ("censored(student-t, 0, inf)", "mu"), ("truncated(poisson, 1, inf)", "lam"),
    ("truncated(binomial, 1, 3)", "theta"), ("left_censored(inverse-gamma)", "b"),
    ("truncated(generalised-normal, -1, 2)", "mu"),
    ("truncated(hyperbolic-secant, 0, inf)", "s")], 3))
def test_scores_by_the_other_parameters_are_right(case: tuple[str, str]) -> None:
    name, wrt = case
    derive.score(name, wrt=wrt).verify()


@pytest.mark.parametrize("name", quick_share([
    "truncated(gamma, 1/2, 3)", "censored(beta, 1/10, 9/10)", "truncated(student-t, -1, 1)",
    "interval_censored(inverse-gamma)", "right_censored(nakagami)",
    "mixture(truncated(gamma, 0, 2))"], 3))
def test_losses_of_such_forms_are_right(name: str) -> None:
    derive.nll(name).verify()
