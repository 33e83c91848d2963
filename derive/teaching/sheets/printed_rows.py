"""Rows that our own text breaks a formula into: each begins two columns right of the first."""

from __future__ import annotations

import re

_BEHIND_EQUALS = re.compile(r"[^=\n]*?(?<![<>!:=])=[ ](?=\S)")
_BEHIND_LABEL = re.compile(r" {2}(?=\S).{8}[ ] (?=\S)")
_STEP = 2
_NEW = re.compile(r"\s*(?:=|⇒|→|->|\\Rightarrow|\\implies|\Z)")


def last_printed(source: str, spans: list[tuple[int, int]], first: int) -> int:
    """The last row of the formula that begins in the row `first`, by where the rows begin."""
    text = source[slice(*spans[first])]
    behind = [m.end() for m in (_BEHIND_EQUALS.match(text), _BEHIND_LABEL.match(text)) if m]
    last = first
    while last + 1 < len(spans):
        text = source[slice(*spans[last + 1])]
        if _NEW.match(text) or len(text) - len(text.lstrip()) - _STEP not in behind:
            break
        last += 1
    return last
