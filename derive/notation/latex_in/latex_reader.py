"""LaTeX of textbooks to text of the notation."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from derive.core.atoms import Index
from derive.errors import NotationError
from derive.notation.latex_in import tree
from derive.notation.latex_in.cursor import Applies
from derive.notation.latex_in.display_rows import Row, bounded, read_rows
from derive.notation.latex_in.indices import find_first
from derive.notation.latex_in.names import Names, all_names
from derive.notation.latex_in.notation_pieces import Piece, origin
from derive.notation.latex_in.tokens import fail
from derive.notation.latex_in.translate import translator
from derive.notation.latex_in.translator import Translator
from derive.notation.reading.parser import parse_value
from derive.notation.reading.scope import NAME, Scope
from derive.notation.reading.specification import define


@dataclass(frozen=True)
class LatexLine:
    """One formula of a display: its reading, and the LaTeX that it was read from.

    `left` is what stood on the left of its equals sign, in the notation: "" where the formula goes
    on from the line before, or where the left side is no formula of declared names.
    """

    text: str
    latex: str
    column: int
    left: str = ""
    left_latex: str = ""


def read_latex(text: str, scope: Scope, *, first: int | None = None,
               meanings: Mapping[str, str] | None = None) -> str:
    """LaTeX of a formula as text of the notation, which the parser reads in the same scope.

    Rows before the last one are definitions (`p_k = …`), and come as lines of their own. `first`
    is the number from which the LaTeX counts indices, 0 or 1, for where its bounds do not tell;
    `meanings` are declared names for symbols, by their usual name: {"y_hat": "p"}.
    Raises NotationError at the column of what is not read; nothing is guessed.
    """
    with bounded(text):
        return _specification(text, scope.copy(), first, meanings)


def _specification(text: str, inner: Scope, first: int | None,
                   meanings: Mapping[str, str] | None) -> str:
    """The rows as lines: definitions, and the formula."""
    rows = read_rows(text, *_questions(text, inner, meanings))
    lines: list[str] = []
    for place, row in enumerate(rows):
        last = place == len(rows) - 1
        reader = _reader(text, inner, row, first, meanings)
        if row.goes_on or len(row.sides) > 2:
            raise fail(text, row.start, row.end, "a chain of equations; give one formula, with "
                       "definitions above it")
        if len(row.sides) == 1:
            if not last:
                raise fail(text, row.start, row.end, "a definition was expected, such as p_k = …; "
                           "only the last row is the formula")
            lines.append(_checked(reader, reader.value(row.sides[0]), inner).text)
            continue
        lines.append(_equation(reader, row, inner, last))
    return "\n".join(lines)


def read_latex_lines(text: str, scope: Scope, *, first: int | None = None,
                     meanings: Mapping[str, str] | None = None) -> tuple[LatexLine, ...]:
    """Every formula of a display or chain of equations, in order.

    Raises NotationError at the column of what is not read.
    """
    with bounded(text):
        return _chain(text, scope.copy(), first, meanings)


def _chain(text: str, inner: Scope, first: int | None,
           meanings: Mapping[str, str] | None) -> tuple[LatexLine, ...]:
    """The sides of all rows as lines."""
    lines: list[LatexLine] = []
    for row in read_rows(text, *_questions(text, inner, meanings)):
        reader = _reader(text, inner, row, first, meanings)
        left, left_latex, sides = "", "", row.sides
        if not row.goes_on and len(sides) > 1:
            left_latex = text[sides[0].start : sides[0].end]
            left, sides = _left(reader, sides[0], inner), sides[1:]
        for side in sides:
            read = _checked(reader, reader.value(side), inner)
            lines.append(LatexLine(read.text, text[side.start : side.end], side.start + 1, left,
                                   left_latex))
            left, left_latex = "", ""
    return tuple(lines)


def _questions(text: str, scope: Scope, meanings: Mapping[str, str] | None,
               ) -> tuple[Applies, Callable[[str], bool]]:
    """What the reader of rows asks of the scope: functions, and declared names."""
    names = Names(text, scope, meanings or {})
    return names.applies, lambda name: names.known(name) or name in (meanings or {})


def _reader(text: str, scope: Scope, row: Row, first: int | None,
            meanings: Mapping[str, str] | None) -> Translator:
    """A translator for one row; what indices are counted from is found in the row."""
    reader = translator(Names(text, scope, meanings or {}))
    for side in row.sides:
        find_first(reader, side, reader.first if reader.first is not None else first)
    return reader


def _checked(reader: Translator, written: Piece, scope: Scope) -> Piece:
    """The piece, read by the parser of the notation; its errors are put at their origin."""
    inner = scope.copy()
    inner.names.update({n: Index(n, dim) for n, dim in reader.names.free.items()})
    try:
        parse_value(written.text, inner)
    except NotationError as error:
        start, end = origin(written.parts, error.column) if error.column else (
            written.parts[0][1], written.parts[-1][2])
        note = "" if error.column else f" (read as {written.text[:200]})"
        raise fail(reader.names.text, start, end, f"{error.message}{note}") from None
    return written


def _left(reader: Translator, node: tree.Node, scope: Scope) -> str:
    """The left side of an equation in the notation; "" where its names are not declared."""
    try:
        return _checked(reader, reader.translate(node), scope).text
    except NotationError:
        return ""


def _equation(reader: Translator, row: Row, scope: Scope, last: bool) -> str:
    """A definition, `p_k = …` or `L(o) = …`; its name is declared for the rows below."""
    left, right = row.sides
    text = reader.names.text
    name, indices = _defined(reader, left)
    if name in scope.names or name in scope.dims:
        raise fail(text, left.start, left.end, f"{name!r} is declared already; choose another name")
    if indices:
        reader.names.scope = scope.copy()
        reader.names.scope.free_indices = True
    written = f"{name}[{', '.join(indices)}]" if indices else name
    body = reader.value(right)
    if not indices:
        body = _checked(reader, body, scope)
    line = f"{written} = {body.text}"
    if last and not indices:
        return line
    if last:
        raise fail(text, left.start, left.end, "the last row is the formula, a single number")
    try:
        define(line, scope)
    except NotationError as error:
        raise fail(text, row.start, row.end, f"{error.message} (read as {line[:200]})") from None
    return line


def _defined(reader: Translator, left: tree.Node) -> tuple[str, list[str]]:
    """The name and the indices on the left of a definition."""
    below: tree.Nodes = ()
    node = left
    if isinstance(node, tree.Applied):
        raise reader.error(left, "a function is declared, as in g: function; only names are "
                           "defined here")
    if isinstance(node, tree.Factors) and len(node.factors) == 2 and \
            isinstance(node.factors[1][1], tree.Bracket) and node.factors[1][1].kind == "(":
        node = node.factors[0][1]  # L(o, y): the names in brackets are those it depends on
    if isinstance(node, tree.Scripted) and node.power is None:
        below = (*((node.step,) if node.step is not None else ()), *node.below)
        node = node.base
    if not isinstance(node, tree.Symbol):
        raise reader.error(left, "a name was expected on the left of the equals sign, such as L "
                           "or p_k")
    name = all_names(node)[0]
    indices = [all_names(part)[0] for part in below if isinstance(part, tree.Symbol)]
    if len(indices) != len(below) or not NAME.match(name):
        raise reader.error(left, "letters were expected as subscripts of what is defined")
    return name, indices
