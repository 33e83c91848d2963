"""Files that a hand has written, a teacher's or a student's: no output is written over them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from derive.errors import DeriveError
from derive.teaching.exercises.class_folder import SUFFIXES, printable, same_file
from derive.teaching.exercises.exercise_record import Exercise
from derive.teaching.exercises.hand_in import head_of
from derive.teaching.sheets.sheet_rows import decoded


def keep_class(outputs: Iterable[Path | None], exercise: Path, hand_ins: Path) -> None:
    """Raises DeriveError for an output that is the exercise or a hand-in, or would become one.

    `hand_ins` is a folder, or a hand-in.
    """
    for output in filter(None, outputs):
        keep_exercise(output, exercise)
        if same_file(output, hand_ins) or output.resolve() == hand_ins.resolve():
            raise DeriveError(f"cannot write {printable(str(output))}: it is what is marked")
        ways = (output.parent.resolve() / output.name, output.resolve())
        if any(way.suffix.lower() in SUFFIXES and way.is_relative_to(hand_ins.resolve())
               for way in ways):
            raise DeriveError(f"cannot write {printable(str(output))}: a {output.suffix} file in "
                              f"{printable(str(hand_ins))} is a hand-in; name a file elsewhere")


def keep_exercise(output: Path, exercise: Path) -> None:
    """Raises DeriveError for an output that is the teacher's file."""
    if same_file(output, exercise):
        raise DeriveError(f"cannot write {printable(str(output))}: it is the exercise itself")


def keep_filled_in(output: Path, exercise: Exercise, sheet: bool) -> None:
    """Raises DeriveError for an output at which something is that a student may have written.

    That is a hand-in in which more stands than was handed out; of a `sheet`, any other file too.
    """
    if not output.exists():
        return
    try:
        text = decoded(output.read_bytes(), "it")
    except (OSError, DeriveError):
        text = ""
    head = head_of(text)
    if (sheet or head.exercise) and text.strip() not in _handed_out(exercise, head.variant,
                                                                    head.student):
        raise DeriveError(f"{printable(str(output))} is there already, and may be what a student "
                          "has written; nothing was written")


def _handed_out(exercise: Exercise, number: int | None, student: str) -> set[str]:
    """The hand-ins of that head as they are before anything is filled in."""
    drawn = exercise.variant_of(student)
    variants = [drawn] if number in (None, drawn.number) else []
    if not student and (number or 0) < exercise.variants:
        variants.append(exercise.variant(number or 0))
    return {variant.hand_in(latex).strip() for variant in variants for latex in (False, True)}
