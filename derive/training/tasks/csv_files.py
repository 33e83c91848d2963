"""CSV files: one stream of rows; some columns are inputs, some are targets."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np

from derive.errors import DataError
from derive.tables.cell_table import targets_of, usual_head
from derive.training.tasks.labels import as_labels, default_metric
from derive.training.tasks.series import standardise
from derive.training.tasks.task_data import (
    OF_NUMBERS,
    Array,
    Data,
    check_finite,
    cut_stream,
    held_out_count,
    moments,
)
from derive.training.tasks.user_files import FEWEST_STEPS, Options, at_least


class Table:
    """The rows of a CSV file, still text; `lines` are their lines in the file."""

    def __init__(self, where: str, text: str, limit: int | None) -> None:
        self.where = where
        reader = csv.reader(text.split("\n"), delimiter=_delimiter(text), strict=True)
        rows: list[list[str]] = []
        self.lines: list[int] = []
        try:
            for row in reader:
                if any(cell.strip() for cell in row):
                    rows.append([cell.strip() for cell in row])
                    self.lines.append(reader.line_num)
                if limit is not None and len(rows) > limit:
                    break
        except csv.Error as error:
            raise DataError(f"not CSV: {error}", where, reader.line_num) from None
        headed = not any(_is_number(cell) for cell in rows[0])
        self.names = rows[0] if headed else [str(n + 1) for n in range(len(rows[0]))]
        self.rows = rows[headed:][:limit]
        self.lines = self.lines[headed:][:limit]
        twice = {name for name in self.names if self.names.count(name) > 1}
        if twice:
            raise DataError(f"two columns are named {min(twice)!r}", where, 1)
        for line, row in zip(self.lines, self.rows, strict=True):
            if len(row) != len(self.names):
                raise DataError(f"{len(row)} cells where {len(self.names)} are due", where, line)

    def index(self, name: str) -> int:
        if name not in self.names:
            raise DataError(f"no column {name!r}; there are {', '.join(self.names)}", self.where)
        return self.names.index(name)

    def numbers(self, names: tuple[str, ...]) -> Array:
        """(N, D) float64. DataError names line and column of what is no finite number."""
        table = np.empty((len(self.rows), len(names)))
        for column, name in enumerate(names):
            at = self.index(name)
            for n, row in enumerate(self.rows):
                try:
                    table[n, column] = float(row[at])
                except ValueError:
                    what = f"{row[at]!r} is no number" if row[at] else "the cell is empty"
                    if _is_number(row[at].replace(",", ".", 1)):
                        what += "; write decimals with a point"
                    raise DataError(what, self.where, self.lines[n], name) from None
                if not np.isfinite(table[n, column]):
                    check_finite(table[n : n + 1, column : column + 1], self.where, (name,),
                                 self.lines[n], "line")
        return table

    def single(self) -> tuple[str, ...]:
        """The one column of numbers, judged by the first row."""
        found = tuple(name for name, cell in zip(self.names, self.rows[0], strict=True)
                      if _is_number(cell))
        if len(self.names) == 1:
            return tuple(self.names)
        if len(found) == 1:
            return found
        raise DataError(f"{len(found)} columns of numbers among {', '.join(self.names)}; "
                        "name the inputs and the targets, by --columns and --target", self.where)


def _delimiter(text: str) -> str:
    first = text.lstrip("\n").split("\n", 1)[0]
    return max(",;\t", key=first.count)


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def read_csv(path: Path, text: str, options: Options) -> Data:
    """Rows of a CSV file as one stream.

    A first row without a number is the header. With no column named, the next value of the one
    column of numbers is predicted; with only one of inputs and targets named, their next value.
    """
    where = str(path)
    table = Table(where, text, options.limit)
    at_least(len(table.rows), FEWEST_STEPS, "rows", where)
    sources = options.inputs or options.targets or table.single()
    aims = options.targets or sources
    ahead = int(bool(set(sources) & set(aims))) if options.ahead is None else options.ahead
    if ahead == 0 and set(sources) & set(aims):
        raise DataError("with a column that is input and target, 0 rows ahead is what is given; "
                        "look 1 row ahead", where)
    at_least(len(table.rows) - ahead, FEWEST_STEPS, f"rows before the last {ahead}", where)
    inputs = table.numbers(sources)
    held = held_out_count(len(inputs) - ahead, options.held_out)
    upto = len(inputs) - held  # rows of the training part
    classes: tuple[str, ...] | None = None
    scales: tuple[tuple[float, float], ...] = ()
    head = options.head or usual_head(OF_NUMBERS)
    if targets_of(head) == OF_NUMBERS:
        targets, scales = _scaled(table.numbers(aims), upto, aims, where)
        targets = targets[:, 0] if len(aims) == 1 else targets
    else:
        targets, classes = _classes(table, aims, options, where)
    steps = len(inputs) - ahead
    train, held_out = cut_stream(_scaled_inputs(inputs, upto)[:steps], targets[ahead:], held)
    return Data(name=path.stem, title=f"{', '.join(aims)} of {path.name}", train=train,
                held_out=held_out, inputs=len(sources), classes=classes, each=True, head=head,
                metric=default_metric(head), source=where, digest="",
                scale=scales[0] if len(scales) == 1 else (0.0, 1.0), scales=scales)


def _scaled(columns: Array, upto: int, names: tuple[str, ...],
            where: str) -> tuple[Array, tuple[tuple[float, float], ...]]:
    parts = [standardise(columns[:, n], upto, f"{where}, column {name}")
             for n, name in enumerate(names)]
    return np.stack([part for part, _ in parts], 1), tuple(scale for _, scale in parts)


def _scaled_inputs(columns: Array, upto: int) -> Array:
    """Standardised; a constant input becomes 0 and does no harm."""
    mean, deviation = moments(columns[:upto])
    flat = deviation <= 1e-12 * np.abs(mean)
    return np.asarray((columns - mean) / np.where(flat, 1, deviation))


def _classes(table: Table, aims: tuple[str, ...], options: Options,
             where: str) -> tuple[Array, tuple[str, ...]]:
    if len(aims) != 1:
        raise DataError(f"classes are one column, not {len(aims)}", where)
    at = table.index(aims[0])
    return as_labels([row[at] for row in table.rows], options.classes, where, table.lines,
                     aims[0], fewest=2)
