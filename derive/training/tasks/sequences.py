"""Sequences or a stream that was read from a file: split, standardised, made a task."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from derive.errors import DataError
from derive.tables.cell_table import usual_head
from derive.training.tasks.task_data import (
    OF_CLASSES,
    OF_NUMBERS,
    Array,
    Data,
    Split,
    cut_sequences,
    cut_stream,
    held_out_count,
    moments,
)
from derive.training.tasks.user_files import Options


@dataclass(frozen=True)
class Reading:
    """What a file holds: inputs (N,) labels or (N, D) reals, `starts` as in a Split."""

    path: Path
    inputs: Array
    starts: Array | None
    symbols: tuple[str, ...] | None
    targets: Array | None = None
    classes: tuple[str, ...] | None = None
    each: bool = True
    head: str = ""
    metric: str = ""
    same: bool = False  # inputs and targets are the same quantity

    def aimed(self, targets: Array, classes: tuple[str, ...] | None, each: bool, head: str,
              metric: str) -> Reading:
        return replace(self, targets=targets, classes=classes, each=each, head=head, metric=metric)

    def next_step(self) -> Reading:
        """The targets are the inputs one step later, within each sequence (of 2 or more)."""
        count = len(self.inputs)
        starts = np.array([0, count]) if self.starts is None else self.starts
        first, last = np.ones(count, bool), np.ones(count, bool)
        first[starts[:-1]] = False
        last[starts[1:] - 1] = False
        targets = self.inputs[first]
        if self.symbols is None and targets.shape[1] == 1:
            targets = targets[:, 0]
        return replace(
            self, inputs=self.inputs[last], targets=targets, classes=self.symbols, same=True,
            starts=None if self.starts is None else starts - np.arange(len(starts)),
            head=usual_head(OF_CLASSES if self.symbols else OF_NUMBERS),
            metric="bits" if self.symbols else "rmse")


def finish(reading: Reading, options: Options) -> Data:
    """The data of a reading that has targets. DataError where the head does not fit."""
    assert reading.targets is not None
    where = str(reading.path)
    if options.head and options.head != reading.head:
        raise DataError(f"the head {options.head} does not fit these targets, {reading.head} "
                        "does", where)
    whole = Split(reading.inputs, reading.targets, reading.starts)
    if reading.starts is None:
        held = held_out_count(len(whole), options.held_out)
        parts = cut_stream(whole.inputs, whole.targets, held)
    else:
        parts = cut_sequences(whole, reading.each, options.held_out, options.seed)
    train, held_out = parts
    scales: tuple[tuple[float, float], ...] = ()
    if reading.symbols is None:
        mean, deviation = _moments(train.inputs)
        train = replace(train, inputs=(train.inputs - mean) / deviation)
        held_out = replace(held_out, inputs=(held_out.inputs - mean) / deviation)
    if reading.classes is None:
        mean, deviation = _moments(parts[0].inputs if reading.same else train.targets, where)
        if train.targets.ndim == 1:
            mean, deviation = mean[0], deviation[0]
        train = replace(train, targets=(train.targets - mean) / deviation)
        held_out = replace(held_out, targets=(held_out.targets - mean) / deviation)
        scales = tuple(zip(np.atleast_1d(mean).tolist(), np.atleast_1d(deviation).tolist(),
                           strict=True))
    return Data(
        name=reading.path.stem, title=f"Sequences of {reading.path.name}", train=train,
        held_out=held_out, inputs=reading.symbols or reading.inputs.shape[1],
        classes=reading.classes, each=reading.each, head=reading.head, metric=reading.metric,
        source=where, digest="", scale=scales[0] if len(scales) == 1 else (0.0, 1.0),
        scales=scales)


def _moments(values: Array, where: str = "") -> tuple[Array, Array]:
    """(D,) means and deviations of columns; DataError with `where`, else 1, for a constant."""
    table = values.reshape(len(values), -1)
    mean, deviation = moments(table)
    flat = deviation <= 1e-12 * np.abs(mean)
    if where and flat.any():
        raise DataError(f"the targets of the training part are all {mean[flat][0]:g}: nothing to "
                        "learn", where)
    return mean, np.where(flat, 1, deviation)
