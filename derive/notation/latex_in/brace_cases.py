r"""Cases by hand: a left brace that nothing closes before an array, `\left\{ \begin{array}{ll}`."""

from __future__ import annotations

from dataclasses import replace

from derive.notation.latex_in.token_records import Token

_ENVIRONMENTS = ("array", "aligned", "matrix", "split", "gathered")


def cases_of_arrays(read: list[Token]) -> list[Token]:
    """The tokens with each such array as cases, without its brace and the form of its columns."""
    result = list(read)
    place = 0
    while place + 1 < len(result):
        brace, begin = result[place], result[place + 1]
        opened = brace.text in ("\\{", "\\lbrace") and begin.kind == "begin" and \
            begin.text in _ENVIRONMENTS
        end = _end(result, place + 1) if opened else None
        if end is not None and not _closed(result, end):
            columns = _columns(result, place + 2) if begin.text == "array" else place + 2
            result[end] = replace(result[end], text="cases")
            result[place:columns] = [replace(begin, text="cases")]
        place += 1
    return result


def _end(read: list[Token], place: int) -> int | None:
    """The place of the end of the environment that begins at a place."""
    depth = 0
    for end in range(place, len(read)):
        depth += (read[end].kind == "begin") - (read[end].kind == "end")
        if depth == 0:
            return end if read[end].kind == "end" else None
    return None


def _closed(read: list[Token], end: int) -> bool:
    """Whether a brace closes right behind the environment."""
    return end + 1 < len(read) and read[end + 1].text in ("\\}", "\\rbrace")


def _columns(read: list[Token], place: int) -> int:
    """The place behind the form of the columns, `{ll}`."""
    if place >= len(read) or read[place].text != "{":
        return place
    while place < len(read) and read[place].text != "}":
        place += 1
    return place + 1
