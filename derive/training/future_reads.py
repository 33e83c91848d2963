"""Whether a network is given what it is to say: inputs of later steps that hold the target."""

from __future__ import annotations

import numpy as np

from derive.errors import TrainingError
from derive.training.network import Array, Network
from derive.training.tasks.task_data import TARGET_STEPS, Data, Split

_STEPS, _AT, _DRAWS = 7, 2, 3
_SAME = 1e-9  # how far from 1 a correlation may be


def check_future(network: Network, data: Data) -> None:
    """Raises TrainingError for a network that reads later inputs where one of them is the target.

    What it reads is tried: with random parameters, its outputs at a step must not change with the
    inputs of later ones.
    """
    if data.rows == TARGET_STEPS:
        _check_taught(network, data)
        return
    ahead = max(1, 0 if data.layout is None else data.layout.ahead)
    if not data.each or not _is_later(data.train, ahead) or not _reads_later(network, data):
        return
    what = "the next symbol" if data.language is not None else \
        "the next value" if ahead == 1 else f"the value {ahead} steps on"
    raise TrainingError("the model reads later steps, and they hold what it is to predict, "
                        f"{what}: its figures would mean nothing; leave out --bidirectional and "
                        "reads of t + 1, or predict what the inputs do not hold")


def _check_taught(network: Network, data: Data) -> None:
    """Raises TrainingError for a network that reads the very targets that it is to predict.

    With random parameters, the outputs up to a step must not change with the targets from it on.
    """
    kept, rng = network.theta.copy(), np.random.default_rng(3)
    try:
        with np.errstate(all="ignore"):
            read = any(_changes_with_targets(network, data, rng) for _ in range(_DRAWS))
    finally:
        network.theta[...] = kept
    if read:
        raise TrainingError("the model reads the targets of the very step, or of later ones, and "
                            "they are what it is to predict: its figures would mean nothing; read "
                            "the targets of the step before, as in y[r-1]")


def _changes_with_targets(network: Network, data: Data, rng: np.random.Generator) -> bool:
    network.theta[...] = rng.normal(0, 0.5, network.theta.shape)
    x, _ = _two_inputs(network, data, rng)
    shape = (_STEPS + 1, 1, *data.train.targets.shape[1:])  # not as many as there are inputs
    first, second = (rng.integers(0, len(data.classes), shape) if data.classes is not None
                     else rng.normal(size=shape).astype(network.dtype) for _ in range(2))
    second[:_AT] = first[:_AT]
    before, after = (
        {n: v.copy() for n, v in network.outputs({"x": x, "y": y})[0].items()}
        for y in (first, second))
    return any(not np.array_equal(before[n][:_AT + 1], after[n][:_AT + 1], equal_nan=True)
               for n in before if len(before[n]) == len(first))


def _is_later(split: Split, ahead: int) -> bool:
    """Whether the targets are inputs of a later step, in other units perhaps."""
    count = len(split.inputs)
    if (split.inputs.ndim != 1 and split.targets.dtype.kind in "iub") or count <= ahead + 1:
        return False
    number = np.repeat(np.arange(len(split.lengths)), split.lengths)
    inside = number[ahead:] == number[:-ahead]
    inputs, targets = split.inputs[ahead:][inside], split.targets[:-ahead][inside]
    if split.inputs.ndim == 1:
        return targets.ndim == 1 and np.array_equal(inputs, targets)
    columns = targets.reshape(len(targets), -1).T
    return all(any(_same(target, column) for column in inputs.T) for target in columns)


def _same(first: Array, second: Array) -> bool:
    """Whether two columns are the same but for mean and deviation."""
    if len(first) < 3 or not first.std() or not second.std():
        return False
    return bool(abs(np.corrcoef(first, second)[0, 1]) > 1 - _SAME)


def _reads_later(network: Network, data: Data) -> bool:
    """Whether an output at a step depends on the inputs of later ones."""
    kept, rng = network.theta.copy(), np.random.default_rng(3)
    try:
        with np.errstate(all="ignore"):  # at random parameters a value may be too large
            return any(_changes(network, data, rng) for _ in range(_DRAWS))
    finally:
        network.theta[...] = kept


def _changes(network: Network, data: Data, rng: np.random.Generator) -> bool:
    network.theta[...] = rng.normal(0, 0.5, network.theta.shape)
    x, other = _two_inputs(network, data, rng)
    later = x.copy()
    later[_AT + 1:] = other[_AT + 1:]
    state = network.zero_state(1)
    before, after = (
        {name: values.copy() for name, values in network.outputs({"x": each}, state)[0].items()}
        for each in (x, later))
    return any(not np.array_equal(before[name][:_AT + 1], after[name][:_AT + 1], equal_nan=True)
               for name in before if len(before[name]) == _STEPS)


def _two_inputs(network: Network, data: Data, rng: np.random.Generator) -> tuple[Array, Array]:
    """Random inputs, and others that differ at each step."""
    if isinstance(data.inputs, int):
        x: Array = rng.normal(size=(_STEPS, 1, data.inputs)).astype(network.dtype)
        return x, rng.normal(size=x.shape)
    x = rng.integers(0, len(data.inputs), (_STEPS, 1))
    return x, (x + 1) % len(data.inputs)
