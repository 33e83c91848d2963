"""A formula in LaTeX with its declarations, ready for what takes a formula of the notation."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from derive.functions.function_records import FunctionTable, standard_functions
from derive.notation.latex_in.declarations import read_latex_declaration
from derive.notation.latex_in.inference import infer_declarations
from derive.notation.latex_in.latex_reader import latex_reading
from derive.notation.reading.scope import Scope
from derive.notation.reading.specification import declare_or_assume, text_lines


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
    lines = [read_latex_declaration(line) if "\\" in line else line.strip()
             for block in given for line in text_lines(block)]
    scope = Scope(functions=functions or standard_functions())
    for line in lines:
        declare_or_assume(line, scope)
    assumed = () if meanings else infer_declarations(text, scope)
    for line in assumed:
        scope.declare(line)
    reading = latex_reading(text, scope, first=first, meanings=meanings)
    return LatexProblem(reading.text, (*lines, *assumed), bool(assumed), reading.notes, assumed)
