"""Lines of declarations as they are typed, before anything is read. Needs no SymPy."""

from __future__ import annotations

from collections.abc import Iterable

Given = str | Iterable[str]  # declarations, one or several


def lines_of(given: Given) -> list[str]:
    """The lines of declarations."""
    return [given] if isinstance(given, str) else list(given)


def declared_names(lines: Iterable[str]) -> tuple[str, ...]:
    """The names that lines declare, in order; a condition declares none."""
    return tuple(name.strip() for line in lines if ":" in line
                 for name in line.partition(":")[0].split(","))
