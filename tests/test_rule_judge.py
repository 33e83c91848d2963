"""The judge of rules: what it must refuse, what it must accept, and how exactly it compares."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache
from typing import Any

import pytest
from mpmath import mp, mpf

from derive.errors import TooLargeError, VerificationError
from derive.judge.rules import exact_arithmetic
from derive.judge.rules.exact_arithmetic import rounded
from derive.judge.rules.rule_reading import formula_of
from derive.judge.rules.rule_trials import check_rule, settled
from derive.rulebook.loading import standard_rulebook
from derive.rulebook.rule import Rule
from derive.tables.distribution_table import standard_laws

PROBABILITY = (("p", "probability"),)
POSITIVE = (("s", "positive"),)
COUNT = (("n", "count"),)


def rule(left: str, right: str, *given: str, kinds=(), **more) -> Rule:
    return Rule(name="planted", says="A planted rule.", from_=left, to=right, given=given,
                kinds=kinds, source="-", **more)


WRONG = [
    # sizes that are not often drawn
    rule("sum(c for k in K)", "K*c + c*(K-1)*(K-2)*(K-3)*(K-7)"),
    rule("sum(f(k) for k in K)", "sum(f(k)*(1 if K <= 7 else 0) for k in K)"),
    rule("sum(f(k) for k in K)", "sum(f(k) for k in K) if K != 12 else 0"),
    rule("min(K, 7)", "K"),
    rule("max(K, 2)", "K"),
    # numbers that stand in the rule
    rule("exp(u)", "exp(u) if u != 5 else 0"),
    rule("abs(u)", "u", "u > -0.001"),
    rule("relu(u)", "relu(u) + (1 if 1234566.5 < u and u < 1234567.5 else 0)"),
    rule("relu(u)", "relu(u) + exp(-(u - 1234567)**2)"),
    rule("max(u, -10000)", "u"),
    rule("u/v", "u/v if v > 1e-5 or v < 0 else 0"),
    rule("tanh(u)", "tanh(u) if abs(u) < 40 else sign(u)"),
    rule("u", "u if u < 1e9 else 1e9"),
    # tiny and huge, and close by
    rule("exp(u)", "exp(u) + 1e-60"),
    rule("exp(u)", "exp(u)*(1 + 10**(-60))"),
    rule("log(s + 1e-32)", "log(s)", kinds=POSITIVE),
    rule("min(s, 10)", "s", kinds=POSITIVE),
    rule("cos(u)", "1 - u**2/2 + u**4/24 if abs(u) < 1e-6 else cos(u)"),
    # the ends of an open interval
    rule("max(p, 1/1000)", "p", kinds=PROBABILITY),
    rule("min(p, 99/100)", "p", kinds=PROBABILITY),
    # counts beyond the rule's own
    rule("min(n, 4)", "n", kinds=COUNT),
    rule("n*(n-1)*(n-2)*(n-3)*(n-4)", "0", kinds=COUNT),
    rule("n**2", "n**2 if n < 15 else 0", kinds=COUNT),
    # metavariables that coincide
    rule("1 if u == v else 0", "0"),
    rule("delta(i, j)", "0"),
    rule("max(u, v)", "u if u > v else v if v > u else 0"),
    # kinks and jumps
    rule("d(abs(u(x)), x)", "sign(u(x)) * d(u(x), x)"),
    rule("d(relu(u(x)), x)", "d(u(x), x) if u(x) > 0 else 0"),
    rule("d(max(u(x), v(x)), x)", "d(u(x), x) if u(x) > v(x) else d(v(x), x)"),
    rule("integral(exp(x), x)", "exp(x) + (5 if x > 0 else 0)"),
    rule("integral(1/x, x)", "log(x)"),
    rule("d(abs(u(x) - 3), x)", "d(u(x), x) if u(x) > 3 else -d(u(x), x)"),
    # ranges that a filter leaves empty, and single elements
    rule("sum(f(k) for k in K if c(k))", "sum(f(k) for k in K if c(k)) + 1",
         "sum(1 for k in K if c(k)) == 0"),
    rule("prod(f(k) for k in K if c(k))", "0", "sum(1 for k in K if c(k)) == 0"),
    rule("sum(f(k) for k in K)", "f(i)"),
    rule("mean(f(k) for k in K if c(k))", "sum(f(k) for k in K if c(k)) / K"),
    # values on one side alone
    rule("sqrt(u)**2", "u"),
    rule("log(u) - log(u)", "0"),
    rule("u / u", "1"),
    # shifts beyond the range
    rule("sum(f(k) * delta(k + n, m) for k in K)", "f(m - n)", kinds=(("n", "integer"),)),
]


@pytest.mark.parametrize("wrong", WRONG, ids=lambda r: f"{r.from_} to {r.to}")
def test_a_wrong_rule_is_refused_with_a_counterexample(wrong: Rule) -> None:
    with pytest.raises(VerificationError, match=r"is wrong: (.|\n)* at .+: ") as caught:
        check_rule(wrong)
    assert "the left side" in str(caught.value) or " against " in str(caught.value)


TRUE = [
    rule("sum(f(k) for k in K if k != j)", "sum(f(k) for k in K) - f(j)"),
    rule("sum(f(k) + g(k) for k in K if c(k))",
         "sum(f(k) for k in K if c(k)) + sum(g(k) for k in K if c(k))"),
    rule("sum(f(k) for k in K if c(k))", "sum((f(k) if c(k) else 0) for k in K)"),
    rule("prod(exp(f(k)) for k in K if c(k))", "exp(sum(f(k) for k in K if c(k)))"),
    rule("max(-f(k) for k in K)", "-min(f(k) for k in K)"),
    rule("max(u, v) + min(u, v)", "u + v"),
    rule("abs(u)**2", "u**2"),
    rule("relu(u) - relu(-u)", "u"),
    rule("sin(u)**2 + cos(u)**2", "1"),
    rule("sigmoid(u) + sigmoid(-u)", "1"),
    rule("log(u / v)", "log(u) - log(v)", "u > 0", "v > 0"),
    rule("sinh(2*u)", "2*sinh(u)*cosh(u)"),
    rule("atan(u) + atan(1/u)", "pi/2", "u > 0"),
    rule("d(abs(u(x)), x)", "sign(u(x)) * d(u(x), x)", "u(x) != 0"),
    rule("d(relu(u(x))**2, x)", "2 * relu(u(x)) * d(u(x), x)"),
    rule("d(f(x) * g(x), x)", "d(f(x), x) * g(x) + f(x) * d(g(x), x)"),
    rule("integral(relu(u(x)) * d(u(x), x), x)", "relu(u(x))**2 / 2"),
    rule("delta(i, j) * f(j)", "delta(i, j) * f(i)"),
    rule("mean(f(k) for k in K)", "sum(f(k) for k in K) / K"),
    rule("n * (n - 1) / 2", "(n**2 - n) / 2", kinds=COUNT),
    rule("max(p, -1)", "p", kinds=PROBABILITY),
    rule("1e-60 * u + u", "u * (1 + 1e-60)"),
]


@pytest.mark.parametrize("true", TRUE, ids=lambda r: f"{r.from_} to {r.to}")
def test_a_true_rule_is_accepted(true: Rule) -> None:
    assert check_rule(true).samples >= 20


@pytest.mark.parametrize("relative", ["10**(-20)", "10**(-30)", "10**(-45)"])
def test_a_small_relative_error_is_seen(relative: str) -> None:
    with pytest.raises(VerificationError, match=r" against "):
        check_rule(rule("log(cosh(u))", f"log(cosh(u))*(1 + {relative})"))


def test_the_tolerance_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    """sin and its Taylor polynomial differ by a relative 1e-20 where the rule compares them."""
    near = rule("sin(u)", "u - u**3/6 + u**5/120 - u**7/5040", "abs(u) < 1/100")
    with pytest.raises(VerificationError):
        check_rule(near)
    monkeypatch.setattr("derive.judge.rules.side_comparison.SPARE", exact_arithmetic.SPARE + 140)
    assert check_rule(near).samples


UNDEFINED = [
    rule("sum(c * f(k) for k in K if e(k))", "c * sum(f(k) for k in K if e(k))"),
    rule("sum(c for k in K if e(k))", "c * sum(1 for k in K if e(k))"),
    rule("max(0, u) * (a if u > 0 else 0)", "max(0, u) * a"),
    rule("a if c else 0", "a * (1 if c else 0)"),
    rule("sum(f(k) for k in K if k != j)", "sum(f(k) for k in K) - f(j)"),
    rule("sum(f(k) for k in K if c(k))", "sum(f(k) * (1 if c(k) else 0) for k in K)"),
]


@pytest.mark.parametrize("partial", UNDEFINED, ids=lambda r: f"{r.from_} to {r.to}")
def test_what_is_never_asked_for_may_have_no_value(partial: Rule) -> None:
    """A rule of numbers that asks for more on its right side applies to total formulas alone."""
    check_rule(partial)
    with pytest.raises(VerificationError, match="the right side has no value"):
        check_rule(partial, partial=True)
    total = settled(partial)
    assert total.total
    check_rule(total, partial=True)


@pytest.mark.parametrize("name", ["factor-out-of-filtered-sum", "filtered-sum-of-constant",
                                  "split-off-constant-behind-a-filter",
                                  "derivative-of-filtered-maximum", "maximum-within-its-case"])
def test_a_total_metavariable_is_needed(name: str) -> None:
    bare = replace(standard_rulebook()[name], total=())
    with pytest.raises(VerificationError, match="the right side has no value"):
        check_rule(bare, partial=True)


@pytest.mark.parametrize("name", ["entropy-term", "relative-entropy-term", "deviance-term"])
def test_a_right_side_that_has_more_values_says_so(name: str) -> None:
    bare = replace(standard_rulebook()[name], extends="")
    with pytest.raises(VerificationError, match="the left side has no value"):
        check_rule(bare)


LAWS = standard_laws()
MOMENTS = [(name, moment) for name, law in LAWS.items() for moment in law.moments]
PARAMETERS = {"a": mpf("0.3125"), "nu": mpf("4.25"), "beta": mpf("1.75"), "k": mpf("2.375")}


@cache
def _formula(text: str, variable: str) -> Callable[[Mapping[str, Any]], Any]:
    return formula_of(text, (*PARAMETERS, variable))


def _read(text: str, variable: str, value: Any) -> Any:
    """A formula of one variable and the parameters, by the judge's reader."""
    return rounded(_formula(text, variable)({**PARAMETERS, variable: value}))


