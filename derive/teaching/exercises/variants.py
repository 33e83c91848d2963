"""Variants of an exercise: names, sizes and constants that differ from student to student."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite, prod

from derive.errors import DataFileError
from derive.short_reprs import Brief

NAME = re.compile(r"[^\W\d]\w*")
_IN_A_LINE = re.compile(r"(?<![\w\\])[^\W\d]\w*")
_BRACED = re.compile(r"\{([^\W\d]\w*)\}")
_DIGITS = 6  # of the code that stands behind the number of a variant
_MOST = 2 ** 64  # variants: as many as are dealt
_LONGEST = 120  # signs of a name


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
        return re.sub(_IN_A_LINE,
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


def bare(line: str) -> str:
    """A line without its spaces."""
    return "".join(line.split())


def number_seen(choices: Sequence[Choice], lines: Sequence[str], stated: Iterable[str],
                own: int | None) -> int | None:
    """The number of the variant whose `lines` are among those `stated`; None where none is.

    The first of the `lines` has to be there, others may. What no line shows is as in the variant
    `own`, the student's, where that is known.
    """
    typed = [bare(line) for line in stated]
    mine = {} if own is None else dict(draw(choices, own).values)
    seen: dict[str, str] = {}
    for place, line in enumerate(lines):
        values = _seen_in(line, choices, {**mine, **seen}, typed) or \
            _seen_in(line, choices, seen, typed)
        if values is None and place == 0:
            return None
        seen.update(values or {})
    number, step = 0, 1
    for choice in choices:
        value = seen.get(choice.name, mine.get(choice.name, choice.values[0]))
        number += step * choice.values.index(value)
        step *= len(choice.values)
    return number


def _seen_in(line: str, choices: Iterable[Choice], known: Mapping[str, str],
             typed: Iterable[str]) -> dict[str, str] | None:
    """The values with which a line is among those that were typed, without their spaces."""
    values = {c.name: (known[c.name],) if c.name in known else c.values for c in choices}
    groups: dict[str, str] = {}
    pattern, end = "", 0
    for name in re.finditer(_IN_A_LINE, line):
        if name[0] not in values:
            continue
        pattern += re.escape(bare(line[end:name.start()]))
        end = name.end()
        if name[0] in groups:
            pattern += f"(?P={groups[name[0]]})"
            continue
        groups[name[0]] = f"v{len(groups)}"
        forms = "|".join(re.escape(bare(_inserted(value))) for value in values[name[0]])
        pattern += f"(?P<{groups[name[0]]}>{forms})"
    fitting = re.compile(pattern + re.escape(bare(line[end:])))
    match = next(filter(None, map(fitting.fullmatch, typed)), None)
    return None if match is None else {
        name: next(v for v in values[name] if bare(_inserted(v)) == match[group])
        for name, group in groups.items()}


def number_of(student: str, seed: str, of: int) -> int:
    """The number of a student's variant: the same on every machine, whatever the case of letters.

    `seed` is that of the exercise; another one deals the variants anew.
    """
    return int.from_bytes(_digest(seed, same_name(student))[:8], "big") % of


def code_of(number: int, seed: str, student: str) -> str:
    """What proves, to whoever knows the seed, that a student was given this variant."""
    return _digest(seed, str(number), same_name(student)).hex()[:_DIGITS]


def plain_name(value: str) -> str:
    """A name in one line of bounded length, without signs that a terminal obeys or nobody sees."""
    seen = "".join(c for c in value if unicodedata.category(c) != "Cf")
    signs = (c if c.isprintable() else " " for c in unicodedata.normalize("NFC", seen))
    return " ".join("".join(signs).split())[:_LONGEST].strip()


def same_name(name: str) -> str:
    """A student's name, or a title, however it is typed, as far as a head holds it.

    Case, accents' form and spaces do not count.
    """
    composed = unicodedata.normalize("NFKC", plain_name(name)).casefold()
    return " ".join(composed.split())


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
    if count(choices) > _MOST:
        raise DataFileError(f"{where}: [vary] makes more than 2**64 variants; vary fewer names")
    return choices


def _choice(name: str, values: object, where: str) -> Choice:
    if not NAME.fullmatch(name):
        raise DataFileError(f"{where} {name!r} is no name")
    if not isinstance(values, list) or not values or not all(
            isinstance(v, str | int | float) and not isinstance(v, bool) for v in values):
        raise DataFileError(f"{where} {name} should be a list of names, formulas and numbers")
    endless = next((v for v in values if isinstance(v, float) and not isfinite(v)), None)
    if endless is not None:
        raise DataFileError(f"{where} {name} may not become {endless!r}, which is no number")
    texts = tuple(str(v).strip() for v in values)
    if len(set(texts)) < len(texts):
        raise DataFileError(f"{where} {name} holds a value twice")
    return Choice(name, texts)


def _inserted(value: str) -> str:
    """A value in the place of a name: in brackets where it is more than a name or a number."""
    return value if re.fullmatch(r"\w+|\d+\.\d+", value) else f"({value})"


def _digest(*parts: str) -> bytes:
    return hashlib.sha256("\0".join(parts).encode()).digest()
