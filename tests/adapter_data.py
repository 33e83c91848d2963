"""Data of a loss's own domain, and values of its parameters, for trials of adapters."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from derive.adapters.margin_losses import MarginLoss
from derive.adapters.request import Request
from derive.tables.adapter_table import library_for
from derive.tables.loss_table import Entry

K = 3  # predictions of a row, where there are several
# Values of parameters by name; those of single entries come first.
OWN = {
    "weighted-bce": {"w": "2"}, "class-weighted-softmax-nll": {"w": "1,2,0.5"},
    "barron": {"alpha": "1", "c": "1.5"}, "tweedie-deviance": {"p": "3/2"},
    "tweedie-deviance-mean": {"p": "3/2"}, "beta-divergence": {"b": "3/2"},
    "generalised-normal-nll": {"b": "3/2", "log_a": "0"}, "pareto-nll": {"x_m": "1"},
    "gaussian-mixture-nll": {"w": "0,0.5,-0.5", "log_sigma": "0,0.3,-0.3"},
    "cosine-distance": {}, "multilabel-bce": {},
    "generalised-poisson-nll": {"lam": "0.3"}, "ppo-clip": {"a": "1", "eps": "0.2"},
    "zero-inflated-poisson-nll": {"w": "-1"}, "zero-inflated-poisson-positive-nll": {"w": "-1"}}
USUAL = {
    "gamma": "2", "eps": "0.1", "q": "0.7", "tau": "0.3", "delta": "1", "beta": "1", "c": "1.5",
    "alpha": "1", "a": "1", "b": "1", "nu": "4", "m": "1", "s": "1", "xi": "0.2", "v": "2",
    "log_sigma": "0", "log_b": "0", "log_s": "0", "log_shape": "0.5", "log_alpha": "0",
    "log_beta": "0", "log_phi": "1", "log_lambda": "0", "log_kappa": "0", "log_a": "0",
    "log_delta": "0", "log_rate": "0", "log_spread": "0", "log_sigma1": "0", "log_sigma2": "0",
    "lam": "0.3", "h": "1"}


def values_of(entry: Entry) -> dict[str, str]:
    """A value for each parameter of an entry."""
    if entry.name in OWN:
        return OWN[entry.name]
    names = [n.strip() for line in entry.given if ":" in line
             for n in line.partition(":")[0].split(",")]
    rows = entry.observed or tuple(n for n in ("y", "t") if n in names)[:1]
    return {n: USUAL[n] for n in names if n in USUAL and n not in rows and n != entry.wrt}


def margin_loss(entry: Entry, library: str = "xgboost") -> MarginLoss:
    """The loss as an adapter sees it. Raises DeriveError where it is none for adapters."""
    return MarginLoss(Request(library_for(library), entry.name, values=values_of(entry)))


def data_for(loss: MarginLoss, rows: int = 240, seed: int = 0,
             ) -> tuple[NDArray[np.float64], dict[str, NDArray[Any]]]:
    """Features, and columns that depend on the first of them, of the loss's own domain."""
    rng = np.random.default_rng(seed)
    features = rng.normal(size=(rows, 3))
    signal = features[:, 0]
    columns = {leaf.name: _column(leaf.kind, signal, rng) for leaf in loss.observed}
    entry = loss.entry
    given = " ".join(entry.given) if entry else ""
    if "y >= 1" in given or "x_m <= y" in given:
        columns["y"] = np.maximum(columns["y"], 1.0) + (0.1 if "x_m" in given else 0.0)
    if "y <= n" in given:
        columns["n"] = columns["y"] + rng.poisson(3.0, rows)
    for low, high in (("l", "u"), ("lo", "hi")):
        if f"{low} < {high}" in given:
            columns[low] = signal - rng.uniform(0.1, 1.5, rows)
            columns[high] = signal + rng.uniform(0.1, 1.5, rows)
    if entry is not None and entry.name == "time-bins-nll":
        columns["r"][:, 0] = np.maximum(columns["r"][:, 0], 1.0 - columns["r"].max(axis=1))
    if "t0 <= y" in given:
        columns["t0"] = columns["y"] * rng.uniform(0.0, 1.0, rows)
    if entry is not None and entry.name == "log-link-squared-error":
        columns["y"] = np.exp(0.5 * columns["y"])
    if "0 < 1 + xi*(y - mu)" in given or "0 < 1 + xi*y" in given:
        columns["y"] = np.clip(columns["y"], -2.0, 3.0)
    return features, columns


def _column(kind: Any, signal: NDArray[np.float64], rng: np.random.Generator) -> NDArray[Any]:
    noise = rng.normal(size=len(signal))
    if kind.domain == "label":
        return np.digitize(signal + 0.3 * noise, [-0.5, 0.5]).astype(float)
    if kind.shape:
        scores = signal[:, None] * np.array([1.0, -1.0, 0.3]) + rng.normal(size=(len(signal), K))
        if kind.domain == "simplex":
            made = np.exp(scores)
            return made / made.sum(axis=1, keepdims=True)
        return np.stack([_scalar(kind.domain, s, rng) for s in scores.T], axis=1)
    return _scalar(kind.domain, signal + 0.3 * noise, rng)


def _scalar(domain: str, score: NDArray[np.float64], rng: np.random.Generator) -> NDArray[Any]:
    chance = 1.0 / (1.0 + np.exp(-score))
    made = {"real": score, "positive": np.exp(0.5 * score), "nonnegative": np.exp(0.5 * score),
            "probability": chance, "binary": rng.uniform(size=len(score)) < chance,
            "count": rng.poisson(np.exp(0.5 * score + 0.5))}[domain]
    return np.asarray(made, float)
