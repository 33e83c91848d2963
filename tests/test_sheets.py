"""Reading sheets: each line is judged by itself; LaTeX, prose, definitions, arrays, bad input."""

from __future__ import annotations

import time

import pytest

from derive.errors import DeriveError
from derive.teaching.marking.sheet_check import check
from derive.teaching.sheets.sheet import Passed, Sheet, Unread, Written, read_sheet
from derive.teaching.sheets.sheet_rows import SheetError, decoded

HEAD = "o: real[K]\ny: label(K)\ngradient of -log(softmax(o)[y]) with respect to o[i]\n"
SQUARE = "z, t: real\ngradient of (z - t)**2 with respect to z\n"
LEAST = "X: real[N, D]\nw: real[D]\ny: real[N]\ngradient of norm(X@w - y)**2 with respect to w\n"


def read(head: str, *lines: str) -> Sheet:
    return read_sheet(head + "\n".join(lines))


def texts(sheet: Sheet) -> list[str]:
    assert not sheet.unread, sheet.unread[0].error
    return [line.reading or line.text for line in sheet.lines]


def kinds(sheet: Sheet) -> list[str]:
    return [entry.kind if isinstance(entry, Passed) else type(entry).__name__
            for entry in sheet.entries]


# Every line by itself


def test_a_line_that_is_not_understood_leaves_the_others_as_they_are() -> None:
    sheet = read(SQUARE, "= 2*(z - tt)", "= 2*(z - t)")
    unread, written = sheet.entries
    assert isinstance(unread, Unread)
    assert (unread.number, unread.error.line, unread.error.column) == (3, 3, 10)
    assert isinstance(written, Written)
    assert written.text == "2*(z - t)"


def test_a_bracket_that_stays_open_takes_no_line_below_with_it() -> None:
    sheet = read(SQUARE, "= 2*(z - t", "= 2*(z - t)")
    assert kinds(sheet) == ["Unread", "Written"]


# LaTeX of the whole file


@pytest.mark.parametrize("display", [
    "\\begin{align*}\n\\frac{dL}{dz} &= 2(z-t)\\cdot 1 \\tag{1}\\\\\n&= 2(z-t) \\nonumber\n"
    "\\end{align*}",
    "$$\n\\frac{dL}{dz} = 2(z-t)\\cdot 1\n$$\n$$= 2(z-t)$$",
    "\\[ \\frac{dL}{dz} = 2(z-t)\\cdot 1 = 2(z-t). \\]",
    "\\begin{equation}\\label{eq:a}\n\\begin{split}\n\\frac{dL}{dz} &= 2(z-t)\\cdot 1\\\\[2pt]\n"
    "&= 2(z-t)\n\\end{split}\n\\end{equation}",
    "\\begin{align}\n\\frac{dL}{dz} &= 2(z-t)\\cdot 1\\\\\n\\intertext{and the inner one is 1, so}"
    "\n&= 2(z-t)\n\\end{align}",
    "\\documentclass{article}\n\\begin{document}\nWe have $\\frac{dL}{dz} = 2(z-t)\\cdot 1$, so\n"
    "\\[ = 2(z-t) \\]\n\\end{document}",
    "\\frac{dL}{dz} = 2(z-t)\\cdot 1 \\implies 2(z-t)",
])
def test_a_display_is_read_row_by_row(display: str) -> None:
    assert texts(read(SQUARE, display))[-1] in ("2 * (z - t)", "2(z-t)")
    assert len(read(SQUARE, display).lines) == 2


def test_a_row_that_is_not_read_is_one_row_of_its_display() -> None:
    sheet = read(SQUARE, "\\begin{align}", "&= 2(z-t)\\foo \\\\", "&= 2(z-t)", "\\end{align}")
    assert kinds(sheet) == ["Unread", "Written"]
    assert [entry.number for entry in sheet.entries] == [4, 5]


@pytest.mark.parametrize(("typed", "notation"), [
    ("∂L/∂o_i = p_i − δ_iy", "p[i] - delta(i, y)"),
    ("dL/do_i = p_i - [i = y]", "p[i] - delta(i, y)"),
    ("⇒ −∑_k δ_ky (δ_ik − p_i)", "-sum(delta(k, y) * (delta(i, k) - p[i]) for k in K)"),
    ("= ∂/∂oᵢ [log(Σₖ exp(oₖ))] − δ_iy",
     "d(log(sum(exp(o[k]) for k in K)), o[i]) - delta(i, y)"),
    ("= -1/p[y] * dp[y]/do[i]", "-1/p[y] * d(p[y], o[i])"),
])
def test_signs_of_unicode_and_quotients_are_read(typed: str, notation: str) -> None:
    assert texts(read(HEAD, "p = softmax(o)", typed)) == [notation]


