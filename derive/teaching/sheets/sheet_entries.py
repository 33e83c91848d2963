"""What the lines of a sheet are taken for: judged, shown, or not understood."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from sympy.core.basic import Basic

from derive.core.stored import Stored
from derive.teaching.sheets.sheet_rows import SheetError


@dataclass(frozen=True)
class Written(Stored, by=("number", "text")):
    """One line of the learner's: its number in the file, its text, and what it says.

    `node` is the line as written, `ground` with named intermediates written out; both are None
    for the answer that there is no cost. `reading` is the notation that a line was read as, where
    it was typed in another way. `role` is "step", "solution" (the value of a variable at which the
    asked derivative is 0), "denial" (there is no cost) or "lemma" (a derivative beside the asked
    one, of which `agrees` says whether both sides are equal). `condition` is where the line is to
    hold, as text; `ground` is the task itself elsewhere. `array` says that it was typed as a whole
    array, of which `node` is the element that is asked for, `own` that it has names which the
    learner has defined.
    """

    number: int
    text: str
    node: Basic | None
    ground: Basic | None
    reading: str = ""
    role: str = "step"
    condition: str = ""
    array: bool = False
    agrees: bool | None = None
    own: bool = False

    @property
    def typed(self) -> str:
        """The line in the notation, in names of the task alone; empty where it has others."""
        return "" if self.own else self.reading or self.text

    @property
    def denies(self) -> bool:
        """Whether the line says that there is no cost."""
        return self.role == "denial"


@dataclass(frozen=True)
class Passed(Stored, by=("number", "text")):
    """A line that is shown and not judged: its `kind` is what it is taken for.

    "prose", a "definition", a "declaration", a "task", or the "formula" of the task to set out
    from.
    """

    number: int
    text: str
    kind: str


@dataclass(frozen=True)
class Unread(Stored, by=("number", "text")):
    """A line that was not understood, and why."""

    number: int
    text: str
    error: SheetError


Entry: TypeAlias = Written | Passed | Unread
