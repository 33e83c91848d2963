"""JSON lines: each line is one sequence {"x": …, "y": …}."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np

from derive.errors import DataError
from derive.tables.cell_table import targets_of, usual_head
from derive.training.tasks.labels import as_labels, default_metric
from derive.training.tasks.sequences import Reading, finish
from derive.training.tasks.task_data import OF_CLASSES, OF_FLAGS, OF_NUMBERS, Array, Data, alphabet
from derive.training.tasks.user_files import Options, at_least

Record = tuple[int, dict[str, Any]]  # line, content
_TARGETS = {"names": OF_CLASSES, "flags": OF_FLAGS, "whole numbers": OF_CLASSES,
            "numbers": OF_NUMBERS, "lists of numbers": OF_NUMBERS}


def read_json_lines(path: Path, text: str, options: Options) -> Data:
    """Sequences of a JSON lines file.

    `x`: a string (its characters are labels), a list of names, of numbers, or of lists of
    numbers. `y`: a name, a number or true/false for the sequence, or a list of them with one for
    each step; without it the next step of x is predicted. Whole numbers are class labels unless
    the head is one of numbers.
    """
    where = str(path)
    records = _records(where, text, options.limit)
    at_least(len(records), 2, "sequences", where)
    kind = _same([(line, _kind(record["x"], where, line, "x")) for line, record in records],
                 where, "x")
    if kind not in ("names", "numbers", "whole numbers", "lists of numbers"):
        raise DataError(f"steps of x are {kind}, not symbols or numbers", where, records[0][0])
    targets = any("y" in record for _, record in records)
    for line, record in records:
        if targets and "y" not in record:
            raise DataError("'y' is missing, other lines have it", where, line)
        if not targets and len(record["x"]) < 2:
            raise DataError("a sequence of one step, and no 'y': nothing to predict", where, line)
    lines = [line for line, record in records for _ in record["x"]]
    starts = np.concatenate([[0], np.cumsum([len(record["x"]) for _, record in records])])
    flat = [step for _, record in records for step in record["x"]]
    symbols: tuple[str, ...] | None = None
    if kind == "names":
        known = options.symbols or (None if targets else options.classes)
        inputs, symbols = as_labels(flat, known or alphabet(flat), where, lines, "x")
    else:
        inputs = _reals(flat, where, lines, starts, "x")
    reading = Reading(path, inputs, starts, symbols)
    if not targets:
        return finish(reading.next_step(), options)
    return finish(_with_targets(reading, records, options), options)


def _records(where: str, text: str, limit: int | None) -> list[Record]:
    records: list[Record] = []
    for line, content in enumerate(text.split("\n"), 1):
        if not content.strip():
            continue
        if limit is not None and len(records) >= limit:
            break
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
        records.append((line, record))
    return records


def _kind(values: Any, where: str, line: int, column: str) -> str:
    """What the steps of a list (or string) are. DataError where they are of several kinds."""
    if isinstance(values, str):
        return "names"
    kinds = {_kind_of_one(value) for value in values}
    if kinds == {"whole numbers", "numbers"}:
        return "numbers"
    if len(kinds) > 1:
        first = _kind_of_one(values[0])
        at = next(n for n, value in enumerate(values) if _kind_of_one(value) != first)
        raise DataError(f"step {at + 1} is one of {_kind_of_one(values[at])}, step 1 of {first}",
                        where, line, column)
    kind = kinds.pop()
    if kind == "something else":
        raise DataError(f"step 1, {json.dumps(values[0])[:40]}, is neither a name nor a number "
                        "nor a list of numbers", where, line, column)
    return kind


def _kind_of_one(value: Any) -> str:
    if isinstance(value, bool):
        return "flags"
    if isinstance(value, str):
        return "names"
    if isinstance(value, int):
        return "whole numbers"
    if isinstance(value, float):
        return "numbers"
    if (isinstance(value, list) and value
            and all(_kind_of_one(one) in ("numbers", "whole numbers") for one in value)):
        return "lists of numbers"
    return "something else"


def _same(kinds: list[tuple[int, str]], where: str, column: str) -> str:
    """The one kind of all lines; numbers take in whole numbers. DataError at another."""
    all_kinds = {kind for _, kind in kinds}
    if all_kinds == {"whole numbers", "numbers"}:
        return "numbers"
    line, kind = next(((line, kind) for line, kind in kinds if kind != kinds[0][1]), kinds[0])
    if len(all_kinds) > 1:
        raise DataError(f"{kind}, where line {kinds[0][0]} has {kinds[0][1]}", where, line, column)
    return kind


def _reals(flat: list[Any], where: str, lines: list[int], starts: Array, column: str) -> Array:
    """(N, D) finite reals. DataError by line and step."""
    rows = [value if isinstance(value, list) else [value] for value in flat]
    for n, row in enumerate(rows):
        step = n - int(starts[np.searchsorted(starts, n, "right") - 1]) + 1
        if len(row) != len(rows[0]):
            raise DataError(f"step {step} has {len(row)} numbers where {len(rows[0])} are due",
                            where, lines[n], column)
        for value in row:
            if not abs(value) <= sys.float_info.max:
                name = "NaN" if value != value else "infinite or beyond float64"
                raise DataError(f"step {step} is {name}", where, lines[n], column)
    return np.array(rows, np.float64)


def _with_targets(reading: Reading, records: list[Record], options: Options) -> Reading:
    where = str(reading.path)
    each = isinstance(records[0][1]["y"], list)
    for line, record in records:
        if isinstance(record["y"], list) != each:
            there = "a list" if each else "one value"
            raise DataError(f"y is not {there}, as in line {records[0][0]}", where, line, "y")
        if each and len(record["y"]) != len(record["x"]):
            raise DataError(f"{len(record['y'])} targets for {len(record['x'])} steps", where,
                            line, "y")
    values = {line: record["y"] if each else [record["y"]] for line, record in records}
    kind = _same([(line, _kind(value, where, line, "y")) for line, value in values.items()],
                 where, "y")
    lines = [line for line, value in values.items() for _ in value]
    flat = [one for value in values.values() for one in value]
    head = options.head or usual_head(_TARGETS[kind])
    if targets_of(head) == OF_NUMBERS:
        if kind in ("names", "flags"):
            raise DataError(f"the head {head} needs numbers, y has {kind}", where, lines[0], "y")
        assert reading.starts is not None
        starts = reading.starts if each else np.arange(len(flat) + 1)
        targets = _reals(flat, where, lines, starts, "y")
        return reading.aimed(targets[:, 0] if targets.shape[1] == 1 else targets, None, each,
                             head, default_metric(head))
    if kind in ("numbers", "lists of numbers"):
        raise DataError(f"the head {head} needs classes, y has {kind}", where, lines[0], "y")
    names = [json.dumps(one) if isinstance(one, bool) else str(one) for one in flat]
    labels, classes = as_labels(names, options.classes, where, lines, "y", fewest=2)
    return reading.aimed(labels, classes, each, head, default_metric(head))


