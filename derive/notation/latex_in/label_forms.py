r"""What stands on the left of an equals sign as a name: L, p_k, h_\theta(x), \log L."""

from __future__ import annotations

from collections.abc import Sequence

from derive.notation.latex_in import latex_vocabulary as words
from derive.notation.latex_in.latex_words import run_end
from derive.notation.latex_in.token_records import Token

_PAIRS = {"{": "}", **words.OPENING, "\\langle": "\\rangle"}
_NABLA = "\\nabla"


def is_label(side: Sequence[Token]) -> bool:
    r"""Whether a side is the name of a formula, with what it depends on: `\log L(\theta)`."""
    read = list(side)
    place = label_head(read)
    end = atom_end(read, place)
    if end is None:
        return place > 0 and place == len(read) and read[0].text in words.FRACTIONS
    return suffixes_end(read, end) == len(read)


def label_head(read: list[Token]) -> int:
    """Where the name begins: behind a sign, functions, and signs of derivatives."""
    place = int(bool(read) and read[0].text == "-")
    while place < len(read):
        token = read[place]
        after = place
        if token.kind == "command" and (token.text in words.PREFIX or token.text == _NABLA):
            after = scripts_end(read, place + 1)
        elif token.text in words.FRACTIONS and _is_derivative(read, place):
            after = group_end(read, group_end(read, place + 1))
        elif "".join(t.text for t in read[place:run_end(read, place)]) in ("log", "ln"):
            after = scripts_end(read, run_end(read, place))
        if after == place:
            break
        place = after
    return place


def _is_derivative(read: list[Token], place: int) -> bool:
    """Whether a fraction is a sign of a derivative."""
    inner = [t.text for t in read[place + 1:group_end(read, place + 1)]][1:2]
    below = group_end(read, place + 1)
    lower = [t.text for t in read[below:group_end(read, below)]][1:2]
    return inner == lower and inner in (["\\partial"], ["d"])


def atom_end(read: list[Token], place: int) -> int | None:
    """The place behind the letter, word or group at a place; None where there is none."""
    if place >= len(read):
        return None
    token = read[place]
    if token.kind in ("word", "text"):
        while place < len(read) and read[place].kind in ("word", "text"):
            place += 1
        return place
    if token.kind == "letter":
        return run_end(read, place)
    if token.kind == "command" and token.text in words.LETTERS:
        return place + 1
    if token.kind == "command" and (token.text in words.ACCENTS or token.text in words.FONTS):
        return group_end(read, place + 1)
    if token.kind == "sign" and token.text in ("{", "["):
        return group_end(read, place)
    return None


def suffixes_end(read: list[Token], place: int) -> int:
    """The place behind the scripts and brackets that follow a name."""
    while place < len(read):
        end = scripts_end(read, place)
        if end == place and read[place].text in words.OPENING and \
                read[place].kind in ("sign", "command"):
            end = group_end(read, place)
        if end == place:
            break
        place = end
    return place


def scripts_end(read: list[Token], place: int) -> int:
    """The place behind subscripts, superscripts and primes."""
    while place < len(read) and read[place].kind == "sign" and read[place].text in ("_", "^", "'"):
        place = place + 1 if read[place].text == "'" else group_end(read, place + 1)
    return place


def group_end(read: list[Token], place: int) -> int:
    """The place behind the group or single token at a place, as TeX takes it."""
    if place >= len(read):
        return place
    token = read[place]
    if token.text in words.FONTS or token.text in words.ACCENTS:
        return group_end(read, place + 1)
    if token.text not in _PAIRS or token.kind not in ("sign", "command"):
        return place + 1
    depth = 0
    for end in range(place, len(read)):
        sign = read[end]
        if sign.kind in ("sign", "command"):
            depth += (sign.text in _PAIRS) - (sign.text in _PAIRS.values())
        if depth == 0:
            return end + 1
    return len(read)
