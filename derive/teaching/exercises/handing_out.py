"""Hand-ins for a class to fill in: a file for each student, with the student's own variant."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from pathlib import Path

from derive.errors import DeriveError
from derive.file_writing import write_file
from derive.given_files import content_of
from derive.teaching.exercises.exercise_record import Exercise
from derive.teaching.exercises.variants import plain_name, same_name
from derive.teaching.sheets.sheet_rows import decoded

_LONGEST = 60  # signs of a name


def hand_out(exercise: Exercise, students: Iterable[str], folder: Path) -> list[Path]:
    """Writes a hand-in for each student, and returns the files.

    Raises DeriveError, before anything is written, where a name stands twice, or a file is there
    already: it may be what a student has written.
    """
    names = list(students)
    twice = {name for name in names if [same_name(n) for n in names].count(same_name(name)) > 1}
    if twice:
        raise DeriveError(f"{min(twice)!r} stands twice among the students; names have to differ "
                          "by more than case and spaces")
    files = [folder / f"{name}.txt" for name in distinct_names(names)]
    there = next((file for file in files if file.exists() or file.is_symlink()), None)
    if there is not None:
        raise DeriveError(f"{there} is there already; nothing was written")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for student, file in zip(names, files, strict=True):
            text = exercise.variant_of(student).hand_in()
            write_file(file, text + "\n")
    except OSError as error:
        raise DeriveError(f"cannot write to {folder}: {error.strerror}") from None
    return files


def students_in(path: Path) -> list[str]:
    """The names of a file, one in each line that does not begin with #.

    Raises DeriveError for a file without any.
    """
    try:
        text = decoded(content_of(path), str(path))
    except OSError as error:
        raise DeriveError(f"cannot read {path}: {error.strerror}") from None
    names = [*filter(None, (plain_name(line) for line in text.splitlines()
                            if not line.lstrip().startswith("#")))]
    if not names:
        raise DeriveError(f"{path} has no names; write a student into each line")
    return names


def distinct_names(texts: Iterable[str]) -> Iterator[str]:
    """Names of files in plain small letters, and no two alike where a system ignores case."""
    taken: set[str] = set()
    for text in texts:
        letters = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
        stem = re.sub(r"[^a-z0-9]+", "-", letters).strip("-")[:_LONGEST] or "sheet"
        name, count = stem, 2
        while name in taken:
            name, count = f"{stem}-{count}", count + 1
        taken.add(name)
        yield name
