"""Idioms with a filled gap, filters that move, elements at the largest, triangular sums."""

from pathlib import Path

import numpy as np
import pytest
from sympy import Integer

import derive
from derive.core.heads import Cond
from derive.errors import VerificationError
from derive.judge.precision import mpf
from derive.judge.reading.formula_reader import read
from derive.judge.reading.lazy_arrays import Point, new_context
from derive.notation.printing.plain import plain
from derive.notation.reading.parser import parse
from derive.notation.reading.scope import Scope
from derive.rulebook.power_series import value_and_slope
from derive.rulebook.tactics import TACTICS
from tests.formula_trees import is_formula

X, V = "x: real", "x: real[N]"

# A formula with a filled gap; the variable; its derivative, which has a value at the gap.
FILLED = [
    ("(sin(x)/x if x != 0 else 1)", X, "(x * cos(x) - sin(x)) / x**2 if x != 0 else 0"),
    ("(1 if x == 0 else sin(x)/x)", X, "(x * cos(x) - sin(x)) / x**2 if x != 0 else 0"),
    ("((exp(x) - 1)/x if x != 0 else 1)", X, "(1 + (x - 1) * exp(x)) / x**2 if x != 0 else 1 / 2"),
    ("(x/(exp(x) - 1) if x != 0 else 1)", X,
     "((1 - x) * exp(x) - 1) / (exp(x) - 1)**2 if x != 0 else -1 / 2"),
    ("((1 - cos(x))/x**2 if x != 0 else 1/2)", X,
     "(2 * cos(x) + x * sin(x) - 2) / x**3 if x != 0 else 0"),
    ("(log(x)/(x - 1) if x != 1 else 1)", "x: positive",
     "(1 - 1 / x - log(x)) / (x - 1)**2 if x != 1 else -1 / 2"),
    ("((x**2 - 1)/(x - 1) if x != 1 else 2)", X, "1"),
    ("(sin(a*x)/x if x != 0 else a)", "a, x: real",
     "(a * x * cos(a * x) - sin(a * x)) / x**2 if x != 0 else 0"),
    ("((exp(x) - exp(a))/(x - a) if x != a else exp(a))", "a, x: real",
     "(exp(a) + (x - 1 - a) * exp(x)) / (x - a)**2 if a != x else exp(a) / 2"),
    ("sum((sin(x[k])/x[k] if x[k] != 0 else 1) for k in N)", V,
     "(x[i] * cos(x[i]) - sin(x[i])) / x[i]**2 if x[i] != 0 else 0"),
    ("sum((sin(x[k] - x[j])/(x[k] - x[j]) if x[k] != x[j] else 1) for k in N for j in N)", V, ""),
]


@pytest.mark.parametrize(("formula", "given", "expected"), FILLED)
def test_the_derivative_at_a_removable_point_is_its_limit(formula: str, given: str,
                                                          expected: str) -> None:
    derivation = derive.grad(formula, given=given, wrt="x").verify()
    assert not expected or is_formula(derivation, expected)
    assert not derivation.obligations
    assert not derivation.verification.unjudged
    derivation.replay()


def test_the_second_derivative_at_a_removable_point() -> None:
    derivation = derive.hessian("(sin(x)/x if x != 0 else 1)", given=X, wrt="x").verify()
    assert derivation.notation.endswith("if x != 0 else -1 / 3")
    assert not derivation.obligations


# A gap that is not filled by the limit, or beside which nothing is analytic: said, not guessed.
@pytest.mark.parametrize("formula", [
    "(sin(x)/x if x != 0 else 2)", "(x*sin(1/x) if x != 0 else 0)",
    "(exp(-1/x**2) if x != 0 else 0)", "(abs(x)/x if x != 0 else 0)",
    "(sin(abs(x))/abs(x) if x != 0 else 1)", "(sqrt(x**2)/x if x != 0 else 0)",
    "(1 if x == 0 else x)", "(1/x if x != 0 else 0)"])
def test_at_a_point_that_is_not_removable_nothing_is_stated(formula: str) -> None:
    derivation = derive.grad(formula, given=X, wrt="x").verify()
    assert [plain(o) for o in derivation.obligations] == ["x != 0"]


@pytest.mark.parametrize("formula", [
    "sum((0 if t[k] == 0 else t[k]*log(t[k])) for k in K)",
    "sum((t[k]*log(t[k]) if t[k] != 0 else 0) for k in K)"])
def test_zero_times_its_logarithm(formula: str) -> None:
    derivation = derive.grad(formula, given="t: nonnegative[K]", wrt="t").verify()
    assert derivation.notation == "1 + log(t[i])"
    assert [plain(o) for o in derivation.obligations] == ["all(0 < t[k] for k in K)"]


