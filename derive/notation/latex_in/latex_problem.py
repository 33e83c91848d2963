"""A formula in LaTeX with its declarations, ready for what takes a formula of the notation."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from derive.errors import NotationError
from derive.functions.function_records import FunctionTable, standard_functions
from derive.notation.latex_in.declarations import read_element_types, read_latex_declaration
from derive.notation.latex_in.inference import infer_declarations
from derive.notation.latex_in.latex_reader import latex_reading
from derive.notation.latex_in.latex_variables import (
    read_latex_intermediate,
    read_latex_variable,
)
from derive.notation.printing.pretty import pretty
from derive.notation.reading.scope import Scope
from derive.notation.reading.specification import (
    declare_or_assume,
    define,
    specify,
    text_lines,
)


@dataclass(frozen=True)
class LatexProblem:
    """The reading of LaTeX: a specification, and declarations.

    `inferred` if some declarations were found; `notes` are what was assumed besides.
    """

    formula: str
    given: tuple[str, ...]
    inferred: bool
    notes: tuple[str, ...] = ()
    assumed: tuple[str, ...] = ()  # the declarations that were found
    first: int | None = None  # what indices are counted from, where that is known
    functions: FunctionTable = field(default_factory=standard_functions, repr=False)

    def echo(self) -> str:
        """What was read, in the notation and as a formula, with what was assumed."""
        read = specify(self.formula, self.given, arrays=True, functions=self.functions)
        written, rest = self.formula.split("\n"), str(self)[len(self.formula):]
        return "\n".join(("read as", *(f"  {line}" for line in written),
                          f"  {read.name} = {pretty(read.loss)}")) + rest

    def variable(self, text: str) -> str:
        """A variable of the formula in the notation, typed in LaTeX or in the notation."""
        return read_latex_variable(text, self.scope(), self.first)

    def intermediate(self, text: str) -> str:
        """An intermediate, `p` or `p_k = …`, in the notation, typed in LaTeX or in the notation."""
        return read_latex_intermediate(text, self.scope(), self.first)

    def scope(self) -> Scope:
        """The names of the formula, with those that it defines."""
        scope = Scope(functions=self.functions)
        for line in self.given:
            declare_or_assume(line, scope)
        for line in self.formula.split("\n")[:-1]:
            define(line, scope)
        return scope

    def __str__(self) -> str:
        """What was read, in the notation."""
        declared = [line for line in self.given if line not in self.assumed]
        lines = [self.formula]
        lines += [f"given {'; '.join(declared)}"] if declared else []
        lines += [f"declared as {'; '.join(self.assumed)}"] if self.assumed else []
        lines += [f"read so: {'; '.join(self.notes)}"] if self.notes else []
        return "\n".join(lines)


def read_latex_problem(text: str, given: Iterable[str] = (), *, first: int | None = None,
                       meanings: Mapping[str, str] | None = None,
                       functions: FunctionTable | None = None) -> LatexProblem:
    """Reads LaTeX with declarations in the notation or in LaTeX, or with none.

    Those of names that nothing declares are found, as far as the formula makes them certain.
    `first` and `meanings` are those of `read_latex`; `functions` the standard ones and those of a
    user.
    Raises NotationError at the column of what is not read or not certain.
    """
    lines, types = _declared(given)
    scope = Scope(functions=functions or standard_functions())
    for line in lines:
        declare_or_assume(line, scope)
    assumed = () if meanings else tuple(typed_lines(infer_declarations(text, scope), types))
    for line in assumed:
        scope.declare(line)
    reading = latex_reading(text, scope, first=first, meanings=meanings)
    return LatexProblem(reading.text, (*lines, *assumed), bool(assumed), reading.notes, assumed,
                        reading.first, scope.functions)


def _declared(given: Iterable[str]) -> tuple[list[str], dict[str, str]]:
    r"""The declarations as lines of the notation, and types of entries, `y_i \in \{0, 1\}`."""
    lines: list[str] = []
    types: dict[str, str] = {}
    for line in (line for block in given for line in text_lines(block)):
        if "\\" not in line:
            lines.append(line.strip())
            continue
        try:
            lines.append(read_latex_declaration(line))
        except NotationError as error:
            try:
                types |= read_element_types(line)
            except NotationError:
                raise error from None
    return lines, types


def typed_lines(lines: Iterable[str], types: Mapping[str, str]) -> Iterator[str]:
    """Inferred declarations, with the types that are known of entries in place of `real`."""
    for line in lines:
        left, _, kind = line.partition(": ")
        names = left.split(", ")
        plain = [name for name in names if name not in types or not kind.startswith("real")]
        if plain:
            yield f"{', '.join(plain)}: {kind}"
        yield from (f"{name}: {types[name]}{kind.removeprefix('real')}" for name in names
                    if name not in plain)
