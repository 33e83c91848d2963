"""Estimates inside of what types, conditions and observations allow; maxima told as what they are.
"""

from __future__ import annotations

import math
import runpy
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import derive
from derive.derivation import Derivation
from derive.errors import VerificationError
from derive.judge.claims.direction_claims import Result
from derive.judge.claims.estimate_claims import Estimate, estimate_claim
from derive.judge.claims.text_claims import judge
from tests.conftest import quick_rows, quick_share

ROOT = Path(__file__).resolve().parent.parent
HALF_BELL = "sqrt(2/pi)/s*exp(-(y-a)**2/(2*s**2))"
BELL = "exp(-(y-mu)**2/2)/sqrt(2*pi)"


def numbers(derivation: Derivation) -> dict[str, float]:
    return {name: float(value) for name, value in derivation.estimates}


def remarks(derivation: Derivation, label: str) -> str:
    return " | ".join(words for name, words in derivation.remarks if name == label)


def at(density: str, given: str, data: Any, **values: Any) -> Derivation:
    return derive.mle(density, given=given, data=data, values=values or None)


BOUNDS = [  # density, declarations, the estimates
    ("exp(-(y-theta)/theta)/theta", "theta: positive; y: real; theta <= y", ["min(y)"]),
    ("1/(2*theta)", "theta: positive; y: real; -theta <= y; y <= theta", ["max(abs(y))"]),
    ("1/(2*theta)", "theta: positive; y: real; abs(y) <= theta", ["max(abs(y))"]),
    ("1/theta", "theta: positive; y: real; theta <= y; y <= 2*theta", ["max(y) / 2"]),
    ("2*y/theta**2", "theta: positive; y: positive; y <= theta", ["max(y)"]),
    ("exp(-(y-3*b)/b)/b", "b: positive; y: real; 3*b <= y", ["min(y) / 3"]),
    ("exp(-(y-t-1))", "t: real; y: real; t + 1 <= y", ["min(y) - 1"]),
    ("exp(-t)", "t: real; y: positive; y <= exp(t)", ["max(log(y))"]),
    (HALF_BELL, "a: real; s: positive; y: real; a <= y",
     ["min(y)", "sqrt(mean((y - min(y))**2))"]),
    ("exp(-(y-a)/s)/s", "a: real; s: positive; y: real; a <= y", ["min(y)", "mean(y) - min(y)"]),
    (BELL, "mu: nonnegative; y: real", ["max(0, mean(y))"]),
    (BELL, "mu: real; y: real; -1 <= mu; mu <= 2", ["min(2, max(-1, mean(y)))"]),
    ("exp(-(y-theta)/theta**2)/theta**2", "theta: positive; y: real; theta <= y",
     ["min(min(y), -(N - sqrt(N * (N + 16 * sum(y)))) / (4 * N))"]),
]


@pytest.mark.parametrize(("density", "given", "results"), quick_rows(BOUNDS, 3))
def test_an_estimate_at_a_bound_is_derived_and_judged(density: str, given: str,
                                                      results: list[str]) -> None:
    derivation = derive.mle(density, given=given)
    assert [d.notation for d in (derivation, *derivation.others)] == results
    assert "not compared" not in str(derivation.verify().verification)


def test_where_the_likelihood_is_level_the_maxima_are_an_interval() -> None:
    derivation = at("1", "theta: real; y: real; theta <= y; y <= theta + 1", ".1,.3,.6,.5")
    assert "every θ from maxₙ yₙ − 1 to minₙ yₙ" in remarks(derivation, "maximum")
    assert numbers(derivation) == {"θ": pytest.approx(-.15)}


UNIFORM = ("1/(2*theta)", ("theta: positive", "y: real", "-theta <= y", "y <= theta"))


@pytest.mark.parametrize("result", ["max(y)", "max(abs(y))*1.0001", "max(abs(y))*0.99",
                                    "mean(abs(y))"])
def test_the_judge_refuses_a_wrong_estimate_at_a_bound(result: str) -> None:
    def claim(text: str) -> Any:
        return judge(estimate_claim(*UNIFORM, ("y",), [Estimate("theta", Result(
            text, ("theta: positive", "y: real[N]"), ()), False, True)]))

    assert claim("max(abs(y))").points > 5
    with pytest.raises(VerificationError):
        claim(result)


