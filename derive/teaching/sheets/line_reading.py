"""A side of an equation as a line of a sheet."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from sympy.core.basic import Basic

from derive.core import heads
from derive.core.indexing import exact, occurs
from derive.errors import DeriveError, VerificationError
from derive.judge.trees.index_places import least_sizes
from derive.notation.printing.plain import plain
from derive.teaching.sheets.formula_reading import Formula
from derive.teaching.sheets.line_statements import Statement
from derive.teaching.sheets.sheet_entries import Written
from derive.teaching.sheets.sheet_names import Names
from derive.teaching.sheets.sheet_rows import Row, SheetError, masked
from derive.teaching.sheets.statement_roles import RESTATED, SOLUTION, STEPS

MOST_PLACES = 100  # of an axis, for a number as subscript
_NABLA = re.compile(r"(?:\\nabla|∇)\s*(?:_\s*(?:\{[^{}]*\}|\\?\w+))?\s*(?=\\left|[(\[{])")
_BE = ("is", "are")


@dataclass(frozen=True)
class SideReader:
    """Reads sides in the names of a sheet."""

    names: Names

    @exact
    def line(self, statement: Statement, side: tuple[int, str], mode: str,
             condition: Basic | None) -> Written:
        """A side as a line; it holds under a condition, if there is one. Raises SheetError."""
        (start, text), row = side, statement.row
        try:
            formula = self._formula_of(text, statement.display, mode)
            check_size(row, formula.node)
            ground = self.names.ground(formula.node)
        except (DeriveError, ValueError) as error:
            raise self._fault(row, error, start) from None
        role = "solution" if mode == SOLUTION else "step"
        line = Written(row.number_at(start), text, formula.node, ground,
                       "" if formula.typed else formula.notation, role, array=formula.array,
                       own=any(occurs(d.symbol, formula.node) for d in self.names.own))
        return line if condition is None or role != "step" else self.under(line, condition)

    def _formula_of(self, text: str, display: bool, mode: str) -> Formula:
        """The formula of a side; the gradient of one that stands behind a nabla."""
        nabla = _NABLA.match(text)
        if nabla is not None and mode == STEPS and self.names.task.at:
            return self.names.derived(self.names.reader.formula(text[nabla.end():], display))
        formula = self.names.reader.formula(text, display)
        return self.names.derived(formula) if mode == RESTATED else formula

    def _fault(self, row: Row, error: Exception, start: int) -> SheetError:
        fault = row.at_fault(error if isinstance(error, DeriveError) else DeriveError(str(error)),
                             start)
        if fault.message.startswith(("a formula was expected", "a word beside", "two names")):
            fault.message += "; words stand behind a #"
        indices = self.names.task.indices
        if indices and fault.message.startswith("unknown index"):
            free = ", ".join(i.name for i in indices)
            fault.message += f". In this sheet {free} {_BE[len(indices) > 1]} free"
        return fault

    def under(self, entry: Written, condition: Basic) -> Written:
        """A line that is to hold under a condition."""
        assert entry.ground is not None
        where, reading = plain(condition, self.names.task.reserved), entry.reading or entry.text
        if re.search(r"\bif\b", masked(reading)):
            reading = f"({reading})"
        return replace(entry, condition=where, reading=f"{reading} if {where}",
                       ground=heads.Cond(self.names.ground(condition), entry.ground,
                                         self.names.task.truth))


def check_size(row: Row, node: Basic) -> None:
    """Raises SheetError for places so far out that no array at a probe would hold them."""
    try:
        far = max(least_sizes((node,)).values(), default=0) > MOST_PLACES
    except VerificationError:
        far = True
    if far:
        raise row.error(f"subscripts from {MOST_PLACES} on are not checked; use an index")
