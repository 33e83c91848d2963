"""One hand-in, marked: read, checked line by line, its points, its page."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from math import inf

from sympy.core.basic import Basic

from derive.core.indexing import exact
from derive.errors import DeriveError, NotationError, PatienceError
from derive.limits import patience
from derive.short_reprs import Brief
from derive.teaching.exercises.class_record import MarkedLine, MarkedSheet, Mistake
from derive.teaching.exercises.exercise_points import JUDGED, Grade, grade
from derive.teaching.exercises.exercise_record import Exercise, Variant, engine_of
from derive.teaching.exercises.hand_in import Head, head_of, spellings_in
from derive.teaching.marking import check_page
from derive.teaching.marking.deadline import Deadline
from derive.teaching.marking.hints import left_to_do
from derive.teaching.marking.sheet_check import Check, check_sheet
from derive.teaching.sheets.sheet_rows import SheetError

_LONGEST = 200  # signs of a line that are kept for tables
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
    return str(error).splitlines()[0]


@exact
def _marked(exercise: Exercise, hand_in: HandIn, head: Head, seconds: float, paged: bool,
            ) -> MarkedSheet:
    deadline = Deadline(seconds)
    with deadline.bound():
        variant = exercise.variant_for(hand_in.text)
        sheet = variant.sheet(hand_in.text)
    check = check_sheet(sheet, deadline)
    return marked_check(variant, check, head, hand_in, paged)


def marked_check(variant: Variant, check: Check, head: Head, hand_in: HandIn, paged: bool = False,
                 ) -> MarkedSheet:
    """The marks of a check, as the exercise gives points."""
    exercise = variant.exercise
    lines = tuple(_lines(check))
    reached = _reached(variant, check)
    marks = [line.mark for line in _counted(variant, check, lines)]
    grown = grade(exercise.points, marks, reached, exercise.least_lines,
                  head.hints * exercise.hints.cost)
    mistakes = check.misconceptions
    return MarkedSheet(
        hand_in.file, grown, head.student, variant.number, lines, check.first_wrong_line,
        Mistake(mistakes[0].name, mistakes[0].says, mistakes[0].hint) if mistakes else None,
        reached, check.complete, check.missing, head.hints,
        remarks=tuple(_remarks(variant, head, hand_in.text)),
        page=check_page.Sheet(check).article() if paged else "")


def _lines(check: Check) -> Iterator[MarkedLine]:
    """All lines of the sheet that are judged or should be, in their order."""
    marks = {True: "right", False: "wrong", None: "undecided"}
    lines = [MarkedLine(line.number, line.written.text[:_LONGEST], marks[line.right])
             for line in check.lines]
    lines += [MarkedLine(u.number, u.text[:_LONGEST], "unread") for u in check.sheet.unread]
    yield from sorted(lines, key=lambda line: line.number)


def _counted(variant: Variant, check: Check, lines: tuple[MarkedLine, ...],
             ) -> Iterator[MarkedLine]:
    """The lines that count for points: none that repeats another, or the task itself."""
    seen: set[Basic | None] = {variant.task.start}
    nodes = {(w.number, w.text[:_LONGEST]): w.ground for w in check.sheet.lines}
    for line in lines:
        node = nodes.get((line.number, line.text))
        if line.mark not in JUDGED or (node is not None and node in seen):
            continue
        seen.add(node)
        yield line


def _reached(variant: Variant, check: Check) -> bool | None:
    """Whether a right result stands at the end; None where the last line is not judged."""
    if check.complete:
        return True
    lines = list(_lines(check))
    judged = [line for line in lines if line.mark in JUDGED]
    if not judged:
        return False
    if judged[-1].mark in ("unread", "undecided"):
        return None
    if judged[-1].mark != "right":
        return False
    last = check.sheet.lines[-1]
    if last.denies or last.ground is None or last.node is None:
        return last.denies
    return not left_to_do(engine_of(variant), last.ground, last.node)


def _remarks(variant: Variant, head: Head, text: str) -> Iterator[str]:
    """What a teacher should know besides the marks."""
    exercise = variant.exercise
    if exercise.variants > 1:
        if head.variant is None:
            yield f"its head names no variant; by its task it is variant {variant.number}"
        elif not exercise.proven(head):
            whose = f"of {head.student}" if head.student else "of a student without a name"
            yield (f"variant {variant.number} is not the one {whose}, or the head was changed: to "
                   "be looked at by hand")
    if head.hints > 0 and exercise.hints.cost:
        yield f"{head.hints} hint{'s' * (head.hints != 1)} taken"
    for other, name in spellings_in(text, variant.spellings):
        yield f"{other} is read as {name}"
