"""What a practice answers to a line, and to what else is asked of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from sympy.core.basic import Basic

from derive.core.exact import exact
from derive.core.stored import Stored
from derive.errors import DeriveError, NotationError
from derive.notation.printing.plain import plain
from derive.notation.printing.pretty import pretty
from derive.short_reprs import clipped
from derive.teaching.marking import check_wording as wording
from derive.teaching.marking.check_records import Check
from derive.teaching.marking.hint_wording import hint_rows
from derive.teaching.marking.hints import Hint
from derive.teaching.sheets.task import Task

_VERDICTS = {"right": "right", "finished": "right, and a result: finished",
             "wrong": "not equal to what is asked", "unread": "not read",
             "undecided": "not decided", "passed": "kept, not judged"}

_NAMING = "A line such as 'let q = exp(z)' gives a name of your own."
_LABELS = {"right": "to do", "finished": "shorter"}  # of what is remarked


@dataclass(frozen=True)
class Response(Stored):
    """The answer to one line, or to one question.

    `mark` is "right", "finished" (right, and nothing is left to do), "wrong", "unread" (`error`
    says where), "undecided" or "passed" (prose, a definition) of a line that was `entered`; "hint"
    or "why" of a question, "remark" where there is only something to say. `check` is that of the
    line, `hint` the hint, `where` the conditions under which a right line holds, as text.
    """

    mark: str
    task: Task
    entered: str = ""
    remark: str = ""
    check: Check | None = None
    hint: Hint | None = None
    error: DeriveError | None = None
    where: str = ""

    @property
    def kept(self) -> bool:
        """Whether the line that was entered stands in the sheet now."""
        return self.mark in ("right", "finished", "passed")

    @exact
    def rows(self, formula: Callable[[Basic], str] | None = None) -> tuple[tuple[str, str], ...]:
        """What is said, as labels and words; formulas as `formula` writes them."""
        return tuple(self._rows(formula or partial(pretty, reserved=self.task.reserved)))

    def _rows(self, formula: Callable[[Basic], str]) -> Iterator[tuple[str, str]]:
        if self.mark in _VERDICTS:
            yield "", self._verdict()
        if "unknown name" in self._message():
            yield "", _NAMING
        if self.hint is not None:
            yield from hint_rows(self.hint, formula)
            if self.hint.line is not None:
                yield "typed", f"= {plain(self.hint.line, self.task.reserved)}"
        if self.check is not None and self.mark == "wrong":
            yield from self._counterexample(self.check, formula)
        if self.check is not None and self.mark == "why":
            yield from self._mistakes(self.check)
        if self.remark and self.mark != "passed":
            yield _LABELS.get(self.mark, ""), self.remark

    def _verdict(self) -> str:
        """What was decided of a line."""
        if self.mark == "passed":
            return f"{self.remark or 'a comment'}: {_VERDICTS[self.mark]}"
        if self.error is not None:
            return f"{_VERDICTS[self.mark]}: {self._message()}"
        return f"right only where {self.where}" if self.where else _VERDICTS[self.mark]

    def _message(self) -> str:
        """Why a line was not read."""
        return "" if self.error is None else getattr(self.error, "message", str(self.error))

    def _counterexample(self, check: Check, formula: Callable[[Basic], str],
                        ) -> Iterator[tuple[str, str]]:
        point, line = check.counterexample, check.first_wrong
        if point is not None and line is not None:
            at = formula(self.task.at[0]) if self.task.at else ""
            yield "for", point.where
            yield "", ", ".join(f"{what} is {value}" if value else f"{what} has no value"
                                for what, value in wording.sides(check, line, point, at))

    def _mistakes(self, check: Check) -> Iterator[tuple[str, str]]:
        if not check.misconceptions:
            yield "why", "No usual mistake explains the line; a hint leads on from the one before."
            return
        first, *others = check.misconceptions
        yield "why", first.says
        yield "", first.hint
        if others:
            names = ", ".join(wording.spoken(m.name) for m in others)
            yield "", f"It could also be: {names}."

    @property
    def place(self) -> tuple[int, int]:
        """Where a line that was not read is at fault: its column, from 1, and how many signs."""
        error = self.error
        return (error.column, error.length) if isinstance(error, NotationError) else (0, 0)

    def to_json(self) -> dict[str, Any]:
        """The answer as plain data; formulas in the notation."""
        column, length = self.place
        point = None if self.check is None or self.mark != "wrong" else self.check.counterexample
        rows = self.rows(partial(plain, reserved=self.task.reserved))
        return {"mark": self.mark, "line": self.entered or None, "kept": self.kept,
                "where": self.where or None,
                "words": [{"label": label, "text": text} for label, text in rows],
                "counterexample": None if point is None else point.to_json(),
                "error": None if self.error is None else {
                    "message": self._message(),
                    "column": column or None, "length": length},
                "grade": None if self.hint is None else self.hint.level}

    def __str__(self) -> str:
        return "\n".join(f"{label}: {text}" if label else text for label, text in self.rows())

    def facts(self) -> str:
        """What was answered to what."""
        return f": {clipped(self.entered)}: {self.mark}" if self.entered else f": {self.mark}"
