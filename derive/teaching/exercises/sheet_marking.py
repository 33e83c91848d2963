"""One hand-in, marked: read, checked line by line, its points, its page."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from math import inf

from sympy.core.basic import Basic

from derive.core.indexing import exact
from derive.errors import DeriveError, NotationError, PatienceError
from derive.limits import clock, patience
from derive.short_reprs import Brief
from derive.teaching.exercises.class_record import MarkedLine, MarkedSheet, Mistake
from derive.teaching.exercises.exercise_points import BY_HAND, JUDGED, Asked, Grade, grade
from derive.teaching.exercises.exercise_record import Exercise, Variant, engine_for, engine_of
from derive.teaching.exercises.expected_answers import Expected, answer_given
from derive.teaching.exercises.hand_in import Head, head_of
from derive.teaching.exercises.other_spellings import spellings_in
from derive.teaching.marking import check_page
from derive.teaching.marking.check_records import Check, CheckedLine
from derive.teaching.marking.deadline import Deadline
from derive.teaching.marking.engine import Engine
from derive.teaching.marking.result_reached import left_to_do
from derive.teaching.marking.sheet_check import check_sheet
from derive.teaching.sheets.sheet_entries import Passed
from derive.teaching.sheets.sheet_rows import SheetError

_LONGEST = 200  # signs of a line that are kept for tables
_CLAIM = re.compile(r"\s*&?\s*(?:=|⇒|\\Rightarrow|\\implies)")
_SHOWN = 20_000  # signs of a sheet that could not be marked


@dataclass(frozen=True)
class HandIn(Brief, by=("file",)):
    """A hand-in as it was taken from a folder: its path there, and its text, or why there is none.
    """

    file: str
    text: str = ""
    failure: str = ""


def mark_sheet(exercise: Exercise, hand_in: HandIn, seconds: float, paged: bool = False,
               ) -> MarkedSheet:
    """Marks a hand-in; whatever is wrong with it is said in the answer, and never raised."""
    start = time.perf_counter()
    nothing = MarkedSheet(hand_in.file, Grade(None, exercise.points.total),
                          failure=hand_in.failure)
    if hand_in.failure:
        return nothing
    head = head_of(hand_in.text)
    nothing = replace(nothing, student=head.student, hints=head.hints,
                      page=hand_in.text[:_SHOWN] if paged else "")
    try:
        with patience(inf):  # the deadline is the bound
            marked = _marked(exercise, hand_in, head, seconds, paged)
    except PatienceError:
        marked = replace(nothing, failure=f"it could not be read in {seconds:g} s")
    except DeriveError as error:
        marked = replace(nothing, failure=error_line(error))
    except (RecursionError, MemoryError) as error:
        marked = replace(nothing, failure=f"it is too large to be read ({type(error).__name__})")
    except Exception as error:  # one sheet never stops the class; it is named
        marked = replace(nothing, failure=f"the marking broke off: {type(error).__name__}: "
                                          f"{' '.join(str(error).split())[:_LONGEST]}")
    return replace(marked, seconds=time.perf_counter() - start)


def error_line(error: DeriveError) -> str:
    """What an error says, without the picture of the place."""
    if isinstance(error, SheetError):
        at = f", column {error.column}" if error.column else ""
        return f"line {error.line}{at}: {' '.join(error.message.split())}"
    if isinstance(error, NotationError):
        return " ".join(error.message.split())
    return error.first_line


@exact
def _marked(exercise: Exercise, hand_in: HandIn, head: Head, seconds: float, paged: bool,
            ) -> MarkedSheet:
    deadline = Deadline(seconds)
    with deadline.bound():
        variant = exercise.variant_for(hand_in.text)
        sheet = variant.sheet(hand_in.text)
    engine = engine_for(variant, sheet)
    check = check_sheet(sheet, deadline, engine=engine)
    if clock() >= deadline.end:
        engine_of.cache_clear()  # a way that the end of time cut off is no way for other sheets
        deadline = Deadline(seconds)
    return _points(variant, check, engine, head, hand_in, deadline, paged)


def _points(variant: Variant, check: Check, engine: Engine, head: Head, hand_in: HandIn,
            deadline: Deadline, paged: bool) -> MarkedSheet:
    """The marks of a check, as the exercise gives points."""
    exercise = variant.exercise
    lines = tuple(_marked_line(line) for line in check.lines if mark_of(line) in JUDGED)
    reached = _reached(engine, check, lines, deadline)
    faults, remarks = dict(_faults(check)), [*_remarks(variant, head, hand_in.text, check)]
    expected = None if reached else _expected(variant, check, engine, deadline, remarks)
    if expected is not None:
        faults[lines[-1].number] = Mistake(expected.says.removesuffix("."))
    grown = grade(exercise.points, [mark_of(line) for line in _counted(variant, check)], reached,
                  Asked(exercise.least_lines, len(exercise.model)),
                  head.hints * exercise.hints.cost,
                  expected.points if expected else 0.0)
    return MarkedSheet(
        hand_in.file, grown, head.student, variant.number, lines, tuple(faults.items()), reached,
        check.complete, check.missing, head.hints,
        remarks=tuple(remarks),
        page=check_page.Sheet(check).article() if paged else "")


def _expected(variant: Variant, check: Check, engine: Engine, deadline: Deadline,
              remarks: list[str]) -> Expected | None:
    """The wrong answer of the teacher's list that stands at the end."""
    last = next((line for line in reversed(check.lines) if mark_of(line) in JUDGED), None)
    node = last.judged.ground if last and last.right is False and last.judged else None
    if not variant.expected or node is None:
        return None
    try:
        place = answer_given(engine, node, variant.expected, deadline)
    except PatienceError:
        remarks.append("time ended before its answer was compared with those that are expected")
        return None
    return None if place is None else variant.exercise.expected[place]


