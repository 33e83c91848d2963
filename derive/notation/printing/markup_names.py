"""Pieces of formulas in MathML: names, signs of functions, what stands between factors."""

from __future__ import annotations

import re

from derive.notation.printing.markup import (
    INVISIBLE_TIMES,
    Tag,
    bare,
    digits,
    identifier,
    listed,
    one,
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
    return DOT if called or after.isdigit() else TIMES


def scripted(base: str, below: str, above: str = "") -> Tag:
    """A name with scripts; those of the name itself, as in W_g, stand before."""
    found = _NAME.match(base)
    if found is None:
        return scripts(base, below, above)
    own = found[2] + operator(",") + below if below else found[2]
    return scripts(Tag(found[1]), own if below else one(Tag(own)), above)


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
    low_parts: list[str] = [digits(p) if p.isdigit() else identifier(GREEK.get(p, p))
                            for p in low if p]
    base = identifier(GREEK.get(letters or head, letters or head))
    return scripts(base, one(listed(low_parts)) if low_parts else "")
