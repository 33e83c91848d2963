"""LaTeX as a list of tokens, each with its place; spaces, labels and sizes are left out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from difflib import get_close_matches

from derive.errors import NotationError
from derive.notation.latex_in import latex_vocabulary as words
from derive.notation.latex_in.brace_cases import cases_of_arrays
from derive.notation.latex_in.fences import FENCES, unfenced
from derive.notation.latex_in.token_records import Token, fail
from derive.notation.latex_in.unicode_signs import composed_signs
from derive.notation.reading.syntax import MAX_DIGITS, MAX_LENGTH, MAX_NESTING

_RAW = re.compile(r"(?P<comment>%[^\n]*)|(?P<row>\\\\(?:\[-?[0-9][^\]\n]*\])?)"
                  r"|(?P<command>\\(?:operatorname\*|tag\*|[A-Za-z]+|.))"
                  r"|(?P<number>(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)"
                  r"|(?P<letter>[A-Za-z])|(?P<space>\s+)|(?P<equals>:=)|(?P<fence>\$\$)"
                  r"|(?P<sign>.)", re.DOTALL)
_SCIENTIFIC = re.compile(r"(?P<digits>[0-9.]+)[eE](?P<sign>[+-]?)(?P<power>[0-9]+)\Z")
_STACKED_EQUALS = re.compile(r"\s*\{\s*:?=\s*\}")
_GROUP = re.compile(r"\s*\{([^{}]*)\}")
_UPRIGHT = re.compile(r"\s+([de])")
_WORD = re.compile(r"[A-Za-z][A-Za-z0-9]*\Z")
_THIN = re.compile(r"\\[,!;: ]|[\s~]")
_SIGNS = frozenset("+-*/=<>,;:!|'()[]&^_{}.~$")
_WIDE = ("\\quad", "\\qquad")


def tokens(text: str) -> list[Token]:
    """The tokens of LaTeX mathematics, the last one of kind `stop`.

    Raises NotationError at the column of a sign or command that is not read, of a brace or
    bracket that is not closed, and for text that is too long or too deep.
    """
    if len(text) > MAX_LENGTH:
        raise NotationError(f"the text has {len(text):,} signs; at most {MAX_LENGTH:,} are read")
    read = cases_of_arrays(unfenced(list(_marked(text)), text))
    _check_braces(read, text)
    end = len(text.rstrip())
    return [*read, Token("stop", "", end, max(end, 1))]


def _marked(text: str) -> Iterator[Token]:
    """Tokens with the marks of what stood before them."""
    spaced, wide, side, place = False, False, "", 0
    while place < len(text):
        read = [*composed_signs(text, place)] or [_next(text, place)]
        token, place = read[0], read[-1].end
        if token.kind in ("space", "comment") or token.text in words.IGNORED or \
                token.text in words.SIZES:
            continue
        if token.text in words.SPACES:
            spaced, wide = True, wide or token.text in _WIDE
        elif token.text in words.SKIPPED_GROUPS:
            place = _after_group(text, token)
        elif token.text in words.STACKS:
            place = _after_group(text, token)
            equals = _STACKED_EQUALS.match(text, place)
            if equals is not None:
                yield Token("sign", "=", token.start, equals.end(), spaced, side)
                place = equals.end()
        elif token.text in ("\\left", "\\right"):
            side = token.text[1:]
        else:
            if not side or token.text != ".":  # an invisible bracket is none
                yield replace(token, spaced=spaced, side=side, wide=wide)
                yield from read[1:]
            spaced, wide, side = False, False, ""


def _next(text: str, place: int) -> Token:
    """The token at a place."""
    match = _RAW.match(text, place)
    assert match is not None
    kind, raw = str(match.lastgroup), match.group()
    start, end = match.span()
    if kind == "sign":
        return _sign(text, raw, start)
    if kind == "command":
        return _command(text, raw, start, end)
    if kind == "number":
        _check_number(text, raw, start)
    if kind == "fence":
        return Token("sign", "$$", start, end)
    if kind == "equals":
        return Token("sign", "=", start, end)
    joined = kind == "letter" and start > 0 and text[start - 1].isascii() and \
        text[start - 1].isalpha()
    return Token(kind, raw, start, end, joined=joined)


def _check_number(text: str, raw: str, start: int) -> None:
    """Refuses numbers that are too long, and those that may be a product with e."""
    if len(raw) > MAX_DIGITS:
        raise fail(text, start, start + len(raw), f"a number has at most {MAX_DIGITS} digits")
    if raw[0] == "0" and raw[1:2].isdecimal():
        raise fail(text, start, start + len(raw), f"{raw} begins with 0; write "
                   f"{raw.lstrip('0')}, or 0.{raw[1:]} with its point")
    match = _SCIENTIFIC.match(raw)
    if match is None or not match["sign"] or match["digits"] == "1" or "." in match["digits"]:
        return
    sign = match["sign"].strip("+")
    raise fail(text, start, start + len(raw), f"{raw} may be {match['digits']} times "
               f"10^{{{sign}{match['power']}}} or {match['digits']} e {match['sign']} "
               f"{match['power']}; write {match['digits']} \\cdot 10^{{{sign}{match['power']}}} or "
               f"{match['digits']} \\cdot e {match['sign']} {match['power']}")


def _command(text: str, raw: str, start: int, end: int) -> Token:
    """A command, with the name of its environment or the word in its group."""
    group = _GROUP.match(text, end)
    if raw in ("\\begin", "\\end"):
        if group is None:
            raise fail(text, start, end, f"the name of an environment was expected after {raw}")
        return Token(raw[1:], group.group(1).strip(), start, group.end())
    word = _word_in(raw, group) if group is not None else None
    if word is not None:
        return word
    upright = _UPRIGHT.match(text, end) if raw == "\\mathrm" else None
    if upright is not None:
        return Token("letter", upright.group(1), start, upright.end())
    if raw in words.EQUALS:
        return Token("sign", "=", start, end)
    if raw not in words.KNOWN and raw not in FENCES:
        raise fail(text, start, end, _unknown(raw))
    return Token("command", raw, start, end)


def _word_in(raw: str, group: re.Match[str]) -> Token | None:
    """The word or text in the group of a command for text or a font, if it is one."""
    if raw not in words.TEXTS and raw not in words.FONTS:
        return None
    word, start = _THIN.sub("", group.group(1)), group.start() - len(raw)
    if raw == "\\mathrm" and word in ("d", "e"):
        return Token("letter", word, start, group.end())
    if _WORD.match(word) and len(word) > 1 and word not in words.CONNECTIVES and \
            raw not in words.LETTER_FONTS:
        return Token("word", word, start, group.end())
    return Token("text", group.group(1), start, group.end()) if raw in words.TEXTS else None


def _sign(text: str, raw: str, start: int) -> Token:
    if raw in words.UNICODE:
        command = words.UNICODE[raw]
        return Token("command" if command[0] == "\\" else "sign", command, start, start + 1)
    if raw in _SIGNS:
        return Token("sign", raw, start, start + 1)
    if not raw.isprintable():
        raise fail(text, start, start + 1, f"control character U+{ord(raw):04X} in the text")
    raise fail(text, start, start + 1, f"{raw!r} is not read in LaTeX{_instead(raw)}")


def _instead(raw: str) -> str:
    """What to write in place of a sign of Unicode."""
    return f"; write {words.HINTS[raw]}" if raw in words.HINTS else ""


def _unknown(raw: str) -> str:
    if raw == "\\\\" or not raw[1:].isalpha():
        return f"{raw} is not read here"
    near = get_close_matches(raw, words.KNOWN - words.REFUSED, 1, 0.75)
    hint = f"; did you mean {near[0]}?" if near else "; only formulas are read"
    return f"the command {raw} is not read{hint}"


def _after_group(text: str, token: Token) -> int:
    """The place behind the group in braces that follows a command."""
    place = token.end
    while place < len(text) and text[place].isspace():
        place += 1
    if place >= len(text) or text[place] != "{":
        raise fail(text, token.start, token.end, f"'{{' was expected after {token.text}")
    depth = 0
    for end in range(place, len(text)):
        depth += {"{": 1, "}": -1}.get(text[end], 0)
        if depth == 0:
            return end + 1
    raise fail(text, place, place + 1, "this '{' is never closed; add '}'")


def _check_braces(read: list[Token], text: str) -> None:
    """Refuses brackets that are not closed, close nothing, or nest too deep."""
    closing = {"{": "}", **words.OPENING}
    stack: list[Token] = []
    for token in read:
        if token.kind not in ("sign", "command"):
            continue
        if token.text in closing:
            stack.append(token)
            if len(stack) > MAX_NESTING:
                raise fail(text, token.start, token.end, f"more than {MAX_NESTING} nested brackets")
        elif token.text in closing.values():
            if not stack:
                raise fail(text, token.start, token.end, f"this {token.text!r} closes nothing; "
                           "remove it or open it before")
            opening = stack.pop()
            if closing[opening.text] != token.text:
                raise fail(text, token.start, token.end, f"{closing[opening.text]!r} was expected "
                           f"here, to close the {opening.text!r} at column {opening.start + 1}")
    if stack:
        raise fail(text, stack[-1].start, stack[-1].end, f"this {stack[-1].text!r} is never "
                   f"closed; add {closing[stack[-1].text]!r}")
