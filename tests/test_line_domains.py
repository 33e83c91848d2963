"""Equality comes with its domain; nothing is refuted at a kink or a tie; small gaps are seen."""

from __future__ import annotations

import pytest

from derive.teaching.marking.check_records import Check
from derive.teaching.marking.check_wording import apart
from derive.teaching.marking.sheet_check import check


def of(given: str, task: str, *lines: str) -> Check:
    return check("\n".join([given, task, *(f"= {line}" for line in lines)]))


@pytest.mark.parametrize(("given", "asked", "line", "where"), [
    ("x: real", "log(x**2)", "2*log(x)", "0 < x"),
    ("x, y: real", "log(x*y)", "log(x) + log(y)", "0 < x and 0 < y"),
    ("x, y, z: real", "log(x*y*z)", "log(x) + log(y) + log(z)", "0 < x and 0 < y and 0 < z"),
    ("x: real", "abs(x)", "exp(log(x))", "0 < x"),
    ("x: real", "x", "tanh(atanh(x))", "-1 < x and x < 1"),
    ("x: real", "x", "sqrt(x)**2", "0 <= x"),
    ("x: real", "x", "x**1.5/x**0.5", "0 < x"),
    ("x: real", "1", "x/x", "x != 0"),
    ("x: real", "x + 1", "(x**2 - 1)/(x - 1)", "x != 1"),
    ("x: real", "x", "x*(x**2 - 2)/(x**2 - 2)", "x**2 != 2"),  # no small number is its root
    ("x, y: real", "x + y", "(x**2 - y**2)/(x - y)", "x != y"),
    ("p, y: real", "log(p**y)", "y*log(p)", "0 < p"),  # (-2)**2 has a logarithm
    ("n: count", "n", "n**2/n", "n != 0"),
    ("v: real[K]", "sum(log(v[k]**2) for k in K)", "2*sum(log(v[k]) for k in K)",
     "all(0 < v[k] for k in K)"),
])
def test_a_right_line_says_where_it_holds(given: str, asked: str, line: str, where: str) -> None:
    found = of(given, f"simplify {asked}", line)
    assert found.lines[0].mark == "right"
    assert found.lines[0].where == where
    assert "right only where" in str(found)
    assert not found.complete


@pytest.mark.parametrize(("given", "task", "line"), [
    ("x: real", "simplify tan(atan(x))", "x"),
    ("x: real", "simplify x", "tan(atan(x))"),  # the cosine of an arc tangent is never 0
    ("x: positive", "simplify log(x**2)", "2*log(x)"),
    ("x, y: positive", "simplify log(x*y)", "log(x) + log(y)"),
    ("x: real", "simplify log(1 + x**2)/2", "log(sqrt(1 + x**2))"),
    ("p: probability", "simplify log(p/(1 - p))", "log(p) - log(1 - p)"),
    ("x: real", "simplify abs(x)", "exp(log(x)) if x > 0 else (-x if x < 0 else 0)"),
    ("p: probability\ny: binary", "gradient of -y*log(p) - (1 - y)*log(1 - p) with respect to p",
     "(p - y)/(p*(1 - p))"),
    ("w: real[D]", "gradient of sum(w[k]**2 for k in D) with respect to w[j]", "2*w[j]"),
])
def test_what_holds_wherever_the_task_has_a_value_needs_no_words(given: str, task: str,
                                                                line: str) -> None:
    found = of(given, task, line)
    assert (found.lines[0].mark, found.lines[0].where) == ("right", "")


@pytest.mark.parametrize(("given", "task", "line", "where"), [
    ("x: real", "simplify exp(log(x))", "x", "where     0 < x"),
    ("x: real", "simplify x/x", "1", "where     x ≠ 0"),
    ("x: real", "simplify (x**2 - 1)/(x - 1)", "x + 1", "where     x ≠ 1"),
    ("x: real", "gradient of log(abs(x)) with respect to x", "1/x", "where     x ≠ 0"),
    ("z: real", "gradient of max(0, z) with respect to z", "1 if z > 0 else 0", "where     z ≠ 0"),
])
def test_the_domain_of_the_task_is_stated_beside_it(given: str, task: str, line: str,
                                                    where: str) -> None:
    found = of(given, task, line)
    assert found.complete
    assert where in str(found)
    assert found.lines[0].where == ""


