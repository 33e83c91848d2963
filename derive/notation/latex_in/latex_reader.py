"""LaTeX of textbooks to text of the notation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from derive.core.atoms import Index
from derive.errors import NotationError
from derive.notation.latex_in import tree
from derive.notation.latex_in.indices import find_first
from derive.notation.latex_in.latex_counts import find_counts
from derive.notation.latex_in.latex_equations import Equation, equations_of
from derive.notation.latex_in.latex_sides import Label, bounded, read_side
from derive.notation.latex_in.names import Names, all_names
from derive.notation.latex_in.notation_pieces import Piece, origin
from derive.notation.latex_in.statements import Display, Tokens, read_display
from derive.notation.latex_in.token_records import fail
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


@dataclass(frozen=True)
class LatexReading:
    """A specification in the notation, and what was assumed while it was read."""

    text: str
    notes: tuple[str, ...] = ()
    first: int | None = None  # what its indices are counted from, where that is known


@dataclass
class _Text:
    """A text with the names around it; what its indices are counted from, once that is known."""

    text: str
    names: Names
    first: int | None

    def translator(self, *bodies: tree.Node) -> Translator:
        """A translator that knows what indices are counted from in some parts."""
        reader = translator(self.names)
        for body in bodies:
            find_counts(reader, body)
        for body in bodies:
            find_first(reader, body, reader.first if reader.first is not None else self.first)
        self.first = reader.first
        return reader


def read_latex(text: str, scope: Scope, *, first: int | None = None,
               meanings: Mapping[str, str] | None = None) -> str:
    """LaTeX of a formula as text of the notation, which the parser reads in the same scope.

    Definitions (`p_k = …`) that the formula uses come as lines of their own. `first` is the number
    from which the LaTeX counts indices, 0 or 1, for where its bounds do not tell; `meanings` are
    declared names for symbols, by their usual name: {"y_hat": "p"}.
    Raises NotationError at the column of what is not read; nothing is guessed.
    """
    return latex_reading(text, scope, first=first, meanings=meanings).text


def latex_reading(text: str, scope: Scope, *, first: int | None = None,
                  meanings: Mapping[str, str] | None = None) -> LatexReading:
    """Like `read_latex`, with what was assumed."""
    with bounded(text):
        entry = _Text(text, Names(text, scope.copy(), meanings or {}), first)
        equations, left_out = equations_of(text, read_display(text), entry.names)
        bodies = [equation.body for equation in equations]
        entry.translator(*bodies)
        lines = [_definition(entry, equation) for equation in equations[:-1]]
        lines.append(_formula(entry, equations[-1]))
        return LatexReading("\n".join(lines), (*entry.names.notes, *left_out), entry.first)


def defined_line(text: str, scope: Scope, first: int | None = None) -> str:
    """A single definition, `p_k = …`, in the notation. Raises NotationError for what is none."""
    with bounded(text):
        entry = _Text(text, Names(text, scope.copy()), first)
        (equation, *others), _ = equations_of(text, read_display(text), entry.names)
        if others or equation.label is None:
            raise NotationError("a definition was expected, such as p_k = …", text, 1)
        return _definition(entry, equation)


def _formula(entry: _Text, equation: Equation) -> str:
    """The last line: the formula, with the name that it is given if it is a plain one."""
    scope = entry.names.scope
    reader = entry.translator(equation.body)
    written = _checked(reader, reader.value(equation.body), scope).text
    name = "" if equation.label is None else _plain_name(equation.label, scope)
    return f"{name} = {written}" if name else written


def _plain_name(label: Label, scope: Scope) -> str:
    """The name of a formula, L or J; "" where it has scripts or is no free name."""
    name = all_names(label.symbol)[0]
    if label.below or label.raised or not NAME.match(name) or name in (*scope.names, *scope.dims):
        return ""
    try:
        scope.check_name(name)
    except NotationError:
        return ""
    return name


def _definition(entry: _Text, equation: Equation) -> str:
    """A definition, `p_k = …`; its name is declared for the lines below."""
    assert equation.label is not None
    names, label = entry.names, equation.label
    scope = names.scope
    reader = entry.translator(equation.body)
    name, indices = defined_name(label, equation.body)
    start, end = label.head.start, label.head.end
    if not NAME.match(name):
        raise fail(entry.text, start, end, f"{name!r} is no name; letters were expected here")
    if name in scope.names or name in scope.dims:
        raise fail(entry.text, start, end, f"{name!r} is declared already; choose another name")
    letters = [_letter(entry, index) for index in indices]
    if indices:
        reader.names.scope = scope.copy()
        reader.names.scope.free_indices = True
        for letter in letters:
            reader.names.scope.names.pop(letter, None)
    body = reader.value(equation.body)
    names.scope, names.free = scope, {}
    body = body if indices else _checked(reader, body, scope)
    written = f"{name}[{', '.join(letters)}]" if indices else name
    line = f"{written} = {body.text}"
    inner = scope.copy()
    for letter in letters:
        inner.names.pop(letter, None)
    try:
        define(line, inner)
    except NotationError as error:
        raise fail(entry.text, start, equation.end, f"{error.message} (read as {line[:200]})"
                   ) from None
    scope.names[name] = inner.names[name]
    return line


def _letter(entry: _Text, index: tree.Symbol) -> str:
    """The letter of an index on the left of a definition."""
    name = all_names(index)[0]
    if name in entry.names.scope.names and not isinstance(entry.names.scope.names[name], Index):
        raise entry.names.error(index, f"{name} is declared, as "
                                f"{entry.names.scope.names[name].detail}; choose another letter")
    return name


def defined_name(label: Label, body: tree.Node) -> tuple[str, list[tree.Symbol]]:
    """The name that a definition gives, and its indices: subscripts that the body names too."""
    used = {tree.form(part) for part in body.walk() if isinstance(part, tree.Symbol)}
    name = all_names(label.symbol)[0]
    indices: list[tree.Symbol] = []
    for part in label.below:
        if isinstance(part, tree.Symbol) and not part.word and tree.form(part) in used:
            indices.append(part)
            continue
        tail = all_names(part)[0] if isinstance(part, tree.Symbol) else \
            part.text if isinstance(part, tree.Number) else "?"
        name = f"{name}{'' if tail.isdecimal() else '_'}{tail}"
    return name, indices


def read_latex_lines(text: str, scope: Scope, *, first: int | None = None,
                     meanings: Mapping[str, str] | None = None) -> tuple[LatexLine, ...]:
    """Every formula of a display or chain of equations, in order.

    Raises NotationError at the column of what is not read.
    """
    with bounded(text):
        return _chain(_Text(text, Names(text, scope.copy(), meanings or {}), first),
                      read_display(text))


def _chain(entry: _Text, display: Display) -> tuple[LatexLine, ...]:
    """The sides of all statements as lines."""
    lines: list[LatexLine] = []
    questions, text = entry.names.questions(), entry.text
    for statement in display.statements:
        left, left_latex, sides = "", "", statement.sides
        if not statement.goes_on and len(sides) > 1:
            left_latex = text[sides[0][0].start : sides[0][-1].end]
            left, sides = _left(entry, sides[0]), sides[1:]
        for side in sides:
            node = read_side(text, side, questions)
            reader = entry.translator(node)
            read = _checked(reader, reader.value(node), entry.names.scope)
            lines.append(LatexLine(read.text, text[node.start : node.end], node.start + 1, left,
                                   left_latex))
            left, left_latex = "", ""
    return tuple(lines)


def _left(entry: _Text, side: Tokens) -> str:
    """The left side of an equation in the notation; "" where its names are not declared."""
    try:
        node = read_side(entry.text, side, entry.names.questions())
        reader = entry.translator(node)
        return _checked(reader, reader.translate(node), entry.names.scope).text
    except NotationError:
        return ""


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