@pytest.mark.parametrize("formula", [
    "sin(x)/x", "(exp(x)-1)/x", "tanh(x)/x", "x/(exp(x)-1)", "(x-sin(x))/x**3", "atan(2*x)/x",
    "(cosh(x)-1)/x**2", "(sqrt(1+x)-1)/x", "log1p(x)/expm1(x)", "erf(x)/x", "(sigmoid(x)-1/2)/x",
    "asinh(x)/x", "sin(x)**2/x**2", "(1+x)**(1/3)", "exp(cos(x))", "softplus(x)"])
def test_a_power_series_has_the_value_and_the_slope_of_its_formula(formula: str) -> None:
    scope = Scope()
    scope.declare("x: real")
    x = scope.names["x"]
    known = value_and_slope(parse(formula, scope), x, Integer(0))
    assert known is not None
    ctx, step = new_context(60), mpf("1e-14")
    at = read(formula, ["x: real"])
    right, left = (at.value(Point(values={"x": ctx.mpf(u)}), ctx) for u in (step, -step))
    beside = (right + left) / 2, (right - left) / (2 * step)
    for ours, theirs in zip(known, beside, strict=True):
        assert abs(read(plain(ours)).value(Point(), ctx) - theirs) < 1e-20


def test_a_wrong_slope_at_a_removable_point_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    right = TACTICS["removable"]

    def wrong(node: object) -> object:
        after = right(node)  # type: ignore[arg-type]
        return Cond(after.args[0], after.args[1], after.args[2] + 1) if after != node else after

    monkeypatch.setitem(TACTICS, "removable", wrong)
    with pytest.raises(VerificationError):
        derive.grad("(sin(x)/x if x != 0 else 1)", given=X, wrt="x").verify()


# An entry always equals itself, and another one at single points.
@pytest.mark.parametrize("formula", [
    "sum((2 if x[k] == x[0] else sin(x[k] - x[0])/(x[k] - x[0]))*x[k] for k in N)",
    "sum((1/(x[k] - x[j])**2 if x[k] != x[j] else 0) for k in N for j in N)",
    "sum((x[k]**2 if x[k] - x[j] != 0 else x[j]) for k in N for j in N)"])
def test_cases_by_whether_entries_are_equal(formula: str) -> None:
    derivation = derive.grad(formula, given=V, wrt="x").verify()
    assert not derivation.verification.unjudged
    assert any(" if " in plain(o) and "x[" in plain(o) for o in derivation.obligations)


# What the conditions around a place make certain is not asked there again.
@pytest.mark.parametrize(("formula", "expected"), [
    ("sum(exp(s[a, c]) for a in N for c in N if c != a and c > a)",
     "exp(s[i, j]) if i < j else 0"),
    ("sum((s[a, a] if s[a, a] > 0 else 0)*(s[a, a]**2 if s[a, a] > -1 else 5) for a in N)",
     "3*delta(i, j)*s[i, i]**2 if 0 < s[i, i] else 0"),
    ("sum(log((s[a, c] if a != c else 0)**2) for a in N for c in N if a < c)",
     "2/s[i, j] if i < j else 0"),
])
def test_a_condition_that_is_certain_is_not_asked_again(formula: str, expected: str) -> None:
    derivation = derive.grad(formula, given="s: real[N, N]", wrt="s").verify()
    assert is_formula(derivation, expected)


# Filters that depend on the variable: the derivative, and what it rests on.
MOVING = [
    ("prod(x[k] for k in N if x[k] > c)",
     "prod(x[n] for n in N if c < x[n] and i != n) if c < x[i] else 0",
     ["all(x[n] != c for n in N)"]),
    ("prod(exp(x[k]) for k in N if x[k] > c)",
     "prod(exp(x[n]) for n in N if c < x[n]) if c < x[i] else 0", ["all(x[n] != c for n in N)"]),
    ("max(x[k]*b[k] for k in N if x[k] > c)",
     "b[i] * delta(i, argmax(b[n] * x[n] for n in N if c < x[n]))",
     ["unique_maximum(b[n] * x[n] for n in N if c < x[n])", "all(x[n] != c for n in N)"]),
    ("max(x[k] for k in N if k > 0 and x[k] <= c)",
     "delta(i, argmax(x[n] for n in N if 0 < n and x[n] <= c))", None),
    ("max(x[k] for k in N if k != argmax(x))", None, None),
    ("mean(x[k] for k in N if x[k] > c)", None, None),
    ("sum(x[k] for k in N if k != argmax(x))", "1 if i != argmax(x[n] for n in N) else 0", None),
]


