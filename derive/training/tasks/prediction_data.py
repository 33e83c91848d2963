"""New data for a trained model: files and arrays, read as the data that it was trained on."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import numpy as np

from derive.errors import DataError
from derive.short_reprs import Brief
from derive.training.tasks.csv_files import csv_inputs
from derive.training.tasks.json_arrays import unpacked
from derive.training.tasks.json_lines import json_inputs
from derive.training.tasks.npz_files import npz_inputs
from derive.training.tasks.task_data import TARGET_STEPS, Array, Data, check_finite, encode
from derive.training.tasks.user_files import ENDINGS, JSON, decode, read_bytes
from derive.training.tasks.value_columns import FLAGS, INTEGERS, NAMES, Column, joined

GIVEN = "the data given"


@dataclass(frozen=True)
class Inputs(Brief):
    """The steps of new data as the network reads them: (N,) labels, or (N, D) scaled reals.

    `starts` are the (S + 1,) offsets of sequences; None of one stream. `target_starts` are those of
    targets with lengths of their own, where these are known.
    """

    values: Array
    starts: Array | None = None
    target_starts: Array | None = None


def read_inputs(given: object, data: Data) -> Inputs:
    """The inputs in a file, or in what Python has, for a model that was trained on `data`.

    Raises DataError, naming the place, for what the model cannot read.
    """
    if isinstance(given, (str, os.PathLike)):
        return _checked(_of_file(Path(given), data), data)
    table = isinstance(given, Mapping) or hasattr(given, "columns")
    return _checked(_of_table(given, data) if table else _of_arrays(given, data), data)


def places(inputs: Inputs, data: Data, first: int = 0) -> dict[str, Array]:
    """The numbers of what is predicted, from 1: of rows, or of sequences and their steps."""
    ahead = 0 if data.layout is None else data.layout.ahead
    count = len(inputs.values)
    if inputs.starts is None:
        return {"row": np.arange(1, count + 1) + ahead + first}
    starts = inputs.starts
    if data.rows == TARGET_STEPS and inputs.target_starts is not None:
        starts, count = inputs.target_starts, int(inputs.target_starts[-1])
    lengths = np.diff(starts)
    if not data.each and data.rows != TARGET_STEPS:
        return {"sequence": np.arange(1, len(lengths) + 1)}
    steps = np.arange(1, count + 1) - np.repeat(starts[:-1], lengths)
    return {"sequence": np.repeat(np.arange(1, len(lengths) + 1), lengths), "step": steps + ahead}


def scaled(values: Array, data: Data, where: str) -> Array:
    """Reals in the user's units as the network reads them. DataError for another number of them."""
    width, layout = data.inputs, data.layout
    if values.shape[1] != width:
        raise DataError(f"{_many(values.shape[1])} a step; the model reads {width}", where)
    check_finite(values, where)
    if layout is None:
        raise DataError("the checkpoint is of an older derive, and does not tell the scale of its "
                        "inputs; go on with it for a step, by derive train --resume", where)
    if not layout.scales:
        return values
    mean, deviation = np.array(layout.scales).T
    return np.asarray((values - mean) / deviation)


def _checked(inputs: Inputs, data: Data) -> Inputs:
    """Sequences where the model was trained on some: a stream is one of them then."""
    if not len(inputs.values):
        raise DataError("there is no step", GIVEN)
    if inputs.starts is None and data.train.starts is not None:
        return Inputs(inputs.values, np.array([0, len(inputs.values)]))
    return inputs


def _of_file(path: Path, data: Data) -> Inputs:
    where, content = str(path), read_bytes(path)
    kind = ENDINGS.get(path.suffix.lower(), "text")
    labelled = not isinstance(data.inputs, int)
    if path.suffix.lower() == JSON:
        kind, content = unpacked(where, decode(content, where))
    if kind == "npz":
        column, starts = npz_inputs(where, content)
        return Inputs(_values([column], data), starts)
    text = decode(content, where)
    if kind == "jsonl":
        column, starts = json_inputs(where, text)
        return Inputs(_values([column], data), starts)
    if kind == "csv" and not labelled:
        names = () if data.layout is None else data.layout.columns
        written = (".", "") if data.layout is None else data.layout.signs
        return Inputs(_values(csv_inputs(where, text, names, written), data))
    return _of_text(where, text, data)


def _of_text(where: str, text: str, data: Data) -> Inputs:
    """Characters; for a model of sequences, one a line."""
    if isinstance(data.inputs, int):
        raise DataError(f"a text; the model reads {_many(data.inputs)} a step: CSV, JSON lines or "
                        "NPZ", where)
    if any(len(symbol) != 1 for symbol in data.inputs):
        raise DataError("a text; the model reads names, as JSON lines or NPZ", where)
    if data.train.starts is None:
        return Inputs(encode(text, data.inputs, where))
    lines = [(line, n) for n, line in enumerate(text.split("\n"), 1) if line]
    labels = [encode(line, data.inputs, where, n) for line, n in lines]
    return Inputs(np.concatenate(labels), np.cumsum([0, *map(len, labels)]))


