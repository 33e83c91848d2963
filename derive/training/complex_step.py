"""Every parameter's gradient against the complex step: Im L(θ + ih) / h, exact to rounding."""

from __future__ import annotations

from typing import Any

import numpy as np

from derive.training.gradient_check import Row
from derive.training.network import Batch, State
from derive.training.network_building import RecurrentNetwork

STEP = 1e-100  # no difference is taken, so that it can be as small as we like
_SCALE = 1e-3  # errors are relative to the larger of a slope and this part of its array's largest


def slopes(network: RecurrentNetwork, batch: Batch, state: State | None = None) -> Any:
    """∂L/∂θ by the complex step: one evaluation for each entry of `theta`, shape (P,)."""
    twin = RecurrentNetwork(network.equations, network.model.sizes, np.complex128,
                            network.reduction, network.model.plan)
    twin.theta[...] = network.theta
    found = np.empty(network.theta.size)
    for entry in range(network.theta.size):
        kept = twin.theta[entry]
        twin.theta[entry] = kept + 1j * STEP
        loss: Any = twin.reduced(batch, state)
        found[entry] = loss.imag / STEP
        twin.theta[entry] = kept
    return found


def check(network: RecurrentNetwork, batch: Batch, state: State | None = None) -> list[Row]:
    """For each parameter the largest relative error of its gradient, and where it is.

    The network computes in float64. An error is taken as a part of the slope, or of a thousandth
    of the largest slope of the same parameter, where that is more.
    """
    true = slopes(network, batch, state)
    network.loss_and_gradient(batch, state)
    kept = network.gradient.copy()
    network.gradient[...] = true
    judged = {name: array.copy() for name, array in network.gradients.items()}
    network.gradient[...] = kept
    rows = []
    for name, array in network.gradients.items():
        truth = judged[name]
        floor = _SCALE * np.abs(truth).max(initial=0) or 1.0
        error = np.abs(array - truth) / np.maximum(np.abs(truth), floor)
        worst = np.unravel_index(int(error.argmax()), array.shape) if array.shape else ()
        rows.append(Row(name, tuple(array.shape), float(error.max()),
                        tuple(int(i) for i in worst)))
    return rows
