"""Pieces of formulas in MathML: names, signs of functions, what stands between factors."""

from __future__ import annotations

import re

from derive.notation.printing.markup import (
    INVISIBLE_TIMES,
    Tag,
    as_element,
    bare,
    digits,
    identifier,
    listed,
    operator,
    scripts,
    upright,
)
from derive.notation.printing.pretty import GREEK

_TAILS = {"⁻¹": ("", "−1"), "₀": ("0", ""), "₁": ("1", "")}
_NAME = re.compile(r"<msub>(<mi>[^<]*</mi>)(<m[in]>[^<]*</m[in]>|"
                   r"<mrow>(?:<m[ino]>[^<]*</m[ino]>)*</mrow>)</msub>\Z")
TIMES = operator(INVISIBLE_TIMES, ' rspace=".17em"')
DOT = operator("⋅")


def joint(left: str, right: str) -> str:
    """What stands between two factors: a thin space, or a dot where that would mislead."""
    before, after = bare(left)[-1:], bare(right)[:1]
    called = after == "(" and before.isalpha() and left.endswith("</mi>")
    return DOT if called or after.isdecimal() else TIMES


def scripted(base: str, below: str, above: str = "") -> Tag:
    """A name with scripts; those of the name itself, as in W_g, stand before."""
    match = _NAME.match(base)
    if match is None:
        return scripts(base, below, above)
    own = match[2] + operator(",") + below if below else match[2]
    return scripts(Tag(match[1]), own if below else as_element(Tag(own)), above)


def function_name(sign: str) -> Tag:
    """The sign of a function: ψ₁, erf⁻¹, log."""
    for tail, (low, high) in _TAILS.items():
        if sign.endswith(tail):
            above = operator("−", ' form="prefix"') + digits("1") if high else ""
            return scripts(function_name(sign.removesuffix(tail)), digits(low) if low else "",
                           above)
    greek = len(sign) == 1 and not sign.isascii()
    return identifier(sign) if greek else upright(sign)


def markup_name(name: str) -> Tag:
    """A name: Greek, a letter, or upright; digits and what follows _ stand below."""
    head, *low = name.split("_")
    letters = head.rstrip("0123456789")
    if letters and letters != head:
        low.insert(0, head[len(letters):])
    low_parts: list[str] = [digits(p) if p.isdecimal() else identifier(GREEK.get(p, p))
                            for p in low if p]
    base = identifier(GREEK.get(letters or head, letters or head))
    return scripts(base, as_element(listed(low_parts)) if low_parts else "")
