"""Signs that an output cannot encode, as words in ASCII: `alpha`, `yhat`, `x^2`, `->`."""

from __future__ import annotations

import codecs
import io
import unicodedata
from typing import TextIO

NAME = "derive-ascii"  # of the error handler, for `errors=`
_WORDS = {
    "…": "...", "—": "--", "–": "-", "−": "-", "‐": "-", "‑": "-", "’": "'", "‘": "'", "“": '"',
    "”": '"', "·": "*", "⋅": "*", "×": "x", "∘": "*", "⊙": "*", "÷": "/", "∕": "/", "√": "sqrt",
    "∂": "d", "∇": "grad ", "∑": "sum", "∏": "prod", "∫": "integral ",
    "∞": "inf", "≤": "<=", "≥": ">=", "≠": "!=", "≈": "~=", "≡": "==", "∝": " ~ ", "∼": "~",
    "→": "->", "←": "<-", "↔": "<->", "⇒": "=>", "⇔": "<=>", "↦": "|->",
    "⟶": "->", "⟹": "=>", "⟺": "<=>", "↳": "->", "∴": "therefore ", "∈": " in ", "∉": " not in ",
    "±": "+-", "∓": "-+", "∧": " and ", "∨": " or ", "¬": "not ", "∀": "for all ",
    "∃": "there is ", "‖": "||", "∣": "|", "⟨": "<", "⟩": ">", "⌊": "floor(", "⌋": ")",
    "⌈": "ceil(", "⌉": ")", "′": "'", "″": "''",
    "⁄": "/", "⩽": "<=", "⩾": ">=", "≪": "<<", "≫": ">>", "≦": "<=", "≧": ">=", "∗": "*", "∙": "*",
    "⊘": "/", "∥": "||", "⊤": "^T", "⋯": "...",
    "°": " degrees", "§": "section ",
    "ℝ": "R", "ℕ": "N", "ℤ": "Z", "ß": "ss", "æ": "ae", "ø": "o", "Ø": "O", "ł": "l",
    "✓": "ok", "✗": "x", "✔": "ok", "✘": "x", "«": '"', "»": '"', "│": "|", "─": "-", "█": "#",
    "●": "*", "○": "o", "◦": "*", "‣": "*", "∎": "QED", "■": "[]", "□": "[]",
    "\u00a0": " ", "\u2009": " ", "\u202f": " ", "\u2061": "", "\u2062": "*",
    "\u200b": "", chr(0x2022): "*"}
_ACCENTS = {"\u0302": "hat", "\u0303": "tilde", "\u0304": "bar", "\u0305": "bar",
            "\u0307": "dot", "\u20d7": "vec"}


class AsciiStream(io.TextIOWrapper):
    """A stream that writes words for what is not ASCII.

    It calls itself UTF-8: click writes UTF-8 around a stream that says it has ASCII alone.
    """

    in_words = True

    def write(self, text: str) -> int:
        return super().write(text if text.isascii() else in_ascii(text))


def ascii_stream(stream: TextIO) -> AsciiStream:
    """The stream in front of the same file."""
    return AsciiStream(stream.buffer, "utf-8", line_buffering=stream.isatty(), write_through=True)


def in_ascii(text: str) -> str:
    """A text in ASCII; a sign without a word is escaped."""
    return "".join(_placed(text, place) for place in range(len(text)))


def _placed(text: str, place: int) -> str:
    """The sign at a place as a word, apart from letters beside it."""
    sign = text[place]
    if sign.isascii():
        return sign
    before, after = text[place - 1:place], text[place + 1:place + 2]
    if not _raised(sign) and (letter := _greek(sign)):
        return " " * before.isalnum() + letter + " " * (after.isascii() and after.isalnum())
    kind = _raised(sign)
    if kind:
        mark = {"<super>": "^", "<sub>": "_"}[kind] if _raised(before) != kind else ""
        return mark + _word(sign)
    return _word(sign)


def _word(sign: str) -> str:
    """One sign in ASCII. An accent that is read aloud in mathematics is a word too."""
    if sign.isascii():
        return sign
    for table in (_WORDS, _ACCENTS):
        if sign in table:
            return table[sign]
    if letter := _greek(sign):
        return letter
    if unicodedata.combining(sign):
        return ""
    parts = [p for p in unicodedata.decomposition(sign).split() if not p.startswith("<")]
    if parts:
        return "".join(_word(chr(int(p, 16))) for p in parts)
    return sign.encode("ascii", "backslashreplace").decode()


def _greek(sign: str) -> str:
    """The name of a Greek letter; empty for another sign."""
    name = unicodedata.name(sign, "")
    if not name.startswith("GREEK ") or " LETTER " not in name or " WITH " in name:
        return ""
    word = name.rpartition(" ")[2].lower().replace("lamda", "lambda")
    return word.capitalize() if "CAPITAL" in name else word


def _raised(sign: str) -> str:
    """Whether a sign stands above the line, `<super>`, or below it, `<sub>`."""
    kind = unicodedata.decomposition(sign).partition(" ")[0] if sign else ""
    return kind if kind in ("<super>", "<sub>") else ""


def _replaced(error: UnicodeError) -> tuple[str, int]:
    """What stands for signs that an encoding lacks."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return "".join(_placed(error.object, n) for n in range(error.start, error.end)), error.end


codecs.register_error(NAME, _replaced)
