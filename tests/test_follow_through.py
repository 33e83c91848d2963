"""What follows from a wrong line, two mistakes, unread lines, solutions, time that ends."""

from __future__ import annotations

import json
import pickle

import pytest
from sympy.core.basic import Basic

from derive.core.indexing import exact
from derive.notation.reading.parser import parse
from derive.teaching.marking.check_records import Check
from derive.teaching.marking.deadline import Deadline
from derive.teaching.marking.engine import Engine
from derive.teaching.marking.sheet_check import check, check_sheet
from derive.teaching.sheets.sheet import Passed, Sheet, Written, read_sheet

NLL = "o: real[K]\ny: label(K)\ngradient of -log(softmax(o)[y]) with respect to o[i]\n"
NET = ("w, x, b, y: real\nz = w*x + b\na = sigmoid(z)\n"
       "gradient of (a - y)**2/2 with respect to w\n")
FIELD = "z: real\nt: probability\ncost of sigmoid(z) - t with respect to z\n"


def of(head: str, *lines: str, **options) -> Check:
    return check(head + "\n".join(f"= {line}" for line in lines), **options)


def marks(found: Check) -> list[str]:
    return [line.mark for line in found.lines]


@pytest.mark.parametrize(("head", "lines", "expected", "follows"), [
    (NLL, ("d(logsumexp(o), o[i]) - 1", "exp(o[i])/sum(exp(o)) - 1", "softmax(o)[i] - 1"),
     ["wrong", "follows", "follows"], [None, 4, 4]),
    (NET, ("(a - y)*a*(1 + a)*x", "(a**2 + a**3 - y*a - y*a**2)*x"), ["wrong", "follows"],
     [None, 5]),
    (FIELD, ("log(1 + exp(-z)) - t*z", "-log(sigmoid(z)) - t*z + 3"), ["wrong", "follows"],
     [None, 4]),
    ("z: real\ngradient of z**2*exp(z) with respect to z\n",
     ("2*z*exp(z)", "exp(z)*2*z", "(z + z)*exp(z)"), ["wrong", "follows", "follows"],
     [None, 3, 3]),
    ("z, w: real\ngradient of log(exp(z) + exp(w)) with respect to z\n",
     ("d(log(exp(z)) + log(exp(w)), z)", "d(z + w, z)", "1"), ["wrong", "follows", "follows"],
     [None, 3, 3]),
])
def test_a_line_that_follows_from_a_wrong_one_has_no_mistake_of_its_own(
        head: str, lines: tuple[str, ...], expected: list[str], follows: list[int | None]) -> None:
    found = of(head, *lines)
    assert marks(found) == expected
    assert [line.follows for line in found.lines] == follows
    assert [line.fault is not None for line in found.lines] == [m == "wrong" for m in expected]
    assert found.correct is False


def test_two_mistakes_are_two_marks_each_with_what_there_is_to_it() -> None:
    found = of(NET, "(a - y)*d(a, z)*d(z, w)", "(a - y)*a*(1 + a)*x", "(a - y)*a*x + a**2*(a-y)*x",
               "(a - y)*a*(1 + a)", "(a - y)*a*(1 - a)*x")
    assert marks(found) == ["right", "wrong", "follows", "wrong", "right"]
    first, second = (line.fault for line in found.lines if line.mark == "wrong")
    assert first.misconceptions[0].name == "sigmoid-with-plus"
    assert second.misconceptions[0].name == "lost-factor"
    assert second.counterexample.line != second.counterexample.truth
    assert (found.counterexample, found.variants) == (first.counterexample, first.variants)
    assert "Line 8 has a mistake of its own." in str(found)


def test_a_second_mistake_is_sought_in_the_line_it_was_made_of() -> None:
    found = of(NLL, "softmax(o)[i] - 1", "1 - softmax(o)[i]")
    assert [line.fault.misconceptions[0].name for line in found.lines] == [
        "one-for-every-class", "sign"]


def test_a_right_line_after_a_wrong_one_is_right() -> None:
    assert marks(of(NLL, "softmax(o)[i]", "softmax(o)[i] - delta(i, y)")) == ["wrong", "right"]


# Lines that are not read, and lines that are passed over


