"""An error as data: its words, and where in what was typed it lies."""

from __future__ import annotations

from typing import Any

from derive.errors import ChoiceError, DeriveError, NotationError, PatienceError
from derive.studio.studio_request import Request
from derive.teaching.sheets.sheet_rows import SheetError

MOST_WORDS = 2_000
_MOST_JOINED = 40  # lines that one formula is looked for in
_LATE = "no end within {:g} s of work; allow more, or take a smaller formula"


def fault(error: DeriveError, request: Request) -> dict[str, Any]:
    """The error as data: `message`, and where it is known, `field`, `line`, `column`, `length`.

    `field` is `formula`, `given` or the name of an option, `line` counts from 0 in it, `column`
    from 1. A fault in text that was not typed so, such as the reading of LaTeX, has no place.
    `late` is the bound on the work in seconds, where that was reached; `choices` are what the
    `option` may be where the formula leaves it open.
    """
    if isinstance(error, PatienceError):
        return {"message": _LATE.format(request.patience), "late": request.patience}
    if not isinstance(error, NotationError):
        return {"message": str(error)[:MOST_WORDS], **_choices(error, request)}
    data: dict[str, Any] = {"message": error.message[:MOST_WORDS]}
    if isinstance(error, SheetError):
        return {**data, **_in_lines(error, request)}
    if not error.text or error.column < 1:
        return data
    for field, lines in _typed(request).items():
        place = _place(lines, error.text, error.column - 1)
        if place is not None:
            return {**data, "field": field, "line": place[0], "column": place[1] + 1,
                    "length": max(1, error.length)}
    return data


def _in_lines(error: SheetError, request: Request) -> dict[str, Any]:
    """Where in the lines above and in the formula a sheet cannot be read."""
    line = error.line - 1 - len(request.given)
    field, number = ("formula", line) if line >= 0 else ("given", error.line - 1)
    typed = _typed(request)[field]
    if not error.column and number < len(typed):
        return {"field": field, "line": number, "column": 1, "length": len(typed[number])}
    return {"field": field, "line": number, "column": error.column, "length": error.length}


def _choices(error: DeriveError, request: Request) -> dict[str, Any]:
    if not isinstance(error, ChoiceError) or error.option not in request.question.inputs:
        return {}
    return {"message": f"{error.asked}: one of these, or what you type in --{error.option}",
            "option": error.option, "choices": list(error.choices)}


def _place(lines: list[str], text: str, column: int) -> tuple[int, int] | None:
    """The line and the column of a place in a text that lines hold.

    A bracket that is open at the end of a line is read on in the next.
    """
    for first in range(len(lines)):
        joined, starts = "", list[int]()
        for line in lines[first:first + _MOST_JOINED]:
            starts.append(len(joined) + bool(joined))
            joined += " " * bool(joined) + line.partition("#")[0].rstrip()
            shift = joined.find(text)
            if shift >= 0 and text.strip():
                number = max(n for n, start in enumerate(starts) if start <= shift + column)
                return first + number, shift + column - starts[number]
    return None


def _typed(request: Request) -> dict[str, list[str]]:
    """The lines of every field."""
    return {"formula": request.formula.split("\n"), "given": list(request.given),
            **{name: text.split("\n") for name, text in request.options.items()}}
