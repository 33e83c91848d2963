"""Rows of a display: equations under each other, cut at their equals signs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from derive.errors import NotationError
from derive.notation.latex_in import latex_vocabulary as words
from derive.notation.latex_in.cursor import Applies, Cursor
from derive.notation.latex_in.latex_formulas import GRAMMAR
from derive.notation.latex_in.tokens import Token, fail, tokens
from derive.notation.latex_in.tree import Node

_OPEN = frozenset(("{", *words.OPENING))
_CLOSE = frozenset(("}", *words.CLOSING))


@dataclass(frozen=True)
class Row:
    """One row: its sides; `goes_on` where it begins with an equals sign."""

    sides: tuple[Node, ...]
    goes_on: bool
    start: int
    end: int


def read_rows(text: str, applies: Applies, declared: Callable[[str], bool]) -> list[Row]:
    """The rows of LaTeX text. Raises NotationError at the place of what is not read."""
    chunks = _joined(_chunks(tokens(text), text), text)
    if not chunks:
        raise fail(text, 0, 1, "the formula is empty; type one, such as \\frac{(z - y)^2}{2}")
    with bounded(text):
        return [_row(text, chunk, applies, declared) for chunk in chunks]


@contextmanager
def bounded(text: str) -> Iterator[None]:
    """Turns what Python cannot nest into an error of the notation."""
    try:
        yield
    except RecursionError:
        raise NotationError("the formula nests too deep; name its parts in definitions of their "
                            "own", text, 1) from None


def _chunks(read: list[Token], text: str) -> list[list[Token]]:
    """The tokens of each row, without environments, marks of alignment and labels of rows."""
    chunks: list[list[Token]] = [[]]
    depth, cases, label = 0, 0, False
    for place, token in enumerate(read[:-1]):
        depth += _opens(token)
        if token.kind in ("begin", "end") and token.text in words.DISPLAYS:
            _check_outside(text, token, depth + cases)
            continue
        cases += (token.kind == "begin") - (token.kind == "end")
        if cases <= 0 and token.kind == "row":
            label = False
            chunks += [[]] if depth == 0 else []
        elif cases <= 0 and token.text == "&" and token.kind == "sign":
            label = label or _labelled(read[place + 1:])
        elif not label:
            chunks[-1].append(token)
    return [chunk for chunk in chunks if chunk]


def _check_outside(text: str, token: Token, depth: int) -> None:
    if depth:
        raise fail(text, token.start, token.end, "a display stands around whole rows")


def _labelled(ahead: list[Token]) -> bool:
    """Whether a second mark of alignment and words follow, as at the right of a row."""
    return ahead[0].text == "&" and ahead[1].kind in ("text", "word")


def _opens(token: Token) -> int:
    """1 for an opening bracket, -1 for a closing one, 0 for what is none."""
    plain = token.kind in ("sign", "command")
    return (plain and token.text in _OPEN) - (plain and token.text in _CLOSE)


def _joined(chunks: list[list[Token]], text: str) -> list[list[Token]]:
    """A row that begins with + or - and holds no equals sign goes on with the one before."""
    joined: list[list[Token]] = []
    for chunk in chunks:
        goes_on = chunk[0].text in ("+", "-") and not _has_equals(chunk)
        if joined and chunk[0].text in ("+", "-") and not goes_on:
            raise fail(text, chunk[0].start, chunk[0].end, "this row may go on with the one above "
                       "or begin an equation; write the sign behind an equals sign, or the whole "
                       "formula in one row")
        if joined and goes_on:
            joined[-1].extend(chunk)
        else:
            joined.append(chunk)
    return joined


def _has_equals(chunk: list[Token]) -> bool:
    depth = 0
    for token in chunk:
        depth += _opens(token) + (token.kind == "begin") - (token.kind == "end")
        if depth == 0 and token.text == "=":
            return True
    return False


def _row(text: str, chunk: list[Token], applies: Applies, declared: Callable[[str], bool]) -> Row:
    end = chunk[-1].end
    stop = Token("stop", "", max(end - 1, 0) if end == len(text) else end, end + 1)
    reader = Cursor(text, [*chunk, stop], GRAMMAR, applies, declared)
    reader.rows = 1
    goes_on = reader.took("=")
    sides = [reader.condition()]
    while reader.took("="):
        sides.append(reader.condition())
    while reader.at(",", ".", ";") and reader.ahead.kind == "stop":
        reader.take()
    if reader.token.kind != "stop":
        raise _unread(reader)
    return Row(tuple(sides), goes_on, chunk[0].start, end)


def _unread(reader: Cursor) -> Exception:
    """The error for what stands behind a formula."""
    if reader.at("|", "\\mid"):
        return reader.error(reader.token, "a condition after a bar is not read; absolute values "
                            "need two bars")
    return reader.expected("an operator, a factor or the end")
