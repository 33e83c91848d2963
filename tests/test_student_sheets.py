"""Whole sheets as students write them: each is read to its end, and marked at the right line."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import derive
from derive.notation.printing.plain import plain
from derive.teaching.marking.sheet_check import check
from derive.teaching.sheets.sheet import read_sheet
from tests.conftest import quick_share

DATA = Path(__file__).parent / "data"


def sheets(name: str) -> Iterator[tuple[str, str, int | None]]:
    """The sheets of a file: name, text, and the first wrong line."""
    for part in (DATA / name).read_text(encoding="utf-8").split("\n@@@ ")[1:]:
        head, _, text = part.partition("\n")
        title, _, wrong = head.rpartition(": ")
        yield title, text, None if wrong == "right" else int(wrong)


SHEETS = [*sheets("student_sheets.txt"), *sheets("field_sheets.txt")]


@pytest.mark.parametrize("number", quick_share(range(len(SHEETS)), 12))
def test_a_sheet_is_marked_at_its_first_wrong_line(number: int) -> None:
    _, text, wrong = SHEETS[number]
    found = check(text)
    assert not found.sheet.unread
    assert found.first_wrong_line == wrong, str(found)
    assert found.complete or wrong, str(found)


def test_every_sheet_is_read_to_its_end() -> None:
    for title, text, _ in SHEETS[::5]:
        sheet = read_sheet(text)
        assert sheet.lines, title
        assert not sheet.unread, f"{title}: {sheet.unread[0].error}"


LOSSES = [entry.name for entry in derive.losses()]


def pasted(name: str, form: str) -> str:
    """The derivation of a gradient as it is shown, below its task."""
    shown = derive.grad(name)
    at = plain(shown.quantity.args[-1], shown.reserved)
    return f"gradient of {name} with respect to {at}\n{shown.show(form)}"


@pytest.mark.parametrize("form", ["text", "latex", "markdown"])
@pytest.mark.parametrize("name", ["softmax-nll", "huber"])
def test_what_is_shown_can_be_pasted_back(name: str, form: str) -> None:
    found = check(pasted(name, form))
    assert not found.sheet.unread
    assert found.correct, str(found)
    assert len(found.lines) > 3


@pytest.mark.slow
@pytest.mark.parametrize("form", ["latex", "markdown"])
def test_most_of_the_catalogue_can_be_pasted_back(form: str) -> None:
    """A few results are written in signs of matrices that the reader has no words for."""
    unread = [name for name in LOSSES if read_sheet(pasted(name, form)).unread]
    assert len(unread) <= len(LOSSES) // 10, unread


SOFTMAX = """o: real[K]
y: simplex(K)
p = softmax(o)
gradient of -sum(y[k]*log(p[k]) for k in K) with respect to o[i]
∂p_k/∂o_i = p_k(δ_ik {} p_i)
∂L/∂o_i = p_i - y_i"""


@pytest.mark.parametrize(("sign", "wrong"), [("-", None), ("+", 5)])
def test_a_lemma_is_right_or_wrong_by_itself(sign: str, wrong: int | None) -> None:
    found = check(SOFTMAX.format(sign))
    assert found.first_wrong_line == wrong
    assert len(found.lines) == 2 if wrong is None else found.correct is False


@pytest.mark.parametrize("line", ["= 9**9**9**9**9", "= 1 + hello", "= 2**", "= the answer", "="])
def test_a_line_that_begins_with_an_equals_sign_is_read_or_unread(line: str) -> None:
    sheet = read_sheet(f"gradient of (z-y)**2 with respect to z\n= 2*(z-y)\n{line}")
    assert [u.number for u in sheet.unread] == [3]


def test_an_estimate_may_be_for_a_distribution_by_name() -> None:
    task = "maximum likelihood estimate of lam for the poisson distribution\nlam = "
    assert check(task + "sum(y)/N").correct
    assert check(task + "sum(y)").first_wrong_line == 2


def test_deep_brackets_and_many_formulas_are_refused_at_once() -> None:
    task = "gradient of (z-y)**2 with respect to z\n= 2*(z-y)\n"
    for hostile in ("= " + "√(" * 2900, "a: real " * 700):
        assert read_sheet(task + hostile).unread
