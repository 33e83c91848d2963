"""Other spellings of quantities that a teacher accepts, `\\hat{y}` for y: read, and put right."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from keyword import kwlist

from derive.errors import DataFileError
from derive.functions.function_records import standard_functions
from derive.notation.latex_in.latex_vocabulary import KNOWN, LETTERS
from derive.notation.reading.scope import RESERVED
from derive.teaching.exercises.variants import NAME

# A name, or letters of LaTeX with what stands above and below them: no operator, no bracket.
_SPELLING = re.compile(r"(?:[^\W\d]|\\[A-Za-z])[^=+\-*/()\[\]<>,;:|#%&$!?\"@~.]*")


def read_spellings(table: Mapping[str, object], lines: tuple[str, ...], name: str,
               ) -> tuple[tuple[str, str], ...]:
    """Other spellings. Raises DataFileError for one that has a meaning already, or has none."""
    there = {word for line in lines for word in NAME.findall(line)}
    for other, of in table.items():
        if not isinstance(of, str) or of not in there:
            raise DataFileError(f"{name}: accept: {other!r} stands for {of!r}, which is no name of "
                                f"the exercise; they are {', '.join(sorted(there))}")
        if other.strip() in there:
            raise DataFileError(f"{name}: accept: {other!r} is a name of the exercise itself")
        if not _SPELLING.fullmatch(other.strip()) or other.strip() in _meanings() or any(
                spellings_in(line, [(other.strip(), of)]) for line in lines):
            raise DataFileError(f"{name}: accept: {other!r} has a meaning of its own in a hand-in; "
                                "a spelling is a name, such as s, or a letter of LaTeX, such as "
                                "\\hat{y}")
    return tuple((other.strip(), str(of)) for other, of in table.items())


def _meanings() -> frozenset[str]:
    """The words of the notation and the commands of LaTeX that are no letters."""
    return frozenset((*RESERVED, *kwlist, *standard_functions(), *KNOWN - {*LETTERS}))


def with_names(text: str, spellings: Iterable[tuple[str, str]]) -> str:
    """A text in which other spellings of names are replaced by these names."""
    for other, name in spellings:
        text = _spelled(other).sub(name.replace("\\", r"\\"), text)
    return text


def spellings_in(text: str, spellings: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Those of the other spellings that a text makes use of."""
    return [(other, name) for other, name in spellings if _spelled(other).search(text)]


def _spelled(other: str) -> re.Pattern[str]:
    """Where a spelling stands by itself; `z` also in `z_k`, but not in `z_bar`."""
    before = r"(?<![\w\\])" if other[:1].isalnum() else ""
    after = r"(?![^\W_]|_\w\w)" if other[-1:].isalnum() else ""
    return re.compile(before + re.escape(other) + after)
