"""Words over whole arrays: written out by the parser, and read by the judge in its own way."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

import derive
from derive.errors import DeriveError, KindError, NotationError
from derive.judge.reading.formula_reader import read
from derive.judge.reading.lazy_arrays import Point, Run, new_context
from derive.notation.reading.parser import parse
from derive.notation.reading.specification import specify
from tests.conftest import declared

GIVEN = ("A, B: real[N, N]", "x, y: real[N]", "X, Y: real[N, D]", "z: real", "u: real[D]")
AS_SUMS = [
    ("trace(A)", "sum(A[i, i] for i in N)"),
    ("trace(A @ B)", "sum(sum(A[i, j]*B[j, i] for j in N) for i in N)"),
    ("A.T[i, j]", "A[j, i]"), ("transpose(A @ B)[i, j]", "sum(A[j, k]*B[k, i] for k in N)"),
    ("x.T[i]", "x[i]"), ("x.T @ A @ x", "sum(sum(x[k]*A[k, j] for k in N)*x[j] for j in N)"),
    ("diag(A)[i]", "A[i, i]"), ("diag(x)[i, j]", "x[i]*delta(i, j)"),
    ("diag(diag(A))[i, j]", "A[i, i]*delta(i, j)"), ("diag(diag(x))[i]", "x[i]*delta(i, i)"),
    ("outer(x, u)[i, j]", "x[i]*u[j]"), ("inner(x, y)", "dot(x, y)"),
    ("eye(N)[0, 1] + eye(N)[1, 1]", "delta(0, 1) + delta(1, 1)"),
    ("A[i, j]*eye(N)[i, j]", "A[i, j]*delta(i, j)"),
    ("ones(N) @ x", "sum(x)"), ("sum(ones(N, D)*X)", "sum(X)"), ("sum(ones((N, D))*X)", "sum(X)"),
    ("sum(x + zeros(N))", "sum(x)"), ("norm(x)", "sqrt(sum(x**2))"),
    ("norm(X)", "sqrt(sum(sum(X[i, j]**2 for j in D) for i in N))"),
    ("norm(X)", "sqrt(vdot(X, X))"), ("dot(X, Y)", "sum(X*Y)"), ("dot(A, x)[i]", "(A @ x)[i]"),
    ("dot(X, X.T)[i, j]", "(X @ X.T)[i, j]"),
    ("sum((A + z*eye(N))**2)", "sum(sum((A[i, j] + z*delta(i, j))**2 for j in N) for i in N)"),
]


def tree(text: str) -> Any:
    scope = declared(*GIVEN)
    scope.free_indices = True
    return parse(text, scope)


@pytest.mark.parametrize(("words", "sums"), AS_SUMS)
def test_words_are_written_out(words: str, sums: str) -> None:
    assert tree(words) == tree(sums)


def numbers(*shape: int) -> dict[tuple[int, ...], Fraction]:
    places = [()]
    for size in shape:
        places = [(*p, n) for p in places for n in range(size)]
    return {p: Fraction((7*n + 3) % 11 - 5, 2) for n, p in enumerate(places)}


def judged(text: str, **letters: int) -> Any:
    ctx = new_context(30)
    names = {"A": numbers(3, 3), "B": numbers(3, 3), "x": numbers(3), "y": numbers(3),
             "X": numbers(3, 2), "Y": numbers(3, 2), "u": numbers(2), "z": Fraction(7, 4)}
    names["B"] = {p: v + p[0] for p, v in names["B"].items()}
    made = {n: {p: ctx.mpf(v.numerator)/v.denominator for p, v in e.items()}
            if isinstance(e, dict) else ctx.mpf(e.numerator)/e.denominator
            for n, e in names.items()}
    where = {"i": "N", "j": "D" if "outer(x, u)" in text or text == "x[i]*u[j]" else "N"}
    reading = read(text, GIVEN, letters={k: where[k] for k in letters})
    point = Point({"N": 3, "D": 2}, made)
    run = Run(ctx, point)
    run.env.update({reading.letters[k].slot: n for k, n in letters.items()})
    return reading.run(run)


@pytest.mark.parametrize(("words", "sums"), AS_SUMS)
def test_the_judge_reads_them_alike(words: str, sums: str) -> None:
    """Every word is, at numbers, the sum that it is written out as."""
    letters = [c for c in "ij" if f"[{c}" in words or f", {c}]" in words]
    for i in range(2):
        at = dict(zip(letters, (i, 1 - i), strict=False))
        assert abs(judged(words, **at) - judged(sums, **at)) < 1e-25


@pytest.mark.parametrize(("formula", "by", "result"), [
    ("trace(A @ B)", "A", "B[j, i]"), ("x.T @ A @ x", "A", "x[i] * x[j]"),
    ("trace(A.T @ A)", "A", "2 * A[i, j]"), ("norm(X)**2", "X", "2 * X[i, j]"),
    ("norm(A - outer(x, y))**2/2", "x", "y @ (y * x[i] - A[i])"),
    ("trace(diag(x) @ A)", "x", "A[i, i]"), ("sum(diag(A)**2)", "A", "2 * A[i, i] * delta(i, j)"),
    ("trace(A)**2", "A", "2 * delta(i, j) * sum(A[n, n] for n in N)"),
])
def test_gradients_of_words(formula: str, by: str, result: str) -> None:
    found = derive.grad(formula, given=GIVEN, wrt=by)
    assert found.notation == result
    assert found.verify().verification.worst < 1e-40


@pytest.mark.parametrize(("text", "message"), [
    ("trace(X)", "X has shape (N, D), from X: real[N, D]"),
    ("trace(x)", "trace takes a matrix; x has shape (N), from x: real[N]"),
    ("trace(X @ X)", "X has shape (N, D), from X: real[N, D]; X has shape (N, D)"),
    ("A @ u", "A has shape (N, N), from A: real[N, N]; u has shape (D), from u: real[D]"),
    ("sum(A + X)", "these shapes do not match: A has shape (N, N)"),
    ("sum(A @ A.T + outer(x, u))", "outer(x, u) has shape (N, D), from x: real[N] and u: real[D]"),
    ("x @ y.T", "outer(x, y) for the matrix, dot(x, y) for the number"),
    ("(x - y) @ (x - y).T", "outer(x - y, x - y) for the matrix"),
    ("sum(dot(A, B))", "A @ B for their product, sum(A*B)"),
    ("sum(kron(x, u))", "outer(x, u) has the same entries as a matrix"),
    ("z.T", "z is a number"), ("A.real", "after a dot only T is read"),
    ("trace(A, B)", "trace takes 1 argument, not 2"), ("eye(N, N)[0, 0]", "eye takes a dimension"),
    ("eye(z)[0, 0]", "is no dimension"), ("outer(A, x)[0, 0]", "outer takes vectors; A has shape"),
    ("ones()[0]", "ones takes dimensions"), ("vdot(x, X)", "vdot takes two arrays of one shape"),
])
def test_what_does_not_fit_says_why(text: str, message: str) -> None:
    with pytest.raises(DeriveError) as caught:
        parse(text, declared(*GIVEN))
    assert message in str(caught.value)


@pytest.mark.parametrize("text", [
    "trace(X)", "trace(x)", "A @ u", "x @ y.T", "dot(A, B)", "kron(x, u)", "z.T", "A.real",
    "eye(N, N)", "outer(A, x)", "ones()", "vdot(x, X)", "trace(A, B)"])
def test_the_judge_refuses_them_too(text: str) -> None:
    with pytest.raises(DeriveError):
        read(text, GIVEN)


def test_a_function_of_ones_own_keeps_its_name(tmp_path: Any) -> None:
    path = tmp_path / "own.toml"
    path.write_text('[trace]\narguments = ["u"]\ndefinition = "u**2"\nsource = "Mine"\n')
    derivation = derive.grad("trace(z)", given=["z: real"], wrt="z", functions=[path])
    assert str(derivation.result) == "2*z"


def test_a_name_of_ones_own_may_be_one_of_the_words() -> None:
    with pytest.raises(KindError, match="single number"):
        derive.grad("trace[0]*2", given=["trace: real"], wrt="trace")
    assert str(derive.grad("trace**2", given=["trace: real"], wrt="trace").result) == "2*trace"


@pytest.mark.parametrize(("text", "advice"), [
    ("(x - y)ᵀ (x - y)", "(x - y).T @ (x - y)"), ("trace((A + B)^2)", "(A + B) @ (A + B)"),
    ("trace((A + B)^2)", "(A + B)**2"), ("sum(dot(A + B, A))", "(A + B) @ A"),
    ("logdet(A + (z + 1))", "(z + 1)*eye(N)"), ("trace((A + B)**-1)", "1/(A + B)"),
])
def test_what_is_to_be_written_has_the_brackets_that_it_needs(text: str, advice: str) -> None:
    with pytest.raises(NotationError) as raised:
        specify(text, ["A, B: real[N, N]", "x, y: real[N]", "z: real"])
    assert advice in str(raised.value)
