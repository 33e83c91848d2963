"""Cases of a sheet: which rows stand under one, where it ends, and whether any is left."""

from __future__ import annotations

import pytest

from derive.core.indexing import exact
from derive.notation.reading.parser import parse_condition
from derive.notation.reading.scope import Scope
from derive.teaching.marking.sheet_check import check
from derive.teaching.sheets.case_coverage import cover_all, exclude
from derive.teaching.sheets.sheet import Unread, read_sheet

PARABOLA = "x: real\ngradient of x**2 with respect to x\n"
HALF = "x: real\ngradient of max(x, 0)**2 with respect to x\n"
RAMP = "x: real\ngradient of max(x, 0) with respect to x\n"
TROUGH = "x: real\ngradient of max(abs(x) - 1, 0) with respect to x\n"


def marks(head: str, *lines: str) -> list[str]:
    found = check(head + "\n".join(lines))
    return [line.mark for line in found.lines if line.judged or line.mark == "unread"]


@pytest.mark.parametrize(("head", "lines"), [
    (PARABOLA, ("if x > 0: 2*x", "if x <= 0: 2*x", "", "", "3*x if x > 0 else 2*x")),
    (HALF, ("Case x > 0:", "2*x", "Case x <= 0:", "0", "", "0")),
    (HALF, ("if x > 0: 2*x", "if x <= 0: 0", "0")),
    (HALF, ("For x > 0, dL/dx = 2*x", "For x <= 0, dL/dx = 0", "dL/dx = 2*x")),
    (HALF, ("if x > 0:", "2*x", "otherwise:", "0", "so the gradient is 0"))])
def test_what_stands_behind_all_cases_is_true_of_all(head: str, lines: tuple[str, ...]) -> None:
    assert marks(head, *lines) == ["right", "right", "wrong"]


@pytest.mark.parametrize("lines", [
    ("if x > 0: 2*x", "= x + x", "if x <= 0: 0", "= 2*0"),
    ("Case x > 0:", "L = x**2", "", "dL/dx = 2*x", "Case x <= 0:", "", "L = 0", "", "dL/dx = 0"),
    ("For x > 0 we get L = x**2", "dL/dx = 2*x", "otherwise L = 0", "so dL/dx = 0"),
    ("if x > 0:", "by the chain rule", "= 2*max(x, 0)", "= 2*x", "if x <= 0:", "= 0")])
def test_what_goes_on_with_a_case_stands_under_it(lines: tuple[str, ...]) -> None:
    assert check(HALF + "\n".join(lines)).complete


def test_a_condition_behind_a_row_may_be_that_of_the_other_case() -> None:
    assert marks(HALF, "if x > 0:", "= 2*x", "= 5 if x <= 0") == ["right", "wrong"]
    assert marks(HALF, "2*x if x > 0, 3*x if x < 0") == ["right", "wrong"]
    line, = read_sheet(HALF + "if x > 0:\n= 2*x if x < 1").lines
    assert line.condition == "0 < x and x < 1"


def test_a_line_of_cases_under_a_case_has_brackets() -> None:
    line, = read_sheet(HALF + "if x > 0:\n= 2*x if x > -1 else 0").lines
    assert line.reading == "(2*x if x > -1 else 0) if 0 < x"


@pytest.mark.parametrize("heads", [
    ("Case 1: x > 0", "Case 2: x < 0"), ("Case A: x > 0", "Case B: x < 0"),
    ("Case 1 (x > 0):", "Case 2 (x < 0):"), ("Case i) if x > 0", "Case ii) if x < 0"),
    ("case 1 – x > 0", "case 2 – x < 0")])
def test_a_case_may_have_a_label(heads: tuple[str, str]) -> None:
    first, second = heads
    assert check(f"{RAMP}{first}\n  = 1\n{second}\n  = 0").complete
    assert marks(RAMP, first, "  = 1", second, "  = 2") == ["right", "wrong"]


@pytest.mark.parametrize(("others", "row"), [
    (("if x < 0: 0",), "otherwise: {}"), (("if x < 0: 0",), "else: {}"),
    (("if x < 0 then 0",), "if x > 0 then {}"), (("when x < 0, 0",), "when x > 0, {}"),
    (("0 for x < 0",), "{} otherwise")])
def test_a_case_and_its_value_on_one_row_are_judged(others: tuple[str, ...], row: str) -> None:
    assert marks(RAMP, *others, row.format(1)) == ["right", "right"]
    assert marks(RAMP, *others, row.format(2)) == ["right", "wrong"]


def test_otherwise_is_what_all_cases_above_it_leave() -> None:
    above = "if x > 1: 1\nif x < -1: -1\n"
    assert check(TROUGH + above + "otherwise: 0").complete
    assert check(TROUGH + above + "otherwise: 1").first_wrong_line == 5
    unread, = read_sheet(TROUGH + "otherwise: 0").entries
    assert isinstance(unread, Unread)
    assert "no case above it" in str(unread.error)


def test_a_case_that_the_domain_excludes_is_not_left() -> None:
    head = "x: real\ngradient of abs(x) with respect to x\n"
    assert check(head + "if x > 0: 1\nif x < 0: -1").complete
    assert "other cases are left" in check(head + "if x > 0: 1\nif x < -1: -1").missing
    square = "x: real\ngradient of x*abs(x) with respect to x\nif x > 0: 2*x\nif x < 0: -2*x"
    assert "other cases are left" in check(square).missing


@pytest.mark.parametrize(("cases", "given", "covered"), [
    ("x > 0 | x <= 0", "", True), ("x > 0 | x < 0", "", False), ("x > 0 | x < 0", "x != 0", True),
    ("x > a | a > x", "", False), ("x > a | a > x | x == a", "", True),
    ("x > 1 | x < -1 | -1 <= x and x <= 1", "", True), ("2*x > 1 | x < 1/2", "", False),
    ("2*x > 1 | x <= 1/2", "", True), ("q > 0", "", True), ("p < 1/2", "", False),
    ("c > 0 | c == 0", "", True), ("x > 0 and a > 0 | x <= 0 | a <= 0", "", True),
    ("x > 0 and a > 0 | x <= 0", "", False)])
@exact
def test_cases_cover_all_values_of_their_names(cases: str, given: str, covered: bool) -> None:
    scope = Scope()
    for kind in ("x, a: real", "q: positive", "p: probability", "c: nonnegative"):
        names, _, word = kind.partition(":")
        for name in names.split(","):
            scope.declare(f"{name.strip()}:{word}")
    read = [parse_condition(text, scope) for text in cases.split("|")]
    known = [parse_condition(given, scope)] if given else []
    assert cover_all(read, known) is covered


@exact
def test_conditions_that_never_hold_together_are_seen() -> None:
    scope = Scope()
    scope.declare("x: real")
    first, second, third = (parse_condition(t, scope) for t in ("x > 1", "x == 0", "x < 2"))
    assert exclude(first, second)
    assert not exclude(first, third)
