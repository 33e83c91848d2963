"""What the lines of a sheet are, as far as it is known before each is read: roles, definitions."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from derive.errors import DeriveError
from derive.notation.reading.scope import RESERVED
from derive.notation.reading.specification import Definition
from derive.teaching.sheets.asides import Aside
from derive.teaching.sheets.formula_reading import Formula
from derive.teaching.sheets.lemmas import Lemma
from derive.teaching.sheets.line_reading import SideReader
from derive.teaching.sheets.line_statements import Statement
from derive.teaching.sheets.open_cases import Cases
from derive.teaching.sheets.passages import Passage
from derive.teaching.sheets.sheet_names import Names
from derive.teaching.sheets.statement_roles import (
    ASKED,
    DEFINES,
    SOLUTION,
    SOLVES,
    SPOKEN,
    STEPS,
    ZERO,
    branch_condition,
    role_of,
    sides_of,
)

EQUATIONS = "equations"
_CLAIMED = re.compile(r"\b(gradient|derivative|result|answer|solution|hessian|jacobian)\b",
                      re.IGNORECASE)


@dataclass
class LineState:
    """The lines of a sheet, what each of their statements is, and what stands before a line.

    `mode` is what a row that begins with an equals sign goes on with; `asides` whether equations
    for other derivatives are passed over.
    """

    names: Names
    read: list[tuple[Passage, list[Statement]]]
    asides: bool = True
    mode: str = STEPS
    passed_aside: bool = False
    lemma: Lemma | None = None  # that a row goes on with
    words: str = ""  # that lead up to the next row
    begun: bool = False  # whether a step has been written
    lead: str = ""  # the words that led up to this row
    first: Statement | None = None  # of its row
    aside: Aside | None = None  # that a row may go on with
    solving: bool = field(init=False)
    cases: Cases = field(init=False)

    def __post_init__(self) -> None:
        everything = [s for _, each in self.read for s in each]
        words = " ".join(p.row.text for p, _ in self.read)
        self.solving = self.names.task.kind == "estimate" or (any(
            s.left is not None and self.names.of_variable(s.left) for s in everything) and (
            any(ZERO.match(text) for s in everything for _, text in s.sides)
            or SOLVES.search(words) is not None))
        self.roles: dict[int, str] = {}
        self.cases = Cases(self.names.task.conditions)

    @property
    def reader(self) -> SideReader:
        """The reader of sides."""
        return SideReader(self.names)

    def define(self) -> None:
        """Takes in all definitions first: `where δ = …` may stand below its use."""
        everything = [s for _, each in self.read for s in each]
        for statement in everything:
            left = statement.left
            if left is None or left.kind != "name" or statement.leads or \
                    branch_condition(statement, self.names) is not None:
                continue
            used = sides_of(everything, statement)
            if self.role(statement, used) == DEFINES and \
                    left.name not in self.names.scope.names and \
                    self._defined(statement) is None:
                self.roles[id(statement)] = SPOKEN if statement.before else STEPS

    def _defined(self, statement: Statement) -> Definition | None:
        (_, left), (_, right), *_ = statement.sides
        return self.names.define(left, right, statement.display)

    def redefine(self, statement: Statement) -> None:
        """Takes a name of the learner's own in another meaning, from here on."""
        left, formula = statement.left, self.formula(statement)
        known = {d.name: d for d in self.names.own}.get(left.name if left is not None else "")
        if known is not None and formula is not None and not known.indices and \
                not self.names.agree(known.symbol, formula.node):
            (_, name), *_, (_, right) = statement.sides
            self.names.redefine(known, name, right, statement.display)

    def role(self, statement: Statement, used: str = "") -> str:
        if id(statement) not in self.roles:
            self.roles[id(statement)] = role_of(statement, self.names, used, self.solving)
        return self.roles[id(statement)]

    def is_no_line(self, text: str) -> bool:
        """Whether a text is a condition, or a function's name alone."""
        return self.names.reader.is_condition(text) or text in {
            *self.names.scope.functions, *RESERVED}

    def formula(self, statement: Statement, side: int = -1) -> Formula | None:
        try:
            return self.names.reader.formula(statement.sides[side][1], statement.display)
        except (DeriveError, ValueError):
            return None

    def is_asked(self, statement: Statement, side: int = -1) -> bool:
        formula = self.formula(statement, side)
        return formula is not None and self.names.is_asked(formula.node)

    def is_loss(self, statement: Statement, side: int = -1) -> bool:
        formula = self.formula(statement, side)
        return formula is not None and not self.names.task.is_cost and \
            self.names.is_loss(formula.node)

    def copied(self, statement: Statement) -> int:
        """How many first sides are the formula that is differentiated, only to set out from it.

        Where steps stand above it or nothing follows, it is what somebody takes for the result.
        """
        if self.begun or _CLAIMED.search(statement.before):
            return 0
        own = [self.is_loss(statement, side) for side in range(len(statement.sides))]
        if not all(own):
            return own.index(False)
        everything = [s for _, each in self.read for s in each]
        place = next(n for n, s in enumerate(everything) if s is statement)
        goes_on = any(self.role(s) in (STEPS, ASKED, SOLUTION) and not self.is_loss(s)
                      for s in everything[place + 1:])
        return len(own) if goes_on else 0
