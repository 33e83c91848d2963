"""Functions of matrices: read, printed, read back, and evaluated by the judge."""

from __future__ import annotations

from typing import Any

import pytest

from derive.core import heads
from derive.core.exact import exact
from derive.errors import DeriveError, EvaluationError
from derive.functions.intervals import interval
from derive.judge.reading.formula_reader import read
from derive.judge.reading.lazy_arrays import Point, new_context
from derive.judge.trees.evaluate import evaluate
from derive.judge.trees.tree_point import Point as TreePoint
from derive.notation.printing.latex import latex
from derive.notation.printing.mathml import mathml
from derive.notation.printing.plain import plain
from derive.notation.printing.pretty import pretty
from derive.notation.reading.parser import parse
from tests.conftest import declared

GIVEN = ("A, B: real[N, N]", "x, y: real[N]", "X: real[N, D]", "z: real", "s, lam: positive",
         "w: positive[N]", "H: real[D, N]", "k: nonnegative", "S: real[K, N, N]", "l: label(N)")
RBF = "s*exp(-(x[i] - x[j])**2/(2*z**2))"
POINT = {"A": [[4, 1, -2], [0, 3, 5], [1, -1, 2]], "B": [[1, 0, 2], [3, 1, 1], [0, 2, 5]],
         "x": [1, -2, 3], "y": [2, 5, -1]}


def test_a_function_of_a_matrix_holds_its_entries() -> None:
    """inv(A)[i, j] is an application to the family of rows, with the row and the column."""
    tree = parse("inv(A)[0, 2]", declared(*GIVEN))
    name, rows, row, column = tree.args
    assert (name.name, row, column) == ("inv", 0, 2)
    assert [type(rows), type(rows.args[1])] == [heads.Lam, heads.Lam]
    assert len(parse("logdet(A)", declared(*GIVEN)).args) == 2


@pytest.mark.parametrize("text", [
    "inv(A)[0, 1]", "det(A)", "logdet(A @ B)", "cholesky(A @ A.T + eye(N))[1, 0]",
    "eigmin(A + A.T)", "det(X.T @ X + lam * eye(D))", "logdet(H @ (A @ B) @ H.T)",
    "det(outer(x, y) + s * eye(N))", "det(diag(w) + A)", "det(A @ diag(w) @ A.T)",
    "inv(inv(A.T) + B)[0, 0]", "det(S[0])", "det(S[0].T)", "sum(det(S[k]) for k in K)",
    f"logdet({RBF} + lam*delta(i, j) for i in N for j in N)", "det(exp(A))", "det(A**2)",
    "det(A * B)", "det(2 * A - B)", "det((A + A.T) / 2)", "det(inv(A) @ B)", "trace(inv(A) @ B)",
    "det(x[i]*y[j] + x[j] for i in N for j in N)", "det(A + z*ones(N, N))", "sum(solve(A, x))",
    "x @ solve(A, y)", "sum(solve(A, X))", "det(outer(x, x) @ A)", "det(A @ (B + A))",
    "det(z * A @ B)", "det(x[i]*delta(i, j)*y[j] for i in N for j in N)"])
def test_what_is_printed_reads_back(text: str) -> None:
    tree = parse(text, declared(*GIVEN))
    assert parse(plain(tree), declared(*GIVEN)) == tree
    for target in (pretty, latex, mathml):
        assert target(tree)


@pytest.mark.parametrize(("text", "printed", "unicode", "tex"), [
    ("inv(A)[i, j]", "inv(A)[i, j]", "(A⁻¹)ᵢⱼ", "(A^{-1})_{ij}"),
    ("det(A)*A[i, j]", "A[i, j] * det(A)", "Aᵢⱼ det(A)", r"A_{ij} \, \det(A)"),
    ("logdet(A.T)*A[i, j]", "A[i, j] * logdet(A.T)", "Aᵢⱼ log det(Aᵀ)",
     r"A_{ij} \, \log\det(A^{\top})"),
    ("inv(X.T @ X + lam*eye(D))[i, j]", "inv(X.T @ X + lam * eye(D))[i, j]",
     "((Xᵀ X + λ I)⁻¹)ᵢⱼ", None),
    ("cholesky(A @ A.T)[i, j]", "cholesky(A @ A.T)[i, j]", "chol(A Aᵀ)ᵢⱼ", None)])
def test_every_target_prints_them(text: str, printed: str, unicode: str, tex: str | None) -> None:
    scope = declared(*GIVEN)
    scope.free_indices = True
    tree = parse(text, scope)
    assert (plain(tree), pretty(tree)) == (printed, unicode)
    if tex:
        assert latex(tree).replace(r"\left", "").replace(r"\right", "") == tex


VALUES = [
    ("det(A)", "55"), ("logdet(A)", "4.00733318523247"), ("inv(A)[0, 0]", "0.2"),
    ("inv(A)[2, 1]", "0.0909090909090909"), ("cholesky(A @ A.T)[0, 0]", "4.58257569495584"),
    ("cholesky(A @ A.T)[0, 2]", "0"), ("solve(A, x)[1]", "-1.36363636363636"),
    ("solve(A, B)[0, 0]", "0.2"), ("eigmin(diag(x))", "-2"),
    ("trace(inv(A) @ A)", "3"), ("trace(solve(A, A))", "3"), ("det(A @ B) - det(A)*det(B)", "0"),
    ("sum((cholesky(A @ A.T) @ cholesky(A @ A.T).T - A @ A.T)**2)", "0"),
    ("logdet(eye(N)) + det(A.T)", "55"), ("det(x[i]*y[j] for i in N for j in N)", "0")]


