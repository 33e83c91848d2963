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


def test_the_comparison_sees_a_wrong_sign_index_and_factor() -> None:
    given = ["o: real[K]", "y: label(K)"]
    right = "log(sum(exp(o[k]) for k in K)) - o[y]"
    assert same_meaning(right, "-log(softmax(o)[y])", given)
    for wrong in ("log(sum(exp(o[k]) for k in K)) + o[y]", "log(sum(exp(o))) - o[0]",
                  "log(sum(exp(o))) - o[y] + 1e-6*o[0]", "log(sum(exp(o))) - o"):
        assert not same_meaning(wrong, right, given), wrong
