"""Lines in LaTeX as lines of the notation, read by the reader of LaTeX."""

from __future__ import annotations

import re
from dataclasses import dataclass

from derive.core.atoms import Tensor
from derive.errors import DeriveError
from derive.notation.reading.scope import Scope
from derive.notation.reading.surface_signs import name_of
from derive.teaching.sheets.sheet_rows import Row

_VARIABLE = re.compile(r"(\s*)\$?\s*(\S.*?)\s*(?:_(?:(\w)|\{([\w\s,]+)\}))?\s*\$?\s*\Z")
_SUBSCRIPTED = re.compile(r"\b([^\W\d_]+)_(?:\w+\b|\{)")
_MARKS = re.compile(r"\\(?:begin|end)\s*\{[^{}]*\}|\\[\[\]()]|\$|\\\\|&|\s")


@dataclass(frozen=True)
class Reading:
    """A formula of a LaTeX line: as it was typed, and in the notation."""

    latex: str
    notation: str


def in_latex(text: str, scope: Scope | None = None) -> bool:
    r"""Whether a line is LaTeX: by its signs, or by subscripts of declared arrays, `p_k - y_k`."""
    if any(sign in text for sign in ("\\", "$", "&")):
        return True
    return scope is not None and any(
        match.group(0) not in scope.names and isinstance(scope.names.get(match.group(1)), Tensor)
        for match in _SUBSCRIPTED.finditer(text))


def read_row(row: Row, scope: Scope, text: str = "", start: int = 0) -> list[Reading]:
    """The formulas of a row (or of `text` in it, from `start` on), what is left of `=` dropped.

    A row of marks alone, such as `\\begin{align}`, holds none.
    Raises SheetError at the place in the file.
    """
    from derive.notation.latex_in import read_latex_lines  # most files start without it

    if not text and not _MARKS.sub("", row.text):
        return []
    try:
        lines = read_latex_lines((text or row.text).replace("$", " "), scope)
    except DeriveError as error:
        raise row.at_fault(error, start) from None
    return [Reading(line.latex.strip(), line.text) for line in lines]


def latex_definition(text: str, scope: Scope) -> str:
    r"""A definition in LaTeX, `p_k = \\frac{…}{…}`, in the notation; "" for what is none."""
    from derive.notation.latex_in.latex_reader import defined_line

    if "=" not in text or not in_latex(text):
        return ""
    try:
        return defined_line(text.replace("$", " "), scope)
    except DeriveError:
        return ""


def variable_text(text: str, scope: Scope) -> str:
    r"""`o_i`, `$W_{ij}$`, `\sigma` as `o[i]`, `W[i, j]`, `sigma`; other text as it is."""
    match = _VARIABLE.match(text)
    if match is None or text.strip() in scope.names:
        return text
    lead, name = match.group(1), match.group(2)
    if "\\" in name:
        name = _symbol(name, scope)
    name = name_of(name)
    known = scope.names.get(name)
    if known is None:
        return text
    at = match.group(3) or match.group(4) or ""
    axes = len(known.kind.shape) if isinstance(known, Tensor) else 0
    if len(at) == axes > 1 and at.isalpha():
        at = ", ".join(at)
    return f"{lead}{name}[{at}]" if at else f"{lead}{name}"


def _symbol(latex: str, scope: Scope) -> str:
    """The name that a symbol of LaTeX stands for; the LaTeX where it is none."""
    from derive.notation.latex_in import read_latex

    try:
        return read_latex(latex, scope)
    except DeriveError:
        return latex
