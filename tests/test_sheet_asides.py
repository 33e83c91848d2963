"""What stands on a sheet beside its steps: asides, other derivatives, remarks, own names."""

from __future__ import annotations

import pytest

from derive.teaching.marking.sheet_check import check

CUBE = "x: real\ngradient of x**3 with respect to x\n"
SQUARE = "x: real\ngradient of x**2 with respect to x\n"
SIGMOID = "z: real\ngradient of sigmoid(z) with respect to z\n"
HALF = "x: real\ngradient of max(x, 0)**2 with respect to x\n"


def marks(head: str, *lines: str) -> list[str]:
    checked = check(head + "\n".join(lines))
    return [line.mark for line in checked.lines if line.judged or line.mark == "unread"]


@pytest.mark.parametrize("line", [
    "d²L/dx² = {}*x", "d^2L/dx^2 = {}*x", "d2L/dx2 = {}*x", "L'' = {}x", "L''(x) = {}x",
    r"\frac{{d^2 L}}{{dx^2}} = {}x", r"L^{{\prime\prime}} = {}x", "d/dx (dL/dx) = {}x",
    "L''(1) = {}"])
def test_a_derivative_of_another_order_has_a_value_of_its_own(line: str) -> None:
    assert marks(CUBE, "L' = 3x^2", line.format(6)) == ["right", "right"]
    assert marks(CUBE, "L' = 3x^2", line.format(7)) == ["right", "wrong"]


def test_the_first_derivative_is_beside_the_second() -> None:
    head = "x: real\nsecond derivative of x**3 with respect to x\n"
    assert marks(head, "L' = 3x^2", "d2L/dx2 = 6x") == ["right", "right"]
    assert marks(head, "L' = 2x^2", "d2L/dx2 = 6x") == ["wrong", "right"]


def test_the_order_that_a_task_line_writes_is_asked_for() -> None:
    assert marks("Find d2L/dx2 for L = x**3\n", "6x") == ["right"]


def test_a_value_at_a_number_is_no_step() -> None:
    assert marks(CUBE, "L'(x) = 3x^2", "L'(2) = 12") == ["right", "right"]
    assert marks(CUBE, "L'(x) = 3x^2", "L'(2) = 6") == ["right", "wrong"]
    assert marks(f"a: real\n{CUBE}", "L'(a) = 3a^2", "L'(a) = 3a") == ["right", "wrong"]


@pytest.mark.parametrize("lines", [
    ("Recall that 1 - sigmoid(z)", "= sigmoid(-z)", "= 1/(1 + exp(z))"),
    ("Note that 1 - sigmoid(z) = sigmoid(-z)", "= 1/(1 + exp(z))"),
    ("1 - sigmoid(z) = sigmoid(-z)",)])
def test_what_goes_on_with_an_aside_is_true_of_it(lines: tuple[str, ...]) -> None:
    head = "z: real\ngradient of log(1 - sigmoid(z)) with respect to z\n"
    *before, last = lines
    assert set(marks(head, *lines, "so dL/dz = -sigmoid(z)")) == {"right"}
    assert marks(head, *before, last + " + z", "so dL/dz = -sigmoid(z)")[-2:] == ["wrong", "right"]


def test_a_chain_goes_on_behind_an_aside() -> None:
    assert marks(CUBE, "Note: x*x", "= x**2", "= 3*x**2") == ["right", "right"]
    assert marks(CUBE, "Note: x*x", "= x**2", "= 4*x**2") == ["right", "wrong"]


def test_an_equation_that_holds_in_a_case_is_no_step() -> None:
    lines = ("If x > 0:", "max(x, 0) = x", "so dL/dx = 2x", "If x <= 0:", "max(x, 0) = 0",
             "dL/dx = 0")
    assert check(HALF + "\n".join(lines)).complete


@pytest.mark.parametrize("line", [
    "{}*x (by the power rule)", "{}*x by the power rule", "{}*x [power rule]", "= {}*x (power)",
    "{}*x -- power rule", "{}*x, by the power rule", "{}*x <- the answer", "**{}*x**",
    "2. **dL/dx = {}x**", "{}*x (using d(x) = 1)", "I think it is {}*x", "Together: {}*x", "{}*x ✓",
    "dL/dx == {}x"])
def test_a_line_with_a_remark_is_judged(line: str) -> None:
    assert marks(SQUARE, line.format(2)) == ["right"]
    assert marks(SQUARE, line.format(3)) == ["wrong"]


def test_two_equals_signs_are_one() -> None:
    assert marks(SQUARE, "dL/dx == 2*x == x + x") == ["right", "right"]
    assert marks(SQUARE, "2x == 5x") == ["right", "wrong"]


@pytest.mark.parametrize("name", ["e", "d", "u", "inf"])
def test_a_name_of_the_learner_s_own_means_what_it_says(name: str) -> None:
    head = "x: real\ngradient of (3*x + 1)**2 with respect to x\n"
    lines = (f"{name} = 3*x + 1", f"L = {name}**2", f"dL/dx = 6*{name}")
    assert check(head + "\n".join(lines)).complete
    assert marks(head, *lines[:2], f"dL/dx = 2*{name}") == ["right", "wrong"]


