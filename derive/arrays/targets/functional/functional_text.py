"""Pieces of code that compute values, and how strongly their operators bind."""

from __future__ import annotations

import ast
import itertools
import math
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from sympy import EulerGamma, Rational, pi

from derive.arrays.targets.numpy.numpy_operations import number_text

LINE = 99  # the columns of a file
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
    """Two operands around a sign; the right one is put in brackets where the order counts.

    What is added with a minus in front is subtracted.
    """
    if sign == "+" and right.code.startswith("-") and right.level <= PRODUCT:
        return Text(f"{left.within(SUM)} - {right.code[1:]}", SUM)
    return Text(f"{left.within(level)} {sign} {right.within(level - 1)}", level)


def levelled(code: str) -> Text:
    """A piece of code with the binding of its outermost operator, less brackets around it all."""
    if code.startswith("(") and code.endswith(")") and _balanced(code[1:-1]):
        code = code[1:-1]
    outer = ast.parse(code, mode="eval").body
    if isinstance(outer, ast.BinOp):
        return Text(code, _LEVELS.get(type(outer.op), COMPARISON))
    if isinstance(outer, ast.UnaryOp):
        return Text(code, UNARY)
    alone = isinstance(outer, (ast.Call, ast.Name, ast.Constant, ast.Attribute, ast.Subscript))
    return Text(code, ATOM if alone else COMPARISON)


_LEVELS: dict[type[ast.operator], int] = {
    ast.Add: SUM, ast.Sub: SUM, ast.Mult: PRODUCT, ast.Div: PRODUCT, ast.Pow: POWER}


def _balanced(code: str) -> bool:
    """Whether brackets close only what they open."""
    depths = list(itertools.accumulate((c == "(") - (c == ")") for c in code))
    return min(depths, default=0) >= 0


def literal(value: float, infinity: str) -> Text:
    """A float as code; `infinity` is how the library writes that."""
    sign = "-" if value < 0 else ""
    size = repr(abs(value))  # or inf, or nan
    code = size if math.isfinite(value) else infinity.replace("inf", size)
    return Text(sign + code, UNARY if sign else ATOM)


def number_code(value: Any, infinity: str) -> Text:
    """An exact number as code: a fraction where it is no short decimal, else a float."""
    if isinstance(value, float):
        return literal(value, infinity)
    if getattr(value, "is_Integer", False):
        return Text(str(int(value)), UNARY if value < 0 else ATOM)
    if value == EulerGamma and infinity == "np.inf":
        return Text("np.euler_gamma")
    if value == pi:
        return Text(f"{infinity.removesuffix('.inf')}.pi" if infinity.endswith(".inf") else
                    "math.pi")
    if isinstance(value, Rational) and value.q < 1000 and len(str(float(value))) > 7:
        return Text(f"{value.p} / {value.q}", PRODUCT)
    code = number_text(value)
    return Text(code, UNARY if code.startswith("-") else ATOM)


def widened(axes: tuple[int | None, ...], batched: bool, last: str) -> str:
    """What gives a value axes that it has not, as text behind it; `last` is for one more."""
    slots = ["None" if a is None else ":" for a in axes]
    if not batched:
        while slots and slots[0] == "None":
            slots = slots[1:]
    if "None" not in slots:
        return ""
    slots = slots[slots.index("None"):]
    simple = slots == ["None"] and (len(axes) == 1 or ":" not in last)  # that names the batch's
    return last if simple else f"[..., {', '.join(slots)}]"


def short_name(text: str, taken: set[str]) -> str:
    """A name that is not taken yet, with a number where it must have one."""
    made, number = text, 1
    while made in taken:
        number += 1
        made = f"{text}{number}"
    taken.add(made)
    return made


def code_lines(text: str) -> Iterator[str]:
    """Lines of code, those that are too long broken behind commas or before operators."""
    for line in text.split("\n"):
        inside = line.lstrip()
        indent = line[:len(line) - len(inside)]
        if len(line) <= LINE or inside.startswith(("#", '"')):
            yield line
        else:
            yield from (indent + part for part in folded(inside, LINE - len(indent)))


def signature(opening: str, parameters: Sequence[str], closing: str) -> list[str]:
    """The head of a function, broken between parameters where it is too long."""
    lines, line = [], opening
    for place, parameter in enumerate(parameters):
        last = place == len(parameters) - 1
        text = parameter + (closing if last else ",")
        if len(line) + len(text) + 1 > LINE and line != opening:
            lines.append(line.rstrip())
            line = " " * len(opening)
        line += text + ("" if last else " ")
    return [*lines, line]


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
    """A place inside brackets, behind a comma or before an operator, as far out as there is.

    One near the start is the last resort.
    """
    best = (True, 99, 0)
    quoted = False
    for place, sign in enumerate(line[:width]):
        quoted ^= sign == '"'
        if quoted:
            continue
        depth += (sign in "([{") - (sign in ")]}")
        operator = sign == " " and line[place + 1:place + 3] in ("+ ", "- ", "* ", "/ ", "& ", "| ")
        behind = line[place - 1:place + 1] == ", "
        if depth > 0 and place > 12 and (behind or operator):
            best = min(best, (place < width // 3, depth, -place))
    return 1 - best[2] if best[2] else 0
