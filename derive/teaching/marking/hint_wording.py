"""A hint as labels and what stands beside them, for the terminal, pages and notebooks."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from sympy.core.basic import Basic

from derive.teaching.marking.hints import Hint

REVEALED = {1: "hint", 2: "rule", 3: "where", 4: "next"}  # by a grade, under which label


def hint_rows(hint: Hint, formula: Callable[[Basic], str], words: Callable[[str], str] = str,
              ) -> Iterator[tuple[str, str]]:
    """The parts of a hint that its level reveals, written by `formula` and `words`."""
    yield "hint", words(hint.strategy)
    if hint.rule:
        yield "rule", words(f"{hint.rule}: {hint.says}" if hint.says else hint.rule)
    if hint.place is not None:
        yield "where", formula(hint.place)
    if hint.refutation is not None:
        yield "where", words(f"{hint.refutation}.")
    if hint.line is not None:
        yield "next", formula(hint.line)
    if hint.denies:
        yield "next", words("no cost")
