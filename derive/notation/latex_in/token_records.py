"""Tokens of LaTeX, and errors at a place of the text."""

from __future__ import annotations

from dataclasses import dataclass

from derive.errors import NotationError


@dataclass(frozen=True)
class Token:
    """One token: its kind, its text, its place, and what stands before it.

    Kinds are command, letter, number, sign, word (an upright word), text, begin, end, row, stop.
    `spaced`: a space command precedes, `wide` if it is a quad; `side`: it follows `\\left` or
    `\\right`; `joined`: a letter right after another one.
    """

    kind: str
    text: str
    start: int
    end: int
    spaced: bool = False
    side: str = ""
    joined: bool = False
    wide: bool = False


def fail(text: str, start: int, end: int, message: str) -> NotationError:
    """An error at a place of the text."""
    return NotationError(message, text, start + 1, max(1, end - start))
