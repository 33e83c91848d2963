"""Under which case the rows of a sheet stand, and where it ends."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from sympy.core.basic import Basic

from derive.core import heads
from derive.core.indexing import exact
from derive.teaching.sheets.case_coverage import cover_all, exclude, remaining
from derive.teaching.sheets.passages import Passage
from derive.teaching.sheets.sheet_rows import Row

_CONCLUDES = re.compile(
    r"\A\W*(?:and |but |now )?(?:if|when(?:ever)?|for|case|suppose|assum\w+|consider|unless)\b"
    r"|\b(?:together|altogether|overall|combin\w+|conclu\w+|summar\w+|finally|both|either case"
    r"|in (?:total|general|all)|all cases|any case|everywhere)\b", re.IGNORECASE)


@dataclass
class Cases:
    """The open case, `if x > 0:`, and those beside it; `given` are the conditions of the task.

    A case whose value stands on the row of its condition has that row, what goes on with it, and
    what is indented further. Another one goes on to the next case, or to words that conclude; once
    no case is left, to the words or the blank line below its value.
    """

    given: tuple[Basic, ...]
    condition: Basic | None = None
    beside: list[Basic] = field(default_factory=list)
    indent: int = -1
    row: Row | None = None  # of the condition
    has_value: bool = False
    on_its_row: bool = False

    def name(self, condition: Basic) -> None:
        """Takes a case into those that stand beside each other."""
        if condition in self.beside or cover_all(self.beside, self.given):
            self.beside.clear()
        self.beside.append(condition)

    def begin(self, condition: Basic, row: Row) -> None:
        """Opens a case."""
        self.name(condition)
        self._open(condition, row.indent, row)

    def begin_rest(self, row: Row) -> None:
        """Opens the case that is left, where there are others."""
        rest = self.rest
        self._open(rest, row.indent, row)
        if rest is not None:
            self.beside.append(rest)

    @property
    @exact
    def rest(self) -> Basic | None:
        """The condition of the case that is left beside the others."""
        return remaining(self.beside) if self.beside else None

    def _open(self, condition: Basic | None, indent: int, row: Row | None) -> None:
        self.condition, self.indent, self.row = condition, indent, row
        self.has_value = self.on_its_row = False

    def end(self) -> None:
        """Closes the open case."""
        self._open(None, -1, None)

    def take_value(self, row: Row) -> None:
        """Notes that a row has a value of the open case."""
        self.has_value = True
        self.on_its_row |= row is self.row

    @exact
    def ends_at(self, passage: Passage, leads: bool, words: str) -> bool:
        """Whether a row, which may begin with words, stands under the open case no more."""
        indent = passage.row.indent
        if self.condition is None or indent < self.indent or _CONCLUDES.search(words):
            return True
        if leads or indent > self.indent:
            return False
        return self.on_its_row or (bool(passage.apart or words) and self.has_value and
                                   cover_all(self.beside, self.given))

    @contextmanager
    def narrowed(self, condition: Basic | None) -> Iterator[None]:
        """Within the block, what is read holds under this condition behind it too.

        One that never holds in the open case is that of another case.
        """
        before = self.condition
        if condition is not None:
            self.condition = self._joined(condition)
        try:
            yield
        finally:
            self.condition = before

    @exact
    def _joined(self, condition: Basic) -> Basic:
        if self.condition is None or exclude(self.condition, condition, self.given):
            return condition
        return heads.Both(self.condition, condition)