@pytest.mark.parametrize(("formula", "expected", "where"), MOVING)
def test_filters_that_depend_on_the_variable(formula: str, expected: str | None,
                                             where: list[str] | None) -> None:
    derivation = derive.grad(formula, given=[V, "b: real[N]", "c: real"], wrt="x").verify()
    assert expected is None or is_formula(derivation, expected)
    assert where is None or [plain(o) for o in derivation.obligations] == where
    assert not derivation.verification.unjudged


@pytest.mark.parametrize(("formula", "wrt", "expected"), [
    ("x[argmax(x)]", "x", "delta(i, argmax(x[n] for n in N))"),
    ("x[argmax(x)]**2", "x", "2 * x[i] * delta(i, argmax(x))"),
    ("x[argmax(x[k] for k in N)]", "x", "delta(i, argmax(x[n] for n in N))"),
    ("x[argmax(x[k]*b[k] for k in N)]", "x", "delta(i, argmax(b[n] * x[n] for n in N))"),
    ("b[argmax(x)]", "x", "0"), ("b[argmax(x)]", "b", "delta(i, argmax(x[n] for n in N))"),
    ("sum(A[n, argmax(A[n])] for n in N)", "A", "delta(j, argmax(A[i, m] for m in M))"),
])
def test_an_element_at_the_largest(formula: str, wrt: str, expected: str) -> None:
    given = [V, "b: real[N]", "A: real[N, M]"]
    assert is_formula(derive.grad(formula, given=given, wrt=wrt).verify(), expected)


def test_the_hessian_of_the_largest_square() -> None:
    derivation = derive.hessian("max(A**2)", given="A: real[N, M]", wrt="A").verify()
    assert not derivation.verification.unjudged


# Sums over parts of an index, and how short their gradients are.
TRIANGULAR = [
    ("sum(x[j]*x[k] for j in N for k in N if j < k)", "sum(x[n] for n in N if i != n)"),
    ("sum((x[j] - x[k])**2 for j in N for k in N if j < k)",
     "2 * (N * x[i] - sum(x[n] for n in N))"),
    ("sum(x[j]*x[k] for j in N for k in N if j + k < 5)", "2 * sum(x[n] for n in N if i + n < 5)"),
    ("sum(sum(x[j] for j in N if j <= i)**2 for i in N)/2",
     "sum(sum(x[k] for k in N if k <= n) for n in N if i <= n)"),
    ("sum((x[k+1] - x[k])**2 for k in N if k < N - 1)",
     "(2 * (x[i] - x[i - 1]) if 1 <= i else 0) + (-2 * (x[i + 1] - x[i]) if i < N - 1 else 0)"),
    ("sum(x[j]*x[k]*x[l] for j in N for k in N if j < k for l in N if k < l)", None),
]


@pytest.mark.parametrize(("formula", "expected"), TRIANGULAR)
def test_sums_over_parts_of_an_index(formula: str, expected: str | None) -> None:
    derivation = derive.grad(formula, given=V, wrt="x").verify()
    assert expected is None or is_formula(derivation, expected)
    assert not derivation.obligations


@pytest.mark.parametrize("n", [1, 2, 5])
@pytest.mark.parametrize("text", [
    "h[j] = (j+1)*x[j]\nsum(h**2)", "c[i] = sum(x[j] for j in N if j <= i)\nsum(c**2)/2",
    "sum(x[j]*x[k] for j in N for k in N if j < k)",
    "sum((sin(x[k])/x[k] if x[k] != 0 else 1) for k in N)",
    "sum((x[k+1] - x[k])**2 for k in N if k < N - 1)"])
def test_kernels_of_them_have_the_slopes_of_their_values(text: str, n: int) -> None:
    kernel = derive.kernel(text, given=V, wrt="x")
    x = np.linspace(0.0, 1.5, n)
    _, gradient = kernel.value_and_grad(x=x)
    for place in range(n):
        step = np.zeros(n)
        step[place] = 1e-5
        slope = (kernel.value(x=x + step) - kernel.value(x=x - step)) / 2e-5
        assert abs(gradient[place] - slope) < 1e-6


PAGE = (Path(__file__).parent.parent / "docs" / "notation.md").read_text(encoding="utf-8")
TABLE = PAGE.partition("| typed | derivative |\n|---|---|\n")[2].partition("\n\n")[0].splitlines()


@pytest.mark.parametrize("row", TABLE)
def test_the_table_of_the_page_is_right(row: str) -> None:
    formula, result = (cell.split("`")[1] for cell in row.strip("|").split(" | "))
    wrt = "t" if "t[k]" in formula else "x"
    array = "[k]" in formula or "argmax" in formula
    given = [f"{wrt}: real[{'K' if wrt == 't' else 'N'}]" if array else X, "c: real"]
    assert is_formula(derive.grad(formula, given=given, wrt=wrt).verify(), result)
