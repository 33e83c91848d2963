"""A class marked: all hand-ins of a folder, in several processes."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from derive.argument_kinds import FLAG, PATH, POSITIVE, Argument, at_least, made_of, or_none
from derive.public_arguments import public
from derive.reporting import report
from derive.teaching.exercises.class_folder import hand_in_of, hand_ins, printable
from derive.teaching.exercises.class_record import ClassMarks, MarkedSheet
from derive.teaching.exercises.exercise_file import read_exercise
from derive.teaching.exercises.exercise_points import Grade
from derive.teaching.exercises.exercise_record import Exercise
from derive.teaching.exercises.sheet_marking import HandIn, mark_sheet
from derive.teaching.exercises.variants import same_name
from derive.worker_processes import in_processes

SECONDS = 10.0
_NAMED = 3  # other hand-ins of a student that are named
_EXERCISE = Argument("an exercise, or the path of a teacher's file",
                     lambda value: PATH.fits(value) or made_of("Exercise")(value))


@public(exercise=_EXERCISE, folder=PATH._replace(takes="the path of a folder or of a hand-in"),
        seconds=POSITIVE, jobs=or_none(at_least(1)), pages=FLAG)
def mark(exercise: Exercise | str | os.PathLike[str], folder: str | os.PathLike[str], *,
         seconds: float = SECONDS, jobs: int | None = None, pages: bool = False) -> ClassMarks:
    """Marks all hand-ins of a `folder`, and of folders in it: files .txt, .md and .tex.

    `seconds` bounds the time for each, `jobs` processes work (one for each core where it is
    None), and with `pages` each sheet keeps its page for `save_pages`. What is wrong with a
    hand-in is said of it, and stops no other. Raises DataFileError for a broken exercise,
    DeriveError for a folder without hand-ins.

    >>> derive.mark("softmax.toml", "hand-ins").sheets[0].points  # doctest: +SKIP
    8.5
    """
    task = exercise if isinstance(exercise, Exercise) else read_exercise(Path(exercise))
    return mark_class(task, Path(folder), seconds, jobs or 0, pages)


def mark_class(exercise: Exercise, folder: Path, seconds: float = SECONDS, jobs: int = 0,
               paged: bool = False, claim: Callable[[Sequence[HandIn]], object] | None = None,
               ) -> ClassMarks:
    """Marks a folder, or one file; see `mark`. `claim` is called before any work is done."""
    start = time.perf_counter()
    own = Path(exercise.file) if exercise.file else None
    taken, passed = ([hand_in_of(folder, printable(folder.name))], []) if folder.is_file() \
        else hand_ins(folder, own)
    if claim is not None:
        claim(taken)
    marked: dict[str, MarkedSheet] = {}
    report("marking", 0, len(taken))
    for sheet in _marked(exercise, taken, jobs or os.cpu_count() or 1, seconds, paged):
        marked[sheet.file] = sheet
        report("marking", len(marked), len(taken))
    sheets = _with_twins([marked[hand_in.file] for hand_in in taken])
    return ClassMarks(exercise, str(folder), tuple(sheets), tuple(passed),
                      time.perf_counter() - start)


def _marked_alone(exercise: Exercise, seconds: float, paged: bool, hand_in: HandIn) -> MarkedSheet:
    return mark_sheet(exercise, hand_in, seconds, paged)


def _marked(exercise: Exercise, taken: Sequence[HandIn], jobs: int, seconds: float, paged: bool,
            ) -> Iterator[MarkedSheet]:
    """The sheets as they get ready.

    Where a process is ended from outside, what is left is tried once more, then each sheet in a
    process of its own, so that it is known which of them ends it.
    """
    mark = partial(_marked_alone, exercise, seconds, paged)
    if jobs == 1 or len(taken) == 1:
        yield from map(mark, taken)
        return
    rest = list(taken)
    for _ in range(2):
        done = set()
        for sheet in in_processes(mark, rest, jobs):
            done.add(sheet.file)
            yield sheet
        rest = [hand_in for hand_in in rest if hand_in.file not in done]
        if not rest:
            return
    for hand_in in rest:
        again = in_processes(mark, [hand_in], 1)
        yield next(again, MarkedSheet(
            hand_in.file, Grade(None, exercise.points.total),
            failure="the process that marked it was ended; its memory may not have sufficed"))


def _with_twins(sheets: Sequence[MarkedSheet]) -> Iterator[MarkedSheet]:
    """The sheets, with a remark where a student has handed in several."""
    by_student: dict[str, list[str]] = {}
    for sheet in sheets:
        if sheet.student:
            by_student.setdefault(same_name(sheet.student), []).append(sheet.file)
    for sheet in sheets:
        twins = [f for f in by_student.get(same_name(sheet.student), ()) if f != sheet.file]
        more = f" and {len(twins) - _NAMED} more" * (len(twins) > _NAMED)
        words = f"{sheet.student} has handed in {', '.join(twins[:_NAMED])}{more} too"
        yield replace(sheet, remarks=(*sheet.remarks, words)) if twins else sheet


