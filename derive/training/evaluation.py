"""Training batches and held-out measures of a task, as its data and its network ask for.

An evaluation only runs forwards, on a state of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from math import log

import numpy as np

from derive.errors import TrainingError
from derive.tables.cell_table import measured_heads
from derive.training.network import Batch, Network, State
from derive.training.run_options import Options
from derive.training.run_records import Evaluate, Feed, Held
from derive.training.tasks.batching import Batches, Sequences, Stream, Windows
from derive.training.tasks.metrics import Metric, bits
from derive.training.tasks.task_data import Array, Data, Split

_CHUNKS = 16  # at least so many chunks follow one another in each row of an evaluation


def feed(network: Network, data: Data, options: Options) -> Feed:
    """Training batches: a stream with carried state, shuffled windows, or padded sequences.

    Raises TrainingError where the training part is too short for one batch.
    """
    rng, dtype = np.random.default_rng([options.seed, 1]), network.dtype
    made: Batches
    if data.train.starts is not None:
        made = Sequences(data.train, options.batch, rng, dtype, each=data.each)
    elif network.carries:
        made = Stream(data.train, options.bptt, options.batch, dtype, tail="drop")
    else:
        made = Windows(data.train, options.bptt, options.batch, rng, dtype, tail="drop")
    if not len(made):
        raise TrainingError(f"{len(data.train)} steps are too few for a batch of {options.batch} "
                            f"rows; give a smaller --batch or --bptt")
    return made


def evaluator(network: Network, data: Data, options: Options) -> Evaluate:
    """A function that measures the network on the held-out part, as it is then."""
    batches, warm = _held_out(network, data, options)
    from_loss = per_nat(data, options) is not None

    def evaluate() -> Held:
        metric = None if from_loss else Metric.of(data)
        total, count, state = 0.0, 0, None
        for batch in batches():
            state = warm(batch) if state is None else state
            loss, last = network.loss(batch, state)
            due = targets(batch)
            total, count = total + loss * due, count + due
            kept = {name: array.copy() for name, array in last.items()}
            if metric is not None:
                metric.update(network.outputs(batch, state)[0], batch)
            state = kept if network.carries and data.held_out.starts is None else None
        mean = total / max(count, 1)
        return Held(mean, bits(mean) if metric is None else metric.value())

    return evaluate


def per_nat(data: Data, options: Options) -> float | None:
    """What a mean loss is multiplied with to be the task's metric; None where it is not one."""
    head = measured_heads().get(options.head or data.head)
    return 1 / log(2) if data.metric == "bits" and head is not None and head.nats else None


def targets(batch: Batch) -> int:
    """How many real targets a batch has: steps, or sequences."""
    if batch["y"].ndim == 1:
        return len(batch["y"])
    steps, rows = batch["x"].shape[:2]
    return int(batch["m"].sum()) if "m" in batch else int(steps * rows)


def _held_out(network: Network, data: Data, options: Options,
              ) -> tuple[Callable[[], Batches], Callable[[Batch], State | None]]:
    """The batches of one evaluation, and the state before the first of them."""
    part, dtype = data.held_out, network.dtype
    if part.starts is not None:
        return (lambda: Sequences(part, options.batch, None, dtype, each=data.each)), _nothing
    if not network.carries:
        return (lambda: Windows(part, options.bptt, options.batch, None, dtype)), _nothing
    rows = max(1, min(options.batch, len(part) // (options.bptt * _CHUNKS)))
    return (lambda: Stream(part, options.bptt, rows, dtype)), _warming(network, data, options, rows)


def _nothing(_batch: Batch) -> State | None:
    return None


def _warming(network: Network, data: Data, options: Options, rows: int,
             ) -> Callable[[Batch], State | None]:
    """Runs through the steps before each row: a stream goes on where the training part ends."""
    part: Split = data.held_out
    length = min(2 * options.bptt, len(data.train))
    whole = np.concatenate([data.train.inputs[-length:], part.inputs])
    lengths = len(part) // rows + (np.arange(rows) < len(part) % rows)
    starts = np.concatenate([[0], np.cumsum(lengths)[:-1]])
    before: Array = whole[starts + np.arange(length)[:, None]]
    kind = np.int64 if before.dtype.kind in "iub" else network.dtype
    past = {"x": before.astype(kind)}

    def warm(_batch: Batch) -> State | None:
        _, last = network.outputs(past, network.zero_state(rows))
        return {name: array.copy() for name, array in last.items()}

    return warm
