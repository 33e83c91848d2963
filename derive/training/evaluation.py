"""Training batches and held-out measures of a task, as its data and its network ask for.

An evaluation only runs forwards, on a state of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from derive.errors import TrainingError
from derive.tables.cell_table import measured_heads
from derive.training.network import Batch, Network, State, copied
from derive.training.prediction_values import kind_of, prediction_in
from derive.training.run_options import Options
from derive.training.run_records import Evaluate, Measured
from derive.training.step_places import StepPlaces
from derive.training.tasks.batching import Batches
from derive.training.tasks.metrics import MEASURES, Metric
from derive.training.tasks.sequence_batches import batches_of
from derive.training.tasks.task_data import OF_CLASSES, OF_FLAGS, Array, Data, Split

_CHUNKS = 16  # at least so many chunks follow one another in each row of an evaluation


def feed(network: Network, data: Data, options: Options) -> Batches:
    """Training batches: a stream with carried state, shuffled windows, or padded sequences.

    Raises TrainingError where the training part is too short for one batch.
    """
    made = batches_of(data, data.train, options.batch, options.bptt, network.carries,
                      np.random.default_rng([options.seed, 1]), network.dtype, "drop",
                      network.even)
    if not len(made):
        raise TrainingError(f"{len(data.train)} steps are too few for a batch of {options.batch} "
                            f"rows; give a smaller --batch or --bptt")
    return made


def evaluator(network: Network, data: Data, options: Options) -> Evaluate:
    """A function that measures the network on the held-out part, as it is then."""
    part, streams = data.held_out, network.carries and data.held_out.starts is None
    rows = evaluation_rows(network, data, options)
    past = {"x": before(network, data, options, rows)} if streams else {}
    from_loss = of_loss(data, network)

    def evaluate() -> Measured:
        outputs = None if from_loss else MeasuredOutputs(network, data, part)
        total, count = 0.0, 0
        state = copied(network.outputs(past, network.zero_state(rows))[1]) if streams else None
        batches = batches_of(data, part, rows, options.bptt, network.carries,
                             dtype=network.dtype, even=network.even)
        for batch in batches:
            loss, last = network.loss(batch, state)
            due = targets(batch) if network.each else len(batch["x"][0])
            total, count = total + loss * due, count + due
            following = copied(last) if streams else None
            if outputs is not None:
                outputs.put(batches, batch, state)
            state = following
        mean = total / max(count, 1)
        if from_loss is not None:
            return Measured(mean, from_loss(mean))
        return Measured(mean, None if outputs is None else outputs.measure())

    return evaluate


class MeasuredOutputs:
    """The metric of a split, batch by batch; of its steps together where a network decodes."""

    def __init__(self, network: Network, data: Data, part: Split) -> None:
        self.network, self.data, self.part = network, data, part
        self.metric = Metric.of(data, prediction_in(network, data.head))
        self.gathered = StepPlaces(data, part) if network.decodes else None

    def put(self, batches: Batches, batch: Batch, state: State | None) -> None:
        """Takes in the outputs at the batch that was given last."""
        outputs = self.network.outputs(batch, state)[0]
        if self.gathered is not None:
            self.gathered.put(batches, outputs)
        else:
            steps = self.data.each or "k" in batch  # else the mask is of the inputs
            self.metric.update(outputs, batch if steps else {"y": batch["y"]})

    def measure(self) -> float | None:
        """The metric of what was taken in."""
        if self.gathered is not None:
            self.metric.update(self.network.decoded(self.gathered.outputs, self.part.starts),
                               {"y": self.part.targets})
        return self.metric.value()


def of_loss(data: Data, network: Network) -> Callable[[float], float] | None:
    """What makes the task's metric of a mean loss; None where it is measured by the outputs."""
    measure = MEASURES[data.metric]
    likelihood = prediction_in(network, data.head).likelihood
    return measure.of_loss if measure.part is None or likelihood else None


def measured(data: Data, network: Network) -> Data:
    """The data with a metric that the prediction of a network has: the first that fits."""
    kind = kind_of(prediction_in(network, data.head))
    known = measured_heads()[data.head].measures
    of_labels = kind.targets in (OF_CLASSES, OF_FLAGS)
    fits = {"bits": kind.sampled, "rmse": kind.measured, "edits": kind.collapsed,
            "accuracy": of_labels, "f1": of_labels}
    if fits.get(data.metric, True):
        return data
    return replace(data, metric=next((m for m in known if fits.get(m, True)), "loss"))


def targets(batch: Batch) -> int:
    """How many real targets a batch has: steps, or sequences."""
    if "k" in batch:
        return int(batch["k"].sum())
    if batch["y"].ndim == 1:
        return len(batch["y"])
    steps, rows = batch["x"].shape[:2]
    return int(batch["m"].sum()) if "m" in batch else int(steps * rows)


def evaluation_rows(network: Network, data: Data, options: Options) -> int:
    """How many rows the held-out part is read in, side by side."""
    if not network.carries or data.held_out.starts is not None:
        return options.batch
    return max(1, min(options.batch, len(data.held_out) // (options.bptt * _CHUNKS)))


def before(network: Network, data: Data, options: Options, rows: int) -> Array:
    """The steps before each row of a stream, which goes on where the training part ends."""
    count = len(data.held_out)
    length = min(2 * options.bptt, len(data.train))
    inputs = np.concatenate([data.train.inputs[-length:], data.held_out.inputs])
    lengths = count // rows + (np.arange(rows) < count % rows)
    starts = np.concatenate([[0], np.cumsum(lengths)[:-1]])
    before: Array = inputs[starts + np.arange(length)[:, None]]
    return before.astype(np.int64 if before.dtype.kind in "iub" else network.dtype)
