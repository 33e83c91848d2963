"""Typed densities: moments from expected scores of 0, recognition, ends that move."""

from __future__ import annotations

import pickle
from dataclasses import replace
from functools import cache
from typing import Any

import pytest
from mpmath import mp, mpf

import derive
from derive.calculus.likelihood.densities.statistical_model import read_model
from derive.calculus.likelihood.information import information_of_law, moving_ends
from derive.calculus.likelihood.recognition import law_proposals
from derive.calculus.likelihood.recognition.recognised_law import RecognisedLaw, recognised
from derive.calculus.problem import with_unknown
from derive.core.exact import exact
from derive.core.indexing import root
from derive.derivation import Derivation
from derive.errors import DeriveError, VerificationError
from derive.judge.trees import line_certificate
from derive.judge.trees.evaluate import Point, evaluate
from derive.tables.recognition_table import signatures
from tests.conftest import quick_rows, quick_share

REAL = "y: real"
POSITIVE = "y: positive"


@cache
def information(density: str, given: str) -> Derivation:
    return derive.fisher(density, given=given)


def entries(density: str, given: str) -> dict[str, str]:
    """The entries by the names of their parameters, as text."""
    made = information(density, given)
    return {root(e.quantity).name.partition("_")[2]: e.notation for e in (made, *made.others)}


def value(density: str, given: str, name: str, **numbers: Any) -> Any:
    """The value of an entry at values of the parameters."""
    made = information(density, given)
    entry = next(e for e in (made, *made.others)
                 if root(e.quantity).name.partition("_")[2] == name)
    scalars = {leaf: mpf(numbers[leaf.name]) for leaf in entry.result.free_symbols
               if getattr(leaf, "name", "") in numbers}
    return evaluate(entry.result, Point(scalars=scalars), 30)


# Moments from expected scores.

@pytest.mark.parametrize(("density", "given", "expected"), [
    ("exp(-(y-m)**2*t/2)*sqrt(t/(2*pi))", f"m: real; t: positive; {REAL}",
     {"m": "t", "m_t": "0", "t": "1 / (2 * t**2)"}),
    ("exp(-(log(y)-m)**2/(2*v))/(y*sqrt(2*pi*v))", f"m: real; v: positive; {POSITIVE}",
     {"m": "1 / v", "m_v": "0", "v": "1 / (2 * v**2)"}),
    ("exp(-y**2/(2*exp(2*a)))*2/(exp(a)*sqrt(2*pi))", f"a: real; {POSITIVE}", {"a": "2"}),
    ("lam**k*y**(k-1)*exp(-lam*y-loggamma(k))", f"k: positive; lam: positive; {POSITIVE}",
     {"k": "trigamma(k)", "k_lam": "-1 / lam", "lam": "k / lam**2"}),
    ("sqrt(c/(2*pi*y**3))*exp(-c*(y-m)**2/(2*m**2*y))", f"m: positive; c: positive; {POSITIVE}",
     {"m": "c / m**3", "m_c": "0", "c": "1 / (2 * c**2)"}),
    ("exp(y*eta - exp(eta) - loggamma(y+1))", "eta: real; y: count", {"eta": "exp(eta)"}),
    ("exp(-y*exp(a))*exp(a)", f"a: real; {POSITIVE}", {"a": "1"}),
])
def test_moments_follow_from_the_expected_score(density: str, given: str,
                                                expected: dict[str, str]) -> None:
    assert entries(density, given) == expected


def test_the_step_names_the_score_that_averages_to_zero() -> None:
    made = information("exp(-(y-m)**2*t/2)*sqrt(t/(2*pi))", f"m: real; t: positive; {REAL}")
    margins = [s.rule.margin for e in made.others for s in e.steps]
    assert "E[y] = m, as the expected score of m is 0" in margins
    assert made.replay() == made.result


def test_moments_follow_from_a_derivative_of_the_expected_score() -> None:
    made = information("exp(loggamma(y+r)-loggamma(r)-loggamma(y+1))*p**r*(1-p)**y",
                       "p: probability; r: positive; y: count")
    assert made.notation == "r / (p**2 * (1 - p))"


# Recognition.

@exact
def law_of(name: str, **others: Any) -> RecognisedLaw | None:
    """What an entry's density is recognised as when it is typed."""
    model = read_model(name)
    return recognised(replace(model, entry=None, **others), with_unknown(None, model.scope))


