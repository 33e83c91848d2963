"""Brackets that are opened and never closed, before a text is cut into lines."""

from __future__ import annotations

from derive.errors import NotationError


def check_brackets(text: str) -> None:
    """Raises NotationError at a bracket that is never closed: it would take in all lines below."""
    opened: list[tuple[str, int]] = []
    for raw in text.split("\n"):
        line = raw.partition("#")[0].rstrip()
        for place, letter in enumerate(line):
            if letter in "([{":
                opened.append((line, place))
            elif letter in ")]}" and opened:
                opened.pop()
    if opened:
        line, place = opened[0]
        raise NotationError(f"{line[place]!r} is not closed", line, place + 1)
