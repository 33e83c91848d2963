"""Every number that a demonstration states, computed without the engine."""

from __future__ import annotations

from functools import partial
from itertools import product
from typing import Any

import numpy as np
from mpmath import mp, quad

from tests.demo_arithmetic import (
    CLASSES,
    LABELS,
    LOGITS,
    MASK,
    OUTPUTS,
    OVER,
    STEPS,
    UP,
    X,
    Y,
    bernoulli,
    best,
    brier,
    cross,
    entropy,
    exact_nll,
    gaussian,
    gradients,
    half_squares,
    hinge,
    losses,
    nll,
    numeric_gradient,
    printed_equations,
    soft,
    squares,
    total_of,
    way,
)

SLOPE, INTERCEPT = np.polyfit(X, Y, 1)
SIGMA = best(lambda s: gaussian(0, s), 0.3, 2)
BINARY = float(np.mean([np.log1p(np.exp(-1.5)), np.log1p(np.exp(-2.0)), np.log1p(np.exp(0.5))]))
STEP_LOSSES = [nll(o, y) for o, y in zip(OUTPUTS, CLASSES, strict=True)]
ONE_HOT = [np.eye(3)[y].tolist() for y in CLASSES]
H1 = np.tanh(1.0)
H2 = np.tanh(H1)
SIGMOID_A, SIGMOID_B = 0.5, 1 / (1 + np.e)
MEANS, SPREADS = (-1, -0.5, 0, 0.5, 1), (0.5, 0.75, 0.8165, 1, 1.5)
CONSTANT = np.log(2 * np.pi) / 2
# Recorded with PyTorch 2.14.1 in float64, and Keras 3.15.1 in float64 on JAX.
RECORDED = {"torch_sum": 6.328137355648843, "torch_mean": 1.5820343389122102,
            "torch_unmasked": 1.24695581328235, "keras_default": 1.2469558132823497,
            "keras_weight": 1.054689559274807, "keras_sum": 6.328137355648842,
            "keras_mean": 1.5820343389122105, "keras_ignored": 1.5820343389122102,
            "keras_masked": 1.5820343389122102, "torch_weighted": 4.421328245361362,
            "torch_weighted_mean": 1.2632366415318177, "torch_binary": 0.4341394244019439,
            "keras_binary": 0.4341394305229187, "torch_squared": 1.5, "keras_squared": 1.5}
# As they stand in the documentation of tf.keras.losses.SparseCategoricalCrossentropy.
DOCUMENTED = {"doc_none": [0.0513, 2.303], "doc_sum": 2.354, "doc_mean": 1.177,
              "doc_weighted": 0.814}


def wrong_gaussian(mu: float) -> float:
    """Without the brackets, at a spread of 1."""
    return float((2 * np.pi) ** -1.5 * np.exp(-((mu - 1) ** 2) / 2 + mu**2 + (mu + 1) ** 2))


def gaussian_losses(sigma: float) -> list[float]:
    return [-np.log(gaussian(mu, sigma)) for mu in (0, 0.5, 1)]


def five_outcomes(theta: float) -> float:
    """The probabilities of all outcomes of five draws together."""
    return float(sum(theta**sum(y) * (1 - theta) ** (5 - sum(y))
                     for y in product((0, 1), repeat=5)))