@pytest.mark.parametrize("name", quick_share(list(signatures()), 4))
def test_an_entry_is_recognised_by_its_density(name: str) -> None:
    law = law_of(name)
    assert law is not None
    assert law.name == name
    assert law.proven
    assert all(str(v) == n for n, v in law.values)


@pytest.mark.parametrize(("name", "words"), [
    ("gamma-mean", "k = shape and β = shape / μ"),
    ("weibull-hazard", "k = k and l = λ^(−1/k)"),
    ("beta-mean-precision", "a = κ μ and b = κ · (1 − μ)"),
    ("log-normal-mean", "μ = log(m) − s²/2 and σ = s"),
    ("student-t-log", "μ = μ, s = exp(log_s) and ν = exp(log_ν)"),
    ("geometric-mean", "θ = 1 / (1 + μ)"),
])
def test_the_parametrisation_is_a_formula(name: str, words: str) -> None:
    law = law_of(name)
    assert law is not None
    assert law.in_words == words


@pytest.mark.parametrize(("density", "given", "expected"), quick_rows([
    ("k*lam*y**(k-1)*exp(-lam*y**k)", f"k: positive; lam: positive; {POSITIVE}",
     {"lam": "1 / lam**2", "k_lam": "(1 - euler_gamma - log(lam)) / (k * lam)"}),
    ("1/(4*s*cosh((y-m)/(2*s))**2)", f"m: real; s: positive; {REAL}",
     {"m": "1 / (3 * s**2)", "m_s": "0", "s": "(1 / 3 + pi**2 / 9) / s**2"}),
    ("sqrt(t)/(pi*(1+t*(y-m)**2))", f"m: real; t: positive; {REAL}",
     {"m": "t / 2", "m_t": "0", "t": "1 / (8 * t**2)"}),
    ("exp(-abs(y-m)/exp(a))/(2*exp(a))", f"m: real; a: real; {REAL}",
     {"m": "exp(-2 * a)", "m_a": "0", "a": "1"}),
    ("lam/s*exp(-y/s - lam*exp(-y/s))", f"lam: positive; s: positive; {REAL}",
     {"lam": "1 / lam**2", "lam_s": "(euler_gamma + log(lam) - 1) / (lam * s)"}),
], 3))
def test_a_recognised_density_has_the_information_of_the_table(
        density: str, given: str, expected: dict[str, str]) -> None:
    assert expected.items() <= entries(density, given).items()


def test_the_law_is_a_line_and_a_remark() -> None:
    made = information("k*lam*y**(k-1)*exp(-lam*y**k)", f"k: positive; lam: positive; {POSITIVE}")
    assert dict(made.remarks)["law"] == \
        "Weibull distribution (weibull) with k = k and l = λ^(−1/k)"
    assert made.parts[0].steps[0].rule.margin == "weibull: k = k and l = λ^(−1/k)"


def test_what_is_recognised_is_stored_and_replayed() -> None:
    made = information("k*lam*y**(k-1)*exp(-lam*y**k)", f"k: positive; lam: positive; {POSITIVE}")
    again = pickle.loads(pickle.dumps(made))
    assert again == made
    assert again.replay() == made.result


def test_an_unknown_density_is_not_recognised() -> None:
    made = information("1/(pi*cosh(y-m))", f"m: real; {REAL}")
    assert "law" not in dict(made.remarks)


def test_the_loss_of_a_recognised_density_has_its_name() -> None:
    made = derive.nll("exp(y*a - exp(a) - loggamma(y+1))", given="a: real; y: count")
    assert "poisson-nll" in dict(made.remarks)["known as"]


@pytest.mark.parametrize("direction", [derive.score, derive.mle])
def test_scores_and_estimates_say_the_law(direction: Any) -> None:
    made = direction("lam*exp(-lam*y)", given=f"lam: positive; {POSITIVE}")
    assert dict(made.remarks)["law"].startswith("Exponential distribution")


def test_a_shifted_density_is_recognised() -> None:
    made = information("r*exp(-r*(y-3))", f"r: positive; {REAL}; 3 <= y")
    assert dict(made.remarks)["law"].startswith("y − 3 has the Exponential distribution")
    assert made.notation == "1 / r**2"


def test_a_wrong_signature_recognises_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    planted = {**signatures(), "gumbel": replace(
        signatures()["gumbel"], values=("b = -g1/g2", "mu = y + b*log(1 + b*g) + 1"))}
    monkeypatch.setattr(law_proposals, "signatures", lambda: planted)
    for cached in (law_proposals.reading_of, law_proposals._by_size):
        cached.cache_clear()
    try:
        assert law_of("gumbel") is None
    finally:
        for cached in (law_proposals.reading_of, law_proposals._by_size):
            cached.cache_clear()


