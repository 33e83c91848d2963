"""Variants of an exercise: names, sizes and constants that differ from student to student."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import prod

from derive.errors import DataFileError
from derive.short_reprs import Brief

NAME = re.compile(r"[^\W\d]\w*")
_BRACED = re.compile(r"\{([^\W\d]\w*)\}")
_DIGITS = 6  # of the code that stands behind the number of a variant


@dataclass(frozen=True)
class Choice(Brief, by=("name", "values")):
    """A name of the exercise, and what may stand in its place."""

    name: str
    values: tuple[str, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The values that are names themselves."""
        return tuple(v for v in self.values if NAME.fullmatch(v))


@dataclass(frozen=True)
class Draw(Brief, by=("number", "values")):
    """The variant of a number: what stands in the place of each name."""

    number: int
    values: tuple[tuple[str, str], ...]

    def formula(self, text: str) -> str:
        """A line of the notation or of LaTeX with the drawn values in it."""
        values = dict(self.values)
        return re.sub(r"(?<![\w\\])[^\W\d]\w*",
                      lambda m: _inserted(values[m[0]]) if m[0] in values else m[0], text)

    def words(self, text: str) -> str:
        """A sentence, in which a name in braces, `{c}`, stands for the drawn value."""
        values = dict(self.values)
        return _BRACED.sub(lambda m: values.get(m[1], m[0]), text)


def count(choices: Iterable[Choice]) -> int:
    """How many variants there are: 1 where nothing is drawn."""
    return prod(len(choice.values) for choice in choices)


def draw(choices: Iterable[Choice], number: int) -> Draw:
    """The variant of a number; the numbers below `count` are all variants, each once."""
    values, rest = [], number
    for choice in choices:
        rest, place = divmod(rest, len(choice.values))
        values.append((choice.name, choice.values[place]))
    return Draw(number, tuple(values))


def number_of(student: str, seed: str, of: int) -> int:
    """The number of a student's variant: the same on every machine, whatever the case of letters.

    `seed` is that of the exercise; another one deals the variants anew.
    """
    return int.from_bytes(_digest(seed, same_name(student))[:8], "big") % of


def code_of(number: int, seed: str, student: str) -> str:
    """What proves, to whoever knows the seed, that a student was given this variant."""
    return _digest(seed, str(number), same_name(student)).hex()[:_DIGITS]


def same_name(student: str) -> str:
    """A student's name, however it is typed: case, accents' form and spaces do not count."""
    return " ".join(unicodedata.normalize("NFKC", student).casefold().split())


def read_choices(entry: Mapping[str, object], texts: Iterable[str], where: str,
                 ) -> tuple[Choice, ...]:
    """The choices of a table [vary]. Raises DataFileError, in one line, for what is none.

    `texts` are the lines in which the names occur; a name that is put in must occur in none.
    """
    there = {name for text in texts for name in NAME.findall(text)}
    choices = tuple(_choice(name, values, f"{where}: [vary]") for name, values in entry.items())
    varied = {choice.name for choice in choices}
    taken: dict[str, str] = {}
    for choice in choices:
        if choice.name not in there:
            raise DataFileError(f"{where}: [vary] {choice.name} occurs in no line of the exercise; "
                                f"its names are {', '.join(sorted(there))}")
        for value in choice.names:
            if value in there - varied or taken.setdefault(value, choice.name) != choice.name or \
                    (value in varied and value != choice.name):
                raise DataFileError(f"{where}: [vary] {choice.name} may not become {value!r}, "
                                    "which is another name of the exercise")
    return choices


def _choice(name: str, values: object, where: str) -> Choice:
    if not NAME.fullmatch(name):
        raise DataFileError(f"{where} {name!r} is no name")
    if not isinstance(values, list) or not values or not all(
            isinstance(v, str | int | float) and not isinstance(v, bool) for v in values):
        raise DataFileError(f"{where} {name} should be a list of names, formulas and numbers")
    texts = tuple(str(v).strip() for v in values)
    if len(set(texts)) < len(texts):
        raise DataFileError(f"{where} {name} holds a value twice")
    return Choice(name, texts)


def _inserted(value: str) -> str:
    """A value in the place of a name: in brackets where it is more than a name or a number."""
    return value if re.fullmatch(r"\w+|\d+\.\d+", value) else f"({value})"


def _digest(*parts: str) -> bytes:
    return hashlib.sha256("\0".join(parts).encode()).digest()
