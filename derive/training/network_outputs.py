"""The outputs of a network for data without targets: every step in its place."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from derive.limits import tick
from derive.training.evaluation import before, evaluation_rows
from derive.training.network import Array, Batch, Network, State, copied
from derive.training.run_options import Options
from derive.training.step_places import StepPlaces
from derive.training.tasks.batching import Batches
from derive.training.tasks.prediction_data import Inputs
from derive.training.tasks.sequence_batches import batches_of
from derive.training.tasks.task_data import Data, Split

Outputs = dict[str, Array]


def outputs_of(network: Network, data: Data, options: Options, inputs: Inputs,
               ) -> tuple[Outputs, State | None]:
    """(N, …) outputs of all steps, or (S, …) of sequences; the state behind a stream.

    A stream is read from its first step on where the network can carry its state, else in the
    windows that it was trained on.
    """
    if network.carries and inputs.starts is None:
        outputs, state = along(network, inputs.values, options.bptt)
        return network.decoded(outputs, None), state
    sequences = 1 if inputs.starts is None else len(inputs.starts) - 1
    count = len(inputs.values) if data.each else sequences
    targets = np.zeros((count, *data.train.targets.shape[1:]), data.train.targets.dtype)
    split = Split(inputs.values, targets, inputs.starts)
    batches = batches_of(data, split, options.batch, options.bptt, network.carries,
                         dtype=network.dtype, even=network.even)
    made = _in_place(data, split, (
        (batches, network.outputs(_read(batch), None)[0]) for batch in batches))
    return network.decoded(made, inputs.starts), None


def held_out_outputs(network: Network, data: Data, options: Options) -> Outputs:
    """The outputs of the held-out part, as the evaluation of a run has them."""
    part, streams = data.held_out, network.carries and data.held_out.starts is None
    rows = evaluation_rows(network, data, options)
    state = copied(network.outputs({"x": before(network, data, options, rows)},
                                   network.zero_state(rows))[1]) if streams else None

    def made() -> Iterator[tuple[Batches, Outputs]]:
        following = state
        batches = batches_of(data, part, rows, options.bptt, network.carries,
                             dtype=network.dtype, even=network.even)
        for batch in batches:
            outputs, last = network.outputs(_read(batch), following)
            following = copied(last) if streams else None
            yield batches, outputs

    return network.decoded(_in_place(data, part, made()), part.starts)


def along(network: Network, values: Array, steps: int, state: State | None = None,
          ) -> tuple[Outputs, State]:
    """The outputs of one sequence (N, …), read in chunks, and the state behind it."""
    state = network.zero_state(1) if state is None else state
    parts: list[Outputs] = []
    for start in range(0, len(values), steps):
        tick("predicting")
        chunk = values[start:start + steps, None]
        x = chunk.astype(np.int64 if values.dtype.kind in "iub" else network.dtype)
        outputs, last = network.outputs({"x": x}, state)
        parts.append({name: array[:, 0] for name, array in outputs.items()})
        state = copied(last)
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}, state


def _read(batch: Batch) -> Batch:
    """What outputs are computed from: targets too, where these are a sequence of their own."""
    names = ("x", "m", "y", "k") if "k" in batch else ("x", "m")
    return {name: batch[name] for name in names if name in batch}


def _in_place(data: Data, split: Split, made: Iterable[tuple[Batches, Outputs]]) -> Outputs:
    """The outputs of batches, each where its step or its sequence stands."""
    places = StepPlaces(data, split)
    for batches, outputs in made:
        tick("predicting")
        places.put(batches, outputs)
    return places.outputs