# Words


@pytest.mark.parametrize("line", [
    "Using the chain rule, the derivative of the logarithm first:", "which is the softmax",
    "Only the term with j = i depends on o_i.", "Since $\\sum_k p_k = 1$ this simplifies.",
    "Note that the derivative of log z is 1/z.", "## Solution", "Q.E.D."])
def test_words_are_shown_and_not_judged(line: str) -> None:
    sheet = read(HEAD, line, "= softmax(o)[i] - delta(i, y)")
    assert kinds(sheet) in (["prose", "Written"], ["Written"])


@pytest.mark.parametrize("line", [
    "Then dL/dz = 2*(z - t)", "which gives: = 2*(z - t)", "so the gradient is 2*(z - t).",
    "1) = 2*(z - t)", "(a) = 2*(z - t)", "- = 2*(z - t)", "* = 2*(z - t),", "=> 2*(z - t)",
    "-> 2*(z - t)", "= 2*(z - t)   [chain rule]", "= 2*(z - t)   // by the chain rule",
    "= 2*(z - t)      (3)", "> = 2*(z - t)", "**Result:** dL/dz = 2*(z - t)", "f'(z) = 2*(z - t)",
    "We get $\\frac{dL}{dz} = 2(z - t)$."])
def test_a_formula_in_a_line_of_words_is_a_step(line: str) -> None:
    line, = read(SQUARE, line).lines
    assert line.text in ("2*(z - t)", "2(z - t)")


def test_a_part_of_the_derivative_is_not_taken_for_it() -> None:
    head = "z: real\ny: binary\ngradient of log(1 + exp(z)) - y*z with respect to z\n"
    sheet = read(head, "The first term: exp(z)/(1 + exp(z))", "d/dz (y*z) = y",
                 "= sigmoid(z) - y")
    assert kinds(sheet) == ["prose", "prose", "Written"]


# Names


@pytest.mark.parametrize("definition", [
    "p = softmax(o)", "let p = softmax(o)", "where $p_k = \\frac{e^{o_k}}{\\sum_j e^{o_j}}$",
    "\\[ p_k = \\mathrm{softmax}(o)_k \\]", "p_k = exp(o_k)/∑_j exp(o_j)"])
@pytest.mark.parametrize("first", [True, False])
def test_a_definition_may_stand_above_or_below_its_use(definition: str, first: bool) -> None:
    lines = [definition, "= p_i - δ_iy"]
    assert check(HEAD + "\n".join(lines if first else lines[::-1])).complete


def test_a_name_that_no_line_uses_names_what_is_asked() -> None:
    assert texts(read(SQUARE, "g = 2*(z - t)")) == ["2*(z - t)"]


def test_the_loss_in_other_words_is_judged_by_its_derivative() -> None:
    head = HEAD
    assert check(head + "L = log(sum(exp(o[k]) for k in K)) - o[y]").correct
    assert check(head + "L = log(sum(exp(o[k]) for k in K)) + o[y]").first_wrong_line == 4


def test_a_declaration_below_the_task_must_say_the_same() -> None:
    assert kinds(read(SQUARE, "z: real", "= 2*(z - t)")) == ["declaration", "Written"]
    assert kinds(read(SQUARE, "z: positive", "= 2*(z - t)")) == ["Unread", "Written"]


def test_a_derivative_by_a_name_of_the_learners_own_is_judged() -> None:
    found = check(HEAD + "p = softmax(o)\n= sum(d(L, p[k]) * d(p[k], o[i]) for k in K)\n"
                         "= p[i] - delta(i, y)")
    assert found.complete, str(found)


# Arrays, branches, solutions, costs


@pytest.mark.parametrize("line", ["= 2*X.T @ (X@w - y)", "\\nabla_w L = 2X^\\top(Xw-y)",
                                  "∇L = 2 Xᵀ(Xw − y)"])
def test_an_answer_may_be_a_whole_array(line: str) -> None:
    written, = read(LEAST, line).lines
    assert written.array
    assert check(LEAST + line).complete


def test_an_array_of_another_shape_is_not_read() -> None:
    assert "and what is asked for is of shape (D)" in str(read(LEAST, "= X@w").unread[0].error)


@pytest.mark.parametrize(("lines", "wrong"), [
    (("if i = k:", "= p[k]*(1 - p[k])", "if i ≠ k:", "= -p[k]*p[i]"), None),
    (("= p[k]*(1 - p[k])  if i = k", "= p[k]*p[i]  if i != k"), 5),
    (("For $i = k$ we get", "$$= p_k(1-p_k)$$", "otherwise", "$$= -p_i p_k$$"), None)])
