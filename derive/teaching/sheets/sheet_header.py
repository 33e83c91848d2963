"""The names of a sheet above its task, and declarations that the use of names tells."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from sympy.core.basic import Basic

from derive.errors import DeriveError, UnknownNameError
from derive.notation.reading.assumed_types import assumed_lines
from derive.notation.reading.scope import Scope
from derive.notation.reading.specification import (
    Definition,
    Specification,
    declare_or_assume,
    define,
    is_definition,
)
from derive.notation.reading.surface_forms import in_notation
from derive.tables.loss_table import find_entry
from derive.teaching.sheets.latex_lines import latex_definition
from derive.teaching.sheets.sheet_rows import Row, SheetError
from derive.teaching.sheets.task import Wording

WITH_FREE_INDICES = ("jacobian", "simplify", "cost")  # an unknown letter in a subscript is one


@dataclass
class Header:
    """The names and conditions of a sheet, and the `rows` that give them.

    `failure` is the first row that could not be read without the task: a loss of the catalogue
    may bring the names that it misses. `assumed` are declarations that the use of names told.
    """

    scope: Scope = field(default_factory=Scope)
    declared: list[str] = field(default_factory=list)
    conditions: list[Basic] = field(default_factory=list)
    definitions: list[Definition] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    failure: SheetError | None = None
    assumed: tuple[str, ...] = ()

    def read(self, row: Row) -> None:
        """A declaration, a condition or a definition. Raises DeriveError."""
        if is_definition(row.text):
            self.definitions.append(define(row.text, self.scope))
        else:
            self.conditions += declare_or_assume(row.text, self.scope)
            self.declared.append(row.text.strip())

    def read_what_is_known(self, row: Row) -> None:
        """The same; a failure is kept, for a task that brings further names."""
        row = Row(latex_definition(row.text, self.scope) or row.text, row.pieces)
        self.rows.append(row)
        try:
            self.read(row)
        except DeriveError as error:
            self.failure = self.failure or row.at_fault(error)

    def specification(self, loss: Basic | int, name: str) -> Specification:
        """The names with a formula of theirs."""
        return Specification(self.scope, tuple(self.declared), tuple(self.conditions),
                             tuple(self.definitions), loss, name, assumed=self.assumed)


def with_inferred(header: Header, wording: Wording) -> Header:
    """The header with declarations of the names of a formula in LaTeX that nothing declares."""
    from derive.notation.latex_in import infer_declarations, read_latex

    formula = wording.formula.replace("$", " ")
    try:
        read_latex(formula, header.scope)
        return header
    except DeriveError:
        pass
    try:
        lines = tuple(infer_declarations(formula, header.scope))
        scope = header.scope.copy()
        for line in lines:
            scope.declare(line)
    except DeriveError:
        return header
    return replace(header, scope=scope, declared=[*header.declared, *lines],
                   assumed=(*header.assumed, *lines))


def with_assumed(header: Header, wording: Wording) -> Header:
    """The header with declarations of the names that nothing declares, as their use tells."""
    try:
        entry = find_entry(wording.formula, bool(header.scope.names))
    except UnknownNameError:  # which is said when the formula is read
        return header
    if entry is not None:
        return header
    lines = assumed_lines([in_notation(wording.formula)],
                          [in_notation(row.text) for row in header.rows], header.scope.functions,
                          in_notation(wording.variable))
    free = (": index(", ": label(") if wording.kind in WITH_FREE_INDICES else (": index(",)
    lines = tuple(line for line in lines if "[" in line or not any(kind in line for kind in free))
    if not lines:
        return header
    made = Header(Scope(functions=header.scope.functions), list(lines), assumed=lines)
    for line in lines:
        made.scope.declare(line)
    for row in header.rows:
        made.read_what_is_known(row)
    return made
