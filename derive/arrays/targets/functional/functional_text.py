"""Pieces of code that compute values, and how strongly their operators bind."""

from __future__ import annotations

from typing import NamedTuple

ATOM, POWER, UNARY, PRODUCT, SUM, BOTH, EITHER, COMPARISON = range(8)


class Text(NamedTuple):
    """An expression: its code, the binding of its outermost operator, whether it owns its memory.

    What owns its memory was just computed, has all axes, and is read nowhere else: it may be
    computed in.
    """

    code: str
    level: int = ATOM
    owned: bool = False

    def within(self, level: int) -> str:
        """The code as an operand that must bind at least so strongly."""
        return self.code if self.level <= level else f"({self.code})"


def infix(sign: str, level: int, left: Text, right: Text) -> Text:
    """Two operands around a sign; the right one is put in brackets where the order counts."""
    return Text(f"{left.within(level)} {sign} {right.within(level - 1)}", level)


def short_name(text: str, taken: set[str]) -> str:
    """A name that is not taken yet, with a number where it must have one."""
    made, number = text, 1
    while made in taken:
        number += 1
        made = f"{text}{number}"
    taken.add(made)
    return made


def folded(code: str, width: int, indent: str = "    ") -> list[str]:
    """A statement in lines that are not too long, broken inside brackets."""
    lines, rest = [], code
    while len(rest) > width:
        cut = _break(rest, width)
        if not cut:
            break
        lines.append(rest[:cut].rstrip())
        rest = (indent * 2 if len(lines) == 1 else "") + rest[cut:].lstrip()
        if len(lines) > 1:
            rest = indent * 2 + rest
    return [*lines, rest]


def _break(line: str, width: int) -> int:
    """The last place inside brackets, behind a comma or before an operator, that fits."""
    depth, best = 0, 0
    for place, sign in enumerate(line[:width]):
        depth += (sign in "([{") - (sign in ")]}")
        before_sign = sign == " " and line[place + 1:place + 2] in "+-*/&|"
        if depth and place > 12 and (line[place - 1:place + 1] == ", " or before_sign):
            best = place + 1
    return best