REFERENCE: dict[str, dict[str, Any]] = {
    "joint-likelihood": {
        "prediction": soft(OUTPUTS).tolist(), "loss": STEP_LOSSES,
        "p": [soft(OUTPUTS)[t, y] for t, y in enumerate(CLASSES)],
        "product": np.prod([soft(OUTPUTS)[t, y] for t, y in enumerate(CLASSES)]),
        "joint": sum(STEP_LOSSES), "summed": sum(STEP_LOSSES),
        "a1": H1, "a2": H2, "b1": -H1, "b2": -H2, "pa1": 1 / (1 + np.exp(-H1)),
        "pa2": 1 / (1 + np.exp(-H2)), "pb1": 1 / (1 + np.exp(H1)), "pb2": 1 / (1 + np.exp(H2)),
        "la": np.log1p(np.exp(-H1)) + np.log1p(np.exp(-H2)),
        "lb": np.log1p(np.exp(H1)) + np.log1p(np.exp(H2)),
        "chained": -np.log(0.45), "first": 0.5, "second": 0.5 * 0.9 + 0.5 * 0.2,
        "separate": -np.log(0.5 * 0.55)},
    "sum-over-classes": {
        "onehot": ONE_HOT, "prediction": soft(OUTPUTS).tolist(), "summed": STEP_LOSSES,
        "picked": STEP_LOSSES, "gradient": numeric_gradient(exact_nll(1), LOGITS), "total": 0.0},
    "spread-of-uncertainty": {
        **{f"log{m}": np.log(m) for m in (1, 2, 4)}, "bits1": 0, "bits2": 1, "bits4": 2,
        **{f"brier{m}": brier([1 / m] * m) for m in (1, 2, 4)},
        "log_one": -np.log(0.4), "log_spread": -np.log(0.4), "brier_one": brier([0.4, 0.6]),
        "brier_spread": brier([0.4, 0.2, 0.2, 0.2]), "entropy_one": entropy([0.4, 0.6]),
        "entropy_spread": entropy([0.4, 0.2, 0.2, 0.2])},
    "noise-behind-a-loss": {
        "soft0": soft([0, 0, 0]).sum(), "soft1": soft([2, 1, 0]).sum(),
        "gauss0": total_of(lambda y: y**2 / 2, None),
        "gauss1": total_of(lambda y: (y - 1) ** 2 / 2, None),
        "laplace0": total_of(abs, None), "laplace1": total_of(lambda y: abs(y - 1), None),
        "bce0": total_of(cross(0), (0, 1)), "bce1": total_of(cross(1), (0, 1)),
        "hinge0": total_of(hinge(0), (0, 1)), "hinge1": total_of(hinge(1), (0, 1)),
        "loss": [nll(LOGITS, k) for k in range(3)], "chance": soft(LOGITS).tolist()},
    "gradient-on-the-outputs": {
        **{key: gradients(OUTPUTS, CLASSES) for key in ("derived", "kernel", "quotient")},
        "plain": partial(printed_equations, None),
        **{name: partial(printed_equations, name) for name in ("jacobian", "lse", "matching")}},
    "log-p-of-the-logits": {
        "p": [np.exp(-v) for v in STEP_LOSSES], "picked": [-v for v in STEP_LOSSES],
        "lse": [float(mp.log(sum(map(mp.exp, o)))) for o in OUTPUTS],
        "written": [-v for v in STEP_LOSSES],
        "large": 2000 + np.log1p(np.exp(-1000) + np.exp(-2000)) - 1000},
    "one-at-the-label": {
        "one": ONE_HOT, "prediction": soft(OUTPUTS).tolist(),
        "gradient": gradients(OUTPUTS, CLASSES)},
    "errors-in-the-answer": {
        "true_one": numeric_gradient(lambda o: -mp.log(o[0] / sum(o)), [2, 1, 1]),
        "claimed": [2 / 4 - 1, 1 / 4, 1 / 4], "one": way(UP), "two": way(OVER),
        "loop": way(UP) - way(OVER),
        **{name: value for size, high in (("small", 1), ("large", 5), ("huge", 10))
           for name, value in ((f"p_{size}", soft([0, high, 0]).tolist()),
                               (f"{size}_loss", nll([0, high, 0], 2)),
                               (f"{size}_gradient",
                                numeric_gradient(exact_nll(2), [0, high, 0])))},
        "by_p": numeric_gradient(lambda p: -mp.log(p[0]), [0.7, 0.2, 0.1]),
        "logs": np.log([0.7, 0.2, 0.1]).tolist(),
        "by_o": numeric_gradient(exact_nll(0), np.log([0.7, 0.2, 0.1]))},
    "classification-and-labelling": {
        "truth": [[0, 1], [1, 0], [0, 1]], "summed": [-np.log(v) for v in (0.7, 0.8, 0.4)],
        "picked": [-np.log(v) for v in (0.7, 0.8, 0.4)],
        "mean_loss": -np.log(0.7 * 0.8 * 0.4) / 3, "product": 0.7 * 0.8 * 0.4,
        "again": -np.log(0.7 * 0.8 * 0.4) / 3, "loss": losses().tolist(),
        "p": [[soft(STEPS[n, t])[LABELS[n, t]] for t in range(3)] for n in range(2)],
        "total": (losses() * MASK).sum(1).tolist(), "steps": [3, 1],
        "sum": (losses() * MASK).sum(), "mean": (losses() * MASK).sum() / 4,
        "sequence_mean": (losses()[0].mean() + losses()[1, 0]) / 2,
        "example_mean": (losses() * MASK).sum() / 2,
        "padded_mean": (losses() * MASK).sum() / 6, "unmasked_mean": losses().mean()},
    "a-predefined-function": {
        **RECORDED, **DOCUMENTED, "loss": losses().tolist(), "sum": (losses() * MASK).sum(),
        "mean": (losses() * MASK).sum() / 4, "unmasked": losses().mean(),
        "padded": (losses() * MASK).sum() / 6, "entries": [-np.log(0.95), -np.log(0.1)],
        "added": -np.log(0.095), "halved": -np.log(0.095) / 2,
        "with_weights": (-0.3 * np.log(0.95) - 0.7 * np.log(0.1)) / 2,
        "right": losses()[0].mean(),
        "twice": np.mean([nll(soft(STEPS[0, t]), LABELS[0, t]) for t in range(3)]),
        "weighted": losses()[0] @ [1, 2, 0.5], "weighted_mean": losses()[0] @ [1, 2, 0.5] / 3.5,
        "binary": BINARY, "squared": np.mean([0.5**2, 2**2, 0.5**2]) / 2},
    "from-gradient-to-cost": {
        "one": -soft([1, -1, 2])[0] * soft([1, -1, 2])[1],
        "two": -soft([1, -1, 2])[1] * soft([1, -1, 2])[0], "cost": nll([1, -1, 2], 0),
        "gradient": numeric_gradient(exact_nll(0), [1, -1, 2]),
        "outputs": soft([1, -1, 2]).tolist()},
    "integral-that-forgets": {
        "wrong": numeric_gradient(lambda z: mp.log(sum(map(mp.exp, z))), [1, -1, 2]),
        "field": numeric_gradient(exact_nll(0), [1, -1, 2])},
    "why-exp": {
        "p_exp": soft([2, 1, 1]).tolist(), "l_exp": nll([2, 1, 1], 0),
        "g_exp": numeric_gradient(exact_nll(0), [2, 1, 1]),
        "d_exp": (soft([2, 1, 1]) - [1, 0, 0]).tolist(), "p_square": [4 / 6, 1 / 6, 1 / 6],
        "l_square": -np.log(4 / 6),
        "g_square": numeric_gradient(lambda z: -mp.log(squares(z)[0]), [2, 1, 1]),
        "d_square": [4 / 6 - 1, 1 / 6, 1 / 6],
        "one": numeric_gradient(lambda z: squares(z)[0], [2, 1])[1],
        "two": numeric_gradient(lambda z: squares(z)[1], [2, 1])[0]},
    "sigmoid-neurons": {
        "ce": numeric_gradient(lambda z: mp.log(1 + mp.exp(-z[0])), [-6])[0],
        "mse": numeric_gradient(lambda z: (1 / (1 + mp.exp(-z[0])) - 1) ** 2 / 2, [-6])[0]},
    "loss-for-the-task": {
        "density": [np.exp(-(r**2) / 2 - CONSTANT) for r in (0, 1, 1, 2)],
        "nll": [r**2 / 2 + CONSTANT for r in (0, 1, 1, 2)], "half": [0, 0.5, 0.5, 2],
        "rest": [CONSTANT] * 4, "constant": CONSTANT, "total_certain": 1 + np.exp(-2),
        "total_even": 2 * np.exp(-0.5), "one": 1, "other": 1},
    "one-formula-two-readings": {
        "none": [0.9, 0.8, 0.5], "one": [0.1, 0.2, 0.5], "total": [1, 1, 1], "single": 0.5,
        "outcomes": 32, "here": bernoulli(0.2), "all": five_outcomes(0.2),
        "integral": quad(bernoulli, [0, 1]),
        "over_mu": quad(lambda m: mp.exp(-(m**2) - 1) / (2 * mp.pi), [-mp.inf, 0, mp.inf]),
        "over_pairs": quad(lambda u: mp.npdf(u), [-mp.inf, 0, mp.inf]) ** 2},
    "bernoulli-likelihood": {
        "theta": best(bernoulli, 0, 1), "peak": bernoulli(0.2), "left": bernoulli(0.1),
        "right": bernoulli(0.3), "theta_a": SIGMOID_A, "theta_b": SIGMOID_B,
        "each_a": [-np.log(0.5)] * 5,
        "each_b": [-np.log(SIGMOID_B if y else 1 - SIGMOID_B) for y in (0, 0, 0, 1, 0)],
        "sum_a": -np.log(bernoulli(SIGMOID_A)), "log_a": -np.log(bernoulli(SIGMOID_A)),
        "sum_b": -np.log(bernoulli(SIGMOID_B)), "log_b": -np.log(bernoulli(SIGMOID_B))},
    "gaussian-likelihood": {
        "right": gaussian(1, 1), "wrong": wrong_gaussian(1), "further": wrong_gaussian(2),
        "bound": (2 * np.pi) ** -1.5, "mu": best(lambda m: gaussian(m, 1), -2, 2),
        "variance": SIGMA**2, "sigma": SIGMA, "peak": gaussian(0, SIGMA),
        "beside": gaussian(0, 1), "away": gaussian(0.5, SIGMA), "squares": [2, 2.75, 5],
        "density": [[gaussian(m, s) for m in MEANS] for s in SPREADS],
        "row": [gaussian(0, s) for s in SPREADS], "highest": gaussian(0, SIGMA),
        "one": gaussian_losses(1), "two": gaussian_losses(2),
        "rest_one": [3 * CONSTANT] * 3, "constant_one": 3 * CONSTANT,
        "rest_two": [3 * CONSTANT + 3 * np.log(2)] * 3,
        "constant_two": 3 * CONSTANT + 3 * np.log(2)},
    "regression-and-residuals": {
        "slope": SLOPE, "intercept": INTERCEPT, "by_slope": 0.0, "by_intercept": 0.0,
        "line": (SLOPE * X + INTERCEPT).tolist(),
        "residual": (Y - SLOPE * X - INTERCEPT).tolist(),
        "square": ((Y - SLOPE * X - INTERCEPT) ** 2).tolist(),
        "least": half_squares(SLOPE, INTERCEPT), "more": half_squares(SLOPE + 0.1, INTERCEPT)},
}
