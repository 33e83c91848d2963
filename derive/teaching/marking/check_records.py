"""What was made out of a learner's derivation: a mark for each line, and what is wrong with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sympy.core.basic import Basic

from derive.core.indexing import exact
from derive.core.stored import Stored
from derive.errors import NotAGradient
from derive.provided import provided
from derive.rulebook.rule import Rule
from derive.short_reprs import clipped
from derive.teaching.marking.counterexample import Counterexample
from derive.teaching.marking.hints import Between, Hint
from derive.teaching.marking.misconceptions import Misconception, Variant
from derive.teaching.sheets.sheet import Entry, Passed, Sheet, Unread, Written

_MARKS = {True: "right", False: "wrong", None: "undecided"}


@dataclass(frozen=True)
class Fault(Stored):
    """What there is to a wrong line: where it fails, how it came about, the rule that was meant.

    `variants` are all misconceptions that explain it equally well, the likeliest first.
    """

    counterexample: Counterexample | None = None
    variants: tuple[Variant, ...] = ()
    meant: Rule | None = None

    @property
    def misconceptions(self) -> tuple[Misconception, ...]:
        """The misconceptions that explain the line, the likeliest first."""
        return tuple(v.misconception for v in self.variants)


@dataclass(frozen=True)
class CheckedLine(Stored):
    """A line of the learner's: `right` is None where it was not decided, read or judged.

    `how` says how it is known: by "rules" of the engine, by "numbers" (50-digit probes), by a
    "probe" at which it is wrong, since it has "no value", by "substitution" of a solution, which
    is "outside" of its kind, by its "turn" where another extremum is asked for; and of what is not
    decided, why. `where` are the conditions under which a right line holds, as text, empty for
    everywhere that the task has a value; `conditions` are their trees. `follows` is the number of
    the wrong line that a wrong line follows from, without a mistake of its own. `note` says what a
    solution is, `between` are the engine's steps from the line before.
    """

    written: Entry
    right: bool | None = None
    how: str = ""
    between: Between | None = None
    where: str = ""
    conditions: tuple[Basic, ...] = ()
    follows: int | None = None
    fault: Fault | None = None
    note: str = ""

    @property
    def number(self) -> int:
        """The number in the file."""
        return self.written.number

    @property
    def mark(self) -> str:
        """"right", "wrong", "follows", "unread", "undecided" or "passed"."""
        if isinstance(self.written, Passed):
            return "passed"
        if isinstance(self.written, Unread):
            return "unread"
        return "follows" if self.follows is not None else _MARKS[self.right]

    @property
    def judged(self) -> Written | None:
        """The line as it was read, where it is one that is judged."""
        return self.written if isinstance(self.written, Written) else None

    def facts(self) -> str:
        """Its number, its text, and what was decided."""
        where = f" where {self.where}" if self.where else ""
        of = f" line {self.follows}" if self.follows is not None else ""
        return f" {self.number}: {clipped(self.written.text)}: {self.mark}{of}{where}"


@dataclass(frozen=True)
class Check(Stored):
    """What was made out of a derivation.

    `correct`: every line is read and right; None where no line is wrong, but one is not read or
    not decided (`undecided` says why). `complete`: it is correct and reaches a result; else
    `missing` says what is left. `conditions` are those under which the task has a value. The
    counterexample and the misconceptions are those of the first wrong line; every wrong line has
    its own (`CheckedLine.fault`).
    """

    sheet: Sheet
    lines: tuple[CheckedLine, ...]
    correct: bool | None
    complete: bool
    missing: str = ""
    conditions: tuple[Basic, ...] = ()
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
    def fault(self) -> Fault:
        """What there is to the first wrong line."""
        return (self.first_wrong and self.first_wrong.fault) or Fault()

    @property
    def counterexample(self) -> Counterexample | None:
        """Where the first wrong line fails."""
        return self.fault.counterexample

    @property
    def meant(self) -> Rule | None:
        """The rule that was meant in the first wrong line."""
        return self.fault.meant

    @property
    def variants(self) -> tuple[Variant, ...]:
        """How the first wrong line may have come about."""
        return self.fault.variants

    @property
    def misconceptions(self) -> tuple[Misconception, ...]:
        """The misconceptions that explain the first wrong line, the likeliest first."""
        return self.fault.misconceptions

    @property
    def misconception(self) -> str | None:
        """The name of the likeliest misconception."""
        return self.variants[0].misconception.name if self.variants else None

    def facts(self) -> str:
        """The task, and how far its lines are right."""
        count = len([line for line in self.lines if line.judged])
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
