"""Breaking long lines of mathematics, and lining up what belongs together."""

from __future__ import annotations

import re

_BREAKS = re.compile(r"(?= [-+−] )|(?= else )|(?= if )|(?<=,) |(?<= [*/])|(?<=\)) (?=[^+\-−*/])")
_SIGN = re.compile(r" [-+−] ")
_INDENT = "  "
_LEAST_PART = 0.2  # a line is filled at least to this part of the width, if it can be,
_GOOD_PART = 0.4  # and to this, unless it would be broken deeper in brackets


def wrapped(text: str, width: int) -> list[str]:
    """Breaks a formula to fit the width: where the fewest brackets are open, as late as may be.

    A break falls before a sign, else before `if` and `else`, and after a comma or an operator.
    """
    lines: list[str] = []
    rest = text
    while len(rest) > width:
        place = _best_break(rest, width)
        lines.append(rest[:place].rstrip())
        rest = _INDENT + rest[place:].lstrip()
        if len(lines) > len(text):  # the width is too small to get on
            break
    return [*lines, rest]


def _best_break(text: str, width: int) -> int:
    """Where to break a line that is too long; anywhere, if it has no place for it."""
    start = len(_INDENT) + 2
    places = [m.start() for m in _BREAKS.finditer(text) if start < m.start() <= width]
    good = [p for p in places if p >= width * _LEAST_PART] or places
    if good:
        depths = _depths(text)
        return min(good, key=lambda p: (depths[p] + (p < width * _GOOD_PART),
                                        not _SIGN.match(text, p), -p))
    space = text.rfind(" ", start, width)
    return space if space > start else width


def _depths(text: str) -> list[int]:
    """How many brackets are open before each sign; |…| counts as one."""
    depth, bars, depths = 0, 0, []
    for sign in text:
        depths.append(depth + bars)
        if sign in "([":
            depth += 1
        elif sign in ")]":
            depth -= 1
        elif sign == "|":
            bars = 1 - bars
    return [*depths, depth]


def folded(text: str, width: int, indent: str) -> list[str]:
    """Words of a sentence, broken to the width, later lines indented."""
    lines, line = [], ""
    for word in text.split(" "):
        while len(word) > width:
            lines += [line, word[:width]] if line else [word[:width]]
            line, word = "", word[width:]
        if line and len(line) + 1 + len(word) > width:
            lines.append(line)
            line = indent + word
        else:
            line = f"{line} {word}" if line else word
    return [*lines, line]
