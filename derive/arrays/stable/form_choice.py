"""Which of several forms is taken, and what the names of arguments become in code."""

from __future__ import annotations

import builtins
import keyword
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

from derive.arrays.targets.functional.plain_module import printed_parts

LOCAL = frozenset({"arrays", "results", "work", "scale", "flagged", "n", "places", "np", "Any",
                   "part", "real"})


def least_faulty(forms: Sequence[Any], others: Sequence[Any], length: Callable[[Any], int],
                 merit: Callable[[Any], tuple[Any, ...]]) -> Any:
    """The form of the least merit, whose last part is the length, which is cheap to tell.

    The shortest are tried first: of forms without a fault the first is taken. The others are tried
    where each of the forms has one, and one of them is taken where it has less.
    """
    if len(forms) == 1 and not others:
        return forms[0]
    best = None
    for tried in (forms, others):
        for form in sorted(tried, key=length):
            made = merit(form)
            if not any(made[:-1]):  # all that are left are longer
                return form
            if best is None or (made < best[0] if tried is forms else made[:-1] < best[0][:-1]):
                best = made, form
    return best[1] if best else forms[0]


@cache
def used_by_code() -> frozenset[str]:
    """The names that generated code, the runtime and Python use themselves."""
    return LOCAL | {*dir(builtins), *keyword.kwlist,
                    *(n for p in printed_parts() for n in p.defines)}


def safe_name(name: str, taken: set[str]) -> str:
    """A name that is none of those that generated code uses itself."""
    made = name
    while made in taken or made in used_by_code() or (made[:1] in "twx" and made[1:].isdecimal()):
        made += "_"
    return made
