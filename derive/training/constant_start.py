"""Where the outputs of a network start: at the best constant for the training data."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from derive.arrays.recurrent.compiled_model import CompiledModel
from derive.arrays.recurrent.constant_outputs import with_constant_outputs
from derive.arrays.recurrent.model_plan import Plan
from derive.errors import DeriveError
from derive.training.network import Array, Network
from derive.training.network_building import RecurrentNetwork
from derive.training.tasks.task_data import Split

MOST = 20_000  # targets that a constant is fitted to
GAIN = 0.01  # a loss that is lower by less than this part is left
_ROUNDS, _HALVES = 200, 60


def start_at_constant(network: Network, part: Split) -> str:
    """Sets the biases of the outputs to the constants of the least loss; what there is to say.

    Nothing where the outputs have no biases of their own, or 0 is as good.
    """
    if not isinstance(network, RecurrentNetwork) or not len(part.targets) or \
            network.targets.further or network.targets.spaced:
        return ""
    made = with_constant_outputs(network.model.plan.model)
    if made is None:
        return ""
    model, biases = made
    try:
        fitted = CompiledModel(model, network.sizes, np.float64, Plan(model))
        slope = _loss_of(fitted, network, part)
    except DeriveError:
        return ""  # what reads other data than targets
    before, _ = slope(np.zeros(fitted.theta.size))
    best = lowest_by_slopes(slope, np.zeros(fitted.theta.size))
    after, _ = slope(best)
    if not np.isfinite([after, *best]).all() or before - after <= GAIN * abs(before):
        return ""
    for name in biases:
        network.parameters[name][...] = fitted.parameters[name]
    network.free.take_values()
    return f"{', '.join(biases)} {'start' if len(biases) > 1 else 'starts'} at the best constant " \
        f"for the training data, with a loss of {after:.4g} in place of {before:.4g} at 0"


def _loss_of(fitted: CompiledModel, network: RecurrentNetwork, part: Split,
             ) -> Callable[[Array], tuple[float, Array]]:
    """The mean loss of constants, and its slopes.

    A weight of one target in all pulls them to 0: a class that never occurs keeps a probability.
    """
    data, count = _targets(part)
    ready = fitted.ready(1, len(data["target"]))
    for word, values in data.items():
        array = ready.data.get(network.called[word])
        if array is not None:
            ready.put(network.called[word], np.reshape(values, array.shape))
    ready.begin()

    def loss(at: Array) -> tuple[float, Array]:
        fitted.theta[...] = at
        ready.outputs()
        value = ready.loss()
        ready.gradient()
        return value + float(at @ at) / (2 * count), fitted.gradient + at / count
    return loss


def _targets(part: Split) -> tuple[dict[str, Array], int]:
    """Targets with their weights, equal ones once, and how many they are; all of them count."""
    stride = -(-len(part.targets) // MOST)
    targets, events = part.targets[::stride], part.events
    count, weights = len(targets), np.full(len(targets), 1 / len(targets))
    if events is not None:
        events = events[::stride]
    elif targets.ndim == 1:
        different, times = np.unique(part.targets, return_counts=True)
        if len(different) <= count:
            targets, count, weights = different, len(part.targets), times / len(part.targets)
    data = {"target": targets, "weights": weights, "mask": np.ones(len(targets))}
    return data if events is None else {**data, "events": events}, count


def lowest_by_slopes(function: Callable[[Array], tuple[float, Array]], start: Array) -> Array:
    """Where a smooth function is lowest: steps of Broyden, Fletcher, Goldfarb and Shanno."""
    at, (value, slope) = start, function(start)
    inverse, most = np.eye(len(at)), 1.0  # of a step, so that no exponential overflows by one
    for _ in range(_ROUNDS):
        way = -inverse @ slope
        way *= min(1.0, most / max(float(np.abs(way).max()), 1e-300))
        most *= 2
        if slope @ way >= 0 or np.abs(slope).max() <= 1e-8 * max(1.0, abs(value)):
            break
        for _ in range(_HALVES):
            near, (lower, there) = at + way, function(at + way)
            if np.isfinite(there).all() and lower <= value + 1e-4 * (slope @ way):
                break
            way, most = way / 2, most / 2
        else:
            break
        change, along = there - slope, float(way @ (there - slope))
        if along > 0:
            turned = np.eye(len(at)) - np.outer(way, change) / along
            inverse = turned @ inverse @ turned.T + np.outer(way, way) / along
        at, value, slope = near, lower, there
    return at