# Variables with a law that is free of the parameters, and ends that move.

GEV = ("exp(-(1+(y-m)/(2*s))**(-2))*(1+(y-m)/(2*s))**(-3)/s",
       f"m: real; s: positive; {REAL}; 0 < 1+(y-m)/(2*s)")


def test_the_information_of_an_extreme_value_density_with_a_moving_end() -> None:
    assert value(*GEV, "m", s=2) == mpf("0.5625")


@pytest.mark.parametrize(("xi", "given"), [("x", "x: positive"), ("x", "x: real; -1/2 < x; x < 0")])
def test_the_location_of_an_extreme_value_density_of_any_shape(xi: str, given: str) -> None:
    u = f"(1+{xi}*(y-m)/s)"
    density = f"exp(-{u}**(-1/{xi}))*{u}**(-1/{xi}-1)/s"
    conditions = f"m: real; s: positive; {given}; {REAL}; 0 < {u}"
    made = derive.fisher(density, given=conditions, wrt="m")
    x = mpf("0.5") if "positive" in given else mpf("-0.25")
    scalars = {leaf: {"x": x, "s": mpf(2)}[leaf.name] for leaf in made.result.free_symbols
               if getattr(leaf, "name", "") in ("x", "s")}
    truth = (1 + x)**2 * mp.gamma(1 + 2*x) / 4
    assert abs(evaluate(made.result, Point(scalars=scalars), 30) - truth) < 1e-14


@pytest.mark.parametrize(("density", "end", "expected"), quick_rows([
    ("30*(y-a)**2*(a+1-y)**2", "a+1", "40"),
    ("140*(y-a)**3*(a+1-y)**3", "a+1", "42"),
    ("105*(y-a)**2*(a+2-y)**4/128", "a+2", "14"),
    ("30*(y-2*a)**2*(2*a+1-y)**2", "2*a+1", "160"),
    ("15*(1-(y-a)**2)**2/16", "a+1", "10"),
], 3))
def test_a_polynomial_on_an_interval_that_moves(density: str, end: str, expected: str) -> None:
    start = {"2*a+1": "2*a"}.get(end, "a" if "1-(y-a)" not in density else "a-1")
    made = information(density, f"a: real; {REAL}; {start} <= y; y <= {end}")
    assert made.notation == expected


def test_the_location_of_a_density_that_falls_off_fast_enough() -> None:
    given = f"a: real; k: positive; 2 < k; {REAL}; a < y"
    got = value("k*(y-a)**(k-1)*exp(-(y-a)**k)", given, "a", k=3)
    assert abs(got - 4 * mp.gamma(mpf(1) / 3)) < 1e-14


@pytest.mark.parametrize(("density", "given", "why"), [
    ("6*(y-a)*(a+1-y)", "a <= y; y <= a+1", "power 1 of the distance"),
    ("exp(-(y-a))", "a <= y", "does not average to 0"),
    ("1", "a <= y; y <= a+1", "does not average to 0"),
    ("1.5*sqrt(y-a)", "a <= y; y <= a+1", "power 1/2 of the distance"),
])
def test_without_information_the_end_is_named(density: str, given: str, why: str) -> None:
    with pytest.raises(DeriveError, match="no Fisher information") as caught:
        derive.fisher(density, given=f"a: real; {REAL}; {given}")
    assert why in str(caught.value)
    assert "\n" not in str(caught.value)


# What is planted is noticed.

def test_an_end_that_is_taken_for_regular_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(moving_ends.MovingEnd, "regular", True)
    monkeypatch.setattr(line_certificate, "LAW_POINTS", 1)
    planted = derive.fisher("exp(-(y-a)/b)/b", given=f"a: real; b: positive; {REAL}; a <= y")
    with pytest.raises(VerificationError):
        planted.verify()


def test_what_is_kept_of_the_table_rests_on_no_typed_condition() -> None:
    kept = exact(information_of_law.information_of)
    information_of_law.information_of.cache_clear()
    derive.fisher("exp(-(y-mu)/exp(a) - exp(-(y-mu)/exp(a)))/exp(a)",
                  given=f"mu: real; mu < 2; a: real; {REAL}")
    assert information_of_law.information_of.cache_info().currsize == 1
    beside = kept("gumbel")
    information_of_law.information_of.cache_clear()
    assert kept("gumbel") == beside
