"""Texts of formulas in which names are replaced: arguments in place of parameters."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

WORD = re.compile(r"(?<![\w.])([^\W\d]\w*)(\s*[\[(])?")
COUNTERS = "nmijklpqrstuvabc"  # letters for an index
_RANGE = re.compile(r"\bfor\s+(\w+)\s+in\s+(\w+)")


@dataclass(frozen=True)
class Value:
    """What stands for a name of the density: a text, and whether it has an entry for each row."""

    text: str
    each: bool = False


def at_index(value: Value, index: str) -> Callable[[str], str]:
    """The text of a value at an index, by what follows its name: a bracket, or nothing."""
    inner = value.text if value.text.isidentifier() else f"({value.text})"

    def shown(after: str) -> str:
        if not value.each:
            return f"{inner}{after}"
        return f"{inner}[{index}, " if after else f"{inner}[{index}]"

    return shown


def replaced(text: str, values: Mapping[str, str | Callable[[str], str]]) -> str:
    """A text with other texts for some names; what stands before a bracket ( is a function."""
    def put(match: re.Match[str]) -> str:
        name, after = match[1], match[2] or ""
        value = values.get(name)
        if value is None or after.strip() == "(":
            return match[0]
        if callable(value):
            return value(after)
        return f"{value if value.isidentifier() or value.isdecimal() else f'({value})'}{after}"

    return WORD.sub(put, text)


def letters_apart(density: str, inside: str) -> str:
    """The density with other letters for the indices of its sums that the arguments use too."""
    taken = {m[1] for m in WORD.finditer(inside)}
    for letter, _ in _RANGE.findall(density):
        if letter in taken:
            used = {*taken, *(m[1] for m in WORD.finditer(density))}
            density = re.sub(rf"\b{letter}\b", next(c for c in COUNTERS if c not in used), density)
    return density
