"""A sheet file: what is given, one task, and the learner's lines."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from derive.core.indexing import exact
from derive.core.stored import Stored
from derive.errors import DeriveError
from derive.functions.function_records import FunctionTable, standard_functions
from derive.notation.reading.scope import Scope
from derive.teaching.sheets.formula_reading import looks_like_latex
from derive.teaching.sheets.header_lines import header_rows, task_and_rows
from derive.teaching.sheets.line_entries import entries_of
from derive.teaching.sheets.line_reading import check_size
from derive.teaching.sheets.passages import Passage, passages
from derive.teaching.sheets.pinned_tasks import compare_stated
from derive.teaching.sheets.posing import pose
from derive.teaching.sheets.sheet_entries import Entry, Passed, Unread, Written
from derive.teaching.sheets.sheet_header import Header
from derive.teaching.sheets.sheet_names import Names
from derive.teaching.sheets.sheet_rows import LONGEST_LINE, checked_length
from derive.teaching.sheets.task import Task, worded

__all__ = ["Entry", "Passed", "Sheet", "Unread", "Written", "read_sheet"]

MOST_LINES = 500
_EMPTY = ("the sheet is empty; write declarations, a task such as 'gradient of (z - y)**2 with "
          "respect to z', and a line for each step")
_NO_TASK = ("there is no task line, such as 'gradient of E with respect to o[i]', 'hessian of …', "
            "'jacobian of …', 'cost of FIELD with respect to z[m]', 'maximum likelihood estimate "
            "of λ for E' or 'simplify E'")


@dataclass(frozen=True)
class Sheet(Stored, by=("text",)):
    """A task and all lines that were written below it."""

    task: Task
    entries: tuple[Entry, ...]
    text: str = ""

    @property
    def lines(self) -> tuple[Written, ...]:
        """The lines that are judged by the task."""
        return tuple(e for e in self.entries if isinstance(e, Written) and e.role != "lemma")

    @property
    def unread(self) -> tuple[Unread, ...]:
        """The lines that were not understood."""
        return tuple(e for e in self.entries if isinstance(e, Unread))

    @property
    def source(self) -> tuple[Any, ...]:
        """What it is made of again: its text, and what its task is made of, where that is apart."""
        sheet, functions = self.task.source
        return self.text, "" if sheet == self.text else sheet, functions

    @staticmethod
    def of_source(text: str, posing: str, functions: FunctionTable) -> Sheet:
        """The sheet of a text; one that poses no task has that of the other text."""
        return read_sheet(text, functions,
                          task=read_sheet(posing, functions).task if posing else None)


@exact
def read_sheet(text: str, functions: FunctionTable | None = None, *, task: Task | None = None,
               ) -> Sheet:
    """Reads a sheet. Raises SheetError at the line and column, or DeriveError, for its task.

    `functions` are the standard ones and those of a user. A `task` that is given is the sheet's:
    one that the text states must be the same. A line that is not understood is an `Unread`.
    """
    head, below = _divided(list(passages(checked_length(text, "the sheet"))))
    if task is None and not head:
        raise DeriveError(_NO_TASK if below else _EMPTY)
    _check_rows(head, below)
    names = Names(task or replace(_task(head, functions), sheet=text, functions=functions),
                  looks_like_latex("\n".join(p.row.text for p in below)))
    if task is not None and head:
        compare_stated(names, head[:-1], head[-1])
    entries = entries_of(names, below)
    nodes = [e.ground for e in entries if isinstance(e, Written) and e.role != "lemma"]
    return Sheet(names.needed_task(nodes), entries, text)


def _divided(parts: list[Passage]) -> tuple[list[Passage], list[Passage]]:
    """The passages down to the first task line, and those below it; all, where there is none."""
    start = next((n for n, part in enumerate(parts, 1) if worded(part.row.text)), 0)
    return parts[:start], parts[start:]


def _check_rows(head: list[Passage], below: list[Passage]) -> None:
    """Raises SheetError for too many lines, for a long one that is needed, for a second task."""
    if len(below) > MOST_LINES:
        raise below[MOST_LINES].row.error(f"at most {MOST_LINES} lines are checked")
    for part in head:
        if len(part.row.text) > LONGEST_LINE:
            raise part.row.too_long()
    for part in below:
        wording = worded(part.row.text)
        if wording is not None and (wording.variable.strip() or wording.kind == "simplify"):
            raise part.row.error("a file holds one task; put this one into a file of its own")


def _task(head: list[Passage], functions: FunctionTable | None) -> Task:
    """The task of the last passage with what is given above it."""
    *above, line = head
    header = Header(Scope(functions=functions or standard_functions()))
    asked, behind = task_and_rows(line.row)
    for row in (*header_rows(above), *behind):
        header.read_what_is_known(row)
    stated = pose(header, asked)
    check_size(line.row, stated.truth)
    return stated
