"""JSON lines: each line is one sequence {"x": …, "y": …}."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from derive.errors import DataError
from derive.tables.cell_table import usual_head
from derive.training.tasks.explained_inputs import explained, next_step
from derive.training.tasks.own_lengths import of_own_lengths
from derive.training.tasks.readings import Options, Reading, at_least, with_targets
from derive.training.tasks.task_data import OF_SEQUENCES, UNENDED, Array, alphabet
from derive.training.tasks.value_columns import (
    FLAGS,
    INTEGERS,
    LISTS,
    NAMES,
    NUMBERS,
    Column,
    check_amounts,
    events_of,
)

Record = tuple[int, dict[str, Any]]  # line, content
_KINDS = {bool: FLAGS, str: NAMES, int: INTEGERS, float: NUMBERS}


def read_json_lines(path: Path, text: str, options: Options) -> Reading:
    """Sequences of a JSON lines file.

    `x`: a string (its characters are labels), a list of names, of numbers, or of lists of
    numbers. `y`: a name, a number or true/false for the sequence, or a list of them with one for
    each step; without it the next step of x is predicted. Whole numbers are class labels unless
    the head is one of numbers. Where the network takes targets of lengths of their own, y is a
    string or a list.
    """
    where, title = str(path), f"Sequences of {path.name}"
    records = _records(where, text, options.limit)
    at_least(len(records), 2, "sequences", where)
    steps = _Steps(where, "x", [(line, record["x"]) for line, record in records])
    if steps.kind == FLAGS:
        raise DataError(f"steps of x are {FLAGS}, not symbols or numbers", where, records[0][0])
    aimed = not options.alone and _has_targets(where, records)
    starts = np.array([*steps.firsts, len(steps.values)])
    symbols: tuple[str, ...] | None = None
    if steps.kind == NAMES:
        known = options.symbols or (None if aimed else options.classes)
        inputs, symbols = steps.labels(known or alphabet(steps.values))
    else:
        inputs = steps.reals()
    if options.alone:
        return explained(where, inputs, symbols, starts, title)
    if not aimed:
        if symbols is None:
            check_amounts(steps, inputs, options.domain)
        return next_step(where, inputs, symbols, starts, title, options.head)
    if options.form:
        return _of_own_lengths(where, records, partial(
            Reading, where, inputs, symbols=symbols, starts=starts, title=title), options)
    each = isinstance(records[0][1]["y"], list)
    reading = partial(Reading, where, inputs, symbols=symbols, starts=starts, each=each,
                      title=title)
    if any("event" in record for _, record in records):
        reading = partial(reading, events=events_of(_targets(where, records, each, "event")))
    return with_targets(reading, (_targets(where, records, each),), options)


def _of_own_lengths(where: str, records: list[Record], reading: Callable[..., Reading],
                    options: Options) -> Reading:
    """A reading whose y is a sequence of its own length: a string, or a list."""
    for line, record in records:
        if not isinstance(record["y"], (str, list)):
            raise DataError("y is one value; the model takes a sequence: a string or a list",
                            where, line, "y")
        if not record["y"] and options.form == UNENDED:
            raise DataError("the sequence is empty", where, line, "y")
    steps = _Steps(where, "y", [(line, record["y"]) for line, record in records])
    starts = np.array([*steps.firsts, len(steps.values)])
    return of_own_lengths(with_targets(reading, (steps,), options), starts, options.form)


def _records(where: str, text: str, limit: int | None) -> list[Record]:
    records: list[Record] = []
    for line, content in enumerate(text.split("\n"), 1):
        if limit is not None and len(records) >= limit:
            break
        if content.strip():
            records.append((line, _record(where, line, content)))
    return records


def _record(where: str, line: int, content: str) -> dict[str, Any]:
    try:
        record = json.loads(content)
    except json.JSONDecodeError as error:
        raise DataError(f"not JSON: {error.msg}", where, line, error.colno) from None
    except (RecursionError, ValueError) as error:
        raise DataError(f"not JSON that can be read: {error}", where, line) from None
    if not isinstance(record, dict) or "x" not in record:
        raise DataError('each line is {"x": …, "y": …}; there is no "x"', where, line)
    if not isinstance(record["x"], (str, list)):
        raise DataError("x is a string or a list", where, line, "x")
    if not record["x"]:
        raise DataError("the sequence is empty", where, line, "x")
    return record


def _has_targets(where: str, records: list[Record]) -> bool:
    """Whether the lines have targets. DataError where only some have, or there is none to make."""
    aimed = any("y" in record for _, record in records)
    for line, record in records:
        if aimed and "y" not in record:
            raise DataError("'y' is missing, other lines have it", where, line)
        if not aimed and len(record["x"]) < 2:
            raise DataError("a sequence of one step, and no 'y': nothing to predict", where, line)
    return aimed


def _targets(where: str, records: list[Record], each: bool, name: str = "y") -> _Steps:
    """The targets of the steps or of the sequences. DataError where there are some of both."""
    for line, record in records:
        if name not in record:
            raise DataError(f"{name!r} is missing, other lines have it", where, line)
        if isinstance(record[name], list) != each:
            there = "a list" if each else "one value"
            raise DataError(f"{name} is not {there}, as in line {records[0][0]}", where, line,
                            name)
        if each and len(record[name]) != len(record["x"]):
            raise DataError(f"{len(record[name])} targets for {len(record['x'])} steps; targets "
                            f"with lengths of their own take --head "
                            f"{usual_head(OF_SEQUENCES)}, or a --model with a second axis of time",
                            where, line, name)
    return _Steps(where, name, [(line, record[name] if each else [record[name]])
                                for line, record in records])


class _Steps(Column):
    """The steps of all sequences one after another; `firsts` are the places of the first ones."""

    def __init__(self, where: str, name: str, rows: list[tuple[int, Any]]) -> None:
        lines = [line for line, steps in rows for _ in steps]
        super().__init__(where, name, [step for _, steps in rows for step in steps], lines)
        lengths = [len(steps) for _, steps in rows]
        self.firsts = np.cumsum([0, *lengths[:-1]])
        self.kind = self._kind()

    def _first(self, n: int) -> int:
        """The place of the first step of the sequence that step n is of."""
        return int(self.firsts[np.searchsorted(self.firsts, n, "right") - 1])

    def _kind(self) -> str:
        kinds = [_kind_of(value) for value in self.values]
        if set(kinds) == {INTEGERS, NUMBERS}:
            return NUMBERS
        if NUMBERS in kinds:
            kinds = [NUMBERS if kind == INTEGERS else kind for kind in kinds]
        for n, kind in enumerate(kinds if len(set(kinds)) > 1 or not kinds[0] else ()):
            first = self._first(n)
            if not kind:
                raise self.error(n, f"step {n - first + 1}, {json.dumps(self.values[n])[:40]}, is "
                                    "neither a name nor a number nor a list of numbers")
            if kind != kinds[first]:
                raise self.error(n, f"step {n - first + 1} is one of {kind}, step 1 of "
                                    f"{kinds[first]}")
            if kind != kinds[0]:
                raise self.error(n, f"{kind}, where line {self.lines[0]} has {kinds[0]}")
        return kinds[0] if kinds else NAMES

    def names(self) -> list[str]:
        return [json.dumps(value) if isinstance(value, bool) else str(value)
                for value in self.values]

    def reals(self) -> Array:
        rows = [value if isinstance(value, list) else [value] for value in self.values]
        for n, row in enumerate(rows):
            if len(row) != len(rows[0]):
                raise self.error(n, f"step {n - self._first(n) + 1} has {len(row)} numbers where "
                                    f"{len(rows[0])} are due")
            for value in row:
                if not abs(value) <= sys.float_info.max:
                    name = "NaN" if value != value else "infinite or beyond float64"
                    raise self.error(n, f"step {n - self._first(n) + 1} is {name}")
        return np.array(rows, np.float64)


def _kind_of(value: Any) -> str:
    """What a step is; empty for what can be none."""
    if isinstance(value, list):
        numbers = value and all(_kind_of(entry) in (NUMBERS, INTEGERS, FLAGS) for entry in value)
        return LISTS if numbers else ""
    return _KINDS.get(type(value), "")


def json_inputs(where: str, text: str) -> tuple[Column, Array]:
    """The steps of x of all sequences, and the (S + 1,) offsets of these; y is not read."""
    records = _records(where, text, None)
    at_least(len(records), 1, "sequences", where)
    steps = _Steps(where, "x", [(line, record["x"]) for line, record in records])
    return steps, np.array([*steps.firsts, len(steps.values)])