def test_two_values_are_not_equal_on_half_of_the_line() -> None:
    for task, line in (("sqrt(x**2)", "x"), ("abs(x)", "x"), ("log(x**2)/2", "log(-x)")):
        found = of("x: real", f"simplify {task}", line)
        assert found.correct is ("log" in line)


def test_few_probes_with_a_value_are_enough() -> None:
    names = "a, b, c, d: real"
    found = of(names, "simplify log(a*b*c*d)", "log(a) + log(b) + log(c) + log(d)")
    assert found.lines[0].mark == "right"
    wrong = of(names, "simplify log(a*b*c*d)", "log(a) + log(b) + log(c) - log(d)")
    assert wrong.first_wrong_line == 3


# Kinks and ties


@pytest.mark.parametrize(("given", "task", "lines"), [
    ("z: real", "max(0, z) with respect to z", ("1 if z > 0 else 0", "1 if z >= 0 else 0")),
    ("z: real", "abs(z) with respect to z", ("sign(z)", "z/abs(z)", "1 if z >= 0 else -1")),
    ("z: real", "min(z, 1) with respect to z", ("1 if z < 1 else 0", "1 if z <= 1 else 0")),
    ("w, x, y: real", "max(0, 1 - y*w*x) with respect to w",
     ("-y*x if y*w*x < 1 else 0", "-y*x if y*w*x <= 1 else 0")),
    ("o: real[K]", "max(o[k] for k in K) with respect to o[i]",
     ("delta(i, argmax(o))", "1 if o[i] == max(o[k] for k in K) else 0")),
    ("w: real[D]", "sum(abs(w[k]) for k in D) with respect to w[j]",
     ("sign(w[j])", "1 if w[j] > 0 else -1")),
    ("z: real", "relu(z)**2 with respect to z", ("2*relu(z)", "2*z*(1 if z > 0 else 0)")),
    ("r: real\nd: positive",
     "(r**2/2 if abs(r) <= d else d*(abs(r) - d/2)) with respect to r",
     ("r if abs(r) < d else d*sign(r)", "max(-d, min(d, r))")),
])
def test_every_one_sided_convention_at_a_kink_is_right(given: str, task: str,
                                                       lines: tuple[str, ...]) -> None:
    found = of(given, f"gradient of {task}", *lines)
    assert [line.mark for line in found.lines] == ["right"] * len(lines)
    assert found.complete


@pytest.mark.parametrize(("given", "task", "line", "kink"), [
    ("z: real", "max(0, z) with respect to z", "1", lambda v: v["z"] == 0),
    ("z: real", "abs(z) with respect to z", "-sign(z)", lambda v: v["z"] == 0),
    ("z: real", "abs(z) with respect to z", "1 if z < 0 else -1", lambda v: v["z"] == 0),
    ("w, x, y: real", "max(0, 1 - y*w*x) with respect to w", "-x if y*w*x < 1 else 0",
     lambda v: v["w"]*v["x"]*v["y"] == 1),
    ("o: real[K]", "max(o[k] for k in K) with respect to o[i]", "1",
     lambda v: len({*v["o"]}) < len(v["o"])),
    ("o: real[K]", "median(o) with respect to o[i]", "1/K",
     lambda v: len({*v["o"]}) < len(v["o"])),
    ("r: real\nd: positive",
     "(r**2/2 if abs(r) <= d else d*(abs(r) - d/2)) with respect to r", "r",
     lambda v: abs(v["r"]) == v["d"]),
])
def test_no_counterexample_is_at_a_kink_or_a_tie(given: str, task: str, line: str, kink) -> None:
    found = of(given, f"gradient of {task}", line)
    assert found.first_wrong_line is not None
    assert not kink(found.counterexample.values)


