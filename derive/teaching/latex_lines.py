"""Lines in LaTeX as lines of the notation, read by the reader of LaTeX."""

from __future__ import annotations

import re
from dataclasses import dataclass

from derive.errors import DeriveError
from derive.notation.scope import Scope
from derive.teaching.source import Row

_VARIABLE = re.compile(r"(\s*)([^\W_]+)_(?:(\w)|\{([\w\s,]+)\})\s*\Z")


@dataclass(frozen=True)
class Reading:
    """A formula of a LaTeX line: as it was typed, and in the notation."""

    latex: str
    notation: str


def in_latex(text: str) -> bool:
    """Whether a line is LaTeX."""
    return "\\" in text


def read_row(row: Row, scope: Scope, text: str = "", start: int = 0) -> list[Reading]:
    """The formulas of a row (or of `text` in it, from `start` on), what is left of `=` dropped.

    Raises ExerciseError at the place in the file.
    """
    from derive.notation.latex_in import read_latex_lines

    try:
        found = read_latex_lines(text or row.text, scope)
    except DeriveError as error:
        raise row.at_fault(error, start) from None
    return [Reading(line.latex.strip(), line.text) for line in found]


def variable_text(text: str, scope: Scope) -> str:
    """`o_i` as `o[i]`, where o_i is no name that was declared."""
    match = _VARIABLE.match(text)
    if match is None or text.strip() in scope.names or match.group(2) not in scope.names:
        return text
    return f"{match.group(1)}{match.group(2)}[{match.group(3) or match.group(4)}]"
