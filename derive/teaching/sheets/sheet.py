"""A sheet file: what is given, one task, and the learner's lines."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TypeAlias

from sympy.core.basic import Basic

from derive.core.indexing import exact
from derive.core.stored import Stored
from derive.errors import DeriveError, VerificationError
from derive.functions.function_records import FunctionTable, standard_functions
from derive.judge.trees.index_places import least_sizes
from derive.notation.reading.parser import parse
from derive.notation.reading.scope import Scope
from derive.teaching.sheets.latex_lines import in_latex, read_row
from derive.teaching.sheets.posing import Header, pose
from derive.teaching.sheets.sheet_rows import Row, SheetError, rows, sides
from derive.teaching.sheets.task import Task, worded

MOST_LINES = 500
MOST_PLACES = 100  # of an axis, for a number as subscript
_BE = ("is", "are")
_NO_COST = re.compile(r"\W*(there (is|exists) )?(no( such)? cost|none)( exists)?\W*", re.IGNORECASE)
_LEFT_NAME = re.compile(r"\s*[^\W\d]\w*\s*(\[[\w\s,]*\])?\s*\Z")
_LEFT_DERIVATIVE = re.compile(r"\s*d\(\s*([^\W\d]\w*)\s*(?:\[[\w\s,]*\])?\s*,")


@dataclass(frozen=True)
class Written(Stored, by=("number", "text")):
    """One line of the learner's: its number in the file, its text, and what it says.

    `node` is the line as written, `ground` with named intermediates written out; both are None
    for the answer that there is no cost. `reading` is the notation that a LaTeX line was read as.
    `role` is "step", "solution" (the value of a variable at which the asked derivative is 0) or
    "denial" (there is no cost).
    """

    number: int
    text: str
    node: Basic | None
    ground: Basic | None
    reading: str = ""
    role: str = "step"

    @property
    def denies(self) -> bool:
        """Whether the line says that there is no cost."""
        return self.role == "denial"


@dataclass(frozen=True)
class Passed(Stored, by=("number", "text")):
    """A line that is shown and not judged: "prose", a "definition", a "declaration", a "task"."""

    number: int
    text: str
    kind: str


@dataclass(frozen=True)
class Unread(Stored, by=("number", "text")):
    """A line that was not understood, and why."""

    number: int
    text: str
    error: SheetError


Entry: TypeAlias = Written | Passed | Unread


@dataclass(frozen=True)
class Sheet(Stored, by=("text",)):
    """A task and all lines that were written below it."""

    task: Task
    entries: tuple[Entry, ...]
    text: str = ""

    @property
    def lines(self) -> tuple[Written, ...]:
        """The lines that are judged."""
        return tuple(e for e in self.entries if isinstance(e, Written))

    @property
    def unread(self) -> tuple[Unread, ...]:
        """The lines that were not understood."""
        return tuple(e for e in self.entries if isinstance(e, Unread))

    @staticmethod
    def of_text(text: str) -> Sheet:
        """The sheet of a text; see `read_sheet`."""
        return read_sheet(text)


@exact
def read_sheet(text: str, functions: FunctionTable | None = None, *, task: Task | None = None,
               ) -> Sheet:
    """Reads a sheet. Raises SheetError at the line and column, or DeriveError.

    `functions` are the standard ones and those of a user. A `task` that is given is the sheet's:
    one that the text states must be the same. A line that is not understood is an `Unread`.
    """
    lines = list(rows(text))
    if not lines:
        raise DeriveError("the sheet is empty; write declarations, a task such as 'gradient of "
                          "(z - y)**2 with respect to z', and a line for each step")
    place = next((n for n, row in enumerate(lines) if worded(row.text)), None)
    if place is None and task is None:
        raise DeriveError("there is no task line, such as 'gradient of E with respect to o[i]', "
                          "'hessian of …', 'jacobian of …', 'cost of FIELD with respect to z[m]' "
                          "or 'simplify E'")
    start = 0 if place is None else place + 1
    if len(lines) - start > MOST_LINES:
        raise lines[start + MOST_LINES].error(f"at most {MOST_LINES} lines are checked")
    if place is not None:
        stated = pose(_read_header(lines[:place], functions), lines[place])
        if task is not None and (task.kind, task.truth, task.at) != (
                stated.kind, stated.truth, stated.at):
            raise lines[place].error(f"this is another task than the one that was set: {task.text}")
        _check_size(lines[place], stated.truth)
        task = task or stated
    assert task is not None
    return Sheet(task, tuple(e for row in lines[start:] for e in _entries(row, task)), text)


def _entries(row: Row, task: Task) -> list[Entry]:
    """What a row says; an `Unread` where it is not understood."""
    if worded(row.text):
        raise row.error("a file holds one task; put this one into a file of its own")
    try:
        return [*_written(row, task)]
    except SheetError as error:
        return [Unread(row.number, row.text.strip(), error)]


def _read_header(lines: Iterable[Row], functions: FunctionTable | None) -> Header:
    """Declarations, conditions and definitions, as far as they can be read without the task."""
    header = Header(Scope(functions=functions or standard_functions()))
    for row in lines:
        header.read_what_is_known(row)
    return header


def _written(row: Row, task: Task) -> list[Written]:
    """The learner's lines of one row: what stands between its equals signs."""
    if task.is_cost and _NO_COST.fullmatch(row.text):
        return [Written(row.number, row.text.strip(), None, None, role="denial")]
    if in_latex(row.text, task.scope):
        return _latex_lines(row, task)
    parts = sides(row.text)
    if not parts[0][1].strip():
        parts = parts[1:] or parts
    return [_line(row, text, start, task) for place, (start, text) in enumerate(parts, 1)
            if place == len(parts) or not _is_left_side(text, task)]


def _line(row: Row, text: str, start: int, task: Task) -> Written:
    """The line that stands in a row from an offset on."""
    node = _read(row, text, start, task)
    return Written(row.number, text.strip(), node, _grounded(row, node, start, task))


def _check_size(row: Row, node: Basic) -> None:
    """Raises SheetError for places so far out that no array at a probe would hold them."""
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


def _read(row: Row, text: str, start: int, task: Task) -> Basic:
    scope = task.scope.copy()
    scope.free_indices = False
    try:
        node = parse(text, scope, row.text[:start])
        _check_size(row, node)
        return node
    except DeriveError as error:
        fault = row.at_fault(error)
        if fault.message.startswith(("a formula was expected", "a word beside", "two names")):
            fault.message += "; words stand behind a #"
        if task.indices and fault.message.startswith("unknown index"):
            free = ", ".join(i.name for i in task.indices)
            fault.message += f". In this sheet {free} {_BE[len(task.indices) > 1]} free"
        raise fault from None


def _grounded(row: Row, node: Basic, start: int, task: Task) -> Basic:
    try:
        return task.ground(node)
    except SheetError:
        raise
    except DeriveError as error:
        raise row.error(str(error), start + 1) from None


def _latex_lines(row: Row, task: Task) -> list[Written]:
    """The formulas of a line in LaTeX."""
    return [replace(_line(Row(reading.notation, ((row.number, 0),)), reading.notation, 0, task),
                    text=reading.latex, reading=reading.notation)
            for reading in read_row(row, task.scope)]
