"""A learner's derivation, checked line by line."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain, repeat
from math import inf
from typing import Any

from sympy.core.basic import Basic

from derive.argument_kinds import FLAG, INTEGER, POSITIVE, text_of
from derive.core.indexing import exact
from derive.core.stored import Stored
from derive.errors import DeriveError, NotAGradient, PatienceError
from derive.judge.rules.user_functions import Functions, function_table
from derive.limits import patience
from derive.provided import provided
from derive.public_arguments import public
from derive.reporting import report
from derive.rulebook.rule import Rule
from derive.short_reprs import clipped
from derive.teaching.marking.counterexample import Counterexample, counterexample
from derive.teaching.marking.deadline import Deadline
from derive.teaching.marking.engine import Engine
from derive.teaching.marking.equivalence import Judge, Verdict
from derive.teaching.marking.hints import (
    Between,
    Hint,
    between,
    left_to_do,
    next_step,
    probably_meant,
)
from derive.teaching.marking.misconceptions import Misconception, Search, Variant
from derive.teaching.sheets.sheet import Sheet, Written, read_sheet

SECONDS = 10.0
HINTS = 3


@dataclass(frozen=True)
class CheckedLine(Stored):
    """A line of the learner's: `right` is None where it was not decided (`undecided` says why).

    `how` says how it is known: by "rules" of the engine, by "numbers" (50-digit probes), by a
    "probe" at which it is wrong, or since it has "no value". `between` are the engine's steps
    from the line before, where they were asked for.
    """

    written: Written
    right: bool | None
    how: str = ""
    between: Between | None = None

    @property
    def number(self) -> int:
        """The number in the file."""
        return self.written.number

    def facts(self) -> str:
        """Its number, its text, and what was decided."""
        judged = {True: "right", False: "wrong", None: "not decided"}[self.right]
        return f" {self.number}: {clipped(self.written.text)}: {judged}"


@dataclass(frozen=True)
class Check(Stored):
    """What was made out of a derivation.

    `correct`: every line is right; None where time ended first. `complete`: it is correct and
    reaches a result; else `missing` says what is left. `misconceptions` are all that explain the
    first wrong line equally well, the likeliest first, `variants` how they come about.
    """

    sheet: Sheet
    lines: tuple[CheckedLine, ...]
    correct: bool | None
    complete: bool
    missing: str = ""
    counterexample: Counterexample | None = None
    meant: Rule | None = None
    variants: tuple[Variant, ...] = ()
    no_cost: NotAGradient | None = None
    hint: Hint | None = None
    undecided: str = ""

    @property
    def first_wrong(self) -> CheckedLine | None:
        """The first wrong line."""
        return next((line for line in self.lines if line.right is False), None)

    @property
    def first_wrong_line(self) -> int | None:
        """Its number in the file."""
        return None if self.first_wrong is None else self.first_wrong.number

    @property
    def misconceptions(self) -> tuple[Misconception, ...]:
        """The misconceptions that explain the first wrong line, the likeliest first."""
        return tuple(v.misconception for v in self.variants)

    @property
    def misconception(self) -> str | None:
        """The name of the likeliest misconception."""
        return self.variants[0].misconception.name if self.variants else None

    def facts(self) -> str:
        """The task, and how far its lines are right."""
        count = len(self.lines)
        judged = "not decided to its end" if self.correct is None else \
            "right and complete" if self.complete else "right, not complete" if self.correct else \
            f"wrong from line {self.first_wrong_line}"
        return (f": {clipped(self.sheet.task.text)}: {count} line{'s' * (count != 1)}, {judged}"
                f"{f' ({self.misconception})' if self.misconception else ''}")

    def to_json(self) -> dict[str, Any]:
        """The result as plain data."""
        data: dict[str, Any] = provided("check_data")(self)
        return data

    @exact
    def show(self, form: str = "text", **options: Any) -> str:
        """The result as text (`width`, `ascii`, `color`), html (`embed_font`) or json.

        Raises ChoiceError for another form.
        """
        text: str = provided("render_check")(self, form, **options)
        return text

    def __str__(self) -> str:
        return self.show("text")

    def _repr_html_(self) -> str:
        html: str = provided("check_fragment")(self)
        return html


@public(text=text_of("declarations, a task and the lines of a derivation"), explain=FLAG,
        hint=INTEGER, seconds=POSITIVE)
def check(text: str, *, explain: bool = False, hint: int = 0, seconds: float = SECONDS,
          functions: Functions | None = None) -> Check:
    """Checks a derivation: declarations, one task line, then a line for each step.

    `explain` adds the engine's steps between right lines, `hint` (1, 2, 3) reveals the next step
    bit by bit, `seconds` bounds the time, `functions` are a user's own. Raises NotationError (an
    SheetError with the line of the file) for what cannot be read, and other DeriveErrors.

    >>> derive.check("gradient of (z - y)**2 with respect to z\\n= 2*(z + y)").first_wrong_line
    2
    """
    if hint not in range(HINTS + 1):
        raise DeriveError(f"a hint is of level 1, 2 or 3, not {hint}")
    deadline = Deadline(seconds)
    with patience(inf):  # the deadline is the bound
        try:
            with deadline.bound():
                sheet = read_sheet(text, function_table(functions))
        except PatienceError:
            raise PatienceError(
                f"the sheet could not be read in {seconds:g} s; nothing was decided. Allow "
                "more time with --patience") from None
        return check_sheet(sheet, deadline, explain, hint)


@exact
def check_sheet(sheet: Sheet, deadline: Deadline, explain: bool = False, hint: int = 0,
                   ) -> Check:
    """Checks a sheet that has been read; see `check`."""
    return _Run(sheet, deadline).result(explain, hint)


class _Run:
    """One check: the engine, the judge, and what is known so far."""

    def __init__(self, sheet: Sheet, deadline: Deadline) -> None:
        self.sheet, self.task, self.deadline = sheet, sheet.task, deadline
        self.engine = Engine(self.task)
        self.judge = Judge(self.engine, [w.ground for w in sheet.lines if not w.denies],
                           deadline)
        self.verdicts: list[Verdict] = []

    def result(self, explain: bool, hint: int) -> Check:
        written = self.sheet.lines
        late = self._judged(written) or self._torn(written) or self._unread()
        verdicts = chain(self.verdicts, repeat(Verdict(None)))
        lines = tuple(CheckedLine(w, v.right, v.how)
                      for w, v in zip(written, verdicts, strict=False))
        wrong = any(line.right is False for line in lines)
        check = Check(self.sheet, lines, False if wrong else (None if late else True), False,
                      undecided=late)
        parts: list[Callable[[Check], Check]] = [
            self._explained_fault, self._completed, *([self._between] if explain else []),
            *([partial(self._hinted, level=hint)] if hint else [])]
        report("looking at the next step" if hint else "explaining")
        for part in parts:
            try:
                with self.deadline.bound():
                    check = part(check)
            except PatienceError:
                check = replace(check, undecided=check.undecided or self._out_of_time(
                    "the lines were decided, but not all that is told about them"))
        return check

    def _judged(self, written: Sequence[Written]) -> str:
        """Judges the lines in order; returns what there is to report where time ends."""
        try:
            with self.deadline.bound():
                _ = self.judge.probes
                for line in written:
                    report("checking lines", len(self.verdicts) + 1, len(written))
                    wrong = any(not v.right for v in self.verdicts)
                    self.verdicts.append(self._verdict(line, not wrong))
        except PatienceError:
            return self._undecided(written)
        return ""

    def _torn(self, written: Sequence[Written]) -> str:
        """The report of a line that is right by its tree, and wrong by its text."""
        return next((f"line {w.number} is right as one reader takes it, and wrong as another does"
                     for w, v in zip(written, self.verdicts, strict=False) if v.right is None), "")

    def _unread(self) -> str:
        """The report of the first line that was not understood."""
        return next((str(line.error) for line in self.sheet.unread), "")

    def _verdict(self, line: Written, prove: bool) -> Verdict:
        if line.denies:
            return Verdict(self.engine.no_cost is not None, "rules")
        return self.judge.verdict(line.ground, line.reading or line.text, prove)

    def _undecided(self, written: Sequence[Written]) -> str:
        done = len(self.verdicts)
        if done == 0:
            return self._out_of_time("nothing was decided")
        state = f"up to line {written[done - 1].number} all is right" \
            if all(v.right for v in self.verdicts) else "later lines were not looked at"
        return self._out_of_time(f"{state}; line {written[done].number} is not decided")

    def _out_of_time(self, state: str) -> str:
        return f"time ended after {self.deadline.seconds:g} s: {state}"

    # What stands beside the verdicts

    def _explained_fault(self, check: Check) -> Check:
        """The counterexample, the rule that was meant and the misconception of the first fault."""
        wrong = check.first_wrong
        if wrong is None:
            return check
        no_cost = self.engine.no_cost if self.task.is_cost else None
        check = replace(check, no_cost=no_cost)
        if wrong.written.denies:
            return check
        place, line = check.lines.index(wrong), wrong.written.ground
        verdict, before = self.verdicts[place], self._line_before(place)
        check = replace(check, counterexample=counterexample(self.judge, line, verdict))
        variants = () if no_cost else \
            Search(self.engine, self.judge).explanations(line, before, verdict.probe)
        rule = variants[0].misconception.meant if variants else ""
        return replace(check, variants=variants,
                       meant=probably_meant(self.engine, before, line, rule))

    def _line_before(self, place: int) -> Basic:
        """The right line before a place, or what the task sets out from."""
        earlier = [w.ground for w in self.sheet.lines[:place] if not w.denies]
        return earlier[-1] if earlier else self.task.start

    def _completed(self, check: Check) -> Check:
        """Whether a right derivation reaches its end."""
        if check.correct is not True:
            return check
        if not check.lines:
            return replace(check, missing="no line is written yet")
        last = check.lines[-1].written
        missing = "" if last.denies else left_to_do(self.engine, last.ground, last.node)
        return replace(check, complete=not missing, missing=missing)

    def _between(self, check: Check) -> Check:
        """The engine's steps between right lines."""
        lines, before = [], self.task.start
        for line in check.lines:
            if line.right and not line.written.denies:
                line = replace(line, between=between(self.engine, before, line.written.ground))
                before = line.written.ground
            elif line.right is False:
                before = None
            lines.append(line)
            if before is None:
                break
        return replace(check, lines=(*lines, *check.lines[len(lines):]))

    def _hinted(self, check: Check, level: int) -> Check:
        """The next step after the last line before the first fault."""
        if check.complete:
            return check
        place = next((n for n, line in enumerate(check.lines) if not line.right),
                     len(check.lines))
        return replace(check, hint=next_step(self.engine, self._line_before(place), level))
