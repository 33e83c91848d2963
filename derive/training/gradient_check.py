"""The report of a gradient check: each parameter's gradient against the complex step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from importlib import import_module
from math import isfinite
from typing import Any

import numpy as np

from derive.training.network import Network
from derive.training.run_options import Options
from derive.training.run_records import Feed

LIMIT = 1e-10
HEADINGS = ("parameter", "shape", "largest relative error", "at")
# A check costs a forward pass an entry: it is done on a small network of the same equations.
SMALL: dict[str, Any] = {"hidden": 8, "embed": 8, "batch": 3, "bptt": 6}


@dataclass(frozen=True)
class Row:
    """One parameter: its largest relative error and the entry where that is."""

    name: str
    shape: tuple[int, ...]
    error: float
    worst: tuple[int, ...]


def small(options: Options, given: Sequence[str]) -> Options:
    """The options of the check: float64, and small where nothing else was `given`."""
    sizes = {name: min(size, getattr(options, name)) for name, size in SMALL.items()
             if name not in given}
    return replace(options, dtype="float64", **sizes)


def check(network: Network, feed: Feed, seed: int = 0) -> list[Row]:
    """The rows of a network on its second batch, from the state that the first one left.

    All parameters are random, biases too: where a gradient is 0 anyway, nothing is checked.
    """
    rng = np.random.default_rng(seed)
    network.initialise(rng)
    network.theta[...] += rng.normal(0, 0.1, network.theta.shape)
    batch = feed.take()
    state = None
    if network.carries:
        _, last = network.loss(batch, network.zero_state(batch["x"].shape[1]))
        state = {name: array.copy() for name, array in last.items()}
        following = feed.take()
        if not feed.fresh and following["x"].shape[1] == batch["x"].shape[1]:
            batch = following
    judge = import_module("derive.training.complex_step")
    found: list[Row] = judge.check(network, batch, state)
    return found


def passed(rows: Sequence[Row]) -> bool:
    """Whether every error is at most LIMIT."""
    return all(isfinite(row.error) and row.error <= LIMIT for row in rows)


def table(rows: Sequence[Row]) -> list[tuple[str, ...]]:
    """The cells under HEADINGS."""
    return [(row.name, " × ".join(map(str, row.shape)) or "1", f"{row.error:.1e}",
             ", ".join(map(str, row.worst))) for row in rows]
