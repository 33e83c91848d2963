"""Parameters that enter the likelihood only through fewer functions of them are told as that."""

from __future__ import annotations

import pytest

import derive
from derive.errors import DeriveError

X = "x: real[N]"


@pytest.mark.parametrize(("statement", "given", "only"), [
    ("y ~ normal(a + b*x + c*x, sigma)", [X], "b + c"),
    ("y ~ poisson(exp(a*x)*exp(b*x))", [X], "a + b"),
    ("y ~ bernoulli(logit(theta) = 2*a*x - 3*b*x + c)", [X], "a - 3/2 b"),
    ("y ~ normal(a*b*x, sigma)", [X], "a*b"),
    ("y ~ normal(a + b*x, s*t)", [X, "s, t: positive"], "s*t"),
    ("y ~ gamma(k, a/c)", ["a, c, k: positive"], "a/c"),
    ("y ~ exponential(lam*mu**2)", ["lam, mu: positive"], "lam*mu**2"),
    ("exp(-(y - a - b)**2/2)/sqrt(2*pi)", ["a, b, y: real"], "a + b"),
    ("y ~ normal(X @ beta + X @ gamma, sigma)", [], "beta + gamma"),
    ("y ~ poisson(exp((Z @ m) + a + c))", ["Z: real[N, G]"], "a + c"),
])
def test_what_is_determined_is_named(statement: str, given: list[str], only: str) -> None:
    with pytest.raises(DeriveError) as refused:
        derive.mle(statement, given=given)
    assert f" through {only} alone, " in str(refused.value)
    assert f"only {only} is determined" in str(refused.value)


@pytest.mark.parametrize(("statement", "given"), [
    ("y ~ normal(exp(a) + b, s)", []), ("y ~ normal(a*b*x + b*x, sigma)", [X])])
def test_a_function_that_is_no_sum_or_product_is_not_named(statement: str, given: list[str],
                                                           ) -> None:
    with pytest.raises(DeriveError, match="a and b one by one: there are directions"):
        derive.mle(statement, given=given)


@pytest.mark.parametrize(("statement", "given", "wrt"), [
    ("y ~ normal(exp(a) + b*x, s)", [X], None), ("y ~ weibull(k, exp(a + b*x))", [X], None),
    ("y ~ normal(a + b*x + c*x, sigma)", [X], "a, b, sigma"), ("gamma", [], None),
    ("y ~ normal(X @ beta + a*x, sigma)", [X], None)])
def test_parameters_that_data_determine_are_estimated(
        statement: str, given: list[str], wrt: str | None) -> None:
    assert derive.mle(statement, given=given, wrt=wrt).goal in ("mle", "equation")
