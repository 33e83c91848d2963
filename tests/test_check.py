"""`derive check`: right and wrong derivations, counterexamples, hints, bad input, the command."""

from __future__ import annotations

import json
import re
import threading
import time
from functools import partial
from pathlib import Path

import pytest

import derive
from derive.errors import DeriveError, NotationError
from derive.notation.printing.plain import plain
from derive.teaching.marking.check_records import Check
from derive.teaching.marking.line_claims import TextJudge
from derive.teaching.marking.sheet_check import check
from derive.teaching.sheets.sheet_rows import SheetError, decoded
from tests import command_line
from tests.own_functions import SOFTSIGN

HEAD = """\
# sheet 3
o: real[K]
y: label(K)
gradient of -log(softmax(o)[y]) with respect to o[i]
"""
LINES = ("d(log(sum(exp(o[k]) for k in K)) - o[y], o[i])",
         "sum(exp(o[k])*delta(k, i) for k in K)/sum(exp(o[k]) for k in K) - delta(i, y)",
         "softmax(o)[i] - delta(i, y)")
THROUGH = """\
o: real[K]
y: label(K)
p = softmax(o)
L = -log(p[y])
gradient of L with respect to o[i]
"""


def of(head: str, *lines: str, **options) -> Check:
    return check(head + "\n".join(f"= {line}" for line in lines), **options)


def complete(head: str, *lines: str) -> Check:
    found = of(head, *lines)
    assert found.correct, str(found)
    assert found.complete, str(found)
    return found


# Right derivations


def test_the_example_of_the_documentation_is_right_and_complete() -> None:
    found = complete(HEAD, *LINES)
    assert found.first_wrong_line is None
    assert found.misconception is None
    assert found.counterexample is None
    assert [line.how for line in found.lines] == ["rules"] * 3


def test_the_equals_sign_may_be_left_out_and_several_may_stand_in_a_line() -> None:
    assert check(HEAD + "\n".join(LINES)).complete
    assert check(HEAD + " = ".join(LINES)).complete
    assert check(HEAD + f"d(L, o[i]) = {LINES[0]}\n  = {LINES[2]}").complete
    assert check(HEAD + f"g[i] = {LINES[2]}").complete


def test_brackets_that_stay_open_continue_on_the_next_line() -> None:
    found = check(HEAD + "= (softmax(o)[i]   # the output\n\n     - delta(i, y))\n= o[i]")
    assert [line.number for line in found.lines] == [5, 8]
    assert found.first_wrong_line == 8


@pytest.mark.parametrize("line", [
    "-delta(y, i) + softmax(o)[i]",
    "exp(o[i])/sum(exp(o[alpha]) for alpha in K) - delta(i, y)",
    "exp(o[i] - logsumexp(o)) - (1 if i == y else 0)",
    "sum((softmax(o)[j] - delta(j, y))*delta(i, j) for j in K)",
    "1/(1 + sum(exp(o[k] - o[i]) for k in K if k != i)) - delta(i, y)",
    "d(logsumexp(o), o[i]) - d(o[y], o[i])",
    "-d(softmax(o)[y], o[i])/softmax(o)[y]",
    "-sum(delta(k, y)/softmax(o)[k]*softmax(o)[k]*(delta(k, i) - softmax(o)[i]) for k in K)",
])
def test_other_routes_and_other_letters_are_right(line: str) -> None:
    assert of(HEAD, line, LINES[-1]).correct, line


def test_the_route_through_the_jacobian_is_right() -> None:
    found = complete(THROUGH, "sum(d(L, p[k]) * d(p[k], o[i]) for k in K)",
                     "sum(-delta(k, y)/p[k] * p[k]*(delta(k, i) - p[i]) for k in K)",
                     "p[i] - delta(i, y)")
    assert found.lines[0].how == "rules"


def test_the_engines_own_chain_rule_is_right_and_explained() -> None:
    route = derive.grad("softmax-nll", through=["p"])
    lines = [plain(n, route.reserved) for n in
             (route.start, *(line.expression for line in route.lines()))]
    found = of("gradient of softmax-nll with respect to o[i]\n", *lines, explain=True)
    assert found.complete
    steps = found.lines[0].between
    assert steps is not None
    assert steps.labels == ("chain rule",)


def test_a_derivative_by_an_intermediate_is_a_task_of_its_own() -> None:
    complete(THROUGH.replace("respect to o[i]", "respect to p[k]"), "-d(log(p[y]), p[k])",
             "-delta(k, y)/p[y]")


