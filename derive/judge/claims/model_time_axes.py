"""The axes of time of a model, in the judge's own reading."""

from __future__ import annotations

import re
from collections.abc import Mapping

from derive.errors import NotationError
from derive.judge.reading.array_operations import Names
from derive.judge.reading.lazy_arrays import Dim


def ranges_of(written: Mapping[str, str | None], names: Names, text: str) -> dict[str, Dim]:
    """The dimension of each first index. Raises NotationError where one is not known."""
    return {letter: range_of(letter, written, names, text) for at in written.values()
            if at and (letter := first_letter(at))}


def first_letter(at: str | None) -> str:
    """The first letter of subscripts."""
    return (at or "").partition(",")[0].strip()


def times_of(written: Mapping[str, str | None], ranges: Mapping[str, Dim], text: str,
           ) -> tuple[Dim, ...]:
    """The dimensions of steps: that of the first equation with an index, and those with shifts.

    Raises NotationError where no equation has an index.
    """
    letters = [letter for at in written.values() if (letter := first_letter(at))]
    if not letters:
        raise NotationError("no equation has an index of time")
    shifted = [x for x in letters if re.search(rf"\w\[\s*{x}\s*[+-]\s*1\s*[\],]", text)]
    return tuple(dict.fromkeys(ranges[x] for x in (letters[0], *shifted)))


def range_of(letter: str, written: Mapping[str, str | None], names: Names, text: str) -> Dim:
    """The dimension of a first index: the first axis of a name that it defines, or is read at it.

    Raises NotationError where there is none.
    """
    for name, at in written.items():
        if first_letter(at) == letter and name in names.types:
            return names.types[name].shape[0]
    for other in re.findall(rf"([^\W\d]\w*)\[\s*{letter}\s*(?:[-+]\s*1\s*)?[],]", text):
        if other in names.types:
            return names.types[other].shape[0]
    raise NotationError(f"what {letter} runs over is not known")