AT_DATA = [  # density, declarations, data, estimates
    ("exp(-(y-theta)/theta)/theta", "theta: positive; y: real; theta <= y", "1.5,2,3,7",
     {"θ": 1.5}),
    ("sqrt(2/pi)*exp(-(y-a)**2/2)", "a: real; y: real; a <= y", "1,2,6", {"a": 1}),
    (HALF_BELL, "a: real; s: positive; y: real; a <= y", "1,2,6",
     {"a": 1, "s²": 26 / 3, "s": math.sqrt(26 / 3)}),
    ("exp(-(y-theta)/theta**2)/theta**2", "theta: positive; y: real; theta <= y", "1,2,6",
     {"θ": 1}),
    ("1/(2*theta)", "theta: positive; y: real; -theta <= y; y <= theta", "-3,2,1.5", {"θ": 3}),
    ("(1+a*y)/2", "a: real; -1 <= a; a <= 1; y: real; -1 <= y; y <= 1", ".5,.9,-.1", {"a": 1}),
    ("2*(theta-y)/theta**2", "theta: positive; y: nonnegative; y < theta", "1,2,5",
     {"θ": 7.0502727}),
    ("(y-a)*exp(-(y-a)**2/2)", "a: real; y: real; a < y", "1,2,6", {"a": .81836746}),
    ("p**2 if y == 0 else 2*p*(1-p) if y == 1 else (1-p)**2", "p: probability; y: label(3)",
     "0,0,1,2,1", {"p": .6}),
    ("1/(2*h)", "c: real; h: positive; y: real; c-h <= y; y <= c+h", "3,4,6", {"c": 4.5, "h": 1.5}),
    ("exp(-abs(y-m))/2", "m: nonnegative; y: real", "-.357", {"m": 0}),
    ("exp(-(y-exp(m))/s)/(s*(1+exp(-(y-exp(m))/s))**2)", "m: real; s: positive; y: real",
     "2.136, 3.342, 0.707", {"m": .734589, "s": .66583253}),
]


@pytest.mark.parametrize(("density", "given", "data", "values"), quick_rows(AT_DATA, 3))
def test_estimates_at_data_are_the_known_ones(density: str, given: str, data: str,
                                              values: dict[str, float]) -> None:
    assert numbers(at(density, given, data)) == pytest.approx(values, abs=2e-7)


@pytest.mark.parametrize(("name", "data", "values", "fixed"), quick_rows([
    ("beta-binomial-log", "1,2,5,3,0", {"log_a": .474232, "log_b": 1.262371}, {"n": 7}),
    ("zero-inflated-poisson-log-rate", "0,0,0,2,3,1,5", {"η": -.493045, "log_λ": .928694}, {}),
    ("kumaraswamy-log", ".1,.3,.6,.5", {"log_a": .584894, "log_b": 1.397326}, {}),
    ("log-logistic-location", "1,2,4,3,7", {"μ": 1.046352, "s": .388893}, {}),
], 3))
def test_what_is_typed_in_logarithms_has_its_maximum(name: str, data: str, fixed: dict[str, int],
                                                     values: dict[str, float]) -> None:
    assert numbers(at(name, "", data, **fixed)) == pytest.approx(values, abs=2e-6)


NONE = [  # density, declarations, data, what is told
    ("asymmetric-laplace", "", "1.5,2,3,7,0.3", "grows as b goes to 0 and τ goes to 0"),
    ("beta", "", ".5,.5", "grows without bound as a goes to infinity and b goes to infinity"),
    ("normal", "", "3", "grows without bound as σ goes to 0"),
    ("uniform", "", "3", "grows without bound"),
    (BELL, "mu: positive; y: real", "-3,-1", "grows as μ goes to 0, which it cannot be"),
    ("1/theta", "theta: positive; y: positive; y < theta", "1,2",
     "grows as θ goes to 2, which it cannot be"),
    ("exp(y*r-exp(r)-loggamma(1+y))", "r: real; y: count", "0,0", "grows as r goes to −infinity"),
    ("(1-exp(-r))*exp(-r*y)", "r: positive; y: count", "0", "grows as r goes to infinity"),
]


