"""Every number that a demonstration states, computed without the engine: NumPy and mpmath."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from mpmath import mp, mpf, quad

LOGITS = np.array([2.0, 1.0, 0.0])
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
    return np.array([[nll(STEPS[n, t], LABELS[n, t]) for t in range(3)] for n in range(2)])


def half_squares(a: float, b: float) -> float:
    return float(((a * X + b - Y) ** 2).sum() / 2)


SLOPE, INTERCEPT = np.polyfit(X, Y, 1)
SIGMA = best(lambda s: gaussian(0, s), 0.3, 2)
FLAT = [nll(o, y) for o, y in zip([*STEPS[0], STEPS[1, 0]], [0, 1, 2], strict=False)]
BINARY = float(np.mean([np.log1p(np.exp(-1.5)), np.log1p(np.exp(-2.0)), np.log1p(np.exp(0.5))]))
# Recorded with PyTorch 2.15.0, float64, by torch.nn.functional.
TORCH = {"torch_none": [0.169846019556, 0.861994804058, 5.054985235377, 0.0],
         "torch_sum": 6.086826058991685, "torch_mean": 2.0289420196638948,
         "torch_weighted": 4.421328245361362, "torch_binary": 0.4341394244019439,
         "torch_squared": 1.5}

REFERENCE: dict[str, dict[str, Any]] = {
    "joint-likelihood": {
        "product": 1 / 2 * 4 / 5 * 1 / 4, "joint": -np.log(0.1),
        "summed": np.log(2) + np.log(1.25) + np.log(4), "chained": -np.log(0.45), "first": 0.5,
        "second": 0.5 * 0.9 + 0.5 * 0.2, "separate": -np.log(0.5 * 0.55)},
    "sum-over-classes": {
        "summed": -np.log(np.exp(1) / (np.exp(2) + np.exp(1) + 1)), "picked": nll(LOGITS, 1),
        "gradient": numeric_gradient(exact_nll(1), LOGITS)},
    "spread-of-uncertainty": {
        "log_one": -np.log(0.4), "log_spread": -np.log(0.4),
        "brier_one": 0.6**2 + 0.6**2, "brier_spread": 0.6**2 + 3 * 0.2**2},
    "noise-behind-a-loss": {
        "gauss0": total_of(lambda y: y**2 / 2, None),
        "gauss1": total_of(lambda y: (y - 1) ** 2 / 2, None),
        "laplace0": total_of(abs, None), "laplace1": total_of(lambda y: abs(y - 1), None),
        "bce0": total_of(cross(0), (0, 1)), "bce1": total_of(cross(1), (0, 1)),
        "hinge0": total_of(hinge(0), (0, 1)), "hinge1": total_of(hinge(1), (0, 1))},
    "gradient-on-the-outputs": {
        "derived": numeric_gradient(exact_nll(1), LOGITS),
        "kernel": numeric_gradient(exact_nll(1), LOGITS),
        "quotient": (nll(LOGITS, 1) - nll(LOGITS - [1e-3, 0, 0], 1)) / 1e-3},
    "log-p-of-the-logits": {
        "p": soft(LOGITS).tolist(), "picked": np.log(soft(LOGITS)[1]),
        "written": 1 - np.log(np.exp(2) + np.exp(1) + 1),
        "large": 2000 + np.log1p(np.exp(-1000) + np.exp(-2000)) - 1000},
    "one-at-the-label": {
        "one": [0, 1, 0], "gradient": (soft(LOGITS) - np.eye(3)[1]).tolist()},
    "errors-in-the-answer": {
        "true_one": numeric_gradient(lambda o: -mp.log(o[0] / sum(o)), [2, 1, 1]),
        "claimed": [2 / 4 - 1, 1 / 4, 1 / 4], "one": way(UP), "two": way(OVER),
        "loop": way(UP) - way(OVER), "ten": nll([0, 10, 0], 2), "twenty": nll([0, 20, 0], 2),
        "gradient": (soft([0, 20, 0]) - np.eye(3)[2]).tolist(),
        "by_p": numeric_gradient(lambda p: -mp.log(p[0]), [0.7, 0.2, 0.1]),
        "by_o": numeric_gradient(exact_nll(0), np.log([0.7, 0.2, 0.1]))},
    "classification-and-labelling": {
        "sum": (losses() * MASK).sum(), "mean": (losses() * MASK).sum() / 4,
        "sequence_mean": (losses()[0].mean() + losses()[1, 0]) / 2,
        "example_mean": (losses() * MASK).sum() / 2,
        "padded_mean": (losses() * MASK).sum() / 6, "unmasked_mean": losses().mean()},
    "a-predefined-function": {
        **TORCH, "none": [*FLAT[:3], 0.0], "sum": sum(FLAT[:3]), "mean": sum(FLAT[:3]) / 3,
        "weighted": FLAT[0] + 2 * FLAT[1] + FLAT[2] / 2, "binary": BINARY,
        "squared": np.mean([0.5**2, 2**2, 0.5**2]) / 2},
    "from-gradient-to-cost": {
        "one": -soft([1, -1, 2])[0] * soft([1, -1, 2])[1],
        "two": -soft([1, -1, 2])[1] * soft([1, -1, 2])[0], "cost": nll([1, -1, 2], 0),
        "gradient": numeric_gradient(exact_nll(0), [1, -1, 2])},
    "integral-that-forgets": {
        "wrong": numeric_gradient(lambda z: mp.log(sum(map(mp.exp, z))), [1, -1, 2]),
        "field": numeric_gradient(exact_nll(0), [1, -1, 2])},
    "why-exp": {
        "one": numeric_gradient(lambda z: squares(z)[0], [2, 1])[1],
        "two": numeric_gradient(lambda z: squares(z)[1], [2, 1])[0]},
    "sigmoid-neurons": {
        "ce": numeric_gradient(lambda z: mp.log(1 + mp.exp(-z[0])), [-6])[0],
        "mse": numeric_gradient(lambda z: (1 / (1 + mp.exp(-z[0])) - 1) ** 2 / 2, [-6])[0]},
    "bernoulli-likelihood": {
        "theta": best(bernoulli, 0, 1), "peak": bernoulli(0.2), "left": bernoulli(0.1),
        "right": bernoulli(0.3)},
    "gaussian-likelihood": {
        "right": gaussian(1, 1), "wrong": (2 * np.pi) ** -1.5 * np.exp(-0.0 + 1 + 4),
        "mu": best(lambda m: gaussian(m, 1), -2, 2), "variance": SIGMA**2, "sigma": SIGMA,
        "peak": gaussian(0, SIGMA), "beside": gaussian(0, 1)},
    "regression-and-residuals": {
        "slope": SLOPE, "intercept": INTERCEPT, "by_slope": 0.0, "by_intercept": 0.0,
        "least": half_squares(SLOPE, INTERCEPT), "more": half_squares(SLOPE + 0.1, INTERCEPT)},
}
