"""A formula as typed, cut into tokens: numbers, names, brackets, bars, raised signs."""

from __future__ import annotations

import re
from collections.abc import Iterator

from derive.deferred_dataclass import dataclass
from derive.errors import NotationError
from derive.notation.reading.surface_signs import (
    FRACTIONS,
    KEYWORDS,
    LOWERED_DIGITS,
    LOWERED_LETTERS,
    OPERATOR_SIGNS,
    RAISED,
    SCRIPTS,
    TRANSPOSED,
    WORDS,
    name_of,
)

_NUMBER = re.compile(r"(?:[0-9][0-9_]*\.?[0-9_]*|\.[0-9][0-9_]*)(?:[eE][+-]?[0-9][0-9_]*)?")
_OTHER_BASE = re.compile(r"0[xXbBoO][0-9a-fA-F]")
_SIGNS = re.compile(r"\*\*|//|<=|>=|==|!=|->|:=|\|\||&&|.", re.S)
_SPACE = re.compile(r"\s*")
_BESIDE_PI = frozenset("_0123456789₀₁₂₃₄₅₆₇₈₉ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ")  # π_k is a name
_NO_LETTERS = SCRIPTS | OPERATOR_SIGNS.keys()  # Python takes a middle dot for a part of a name

_NO_WORD = rf"(?!(?:{'|'.join(sorted(WORDS))})\b)"
# Where a text may be other than the notation: any of these. All else is left as it is.
FORM = re.compile(
    r"[^\x00-\x7f]|[\\\^|{}&'\"]|\.\s*[A-Za-z_]|\b0[xXbBoO]|(?<![\w.])[A-Za-z_]\w*\.\d"
    r"|(?:^|[^\w\])\s])\s*\["
    rf"|\b(?:lambda|{'|'.join(sorted(KEYWORDS))})\b"
    rf"|(?<![\w.])[\d.]+\s*{_NO_WORD}[A-Za-z_(]|\d\s+[\d.]|[\])]\s*{_NO_WORD}[\w(]"
    rf"|(?<!\w){_NO_WORD}[A-Za-z_]\w*\s+{_NO_WORD}[\w.]")


@dataclass(frozen=True)
class Token:
    """A part of the text with its kind, how the notation writes it, and its place.

    `kind` is number, name, group (what needs no brackets, such as x[i]), word (such as `if`),
    open, close, bar, raised, root, or sign; `gap` is the space before it.
    """

    kind: str
    text: str
    start: int
    end: int
    gap: str = ""


def tokens(line: str, start: int = 0) -> Iterator[Token]:
    """The tokens of a line from `start` on. Raises NotationError."""
    place = start
    while True:
        gap = _SPACE.match(line, place)
        space = gap.group() if gap else ""
        place += len(space)
        if place >= len(line) or line[place] == "#":
            return
        if line[place] == "\\":
            raise NotationError("a backslash is LaTeX, which is read where all of the formula is "
                                "LaTeX", line, place + 1)
        if line[place] in "\"'":
            raise NotationError("quotation marks are no part of the notation; a derivative is "
                                "d(f, x)", line, place + 1)
        kind, text, end = _token(line, place)
        yield Token(kind, text, place, end, space)
        place = end


def _token(line: str, place: int) -> tuple[str, str, int]:
    sign = line[place]
    if sign in "0123456789" or (sign == "." and line[place + 1:place + 2].isdecimal()):
        return _number(line, place)
    if sign in FRACTIONS:
        return _fraction(line, place)
    if sign in RAISED or sign == TRANSPOSED:
        return _raised(line, place)
    if sign.isidentifier() and sign not in SCRIPTS:
        return _name(line, place)
    if sign in "√":
        return "root", "sqrt", place + 1
    if sign in "‖∥":
        return "bar", "||", place + 1
    match = _SIGNS.match(line, place)
    text = match.group() if match else sign
    kind = "open" if text in "([{" else "close" if text in ")]}" else \
        "bar" if text in ("|", "||") else "sign"
    return kind, OPERATOR_SIGNS.get(text, text), place + len(text)


_BIG = {"Σ": "sum", "Π": "prod"}


def _check_no_sum(line: str, place: int, indices: int) -> None:
    """Raises NotationError for a Greek letter with one index, which is a sum to most."""
    word = _BIG.get(line[place])
    if word and indices == 1:
        raise NotationError(f"write {word}(f for k in K) for a {line[place]} over an index", line,
                            place + 1, 2)


def _fraction(line: str, place: int) -> tuple[str, str, int]:
    """A half, a third, …; not behind a digit, where it is a mixed number to most."""
    if place and (line[place - 1].isdecimal() or line[place - 1] in FRACTIONS):
        raise NotationError("a mixed number has a sign, as in (2 + 1/2), or is 5/2", line,
                            place + 1)
    return "group", FRACTIONS[line[place]], place + 1


def _number(line: str, place: int) -> tuple[str, str, int]:
    if _OTHER_BASE.match(line, place):
        raise NotationError("numbers are decimal here; a product has a sign, as in 0*x10", line,
                            place + 1, 2)
    match = _NUMBER.match(line, place)
    text = match.group() if match else line[place]
    return "number", text, place + len(text)


def _raised(line: str, place: int) -> tuple[str, str, int]:
    """A run of raised signs: a power, or a transpose."""
    if line[place] == TRANSPOSED:
        return "raised", ".T", place + 1
    end = place
    while end < len(line) and line[end] in RAISED:
        end += 1
    text = "".join(RAISED[sign] for sign in line[place:end])
    return "raised", f"**{text}" if text.isdecimal() else f"**({text})", end


def _name(line: str, place: int) -> tuple[str, str, int]:
    """A name; lowered digits belong to it, x₁ is x1; lowered letters are subscripts, xᵢ is x[i]."""
    end = place + 1
    if line[place] == "π" and line[end:end + 1] not in _BESIDE_PI:
        return "group", "pi", end  # a factor of its own: πr
    while end < len(line) and ("a" + line[end]).isidentifier() and line[end] not in _NO_LETTERS:
        end += 1
    name = name_of(line[place:end])
    if name in WORDS:
        return "word", name, end
    low = end
    while low < len(line) and line[low] in LOWERED_DIGITS:
        low += 1
    name = name_of(line[place:end] + "".join(LOWERED_DIGITS[c] for c in line[end:low]))
    letters = low
    while letters < len(line) and line[letters] in LOWERED_LETTERS:
        letters += 1
    if letters > low:
        _check_no_sum(line, place, letters - low)
        name += f"[{', '.join(LOWERED_LETTERS[c] for c in line[low:letters])}]"
        return "group", name, letters
    return "name", name, letters