@pytest.mark.parametrize(("density", "given", "data", "words"), quick_rows(NONE, 3))
def test_a_likelihood_without_a_maximum_is_told_so(density: str, given: str, data: str,
                                                   words: str) -> None:
    derivation = at(density, given, data)
    assert words in remarks(derivation, "boundary")
    assert not derivation.estimates
    assert not remarks(derivation, "estimate")


def test_parameters_that_data_do_not_tell_apart_are_no_estimates() -> None:
    derivation = at("exp(-(y-a-b)**2/2)/sqrt(2*pi)", "a: real; b: real; y: real", "3,4,6")
    assert "do not determine a and b" in remarks(derivation, "open")
    assert not derivation.estimates


def test_the_estimate_does_not_depend_on_the_parametrisation() -> None:
    data = list(np.random.default_rng(4).weibull(1.7, 40) * 3)
    plain = numbers(at("k/s*(y/s)**(k-1)*exp(-(y/s)**k)", "k: positive; s: positive; y: positive",
                       data))
    other = numbers(at("exp(j)*r*(y*r)**(exp(j)-1)*exp(-(y*r)**exp(j))",
                       "j: real; r: positive; y: positive", data))
    assert math.exp(other["j"]) == pytest.approx(plain["k"], rel=1e-12)
    assert 1 / other["r"] == pytest.approx(plain["s"], rel=1e-12)


def test_two_symmetric_maxima_are_both_told() -> None:
    derivation = at("exp(-(y-m**2)**2/2)/sqrt(2*pi)", "m: real; y: real", "4,4.2")
    assert abs(numbers(derivation)["m"]) == pytest.approx(math.sqrt(4.1))
    assert "as high at m = " in remarks(derivation, "maximum")


def printed_lines(derivation: Derivation) -> list[str]:
    return [line.strip().partition("   ")[0].lstrip("= ") for line in
            derivation.show("text").splitlines() if "=" in line]


@pytest.mark.parametrize("name", ["multivariate-normal-spherical-variance", "normal"])
def test_no_line_is_printed_twice_in_a_row(name: str) -> None:
    lines = printed_lines(derive.score(name))
    assert not [a for a, b in pairwise(lines) if a == b]


def test_clearing_a_denominator_is_called_that() -> None:
    page = derive.mle("exponential").show("text")
    assert "clear the denominators, collect powers" in page
    assert "multiply out" not in page


def test_a_negative_denominator_is_written_as_a_positive_one() -> None:
    assert derive.noise("pinball").notation == "1 / (tau * (1 - tau))"


BENCHMARK = runpy.run_path(str(ROOT / "benchmarks" / "estimates_against_maxima.py"))


@pytest.mark.parametrize("number", quick_share(range(6), 4))
def test_no_estimate_is_worse_than_a_maximum_by_scipy(number: int) -> None:
    pytest.importorskip("scipy")
    case = list(BENCHMARK["cases"](6, 77))[number]
    kind, words = BENCHMARK["verdict"](case, 25)
    assert kind in ("right", "edge", "none", "undecided"), f"{case}: {words}"


def test_the_benchmark_sees_an_estimate_that_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("scipy")
    case = BENCHMARK["Case"](BELL, ["mu: nonnegative", "y: real"], [BENCHMARK["Parameter"](
        "μ", ["mu: nonnegative"], BENCHMARK["fixed"](0, math.inf, False))], [1.0, 2.0])
    case.text = case.text.replace("mu", "μ")
    judged = BENCHMARK["Judge"](case)
    assert judged.outside({"μ": -1.0})
    assert judged.level({"μ": 1.5}) > judged.level({"μ": 1.4}) + 1e-3


@pytest.mark.parametrize(("density", "given"), [
    ("weibull", ()),
    ("exp(j)/(1/t)*(y/(1/t))**(exp(j)-1)*exp(-(y/(1/t))**exp(j))",
     ("t: positive", "j: real", "y: positive"))])
def test_where_a_likelihood_grows_beyond_plain_floats_there_is_no_estimate(
        density: str, given: tuple[str, ...]) -> None:
    """With one observation a Weibull density has no highest value: the shape grows on."""
    made = derive.mle(density, given=given, data=[7.643])
    assert not [text for label, text in made.remarks if label == "estimate"]
    assert any("no bound" in text or "without bound" in text for _, text in made.remarks)
