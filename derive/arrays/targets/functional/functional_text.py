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
    if len(code) > width and not _break(code, width, 0):
        code = _bracketed(code)
    lines, rest, depth = [], code, 0
    while len(rest) > width:
        cut = _break(rest, width, depth)
        if not cut:
            break
        lines.append(rest[:cut].rstrip())
        depth += _opened(rest[:cut])
        rest = indent + rest[cut:].lstrip()
    return [*lines, rest]


def _bracketed(code: str) -> str:
    """A statement whose right side stands in brackets, so that it may be broken."""
    for head in ("return ", " = "):
        if head in code and not code.startswith(("def ", "class ")):
            place = code.index(head) + len(head)
            return f"{code[:place]}({code[place:]})"
    return code


def _opened(text: str) -> int:
    """How many more brackets a text opens than it closes."""
    return sum((sign in "([{") - (sign in ")]}") for sign in text)


def _break(line: str, width: int, depth: int) -> int:
    """A place inside brackets, behind a comma or before an operator, as far out as there is."""
    best = (99, 0)
    quoted = False
    for place, sign in enumerate(line[:width]):
        quoted ^= sign == '"'
        if quoted:
            continue
        depth += (sign in "([{") - (sign in ")]}")
        operator = sign == " " and line[place + 1:place + 3] in ("+ ", "- ", "* ", "/ ", "& ", "| ")
        behind = line[place - 1:place + 1] == ", "
        if depth > 0 and place > 12 and (behind or operator):
            best = min(best, (depth, -place))
    return -best[1] + 1 if best[1] else 0