def _values(columns: Sequence[Column], data: Data) -> Array:
    """The values of columns of a file. DataError where they are of another kind."""
    column = columns[0]
    if isinstance(data.inputs, int):
        if column.kind in (NAMES, FLAGS):
            raise column.error(0, f"{column.kind}; the model reads {_many(data.inputs)} a step")
        return scaled(joined(columns), data, column.where)
    if column.kind not in (NAMES, INTEGERS) or (column.kind == INTEGERS and column.values):
        raise column.error(0, f"{column.kind}; the model reads symbols such as "
                              f"{data.inputs[0]!r}")
    return column.labels(data.inputs)[0]


def _of_table(given: object, data: Data) -> Inputs:
    """The columns of a dict or of a data frame, by the names that the model was trained with."""
    if isinstance(data.inputs, int):
        names = () if data.layout is None else data.layout.columns
        table = cast("Mapping[str, object]", given)
        known = [str(name) for name in getattr(given, "columns", table)]
        for name in names:
            if name not in known:
                raise DataError(f"no column {name!r}; there are {', '.join(known)}", GIVEN)
        parts = [_reals(table[name], f"{GIVEN}, {name}") for name in names or known]
        if len({len(part) for part in parts}) != 1:
            raise DataError("the columns have different lengths", GIVEN)
        return Inputs(scaled(np.concatenate(parts, 1), data, GIVEN))
    raise DataError("a table; the model reads symbols: give a path, labels or lists of names",
                    GIVEN)


def _of_arrays(given: object, data: Data) -> Inputs:
    """An array of all steps, or a list with one for each sequence."""
    if isinstance(given, (list, tuple)) and given and not np.isscalar(given[0]) and \
            not _is_rows(given[0], data):
        parts = [_steps(part, data, f"{GIVEN}, sequence {n}") for n, part in enumerate(given, 1)]
        return Inputs(np.concatenate(parts), np.cumsum([0, *map(len, parts)]))
    if isinstance(given, (list, tuple)) and given and isinstance(given[0], str) and \
            any(len(word) != 1 for word in given) and not isinstance(data.inputs, int) and \
            not set(given) <= set(data.inputs):  # texts, each a sequence of characters
        parts = [_steps(list(part), data, f"{GIVEN}, sequence {n}")
                 for n, part in enumerate(given, 1)]
        return Inputs(np.concatenate(parts), np.cumsum([0, *map(len, parts)]))
    return Inputs(_steps(given, data, GIVEN))


def _is_rows(first: object, data: Data) -> bool:
    """Whether a list holds the numbers of steps, several each, and no sequences."""
    return data.inputs != 1 and isinstance(data.inputs, int) and \
        isinstance(first, (list, tuple)) and bool(first) and bool(np.isscalar(first[0]))


def _steps(given: object, data: Data, where: str) -> Array:
    """The steps of one sequence. DataError for an empty one, and what the model cannot read."""
    if isinstance(data.inputs, int):
        return scaled(_reals(given, where), data, where)
    values = np.asarray(list(given) if isinstance(given, str) else given)
    if not values.size:
        raise DataError("the sequence is empty", where)
    if values.ndim == 1 and values.dtype.kind in "US":
        places = {symbol: place for place, symbol in enumerate(data.inputs)}
        for n, name in enumerate(map(str, values)):
            if name not in places:
                raise DataError(f"{name!r} is none of the {len(places)} symbols of the model",
                                where, n + 1, unit="step")
        return np.array([places[str(name)] for name in values], np.int64)
    if values.ndim != 1 or values.dtype.kind not in "iu":
        raise DataError(f"{values.dtype} of the shape {values.shape}; the model reads symbols: "
                        "their names, or labels (N,)", where)
    wrong = np.flatnonzero((values < 0) | (values >= len(data.inputs)))
    if len(wrong):
        raise DataError(f"the label {values[wrong[0]]} is outside 0 … {len(data.inputs) - 1}",
                        where, int(wrong[0]) + 1, unit="step")
    return values.astype(np.int64)


def _reals(given: object, where: str) -> Array:
    """(N, D) reals. DataError for what is none."""
    try:
        values = np.asarray(given, np.float64)
    except (TypeError, ValueError):
        raise DataError("no array of numbers", where) from None
    if values.ndim not in (1, 2) or not values.size:
        raise DataError(f"the shape {values.shape}; steps are (N,) or (N, D)", where)
    return values[:, None] if values.ndim == 1 else values


def _many(count: int) -> str:
    return "1 number" if count == 1 else f"{count} numbers"
