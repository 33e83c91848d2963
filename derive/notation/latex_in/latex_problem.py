"""A formula in LaTeX with its declarations, ready for what takes a formula of the notation."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from derive.functions.function_records import FunctionTable, standard_functions
from derive.notation.latex_in.declarations import read_latex_declaration
from derive.notation.latex_in.inference import infer_declarations
from derive.notation.latex_in.latex_reader import read_latex
from derive.notation.reading.scope import Scope
from derive.notation.reading.specification import declare_or_assume, text_lines


@dataclass(frozen=True)
class LatexProblem:
    """The reading of LaTeX: a specification, and declarations; `inferred` if they were found."""

    formula: str
    given: tuple[str, ...]
    inferred: bool

    def __str__(self) -> str:
        """What was read, in the notation."""
        origin = "declared as " if self.inferred else "given "
        return f"{self.formula}\n{origin}{'; '.join(self.given)}"


def read_latex_problem(text: str, given: Iterable[str] = (), *, first: int | None = None,
                       meanings: Mapping[str, str] | None = None,
                       functions: FunctionTable | None = None) -> LatexProblem:
    """Reads LaTeX with declarations in the notation or in LaTeX, or with none.

    Without any, those that the formula makes certain are found. `first` and `meanings` are those
    of `read_latex`; `functions` the standard ones and those of a user.
    Raises NotationError at the column of what is not read or not certain.
    """
    lines = [read_latex_declaration(line) if "\\" in line else line.strip()
             for block in given for line in text_lines(block)]
    inferred = not lines
    if inferred:
        lines = list(infer_declarations(text))
    scope = Scope(functions=functions or standard_functions())
    for line in lines:
        declare_or_assume(line, scope)
    formula = read_latex(text, scope, first=first, meanings=meanings)
    return LatexProblem(formula, tuple(lines), inferred)
