"""Random formulas in LaTeX are read right in every spelling; slips of the pen are never misread."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from tests import latex_trials
from tests.latex_by_value import UnknownLatex, latex_value
from tests.latex_random import GIVEN
from tests.latex_trials import agrees, formula_trial, slip_trial


@pytest.mark.parametrize("block", range(4))
def test_random_formulas_are_read_right(block: int) -> None:
    outcomes = [formula_trial(seed) for seed in range(40*block, 40*block + 40)]
    assert not [text for outcome, text in outcomes if outcome == "wrong"]
    assert Counter(outcome for outcome, _ in outcomes)["right"] >= 38


@pytest.mark.parametrize("block", range(4))
def test_slips_of_the_pen_are_refused_or_mean_what_they_say(block: int) -> None:
    outcomes = [slip_trial(seed) for seed in range(80*block, 80*block + 80)]
    assert not [text for outcome, text in outcomes if outcome == "wrong"]
    counts = Counter(outcome for outcome, _ in outcomes)
    assert counts["unknown"] <= 5
    assert counts["as the grammar"] >= 3


def test_a_misreading_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    read = latex_trials.read_latex_problem

    def wrong(latex: str, given: Any) -> Any:
        reading = read(latex, given)
        return type(reading)(reading.formula.replace(" - ", " + "), reading.given, False)

    monkeypatch.setattr(latex_trials, "read_latex_problem", wrong)
    assert "wrong" in {formula_trial(seed)[0] for seed in range(40)}
    assert "wrong" in {slip_trial(seed)[0] for seed in range(200)}


@pytest.mark.parametrize(("latex", "notation"), [
    (r"-x + \frac{y}{a} \cdot u_t", "-x + y/a*u[t]"), (r"e^{-x^2}", "exp(-x**2)"),
    (r"\sum_{k=1}^{K} u_k x + y", "sum(u[k] for k in K)*x + y"),
    (r"{x \over a}^2", "(x/a)**2"), (r"\max(0, log(a))", "max(0, log(a))")])
def test_the_small_grammar_knows_what_latex_means(latex: str, notation: str) -> None:
    assert agrees(notation, GIVEN, latex_value(latex), "grammar")


@pytest.mark.parametrize("latex", ["x^10", r"\log x y", "x/y a", "x 2", r"\log(x)^2", "2e-3", "q",
                                   r"\sum_{k=1}^{N} u_k"])
def test_the_small_grammar_guesses_nothing(latex: str) -> None:
    with pytest.raises(UnknownLatex):
        latex_value(latex)
