"""Derivatives by matrices beside those of JAX, where it is installed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import derive

jax = pytest.importorskip("jax")
pytestmark = pytest.mark.peers
RNG = np.random.default_rng(0)


def spd(n: int) -> np.ndarray:
    a = RNG.normal(size=(n, n))
    return a @ a.T + n * np.eye(n)


def _logdet(a: Any) -> Any:
    return jax.numpy.linalg.slogdet(a)[1]


def _solve(a: Any, b: Any) -> Any:
    return jax.numpy.linalg.solve(a, b)


VECTOR, MATRIX = RNG.normal(size=3), RNG.normal(size=(3, 2))
CASES: dict[str, tuple[str, list[str], str, dict[str, Any], Callable[..., Any]]] = {
    "Gaussian by its covariance": (
        "(logdet(S) + y @ solve(S, y))/2", ["S: spd[N, N]", "y: real[N]"], "S",
        {"S": spd(3), "y": VECTOR}, lambda s, y: (_logdet(s) + y @ _solve(s, y)) / 2),
    "trace of a quotient": (
        "trace(inv(B) @ A)", ["B: spd[N, N]", "A: real[N, N]"], "B",
        {"B": spd(3), "A": RNG.normal(size=(3, 3))},
        lambda b, a: jax.numpy.trace(_solve(b, a))),
    "principal components": (
        "logdet(W @ W.T + s*eye(N))", ["W: real[N, M]", "s: positive"], "W",
        {"W": MATRIX, "s": .5}, lambda w, s: _logdet(w @ w.T + s * jax.numpy.eye(3))),
    "factorisation": (
        "norm(X - U @ V.T)**2", ["X: real[N, D]", "U: real[N, M]", "V: real[D, M]"], "U",
        {"X": RNG.normal(size=(3, 4)), "U": MATRIX, "V": RNG.normal(size=(4, 2))},
        lambda x, u, v: jax.numpy.sum((x - u @ v.T)**2)),
    "attention by its queries": (
        "sum(G*(softmax(Q @ K.T) @ V))", ["Q, K, V, G: real[N, D]"], "Q",
        {n: RNG.normal(size=(3, 2)) for n in "QKVG"},
        lambda q, k, v, g: jax.numpy.sum(g * (jax.nn.softmax(q @ k.T, axis=-1) @ v))),
}


@pytest.mark.parametrize("name", CASES)
def test_the_gradient_is_that_of_jax(name: str) -> None:
    formula, given, wrt, values, function = CASES[name]
    ours = derive.kernel(formula, given=given, wrt=wrt).grad(**values)
    jax.config.update("jax_enable_x64", True)
    place = list(values).index(wrt)
    theirs = jax.grad(function, argnums=place)(*map(jax.numpy.asarray, values.values()))
    np.testing.assert_allclose(ours, theirs, rtol=1e-8, atol=1e-10)
