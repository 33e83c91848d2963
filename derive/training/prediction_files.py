"""Predictions as text and files: CSV, JSON lines, NPZ."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from derive.errors import DataError
from derive.file_writing import write_file
from derive.outgoing_text import as_json
from derive.training.network import Array
from derive.training.prediction_results import Predictions

ENDINGS = {".csv": "csv", ".tsv": "csv", ".jsonl": "jsonl", ".ndjson": "jsonl", ".npz": "npz"}


def form_of(path: Path | None) -> str:
    """The form that the suffix of a file asks for; CSV on standard output. Raises DataError."""
    if path is None or str(path) == "-":
        return "csv"
    form = ENDINGS.get(path.suffix.lower())
    if form is None:
        raise DataError(f"predictions are written as {', '.join(ENDINGS)}, not as {path.name!r}")
    return form


def in_csv(prediction: Predictions, delimiter: str = ",") -> str:
    """A table with the names of the columns above it; numbers are written to the last digit."""
    columns = prediction.columns
    stream = io.StringIO()
    writer = csv.writer(stream, delimiter=delimiter, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(zip(*(_plain(values) for values in columns.values()), strict=True))
    return stream.getvalue()


def in_json_lines(prediction: Predictions) -> str:
    """An object for each row, or for each sequence one with lists of its steps."""
    columns = {name: _plain(values) for name, values in prediction.columns.items()}
    return "".join(as_json(row) + "\n"
                   for row in _rows(columns, prediction))


def in_npz(prediction: Predictions) -> bytes:
    """Arrays by name: places, values (labels of `classes`), probabilities `p`, targets."""
    arrays: dict[str, Array] = {**prediction.places, **prediction.values}
    if prediction.classes is not None:
        arrays["classes"] = np.array(prediction.classes, str)
    if prediction.probabilities is not None:
        arrays["p"] = prediction.probabilities
    arrays |= {f"true {name}": values for name, values in prediction.targets.items()}
    stream = io.BytesIO()
    np.savez(stream, **arrays)  # type: ignore[arg-type]
    return stream.getvalue()


def write_prediction(prediction: Predictions, path: Path) -> None:
    """Writes predictions to a file, in the form that its suffix asks for. Raises DataError."""
    form = form_of(path)
    text = "" if form == "npz" else in_json_lines(prediction) if form == "jsonl" else \
        in_csv(prediction, "\t" if path.suffix.lower() == ".tsv" else ",")
    write_file(path, in_npz(prediction) if form == "npz" else text, DataError)


def _rows(columns: dict[str, list[Any]], prediction: Predictions) -> Iterator[dict[str, Any]]:
    if "step" not in prediction.places:
        for row in zip(*columns.values(), strict=True):
            yield dict(zip(columns, row, strict=True))
        return
    sequences = prediction.places["sequence"]
    edges = np.flatnonzero(np.diff(sequences, prepend=0, append=-1))
    for start, stop in pairwise(edges):
        yield {name: values[start] if name == "sequence" else values[start:stop]
               for name, values in columns.items()}


def _plain(values: Array) -> list[Any]:
    """Values as Python has them: a float of 32 bits keeps its few digits."""
    if values.dtype == np.float32:
        return [float(str(value)) for value in values]
    plain: list[Any] = values.tolist()
    return plain
