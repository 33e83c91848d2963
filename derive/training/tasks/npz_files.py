"""NPZ files of NumPy: arrays x, y, and lengths or starts."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np

from derive.errors import DataError
from derive.tables.cell_table import targets_of
from derive.training.npz_arrays import NpzError, ObjectArrayError, npz_arrays
from derive.training.tasks.explained_inputs import explained, next_step
from derive.training.tasks.own_lengths import of_own_lengths
from derive.training.tasks.readings import FEWEST_STEPS, Options, Reading, at_least, with_targets
from derive.training.tasks.task_data import OF_AMOUNTS, UNENDED, Array, check_finite
from derive.training.tasks.value_columns import (
    FLAGS,
    INTEGERS,
    NUMBERS,
    Column,
    check_amounts,
    events_of,
)

NAMES = ("x", "y", "lengths", "starts", "event", "target_lengths")


def read_npz(path: Path, content: bytes, options: Options) -> Reading:
    """The arrays of an NPZ file.

    `x`: (N,) integer labels or (N, D) reals, all steps one after another. `y`: one target a step
    or one a sequence: integer labels, booleans, or reals; without it the next step of x is
    predicted. `lengths` (S,) or `starts` (S + 1,) cut the steps into sequences, `target_lengths`
    (S,) the targets, where the network takes such.
    """
    where, title = str(path), f"Sequences of {path.name}"
    arrays = _arrays(content, where)
    if "x" not in arrays:
        raise DataError("there is no array 'x'", where)
    steps = _Rows(where, "x", arrays["x"])
    starts = _starts(arrays, len(steps.array), where)
    if options.limit is not None:
        raise DataError("a limit is for text, CSV and JSON lines; cut the arrays", where)
    if starts is None:
        at_least(len(steps.array), FEWEST_STEPS, "steps", where)
    else:
        at_least(len(starts) - 1, 2, "sequences", where)
    symbols = None
    of_amounts = "y" not in arrays and targets_of(options.head) == OF_AMOUNTS
    if steps.kind == INTEGERS and not of_amounts:
        inputs, symbols = steps.labels(options.symbols)
    else:
        inputs = steps.reals()
    if options.alone:
        return explained(where, inputs, symbols, starts, title)
    if "y" in arrays:
        reading = partial(Reading, where, inputs, symbols=symbols, starts=starts, title=title)
        read = _of_own_lengths if options.form else _of_steps
        return read(where, arrays, reading, options)
    if starts is not None and (np.diff(starts) < 2).any():
        short = int(np.flatnonzero(np.diff(starts) < 2)[0])
        raise DataError("one step, and no 'y': nothing to predict", where, short + 1,
                        unit="sequence")
    if of_amounts:
        check_amounts(steps, inputs, options.domain)
    return next_step(where, inputs, symbols, starts, title, options.head)


def _of_steps(where: str, arrays: dict[str, Array], reading: partial[Reading],
              options: Options) -> Reading:
    """A reading with a target for each step, or for each sequence."""
    targets, known = _Rows(where, "y", arrays["y"]), reading.keywords
    reading = partial(reading, each=_each(targets, len(reading.args[1]), known["starts"]))
    if "event" in arrays:
        seen = _Rows(where, "event", arrays["event"])
        if len(seen.array) != len(targets.array):
            raise DataError(f"{len(seen.array)} events for {len(targets.array)} targets", where)
        reading = partial(reading, events=events_of(seen))
    return with_targets(reading, (targets,), options)


def _of_own_lengths(where: str, arrays: dict[str, Array], reading: partial[Reading],
                    options: Options) -> Reading:
    """A reading whose targets are cut by lengths of their own."""
    sequences = 0 if "lengths" not in arrays else len(arrays["lengths"])
    counts = arrays.get("target_lengths")
    if counts is None or not sequences:
        raise DataError("the model takes sequences of targets with lengths of their own: give "
                        "'lengths' of x and 'target_lengths' of y", where)
    if counts.dtype.kind not in "iu" or counts.ndim != 1 or len(counts) != sequences or \
            (counts < (options.form == UNENDED)).any():
        raise DataError(f"'target_lengths' is one number for each of {sequences} sequences", where)
    targets = _Rows(where, "y", arrays["y"])
    starts = np.concatenate([[0], np.cumsum(counts.astype(np.int64))])
    if starts[-1] != len(targets.array):
        raise DataError(f"'target_lengths' covers {starts[-1]} targets, y has "
                        f"{len(targets.array)}", where)
    return of_own_lengths(with_targets(reading, (targets,), options), starts, options.form)


class _Rows(Column):
    """The rows of an array."""

    unit = "row"
    refused = ((), (NUMBERS,))

    def __init__(self, where: str, name: str, array: Array) -> None:
        super().__init__(where, name, (), range(1, len(array) + 1))
        self.array = array
        labelled = array.dtype.kind in "iub" and array.ndim == 1
        self.kind = NUMBERS if not labelled else FLAGS if array.dtype.kind == "b" else INTEGERS

    @property
    def axes(self) -> int:
        return int(self.array.ndim)

    def labels(self, known: tuple[str, ...] | None, fewest: int = 1,
               ) -> tuple[Array, tuple[str, ...]]:
        """Integers as labels 0 … K − 1, of `fewest` classes or more. DataError at one outside."""
        labels = self.array.astype(np.int64)
        top = len(known) if known is not None else max(fewest, int(labels.max()) + 1)
        wrong = np.flatnonzero((labels < 0) | (labels >= top))
        if len(wrong):
            due = f"0 … {top - 1}" if known is not None else "0, 1, 2 …"
            raise self.error(int(wrong[0]), f"the label {labels[wrong[0]]} is outside {due}")
        if top > max(10 * len(labels), 1000):
            raise DataError(f"labels up to {top - 1} for {len(labels)} steps; number them from 0 "
                            "without gaps", self.where, column=self.name)
        return labels, known if known is not None else tuple(str(n) for n in range(top))

    def reals(self) -> Array:
        if self.array.ndim > 2:
            raise DataError(f"{self.name!r} has the shape {self.array.shape}; steps stand one "
                            "after another: (N,) or (N, D), with 'lengths'", self.where)
        reals = self.array.astype(np.float64)
        check_finite(reals, f"{self.where}, {self.name}")
        return reals if reals.ndim == 2 else reals[:, None]


def _each(targets: _Rows, steps: int, starts: Array | None) -> bool:
    """Whether there is a target for each step. DataError where there is none for a sequence."""
    sequences = steps if starts is None else len(starts) - 1
    count = len(targets.array)
    if count not in (steps, sequences):
        counted = f"{steps} steps" + (f" or {sequences} sequences" if sequences != steps else "")
        raise DataError(f"{count} targets for {counted}", targets.where, column="y")
    return count == steps


def _arrays(content: bytes, where: str) -> dict[str, Array]:
    try:
        arrays = npz_arrays(content)
    except ObjectArrayError:
        raise DataError("an array of Python objects; store numbers", where) from None
    except NpzError:
        raise DataError("this is no NPZ file, or it is damaged; write it with numpy.savez",
                        where) from None
    foreign = [name for name in arrays if name not in NAMES]
    if foreign:
        raise DataError(f"unknown array {foreign[0]!r}; known are {', '.join(NAMES)}", where)
    for name, array in arrays.items():
        if array.ndim < 1 or array.dtype.kind not in "iufb":
            raise DataError(f"the array {name!r} of the shape {array.shape} holds {array.dtype}, "
                            "not a row of numbers", where)
        if not len(array):
            raise DataError(f"the array {name!r} is empty", where)
    return arrays


def _starts(arrays: dict[str, Array], count: int, where: str) -> Array | None:
    """(S + 1,) offsets, of lengths or starts. DataError where they do not fit the steps."""
    if "lengths" in arrays and "starts" in arrays:
        raise DataError("give 'lengths' or 'starts', not both", where)
    name = "lengths" if "lengths" in arrays else "starts"
    if name not in arrays:
        return None
    if arrays[name].dtype.kind not in "iu" or arrays[name].ndim != 1:
        raise DataError(f"{name!r} is one row of whole numbers", where)
    given = arrays[name].astype(np.int64)
    starts = np.concatenate([[0], np.cumsum(given)]) if name == "lengths" else given
    if name == "starts" and starts[-1] != count:
        starts = np.append(starts, count)
    empty = np.flatnonzero(np.diff(starts) < 1)
    if len(empty):
        raise DataError("the sequence is empty", where, int(empty[0]) + 1, unit="sequence")
    if starts[0] != 0 or starts[-1] != count:
        raise DataError(f"{name!r} covers the steps {starts[0]} to {starts[-1]}, x has {count}",
                        where)
    return starts


def npz_inputs(where: str, content: bytes) -> tuple[Column, Array | None]:
    """The steps of x, and the (S + 1,) offsets of its sequences; y is not read."""
    arrays = _arrays(content, where)
    if "x" not in arrays:
        raise DataError("there is no array 'x'", where)
    return _Rows(where, "x", arrays["x"]), _starts(arrays, len(arrays["x"]), where)
