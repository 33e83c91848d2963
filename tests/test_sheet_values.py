"""Values of a sheet that are not allowed, too far out to be computed, or counted by a sum."""

from __future__ import annotations

import pytest

from derive.teaching.marking.sheet_check import check

SCALE = "x: real\nsigma: positive\nmaximum likelihood estimate of sigma for " \
        "-log(sigma) - x**2/(2*sigma**2)\n"


@pytest.mark.parametrize(("value", "right"), [
    ("abs(x)", True), ("sqrt(x**2)", True), ("x", False), ("-abs(x)", False),
    ("-x**2/abs(x)", False)])
def test_a_solution_has_to_be_a_value_that_its_variable_can_have(value: str, right: bool) -> None:
    checked = check(f"{SCALE}sigma = {value}")
    assert checked.correct is right


def test_a_solution_that_is_not_allowed_stands_beside_one_that_is() -> None:
    line, = check(SCALE + "sigma = x").lines
    assert line.how == "outside"
    point = line.fault.counterexample
    assert float(point.line) < 0
    assert float(point.truth) == pytest.approx(-float(point.line))


def test_a_solution_beyond_its_range_is_none() -> None:
    head = "p: probability\nminimizer of (p - 1/4)**2*(p - 2)**2 with respect to p\n"
    assert check(head + "p = 1/4").correct
    assert check(head + "p = 2").correct is False


def test_data_may_lead_out_of_a_range_where_nothing_else_solves() -> None:
    head = "x: real[N]\nlam: positive\nmaximum likelihood estimate of lam for " \
           "N*log(lam) - lam*sum(x)\n"
    assert check(head + "lam = N/sum(x)").correct


@pytest.mark.parametrize("term", ["exp(-exp(exp(100)))", "exp(exp(exp(100)))"])
def test_what_is_too_far_out_to_be_computed_is_not_decided(term: str) -> None:
    line, = check(f"x: real\ngradient of x**2 with respect to x\n2*x + {term}").lines
    assert line.mark == "undecided"


def test_what_has_no_value_is_wrong() -> None:
    line, = check("x: real\ngradient of x**2 with respect to x\n2*x + log(-1)").lines
    assert (line.mark, line.how) == ("wrong", "no value")


def test_only_a_sum_counts_its_terms() -> None:
    alone = check("v: real[N]\nx: real\ngradient of N*x**2 with respect to x\n2*x")
    assert alone.misconception == "constant-factor-lost"
    summed = check("v: real[N]\nx: real\ngradient of sum(x**2 for i in N) with respect to x\n2*x")
    assert summed.misconception == "constant-not-counted"


@pytest.mark.parametrize(("task", "line"), [
    ("gradient of (x - b)**2 with respect to x", "d(x**2 - b**2, x)"),
    ("gradient of (x - b)**2 with respect to x", "d(x**2 + b**2, x)"),
    ("gradient of sum(v)**2 with respect to v[i]", "2*v[i]")])
def test_a_square_taken_term_by_term_is_named(task: str, line: str) -> None:
    assert check(f"x, b: real\nv: real[N]\n{task}\n= {line}").misconception == "square-of-sum"
