"""Nothing is right that is wrong at a place far out, in a case that never holds, at a saddle."""

from __future__ import annotations

import pytest

from derive.teaching.marking.sheet_check import check

NLL = "o: real[K]\ny: label(K)\ngradient of -log(softmax(o)[y]) with respect to o[i]\n"
SQUARES = ("A: real[N, M]\ngradient of sum(sum(A[n, m]**2 for n in N) for m in M) "
           "with respect to A[i, j]\n")


@pytest.mark.parametrize("more", [
    "delta(i, 40)", "(1 if i > 25 else 0)", "(1 if K == 70 else 0)", "(1 if y == 60 else 0)",
    "sum(delta(k, 50)*o[k] for k in K)"])
def test_a_place_far_out_refutes_a_line(more: str) -> None:
    checked = check(f"{NLL}= softmax(o)[i] - delta(i, y) + {more}")
    assert checked.correct is False
    point = checked.counterexample
    assert point is not None
    assert len(point.where) < 100


@pytest.mark.parametrize("line", [
    NLL + "= softmax(o)[i] - delta(i, y) + (1 if K == 4000 else 0)",
    SQUARES + "= 2*A[i, j] + (1 if N == 60 else 0)"])
def test_what_is_too_far_to_be_tried_is_not_right(line: str) -> None:
    checked = check(line)
    assert checked.correct is None
    assert "too large to be tried" in checked.undecided


@pytest.mark.parametrize(("line", "right"), [
    ("0", False), ("1 if i > 31 else 0", False), ("1 if i > 30 else 0", True)])
def test_a_sum_that_begins_far_out_is_looked_at_there(line: str, right: bool) -> None:
    head = "x: real[K]\ngradient of sum(x[k] for k in K if k > 30) with respect to x[i]\n"
    assert check(f"{head}= {line}").correct is right


@pytest.mark.parametrize("condition", ["1 > 2", "K < 0", "i != i"])
def test_a_case_that_never_holds_is_no_right_line(condition: str) -> None:
    assert check(f"{NLL}if {condition}:\n= 7").lines[-1].mark == "undecided"


@pytest.mark.parametrize("condition", ["i = y", "i != y", "i = 3", "K = 12", "i > 20", "i = i"])
def test_a_case_that_holds_somewhere_is_judged(condition: str) -> None:
    lines = "= softmax(o)[i] - delta(i, y)", "= softmax(o)[i] + 2*delta(i, y) + 3"
    marks = [check(f"{NLL}if {condition}:\n{line}").lines[-1].mark for line in lines]
    assert marks == ["right", "wrong"]


@pytest.mark.parametrize(("condition", "right"), [
    ("i = y and y > 3", True), ("i = y or y > 3", False), ("i = y and i = 0", True)])
def test_a_case_of_two_conditions_is_read_as_a_whole(condition: str, right: bool) -> None:
    checked = check(f"{NLL}if {condition}:\n= softmax(o)[i] - 1")
    assert checked.correct is right
    assert " and " in str(checked) or " or " in str(checked)


@pytest.mark.parametrize(("task", "right"), [
    ("minimiser of z**2", True), ("maximiser of -z**4", True), ("minimizer of a**2*z**2", True),
    ("minimiser of -z**2", False), ("maximiser of z**2", False), ("minimiser of z**3", False),
    ("Find the maximiser of z**5", False)])
def test_a_minimiser_is_no_maximum_and_no_saddle(task: str, right: bool) -> None:
    checked = check(f"{task} with respect to z\nz = 0")
    assert checked.correct is right
    assert checked.complete is right


def test_what_a_stationary_value_is_depends_on_the_others() -> None:
    checked = check("minimiser of a*z**2 with respect to z\nz = 0")
    assert "a maximum or a minimum there" in str(checked)
