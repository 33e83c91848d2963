"""A practice: a task, the right lines so far, and what was tried and asked for on the way."""

from __future__ import annotations

from copy import copy
from dataclasses import replace
from os import PathLike
from pathlib import Path
from typing import Any

from sympy.core.basic import Basic

from derive.core.indexing import exact
from derive.errors import DeriveError
from derive.file_writing import write_file
from derive.notation.printing.plain import plain
from derive.provided import provided
from derive.short_reprs import Brief, clipped
from derive.teaching.marking.engine import Engine
from derive.teaching.marking.hint_wording import REVEALED, hint_rows
from derive.teaching.marking.hints import LEVELS, Hint, next_step
from derive.teaching.marking.sheet_check import SECONDS
from derive.teaching.practice.line_judging import LineJudge, Taken
from derive.teaching.practice.practice_record import Event, record_of, record_text
from derive.teaching.practice.practice_response import Response
from derive.teaching.practice.practice_target import Posed, highest_hint
from derive.teaching.sheets.sheet import Written

NO_HINTS = "This exercise gives no hints."
_NOT_NOW = "The derivation is finished; there is no next step."
_AT_A_LOSS = "The engine knows no further step from this line."


class Practice(Brief):
    """A derivation that is entered line by line.

    `enter(line)` judges a line and keeps it where it is right; `hint()` reveals the next step, a
    grade more each time; `why()` asks what may be wrong with the line before; `undo()` and
    `redo()` take lines back; `text()` is the sheet so far, which `derive.check` accepts. `highest`
    bounds the grade of hints (0: none), `seconds` the processor time for a line.
    """

    def __init__(self, posed: Posed, highest: int = LEVELS, seconds: float = SECONDS) -> None:
        self.posed, self.task = posed, posed.task
        self.highest, self.seconds = min(highest, posed.highest), seconds
        self._warm_up()
        self.events: list[Event] = []
        self.undone: list[str] = []
        self.taken: list[Taken] = []  # the lines
        self._last: Response | None = None

    def _warm_up(self) -> None:
        self.engine = Engine(self.task)
        self.judge = LineJudge(self.posed, self.engine, self.seconds)

    def __getstate__(self) -> dict[str, Any]:
        """All but the engine, which derives again what it knew."""
        return {name: part for name, part in vars(self).items() if name not in ("engine", "judge")}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        self._warm_up()

    # The state

    @property
    def title(self) -> str:
        """The title of the task, or its line."""
        return self.posed.title or self.task.text

    @property
    def lines(self) -> tuple[str, ...]:
        """The lines that were taken, as they were typed."""
        return tuple(line.text for line in self.taken)

    @property
    def written(self) -> tuple[Written, ...]:
        """What the lines say."""
        return tuple(written for line in self.taken for written in line.written)

    @property
    def hints(self) -> int:
        """How many hints were given."""
        return sum(event.kind == "hint" for event in self.events)

    @property
    def attempts(self) -> int:
        """How many lines were wrong."""
        return sum(event.kind == "not right" for event in self.events)

    @property
    def grade(self) -> int:
        """The grade of the last hint to the step that comes next; 0 before the first."""
        behind = next((n for n, event in enumerate(reversed(self.events))
                       if event.kind == "line"), len(self.events))
        recent = self.events[len(self.events) - behind:]
        return max((event.grade for event in recent
                    if event.kind == "hint" and event.after == len(self.lines)), default=0)

    @property
    @exact
    def finished(self) -> bool:
        """Whether the last line is a result."""
        return not self.judge.left(self.taken)

    @exact
    def warm(self) -> None:
        """Derives the result now, so that the first verdict is there at once."""
        _ = self.engine.result

    # What a learner does

    @exact
    def enter(self, line: str) -> Response:
        """Judges a line; a right one is kept. Raises DeriveError for text of several lines."""
        text = line.strip()
        if "\n" in text or "\r" in text:
            raise DeriveError("enter one line at a time")
        if not text:
            return self._remark("Enter a line, or ask for a hint.")
        response = self._judge(text)
        self._last = response
        if response.kept:
            self.undone.clear()
        elif response.mark == "wrong":
            self._add("not right", text)
        return response

    @exact
    def hint(self) -> Response:
        """The next step from the last right line, revealed by a grade more than before."""
        if self.highest == 0:
            return self._remark(NO_HINTS)
        if self.finished:
            return self._remark(_NOT_NOW)
        level = min(self.grade + 1, self.highest)
        hint = self._next_step(level)
        while hint and level < self.highest and self._in_words(hint, level) == "":
            level += 1
            hint = self._next_step(level)
        if hint is None:
            return self._remark(_AT_A_LOSS)
        if level > self.grade:
            self._add("hint", self._in_words(hint, level), level)
        bound = level == self.highest < LEVELS
        return Response("hint", self.task, hint=hint,
                        remark="This is the highest hint of this exercise." if bound else "")

    @exact
    def why(self) -> Response:
        """Which usual mistake may have made the last line, where that was wrong."""
        wrong = next((e for e in reversed(self.events) if e.kind in ("line", "not right")), None)
        if wrong is None or wrong.kind == "line":
            return self._remark("The last line was not wrong.")
        if self.highest == 0:
            return self._remark(NO_HINTS)
        last = self._last if self._last and self._last.entered == wrong.text else \
            self._judge(wrong.text)
        response = replace(last, mark="why")
        self._add("asked", response.rows()[0][1])
        return response

    def undo(self) -> Response:
        """Takes the last line back; hints and attempts stay counted."""
        place = max((n for n, e in enumerate(self.events) if e.kind == "line"), default=None)
        if place is None:
            return self._remark("There is no line to take back.")
        taken = self.events.pop(place).text
        self.taken.pop()
        self.undone.append(taken)
        self._last = None
        return self._remark(f"taken back: {taken}")

    def redo(self) -> Response:
        """Enters the line again that was taken back last."""
        if not self.undone:
            return self._remark("No line was taken back.")
        undone = self.undone[:]
        response = self.enter(undone.pop())
        self.undone = undone
        return response

    # The sheet

    def text(self) -> str:
        """The sheet so far, hints and attempts as comments."""
        return record_text(self.title, self.posed.head, self.events, self.hints)

    def show(self, form: str = "text", **options: Any) -> str:
        """The sheet so far as text (`width`, `ascii`, `color`) or json.

        Raises ChoiceError for another form.
        """
        text: str = provided("render_practice")(self, form, **options)
        return text

    def __str__(self) -> str:
        return self.show()

    def save(self, path: str | PathLike[str]) -> None:
        """Writes the sheet to a file. Raises DeriveError where that cannot be."""
        write_file(Path(path), self.text())

    @exact
    def resume(self, text: str) -> Practice:
        """Goes on with the lines and the hints of a sheet for this task, judged anew.

        What this practice had before is gone; lines that are not right become attempts. Raises
        DeriveError for another task.
        """
        record = record_of(replace(self.posed.read(text), text=text))
        self.events, self.undone, self.taken, self._last = [], [], [], None
        self.highest = min(self.highest, highest_hint(text))
        if record.head.strip():  # in which a name may have been written
            self.posed = replace(self.posed, head=record.head)
        for event in record.events:
            if event.kind != "line":
                self.events.append(event)
            elif not self._judge(event.text).kept:
                self._add("not right", " ".join(event.text.split()))
        return self

    def copied(self) -> Practice:
        """The same practice, to go on with apart; the engine is shared."""
        twin = copy(self)
        twin.engine, twin.judge = self.engine, self.judge
        twin.events, twin.undone, twin.taken = self.events[:], self.undone[:], self.taken[:]
        return twin

    def facts(self) -> str:
        """The task, and how far it is."""
        count = len(self.lines)
        return (f": {clipped(self.task.text)}: {count} line{'s' * (count != 1)}, "
                f"{'finished' if self.finished else 'not finished'}")

    # Inside

    def _judge(self, text: str) -> Response:
        """The response to a line; one that is kept is added to the sheet."""
        response, taken = self.judge.judged(text, self.taken)
        if response.kept:
            self._add("line", text)
            self.taken.append(taken)
        return response

    def _next_step(self, level: int) -> Hint | None:
        grounds: list[Basic] = [self.task.start, *(w.ground for w in self.written
                                                   if w.ground is not None)]
        return next_step(self.engine, grounds[-1], level, grounds[:-1])

    def _in_words(self, hint: Hint, grade: int) -> str:
        """What a hint reveals by its last grade, for the record; empty where that is nothing."""
        rows = dict(hint_rows(hint, self._formula))
        return rows.get(REVEALED[grade], "")

    def _formula(self, node: Basic) -> str:
        return plain(node, self.task.reserved)

    def _add(self, kind: str, text: str, grade: int = 0) -> None:
        self.events.append(Event(kind, text, len(self.lines), grade))

    def _remark(self, words: str) -> Response:
        return Response("remark", self.task, remark=words)
