"""The functions that a pattern names: a rule applies nowhere where one of them does not stand.

Most rules are settled by that before their text is read.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache

from sympy import Expr

from derive.core import heads
from derive.core.vocabulary import WORDS
from derive.functions.function_records import standard_functions

_CALLED = re.compile(r"\b([A-Za-z]\w*)\(")
_HEADS = ("sum", "prod", "delta")  # words of the notation that stand for one head each
_OPERATIONS = ("sqrt", "max", "min")  # a power; a function of numbers, or a head
_NONE: frozenset[str] = frozenset()


@cache
def _named() -> frozenset[str]:
    """The words that are one head or function in every tree; abbreviations are written out."""
    return frozenset((*_HEADS, *(f.name for f in standard_functions().values()
                                 if f.kept and f.name not in _OPERATIONS)))


@lru_cache(maxsize=4096)
def needed_words(pattern: str) -> frozenset[str]:
    """The words that stand in whatever the text of a pattern matches."""
    return _named().intersection(_CALLED.findall(pattern))


@lru_cache(maxsize=4096)
def words_in(node: Expr) -> frozenset[str]:
    """The words of the heads and functions that stand in an expression."""
    own = node.name if isinstance(node, heads.Apply) else WORDS.get(type(node))
    inner = _NONE.union(*(words_in(part) for part in node.args if part.args))
    return inner if own is None else inner | {own}
