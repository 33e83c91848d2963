"""Models with matrices, as they are published: derived, verified, and beside numbers of NumPy."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import derive
from derive.notation.reading.parser import parse
from derive.notation.reading.specification import specify
from derive.rendering.numpy_code import prelude
from tests.conftest import quick_rows

KERNEL = "K[i, j] = s*exp(-(x[i] - x[j])**2/(2*ell**2)) + noise*delta(i, j)\n"
GP = KERNEL + "L = (logdet(K) + y @ solve(K, y))/2"
KALMAN = ("A = F @ P @ F.T + Q\nS = H @ A @ H.T + R\nv = z - H @ F @ x\n"
          "L = (logdet(S) + v @ solve(S, v))/2")
RIDGE = "b = solve(X.T @ X + lam*eye(D), X.T @ y)\nL = norm(y - X @ b)**2 + lam*norm(b)**2"
PPCA = "C = W @ W.T + s*eye(N)\nL = (logdet(C) + trace(inv(C) @ S))/2"
MODELS: dict[str, tuple[str, tuple[str, ...], tuple[str, ...]]] = {
    "Gaussian": ("L = (logdet(S) + (y - mu) @ solve(S, y - mu))/2",
                 ("S: spd[N, N]", "y, mu: real[N]"), ("mu", "S", "y")),
    "Gaussian by its precision": ("L = (-logdet(S) + (y - mu).T @ S @ (y - mu))/2",
                                  ("S: spd[N, N]", "y, mu: real[N]"), ("mu", "S")),
    "Gaussian by its factor": (
        "L = sum(log(C[i, i]**2) for i in N)/2 + norm(solve(C, y - mu))**2/2",
        ("C: lower[N, N]", "y, mu: real[N]"), ("C", "mu")),
    "Gaussian by a Cholesky factor": (
        "C = cholesky(S)\nL = sum(log(C[i, i]) for i in N) + norm(solve(C, y))**2/2",
        ("S: spd[N, N]", "y: real[N]"), ("S", "y")),
    "Gaussian mixture": (
        "L = -log(sum(p[k]*exp(-(logdet(S[k]) + (y - m[k]) @ solve(S[k], y - m[k]))/2) "
        "for k in K))", ("S: spd[K, N, N]", "p: positive[K]", "m: real[K, N]", "y: real[N]"),
        ("p", "m")),
    "Gaussian process": (GP, ("x, y: real[N]", "s, ell, noise: positive"),
                         ("noise", "ell", "y")),
    "Kalman filter": (KALMAN, ("F: real[N, N]", "H: real[M, N]", "P, Q: spd[N, N]",
                               "R: spd[M, M]", "x: real[N]", "z: real[M]"), ("x", "R")),
    "ridge": (RIDGE, ("X: real[N, D]", "y: real[N]", "lam: positive"), ("lam", "y")),
    "principal components": (PPCA, ("W: real[N, M]", "S: spd[N, N]", "s: positive"), ("W", "s")),
    "canonical correlation": ("L = -trace(inv(A) @ C @ inv(B) @ C.T)",
                              ("A: spd[N, N]", "B: spd[M, M]", "C: real[N, M]"), ("C",)),
    "discriminants": ("L = -log((w @ B @ w)/(w @ S @ w))", ("B, S: spd[N, N]", "w: real[N]"),
                      ("w",)),
    "factorisation": ("L = norm(X - U @ V.T)**2/2 + lam*(norm(U)**2 + norm(V)**2)",
                      ("X: real[N, D]", "U: real[N, M]", "V: real[D, M]", "lam: positive"),
                      ("U", "V")),
    "attention": ("P[i, j] = softmax(Q[i] @ K[k]/sqrt(D) for k in T)[j]\nL = sum(G*(P @ V))",
                  ("Q, K: real[T, D]", "V, G: real[T, M]"), ("Q", "K", "V")),
    "Wishart": ("L = n*logdet(S)/2 + trace(inv(S) @ X)/2", ("n: positive", "S, X: spd[N, N]"),
                ("S", "n")),
    "divergence of Gaussians": (
        "L = (trace(inv(B) @ A) + (m - u) @ solve(B, m - u) - N + logdet(B) - logdet(A))/2",
        ("A, B: spd[N, N]", "m, u: real[N]"), ("A", "B", "m")),
    "log-determinant divergence": ("L = trace(A @ inv(B)) - logdet(A @ inv(B)) - N",
                                   ("A, B: spd[N, N]",), ("A",)),
    "determinantal process": ("L = logdet(V @ V.T + eye(N))", ("V: real[N, D]",), ("V",)),
    "whitening": ("L = norm(W @ S @ W.T - eye(N))**2", ("S: spd[N, N]", "W: real[N, N]"), ("W",)),
    "independent components": (
        "L = -logdet(W) - sum(log(1/cosh(W @ x)))", ("W: real[N, N]", "x: real[N]"), ("W",)),
}
CASES = [(name, by) for name, (_, _, names) in MODELS.items() for by in names]
SIZES = {"N": 3, "M": 2, "D": 2, "K": 2, "T": 3}


@pytest.mark.parametrize(("name", "by"), quick_rows(CASES, 2))
def test_a_model_is_derived_and_verified(name: str, by: str) -> None:
    text, given, _ = MODELS[name]
    found = derive.grad(text, given=given, wrt=by)
    scope = specify(text, given).scope  # names that the model defines are kept in the result
    scope.names.update({index.name: index for index in found.indices})
    assert parse(found.notation, scope) == found.result
    assert "compared with" not in found.verify().verification.summary


def drawn(line: str, rng: np.random.Generator) -> dict[str, Any]:
    """Numbers for the names of a declaration."""
    names, _, kind = line.partition(":")
    domain, _, axes = kind.strip().partition("[")
    shape = [SIZES.get(a.strip(), 2) for a in axes.rstrip("]").split(",")] if axes else []
    made = {}
    for name in names.split(","):
        value = rng.normal(size=shape)
        if domain == "positive":
            value = rng.uniform(0.5, 2, size=shape)
        if domain == "spd":
            value = value @ np.swapaxes(value, -1, -2) + np.eye(shape[-1])
        if domain == "lower":
            value = np.tril(value) + 2*np.eye(shape[-1])
        made[name.strip()] = value
    return made


def computed(text: str, names: dict[str, Any]) -> Any:
    """A formula of the notation as Python, with the definitions of the check cells."""
    here: dict[str, Any] = {}
    exec("\n".join(prelude([text], names, [])), here)
    return eval(text, {**here, **names})


def values_at(text: str, names: dict[str, Any]) -> dict[str, Any]:
    """The values of a model: its definitions one after the other, the last one the loss."""
    known = dict(names)
    for line in text.splitlines():
        left, _, right = line.partition(" = ")
        name, _, places = left.partition("[")
        if not places:
            known[name] = computed(right, known)
            continue
        letters = [c.strip() for c in places.rstrip("]").split(",")]
        size = len(names.get("x", names.get("Q")))
        known[name] = np.array([[computed(right, {**known, letters[0]: i, letters[1]: j})
                                 for j in range(size)] for i in range(size)])
    return known


class Size(int):
    """A dimension that runs over its values."""

    def __iter__(self) -> Any:
        return iter(range(int(self)))


@pytest.mark.parametrize(("name", "by"), quick_rows(CASES, 2))
def test_its_gradient_is_that_of_numpy(name: str, by: str) -> None:
    """The printed result, run as Python, beside differences of the model run as Python."""
    text, given, _ = MODELS[name]
    found = derive.grad(text, given=given, wrt=by)
    rng = np.random.default_rng(5)
    names: dict[str, Any] = {d: Size(n) for d, n in SIZES.items()
                             if f"[{d}" in str(given) or f" {d}]" in str(given)
                             or f" {d}," in str(given)}
    for line in given:
        names |= drawn(line, rng)
    if name == "independent components":
        names["W"] = names["W"] @ names["W"].T + np.eye(3)
    at, defined = names[by], values_at(text, names)
    for place in np.ndindex(np.shape(at)):
        if "lower" in str(given) and by == "C" and place[1] > place[0]:
            continue  # an entry that is 0 and does not vary
        # NumPy's factor reads one half of a matrix: both halves are moved.
        places = [place, place[::-1]] if "cholesky" in text and by == "S" else [place]
        moved = []
        for step in (1e-5, -1e-5):
            shifted = np.array(at, dtype=float)
            for each in places:
                shifted[each] += step
            moved.append(values_at(text, {**names, by: shifted})["L"])
        slope = (moved[0] - moved[1])/2e-5
        letters = [dict(zip((i.name for i in found.indices), p, strict=True)) for p in places]
        value = sum(computed(found.notation, {**defined, **at_place}) for at_place in letters)
        assert abs(value - slope) < 1e-5*max(1, abs(slope)), (place, value, slope)
