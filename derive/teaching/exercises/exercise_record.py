"""An exercise as its teacher wrote it, and each of its variants with the task that it poses."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

from derive.core.indexing import exact
from derive.errors import DeriveError
from derive.provided import provided
from derive.short_reprs import Brief
from derive.teaching.exercises import variants
from derive.teaching.exercises.exercise_points import Scheme
from derive.teaching.exercises.expected_answers import Expected
from derive.teaching.exercises.hand_in import Head, head_of, head_text, uncommented, without_head
from derive.teaching.exercises.other_spellings import with_names
from derive.teaching.exercises.variants import Choice, Draw, bare, same_name
from derive.teaching.marking.engine import Engine
from derive.teaching.marking.hints import LEVELS
from derive.teaching.sheets.passages import passages
from derive.teaching.sheets.sheet import Sheet, read_sheet
from derive.teaching.sheets.task import Task, worded


@dataclass(frozen=True)
class Hints(Brief):
    """How far hints go, and what each costs."""

    most: int = LEVELS
    cost: float = 0.0


@dataclass(frozen=True)
class Exercise(Brief, by=("title", "task")):
    """An exercise: what is given, the task, its points, and what may vary.

    `expected` are wrong answers that are worth points, `accept` other spellings of quantities,
    each with the name that it stands for, `model` a teacher's own lines; `least_lines` is how many
    lines full points take. A `seed` deals the variants, and proves whose they are. `file` is where
    it was read.
    """

    title: str
    task: str
    given: tuple[str, ...] = ()
    define: tuple[str, ...] = ()
    text: str = ""
    points: Scheme = field(default_factory=Scheme)
    hints: Hints = field(default_factory=Hints)
    least_lines: int = 0
    expected: tuple[Expected, ...] = ()
    accept: tuple[tuple[str, str], ...] = ()
    model: tuple[str, ...] = ()
    choices: tuple[Choice, ...] = ()
    seed: str = ""
    file: str = ""

    @property
    def heading(self) -> str:
        """Its title for all variants: a name in braces, `{c}`, stands for itself."""
        return Draw(0, tuple((c.name, c.name) for c in self.choices)).words(self.title)

    @property
    def variants(self) -> int:
        """How many variants there are; 1 where nothing varies."""
        return variants.count(self.choices)

    def variant(self, number: int = 0) -> Variant:
        """The variant of a number from 0 on. Raises DeriveError for one that there is not."""
        if not 0 <= number < self.variants:
            last = self.variants - 1
            raise DeriveError(f"{self.heading!r} has no variant {number}; they are counted from 0 "
                              f"to {last}" if last else f"{self.heading!r} has no variants but 0")
        return Variant(self, variants.draw(self.choices, number))

    def variant_of(self, student: str) -> Variant:
        """The variant of a student: the same whenever it is asked for."""
        number = variants.number_of(student, self.seed or self.title, self.variants)
        return replace(self.variant(number), student=student)

    def sheet(self, text: str) -> Sheet:
        """A hand-in, read for the task of its variant. Raises DeriveError in one line."""
        return self.variant_for(text).sheet(text)

    def variant_for(self, text: str) -> Variant:
        """The variant that a hand-in is for: as its head has it, else as its task line has it.

        Raises DeriveError where neither tells.
        """
        head = head_of(text)
        if self.variants == 1:
            return self.variant(0)
        if head.variant is not None:
            return self.variant(head.variant)
        own = self.variant_of(head.student) if head.student else None
        number = variants.number_seen(
            self.choices, (self.task, *self.given, *self.define), uncommented(text),
            own.number if own else None)
        if number is not None:
            return self.variant(number)
        if own is not None and not states_task(text):
            return own
        raise DeriveError("which variant this is cannot be seen: a line such as '# variant: 0' and "
                          "the task as it was handed out are missing")

    def proven(self, head: Head) -> bool:
        """Whether the head of a hand-in proves that its student was given this variant.

        Without a seed there are no codes: a head is then taken at its word.
        """
        if head.variant is None or self.seed:
            return head.variant is not None and head.code == self.code(head.variant, head.student)
        return not head.student or head.variant == self.variant_of(head.student).number

    def code(self, number: int, student: str) -> str:
        """What proves that a student was given a variant; nothing does without a seed."""
        return variants.code_of(number, self.seed, student) if self.seed else ""


@dataclass(frozen=True)
class Variant(Brief, by=("title", "task")):
    """An exercise with the values that were drawn for it, and the `student` who is given it."""

    exercise: Exercise
    draw: Draw
    student: str = field(default="", compare=False)

    @property
    def number(self) -> int:
        """Its number."""
        return self.draw.number

    @property
    def title(self) -> str:
        """Its title."""
        return self.draw.words(self.exercise.title)

    @property
    def text(self) -> str:
        """What the student is told besides the task."""
        return self.draw.words(self.exercise.text)

    @property
    def given(self) -> tuple[str, ...]:
        """Declarations and conditions."""
        return tuple(map(self.draw.formula, self.exercise.given))

    @property
    def define(self) -> tuple[str, ...]:
        """Definitions."""
        return tuple(map(self.draw.formula, self.exercise.define))

    @property
    def task_line(self) -> str:
        """The line that states the task."""
        return self.draw.formula(self.exercise.task)

    @property
    def model(self) -> tuple[str, ...]:
        """The teacher's own lines."""
        return tuple(map(self.draw.formula, self.exercise.model))

    @property
    def expected(self) -> tuple[str, ...]:
        """The wrong answers that the teacher expects."""
        return tuple(self.draw.formula(expected.answer) for expected in self.exercise.expected)

    @property
    def lines(self) -> tuple[str, ...]:
        """All that the task is posed by, as lines of a sheet."""
        return (*self.given, *self.define, self.task_line)

    @property
    def task(self) -> Task:
        """The task. Raises SheetError with the number of the line among `lines`."""
        return task_of(self)

    @property
    def spellings(self) -> tuple[tuple[str, str], ...]:
        """Other spellings that are accepted, each with the name that it stands for."""
        return tuple((other, self.draw.formula(name)) for other, name in self.exercise.accept)

    @exact
    def sheet(self, text: str) -> Sheet:
        """A hand-in for this variant. Raises DeriveError, for another task among others."""
        head, own = head_of(text), set(map(bare, self.lines))
        body = "\n".join("" if bare(line) in own else line for line in with_names(
            without_head(text), self.spellings).split("\n"))  # what is as it was handed out
        other = bool(head.exercise) and same_name(head.exercise) not in self._titles()
        if other and not states_task(text):
            raise self._other(head)
        try:
            return read_sheet(body, task=self.task)
        except DeriveError:
            if other:
                raise self._other(head) from None
            raise

    def hand_in(self, latex: bool = False) -> str:
        """What a student fills in: a head that says whose it is, the task, room for the lines."""
        code = self.exercise.code(self.number, self.student)
        number = self.number if self.exercise.variants > 1 else None
        most = self.exercise.hints.most
        head = Head(self.title, self.student, number, code,
                    highest=most if most < LEVELS else None)
        return head_text(head, self.lines, latex)

    def show(self, form: str = "text", **options: Any) -> str:
        """What a student sees, as text (`width`, `ascii`, `color`), markdown, latex or html.

        Raises ChoiceError for another form.
        """
        text: str = provided("render_exercise")(self, form, **options)
        return text

    def states_another(self, line: str) -> bool:
        """Whether a task line has another formula or variable than that of the exercise."""
        own, other = worded(self.task_line), worded(with_names(line, self.spellings))
        return own is None or other is None or any(
            bare(a) != bare(b) for a, b in ((own.kind, other.kind), (own.formula, other.formula),
                                              (own.variable, other.variable)))

    def _titles(self) -> Iterator[str]:
        yield from map(same_name, (self.title, self.exercise.title))

    def _other(self, head: Head) -> DeriveError:
        return DeriveError(f"this is a hand-in for {head.exercise!r}, not for {self.title!r}")


@lru_cache(maxsize=256)
def task_of(variant: Variant) -> Task:
    """The task of a variant. Raises SheetError with the number of the line at fault."""
    lines: Sequence[str] = variant.lines
    return read_sheet("\n".join(lines)).task


@lru_cache(maxsize=64)
def engine_of(variant: Variant) -> Engine:
    """The engine at work on a variant: what it has derived once serves all sheets."""
    return Engine(variant.task)


def engine_for(variant: Variant, sheet: Sheet) -> Engine:
    """The engine for a hand-in: that of the variant, unless the student has names of their own."""
    return engine_of(variant) if sheet.task is variant.task else Engine(sheet.task)


def states_task(text: str) -> bool:
    """Whether a hand-in has a task line of its own."""
    return any(worded(row.text) for row in (p.row for p in passages(without_head(text))))