def test_second_derivatives_jacobians_and_simplifications() -> None:
    complete("hessian of softmax-nll with respect to o[i], o[j]\n",
             "d(softmax(o)[i] - delta(i, y), o[j])",
             "softmax(o)[i]*(delta(i, j) - softmax(o)[j])")
    complete("hessian of softmax-nll with respect to o[a]\n",
             "softmax(o)[a]*(delta(a, j) - softmax(o)[j])")
    complete("z: real\nhessian of exp(2*z) with respect to z\n", "4*exp(2*z)")
    complete("o: real[K]\njacobian of softmax(o) with respect to o[i]\n",
             "softmax(o)[j]*(delta(i, j) - softmax(o)[i])")
    complete("z: real\nsimplify log(exp(z)) + sigmoid(z) + sigmoid(-z)\n", "z + 1")


def test_a_line_that_is_right_only_where_it_has_a_value_is_right() -> None:
    assert of("z: real\na: real\ngradient of z*a with respect to z\n", "z*a/z", "a").correct


# Costs


FIELD = "z: real[K]\nT: label(K)\ncost of softmax(z)[m] - delta(m, T) with respect to z[m]\n"


def test_costs_are_equal_but_for_a_constant() -> None:
    found = complete(FIELD, "integral(softmax(z)[m] - delta(m, T), z[m])",
                     "log(sum(exp(z[k]) for k in K)) - delta(m, T)*z[m]",
                     "log(sum(exp(z[k]) for k in K)) - z[T]", "-log(softmax(z)[T]) + 5")
    assert len(found.lines) == 4


def test_the_field_of_a_cost_may_have_a_name() -> None:
    complete("z: real[K]\nT: label(K)\ny = softmax(z)\n"
             "cost of y[m] - delta(m, T) with respect to z[m]\n",
             "log(sum(exp(z[k]) for k in K)) - z[T]", "-log(y[T])")


def test_the_integral_of_one_component_is_not_the_cost() -> None:
    found = of(FIELD, "log(sum(exp(z[k]) for k in K)) - delta(m, T)*z[m]")
    assert found.correct
    assert not found.complete
    assert "one component" in found.missing


def test_what_depends_on_another_component_is_no_constant() -> None:
    found = of(FIELD, "log(sum(exp(z[k]) for k in K)) - z[T] + z[0]")
    assert found.first_wrong_line == 4
    assert found.counterexample is not None
    assert re.search(r"the derivative of the line by zₘ is \S+, the field is \S+", str(found))


def test_a_field_without_cost_has_the_answer_no_cost() -> None:
    head = "z: positive[K]\nt: simplex(K)\ncost of z[m]/sum(z) - t[m] with respect to z[m]\n"
    for answer in ("no cost", "None.", "there is no cost", "no such cost exists"):
        assert check(head + answer).complete, answer
    found = of(head, "log(sum(z)) - sum(t[k]*z[k] for k in K)")
    assert found.first_wrong_line == 4
    assert found.no_cost is not None
    assert "no cost" in str(found)
    assert of(FIELD, "no cost").first_wrong_line == 4


# Wrong lines


def test_the_first_wrong_line_comes_with_a_small_counterexample() -> None:
    found = of(HEAD, *LINES[:2], "softmax(o)[i]", LINES[2])
    assert found.first_wrong_line == 7
    assert [line.right for line in found.lines] == [True, True, False, True]
    shown = found.counterexample
    assert shown is not None
    assert shown.sizes == {"K": 2}
    assert shown.values["o"] == (0, 1)
    assert shown.indices == {"i": 0, "y": 0}
    assert float(shown.line) == pytest.approx(0.2689414)
    assert float(shown.truth) == pytest.approx(-0.7310586)
    assert shown.where == "K = 2, o = (0, 1), i = 0, y = 0"


def test_a_counterexample_keeps_to_the_conditions() -> None:
    head = "y: count\nn: count\nq: probability\ny <= n\n" \
           "gradient of -y*log(q) - (n - y)*log(1 - q) with respect to q\n"
    shown = of(head, "-y/q - (n - y)/(1 - q)").counterexample
    assert shown is not None
    assert shown.values["y"] <= shown.values["n"]
    assert 0 < shown.values["q"] < 1


