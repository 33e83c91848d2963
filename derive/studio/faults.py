"""An error as data: its words, and where in what was typed it lies."""

from __future__ import annotations

from typing import Any

from derive.errors import DeriveError, NotationError, PatienceError
from derive.studio.studio_request import Request

MOST_WORDS = 2_000
_LATE = "no end within {:g} s of work; allow more, or take a smaller formula"


def fault(error: DeriveError, request: Request) -> dict[str, Any]:
    """The error as data: `message`, and where it is known, `field`, `line`, `column`, `length`.

    `field` is `formula`, `given` or the name of an option, `line` counts from 0 in it, `column`
    from 1. A fault in text that was not typed so, such as the reading of LaTeX, has no place.
    `late` is the bound on the work in seconds, where that was reached.
    """
    if isinstance(error, PatienceError):
        return {"message": _LATE.format(request.patience), "late": request.patience}
    if not isinstance(error, NotationError):
        return {"message": str(error)[:MOST_WORDS]}
    data: dict[str, Any] = {"message": error.message[:MOST_WORDS]}
    if not error.text or error.column < 1:
        return data
    for field, lines in _typed(request).items():
        for number, line in enumerate(lines):
            shift = line.find(error.text)
            if shift >= 0 and error.text.strip():
                return {**data, "field": field, "line": number,
                        "column": shift + error.column, "length": max(1, error.length)}
    return data


def _typed(request: Request) -> dict[str, list[str]]:
    """The lines of every field."""
    return {"formula": request.formula.split("\n"), "given": list(request.given),
            **{name: text.split("\n") for name, text in request.options.items()}}