def test_a_branch_is_judged_where_it_holds(lines: tuple[str, ...], wrong: int | None) -> None:
    head = "o: real[K]\np = softmax(o)\njacobian of p[k] with respect to o[i]\n"
    assert check(head + "\n".join(lines)).first_wrong_line == wrong


@pytest.mark.parametrize(("task", "lines", "value"), [
    ("gradient of {} with respect to lam", "= N/lam - sum(x) = 0 ⇒ λ = N/∑_i x_i", True),
    ("maximum likelihood estimate of λ for {}", "setting N/lam = sum(x)\nlam = N/sum(x)", True),
    ("gradient of {} with respect to lam", "= 0\n\\hat\\lambda = \\sum_i x_i", False)])
def test_an_estimate_is_solved_for(task: str, lines: str, value: bool) -> None:
    head = "lam: positive\nx: positive[N]\n" + task.format(
        "sum(log(lam) - lam*x[i] for i in N)") + "\n"
    assert read(head, lines).lines[-1].role == "solution"
    assert check(head + lines).correct is value


def test_integrals_are_read_from_latex_and_unicode() -> None:
    head = "z: real\nt: real\ncost of sigmoid(z) - t with respect to z\n"
    assert texts(read(head, "\\int (\\sigma(z) - t)\\, dz = \\int \\sigma(z) dz - t z",
                      "= ∫ σ(z) dz − t·z")) == [
        "integral(sigmoid(z) - t, z)", "integral(sigmoid(z), z) - t * z",
        "integral(sigmoid(z), z) - t * z"]


# Tasks


@pytest.mark.parametrize("task", [
    "Find the gradient of (z - t)**2 with respect to z.", "derivative of (z - t)^2 w.r.t. z",
    "**Task:** differentiate (z - t)**2 with respect to z", "Compute dL/dz for L = (z - t)**2.",
    "Exercise 3: find $\\frac{dL}{dz}$ where $L = (z-t)^2$",
    "gradient of u**2 with respect to z, where u = z - t"])
def test_a_task_may_be_worded_in_many_ways(task: str) -> None:
    assert check(f"Given:\n  z, t: real\nName: Jo Doe\n{task}\n= 2*(z - t)").complete


TASK = read_sheet(HEAD).task


def test_a_task_that_was_set_cannot_be_changed() -> None:
    assert read_sheet(HEAD + "= softmax(o)[i] - delta(i, y)", task=TASK).task is TASK
    same = "gradient of log(sum(exp(o[k]) for k in K)) - o[y] with respect to o[j]\n"
    assert check is not None
    assert texts(read_sheet(same + "= softmax(o)[j] - delta(j, y)", task=TASK))
    with pytest.raises(SheetError, match="line 1: this is another task"):
        read_sheet("gradient of o[y] with respect to o[i]\n= delta(i, y)", task=TASK)
    with pytest.raises(SheetError, match="declared already, as real"):
        read_sheet("o: real[N]\n" + HEAD.partition("\n")[2], task=TASK)


# Bad input


@pytest.mark.parametrize(("content", "message"), [
    (b"\x00\x01\x02\x03binary", "binary file"), ("z: real".encode("utf-16-le"), "UTF-16 without"),
    ("z: real\ncafé".encode("latin-1"), "0xe9, which is 'é' in Latin-1"),
    (b"\xff\xfez", "it begins as UTF-16 and is none")])
def test_another_encoding_is_named(content: bytes, message: str) -> None:
    with pytest.raises(DeriveError, match=message):
        decoded(content, "sheet.txt")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_what_declares_its_encoding_is_read(encoding: str) -> None:
    assert decoded("λ: real".encode(encoding), "sheet.txt") == "λ: real"


@pytest.mark.parametrize("text", [
    "(" * 9000, "\\frac{" * 1500, "d/d" * 1500, "1 if " * 800, "*" * 9000, "= " + " " * 9000 + "z",
    "\\begin{align}" * 400, "a " * 2500, "=" * 5000, "{" * 5000])
def test_hostile_lines_cost_little(text: str) -> None:
    start = time.process_time()
    read(SQUARE, text, "= 2*(z - t)")
    assert time.process_time() - start < 5


def test_ten_thousand_lines_are_refused_in_one() -> None:
    with pytest.raises(SheetError, match=r"^line 503: at most 500 lines are checked$"):
        read(SQUARE, *["= 2*(z - t)"] * 10_000)