def test_a_number_s_name_cannot_be_taken() -> None:
    assert marks(SQUARE, "Let pi = 2*x.", "dL/dx = 2*x") == ["unread", "right"]


def test_a_name_may_be_defined_anew() -> None:
    head = "x: real\ngradient of max(x, -2*x) with respect to x\n"
    lines = ("x > 0: f = x, f' = 1", "x < 0: f = -2x, f' = {}", "dL/dx = 1 if x > 0 else -2")
    assert marks(head, lines[0], lines[1].format(-2), lines[2]) == ["right", "right", "right"]
    assert marks(head, lines[0], lines[1].format(2), lines[2]) == ["right", "wrong", "right"]


def test_the_parts_of_a_product_have_slopes() -> None:
    head = "x: real\ngradient of x**2*exp(x) with respect to x\n"
    assert marks(head, "f = x^2, f' = 2x", "g = e^x, g' = e^x", "= f'*g + f*g'")[:2] == [
        "right", "right"]
    assert marks(head, "f = x^2, f' = x") == ["wrong"]


@pytest.mark.parametrize(("first", "second"), [
    ("x > 0: {}", "x <= 0: 0"), ("x > 0 => dL/dx = {}", "x <= 0 => dL/dx = 0"),
    ("dL/dx = {}, provided x > 0", "dL/dx = 0, as long as x <= 0"),
    ("on x > 0: {}", "on x <= 0: 0"), ("The derivative is {} if x > 0", "and it is 0 if x <= 0")])
def test_cases_in_other_words(first: str, second: str) -> None:
    assert marks(HALF, first.format("2x"), second) == ["right", "right"]
    assert marks(HALF, first.format("3x"), second) == ["wrong", "right"]


def test_two_cases_in_a_sentence() -> None:
    head = "x: real\ngradient of max(x, 0) with respect to x\n"
    sentence = "The derivative is 1 if x > 0 and {} if x < 0."
    assert marks(head, sentence.format(0)) == ["right", "right"]
    assert marks(head, sentence.format(1)) == ["right", "wrong"]


def test_a_cost_may_have_a_constant() -> None:
    head = "z, y: real\ncost of z - y with respect to z\n"
    assert marks(head, "z²/2 - y*z + C") == ["right"]
    assert marks(head, "z²/2 - y*z + C*z") == ["wrong"]


def test_a_sum_may_lack_its_letter() -> None:
    head = "x: real[N]\nm: real\ngradient of sum((x[i] - m)**2 for i in N)/2 with respect to m\n"
    assert marks(head, "= -Σ (x_i - m)", "= N m - Σ xᵢ") == ["right", "right"]
    assert marks(head, "= Σ (x_i - m)") == ["wrong"]


def test_primes_differentiate_brackets_and_own_names() -> None:
    head = "x: real\ngradient of x/(1 + x**2) with respect to x\nu = x, v = 1 + x^2\n"
    assert marks(head, "(u'v - uv')/v^2", "= (1 - x^2)/(1 + x^2)^2") == ["right", "right"]
    assert marks(head, "(uv' - u'v)/v^2") == ["wrong"]
    assert marks(head, "(1 + x^2)' = 2x") == ["right"]
    assert marks(head, "(1 + x^2)' = 1 + 2x") == ["wrong"]


def test_a_name_with_a_hat_is_not_the_loss() -> None:
    head = "w, x, y: real\ngradient of (w*x - y)**2 with respect to w\nŷ = wx\n"
    assert marks(head, "dL/dŷ = 2(ŷ - y)", "dŷ/dw = x", "dL/dw = 2(ŷ - y)x") == ["right"] * 3
    assert marks(head, "dŷ/dw = w") == ["wrong"]


def test_equations_for_derivatives_may_share_a_line() -> None:
    head = "w, b, y: real\ngradient of (2*w + b - y)**2 with respect to w\n"
    assert marks(head, "dL/dw = 4(2w+b-y), dL/db = 2(2w+b-y)") == ["right", "right"]
    assert marks(head, "dL/dw = 4(2w+b-y), dL/db = 4(2w+b-y)") == ["right", "wrong"]


@pytest.mark.parametrize(("line", "right"), [
    ("In both cases dL/dx = 2 max(x, 0)", True), ("In both cases dL/dx = 2x", False),
    ("dL/dx = 2x * 1[x > 0]", True), ("dL/dx = 2x * 1[x < 0]", False),
    ("For x in (0, ∞): dL/dx = 2x", True), (r"For x \in (-\infty, 0]: dL/dx = 2x", False),
    ("At x = 1: dL/dx = 2", True), ("With x = 1 we get dL/dx = 1", False)])
def test_where_a_claim_is_to_hold(line: str, right: bool) -> None:
    assert check(HALF + line).correct is right


def test_a_fact_is_no_case() -> None:
    assert marks(SQUARE, "e^x > 0 for all x.", "dL/dx = 3x") == ["wrong"]
    line, = check(SQUARE + "e^x > 0 for all x.\ndL/dx = 2x").sheet.lines
    assert not line.condition


def test_what_is_struck_out_is_not_judged() -> None:
    assert marks(SQUARE, "~~L' = 3x~~", "L' = 2x") == ["right"]
