"""Breaking long lines of mathematics, and lining up what belongs together."""

from __future__ import annotations

import re
from itertools import pairwise

_BREAKS = re.compile(r"(?= [-+−] )|(?= else )|(?<=,) |(?<= [*/])")


def wrapped(text: str, width: int) -> list[str]:
    """Breaks a formula before a sign, `else`, or after a comma or operator, to fit the width."""
    if len(text) <= width:
        return [text]
    lines, line = [], ""
    for piece in _pieces(text):
        if line and len(line) + len(piece.rstrip()) > width:
            lines.append(line.rstrip())
            line = "  " + piece.lstrip()
        else:
            line += piece
    lines.append(line.rstrip())
    return [part for line in lines for part in _cut(line, width)]


def _cut(line: str, width: int) -> list[str]:
    """A line that has no place to break is cut at a space, or anywhere."""
    parts = []
    while len(line) > width:
        space = line.rfind(" ", 4, width)
        place = space if space > 4 else width
        parts.append(line[:place].rstrip())
        line = "    " + line[place:].lstrip()
    return [*parts, line]


def _pieces(text: str) -> list[str]:
    """The text cut where a line may be broken, outermost places and all others alike."""
    cuts = sorted({m.start() for m in _BREAKS.finditer(text)} | {0, len(text)})
    return [text[a:b] for a, b in pairwise(cuts)]


def folded(text: str, width: int, indent: str) -> list[str]:
    """Words of a sentence, broken to the width, later lines indented."""
    lines, line = [], ""
    for word in text.split(" "):
        if line and len(line) + 1 + len(word) > width:
            lines.append(line)
            line = indent + word
        else:
            line = f"{line} {word}" if line else word
    return [part for line in (*lines, line) for part in _cut(line, width)]
