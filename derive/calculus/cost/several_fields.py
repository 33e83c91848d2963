"""The fields of several variables that are to be the gradients of one cost, as typed.

One field a line, or behind `;`, in the order of the variables: `x*y**2; x**2*y` for `x, y`. A
field may have a name of its own, `gx = x*y**2`; lines before the fields define names.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from sympy import Expr

from derive.calculus.cost.field import Field, assumed_by_use, read_field
from derive.calculus.gradient.partial_derivative import unconstrained
from derive.core.indexing import exact
from derive.errors import DeriveError
from derive.functions.function_records import FunctionTable, standard_functions
from derive.judge.rules.user_functions import Functions, function_table
from derive.notation.reading.declaration_lines import Given, declared_names, lines_of
from derive.notation.reading.specification import is_definition, split_declarations, text_lines
from derive.notation.reading.surface_forms import in_notation
from derive.notation.reading.syntax import names_in
from derive.premises import Typed

_STATES = re.compile(r":(?!=)|[<>]|==|!=")  # a declaration or a condition


@dataclass(frozen=True)
class FieldLines:
    """A text of several fields: declarations, definitions, a field for each variable."""

    declared: tuple[str, ...]
    defined: tuple[str, ...]
    fields: tuple[str, ...]
    variables: tuple[str, ...]

    def text_of(self, field: str) -> str:
        """One of the fields with the definitions before it."""
        return "\n".join((*self.defined, field))

    @property
    def text(self) -> str:
        """All of it: definitions, then the fields."""
        return "\n".join((*self.defined, *self.fields))


@exact
def read_fields(target: str, given: Given, wrt: Sequence[str], functions: Functions | None,
                ) -> tuple[Field, ...]:
    """Reads a field for each of several variables.

    Raises what `read_field` raises, and DeriveError for another number of fields than variables.
    """
    lines = _field_lines(target, wrt)
    table = function_table(functions)
    stated = [*lines_of(given), *lines.declared]
    assumed = _assumed(lines, stated, table or standard_functions())
    declared = [*stated, *assumed]
    read = [read_field(lines.text_of(field), declared, variable, None, functions)
            for field, variable in zip(lines.fields, lines.variables, strict=True)]
    letters = ", ".join(i.name for f in read if f.text and dict(f.text.options)["letters"]
                        for i in f.indices)
    typed = Typed(lines.text, tuple(declared), ", ".join(lines.variables),
                  (("letters", letters),), tuple(assumed))
    return tuple(replace(_unconstrained(f, read), text=typed) for f in read)


def _assumed(lines: FieldLines, stated: list[str], functions: FunctionTable) -> list[str]:
    """Declarations of names that nothing declares; letters of components are no names."""
    letters = {letter.strip() for v in lines.variables
               for letter in v.partition("[")[2].rstrip("] ").split(",")}
    used = names_in(lines.text)
    assumed = [line for line in assumed_by_use(lines.text, stated, "", functions)
               if line.partition(":")[0] not in letters and (stated or used)]
    known = {*declared_names(stated), *declared_names(assumed)}
    missing = [v for v in lines.variables if v not in known and "[" not in v]
    return assumed if stated else [*assumed, *(f"{v}: real" for v in missing)]


def _field_lines(target: str, wrt: Sequence[str]) -> FieldLines:
    """The lines of a text. Raises DeriveError for too few, or a variable that comes twice."""
    names = [in_notation(v).partition("[")[0].strip() for v in wrt]
    twice = next((n for n in names if names.count(n) > 1), None)
    if twice is not None:
        raise DeriveError(f"--wrt names {twice!r} twice")
    lines = list(text_lines(target.replace(";", "\n")))
    rest, fields = lines[:-len(wrt)], lines[-len(wrt):]
    over = [line for line in rest if not is_definition(line) and not _STATES.search(line)]
    if over or len(lines) < len(wrt) or len(set(map(is_definition, fields))) != 1:
        raise DeriveError(
            f"{len(wrt)} variables, {', '.join(wrt)}, ask for a field each, behind ; or on lines "
            f"of their own and in this order; the text has {_count(lines)}")
    declared, _ = split_declarations("\n".join((*rest, "0")))
    defined = [line for line in rest if line not in declared]
    if is_definition(fields[-1]):
        labels = [line.partition("=")[0].partition("[")[0].strip() for line in fields]
        return FieldLines(tuple(declared), (*defined, *fields), tuple(labels), tuple(names))
    return FieldLines(tuple(declared), tuple(defined), tuple(fields), tuple(map(in_notation, wrt)))


def _count(lines: Sequence[str]) -> str:
    fields = sum(not is_definition(line) for line in lines)
    return "one" if fields == 1 else "none" if not fields else str(fields)


def _unconstrained(field: Field, fields: Sequence[Field]) -> Field:
    """A field with all variables free of what binds their entries to each other."""
    body = field.body
    for other in fields:
        _, body = unconstrained(_before(other), body)
    return replace(field, body=body)


def _before(field: Field) -> Expr:
    """The variable of a field as it was declared."""
    return field.posed.scope.names[field.tensor.name]
