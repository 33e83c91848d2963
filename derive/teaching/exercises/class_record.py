"""The marks of a class: what became of each hand-in, and of all of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from os import PathLike
from typing import Any

from derive.provided import provided
from derive.short_reprs import Brief
from derive.teaching.exercises.exercise_points import BY_HAND, Grade
from derive.teaching.exercises.exercise_record import Exercise
from derive.teaching.marking.check_wording import spoken


@dataclass(frozen=True)
class MarkedLine(Brief, by=("number", "mark")):
    """A line of a hand-in: its number, its text, and its mark, as in `CheckedLine.mark`.

    `where` are the conditions under which a right line holds, empty for everywhere.
    """

    number: int
    text: str
    mark: str
    where: str = ""


@dataclass(frozen=True)
class Mistake(Brief, by=("name",)):
    """A misconception, with the sentence that says what is wrong and the hint to put it right.

    It has no name where none explains a line.
    """

    name: str = ""
    says: str = ""
    hint: str = ""


@dataclass(frozen=True)
class MarkedSheet(Brief, by=("file", "standing")):
    """What became of one hand-in.

    `file` is its path in the folder; `reached` whether a right result stands at its end (None: to
    be looked at by hand). `faults` are the wrong lines, each with its mistake. Where `failure` says
    why nothing could be marked, its points are None. `remarks` are what a teacher should know: a
    variant that was not the student's, a second hand-in. `page` is the checked sheet as HTML; of
    one that could not be marked, its text.
    """

    file: str
    grade: Grade
    student: str = ""
    variant: int = 0
    lines: tuple[MarkedLine, ...] = ()
    faults: tuple[tuple[int, Mistake], ...] = ()
    reached: bool | None = False
    complete: bool = False
    missing: str = ""
    hints: int = 0
    failure: str = ""
    remarks: tuple[str, ...] = ()
    seconds: float = 0.0
    page: str = ""

    @property
    def points(self) -> float | None:
        """The points that are sure; None where nothing could be marked."""
        return self.grade.points

    @property
    def first_wrong(self) -> int | None:
        """The number of the first wrong line."""
        return self.faults[0][0] if self.faults else None

    @property
    def misconception(self) -> str:
        """The name of what explains the first wrong line; empty where nothing does."""
        return self.faults[0][1].name if self.faults else ""

    @property
    def by_hand(self) -> tuple[int, ...]:
        """The numbers of the lines at which the teacher has to look."""
        return tuple(line.number for line in self.lines if line.mark in BY_HAND)

    @property
    def follows(self) -> int:
        """How many lines follow from a wrong one."""
        return sum(line.mark == "follows" for line in self.lines)

    @property
    def who(self) -> str:
        """The student, or the file where it names none."""
        return self.student or self.file

    @property
    def standing(self) -> str:
        """In a few words how it stands."""
        if self.failure:
            return self.failure
        if self.first_wrong is not None:
            name = spoken(self.misconception)
            others = len(self.faults) - 1
            more = f"; {others} more wrong line{'s' * (others != 1)}" if others else ""
            return f"line {self.first_wrong} is wrong{f': {name}' if name else ''}{more}"
        if self.by_hand:
            return f"to be looked at by hand: {lines_of(self.by_hand)}"
        return "complete" if self.complete else self.missing or "not finished"


@dataclass(frozen=True)
class ClassMarks(Brief, by=("exercise", "folder")):
    """The marks of all hand-ins of a folder, in the order of their files.

    `passed_over` are files and folders that are no hand-ins, each with the reason.
    """

    exercise: Exercise
    folder: str
    sheets: tuple[MarkedSheet, ...]
    passed_over: tuple[str, ...] = ()
    seconds: float = 0.0

    @property
    def mistakes(self) -> tuple[tuple[Mistake, tuple[MarkedSheet, ...]], ...]:
        """The mistakes of the class with the sheets that make them, the commonest first."""
        groups: dict[str, list[MarkedSheet]] = {}
        known: dict[str, Mistake] = {}
        for sheet in self.sheets:
            for name, mistake in {mistake.name: mistake for _, mistake in sheet.faults}.items():
                known.setdefault(name, mistake)
                groups.setdefault(name, []).append(sheet)
        by_count = sorted(groups, key=lambda name: (not name, -len(groups[name]), name))
        return tuple((known[name], tuple(groups[name])) for name in by_count)

    @property
    def mean(self) -> float | None:
        """The mean of the points that are sure, of the sheets that could be marked."""
        points = [s.points for s in self.sheets if s.points is not None]
        return sum(points) / len(points) if points else None

    def show(self, form: str = "text", **options: Any) -> str:
        """The marks as text (`width`, `ascii`, `color`), csv, json or html (the index alone).

        Raises ChoiceError for another form.
        """
        text: str = provided("render_marks")(self, form, **options)
        return text

    def to_json(self) -> dict[str, Any]:
        """The marks as plain data."""
        data: dict[str, Any] = provided("marks_data")(self)
        return data

    def save_pages(self, folder: str | PathLike[str]) -> int:
        """Writes a page for each sheet, and an index; returns how many.

        Files that an earlier run wrote are replaced, others are left alone. Raises DeriveError
        where that cannot be.
        """
        write: Callable[..., int] = provided("write_class_pages")
        return write(self, folder)

    def __str__(self) -> str:
        return self.show("text")


def lines_of(numbers: tuple[int, ...]) -> str:
    """Lines in words: `line 4`, `lines 4, 6 and 7`."""
    *first, last = map(str, numbers)
    return f"lines {', '.join(first)} and {last}" if first else f"line {last}"
