"""Declarations, conditions and definitions in words, for a page and for help. Needs no SymPy.

`o: real[K]` is "o, a vector of K real numbers"; the words of the types stand in
`rules/notation.toml`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from functools import cache

from derive.notation.printing.formula_signs import with_signs
from derive.tables.notation_table import Word, notation_words

Writer = Callable[[str], str]  # of a name or a formula of the notation, into signs of a medium

_DECLARED = re.compile(r"\s*([^\W\d]\w*(?:\s*,\s*[^\W\d]\w*)*)\s*:(?!=)\s*(.*?)\s*\Z", re.S)
_TYPE = re.compile(r"(\w+)\s*(?:\(([^()]*)\))?\s*(?:\[([^\[\]]*)\])?\Z")
_DEFINED = re.compile(r"\s*([^\W\d]\w*(?:\s*\[[^\[\]=]*\])?)\s*(?::=|=(?!=))\s*(.*?)\s*\Z", re.S)
_FOR_ALL = re.compile(r"all\((.*?)((?:\s+for\s+\w+\s+in\s+\w+)+)(?:\s+if\s+(.*))?\)\Z", re.S)
_EACH = re.compile(r"for\s+(\w+)\s+in\s+(\w+)")
_COMPARISON = re.compile(r"<=|>=|==|!=|[<>≤≥≠]")
_IS = {"<": "is less than", "<=": "is at most", "≤": "is at most", ">": "is greater than",
       ">=": "is at least", "≥": "is at least", "==": "equals", "!=": "is not", "≠": "is not"}
_TURNED = {"<": ">", "<=": ">=", "≤": "≥", ">": "<", ">=": "<=", "≥": "≤"}
_QUANTITY = "a number that depends on everything else"
_OF_CLASSES = ("label", "simplex", "onehot")


def in_words(line: str, write: Writer = with_signs) -> str:
    """One line of declarations in words: a declaration, a condition, or a definition.

    `write` puts names, dimensions and formulas into the signs of a medium; the words around them
    are plain text. What cannot be said in words is written as it stands.
    """
    declared = _DECLARED.match(line)
    if declared:
        names = [name.strip() for name in declared[1].split(",")]
        return f"{_listed([write(n) for n in names])}, " + "each " * (len(names) > 1) + \
            _type_in_words(declared[2], write)
    defined = _DEFINED.match(line)
    if defined:
        return f"{write(defined[1])}, short for {write(defined[2])}"
    return _condition(line.strip(), write)


def all_in_words(lines: Iterable[str], write: Writer = with_signs) -> tuple[str, ...]:
    """All lines in words, and what their dimensions are."""
    lines = tuple(lines)
    return (*(in_words(line, write) for line in lines), *dimensions_in_words(lines, write))


def dimensions_in_words(lines: Iterable[str], write: Writer = with_signs) -> tuple[str, ...]:
    """The dimensions that declarations name: "K, the number of classes", "D, any size"."""
    meant: dict[str, str] = {}
    for declared in filter(None, map(_DECLARED.match, lines)):
        match = _TYPE.match(declared[2])
        if match is None:
            continue
        word, over, axes = match.groups()
        if over and word in _OF_CLASSES:
            meant[over.strip()] = "the number of classes"
        for axis in _parts(over) + _parts(axes):
            meant.setdefault(axis, "any positive whole number")
    return tuple(f"{write(name)}, {words}" for name, words in meant.items() if name.isidentifier())


def _type_in_words(text: str, write: Writer) -> str:
    match = _TYPE.match(text)
    word = _types().get(match[1]) if match else None
    if match is None or word is None:
        return _QUANTITY if text == "quantity" else f"of the type {text}"
    axes = [write(axis) for axis in _parts(match[3])]
    own = 2 if "{size}" in word.single else 0  # axes of the value itself
    many, size = axes[:len(axes) - own], " × ".join(axes[len(axes) - own:])
    at = {"over": write(_parts(match[2])[0]) if match[2] else "", "size": size,
          "many": " × ".join(many)}
    if not many:
        return word.single.format(**at)
    several = word.several.format(**at)
    return several if "{many}" in word.several else _array(many, several)


def _array(axes: Sequence[str], values: str) -> str:
    """An array of values by its shape."""
    shape = " × ".join(axes)
    kind = {1: "vector", 2: "matrix"}.get(len(axes))
    if kind is None:
        return f"an array of {shape} {values}"
    return f"a {kind} of {shape} {values}"


@cache
def _types() -> dict[str, Word]:
    return {word.name: word for word in notation_words() if word.kind == "type"}


def _parts(text: str | None) -> list[str]:
    return [part.strip() for part in (text or "").split(",") if part.strip()]


def _condition(text: str, write: Writer) -> str:
    """A condition in words; what is no comparison stays as it stands."""
    for junction in ("or", "and"):
        parts = _split(text, re.compile(rf"\s{junction}\s"))[0]
        if len(parts) > 1:
            return f" {junction} ".join(_condition(part.strip(), write) for part in parts)
    general = _FOR_ALL.match(text)
    if general:
        where = " and ".join(f"every {write(index)} of {write(dimension)}"
                             for index, dimension in _EACH.findall(general[2]))
        those = f" where {_condition(general[3].strip(), write)}" if general[3] else ""
        return f"{_condition(general[1].strip(), write)} for {where}{those}"
    sides, signs = _split(text, _COMPARISON)
    if not signs or "not " in text or not all(side.strip() for side in sides):
        return write(text)
    return _compared([side.strip() for side in sides], signs, write)


def _compared(sides: list[str], signs: list[str], write: Writer) -> str:
    """Comparisons in a row: `0 < a < b` says of a that it is greater than 0 and less than b."""
    if len(signs) == 2 and all(sign in _TURNED for sign in signs):
        low, middle, high = sides
        return (f"{write(middle)} {_IS[_TURNED[signs[0]]]} {write(low)} and "
                f"{_IS[signs[1]].removeprefix('is ')} {write(high)}")
    if len(signs) > 1:
        return " and ".join(_compared(list(pair), [sign], write)
                            for *pair, sign in zip(sides, sides[1:], signs, strict=False))
    (left, right), (sign,) = sides, signs
    if sign in _TURNED and _is_constant(left) and not _is_constant(right):
        left, right, sign = right, left, _TURNED[sign]
    return f"{write(left)} {_IS[sign]} {write(right)}"


def _is_constant(text: str) -> bool:
    return not re.search(r"[^\W\d]", text.replace("pi", ""))


def _split(text: str, sign: re.Pattern[str]) -> tuple[list[str], list[str]]:
    """The parts of a text between signs that stand in no bracket, and those signs."""
    parts, signs, start, depth = [], [], 0, 0
    place = 0
    while place < len(text):
        depth += (text[place] in "([{") - (text[place] in ")]}")
        match = sign.match(text, place) if depth == 0 else None
        if match is None:
            place += 1
            continue
        parts.append(text[start:place])
        signs.append(match.group())
        place = start = match.end()
    return [*parts, text[start:]], signs


def _listed(names: Sequence[str]) -> str:
    *others, last = names
    return f"{', '.join(others)} and {last}" if others else last
