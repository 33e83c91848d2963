"""What the reference numbers of demonstrations are computed with: NumPy and mpmath alone."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
from mpmath import mp, mpf, quad

import derive

LOGITS = np.array([2.0, 1.0, 0.0])
OUTPUTS, CLASSES = np.array([[2.0, 1.0, 0.0], [0.0, 0.0, 0.0], [1.0, 3.0, -1.0]]), [1, 2, 1]
STEPS = np.array([[[2.0, 0.0, -1.0], [1.0, 1.0, 0.0], [0.0, 3.0, -2.0]],
                  [[-1.0, 0.5, 2.0], [0.0, 0.0, 0.0], [4.0, -1.0, 1.0]]])
LABELS, MASK = np.array([[0, 1, 2], [2, 0, 0]]), np.array([[1, 1, 1], [1, 0, 0]])
X = np.array([-1, -0.5, 0, 0.5, 1, 1.5])
Y = np.array([-1.2, -0.3, 0.1, 0.4, 1.4, 1.3])


def soft(o: Any) -> Any:
    e = np.exp(np.asarray(o, float) - np.max(o))
    return e / e.sum(-1, keepdims=True)


def nll(o: Any, y: int) -> float:
    o = np.asarray(o, float)
    return float(np.log(np.exp(o - o.max()).sum()) + o.max() - o[y])


def numeric_gradient(f: Callable[[Any], Any], x: Any) -> list[float]:
    """By central differences in 40 digits."""
    with mp.workdps(40):
        x = [mpf(v) for v in x]
        h = mpf(10) ** -12

        def moved(n: int, step: Any) -> list[Any]:
            return [v + step * (k == n) for k, v in enumerate(x)]
        return [float((f(moved(n, h)) - f(moved(n, -h))) / (2 * h)) for n in range(len(x))]


def exact_nll(y: int) -> Callable[[Any], Any]:
    return lambda o: mp.log(sum(mp.exp(v) for v in o)) - o[y]


def work(field: Callable[..., Any], corners: list[Any], part: int) -> Any:
    """Along one straight line between corners, by quadrature."""
    a, b = np.array(corners[part], float), np.array(corners[part + 1], float)
    return quad(lambda s: sum(g * d for g, d in zip(field(a + float(s) * (b - a)), b - a,
                                                    strict=True)), [0, 1])


def normalised(z: Any) -> Any:
    return z / z.sum() - np.array([1.0, 0.0])


def way(corners: list[Any]) -> float:
    return float(sum(work(normalised, corners, n) for n in range(len(corners) - 1)))


UP, OVER = [(1, 0), (2, 0), (2, 1)], [(1, 0), (1, 1), (2, 1)]


def squares(z: list[Any]) -> list[Any]:
    total = sum(v**2 for v in z)
    return [v**2 / total for v in z]


def total_of(loss: Callable[[Any], Any], values: Any) -> float:
    """Of exp(-loss): a sum over values, or the integral over the line where these are None."""
    if values is not None:
        return float(sum(mp.exp(-loss(v)) for v in values))
    return float(quad(lambda v: mp.exp(-loss(v)), [-mp.inf, -1, 0, 1, 2, mp.inf]))


def hinge(z: float) -> Callable[[Any], Any]:
    return lambda y: max(0, 1 - (2 * y - 1) * z)


def cross(z: float) -> Callable[[Any], Any]:
    return lambda y: mp.log(1 + mp.exp(z)) - y * z


def bernoulli(theta: float) -> float:
    return theta * (1 - theta) ** 4


def gaussian(mu: float, sigma: float) -> float:
    data = np.array([-1.0, 0.0, 1.0])
    return float(np.prod(np.exp(-(data - mu) ** 2 / (2 * sigma**2)) / np.sqrt(2 * np.pi) / sigma))


def best(f: Callable[[float], float], low: float, high: float) -> float:
    """The place of the greatest value, by golden section."""
    g = (np.sqrt(5) - 1) / 2
    while high - low > 1e-9:
        a, b = high - g * (high - low), low + g * (high - low)
        low, high = (a, high) if f(a) < f(b) else (low, b)
    return (low + high) / 2


def losses() -> Any:
    """Of every step of both sequences."""
    return np.array([[nll(STEPS[n, t], LABELS[n, t]) for t in range(3)] for n in range(2)])


def half_squares(a: float, b: float) -> float:
    return float(((a * X + b - Y) ** 2).sum() / 2)


def printed_equations(route: str | None) -> int:
    """The equations of a derivation, counted in its text, a line each."""
    text = derive.grad("softmax-nll", route=route).show("text", width=400)
    chains = text.partition("\n  result ")[0].splitlines()
    return sum(bool(re.match(r"  +([^ ].*)?= ", line)) for line in chains
               if not line.startswith("  defined"))


def gradients(outputs: Any, labels: list[int]) -> list[list[float]]:
    """Of the loss of each step, by central differences."""
    return [numeric_gradient(exact_nll(y), o) for o, y in zip(outputs, labels, strict=True)]


def entropy(p: list[float]) -> float:
    return float(-sum(v * np.log(v) for v in p))


def brier(p: list[float]) -> float:
    """With the first class as the label."""
    return float((1 - p[0]) ** 2 + sum(v**2 for v in p[1:]))
