"""Dollar signs and the like around formulas: taken away, and a row ended where one formula ends."""

from __future__ import annotations

from derive.errors import NotationError
from derive.notation.latex_in.token_records import Token, fail

_CLOSING = {"$": "$", "$$": "$$", "\\[": "\\]", "\\(": "\\)"}
FENCES = frozenset((*_CLOSING, *_CLOSING.values()))
_BETWEEN = frozenset(("", "where", "with", "and"))


def unfenced(read: list[Token], text: str) -> list[Token]:
    """The tokens without fences; what stands between two formulas in fences ends a row.

    Raises NotationError for words between formulas that may say more than that.
    """
    if not any(token.text in FENCES for token in read):
        return read
    inside: list[Token] = []
    opening: Token | None = None
    outside = 0  # where the text outside of fences begins
    for token in read:
        if opening is not None:
            if token.text == _CLOSING[opening.text]:
                opening, outside = None, token.end
            elif token.text in FENCES:
                raise _another(text, token)
            else:
                inside.append(token)
        elif token.text in FENCES:
            if token.text not in _CLOSING or not _silent(text[outside : token.start]):
                raise _another(text, token)
            if inside:
                inside.append(Token("row", "\\\\", token.start, token.end))
            opening = token
    if opening is not None:
        raise fail(text, opening.start, opening.end, f"{opening.text} opens a formula that "
                   f"{_CLOSING[opening.text]} never closes")
    if not _silent(text[outside:]):
        raise fail(text, outside - 1, outside, "one formula was expected; this ends it before the "
                   "end")
    return inside


def _silent(text: str) -> bool:
    """Whether a text between formulas says nothing but that another one follows."""
    return text.strip(" .,:;~\n\t") in _BETWEEN


def _another(text: str, token: Token) -> NotationError:
    return fail(text, token.start, token.end, "one formula was expected; this ends or begins "
                "another")
