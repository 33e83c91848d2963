"""Exponentials put into one exponent: the tactics are right by value, and wrong ones are seen."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest
from mpmath import mp
from sympy import Add, Expr

from derive.arrays.stable.form_choice import least_faulty
from derive.arrays.stable.stable_forms import candidates, stable
from derive.core.exact import exact
from derive.core.heads import apply
from derive.core.indexing import free_names
from derive.judge.trees.evaluate import evaluate
from derive.judge.trees.line_points import arrangements, random_point
from derive.notation.reading.specification import specify
from derive.rulebook import sums_of_exponentials
from derive.rulebook.loading import standard_rulebook
from derive.rulebook.sums_of_exponentials import exponentials_joined, exponentials_lowered

GIVEN = ["a, b, c: real", "y: binary", "u: real[K]"]
LOGARITHMS = ["log(exp(a) + exp(b))", "log(3 * exp(a) + exp(b - c) + 2)",
              "log(exp(a) + sum(exp(u[k]) for k in K))", "log(exp(a) + (exp(b) if y == 1 else 0))",
              "log(exp(a) + exp(b) + c**2)"]
QUOTIENTS = ["exp(c) / (exp(a) + exp(b) + exp(c))", "exp(a) / (exp(a) + 2 * exp(b))**2",
             "(exp(a) - 3 * exp(b)) / (exp(a) + exp(b) + 1)",
             "exp(a) / (exp(b) + sum(exp(u[k]) for k in K))",
             "exp(c) / (exp(a) + (exp(b) if y == 1 else 0))"]


def gap(text: str, tactic: Callable[[Expr], Expr]) -> float:
    """The largest difference of a formula and what a tactic makes of it, at random points."""
    before = exact(lambda: specify(text, GIVEN).loss)()
    after = exact(tactic)(before)
    assert after != before
    names, draw = free_names(before), random.Random(5)
    with mp.workdps(60):
        points = [random_point(names, n, draw.choice(arrangements(names)), draw) for n in range(12)]
        return float(max(abs(evaluate(before, p) - evaluate(after, p)) for p in points))


@pytest.mark.parametrize(("text", "tactic"), [
    *((text, exponentials_joined) for text in LOGARITHMS),
    *((text, exponentials_lowered) for text in QUOTIENTS)])
def test_the_value_stays(text: str, tactic: Callable[[Expr], Expr]) -> None:
    assert gap(text, tactic) < 1e-30


def test_a_wrong_logarithm_of_two_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sums_of_exponentials, "log_of_two", lambda u, v: Add(
        apply("min", u, v), apply("log1p", apply("exp", -apply("abs", Add(u, -v))))))
    assert all(gap(text, exponentials_joined) > 1e-3 for text in LOGARITHMS)


def test_a_numerator_divided_twice_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    divided = sums_of_exponentials._divided
    monkeypatch.setattr(sums_of_exponentials, "_divided", lambda node, u: divided(node, 2 * u))
    assert all(gap(text, exponentials_lowered) > 1e-3 for text in QUOTIENTS)


def test_exponentials_stay_apart_beside_the_joined_form() -> None:
    apart, joined = exact(lambda: candidates(
        specify("exp(a) * sigmoid(b)", GIVEN).loss, standard_rulebook()))()
    assert len(apart) == len(joined) == 1


def test_what_would_grow_too_long_stays_apart() -> None:
    text = "a"
    for _ in range(9):
        text = f"log(exp({text}) + exp(b) + exp(c))"
    loss = exact(lambda: specify(text, GIVEN).loss)()
    assert exact(stable)(loss, standard_rulebook()) is not None


@pytest.mark.parametrize(("faults", "taken"), [
    ({"apart": (0, 9), "joined": (0, 1)}, "apart"),   # without a fault, though longer
    ({"apart": (1, 9), "joined": (1, 1)}, "apart"),   # the same faults
    ({"apart": (1, 1), "joined": (0, 9)}, "joined")])
def test_joined_forms_are_taken_where_their_faults_are_less(
        faults: dict[str, tuple[int, int]], taken: str) -> None:
    assert least_faulty(["apart"], ["joined"], lambda f: faults[f][1], lambda f: faults[f]) == taken
