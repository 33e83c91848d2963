"""The lines above a task: declarations, conditions and definitions, and words around them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from derive.errors import NotationError
from derive.notation.reading.scope import Scope
from derive.teaching.sheets.formula_reading import looks_like_latex
from derive.teaching.sheets.passages import Passage
from derive.teaching.sheets.prose_words import speech, undecorated
from derive.teaching.sheets.sheet_rows import Row

_LEAD = re.compile(r"\s*(?:%|\**)\s*(?:given|let|where|with|declare|data|assume|and)\b\**\s*:?\s*",
                   re.IGNORECASE)
_NEXT = re.compile(r"[,;]\s*(?:and\s+)?(?=[^\W\d]\w*(?:\s*,\s*[^\W\d]\w*)*\s*:)|;\s*|\s+and\s+"
                   r"(?=[^\W\d]\w*\s*:)")
_TYPE = re.compile(r"\s*[^\W\d]\w*(\s*,\s*[^\W\d]\w*)*\s*:\s*([a-z]+\b.*)\Z")
_WHERE = re.compile(r"\b(?:with respect to|wrt|w\.\s?r\.\s?t\.?)\s.*?(?P<word>,?\s+where\s+"
                    r"|,\s*(?:with|given|for|and)\s+(?!respect))", re.IGNORECASE)
_TITLE = re.compile(r"\s*[^\W\d_]{2,}[^:=<>]*:(\s|\Z)")
_FORMAL = re.compile(r"(?<![=<>!:])=(?!=)|[<>]|:|\\in\b|∈")


def header_rows(above: Iterable[Passage]) -> Iterator[Row]:
    """The rows that declare, assume or define something, as the reader of headers takes them."""
    for passage in above:
        yield from rows_of(passage.row)


def task_and_rows(row: Row) -> tuple[Row, list[Row]]:
    """A task line without the definitions behind it, `…, where p = softmax(o)`, and these."""
    match = _WHERE.search(row.text)
    if match is None:
        return row, []
    start = match.end()
    behind = Row(" " * start + row.text[start:], row.pieces)
    return Row(row.text[:match.start("word")], row.pieces), [*rows_of(behind)]


def rows_of(row: Row) -> Iterator[Row]:
    """What a line declares, assumes or defines, each in a row of its own."""
    text = row.text
    start, end = undecorated(text)
    lead = _LEAD.match(text, start)
    if lead is not None and lead.end() < len(text) and (
            not text[lead.end() - 1].isalnum() or text[lead.end():lead.end() + 1] in "$\\"):
        start = lead.end()
    elif lead is not None and lead.end() >= end:
        return
    pieces, place = [], start
    for match in _NEXT.finditer(text, start, end):
        if ":" not in text[place:match.start()]:
            continue
        pieces.append((place, match.start()))
        place = match.end()
    for first, last in [*pieces, (place, end)]:
        piece = text[first:last].strip(" `.,$*")
        if not piece:
            continue
        first += len(text[first:last]) - len(text[first:last].lstrip(" `.,$*"))
        piece = _declaration(piece)
        if _says_something(piece):
            yield Row(" " * first + piece, row.pieces)


def _declaration(text: str) -> str:
    r"""A declaration in LaTeX, `o \in \mathbb{R}^K`, in the notation; other text as it is."""
    if not looks_like_latex(text) and "∈" not in text:
        return text
    from derive.notation.latex_in import read_latex_declaration

    try:
        return read_latex_declaration(text)
    except NotationError:
        return text


def _says_something(text: str) -> bool:
    """Whether a piece is meant for the reader, and is no title, name or remark."""
    if _TYPE.match(text):
        return True
    if not _FORMAL.search(text):
        return not [*speech(text, Scope())] and " " not in text.strip()
    return not (_TITLE.match(text) or [*speech(text, Scope())])
