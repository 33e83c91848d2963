"""LaTeX as people paste it: read right with its declarations alone, or asked about."""

from __future__ import annotations

import pytest

from derive.errors import NotationError
from derive.notation.latex_in import read_latex_problem
from tests.latex_cases import ASKED, KINDS, PASTED, TWO_READINGS
from tests.latex_meanings import same_meaning


@pytest.mark.parametrize("case", PASTED)
def test_published_formulas_are_read_as_pasted(case: str) -> None:
    latex, given, variable, meaning, meant = PASTED[case]
    read = read_latex_problem(latex, given.split("; "))
    assert same_meaning(read.formula, meaning, read.given), read.formula
    assert read.variable(variable) == meant


@pytest.mark.parametrize("case", ASKED)
def test_what_a_page_defined_elsewhere_is_asked_for_by_name(case: str) -> None:
    latex, given, words = ASKED[case]
    with pytest.raises(NotationError, match=words):
        read_latex_problem(latex, given.split("; "))


@pytest.mark.parametrize(("latex", "given", "meaning"), KINDS, ids=[k[0] for k in KINDS])
def test_other_spellings_of_the_same_kinds_are_read(latex: str, given: str, meaning: str) -> None:
    read = read_latex_problem(latex, given.split("; "))
    assert same_meaning(read.formula, meaning, read.given), read.formula


@pytest.mark.parametrize(("latex", "given", "words"), TWO_READINGS,
                         ids=[k[0] for k in TWO_READINGS])
def test_what_has_two_readings_or_none_is_refused(latex: str, given: str, words: str) -> None:
    with pytest.raises(NotationError) as caught:
        read_latex_problem(latex, given.split("; ") if given else ())
    assert words in caught.value.message, caught.value.message


def test_entries_may_be_declared_by_their_set() -> None:
    read = read_latex_problem(r"-\sum_{i=1}^n y_i\log\theta+(1-y_i)\log(1-\theta)".replace(
        r"y_i\log", r"\left[y_i\log") + r"\right]", [r"y_i \in \{0, 1\}", r"\theta \in (0, 1)"])
    assert read.given == ("theta: probability", "y: binary[n]")
    with pytest.raises(NotationError, match="declared whole"):
        read_latex_problem(r"\log p_{y_i}", [r"y_i \in \{1, \dots, K\}"])


def test_variables_and_intermediates_are_read_by_the_same_reader() -> None:
    read = read_latex_problem(r"z = \theta_0 + \theta_1 x \\ L = -\sum_t \log\hat y^{(t)}_i + z",
                              ["y_hat, o: positive[T, K]", "i: index(K)", "x: real"])
    assert [read.variable(text) for text in (
        r"\hat y^{(t)}_i", r"o^{(t)}_i", r"o_{t-1}", r"\theta_1", "theta_1", "o[t, i]",
        r"\hat{\mathbf{y}}", r"$x$")] == [
        "y_hat[t, i]", "o[t, i]", "o[t - 1, j]", "theta_1", "theta_1", "o[t, i]", "y_hat", "x"]
    assert read.intermediate("z") == "z"
    assert read.intermediate(r"a = \sigma(z)") == "a = sigmoid(z)"
    assert read.intermediate(r"\hat y^{(t)}_i") == "y_hat"
    for wrong in (r"\theta_1^2", "x + 1", r"\theta_2", r"\frac{x}{2}"):
        with pytest.raises(NotationError):
            read.variable(wrong)


def test_the_echo_is_the_notation_a_formula_and_what_was_assumed() -> None:
    read = read_latex_problem(r"\frac{1}{2}\sum_{i=1}^n (x_i-\mu)^2", ["x: real[N]"])
    assert read.echo().split("\n") == [
        "read as", "  1 / 2 * sum((x[i] - mu)**2 for i in N)", "  L = Σₙ (xₙ − μ)² / 2",
        "given x: real[N]", "declared as mu: real", "read so: n is N"]


def test_the_comparison_sees_a_wrong_sign_index_and_factor() -> None:
    given = ["o: real[K]", "y: label(K)"]
    right = "log(sum(exp(o[k]) for k in K)) - o[y]"
    assert same_meaning(right, "-log(softmax(o)[y])", given)
    for wrong in ("log(sum(exp(o[k]) for k in K)) + o[y]", "log(sum(exp(o))) - o[0]",
                  "log(sum(exp(o))) - o[y] + 1e-6*o[0]", "log(sum(exp(o))) - o"):
        assert not same_meaning(wrong, right, given), wrong