def _marked_line(line: CheckedLine) -> MarkedLine:
    return MarkedLine(line.number, line.written.text[:_LONGEST], mark_of(line), line.where)


def mark_of(line: CheckedLine) -> str:
    """The mark of a line: one that claims to equal something, and was passed over, is unread."""
    claims = line.mark == "passed" and _CLAIM.match(line.written.text)
    return "unread" if claims and getattr(line.written, "kind", "") == "prose" else line.mark


def _faults(check: Check) -> Iterator[tuple[int, Mistake]]:
    """The number of each wrong line, with the likeliest misconception behind it."""
    for line in check.lines:
        if line.mark == "wrong":
            known = line.fault.misconceptions if line.fault else ()
            yield line.number, (Mistake(known[0].name, known[0].says, known[0].hint) if known
                                else Mistake())


def _counted(variant: Variant, check: Check) -> Iterator[CheckedLine]:
    """The lines that count for points: none that repeats another, or the task itself."""
    seen: set[Basic] = {variant.task.start}
    for line in check.lines:
        node = line.judged.ground if line.judged else None
        if mark_of(line) not in JUDGED or (node is not None and node in seen):
            continue
        if node is not None:
            seen.add(node)
        yield line


def _reached(engine: Engine, check: Check, lines: tuple[MarkedLine, ...], deadline: Deadline,
             ) -> bool | None:
    """Whether a right result stands at the end; None where the last line is not judged."""
    if lines and lines[-1].mark in BY_HAND:
        return None
    if check.complete or not lines:
        return check.complete
    right = [line.judged for line in check.lines if line.mark == "right" and line.judged]
    if lines[-1].mark != "right":
        return False
    try:
        with deadline.bound():
            return not left_to_do(engine, right)
    except PatienceError:
        return None


def _remarks(variant: Variant, head: Head, text: str, check: Check) -> Iterator[str]:
    """What a teacher should know besides the marks."""
    exercise = variant.exercise
    if exercise.variants > 1 and not exercise.proven(head):
        yield f"{_unproven(variant, head)}: to be looked at by hand"
    for entry in check.sheet.entries:
        if isinstance(entry, Passed) and entry.kind == "task" and variant.states_another(
                entry.text):
            yield (f"line {entry.number} states the task in other words; it was marked as it was "
                   "set")
    if head.hints > 0 and exercise.hints.cost:
        yield f"{head.hints} hint{'s' * (head.hints != 1)} taken"
    for other, name in spellings_in(text, variant.spellings):
        yield f"{other} is read as {name}"


def _unproven(variant: Variant, head: Head) -> str:
    """What is wrong with a head that does not prove whose the variant is."""
    own = variant.exercise.variant_of(head.student).number
    other = ", another one" * (own != variant.number)
    whose = f"; {head.student} was given variant {own}{other}" * bool(head.student)
    if head.variant is None:
        words = f"its head names no variant, and it was read as variant {variant.number}"
    elif variant.exercise.seed and not head.code:
        words = "its head has no code behind the variant, as that of a copy to practise with"
    elif not head.student:
        words = "its head names no student, and was written for one or changed"
    else:
        words = "its head was changed, or written for another student"
    return words + whose
