"""Types of matrices: what their declarations say, and what a derivative by them is."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

import derive
from derive.errors import DeriveError, VerificationError
from derive.judge.claims.text_points import Drawing
from derive.judge.reading.lazy_arrays import Type, new_context
from derive.judge.rules.rule_trials import check_rule
from derive.notation.reading.parser import parse
from derive.rulebook.loading import standard_rulebook
from derive.rulebook.rule import Rule
from tests.conftest import declared

GIVEN = ("A, B: real[N, N]", "S, R: spd[N, N]", "P: symmetric[N, N]", "L: lower[N, N]",
         "G: diagonal[N, N]", "x, y, mu: real[N]", "X, W: real[N, D]", "s, lam: positive",
         "C: spd[K, N, N]", "pi_k: simplex(K)")
GRADIENTS = [  # formula, variable, result
    ("logdet(S)", "S", "inv(S)[i, j]"),
    ("logdet(A)", "A", "inv(A)[j, i]"),
    ("det(A)", "A", "det(A) * inv(A)[j, i]"),
    ("trace(inv(B) @ A)", "A", "inv(B)[j, i]"),
    ("x.T @ P @ x", "P", "x[i] * x[j]"),
    ("x.T @ P @ x", "x", "2 * (P[i] @ x)"),
    ("x.T @ A @ x", "A", "x[i] * x[j]"),
    ("trace(P @ P)", "P", "2 * P[i, j]"),
    ("(logdet(S) + (y - mu).T @ inv(S) @ (y - mu))/2", "mu", "solve(S, mu - y)[i]"),
    ("(logdet(S) + (y - mu) @ solve(S, y - mu))/2", "mu", "solve(S, mu - y)[i]"),
    ("(logdet(S) + (y - mu).T @ inv(S) @ (y - mu))/2", "S",
     "(inv(S)[i, j] - solve(S, y - mu)[i] * solve(S, y - mu)[j]) / 2"),
    ("(-logdet(S) + (y - mu).T @ S @ (y - mu))/2", "S",
     "((y[i] - mu[i]) * (y[j] - mu[j]) - inv(S)[i, j]) / 2"),
    ("logdet(eye(N) + A @ A.T)", "A", "2 * solve(A @ A.T + eye(N), A)[i, j]"),
    ("sum(log(L[i, i]**2) for i in N)", "L", "2 * delta(i, j) / L[i, i]"),
    ("trace(L @ A)", "L", "A[j, i] if j <= i else 0"),
    ("trace(G @ A)", "G", "A[j, i] * delta(i, j)"),
    ("sum(logdet(C[k]) for k in K)", "C", "inv(C[i])[j, m]"),
    ("logdet(S)", "S[0, 1]", "inv(S)[0, 1]"), ("det(A)", "A[0, 1]", "det(A) * inv(A)[1, 0]"),
    ("norm(X - A @ W)**2", "W", "2 * sum(A[n, i] * ((A @ W)[n, j] - X[n, j]) for n in N)"),
    ("(logdet(A @ S @ A.T + s*eye(N)) + (y - A @ x) @ solve(A @ S @ A.T + s*eye(N), y - A @ x))/2",
     "x", "sum(A[n, i] * solve(A @ S @ A.T + s * eye(N), A @ x - y)[n] for n in N)"),
]


@pytest.mark.parametrize(("formula", "by", "result"), GRADIENTS,
                         ids=[f"{f} by {v}" for f, v, _ in GRADIENTS])
def test_gradients_by_matrices(formula: str, by: str, result: str) -> None:
    found = derive.grad(formula, given=GIVEN, wrt=by)
    assert found.notation == result
    scope = declared(*GIVEN)
    scope.names.update({index.name: index for index in found.indices})
    assert parse(result, scope) == found.result == found.replay()
    assert found.verify().verification.worst < 1e-25
    assert found.obligations == () or by[0] == "A" or "log(" in formula


@pytest.mark.parametrize("domain", ["symmetric", "spd", "lower", "diagonal"])
def test_the_judge_draws_matrices_of_their_types(domain: str) -> None:
    """Symmetric ones are, definite ones have a Cholesky factor, triangles have their zeros."""
    ctx = new_context(30)
    drawing = Drawing({"M": Type(domain, ("N", "N"))}, ctx, random.Random(3))
    for size in (1, 2, 5, 8):
        point = drawing.point({"N": size})
        entries = point.values["M"]
        rows = [[entries[r, c] for c in range(size)] for r in range(size)]
        mirrored = [[entries[c, r] for c in range(size)] for r in range(size)]
        assert domain == "lower" or rows == mirrored
        assert domain != "spd" or ctx.cholesky(ctx.matrix(rows))
        assert all(entries[r, c] == 0 for r in range(size) for c in range(size)
                   if (domain == "lower" and r < c) or (domain == "diagonal" and r != c))


def test_an_entry_that_is_0_by_its_type_does_not_vary() -> None:
    drawing = Drawing({"L": Type("lower", ("N", "N"))}, new_context(30), random.Random(3))
    point = drawing.point({"N": 2})
    assert point.moved("L", (0, 1), 1) is point
    assert point.moved("L", (1, 0), 1).values["L"][1, 0] == point.values["L"][1, 0] + 1


@pytest.mark.parametrize(("line", "message"), [
    ("S: spd[N, D]", "a spd matrix is square, not one of shape (N, D); write spd[N, N]"),
    ("S: symmetric[N]", "a symmetric matrix is square, not one of shape (N)"),
    ("S: lower", "a lower matrix is square; write lower[N, N]"),
    ("S: diagonal[K, N, M]", "a diagonal matrix is square, not one of shape (K, N, M)"),
    ("S: spd(N)", "write this type as 'spd'")])
def test_a_matrix_of_these_types_is_square(line: str, message: str) -> None:
    with pytest.raises(DeriveError) as caught:
        declared(line)
    assert message in str(caught.value)


WRONG = [  # what a rule of matrices must not be taken for: transposed, of the other sign, halved
    ("d(logdet(u(k, l, x) for k in N for l in N), x)",
     "sum(sum(inv(u(m, n, x) for m in N for n in N)[k, l]*d(u(k, l, x), x) for l in N) for k in N)",
     "det(u(k, l, x) for k in N for l in N) > 0"),
    ("d(inv(u(k, l, x) for k in N for l in N)[i, j], x)",
     "sum(inv(u(m, n, x) for m in N for n in N)[i, k]*sum(d(u(k, l, x), x)"
     "*inv(u(m, n, x) for m in N for n in N)[l, j] for l in N) for k in N)",
     "det(u(k, l, x) for k in N for l in N) != 0"),
    ("d(inv(u(k, l, x) for k in N for l in N)[i, j], x)",
     "-sum(inv(u(m, n, x) for m in N for n in N)[k, i]*sum(d(u(k, l, x), x)"
     "*inv(u(m, n, x) for m in N for n in N)[l, j] for l in N) for k in N)",
     "det(u(k, l, x) for k in N for l in N) != 0"),
    ("det(c*u(k, l) for k in N for l in N)", "c*det(u(k, l) for k in N for l in N)", "c > 0"),
    ("det(u(k, l) + v(k, l) for k in N for l in N)",
     "det(u(k, l) for k in N for l in N) + det(v(k, l) for k in N for l in N)", "1 > 0"),
]


@pytest.mark.parametrize(("left", "right", "given"), WRONG)
def test_wrong_rules_of_matrices_are_refused(left: str, right: str, given: str) -> None:
    rule = Rule(name="planted", says="Wrong.", from_=left, to=right, given=(given,), source="-")
    with pytest.raises(VerificationError, match="planted is wrong"):
        check_rule(rule)


def test_a_wrong_half_in_the_cholesky_rule_is_refused() -> None:
    rule = standard_rulebook()["derivative-of-cholesky"]
    wrong = Rule(name="planted", says="Wrong.", from_=rule.from_, given=rule.given, source="-",
                 to=rule.to.replace("(1/2 if p == j else 1)", "1"))
    with pytest.raises(VerificationError, match="planted is wrong"):
        check_rule(wrong)


PLANTED = [  # formula, variable, the right result, a wrong one
    ("logdet(A)", "A", "inv(A)[j, i]", "inv(A)[i, j]"),
    ("x @ solve(A, y)", "x", "solve(A, y)[i]", "(y @ inv(A))[i]"),
    ("(logdet(S) + y @ solve(S, y))/2", "S",
     "(inv(S)[i, j] - solve(S, y)[i]*solve(S, y)[j])/2",
     "(inv(S)[i, j] + solve(S, y)[i]*solve(S, y)[j])/2"),
    ("logdet(S)", "S", "inv(S)[i, j]", "2*inv(S)[i, j] - delta(i, j)*inv(S)[i, i]"),
    ("trace(L @ A)", "L", "A[j, i] if j <= i else 0", "A[j, i]")]


@pytest.mark.parametrize(("formula", "by", "right", "wrong"), PLANTED)
def test_the_judge_tells_right_from_wrong(formula: str, by: str, right: str, wrong: str) -> None:
    """A transposition, a sign, the convention of a symmetric matrix, an entry that is fixed."""
    found = derive.grad(formula, given=GIVEN, wrt=by)
    scope = declared(*GIVEN)
    scope.free_indices = True
    scope.names.update({index.name: index for index in found.indices})
    last = found.steps[-1]
    for text, fine in ((right, True), (wrong, False)):
        tree = parse(text, scope)
        told = replace(found, steps=(*found.steps[:-1], replace(last, line=tree, after=tree)))
        if fine:
            assert told.verify().verification is not None
        else:
            with pytest.raises(VerificationError):
                told.verify()
