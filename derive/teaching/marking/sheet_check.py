"""A learner's derivation, checked line by line."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from math import inf

from sympy.core.basic import Basic

from derive.argument_kinds import FLAG, INTEGER, POSITIVE, text_of
from derive.core.indexing import exact
from derive.errors import DeriveError, PatienceError
from derive.judge.rules.user_functions import Functions, function_table
from derive.limits import patience
from derive.notation.printing.plain import plain
from derive.public_arguments import public
from derive.reporting import report
from derive.teaching.marking.check_records import Check as Check
from derive.teaching.marking.check_records import CheckedLine as CheckedLine
from derive.teaching.marking.deadline import Deadline
from derive.teaching.marking.engine import Engine
from derive.teaching.marking.equivalence import Judge, Verdict
from derive.teaching.marking.far_places import far_verdict, holds_nowhere
from derive.teaching.marking.fault_search import FaultSearch
from derive.teaching.marking.hints import LEVELS, between, next_step
from derive.teaching.marking.line_domains import Domains
from derive.teaching.marking.result_reached import left_to_do
from derive.teaching.marking.solved_values import solution_verdict
from derive.teaching.sheets.sheet import Sheet, Written, read_sheet

SECONDS = 10.0
_UNDECIDED = {
    "two readings": "line {} is right as one reader takes it, and wrong as another does",
    "too small": "line {} may differ from the task by what is too small to be felt",
    "too far": "line {} has values that are too large or too small to be computed",
    "no case": "line {} stands under a condition that holds at no point that was tried",
    "far": "line {} compares an index or a size with a number that is too large to be tried",
    "not solved": "line {} is a solution, which could not be put in",
    "time": "line {} took too long"}


@public(text=text_of("declarations, a task and the lines of a derivation"), explain=FLAG,
        hint=INTEGER, seconds=POSITIVE)
def check(text: str, *, explain: bool = False, hint: int = 0, seconds: float = SECONDS,
          functions: Functions | None = None) -> Check:
    """Checks a derivation: declarations, one task line, then a line for each step.

    `explain` adds the engine's steps between right lines, `hint` (1 to 4) reveals the next step
    bit by bit, `seconds` bounds the time, `functions` are a user's own. A line that cannot be read
    is marked so. Raises NotationError (an SheetError with the line of the file) for a task that
    cannot be read, and other DeriveErrors.

    >>> derive.check("gradient of (z - y)**2 with respect to z\\n= 2*(z + y)").first_wrong_line
    2
    """
    if hint not in range(LEVELS + 1):
        raise DeriveError(f"a hint is of level 1 to {LEVELS}, not {hint}")
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
                engine: Engine | None = None) -> Check:
    """Checks a sheet that has been read; see `check`.

    An `engine` of the same task keeps its ways from sheet to sheet; a sheet with definitions of
    its own, by which it differentiates, has one of its own.
    """
    if engine is None or engine.task.ground.definitions != sheet.task.ground.definitions:
        engine = Engine(sheet.task)
    return _Run(sheet, deadline, engine).result(explain, hint)


class _Run:
    """One check: the engine, the judge, and what is known so far."""

    def __init__(self, sheet: Sheet, deadline: Deadline, engine: Engine) -> None:
        self.sheet, self.task, self.deadline, self.engine = sheet, engine.task, deadline, engine
        steps = [w.ground for w in sheet.lines if w.ground is not None]
        self.judge = Judge(engine, steps, deadline)
        self.domains, self.faults = Domains(self.judge), FaultSearch(self.judge)
        self.lines = [CheckedLine(entry) for entry in sheet.entries]
        self.verdicts: dict[int, Verdict] = {}  # by the place of a line

    def result(self, explain: bool, hint: int) -> Check:
        late = self._judge_lines()
        wrong = any(line.right is False for line in self.lines)
        undecided = late or self._unclear()
        check = Check(self.sheet, tuple(self.lines), False if wrong else None if undecided else
                      True, False, undecided=undecided)
        parts: list[Callable[[Check], Check]] = [
            self._with_conditions, self._with_faults, self._completed,
            *([self._between] if explain else []),
            *([partial(self._hinted, level=hint)] if hint else [])]
        report("looking at the next step" if hint else "explaining")
        for part in parts:
            try:
                with self.deadline.bound():
                    check = part(check)
            except PatienceError:
                check = self._cut_short(check)
        return check

    # The lines

    def _judge_lines(self) -> str:
        """Judges the lines in order; returns what there is to report where time ends."""
        places = [n for n, line in enumerate(self.lines) if line.judged]
        try:
            with self.deadline.bound():
                if places:
                    _ = self.judge.probes
        except PatienceError:
            return self._out_of_time("nothing was decided")
        for count, place in enumerate(places, 1):
            report("checking lines", count, len(places))
            try:
                with self.deadline.bound(1 if count == len(places) else 0.5):
                    self._judge(place)
            except PatienceError:
                self.lines[place] = replace(self.lines[place], how="time")
        late = [n for n in places if self.lines[n].how == "time"]
        return self._undecided(places, late) if late else ""

    def _judge(self, place: int) -> None:
        """Puts the mark on a line. Raises PatienceError."""
        line = self.lines[place]
        written = line.judged
        assert written is not None
        verdict, note = self._verdict(written)
        self.verdicts[place] = verdict
        line = replace(line, right=verdict.right, how=verdict.how, note=note)
        self.lines[place] = line
        if verdict.right and written.role == "step":
            self.lines[place] = self._with_domain(line, written)
        elif verdict.right is False and written.role != "lemma":
            source = self._source(place)
            known = None if source is not None else self.faults.at_once(written, verdict)
            self.lines[place] = replace(line, follows=source, fault=known)

    def _verdict(self, line: Written) -> tuple[Verdict, str]:
        if line.denies:
            return Verdict(self.engine.no_cost is not None, "rules"), ""
        assert line.ground is not None
        if line.role == "lemma":
            return Verdict(line.agrees, "numbers"), ""
        if line.role == "solution":
            return solution_verdict(self.judge, line.ground)
        wrong = any(v.right is False for v in self.verdicts.values())
        verdict = self.judge.verdict(line.ground, line.typed, not wrong)
        if verdict.right and line.condition and holds_nowhere(self.judge, line):
            return Verdict(None, "no case"), ""
        if verdict.right and verdict.how != "rules":
            verdict = far_verdict(self.judge, line.ground) or verdict
        return verdict, ""

    def _with_domain(self, line: CheckedLine, written: Written) -> CheckedLine:
        """A right line with the conditions under which it holds."""
        conditions = self.domains.narrower(written)
        where = " and ".join(plain(c, self.task.reserved) for c in conditions)
        if not conditions and self.domains.lacks_value(written) is not None:
            where = "the line has a value"
        return replace(line, where=where, conditions=conditions)

    def _source(self, place: int) -> int | None:
        """The number of the wrong line that a line follows from."""
        node = self._step(place)
        sources = (n for n in range(place) if self.lines[n].mark == "wrong")
        return next((self.lines[n].number for n in reversed([*sources])
                     if node is not None and (source := self._step(n)) is not None
                     and self.judge.same(node, source)), None)

    def _step(self, place: int) -> Basic | None:
        """The tree of a line that is a step."""
        written = self.lines[place].judged
        return written.ground if written and written.role == "step" else None

    # What is not decided

    def _unclear(self) -> str:
        """The report of the first line that was not read, or not decided."""
        unread = next((f"line {line.number} was not understood" for line in self.lines
                       if line.mark == "unread"), "")
        return unread or next((_UNDECIDED[line.how].format(line.number) for line in self.lines
                               if line.mark == "undecided"), "")

    def _undecided(self, places: Sequence[int], late: Sequence[int]) -> str:
        before = [self.lines[n] for n in places if n < late[0]]
        if not before:
            return self._out_of_time("nothing was decided" if len(late) == len(places) else
                                     f"line {self.lines[late[0]].number} is not decided")
        state = f"up to line {before[-1].number} all is right; " if all(
            line.right for line in before) else ""
        numbers = ", ".join(str(self.lines[n].number) for n in late)
        words = f"line {numbers} is" if len(late) == 1 else f"lines {numbers} are"
        return self._out_of_time(f"{state}{words} not decided")

    def _out_of_time(self, state: str) -> str:
        return f"time ended after {self.deadline.seconds:g} s: {state}"

    def _cut_short(self, check: Check) -> Check:
        return replace(check, undecided=check.undecided or self._out_of_time(
            "the lines were decided, but not all that is said about them"))

    # What stands beside the marks

    def _with_conditions(self, check: Check) -> Check:
        """The conditions under which the task has a value."""
        return check if self.task.is_cost else replace(check, conditions=self.domains.of_task)

    def _with_faults(self, check: Check) -> Check:
        """What there is to each wrong line that follows from no other."""
        lines = list(check.lines)
        if check.first_wrong is not None and self.task.is_cost:
            check = replace(check, no_cost=self.engine.no_cost)
        try:
            for place, line in enumerate(lines):
                written = line.judged
                if line.mark == "wrong" and written is not None and written.role != "lemma":
                    for fault in self.faults.of(written, self._line_before(place),
                                                self.verdicts[place]):
                        lines[place] = replace(line, fault=fault)
        except PatienceError:
            check = self._cut_short(check)
        return replace(check, lines=tuple(lines))

    def _line_before(self, place: int) -> Basic:
        """The line before a place, or what the task sets out from."""
        earlier = [node for n in range(place) if (node := self._step(n)) is not None]
        return earlier[-1] if earlier else self.task.start

    def _completed(self, check: Check) -> Check:
        """Whether a right derivation reaches its end."""
        if check.correct is not True:
            return check
        missing = left_to_do(self.engine, self.sheet.lines)
        last = next((line for line in reversed(check.lines) if line.judged), None)
        if not missing and last is not None and last.where:
            missing = f"the last line holds only where {last.where}"
        return replace(check, complete=not missing, missing=missing)

    def _between(self, check: Check) -> Check:
        """The engine's steps between right lines."""
        lines, before = list(check.lines), self.task.start
        for place, line in enumerate(lines):
            node = self._step(place)
            if line.right is False:
                break
            if line.right and node is not None:
                lines[place] = replace(line, between=between(self.engine, before, node))
                before = node
        return replace(check, lines=tuple(lines))

    def _hinted(self, check: Check, level: int) -> Check:
        """The next step after the last line before the first fault."""
        if check.complete:
            return check
        place = next((n for n, line in enumerate(check.lines) if line.judged and not line.right),
                     len(check.lines))
        earlier = [node for n in range(place) if (node := self._step(n)) is not None]
        return replace(check, hint=next_step(self.engine, self._line_before(place), level,
                                             earlier))
