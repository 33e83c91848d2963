"""One line of a practice, read and judged beside the line before it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import inf

from derive.errors import DeriveError, NotationError, PatienceError
from derive.limits import patience
from derive.notation.printing.plain import plain
from derive.rulebook.measure import measure
from derive.teaching.marking.check_records import Check
from derive.teaching.marking.deadline import Deadline
from derive.teaching.marking.engine import Engine
from derive.teaching.marking.result_reached import left_to_do
from derive.teaching.marking.sheet_check import check_sheet
from derive.teaching.practice.practice_response import Response
from derive.teaching.practice.practice_target import Posed
from derive.teaching.sheets.sheet import Entry, Passed, Unread, Written

_SHORTER = 3, 2  # the engine's result is shown where it is shorter by this factor
_LET = re.compile(r"let\s+([^\W\d]\w*)\s*(?:\[[^\]]*\]\s*)?=")
_KINDS = {"prose": "words", "definition": "a name of your own", "declaration": "a declaration",
          "task": "the task again", "formula": "the formula of the task"}


@dataclass(frozen=True)
class Taken:
    """A line that stands in the sheet: as it was typed, what it says, and where it holds.

    Nothing is `written` in a line that is passed over; `where` is empty for everywhere.
    """

    text: str
    written: tuple[Written, ...] = ()
    where: str = ""


class LineJudge:
    """Reads lines for a task, and judges them with an engine that stays warm."""

    def __init__(self, posed: Posed, engine: Engine, seconds: float) -> None:
        self.posed, self.engine, self.seconds = posed, engine, seconds

    def judged(self, text: str, before: Sequence[Taken]) -> tuple[Response, Taken]:
        """The response to a line after others, and the line as it is taken if it is kept."""
        task = self.posed.task
        try:
            with patience(inf):
                fresh, check = self._checked(text, before)
        except PatienceError:
            words = f"time ended after {self.seconds:g} s; try a smaller step"
            return Response("undecided", task, text, words), Taken(text)
        except DeriveError as error:
            return Response("unread", task, text, error=error), Taken(text)
        if check is None:
            return self._not_judged(text, fresh), Taken(text)
        lines = [x for x in check.lines[len(check.lines) - len(fresh):] if x.judged]
        written = tuple(entry for entry in fresh if isinstance(entry, Written))
        taken = Taken(text, written, lines[-1].where)
        return self._response(text, check, [x.right for x in lines], [*before, taken]), taken

    def left(self, lines: Sequence[Taken]) -> str:
        """What is left to do after some lines; empty where that is nothing."""
        written = [w for line in lines for w in line.written]
        narrow = next((line.where for line in reversed(lines) if line.written), "")
        return left_to_do(self.engine, written) or (
            f"the last line holds only where {narrow}" if narrow else "")

    def _checked(self, text: str, before: Sequence[Taken]) -> tuple[Sequence[Entry], Check | None]:
        """What a line says, and its check beside the line before. Raises DeriveError."""
        deadline = Deadline(self.seconds)
        known = "".join(f"{line.text}\n" for line in before if not line.written)  # definitions
        number = known.count("\n") + 1
        with deadline.bound():
            sheet = self.posed.read(known + text)
        fresh = [entry for entry in sheet.entries if entry.number >= number]
        if not any(isinstance(entry, Written) for entry in fresh) or \
                any(isinstance(entry, Unread) for entry in fresh):
            return fresh, None
        passed = [entry for entry in sheet.entries if entry.number < number]
        last = [line.written[-1] for line in before if line.written][-1:]
        judged = replace(sheet, entries=(*passed, *last, *fresh))
        return fresh, check_sheet(judged, deadline, engine=self.engine)

    def _not_judged(self, text: str, fresh: Sequence[Entry]) -> Response:
        """The response to a line that was not read, or that says nothing about the task."""
        task = self.posed.task
        unread = next((entry for entry in fresh if isinstance(entry, Unread)), None)
        if unread is not None:
            return Response("unread", task, text, error=unread.error)
        let = _LET.match(text)
        if let and let[1] in task.scope.names:
            return Response("unread", task, text, error=NotationError(
                f"{let[1]} is a name of the task; let gives a name of your own", text,
                let.start(1) + 1, len(let[1])))
        kinds = [entry.kind for entry in fresh if isinstance(entry, Passed)]
        if text.startswith("=") and "definition" not in kinds:
            return Response("unread", task, text, error=NotationError("this is no formula"))
        return Response("passed", task, text, _KINDS.get(kinds[0], "") if kinds else "")

    def _response(self, text: str, check: Check, right: Sequence[bool | None],
                  lines: Sequence[Taken]) -> Response:
        """The response to a line that was read."""
        task, where = self.posed.task, lines[-1].where
        if False in right:
            return Response("wrong", task, text, check=check)
        if None in right:
            return Response("undecided", task, text, check.undecided, check=check)
        missing = self.left(lines)
        if missing:
            return Response("right", task, text, missing, check=check, where=where)
        return Response("finished", task, text, self._shorter(lines[-1].written[-1]), check=check)

    def _shorter(self, last: Written) -> str:
        """The engine's result, where that is shorter."""
        result, task = self.engine.result, self.posed.task
        if task.is_cost or result is None or last.node is None or last.role != "step" or \
                _SHORTER[0] * measure(result) > _SHORTER[1] * measure(last.node):
            return ""
        return plain(result, task.reserved)
