"""Signs of Unicode that stand for several tokens: raised and lowered digits, accents, fractions."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

from derive.notation.latex_in.token_records import Token

_ACCENTS = {"\u0302": "\\hat", "\u0304": "\\bar", "\u0303": "\\tilde"}
_SCRIPTS = {"<super>": "^", "<sub>": "_"}


def composed_signs(text: str, place: int) -> Iterator[Token]:
    """The tokens of the sign at a place, or of a run of raised or lowered ones; none for others."""
    if text[place].isascii():
        return
    script = _script(text[place])
    if script:
        end = place
        while end < len(text) and _script(text[end]) == script:
            end += 1
        yield from _in_group(script, [unicodedata.normalize("NFKC", c) for c in text[place:end]],
                             place, end)
        return
    parts = unicodedata.normalize("NFD", text[place])
    if len(parts) == 2 and parts[0].isascii() and parts[1] in _ACCENTS:
        yield from _in_group(_ACCENTS[parts[1]], [parts[0]], place, place + 1)
    form = unicodedata.normalize("NFKC", text[place]).split("\u2044")
    if len(form) == 2 and all(p.isdigit() for p in form):
        yield Token("command", "\\frac", place, place + 1)
        for part in form:
            yield from (Token(kind, sign, place, place + 1) for kind, sign in (
                ("sign", "{"), ("number", part), ("sign", "}")))


def _script(sign: str) -> str:
    """`^` or `_` for a sign of Unicode that stands above or below."""
    form = unicodedata.decomposition(sign).partition(" ")[0]
    plain = unicodedata.normalize("NFKC", sign)
    kept = len(plain) == 1 and plain.isascii() and (plain.isalnum() or plain in "+-()")
    if sign in "⁻₋":
        return "^" if sign == "⁻" else "_"
    return _SCRIPTS.get(form, "") if kept or plain == "−" else ""


def _in_group(lead: str, signs: list[str], start: int, end: int) -> Iterator[Token]:
    """A command or script with a group of signs."""
    yield Token("sign" if lead in "^_" else "command", lead, start, end)
    yield Token("sign", "{", start, end)
    digits = ""
    for sign in [*signs, ""]:
        if sign.isdigit():
            digits += sign
            continue
        if digits:
            yield Token("number", digits, start, end)
            digits = ""
        if sign:
            yield Token("letter" if sign.isalpha() else "sign", "-" if sign == "−" else sign,
                        start, end)
    yield Token("sign", "}", start, end)
