"""How wide MathML will be, in ems, without a browser: by its signs and where they stand.

Fractions are as wide as the wider of their parts, scripts are small, rows of a table as wide as
the widest. It errs by some ten percent with the font.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape

_TOKEN = re.compile(r"<(/?)(\w+)([^>]*)>|([^<]+)")
_NARROW, _WIDE, _NONE = "ijlt.,;:!'|()[]{}′", "mwMW∑∏∫—", "\u2061\u2062\u2063"
_SPACED = "+−=<>≤≠≥⋅∘→"
_SCRIPT = 0.71
_EM = 0.52  # an ordinary letter
_LEAVES = {"mi", "mn", "mo", "mtext", "mspace"}


def width(markup: str) -> float:
    """The width of the markup of a formula, in ems of its font."""
    stack: list[tuple[str, list[float]]] = [("mrow", [])]
    hidden = 0
    for closing, name, _, text in _TOKEN.findall(markup):
        if name == "annotation":
            hidden += 1 if not closing else -1
        elif hidden:
            continue
        elif text:
            if stack[-1][0] in _LEAVES:
                stack[-1][1].append(_signs(unescape(text), stack[-1][0]))
        elif not closing:
            stack.append((name, []))
        else:
            kind, parts = stack.pop()
            stack[-1][1].append(_JOINED.get(kind, sum)(parts))
    return sum(stack[0][1])


def _signs(text: str, kind: str) -> float:
    """The width of a text; a binary sign has room at both sides."""
    if kind == "mo" and text in _SPACED:
        return 1.15
    return sum(0.0 if s in _NONE else 0.3 if s in _NARROW else 0.85 if s in _WIDE or s.isupper()
               else _EM for s in text)


def _scripted(parts: list[float]) -> float:
    """A base, and the wider of what stands below and above at its right."""
    return parts[0] + _SCRIPT * max(parts[1:], default=0.0) if parts else 0.0


def _under(parts: list[float]) -> float:
    return max(parts[0], _SCRIPT * max(parts[1:], default=0.0)) + 0.2 if parts else 0.0


_JOINED: dict[str, Callable[[list[float]], float]] = {
    "mfrac": lambda parts: max(parts, default=0.0) + 0.15,
    "msub": _scripted, "msup": _scripted, "msubsup": _scripted,
    "munder": _under, "munderover": _under,
    "msqrt": lambda parts: sum(parts) + 0.7,
    "mtable": lambda parts: max(parts, default=0.0),
    "mtd": lambda parts: sum(parts) + 0.4,
}
