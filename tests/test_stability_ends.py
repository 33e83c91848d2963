"""Rules for stability come to an end: alone, one inside the other, and in random formulas."""

from __future__ import annotations

import random
import re
from dataclasses import replace

import pytest
from mpmath import mp
from sympy import Expr

from derive.arrays.stable.stable_forms import stable
from derive.core.exact import exact
from derive.core.indexing import free_names, size
from derive.errors import DeriveError
from derive.judge.trees.evaluate import evaluate
from derive.judge.trees.line_points import arrangements, random_point
from derive.notation.reading.specification import specify
from derive.rulebook.loading import Rulebook, standard_rulebook
from derive.rulebook.rule import Rule

GIVEN = ["a, b, c: real", "p: positive", "m: binary", "u: real[K]"]
MANY = "*".join(f"sigmoid({n}*b)" for n in range(3, 27))
ONCE_ENDLESS = [
    f"exp(a)*{MANY}", f"exp(a)/(exp(b) + exp(c))*{MANY}", f"exp(a)*{MANY} - {MANY}",
    "sigmoid(a + p)*sigmoid(c - b) - sigmoid(sigmoid(b)*sigmoid(a))",
    "sigmoid(a)*sigmoid(b) + sigmoid(c)*(sigmoid(b) - sigmoid(p))",
    "sigmoid(sigmoid(a)*(sigmoid(c) - sigmoid(2)) + sigmoid(sigmoid(m)))",
    "sigmoid(sigmoid(a)) + sigmoid(c)*(sigmoid(2)/(1 + exp(b - 1)) - sigmoid((2 - b)/(2 + p)))"]
PARTS = ("exp({0})", "exp({0})", "sigmoid({0})", "sigmoid({0})", "({0})*({1})", "({0})*({1})",
         "({0} + {1})", "({0} - {1})", "({0})/(1 + exp({1}))", "log(1 + exp({0}))", "tanh({0})",
         "exp({0})/(exp({0}) + exp({1}))", "log(exp({0}) + exp({1}))", "softplus({0})",
         "(1 - {0})", "exp({0})*sigmoid({1})*sigmoid(b)*sigmoid({0})",
         "sum(exp(u[k]*a) for k in K)")


def made(text: str, book: Rulebook | None = None, given: list[str] = GIVEN) -> tuple[Expr, Expr]:
    """A formula and its stable form."""
    before = exact(lambda: specify(text, given).loss)()
    return before, exact(stable)(before, book or standard_rulebook())


def off(before: Expr, after: Expr) -> float:
    """The largest difference of two formulas at random points."""
    names, draw = free_names(before), random.Random(3)
    with mp.workdps(60):
        points = [random_point(names, n, draw.choice(arrangements(names)), draw) for n in range(4)]
        return float(max(abs(evaluate(before, p, 60) - evaluate(after, p, 60)) for p in points))


@pytest.mark.parametrize("text", ONCE_ENDLESS)
def test_sigmoids_beside_each_other_come_to_an_end(text: str) -> None:
    before, after = made(text)
    assert size(after) < 30 * size(before)
    assert off(before, after) < 1e-40


def test_a_residual_of_its_own_making_has_no_end() -> None:
    """Where the target may hold sigmoids of anything, lines grow beyond all bounds."""
    rule = next(r for r in standard_rulebook().stage("stabilise").rules if r.unlike)
    book = standard_rulebook() + Rulebook({rule.name: replace(rule, unlike=())})
    with pytest.raises(DeriveError, match=r"again and again|grows beyond"):
        made(ONCE_ENDLESS[4], book)


def scalar_rules() -> list[Rule]:
    """The rules for stability about numbers, without sums and places."""
    return [r for r in standard_rulebook().stage("stabilise+exponents").rules
            if not re.search(r"\bfor\b|\[|delta", r.from_)]


def within_itself(rule: Rule, name: str) -> str:
    """The left side with the left side, under other names, in the place of one of its names."""
    inner = re.sub(r"\b([a-z])\b(?!\()", r"\g<1>x", rule.from_)
    return re.sub(rf"\b{name}\b(?!\()", f"({inner})", rule.from_)


@pytest.mark.parametrize("rule", scalar_rules(), ids=lambda r: r.name)
def test_a_rule_within_itself_comes_to_an_end(rule: Rule) -> None:
    for name in sorted(set(re.findall(r"\b[a-z]\b(?!\()", rule.from_))):
        text = within_itself(rule, name)
        names = sorted(set(re.findall(r"\b[a-z]x?\b(?!\()", text)))
        before, after = made(text, given=[f"{', '.join(names)}: positive"])
        assert size(after) < 100 * size(before), text


def formula(draw: random.Random, depth: int) -> str:
    if depth == 0:
        return draw.choice(("a", "b", "c", "p", "m", "2", "1"))
    return draw.choice(PARTS).format(formula(draw, depth - 1), formula(draw, depth - 1))


@pytest.mark.parametrize("seed", [*range(3), *(pytest.param(n, marks=pytest.mark.slow)
                                               for n in range(3, 60))])
def test_random_formulas_come_to_an_end(seed: int) -> None:
    draw = random.Random(seed)
    for _ in range(40):
        before, after = made(formula(draw, draw.choice((2, 3, 4))))
        assert size(after) < 100 * size(before)
