"""Files that a hand has written, a teacher's or a student's: no output is written over them."""

from __future__ import annotations

from pathlib import Path

from derive.errors import DeriveError
from derive.given_files import content_of
from derive.teaching.exercises.class_data import COLUMNS
from derive.teaching.exercises.class_folder import SUFFIXES, printable, same_file
from derive.teaching.exercises.exercise_record import Exercise
from derive.teaching.exercises.hand_in import head_of, practice_title
from derive.teaching.sheets.sheet_rows import decoded


def keep_class(report: Path | None, table: Path | None, exercise: Path, hand_ins: Path) -> None:
    """Raises DeriveError for an output that is the exercise or a hand-in, or would become one.

    `hand_ins` is a folder, or a hand-in. A `table` is written over another table of marks alone.
    """
    for output in filter(None, (report, table)):
        keep_exercise(output, exercise)
        keep_sheet(output, hand_ins)
        ways = (output.parent.resolve() / output.name, output.resolve())
        if any(way.suffix.lower() in SUFFIXES and way.is_relative_to(hand_ins.resolve())
               for way in ways):
            raise DeriveError(f"cannot write {printable(str(output))}: a {output.suffix} file in "
                              f"{printable(str(hand_ins))} is a hand-in; name a file elsewhere")
    if table is None:
        return
    if report is not None and (same_file(report, table) or report.resolve() == table.resolve()):
        raise DeriveError(f"cannot write {printable(str(table))}: --output and --csv name the same "
                          "file")
    if _text_at(table).strip() and not _text_at(table).startswith(f"{COLUMNS[0]},{COLUMNS[1]},"):
        raise DeriveError(f"cannot write {printable(str(table))}: it is there already, and is no "
                          "table of marks")


def keep_sheet(output: Path, checked: Path) -> None:
    """Raises DeriveError for an output at which what is checked is, or another hand-in."""
    if same_file(output, checked) or output.resolve() == checked.resolve():
        raise DeriveError(f"cannot write {printable(str(output))}: it is what is checked")
    keep_hand_in(output)


def keep_hand_in(output: Path) -> None:
    """Raises DeriveError for an output at which a hand-in is, or what a practice wrote."""
    if _is_hand_in(_text_at(output)):
        raise _may_be_filled_in(output)


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
    text = _text_at(output)
    head = head_of(text)
    if (sheet or _is_hand_in(text)) and text.strip() not in _handed_out(exercise, head.variant,
                                                                        head.student):
        raise _may_be_filled_in(output)


def _is_hand_in(text: str) -> bool:
    head = head_of(text)
    return bool(head.exercise or head.student) or practice_title(text) is not None


def _may_be_filled_in(output: Path) -> DeriveError:
    return DeriveError(f"cannot write {printable(str(output))}: it is there already, and may be "
                       "what a student has written")


def _handed_out(exercise: Exercise, number: int | None, student: str) -> set[str]:
    """The hand-ins of that head as they are before anything is filled in."""
    drawn = exercise.variant_of(student)
    variants = [drawn] if number in (None, drawn.number) else []
    if not student and (number or 0) < exercise.variants:
        variants.append(exercise.variant(number or 0))
    return {variant.hand_in(latex).strip() for variant in variants for latex in (False, True)}


def _text_at(path: Path) -> str:
    """The text of a file; of one that has none, its name."""
    try:
        return decoded(content_of(path), "it") if path.exists() else ""
    except (OSError, DeriveError):
        return path.name
