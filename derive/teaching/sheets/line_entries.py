"""The lines below a task as entries of a sheet: each is a statement that does one of a few things.

A chain goes on over rows: what begins with an equals sign goes on with what stood before, be it
steps of what is asked, the loss in other words, or something beside it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from sympy.core.basic import Basic

from derive.errors import NotationError
from derive.teaching.sheets.asides import aside_of, part_of
from derive.teaching.sheets.left_sides import left_side
from derive.teaching.sheets.lemmas import lemma_of
from derive.teaching.sheets.line_state import EQUATIONS, LineState
from derive.teaching.sheets.line_statements import Statement, statements
from derive.teaching.sheets.passages import Passage
from derive.teaching.sheets.sheet_entries import Entry, Passed, Unread, Written
from derive.teaching.sheets.sheet_names import Names, all_declared
from derive.teaching.sheets.sheet_rows import LONGEST_LINE, Row, SheetError
from derive.teaching.sheets.statement_roles import (
    ASIDE,
    ASKED,
    DEFINES,
    RESTATED,
    SOLUTION,
    SOLVES,
    SPOKEN,
    STEPS,
    ZERO,
    branch_condition,
    heading,
    says_otherwise,
    speaks_of_a_part,
    under_words,
)

_NO_COST = re.compile(r"\W*(there (is|exists) )?(no( such)? cost|none)( exists)?\W*", re.IGNORECASE)
_EQUALS = re.compile(r"=(?!=*>)|(?:⇒|=>|\\Rightarrow|\\implies)[^A-Za-z]*=")
_MOST_STATEMENTS = 40  # in a line
_BEHIND_A_NAME = {RESTATED: RESTATED, SOLUTION: SOLUTION, ASKED: STEPS}  # what the sides are


class Lines(LineState):
    """The lines of a sheet, read in order."""

    def entries(self) -> Iterator[Entry]:
        """The entries, in order. Raises NotationError for a declaration that contradicts."""
        self.define()
        for passage, each in self.read:
            yield from self._of_passage(passage, each)

    # Passages

    def _of_passage(self, passage: Passage, each: list[Statement]) -> list[Entry]:
        """What a passage says; one entry for the whole where nothing in it is judged."""
        entry = self._without_statements(passage, each)
        if entry is not None:
            return [entry]
        if each and says_otherwise(each[0].before) and self.cases.rest is None:
            error = passage.row.error("what is left is not known: no case above it was read")
            return [Unread(passage.row.number, _shown(passage.row), error)]
        self._on_words(passage, each)
        entries, roles = self._of_statements(each)
        if entries:
            if self.mode == STEPS and any(
                    isinstance(e, Written) and e.role != "lemma" for e in entries):
                self.cases.take_value(passage.row)
            return entries
        row, shown = passage.row, _shown(passage.row)
        if _EQUALS.match(shown) and not each:
            return [Unread(row.number, shown, row.error("a formula was expected behind ="))]
        kind = "definition" if DEFINES in roles else "formula" if RESTATED in roles else "prose"
        return [Passed(row.number_at(row.indent), shown, kind)]

    def _without_statements(self, passage: Passage, each: list[Statement]) -> Entry | None:
        """What a passage is that is taken as it stands: too long, a denial, a declaration."""
        row = passage.row
        if len(row.text) > LONGEST_LINE:
            return Unread(row.number, f"{_shown(row)[:60]} …", row.too_long())
        if len(each) > _MOST_STATEMENTS:
            return Unread(row.number, f"{_shown(row)[:60]} …", row.error(
                f"a line has {len(each)} formulas; at most {_MOST_STATEMENTS} are read"))
        if self.names.task.is_cost and _NO_COST.fullmatch(row.text):
            return Written(row.number_at(0), _shown(row), None, None, role="denial")
        try:
            declared = passage.form == "line" and all_declared(self.names, row)
        except NotationError as error:
            return Unread(row.number, _shown(row), row.at_fault(error))
        return Passed(row.number, _shown(row), "declaration") if declared else None

    def _of_statements(self, each: list[Statement]) -> tuple[list[Entry], set[str]]:
        """The entries of the statements of a passage, under their conditions, and their roles."""
        entries: list[Entry] = []
        roles: set[str] = set()
        conditions = [branch_condition(statement, self.names) for statement in each]
        self.first = each[0] if each else None
        if each and conditions[0] is None:
            conditions[0] = heading(each, self.names)
        for place, (statement, condition) in enumerate(zip(each, conditions, strict=True)):
            if condition is None:
                with self.cases.narrowed(self._behind(statement, conditions[place:])):
                    made, role = self._of_statement(statement)
                entries += made
                roles.add(role)
            elif entries and (
                    conditions[0] is None or None not in conditions[place:]):
                self.cases.name(condition)
            else:
                self.cases.begin(condition, statement.row)
                self.mode = STEPS if self.mode == RESTATED else self.mode
        return entries, roles

    def _behind(self, statement: Statement, conditions: Sequence[Basic | None]) -> Basic | None:
        """The condition behind a statement: its own, unless a formula of its own follows that.

        `conditions` are those that the statements from here on are.
        """
        if says_otherwise(statement.behind):
            return self.cases.rest
        place = next((n for n, c in enumerate(conditions) if c is not None), 0)
        follows = None in conditions[place:] and self.cases.row is statement.row
        return None if follows else conditions[place]

    def _on_words(self, passage: Passage, each: list[Statement]) -> None:
        """Words end a chain that is not about what is asked, and may end a case."""
        if each and not each[0].before and not each[0].leads and speaks_of_a_part(self.words):
            self.roles.update({id(s): SPOKEN for s in each if s.left is None})
        text, self.lead = passage.row.text, self.words
        self.words = text if not each and text.rstrip().endswith(":") else ""
        words = each[0].before if each else text
        words = words if re.search(r"[^\W\d_]{2,}", words) else ""
        if words:
            self._begin_anew(words)
        if says_otherwise(words):
            self.cases.begin_rest(passage.row)
        elif self.cases.ends_at(passage, bool(each) and each[0].leads, words):
            self.cases.end()

    def _begin_anew(self, words: str) -> None:
        """What the lines behind some words are about."""
        if SOLVES.search(words) and self.solving:
            self.mode = EQUATIONS
        elif self.mode not in (EQUATIONS, SOLUTION):
            self.mode = STEPS

    # Statements

    def _of_statement(self, statement: Statement) -> tuple[list[Entry], str]:
        """The entries of a statement and its role."""
        role = self.role(statement)
        if role in (STEPS, ASKED) and self._holds_under_words(statement):
            self.mode = SPOKEN
            return [], SPOKEN
        if statement.leads and (statement.left is None or role == STEPS):
            return self._going_on(statement)
        self.aside = None
        if role in (SPOKEN, DEFINES) or self.names.is_taken(statement.left):
            return self._pass_over(statement, role), role
        if role == ASIDE and self.asides:
            return self._aside(statement), role
        if role == ASKED:
            self.names.rename(statement.left or left_side(statement.text))
        if role in _BEHIND_A_NAME:
            self.mode = _BEHIND_A_NAME[role]
            return [*self._read(statement, statement.sides[1:], self.mode)], role
        return self._of_sides(statement, role)

    def _holds_under_words(self, statement: Statement) -> bool:
        """Whether a statement stands under a condition in words, which is not read."""
        return self.cases.condition is None and not statement.leads and (
            under_words(statement.before) or under_words(self.lead))

    def _pass_over(self, statement: Statement, role: str) -> list[Entry]:
        """What goes on with a statement that is not judged is not judged as a step either."""
        if role == SPOKEN and statement is self.first:
            self.aside = aside_of(statement, self.names)
        if role == SPOKEN and not statement.before and self.mode not in (EQUATIONS, SOLUTION):
            self.mode = SPOKEN
        if role == SPOKEN:
            self.redefine(statement)
        row, name = statement.row, statement.left_text
        return [] if not self.names.is_taken(statement.left) else [Unread(
            row.number_at(statement.start), statement.text,
            row.error(f"{name} is a number here; take another name"))]

    def _aside(self, statement: Statement) -> list[Entry]:
        """A derivative beside the asked one: a lemma where it can be judged, else passed over."""
        self.mode, self.lemma = ASIDE, lemma_of(statement, self.names)
        made = self._of_lemma(statement, statement.sides[1:])
        self.passed_aside |= not made
        return made

    def _of_sides(self, statement: Statement, role: str) -> tuple[list[Entry], str]:
        """A statement of which each side is a step, the loss, or part of equations to solve."""
        if statement.left is not None and (self.mode == EQUATIONS or (
                self.solving and not self.is_asked(statement, 0))):
            self.mode = EQUATIONS
            return [], SPOKEN
        return self._of_steps(statement, role)

    def _of_steps(self, statement: Statement, role: str) -> tuple[list[Entry], str]:
        """Of sides that are steps, below a copy of the formula that they set out from."""
        part = part_of(statement, self.names, self.cases.condition is not None)
        made = part.lines(statement, statement.sides[1:], self.cases.condition) if part else []
        if made:
            self.aside = part
            return [*made], role
        self.mode, copied = STEPS, self.copied(statement)
        if not copied:
            return [*self._read(statement, statement.sides, STEPS)], role
        entries = [*self._read(statement, statement.sides[1:copied], RESTATED)]
        self.mode = RESTATED if copied == len(statement.sides) else STEPS
        return [*entries, *self._read(statement, statement.sides[copied:], STEPS)], RESTATED

    def _going_on(self, statement: Statement) -> tuple[list[Entry], str]:
        """What begins with an equals sign or an arrow."""
        beside = self.aside.lines(statement, statement.sides, self.cases.condition) \
            if self.aside else []
        if beside:
            return [*beside], SPOKEN
        self.aside = None
        if self.mode in (ASIDE, RESTATED, SPOKEN) and self.is_asked(statement):
            self.mode = STEPS
        if self.mode == ASIDE:
            unread = self.lemma is not None and self.formula(statement) is None
            return self._of_lemma(statement, statement.sides) or [
                *self._read(statement, statement.sides, STEPS)] * unread, SPOKEN
        if self.mode in (SPOKEN, EQUATIONS):
            return [], SPOKEN
        return [*self._read(statement, statement.sides, self.mode)], STEPS

    def _of_lemma(self, statement: Statement, sides: tuple[tuple[int, str], ...]) -> list[Entry]:
        """Sides of an equation for another derivative, as far as they are read."""
        return [*self.lemma.lines(statement, sides, self.cases.condition)] if self.lemma else []

    def _read(self, statement: Statement, sides: tuple[tuple[int, str], ...], mode: str,
              ) -> Iterator[Entry]:
        """Each side as a line of its own."""
        for start, text in sides:
            if ZERO.match(text) and self.solving and mode != SOLUTION:
                self.mode = EQUATIONS
                return
            self.begun |= mode == STEPS
            try:
                yield self.reader.line(statement, (start, text), mode, self.cases.condition)
            except SheetError as error:
                if not re.search(r"[^\W\d_]", text) and statement.left is None and \
                        not statement.leads:
                    return
                if not statement.leads and statement.left is None and self.is_no_line(text):
                    return
                if statement.speaks and not statement.leads and self.role(statement) == STEPS:
                    return
                yield Unread(statement.row.number_at(start), text, error)


def _shown(row: Row) -> str:
    """A row as it is shown."""
    return row.text.strip().strip("&").strip()


def entries_of(names: Names, passages: list[Passage]) -> tuple[Entry, ...]:
    """The entries of the lines below a task.

    Equations for other derivatives are passed over, unless nothing else is there.
    """
    read = [(p, statements(p, names.scope)) for p in passages]
    lines = Lines(names, read)
    entries = tuple(lines.entries())
    if lines.passed_aside and not any(
            isinstance(e, Written) and e.role != "lemma" for e in entries):
        entries = tuple(Lines(names, read, asides=False).entries())
    return entries
