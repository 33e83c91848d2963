"""Filters that let nothing through: what stands behind them is never asked for."""

from __future__ import annotations

import numpy as np
import pytest

import derive
from derive.core.indexing import exact
from derive.notation.printing.plain import plain
from derive.notation.reading.parser import parse
from derive.rulebook.loading import standard_rulebook
from derive.rulebook.rewriting import exhaust
from derive.rulebook.total import is_total
from tests.conftest import declared

FILTERED = [
    # (formula, declarations, by, result)
    ("sum(sum(a[t]*y[t+1]*w[j, t] for t in T if t < T - 1) for j in T)",
     ["a: real[T]", "y: real[T]", "w: real[T, T]"], "a",
     "y[i + 1] * sum(w[t, i] for t in T) if i < T - 1 else 0"),
    ("sum(w[j]*a*log(y[m]) for j in T if y[m] > 0)",
     ["a: real", "y: real[T]", "w: real[T]", "m: index(T)"], "a",
     "log(y[m]) * sum(w) if 0 < y[m] else 0"),
    ("sum(a*f[j]/(x[m] - z) for j in T if j != m)",
     ["a: real", "f: real[T]", "x: real[T]", "z: real", "m: index(T)"], "a",
     "sum(f[t] / (x[m] - z) for t in T if m != t)"),
    ("sum(a*sqrt(z)*f[j] for j in T if j < m)",
     ["a: real", "f: real[T]", "z: real", "m: index(T)"], "a",
     "sum(sqrt(z) * f[t] for t in T if t < m)"),
    ("sum(a*exp(z)*f[j] for j in T if j < m)",
     ["a: real", "f: real[T]", "z: real", "m: index(T)"], "a",
     "exp(z) * sum(f[t] for t in T if t < m)"),
    ("sum(c[j]*prod(f[k] for k in K if k < j) for j in K)", ["c: real[K]", "f: real[K]"], "f",
     "sum(c[k] * prod(f[j] for j in K if j < k and i != j) for k in K if i < k)"),
]


@pytest.mark.parametrize(("formula", "given", "wrt", "result"), FILTERED,
                         ids=[f[0] for f in FILTERED])
def test_a_factor_without_a_value_stays_behind_its_filter(formula: str, given: list[str],
                                                          wrt: str, result: str) -> None:
    found = derive.grad(formula, given=given, wrt=wrt)
    assert plain(found.result) == result
    found.verify()


NEIGHBOURS = {
    "t-sne": ("sum(sum(p[i, j]*log(p[i, j]*sum(sum(1/(1 + (y[k] - y[l])**2) for l in N if l != k) "
              "for k in N)*(1 + (y[i] - y[j])**2)) for j in N if j != i) for i in N)",
              ["p: positive[N, N]", "y: real[N]"], "y", True),
    "sne": ("-sum(sum(p[i, j]*log(exp(-(y[i] - y[j])**2)/sum(exp(-(y[i] - y[k])**2) "
            "for k in N if k != i)) for j in N if j != i) for i in N)",
            ["p: positive[N, N]", "y: real[N]"], "y", True),
    "nt-xent": ("-sum(log(exp(s[a, m[a]]) / sum(exp(s[a, c]) for c in N if c != a)) for a in N)",
                ["s: real[N, N]", "m: label(N)[N]"], "s", False),
    "supcon": ("-sum(sum(delta(m[a], m[c])*(s[a, c] - log(sum(exp(s[a, b]) for b in N if b != a)))"
               " for c in N if c != a) / n[a] for a in N)",
               ["s: real[N, N]", "m: label(C)[N]", "n: positive[N]"], "s", True),
}


_LOG = "log(exp(s[a, p])/sum(exp(s[a, c]) for c in N if c != a))"
_SAME = "delta(m[a], m[p])"
_COUNT = "sum(delta(m[a], m[q]) for q in N if q != a)"


@pytest.mark.parametrize("formula", [
    f"-sum(sum({_LOG}*{_SAME}/{_COUNT} for p in N if p != a) for a in N)",
    f"-sum(sum({_LOG}*{_SAME} for p in N if p != a)/{_COUNT} for a in N)",
    f"-sum(1/{_COUNT}*sum({_LOG} for p in N if p != a and m[p] == m[a]) for a in N)"])