def matrices(ctx: Any) -> dict[str, dict[tuple[int, ...], Any]]:
    return {n: {(r, c): ctx.mpf(v) for r, row in enumerate(m) for c, v in enumerate(row)}
            if isinstance(m[0], list) else {(r,): ctx.mpf(v) for r, v in enumerate(m)}
            for n, m in POINT.items()}


@pytest.mark.parametrize(("text", "known"), VALUES)
def test_the_judge_computes_them(text: str, known: str) -> None:
    ctx = new_context(30)
    found = read(text, GIVEN).value(Point({"N": 3, "D": 2, "K": 1}, matrices(ctx)), ctx)
    assert abs(found - ctx.mpf(known)) < 1e-13


@pytest.mark.parametrize(("text", "known"), VALUES)
def test_trees_have_the_same_values(text: str, known: str) -> None:
    scope, ctx = declared(*GIVEN), new_context(30)
    point = TreePoint({scope.dims["N"]: 3, scope.dims["D"]: 2}, {},
                      {scope.names[n]: v for n, v in matrices(ctx).items()})
    assert abs(float(evaluate(parse(text, scope), point, 30)) - float(known)) < 1e-12


@pytest.mark.parametrize("text", [
    "inv(outer(x, y))[0, 0]", "logdet(-A)", "logdet(outer(x, y))", "cholesky(-A @ A.T)[0, 0]",
    "cholesky(outer(x, x))[1, 1]", "solve(outer(x, y), x)[0]", "inv(0*A)[0, 0]"])
def test_a_singular_matrix_has_no_value(text: str) -> None:
    ctx = new_context(30)
    with pytest.raises(EvaluationError):
        read(text, GIVEN).value(Point({"N": 3, "D": 2, "K": 1}, matrices(ctx)), ctx)


@pytest.mark.parametrize(("text", "message"), [
    ("det(X)", "det takes a square matrix; X has shape (N, D), from X: real[N, D]"),
    ("inv(x)", "inv takes a matrix; x has shape (N), from x: real[N]"),
    ("logdet(z)", "logdet takes a matrix; z is a number"),
    ("det(S)", "det takes a matrix; S has shape (K, N, N), from S: real[K, N, N]"),
    ("solve(A, z)", "a vector or matrix; A has shape (N, N), from A: real[N, N]; z is a number"),
    ("solve(X, x)", "solve takes a square matrix; X has shape (N, D)"),
    ("solve(A, X.T)", "X.T has shape (D, N), from X: real[N, D]"),
    ("cholesky(A)[0, 0]", "A is not known to be one; declare it so, as in A: spd[N, N]"),
    ("cholesky(A @ B)[0, 0]", "cholesky takes a symmetric matrix"),
    ("det(A, B)", "det takes 1 argument, not 2"),
    ("det(A + z)", "write z*eye(N) for the diagonal, z*ones(N, N) for every entry"),
    ("inv(2*(X.T @ X + lam) @ X.T @ X)[0, 0]", "lam*eye(D) for the diagonal"),
    ("logdet(-(s - A @ B))", "s*ones(N, N) for every entry"),
    ("sum(A**-1)", "inv(A) for the inverse"), ("trace(A**(-1) @ B)", "inv(A) for the inverse")])
def test_what_is_no_square_matrix_is_refused(text: str, message: str) -> None:
    with pytest.raises(DeriveError) as caught:
        parse(text, declared(*GIVEN))
    assert message in str(caught.value)


@pytest.mark.parametrize("matrix", [
    "X.T @ X + lam*eye(D)", "eye(N)", "A @ A.T + eye(N)", "diag(w)", "A @ diag(w) @ A.T + s*eye(N)",
    "H @ (A @ A.T) @ H.T + s*eye(D)", "outer(x, x) + s*eye(N)", "inv(A @ A.T + eye(N))",
    "H @ (A @ (B @ B.T) @ A.T + s*eye(N)) @ H.T + eye(D)", "k*A @ A.T + diag(w)",
    f"({RBF} + lam*delta(i, j) for i in N for j in N)", "(A + A.T)**2*0 + eye(N)"])
def test_matrices_that_are_positive_definite_by_their_form(matrix: str) -> None:
    assert exact(interval)(parse(f"det({matrix})", declared(*GIVEN))).positive
    assert exact(interval)(parse(f"eigmin({matrix})", declared(*GIVEN))).positive


@pytest.mark.parametrize("matrix", [
    "X.T @ X", "A", "A @ B + eye(N)", "A @ A + eye(N)", "k*eye(N)", "diag(x)", "outer(x, x)",
    "(delta(i, j)*delta(i, l) for i in N for j in N)", "diag(w)*0",
    "outer(x, y) + s*eye(N)", "A @ A.T - eye(N)", "z*eye(N)", "inv(A @ A.T)",
    "A @ B @ A.T + eye(N)", "A @ diag(x) @ A.T + eye(N)", "(A + A.T)/2 + eye(N)", "A @ A.T + x",
    "exp(A @ A.T) + eye(N)*z", "A @ A.T + s*ones(N, N)",
    "(exp((x[i] - x[j])**2) + delta(i, j) for i in N for j in N)",
    "(exp(-(x[i] + x[j])**2) + delta(i, j) for i in N for j in N)",
    "(exp(-(x[i] - y[j])**2) + delta(i, j) for i in N for j in N)"])
def test_and_matrices_of_which_that_is_not_known(matrix: str) -> None:
    assert not exact(interval)(parse(f"det({matrix})", declared(*GIVEN))).positive
