"""Equations beside what is asked: `Recall that 1 - p`, `= q` below it, `max(x, 0) = x` in a case.

What has the value of the formula that it goes on with is true of it, whatever the task asks for.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from sympy.core.basic import Basic

from derive.core import heads
from derive.core.indexing import exact
from derive.core.walk import places
from derive.errors import DeriveError
from derive.teaching.sheets.line_reading import SideReader
from derive.teaching.sheets.line_statements import Statement
from derive.teaching.sheets.numeric_agreement import agree
from derive.teaching.sheets.sheet_entries import Written
from derive.teaching.sheets.sheet_names import Names
from derive.teaching.sheets.sheet_rows import SheetError
from derive.teaching.sheets.statement_roles import STEPS


@dataclass(frozen=True)
class Aside:
    """A formula beside what is asked, in the names of the task, that rows may go on with."""

    ground: Basic
    names: Names

    @exact
    def lines(self, statement: Statement, sides: tuple[tuple[int, str], ...],
              condition: Basic | None) -> list[Written]:
        """Sides that have its value, where a condition holds; none where one of them has not."""
        reader, made = SideReader(self.names), []
        for side in sides:
            try:
                line = reader.line(statement, side, STEPS, condition)
                plain = reader.line(statement, side, STEPS, None)
            except SheetError:
                return []
            assert plain.ground is not None
            if not self._has_value_of(plain.ground, condition):
                return []
            made.append(replace(line, role="lemma", agrees=True))
        return made

    def _has_value_of(self, ground: Basic, condition: Basic | None) -> bool:
        there = ground if condition is None else heads.Cond(
            self.names.ground(condition), ground, self.ground)
        return not self.names.is_asked(ground) and agree(
            there, self.ground, self.names.task.conditions, self.names.grounding)


def aside_of(statement: Statement, names: Names) -> Aside | None:
    """What a row goes on with below a statement that is not judged; None where it is not read."""
    ground = _ground(statement, names, -1)
    return None if ground is None else Aside(ground, names)


def part_of(statement: Statement, names: Names, in_a_case: bool) -> Aside | None:
    """The left side of an equation, where it is a part of the formula of the task; in a case, all.
    """
    if statement.left is None or statement.left.kind != "formula":
        return None
    ground, formula = _ground(statement, names, 0), names.grounding.formula
    if ground is None or formula is None or not ground.args:
        return None
    all_of_it = names.ground(formula)
    inner = any(ground == part for part, _ in places(all_of_it))
    return Aside(ground, names) if inner and (in_a_case or ground != all_of_it) else None


def _ground(statement: Statement, names: Names, side: int) -> Basic | None:
    try:
        return names.ground(names.reader.formula(statement.sides[side][1],
                                                 statement.display).node)
    except (DeriveError, ValueError):
        return None
