"""An exercise file: what is given, one task, and the learner's lines."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from derive.core.indexing import exact
from derive.core.stored import Stored
from derive.errors import DeriveError, VerificationError
from derive.judge.trees.index_places import least_sizes
from derive.notation.reading.parser import parse
from derive.notation.reading.scope import Scope
from derive.notation.reading.specification import (
    Definition,
    declare_or_assume,
    define,
    is_definition,
)
from derive.teaching.exercise_source import ExerciseError, Row, rows, sides
from derive.teaching.latex_lines import in_latex, read_row
from derive.teaching.posing import Header, pose
from derive.teaching.task import Task, worded

MOST_LINES = 500
MOST_PLACES = 100  # of an axis, for a number as subscript
_BE = ("is", "are")
_NO_COST = re.compile(r"\W*(there (is|exists) )?(no( such)? cost|none)( exists)?\W*", re.IGNORECASE)
_LEFT_NAME = re.compile(r"\s*[^\W\d]\w*\s*(\[[\w\s,]*\])?\s*\Z")
_LEFT_DERIVATIVE = re.compile(r"\s*d\(\s*([^\W\d]\w*)\s*(?:\[[\w\s,]*\])?\s*,")


@dataclass(frozen=True)
class Written(Stored):
    """One line of the learner's: its number in the file, its text, and what it says.

    `node` is the line as written, `ground` with named intermediates written out; both are None
    for the answer that there is no cost. `reading` is the notation that a LaTeX line was read as.
    """

    number: int
    text: str
    node: Any
    ground: Any
    reading: str = ""

    @property
    def denies(self) -> bool:
        """Whether the line says that there is no cost."""
        return self.node is None


@dataclass(frozen=True)
class Exercise(Stored):
    """A task and the lines that were written for it."""

    task: Task
    lines: tuple[Written, ...]
    text: str = ""

    @staticmethod
    def of_text(text: str) -> Exercise:
        """The exercise of a text; see `read_exercise`."""
        return read_exercise(text)


@exact
def read_exercise(text: str) -> Exercise:
    """Reads an exercise. Raises ExerciseError at the line and column, or DeriveError."""
    every = list(rows(text))
    if not every:
        raise DeriveError("the exercise is empty; write declarations, a task such as 'gradient of "
                          "(z - y)**2 with respect to z', and a line for each step")
    place = next((n for n, row in enumerate(every) if worded(row.text)), None)
    if place is None:
        _read_header(every, complete=False)
        raise DeriveError("there is no task line, such as 'gradient of E with respect to o[i]', "
                          "'hessian of …', 'jacobian of …', 'cost of FIELD with respect to z[m]' "
                          "or 'simplify E'")
    if len(every) - place - 1 > MOST_LINES:
        raise every[place + MOST_LINES + 1].error(f"at most {MOST_LINES} lines are checked")
    header = _read_header(every[:place], complete=True)
    task = pose(header, every[place])
    _check_size(every[place], task.truth)
    written = [line for row in every[place + 1:] for line in _written(row, task)]
    return Exercise(task, tuple(written), text)


def _read_header(lines: Iterable[Row], complete: bool) -> Header:
    """Declarations, conditions and definitions. Raises ExerciseError."""
    scope, header = Scope(), Header()
    for row in lines:
        try:
            if is_definition(row.text):
                definition: Definition = define(row.text, scope)
                header.definitions.append((row, definition))
            else:
                header.conditions += declare_or_assume(row.text, scope)
                header.declared.append(row)
        except DeriveError as error:
            if not complete:  # the file has no task line: that is what is wrong with it
                break
            header.open.append(row)
            header.failure = header.failure or row.at_fault(error)
    header.scope = scope
    return header


def _written(row: Row, task: Task) -> list[Written]:
    """The learner's lines of one row: what stands between its equals signs."""
    if worded(row.text):
        raise row.error("a file holds one task; put this one into a file of its own")
    if task.is_cost and _NO_COST.fullmatch(row.text):
        return [Written(row.number, row.text.strip(), None, None)]
    if in_latex(row.text):
        return _latex_lines(row, task)
    found = []
    parts = sides(row.text)
    for place, (start, text) in enumerate(parts):
        if not text.strip() and place == 0 and len(parts) > 1:
            continue
        if place < len(parts) - 1 and _is_left_side(text, task):
            continue
        node = _read(row, text, start, task)
        found.append(Written(row.number, text.strip(), node, _grounded(row, node, start, task)))
    return found


def _check_size(row: Row, node: Any) -> None:
    """Raises ExerciseError for places so far out that no array at a probe would hold them."""
    try:
        far = max(least_sizes((node,)).values(), default=0) > MOST_PLACES
    except VerificationError:
        far = True
    if far:
        raise row.error(f"subscripts from {MOST_PLACES} on are not checked; use an index")


def _is_left_side(text: str, task: Task) -> bool:
    """Whether text before an equals sign only names what is derived: `g[i]`, `d(E, o[i])`."""
    if _LEFT_NAME.match(text):
        return text.partition("[")[0].strip() not in (*task.scope.names, *task.scope.dims)
    match = _LEFT_DERIVATIVE.match(text)
    return match is not None and match.group(1) not in task.scope.names


def _read(row: Row, text: str, start: int, task: Task) -> Any:
    scope = task.scope.copy()
    scope.free_indices = False
    try:
        node = parse(text, scope, row.text[:start])
        _check_size(row, node)
        return node
    except DeriveError as error:
        fault = row.at_fault(error)
        if fault.message.startswith("a formula was expected"):
            fault.message += "; words stand behind a #"
        if task.indices and fault.message.startswith("unknown index"):
            free = ", ".join(i.name for i in task.indices)
            fault.message += f". In this exercise {free} {_BE[len(task.indices) > 1]} free"
        raise fault from None


def _grounded(row: Row, node: Any, start: int, task: Task) -> Any:
    try:
        return task.ground(node)
    except ExerciseError:
        raise
    except DeriveError as error:
        raise row.error(str(error), start + 1) from None


def _latex_lines(row: Row, task: Task) -> list[Written]:
    """The formulas of a line in LaTeX."""
    found = []
    for reading in read_row(row, task.scope):
        plain_row = replace(row, text=reading.notation, pieces=((row.number, 0),))
        node = _read(plain_row, reading.notation, 0, task)
        found.append(Written(row.number, reading.latex, node,
                             _grounded(plain_row, node, 0, task), reading.notation))
    return found