def test_a_mean_over_those_of_the_same_class_says_that_there_must_be_one(formula: str) -> None:
    """Where an example is alone in its class the count is 0, and the loss has no value."""
    found = derive.grad(formula, given=["s: real[N, N]", "m: label(K)[N]"], wrt="s")
    asked = (*map(plain, found.obligations), plain(found.result))
    assert any("m[" in text and ("!= 0" in text or "/ sum(delta" in text) for text in asked)
    record = found.verify().verification
    assert record.ends
    assert dict(record.ends[0].sizes)["N"][0] == 2


@pytest.mark.parametrize("name", NEIGHBOURS)
def test_losses_over_the_others_hold_for_one_example_too(name: str) -> None:
    """One example has no others: the loss has a value there, or the gradient says it has none."""
    formula, given, wrt, alone = NEIGHBOURS[name]
    found = derive.grad(formula, given=given, wrt=wrt)
    check = found.verify().verification
    sizes = {n for kept in (check, *check.ends) for d, every in kept.sizes if d == "N"
             for n in every}
    assert (1 in sizes) == alone
    assert alone or found.obligations


def test_a_kernel_of_a_filtered_sum_has_no_nan() -> None:
    kernel = derive.kernel(FILTERED[0][0], given=FILTERED[0][1], wrt="a")
    value, grad = kernel.value_and_grad(np.array([1., 2.]), np.array([5., 3.]),
                                        np.array([[1., 2.], [1., 4.]]))
    assert value == 6
    assert grad.tolist() == [6, 0]


def test_a_kernel_does_not_take_the_logarithm_that_the_filter_keeps_out() -> None:
    kernel = derive.kernel("sum(w[j]*a[m]*log(y[m]) for j in T if y[m] > 0)",
                           given=["a: real[T]", "y: real[T]", "w: real[T]", "m: label(T)"],
                           wrt="a")
    value, grad = kernel.value_and_grad(np.array([1., 2.]), np.array([-1., 3.]),
                                        np.array([1., 2.]), np.array(0))
    assert value == 0
    assert grad.tolist() == [0, 0]


@pytest.mark.parametrize(("before", "after"), [
    ("sum(o[k] for k in K if z > 0)", "sum(o) if 0 < z else 0"),
    ("sum(o[k] for k in K if z > 0 and k != y)",
     "sum(o[k] for k in K if k != y) if 0 < z else 0"),
    ("sum(z * o[k] for k in K if k != y)", "z * sum(o[k] for k in K if k != y)"),
    ("sum(log(z) * o[k] for k in K if k != y)", "sum(o[k] * log(z) for k in K if k != y)"),
    ("sum(log(z) * o[k] for k in K)", "log(z) * sum(o)"),
    ("sum(2 * log(z) * o[k] for k in K if k != y)", "2 * sum(o[k] * log(z) for k in K if k != y)"),
    ("sum(1/z for k in K if k != y)", "sum(1 / z for k in K if k != y)"),
])
def test_what_leaves_a_filter(before: str, after: str) -> None:
    @exact
    def run() -> str:
        node = parse(before, declared())
        for wave in exhaust(node, standard_rulebook().stage("sift")):
            node = wave[-1][1]
        return plain(node)

    assert run() == after


@pytest.mark.parametrize(("formula", "total"), [
    ("z", True), ("o[i]", True), ("z**2 + exp(z)", True), ("log(1 + exp(z))", True),
    ("log(z)", False), ("1/z", False), ("1/(1 + z**2)", True), ("sqrt(z)", False),
    ("sqrt(z**2)", True), ("sum(o[k] for k in K)", True), ("log(sum(exp(o[k]) for k in K))", True),
    ("log(sum(exp(o[k]) for k in K if k != y))", False), ("max(o[k] for k in K if k != y)", False),
    ("max(o[k] for k in K)", True), ("log(z) if z > 0 else 0", True), ("softmax(o)[y]", True),
    ("tan(z)", False), ("atan(z)", True), ("logsumexp(o)", True),
])
def test_whether_a_formula_always_has_a_value(formula: str, total: bool) -> None:
    assert exact(lambda: is_total(parse(formula, declared())))() is total