def test_the_rule_that_was_meant_is_that_of_the_misconception_and_no_guess() -> None:
    head = "z: real\ns: positive\ngradient of log(s + z**2) with respect to z\n"
    named, unknown = of(head, "1/(s + z**2)"), of(head, "d(s + z**2, z)**2/(s + z**2)")
    assert named.meant is not None
    assert "log" in named.meant.label
    assert (unknown.misconception, unknown.meant) == (None, None)


def test_a_line_without_any_value_is_wrong() -> None:
    found = of("z: real\ngradient of z**2 with respect to z\n", "log(-1 - z**2)")
    assert found.first_wrong_line == 3
    assert found.counterexample is not None
    assert found.counterexample.line is None


BCE = "z: real\ny: binary\n" \
      "gradient of -y*log(sigmoid(z)) - (1 - y)*log(1 - sigmoid(z)) with respect to z\n"


@pytest.mark.parametrize(("head", "lines", "name"), [
    (HEAD, ("sum(exp(o[k]) for k in K)/sum(exp(o[k]) for k in K) - delta(i, y)",),
     "inner-derivative-of-exp-dropped"),  # not log-of-sum, which comes to the same
    ("hessian of softmax-nll with respect to o\n", ("softmax(o)[i]*(1 - softmax(o)[j])",),
     "softmax-as-sigmoid"),
    (BCE, ("-y/sigmoid(z) + (1 - y)/(1 - sigmoid(z))",), "gradient-by-the-output-of-a-sigmoid"),
    ("x, mu: real\ns: positive\ngradient of -log(s) - (x - mu)**2/(2*s**2) with respect to s\n",
     ("-1/s + (x - mu)**2/s**2",), "power-without-lowering"),
    ("z, y: real\ngradient of (z - y)**2 with respect to z\n", ("2*(z - y)", "z - y"),
     "factor-two"),  # the 2 was there: not a lost exponent
])
def test_the_first_name_is_that_of_what_stands_there(head: str, lines: tuple[str, ...],
                                                     name: str) -> None:
    assert of(head, *lines).misconception == name


# Not finished, hints, steps between


def test_a_right_derivation_that_is_not_finished_says_so() -> None:
    assert "derivative" in of(HEAD, LINES[0]).missing
    found = of(HEAD, *LINES[:2])
    assert found.correct
    assert not found.complete
    assert "a Kronecker delta picks one term" in found.missing
    assert "not finished" in str(found)
    assert check(HEAD).missing


def test_definitions_written_out_are_a_result_too() -> None:
    complete(HEAD, "exp(o[i])/sum(exp(o[k]) for k in K) - delta(i, y)")


def test_hints_reveal_the_next_step_bit_by_bit() -> None:
    hints = [of(HEAD, *LINES[:2], hint=level).hint for level in (1, 2, 3, 4)]
    assert all(hint is not None for hint in hints)
    assert len({hint.strategy for hint in hints}) == 1
    assert [hint.says for hint in hints[:2]] == ["", "A Kronecker delta picks one term of a sum."]
    after = check(HEAD + "= exp(o[i])/sum(exp(o)) - delta(i, y)").lines[0]
    assert hints[3].line == after.written.node
    assert of(HEAD, *LINES, hint=4).hint is None


def test_a_hint_after_a_wrong_line_leads_on_from_the_right_one() -> None:
    hint = of(HEAD, *LINES[:2], "softmax(o)[i]", hint=2).hint
    assert hint is not None
    assert "delta" in hint.says


def test_the_steps_between_two_lines_are_shown() -> None:
    found = of(HEAD, *LINES, explain=True)
    first, second, third = (line.between for line in found.lines)
    assert first.labels == ("log of softmax",)
    assert [len(x.lines) for x in (first, second, third)] == [1, 4, 2]
    assert all(x.passes for x in (first, second, third))
    assert "definition of softmax" in str(found)


def test_where_a_line_lies_on_no_way_the_usual_way_is_shown() -> None:
    found = of(HEAD, "exp(o[i] - logsumexp(o)) - delta(i, y)", explain=True)
    between = found.lines[0].between
    assert between.passes is False
    assert (between.labels[0], between.labels[-1]) == ("log of softmax", "definition of softmax")
    assert "does not pass" in str(found)


# Data


def test_the_result_as_data() -> None:
    data = of(HEAD, *LINES[:2], "softmax(o)[i]").to_json()
    assert json.loads(json.dumps(data)) == data
    assert {"correct", "first_wrong_line", "misconception", "counterexample", "complete",
            "lines"} <= set(data)
    assert data["correct"] is False
    assert data["first_wrong_line"] == 7
    assert data["misconception"] == "forgotten-label"
    assert data["counterexample"]["values"] == {"o": [0.0, 1.0]}
    assert [line["right"] for line in data["lines"]] == [True, True, False]
    assert data["lines"][0]["line"] == 5


