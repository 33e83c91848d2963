"""Kernels of functions of matrices beside NumPy and SciPy as people write them by hand.

    python benchmarks/matrix_kernels.py

Milliseconds of value and gradient together, the best of several runs, and the ratio.
"""

from __future__ import annotations

import timeit
from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.linalg import cho_factor, cho_solve

import derive

RNG = np.random.default_rng(0)
Results = tuple[Any, Any]


def spd(*shape: int) -> Any:
    """Positive definite matrices."""
    a = RNG.normal(size=(*shape, shape[-1]))
    return a @ np.swapaxes(a, -1, -2) / shape[-1] + np.eye(shape[-1])


def gaussian(y: Any, m: Any, s: Any) -> Results:
    """The loss of a Gaussian and its gradient by the covariance, a batch at once."""
    e = y - m
    inverse = np.linalg.inv(s)
    a = np.einsum("nij,nj->ni", inverse, e)
    value = (np.linalg.slogdet(s)[1] + np.einsum("ni,ni->n", e, a)) / 2
    return value, (inverse - a[:, :, None] * a[:, None, :]) / 2


def gaussian_one(y: Any, m: Any, s: Any) -> Results:
    """The same of one example, by SciPy's Cholesky."""
    factor = cho_factor(s, lower=True)
    a = cho_solve(factor, y - m)
    value = np.log(np.diag(factor[0])).sum() + (y - m) @ a / 2
    return value, (cho_solve(factor, np.eye(len(y))) - np.outer(a, a)) / 2


def process(x: Any, y: Any, l: Any, s: Any) -> Results:  # noqa: E741
    """The loss of a Gaussian process and its gradient by the length, as textbooks have it."""
    gap = (x[:, None] - x[None, :])**2
    k = np.exp(-gap / (2 * l**2))
    factor = cho_factor(k + s**2 * np.eye(len(x)), lower=True)
    a = cho_solve(factor, y)
    value = y @ a / 2 + np.log(np.diag(factor[0])).sum()
    slope = k * gap / l**3
    inverse = cho_solve(factor, np.eye(len(x)))
    return value, (np.sum(inverse * slope) - a @ slope @ a) / 2


def ridge(x: Any, y: Any, lam: Any) -> Results:
    """The value of a ridge regression at its solution, and its slope by the penalty."""
    w = np.linalg.solve(x.T @ x + lam * np.eye(x.shape[1]), x.T @ y)
    return y @ y - y @ x @ w, w @ w


GAUSS = ("logdet(S)/2 + dot(y - m, solve(S, y - m))/2",
         ["y: real[D]", "m: real[D]", "S: spd[D, D]"], "S")
PROCESS = ("K[i, j] = exp(-(x[i] - x[j])**2/(2*l**2)) + s**2*delta(i, j)\n"
           "L = (dot(y, solve(K, y)) + logdet(K))/2",
           ["x, y: real[N]", "l, s: positive"], "l")
RIDGE = ("dot(y, y) - dot(X.T @ y, solve(X.T @ X + lam*eye(D), X.T @ y))",
         ["X: real[N, D]", "y: real[N]", "lam: positive"], "lam")
Case = tuple[str, tuple[str, list[str], str], Callable[..., Results], tuple[Any, ...]]


def cases() -> list[Case]:
    """What is compared: a title, the formula, the code by hand, the arguments."""
    def points(count: int) -> tuple[Any, ...]:
        return np.sort(RNG.uniform(0, count / 10, count)), RNG.normal(size=count), 0.7, 0.3

    return [
        *((f"Gaussian by its covariance, {n} of {d}", GAUSS, gaussian,
           (RNG.normal(size=(n, d)), RNG.normal(size=(n, d)), spd(n, d)))
          for n, d in ((10000, 3), (1000, 10), (100, 30))),
        *((f"Gaussian by its covariance, one of {d}", GAUSS, gaussian_one,
           (RNG.normal(size=d), RNG.normal(size=d), spd(d))) for d in (3, 100, 500)),
        *((f"Gaussian process by its length, {n} points", PROCESS, process, points(n))
          for n in (30, 100, 300, 1000)),
        *((f"ridge by its penalty, {n}x{d}", RIDGE, ridge,
           (RNG.normal(size=(n, d)), RNG.normal(size=n), 0.5))
          for n, d in ((100, 10), (1000, 100))),
    ]


def best(call: Callable[[], object]) -> float:
    """The least time of a call, in milliseconds."""
    count, _ = timeit.Timer(call).autorange()
    return 1000 * min(timeit.repeat(call, number=max(count // 4, 1), repeat=5)) / max(count // 4, 1)


def main() -> None:
    """Prints the table."""
    kernels = {formula: derive.kernel(formula, given=given, wrt=wrt)
               for formula, given, wrt in (GAUSS, PROCESS, RIDGE)}
    print(f"{'':<46}{'ours':>10}{'by hand':>10}{'ratio':>8}")
    for title, (formula, _, _), by_hand, given in cases():
        kernel = kernels[formula]
        for made, due in zip(kernel.value_and_grad(*given), by_hand(*given), strict=True):
            assert np.allclose(made, due, rtol=1e-6, atol=1e-8), title
        ours = best(lambda k=kernel, g=given: k.value_and_grad(*g))
        theirs = best(lambda h=by_hand, g=given: h(*g))
        print(f"{title:<46}{ours:>10.3f}{theirs:>10.3f}{ours / theirs:>8.2f}")


if __name__ == "__main__":
    main()
