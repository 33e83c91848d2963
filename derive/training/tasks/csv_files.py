"""CSV files: one stream of rows; some columns are inputs, some are targets."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from functools import partial
from math import isfinite
from pathlib import Path

import numpy as np

from derive.errors import DataError
from derive.training.tasks.number_texts import Signs, readable_by, signs
from derive.training.tasks.readings import FEWEST_STEPS, Options, Reading, at_least, with_targets
from derive.training.tasks.task_data import Array, check_finite
from derive.training.tasks.value_columns import CELLS, Column, events_of, joined


def read_csv(path: Path, text: str, options: Options) -> Reading:
    """Rows of a CSV file as one stream.

    A first row without a number is the header. With no column named, the next value of the one
    column of numbers is predicted; with only one of inputs and targets named, their next value.
    """
    where = str(path)
    table = _Table(where, text, options.limit, signs(options.decimal, options.thousands))
    at_least(len(table.rows), FEWEST_STEPS, "rows", where)
    sources = options.inputs or options.targets or table.single()
    notices = () if options.inputs or options.targets else table.left_out(sources)
    aims = options.targets or sources
    shared = bool(set(sources) & set(aims))
    ahead = int(shared) if options.ahead is None else options.ahead
    if ahead == 0 and shared:
        raise DataError("with a column that is input and target, 0 rows ahead is what is given; "
                        "look 1 row ahead", where)
    at_least(len(table.rows) - ahead, FEWEST_STEPS, f"rows before the last {ahead}", where)
    inputs = np.ascontiguousarray(joined(table.columns(sources)))
    reading = partial(Reading, where, inputs, ahead=ahead, columns=aims, sources=sources,
                      notices=notices, signs=(options.decimal, options.thousands or ""),
                      title=f"{', '.join(aims)} of {path.name}")
    if options.event:
        reading = partial(reading, events=events_of(table.columns((options.event,))[0]))
    return with_targets(reading, table.columns(aims), options)


class _Cells(Column):
    """The cells of a column, still text."""

    kind = CELLS

    def __init__(self, where: str, name: str, values: Sequence[str], lines: Sequence[int],
                 written: Signs) -> None:
        super().__init__(where, name, values, lines)
        self.written = written

    def reals(self) -> Array:
        return np.array([self._number(cell, n) for n, cell in enumerate(self.values)])[:, None]

    def _number(self, cell: str, n: int) -> float:
        try:
            value = self.written.number(cell)
        except ValueError:
            message = f"{cell!r} is no number" if cell else "the cell is empty"
            other = readable_by(cell)
            if other:
                message += f"; it is one by {other}"
            elif cell:
                message += self.remedy
            raise self.error(n, message) from None
        if not isfinite(value):
            check_finite(np.array([value]), self.where, (self.name,), self.lines[n], self.unit)
        return value


class _Table:
    """The rows of a CSV file; `lines` are their lines in the file."""

    def __init__(self, where: str, text: str, limit: int | None, written: Signs) -> None:
        self.where, self.written = where, written
        first = text.lstrip("\n").split("\n", 1)[0]
        others = ",;\t".replace(written.decimal, "")
        between = max(others if any(sign in first for sign in others) else ",", key=first.count)
        reader = csv.reader(text.split("\n"), delimiter=between, strict=True)
        rows: list[tuple[int, list[str]]] = []
        try:
            for row in reader:
                cells = [cell.strip() for cell in row]
                if any(cells):
                    rows.append((reader.line_num, cells))
                if limit is not None and len(rows) > limit:
                    break
        except csv.Error as error:
            raise DataError(f"not CSV: {error}", where, reader.line_num) from None
        head = rows[0][1]
        headed = not any(written.reads(cell) for cell in head)
        self.names = tuple(head) if headed else tuple(str(n + 1) for n in range(len(head)))
        self.lines = [line for line, _ in rows[headed:][:limit]]
        self.rows = [cells for _, cells in rows[headed:][:limit]]
        self._check()

    def _check(self) -> None:
        twice = {name for name in self.names if self.names.count(name) > 1}
        if twice:
            raise DataError(f"two columns are named {min(twice)!r}", self.where, 1)
        for line, row in zip(self.lines, self.rows, strict=True):
            if len(row) != len(self.names):
                raise DataError(f"{len(row)} cells where {len(self.names)} are due", self.where,
                                line)

    def columns(self, names: tuple[str, ...]) -> list[_Cells]:
        """The columns of these names. DataError where there is none."""
        for name in names:
            if name not in self.names:
                raise DataError(f"no column {name!r}; there are {', '.join(self.names)}",
                                self.where)
        places = [self.names.index(name) for name in names]
        return [_Cells(self.where, name, [row[place] for row in self.rows], self.lines,
                       self.written)
                for name, place in zip(names, places, strict=True)]

    def single(self) -> tuple[str, ...]:
        """The one column of numbers, judged by the first row."""
        numbers = tuple(name for name, cell in zip(self.names, self.rows[0], strict=True)
                        if self.written.reads(cell))
        if len(self.names) == 1:
            return self.names
        if len(numbers) == 1:
            return numbers
        others = [f"{name} is one by {signs}" for name, signs in self.other_signs().items()]
        raise DataError(f"{len(numbers)} columns of numbers among {', '.join(self.names)}; "
                        "name the inputs and the targets, by --columns and --predict"
                        + "".join(f"; {text}" for text in others), self.where)

    def other_signs(self) -> dict[str, str]:
        """The columns that are numbers by other signs, and these."""
        cells = zip(self.names, self.rows[0], strict=True)
        known = {name: readable_by(cell) for name, cell in cells if not self.written.reads(cell)}
        return {name: text for name, text in known.items() if text}

    def left_out(self, used: tuple[str, ...]) -> tuple[str, ...]:
        """What is told where not all columns are used, and nobody named any."""
        rest = [name for name in self.names if name not in used]
        if not rest:
            return ()
        notices = [f"{', '.join(used)} is read and predicted; left out, as text, are "
                + ", ".join(rest)]
        first = dict(zip(self.names, self.rows[0], strict=True))
        notices += [f"{name}, with cells such as {first[name]!r}, is read as numbers by {by}"
                 for name, by in self.other_signs().items()]
        return tuple(notices)


def csv_inputs(where: str, text: str, names: tuple[str, ...],
               written: tuple[str, str] = (".", "")) -> list[Column]:
    """The columns of these names; without names, all columns. DataError where one is missing."""
    table = _Table(where, text, None, signs(*written))
    if not table.rows:
        raise DataError("there is no row below the names of the columns", where)
    return list(table.columns(names or table.names))