def test_text_keeps_to_ascii_and_to_the_width() -> None:
    found = of(HEAD, *LINES[:2], "softmax(o)[i]", explain=True, hint=3)
    text = found.show("text", ascii=True, width=70)
    assert text.isascii()
    assert max(map(len, text.splitlines())) <= 70
    assert "7 NO" in text
    with pytest.raises(ValueError, match="form is one of"):
        found.show("latex")


# LaTeX


def test_lines_may_be_latex() -> None:
    pytest.importorskip("derive.notation.latex_in")
    found = check(HEAD + r"= \frac{e^{o_i}}{\sum_{k=1}^K e^{o_k}} - \delta_{iy}" "\n"
                  r"= \mathrm{softmax}(o)_i - \mathbf 1_{i=y}")
    assert found.complete
    assert "softmax(o)[i]" in found.lines[1].written.reading
    unread, = check(HEAD + r"= softmax(o)[i] - \foo").sheet.unread
    assert unread.error.line == 5


def test_the_variable_and_whole_lines_may_be_latex_between_dollars() -> None:
    head = "o: real[K]\ny: label(K)\nfind the gradient of " \
           r"$-\log \frac{e^{o_y}}{\sum_k e^{o_k}}$ with respect to $o_i$" "\n"
    found = check(head + r"= $\mathrm{softmax}(o)_i - \delta_{iy}$")
    assert found.complete
    assert "index" not in " ".join(found.to_json()["given"])
    assert check("x, mu: real\nsigma: positive\n"
                 r"gradient of \frac{(x-\mu)^2}{2\sigma^2} with respect to \sigma" "\n"
                 "-(x - mu)**2/sigma**3").complete
    assert check("W: real[H, D]\nx: real[D]\n"
                 "gradient of sum(W @ x) with respect to W_{ij}\nx[j]").complete


def test_the_report_states_the_task_as_it_was_read() -> None:
    found = check("o: real[K]\njacobian of softmax(o) with respect to o\n")
    assert found.to_json()["aim"] == "d(softmax(o)[i], o[j])"
    assert "∂/∂oⱼ [softmax(o)ᵢ]" in str(found) or "∂softmax" in str(found)
    assert "p[i] = softmax(o)[i]" in str(check(THROUGH))


# Bad input


def refusal(text: str) -> str:
    """Why a sheet, or the first line of it that was not understood, is refused."""
    try:
        checked = check(text)
    except DeriveError as error:
        return str(error)
    assert checked.correct is not True
    return str(checked.sheet.unread[0].error)


@pytest.mark.parametrize(("text", "place", "message"), [
    ("", "", "the sheet is empty"),
    ("\n# nothing\n", "", "the sheet is empty"),
    ("o: real[K]\n= o[i]\n", "", "there is no task line"),
    ("o: real[K]\ngradient of sum(o)\n", "line 2, column 18", "say the variable"),
    ("o: reel[K]\ngradient of sum(o) with respect to o[i]\n", "line 1, column 4", "did you mean"),
    ("o: real[K]\ngradient of o with respect to o[i]\n", "line 2, column 13", "whole array"),
    ("gradient of softmax-nl with respect to o\n", "line 1, column 13", "did you mean"),
    ("z: real\ngradient of z with respect to q\n", "line 2, column 31", "cannot differentiate by"),
    (HEAD + "= softmax(o)[i] - delta(i y)\n", "line 5, column 27", "i*y for a product"),
    (HEAD + "= softmax(o)[i - \n  delta(i, y)\n", "line 5, column 13", "never closed"),
    (HEAD + "= (softmax(o)[i]\n    - q)\n", "line 6, column 7", "unknown name 'q'"),
    (HEAD + "= softmax(o)[j]\n", "line 5, column 14", "unknown index 'j'"),
    (HEAD + "\n= sum(o[k] for k in Q)\n", "line 6, column 21", "'Q' is no dimension"),
    (HEAD + "≈ softmax(o)[i]\n", "line 5, column 1", "the sign '≈'"),
    (HEAD + "= 1\ngradient of o[y] with respect to o[i]\n", "line 6", "one task"),
    (HEAD + "= o[10**300]\n", "line 5", "subscripts from 100 on"),
    (HEAD + "1/2o[i]\n", "line 5, column 4", "two readings, 1/(2*o[i]) or (1/2)*o[i]"),
    ("x: real[D]\n" + HEAD + "= x[i]\n", "line 6, column 5", "ranges over K, this axis is D"),
])
def test_bad_input_is_refused_at_its_place(text: str, place: str, message: str) -> None:
    told = refusal(text)
    assert told.startswith(place)
    assert message in told.splitlines()[0]


