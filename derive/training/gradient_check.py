"""Every parameter's gradient against the complex step: Im L(θ + ih) / h, exact to rounding."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import isfinite
from typing import Any

import numpy as np

from derive.training.network import Array, Batch, State, copied
from derive.training.network_building import RecurrentNetwork
from derive.training.run_options import Options
from derive.training.tasks.batching import Batches

STEP = 1e-100  # no difference is taken, so that it can be as small as we like
_SCALE = 1e-3  # errors are relative to the larger of a slope and this part of its array's largest
LIMIT = 1e-10
ROUNDING = 1e-14  # what of the loss, or of the largest slope of all, may be rounding
HEADINGS = ("parameter", "shape", "largest relative error", "at")
# A check costs a forward pass an entry: it is done on a small network of the same equations.
SMALL = {"hidden": 8, "embed": 8, "batch": 3, "bptt": 6}


@dataclass(frozen=True)
class Row:
    """One parameter: its largest relative error and the entry where that is.

    Errors of slopes below `floor` are taken as a part of that.
    """

    name: str
    shape: tuple[int, ...]
    error: float
    worst: tuple[int, ...]
    floor: float = 0.0


def small(options: Options, given: Sequence[str]) -> Options:
    """The options of the check: float64, and small where nothing else was `given`."""
    sizes = {name: min(size, getattr(options, name)) for name, size in SMALL.items()
             if name not in given}
    return replace(options, dtype="float64", **sizes)


def check(network: RecurrentNetwork, feed: Batches, seed: int = 0) -> list[Row]:
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
        state = copied(last)
        following = feed.take()
        if not feed.fresh and following["x"].shape[1] == batch["x"].shape[1]:
            batch = following
    return compared(network, batch, state)


def slopes(network: RecurrentNetwork, batch: Batch, state: State | None = None) -> Array:
    """∂L/∂θ by the complex step: one evaluation for each entry of `theta`, shape (P,)."""
    twin = RecurrentNetwork(network.equations, network.model.sizes, np.complex128,
                            network.reduction, network.model.plan)
    twin.theta[...] = network.theta
    derivatives = np.empty(network.theta.size)
    for entry in range(network.theta.size):
        kept = twin.theta[entry]
        twin.theta[entry] = kept + 1j * STEP
        with np.errstate(all="ignore"):  # of what a condition leaves out, such as no path
            loss: Any = twin.reduced(batch, state)
        derivatives[entry] = loss.imag / STEP
        twin.theta[entry] = kept
    return derivatives


def compared(network: RecurrentNetwork, batch: Batch, state: State | None = None) -> list[Row]:
    """For each parameter the largest relative error of its gradient, and where it is.

    The network computes in float64. An error is taken as a part of the slope, or of a thousandth
    of the largest slope of the same parameter, where that is more; or of a floor, so that what is
    rounding beside the loss and the largest slope of all is no error.
    """
    true = slopes(network, batch, state)
    loss, _ = network.loss_and_gradient(batch, state)
    absolute = ROUNDING / LIMIT * max(abs(loss), float(np.abs(true).max(initial=0)))
    kept = network.gradient.copy()
    network.gradient[...] = true
    judged = {name: array.copy() for name, array in network.gradients.items()}
    network.gradient[...] = kept
    rows = []
    frozen = network.model.plan.model.learning.frozen
    for name, array in network.gradients.items():
        if name in frozen:
            continue
        truth = judged[name]
        floor = max(_SCALE * float(np.abs(truth).max(initial=0)), absolute) or 1.0
        error = np.abs(array - truth) / np.maximum(np.abs(truth), floor)
        worst = np.unravel_index(int(error.argmax()), array.shape) if array.shape else ()
        rows.append(Row(name, tuple(array.shape), float(error.max()),
                        tuple(int(i) for i in worst), absolute))
    return rows


def passed(rows: Sequence[Row]) -> bool:
    """Whether every error is at most LIMIT."""
    return all(isfinite(row.error) and row.error <= LIMIT for row in rows)


def floor_in_words(rows: Sequence[Row]) -> str:
    """The absolute floor, in words."""
    floor = max((row.floor for row in rows), default=0.0)
    return (f"Of a slope below {floor:.1e} the error is a part of that: {LIMIT * floor:.1e} is "
            "rounding beside the loss and the largest slope.")


def table(rows: Sequence[Row]) -> list[tuple[str, ...]]:
    """The cells under HEADINGS."""
    return [(row.name, " × ".join(map(str, row.shape)) or "1", f"{row.error:.1e}",
             ", ".join(map(str, row.worst))) for row in rows]
