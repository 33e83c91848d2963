"""Typed densities: looked at in several sizes, drawn once; types that conditions narrow."""

from __future__ import annotations

import pytest

import derive
from derive.calculus.likelihood.densities import density_checks
from derive.calculus.likelihood.densities.narrowed_types import narrowed
from derive.errors import DeriveError

SPHERE = "exp(-sum((y[k] - mu)**2 for k in D)/(2*s**2))"
PAIR = ["y: real[2]", "m: real", "r: real", "-1 < r", "r < 1"]
COUPLED = ("exp(-((y[0] - m)**2 + (y[1] - m)**2 - 2*r*(y[0] - m)*(y[1] - m))/(2*(1 - r**2)))"
           "/(2*pi*sqrt(1 - r**2))")


@pytest.mark.parametrize(("density", "given", "size"), [
    (f"{SPHERE}/(s*sqrt(2*pi))", ["y: real[D]", "mu: real", "s: positive"], "D = 2"),
    (f"{SPHERE}/(s**2*2*pi)", ["y: real[D]", "mu: real", "s: positive"], "D = 1"),
    ("exp(-sum(y)/t)/t", ["y: nonnegative[D]", "t: positive"], "D = 2"),
    ("exp(-sum(abs(y - m)))/2", ["y: real[D]", "m: real"], "D = 2"),
    ("exp(-sum((y - m)**2)/2)/sqrt(2*pi)", ["y: real[2]", "m: real"], ""),
    (COUPLED.replace("(2*pi*", "(pi*"), PAIR, ""),
    (COUPLED.replace("*sqrt(1 - r**2)", ""), PAIR, ""),
    ("prod(p**y[k]*(1 - p)**(1 - y[k]) for k in D)*p", ["y: binary[D]", "p: probability"], ""),
    ("prod(lam**y[k]*exp(-lam - loggamma(1 + y[k])) for k in D)*exp(lam)/2**D",
     ["y: count[D]", "lam: positive"], ""),
    ("exp(-sum(sum((y[n, d] - m)**2 for d in D) for n in N)/2)/(2*pi)**(N/2)",
     ["y: real[N, D]", "m: real"], "integrates to"),
])
def test_a_density_that_is_normalised_at_one_size_alone_is_refused(
        density: str, given: list[str], size: str) -> None:
    with pytest.raises(DeriveError, match=f"this is no density.*{size}"):
        derive.nll(density, given=given)


@pytest.mark.parametrize(("density", "given"), [
    (f"{SPHERE}/(s*sqrt(2*pi))**D", ["y: real[D]", "mu: real", "s: positive"]),
    ("exp(-sum((y - m)**2)/2)/(2*pi)", ["y: real[2]", "m: real"]),
    ("exp(-sum(abs(y - m)))/2**D", ["y: real[D]", "m: real"]),
    (COUPLED, PAIR),
    ("prod(p**y[k]*(1 - p)**(1 - y[k]) for k in D)", ["y: binary[D]", "p: probability"]),
    ("prod(lam**y[k]*exp(-lam - loggamma(1 + y[k])) for k in D)", ["y: count[D]", "lam: positive"]),
    ("exp(-sum((y - X @ beta)**2)/2)/(2*pi)**(N/2)",
     ["beta: real[D]", "X: real[N, D]", "y: real[N]"]),
    ("prod(sigmoid(X @ w)[n]**y[n]*(1 - sigmoid(X @ w)[n])**(1 - y[n]) for n in N)",
     ["w: real[D]", "X: real[N, D]", "y: binary[N]"]),
    ("exp(-(y - w @ x)**2/2)/sqrt(2*pi)", ["w: real[D]", "x: real[D]", "y: real"]),
    ("exp(-sum(sum((y[n, d] - m[d])**2 for d in D) for n in N)/2)/(2*pi)**(N*D/2)",
     ["y: real[N, D]", "m: real[D]"]),
])
def test_a_density_of_a_vector_is_taken_at_every_size(density: str, given: list[str]) -> None:
    found = derive.nll(density, given=given, wrt=given[-1][0] if "m" in given[-1][0] else None)
    assert "not checked" not in dict(found.remarks)


def test_the_score_of_the_linear_model_is_derived_at_once() -> None:
    found = derive.score("exp(-sum((y - X @ beta)**2)/2)/(2*pi)**(N/2)", wrt="beta",
                         given=["beta: real[D]", "X: real[N, D]", "y: real[N]"])
    assert found.notation == "sum(X[n, i] * (y[n] - X[n] @ beta) for n in N)"


def test_what_was_not_checked_is_stated() -> None:
    found = derive.nll("exp(-norm(y - m))/(2*pi)", given=["y: real[2]", "m: real[2]"], wrt="m")
    assert "was not checked" in dict(found.remarks)["not checked"]


@pytest.mark.parametrize(("lines", "wide"), [
    (["t: real", "0 < t"], ["t: positive"]), (["t: real", "t > 0"], ["t: positive"]),
    (["t: real", "0 <= t"], ["t: nonnegative"]), (["t: real", "t < 0"], ["t: negative"]),
    (["p: real", "0 < p", "p < 1"], ["p: probability"]),
    (["p: real", "0 < p < 1"], ["p: probability"]),
    (["a, t: real", "0 < t"], ["a: real", "t: positive"]),
    (["t: real", "-1 < t"], ["t: real", "-1 < t"]), (["t: real", "t < 1"], ["t: real", "t < 1"]),
    (["t: real[D]", "0 < t"], ["t: real[D]", "0 < t"]),
    (["t: positive", "0 < t"], ["t: positive", "0 < t"]),
    (["a: real", "b: real", "a < b"], ["a: real", "b: real", "a < b"]),
])
def test_a_real_number_with_a_bound_is_of_the_narrower_type(
        lines: list[str], wide: list[str]) -> None:
    assert list(narrowed(lines)) == wide


@pytest.mark.parametrize(("density", "given", "positive"), [
    ("exp(-y/t)/t", ["t: real", "0 < t", "y: nonnegative"], "t: positive"),
    ("exp(-(y - m)**2/(2*s**2))/(s*sqrt(2*pi))", ["m: real", "s: real", "s > 0", "y: real"],
     "s: positive"),
])
def test_a_real_parameter_above_0_is_derived_as_a_positive_one(
        density: str, given: list[str], positive: str) -> None:
    name = positive[0]
    typed = [positive if line.startswith(f"{name}: ") else line for line in given
             if "0" not in line]
    for direction in (derive.nll, derive.score, derive.fisher, derive.mle):
        assert direction(density, given=given).notation == \
            direction(density, given=typed).notation


def test_a_parameter_above_minus_1_has_its_score_and_information() -> None:
    given = ["t: real", "-1 < t", "y: probability"]
    assert derive.score("(1 + t)*y**t", given=given).notation == "log(y) + 1 / (1 + t)"
    assert derive.fisher("(1 + t)*y**t", given=given).notation == "1 / (1 + t)**2"


def test_it_is_the_other_sizes_that_refuse_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(density_checks, "_SIZES", (1,))
    given = ["y: real[D]", "mu: real", "s: positive"]
    assert derive.nll(f"{SPHERE}/(s*sqrt(2*pi))", given=given).result
