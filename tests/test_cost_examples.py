"""Costs of sums over examples through a matrix, and of integrands that need a function's name."""

from __future__ import annotations

import pytest

import derive
from derive.errors import NoIntegralError, NotAGradient
from tests.conftest import quick_rows

GIVEN = ["X: real[N, D]", "y: real[N]", "w: real[D]", "lam: positive", "c: positive[N]",
         "b: real[N]", "W: real[K, D]", "T: real[N, K]", "v: real[K]"]


@pytest.mark.parametrize(("field", "result"), quick_rows([
    ("(X@w - y)@X", "sum((X @ w)**2) / 2 - y @ (X @ w)"),
    ("X.T@(X@w - y) + lam*w", "lam * sum(w**2) / 2 + sum((X @ w)**2) / 2 - y @ (X @ w)"),
    ("X.T@(sigmoid(X@w) - y)", "sum(softplus(X @ w)) - w @ (y @ X)"),
    ("X.T@(exp(X@w) - y) + lam*w",
     "lam * sum(w**2) / 2 + sum(exp(X @ w)) - w @ (y @ X)"),
    ("X.T@(softplus(X@w) - y)", None), ("X.T@(tanh(X@w) - y)", None),
    ("X.T@(c*(X@w - y))", "sum((X @ w)**2 * c) / 2 - sum((X @ w) * c * y)"),
    ("X.T@(X@w) - X.T@y", None), ("-2*X.T@(y - X@w)/N + 2*lam*w", None),
    ("X.T@(c*(sigmoid(X@w + b) - y))/N", None)], 3))
def test_sums_over_examples(field: str, result: str | None) -> None:
    answer = derive.cost(field, given=GIVEN, wrt="w").verify()
    assert answer.replay() == answer.result
    assert not answer.obligations, "nothing is divided by an entry of X"
    assert result is None or answer.notation == result


@pytest.mark.parametrize(("field", "wrt"), quick_rows([
    ("sum((dot(X[n],w) - y[n])*X[n,i] for n in N)", "w[i]"),
    ("sum(-y[n]*X[n,i]*sigmoid(-y[n]*(X[n]@w)) for n in N)", "w[i]"),
    ("sum((X[n]@w - y[n])/(1 + (X[n]@w - y[n])**2)*X[n,i] for n in N)", "w[i]"),
    ("sum((softmax(W@X[n])[k] - T[n,k])*X[n,i] for n in N)", "W[k,i]"),
    ("sum((sigmoid(dot(W[k],X[n])) - T[n,k])*X[n,i] for n in N) + lam*W[k,i]", "W[k,i]"),
    ("v[k]*sum((v@tanh(W@X[n]) - y[n])*(1 - tanh(W[k]@X[n])**2)*X[n,i] for n in N)", "W[k,i]"),
    ("sum((v@tanh(W@X[n]) - y[n])*tanh(W[k]@X[n]) for n in N)", "v[k]"),
    ("mean(c[n]*y[n]*X[n,i]/(1 + y[n]**2*(X[n]@w)**2) for n in N)", "w[i]")], 3))
def test_sums_over_examples_by_elements(field: str, wrt: str) -> None:
    answer = derive.cost(field, given=GIVEN, wrt=wrt).verify()
    assert answer.replay() == answer.result


@pytest.mark.parametrize("field", ["X.T@(X@w - y)*w", "X.T@(c*(X@w))*(1 + w)",
                                   "X.T@(sigmoid(X@w) - y)*w"])
def test_of_what_is_no_gradient_two_entries_are_named(field: str) -> None:
    with pytest.raises(NotAGradient) as caught:
        derive.cost(field, given=GIVEN, wrt="w")
    proof = caught.value.proof.verify()
    assert proof.witness.numbers[0] != proof.witness.numbers[1]
    assert proof.paths[0].work != proof.paths[1].work


def test_a_vector_in_whole_arrays_keeps_its_index() -> None:
    given = ["X: real[N, D]", "U: real[N, K]", "V: real[D, K]"]
    field = "sum(V[d,j]*(U[i]@V[d] - X[i,d]) for d in D)"
    answer = derive.cost(field, given=given, wrt="U[i, j]").verify()
    assert answer.notation == "sum(sum((V @ U[n])**2) for n in N) / 2 - " \
        "sum(X[n] @ (V @ U[n]) for n in N)"


# Functions and quotients of one number

@pytest.mark.parametrize(("field", "result"), quick_rows([
    ("1/cosh(z)", "2 * atan(tanh(z / 2))"), ("1/cosh(z)**2", "tanh(z)"),
    ("sqrt(1 - z**2)", "(asin(z) + z * sqrt(1 - z**2)) / 2"), ("1/sqrt(1 - z**2)", "asin(z)"),
    ("log(sigmoid(z))", "-polylog(2, -exp(-z))"), ("exp(z)/z", "Ei(z)"), ("sin(z)/z", "Si(z)"),
    ("cos(z)/z", "Ci(abs(z))"), ("exp(exp(z))", "Ei(exp(z))"), ("tan(z)**2", "tan(z) - z"),
    ("(1 + z)*exp(z)/z", "Ei(z) + exp(z)"), ("log(1 - z)/z", "-polylog(2, z)"),
    ("(z + 1)/(z**2 - 3*z + 2)", "3 * log(abs(z - 2)) - 2 * log(abs(z - 1))"),
    ("1/(z**2 - a**2)", "(log(abs(a - z)) - log(abs(a + z))) / (2 * a)"),
    ("1/(z*(z + a))", "(log(abs(z)) - log(abs(a + z))) / a"),
    ("1/(z**2 + a*z + 1)", "2 * atan((a + 2 * z) / sqrt(4 - a**2)) / sqrt(4 - a**2)"),
    ("a/(a**2*z**2 + 2*a*b*z + b**2 + 1)", "atan(b + a * z)"),
    ("exp(2*z)/(1 + exp(z))", None), ("z/(z**2 + z + 1)**2", None)], 3))
def test_integrals_of_one_number(field: str, result: str | None) -> None:
    answer = derive.cost(field, given=["z, b: real", "a: positive"], wrt="z",
                         constant="none").verify()
    assert answer.replay() == answer.result
    assert result is None or answer.notation == result


def test_a_product_of_unlike_functions_of_two_entries() -> None:
    field = "exp(z[0])*cos(z[1])*delta(m, 0) - exp(z[0])*sin(z[1])*delta(m, 1)"
    assert derive.cost(field, given="z: real[2]", wrt="z[m]").notation == "cos(z[1]) * exp(z[0])"


@pytest.mark.parametrize("field", ["exp(z**2)", "1/(2 + cos(z))", "exp(sin(z))"])
def test_what_the_functions_do_not_reach_is_refused(field: str) -> None:
    with pytest.raises(NoIntegralError, match="no rule integrates"):
        derive.cost(field, given="z: real")


@pytest.mark.parametrize("name", ["Ei", "Si", "Ci"])
def test_integrals_with_a_name_have_no_kernel(name: str) -> None:
    with pytest.raises(derive.DeriveError, match=name):
        derive.kernel(f"{name}(z)", given="z: positive")
