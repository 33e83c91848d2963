"""Text of C that is written once for float64 and float32.

A part of a `.h` file that has `fN_` in it is rendered for each: with f64_ and f32_ for `fN_`, and
the words of the table below; `BOTH(u, v)` is u in float64 and v in float32. In float32, numbers
like 1.0 and functions of math.h get their f.
"""

from __future__ import annotations

import re

_COMMENT = re.compile(r"(/\*.*?\*/)", re.DOTALL)
WORDS = {
    "real": ("double", "float"), "uintN_t": ("uint64_t", "uint32_t"),
    "UINTN_C": ("UINT64_C", "UINT32_C"),
    "PLACES": ("52", "23"),  # binary ones of a float
    "BIAS": ("1023", "127"),  # what its exponent is stored with
    "TO_WHOLE": ("0x1.8p52", "0x1.8p23"),  # what is added to round to a whole number
}
_WORD = re.compile(rf"\b(?:{'|'.join(WORDS)})\b|\bfN_")
_TERM = r"[^(),]+|\([^()]*\)"
_BOTH = re.compile(rf"\bBOTH\(({_TERM}), ({_TERM})\)")
# A number with a point or an exponent, or a call of math.h.
_FLOAT = re.compile(r"(?<![\w.])(?:0x[\da-f.]+p[-+]?\d+|\d+(?:\.\d+)?e[-+]?\d+|\d+\.\d+)(?![\w.])")
_CALL = re.compile(r"\b(copysign|fabs|fma|sqrt)(?=\()")


def in_both_precisions(text: str) -> str:
    """The text of a file with each part that is written once rendered for both."""
    parts = re.split(r"\n\n+", text.strip())
    return "\n\n".join(made for part in parts for made in (
        [rendered(part, 64), rendered(part, 32)] if "fN_" in part else [part])) + "\n"


def rendered(part: str, bits: int) -> str:
    """A part of a file for floats of so many bits."""
    place = 0 if bits == 64 else 1
    part = _BOTH.sub(lambda both: both[place + 1], part)
    part = _WORD.sub(lambda word: WORDS[word[0]][place] if word[0] in WORDS else f"f{bits}_", part)
    pieces = _COMMENT.split(part)
    if bits == 32:
        pieces[::2] = [_CALL.sub(r"\1f", _FLOAT.sub(r"\g<0>f", code)) for code in pieces[::2]]
    return "".join(pieces)
