"""NPZ files of NumPy: arrays x, y, and lengths or starts."""

from __future__ import annotations

import io
import zipfile
import zlib
from pathlib import Path

import numpy as np

from derive.errors import DataError
from derive.tables.cell_table import targets_of, usual_head
from derive.training.tasks.labels import default_metric
from derive.training.tasks.sequences import Reading, finish
from derive.training.tasks.task_data import (
    OF_CLASSES,
    OF_FLAGS,
    OF_NUMBERS,
    Array,
    Data,
    check_finite,
)
from derive.training.tasks.user_files import FEWEST_STEPS, Options, at_least

NAMES = ("x", "y", "lengths", "starts")


def read_npz(path: Path, content: bytes, options: Options) -> Data:
    """The arrays of an NPZ file.

    `x`: (N,) integer labels or (N, D) reals, all steps one after another. `y`: one target a step
    or one a sequence: integer labels, booleans, or reals; without it the next step of x is
    predicted. `lengths` (S,) or `starts` (S + 1,) cut the steps into sequences.
    """
    where = str(path)
    arrays = _arrays(content, where)
    if "x" not in arrays:
        raise DataError("there is no array 'x'", where)
    inputs = arrays["x"]
    starts = _starts(arrays, len(inputs), where)
    if options.limit is not None:
        raise DataError("a limit is for text, CSV and JSON lines; cut the arrays", where)
    if starts is None:
        at_least(len(inputs), FEWEST_STEPS, "steps", where)
    else:
        at_least(len(starts) - 1, 2, "sequences", where)
    symbols = None
    if inputs.dtype.kind in "iu" and inputs.ndim == 1:
        inputs, symbols = _labels(inputs, options.symbols, where, "x")
    else:
        inputs = _reals(inputs, where, "x")
        inputs = inputs[:, None] if inputs.ndim == 1 else inputs
    reading = Reading(path, inputs, starts, symbols)
    if "y" in arrays:
        return finish(_with_targets(reading, arrays["y"], options), options)
    if starts is not None and (np.diff(starts) < 2).any():
        short = int(np.flatnonzero(np.diff(starts) < 2)[0])
        raise DataError("one step, and no 'y': nothing to predict", where, short + 1,
                        unit="sequence")
    return finish(reading.next_step(), options)


def _arrays(content: bytes, where: str) -> dict[str, Array]:
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as file:
            if not isinstance(file, np.lib.npyio.NpzFile):
                raise DataError("this is no NPZ file; write it with numpy.savez", where)
            foreign = [name for name in file.files if name not in NAMES]
            if foreign:
                raise DataError(f"unknown array {foreign[0]!r}; known are {', '.join(NAMES)}",
                                where)
            arrays = {name: np.asarray(file[name]) for name in file.files}
    except (ValueError, OSError, EOFError, KeyError, MemoryError, NotImplementedError,
            zipfile.BadZipFile, zlib.error) as error:
        if "pickle" in str(error).lower() and content.startswith(b"PK\x03\x04"):
            raise DataError("an array of Python objects; store numbers", where) from None
        raise DataError("this is no NPZ file, or it is damaged; write it with numpy.savez",
                        where) from None
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
    given = arrays[name]
    if given.dtype.kind not in "iu" or given.ndim != 1:
        raise DataError(f"{name!r} is one row of whole numbers", where)
    given = given.astype(np.int64)
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


def _labels(values: Array, known: tuple[str, ...] | None, where: str,
            name: str) -> tuple[Array, tuple[str, ...]]:
    """Integers as labels 0 … K − 1. DataError at one outside."""
    labels = values.astype(np.int64)
    top = len(known) if known is not None else int(labels.max()) + 1
    wrong = np.flatnonzero((labels < 0) | (labels >= top))
    if len(wrong):
        due = f"0 … {top - 1}" if known is not None else "0, 1, 2 …"
        raise DataError(f"the label {labels[wrong[0]]} is outside {due}", where,
                        int(wrong[0]) + 1, name, "row")
    if top > max(10 * len(labels), 1000):
        raise DataError(f"labels up to {top - 1} for {len(labels)} steps; number them from 0 "
                        "without gaps", where, column=name)
    return labels, known if known is not None else tuple(str(n) for n in range(top))


def _reals(values: Array, where: str, name: str) -> Array:
    if values.ndim > 2:
        raise DataError(f"{name!r} has the shape {values.shape}; steps stand one after another: "
                        "(N,) or (N, D), with 'lengths'", where)
    reals = values.astype(np.float64)
    check_finite(reals, f"{where}, {name}")
    return reals


def _with_targets(reading: Reading, targets: Array, options: Options) -> Reading:
    where = str(reading.path)
    steps = len(reading.inputs)
    sequences = steps if reading.starts is None else len(reading.starts) - 1
    if len(targets) not in (steps, sequences):
        counted = f"{steps} steps" + (f" or {sequences} sequences" if sequences != steps else "")
        raise DataError(f"{len(targets)} targets for {counted}", where, column="y")
    each = len(targets) == steps
    labelled = targets.dtype.kind in "iub" and targets.ndim == 1
    head = options.head or usual_head(
        OF_NUMBERS if not labelled else OF_FLAGS if targets.dtype.kind == "b" else OF_CLASSES)
    if targets_of(head) == OF_NUMBERS:
        reals = _reals(targets, where, "y")
        return reading.aimed(reals[:, 0] if reals.shape[1:] == (1,) else reals, None, each, head,
                             default_metric(head))
    if not labelled:
        raise DataError(f"the head {head} needs whole numbers (N,), y holds {targets.dtype} of "
                        f"the shape {targets.shape}", where)
    known = options.classes or (("0", "1") if targets_of(head) == OF_FLAGS else None)
    labels, classes = _labels(targets, known, where, "y")
    return reading.aimed(labels, classes, each, head, default_metric(head))
