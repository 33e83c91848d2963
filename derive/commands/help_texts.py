"""Texts of which help and messages about usage are made."""

from __future__ import annotations

import re
from typing import Any

_BOUNDS = ((re.compile(r"([\d.]+)<=x<=([\d.]+)"), r"\1 to \2"),
           (re.compile(r"x>=([\d.]+)"), r"at least \1"),
           (re.compile(r"x>([\d.]+)"), r"above \1"))


def bounds_in_words(text: str) -> str:
    """Bounds such as x>=1, as click writes them, in words."""
    for pattern, words in _BOUNDS:
        text = pattern.sub(words, text)
    return text


def examples(name: str) -> dict[str, Any]:
    """What `rules/examples.toml` has on a command: names of entries are data."""
    from derive.resources import read_table, rules_folder

    return read_table(rules_folder() / "examples.toml").get(name, {})


def example_lines(name: str, key: str = "lines") -> list[str]:
    """The examples of a command."""
    lines: list[str] = examples(name).get(key, [])
    return lines