def test_a_line_with_a_jump_is_refuted_beside_it() -> None:
    found = of("z, y: real\nb: positive",
               "gradient of ((z - y)**2/(2*b) if abs(z - y) < b else abs(z - y) - b/2) "
               "with respect to z",
               "d((z + y**2)/(2*b) if abs(z - y) < b else abs(z - y) - b/2, z)")
    assert found.first_wrong_line == 4


# Small gaps


@pytest.mark.parametrize("line", [
    "exp(z) + 1e-26", "exp(z)*(1 + 2**-200)", "exp(z) + 10**-90", "exp(z) + exp(-300)",
    "exp(z) + exp(-3000)", "exp(z)*(1 + 1/10**40)"])
def test_what_numbers_hardly_see_is_refuted_and_shown(line: str) -> None:
    found = of("z: real", "gradient of exp(z) with respect to z", line)
    shown = found.counterexample
    assert found.first_wrong_line == 3
    assert shown.values["z"] == int(shown.values["z"])
    first, second = apart(shown.line, shown.truth)
    assert first != second
    assert found.misconception is None


@pytest.mark.parametrize("small", ["1e-12", "1e-26", "1e-28", "1e-40"])
def test_a_guard_against_0_is_not_what_was_asked(small: str) -> None:
    found = of("p: probability\ny: binary",
               "gradient of -y*log(p) - (1 - y)*log(1 - p) with respect to p",
               f"(p - y)/(p*(1 - p) + {small})")
    assert found.first_wrong_line == 4
    assert found.misconception is None
    printed = found.to_json()["counterexample"]["printed"]
    assert printed["line"] != printed["task"]


def test_a_number_too_small_to_be_felt_is_not_called_right() -> None:
    found = of("z: real", "gradient of exp(z) with respect to z", "exp(z) + exp(-exp(9))")
    assert found.correct is None
    assert "too small" in found.undecided
    rules = of("z: real", "gradient of exp(z) with respect to z",
               "exp(z) + exp(-exp(9)) - exp(-exp(9))")
    assert rules.correct


def test_counterexamples_use_small_numbers() -> None:
    for task, line in (("sqrt(x**2)", "x"), ("abs(x)", "x"), ("x**2", "abs(x)"),
                       ("(x + 1)**2", "x**2 + 1"), ("cosh(x)**2", "sinh(x)**2")):
        shown = of("x: real", f"simplify {task}", line).counterexample
        assert abs(shown.values["x"]) <= 10
        assert shown.values["x"] * 2 == int(shown.values["x"] * 2)


@pytest.mark.parametrize(("given", "task", "lines"), [
    ("z: real\nm: real", "hessian of max(0, m - z)**2/2 with respect to z",
     ("d(-max(0, m - z), z)", "1 if z < m else 0", "1 if z <= m else 0")),
    ("z, y: real\nt: probability",
     "hessian of max(t*(y - z), (t - 1)*(y - z)) with respect to z",
     ("d(-t if z < y else 1 - t, z)", "0 if z < y else 0", "0")),
    ("z, y: real\nc: positive",
     "hessian of c**2*(abs(z - y)/c - log(1 + abs(z - y)/c)) with respect to z",
     ("c*d(sign(z - y)*(1 - 1/(1 + abs(z - y)/c)), z)",
      "sign(z - y)**2/(1 + abs(z - y)/c)**2", "1/(1 + abs(z - y)/c)**2")),
    ("z: real", "gradient of z*abs(z) with respect to z", ("z*sign(z) + abs(z)", "2*abs(z)")),
])
def test_the_borders_of_a_line_refute_nothing(given: str, task: str, lines: tuple[str, ...],
                                              ) -> None:
    assert of(given, task, *lines).complete


def test_a_single_value_that_a_line_speaks_of_is_meant() -> None:
    assert of("z: real", "gradient of exp(z) with respect to z",
              "exp(z) if z != 5 else 0").first_wrong_line == 3