def test_other_encodings_are_refused() -> None:
    with pytest.raises(DeriveError, match="UTF-16"):
        decoded("z: real".encode("utf-16-be"), "x.txt")
    with pytest.raises(DeriveError, match="line 2 holds the byte 0xe9"):
        decoded("z: real\ncafé".encode("latin-1"), "x.txt")
    with pytest.raises(DeriveError, match="at most"):
        decoded(b"#" * 300_000, "x.txt")
    assert decoded(b"\xef\xbb\xbfz: real", "x.txt") == "z: real"


HUGE = " + ".join(f"sum({'*'.join(f'o[{c}]' for c in 'abcefghn')}*exp({s}*o[a]*o[n]) "
                  f"{' '.join(f'for {c} in K' for c in 'abcefghn')})" for s in range(2, 9))


def test_the_time_is_bounded_and_what_was_decided_is_reported() -> None:
    start = time.process_time()
    again = HUGE.replace("for a in K", "for a in K if a == a")
    found = of(HEAD, LINES[2], "exp(o[i])/sum(exp(o)) - delta(i, y)",
               f"softmax(o)[i] - delta(i, y) + ({HUGE}) - ({again})", seconds=2)
    assert time.process_time() - start < 8
    assert found.correct is None
    assert [line.right for line in found.lines] == [True, True, None]
    assert "up to line 6 all is right; line 7 is not decided" in found.undecided
    assert found.to_json()["correct"] is None
    assert "line 7" in str(found)


def test_a_thread_that_is_not_the_main_one_may_check() -> None:
    found: list[Check] = []
    thread = threading.Thread(target=lambda: found.append(of(HEAD, *LINES)))
    thread.start()
    thread.join()
    assert found[0].complete


def test_a_hint_has_four_levels() -> None:
    with pytest.raises(DeriveError, match="1 to 4"):
        check(HEAD, hint=5)
    assert issubclass(SheetError, NotationError)


# The command line


run = partial(command_line.run, "check")


def test_the_command_exits_0_when_all_is_right_and_1_when_not(tmp_path: Path) -> None:
    file = tmp_path / "sheet.txt"
    file.write_text(HEAD + "\n".join(LINES), encoding="utf-8")
    done = run(str(file), "--explain")
    assert done.returncode == 0, done.stderr
    assert "Every line is right" in done.stdout
    done = run("-", "--format", "json", stdin=HEAD + "= softmax(o)[i]")
    assert done.returncode == 1
    assert json.loads(done.stdout)["first_wrong_line"] == 5
    assert done.stderr == ""


def test_the_command_refuses_bad_files_in_one_line(tmp_path: Path) -> None:
    for target, message in ((str(tmp_path), "is a folder"), ("none.txt", "No such file")):
        done = run(target)
        assert done.returncode == 1
        assert message in done.stderr
        assert len(done.stderr.splitlines()) == 1
    assert run("--hint", "9", "-").returncode == 2


@pytest.mark.parametrize(("task", "line", "right"), [
    ("gradient of (softsign(z) - t)**2 with respect to z",
     "2*(softsign(z) - t) / (1 + abs(z))**2", True),
    ("gradient of (softsign(z) - t)**2 with respect to z",
     "2*(softsign(z) - t) / (1 + abs(z))", False),
    ("cost of softsign(z) - t with respect to z", "abs(z) - log(1 + abs(z)) - t*z", True),
])
def test_a_sheet_may_use_functions_of_its_users(task: str, line: str, right: bool,
                                                tmp_path: Path) -> None:
    """Both readers know them: the one of rules, and the one that reads the text."""
    own = tmp_path / "own.toml"
    own.write_text(SOFTSIGN)
    done = derive.check(f"z, t: real\n{task}\n= {line}", functions=own)
    assert done.correct is right
    written = done.sheet.lines[0]
    opinion = TextJudge(done.sheet.task).opinion(written.text, written.ground)
    assert (opinion.read, opinion.wrong) == (True, not right)