def test_an_unread_line_is_marked_at_its_place_and_the_rest_goes_on() -> None:
    found = of(NLL, "d(logsumexp(o), o[i]) - delta(i, y)", "softmax(o)[q]",
               "softmax(o)[i] - delta(i, y)")
    assert marks(found) == ["right", "unread", "right"]
    assert found.correct is None
    assert not found.complete
    assert "line 5 was not understood" in found.undecided
    for form in ("text", "html", "json"):
        assert "unknown index" in found.show(form).replace("&#x27;", "'"), form
    data = json.loads(found.show("json"))
    assert [line["mark"] for line in data["lines"]] == ["right", "unread", "right"]


def test_a_wrong_line_beside_an_unread_one_is_wrong() -> None:
    found = of(NLL, "softmax(o)[q]", "softmax(o)[i]")
    assert found.correct is False
    assert found.first_wrong_line == 5


def with_entries(head: str, *entries) -> Check:
    sheet = read_sheet(head)
    return check_sheet(Sheet(sheet.task, entries), Deadline(20))


def test_what_is_passed_is_shown_and_not_judged() -> None:
    head = "z: real\ngradient of z**2 with respect to z\n"
    line = read_sheet(head + "= 2*z").lines[0]
    found = with_entries(head, Passed(3, "By the power rule", "prose"), line)
    assert marks(found) == ["passed", "right"]
    assert found.complete
    for form in ("text", "html", "json"):
        assert "By the power rule" in found.show(form), form


# Solutions


RATE = ("lam: positive\nx: positive[N]\n"
        "gradient of N*log(lam) - lam*sum(x[i] for i in N) with respect to lam\n")
MEAN = "m: real\nx: real[N]\ngradient of sum((x[i] - m)**2 for i in N) with respect to m\n"


@exact
def solved(head: str, value: str) -> Check:
    task = read_sheet(head).task
    node: Basic = parse(value, task.scope)
    return with_entries(head, Written(9, value, node, task.ground(node), role="solution"))


@pytest.mark.parametrize(("head", "value", "what"), [
    (RATE, "N/sum(x[i] for i in N)", "a maximum"),
    (MEAN, "sum(x[i] for i in N)/N", "a minimum"),
    ("p: probability\ny: count\nn: count\ny < n\n0 < y\n"
     "gradient of y*log(p) + (n - y)*log(1 - p) with respect to p\n", "y/n", "a maximum"),
    ("z: real\ngradient of z**3 with respect to z\n", "0", "neither a maximum nor a minimum"),
    ("z: real\ngradient of (z - 1)**2*(z + 1) with respect to z\n", "-1/3", "a maximum"),
])
def test_a_solution_is_put_in(head: str, value: str, what: str) -> None:
    found = solved(head, value)
    assert marks(found) == ["right"]
    assert found.complete
    assert found.lines[0].note == what


@pytest.mark.parametrize(("head", "value"), [
    (RATE, "sum(x[i] for i in N)/N"), (MEAN, "sum(x[i] for i in N)"), (MEAN, "0")])
def test_a_value_that_does_not_solve_is_refuted(head: str, value: str) -> None:
    found = solved(head, value)
    assert marks(found) == ["wrong"]
    assert found.counterexample.truth == 0
    words = " ".join(str(found).split())
    assert "does not make the derivative 0" in words
    assert "the derivative there is" in words
    assert str(found.sheet.task.at[0]) not in found.counterexample.values


# Time, and many sheets of one task


HARD = " + ".join(f"sum({'*'.join(f'o[{c}]' for c in 'abcefghn')}*exp({s}*o[a]*o[n]) "
                  f"{' '.join(f'for {c} in K' for c in 'abcefghn')})" for s in range(2, 9))


def test_a_line_that_takes_too_long_leaves_the_others_decided() -> None:
    found = of(NLL, "softmax(o)[i] - delta(i, y)", f"softmax(o)[i] + ({HARD}) - ({HARD})*1.0",
               "softmax(o)[i]", seconds=4)
    assert marks(found)[0] == "right"
    assert marks(found)[2] == "wrong"
    assert found.first_wrong_line in (5, 6)
    assert found.counterexample is not None


def test_an_engine_serves_all_sheets_of_a_task() -> None:
    engine = Engine(read_sheet(NLL).task)
    for line, right in (("softmax(o)[i] - delta(i, y)", True), ("softmax(o)[i]", False)):
        found = check_sheet(read_sheet(f"{NLL}= {line}"), Deadline(20), engine=engine)
        assert found.correct is right
    assert engine.made


def test_a_check_pickles() -> None:
    found = of(NLL, "softmax(o)[i]", "softmax(o)[i] - delta(i, y)")
    again = pickle.loads(pickle.dumps(found))
    assert str(again) == str(found)