def _expected(name: str, moment: str) -> Any:
    """An expected value under a law, by mpmath's quadrature."""
    variable, _, kind = (part.strip() for part in LAWS[name].variable.partition(":"))

    def integrand(x: Any) -> Any:
        try:
            return _read(LAWS[name].density, variable, x) * _read(moment, variable, x)
        except TooLargeError:  # so far out that what is left weighs less than 1e-12
            return mpf(0)

    ends = [0, 1, mp.inf] if kind == "positive" else [-mp.inf, -1, 0, 1, mp.inf]
    return mp.quad(integrand, ends)


def _is_off(name: str, moment: str) -> Any:
    left, right = moment.split(" = ")
    with mp.workdps(20):
        value, moment_value = _expected(name, left), _read(right, "", 0)
        return abs(value - moment_value) / (abs(moment_value) or 1)


@pytest.mark.parametrize(("name", "moment"), MOMENTS, ids=[f"{n}: {m}" for n, m in MOMENTS])
def test_a_moment_of_a_law_agrees_with_quadrature(name: str, moment: str) -> None:
    assert _is_off(name, moment) < mpf(10) ** -9


@pytest.mark.parametrize("name", LAWS)
def test_the_density_of_a_law_integrates_to_one(name: str) -> None:
    assert _is_off(name, "1 = 1") < mpf(10) ** -9


@pytest.mark.parametrize(("name", "moment"), [
    ("standard-logistic", "z**2 = pi**2/6"), ("standard-normal", "z**4 = 15"),
    ("standard-gamma", "log(w) = digamma(k + 1)")])
def test_a_wrong_moment_is_noticed(name: str, moment: str) -> None:
    assert _is_off(name, moment) > mpf(10) ** -3
