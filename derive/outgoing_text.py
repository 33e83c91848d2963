"""Text as it goes out: signs that a reader obeys, and does not see, are shown as replaced.

What stands in a rule, a title or the name of a file may be a stranger's. Every form of print
passes it through here once, in its own escape.
"""

from __future__ import annotations

import html
import json
import re

# Control codes, halves of a pair, signs that turn the direction of a line, ends of lines that few
# know, and tags: all that is obeyed and not shown.
_CONTROL = ("\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069"
            "\ud800-\udfff\ufeff\ufff9-\ufffb\U000e0000-\U000e007f")
_UNSEEN = re.compile(f"[{_CONTROL}]")
_MARKUP = re.compile(r"<(?=[A-Za-z/!?])|(?<=\])\(")
_TICKS = re.compile("`+")
SHOWN = "\N{REPLACEMENT CHARACTER}"


def plain_signs(text: str) -> str:
    """A text in which each sign that controls a reader is replaced by one that is seen.

    Tabs and the ends of lines stay.

    >>> plain_signs("a" + chr(27) + "[31mb")
    'a\ufffd[31mb'
    """
    return text if text.isascii() and text.isprintable() else _UNSEEN.sub(SHOWN, text)


def unseen_sign(text: str) -> str:
    """The first sign of a text that controls a reader, by its number; empty where none does."""
    match = None if text.isascii() and text.isprintable() else _UNSEEN.search(text)
    return f"U+{ord(match[0]):04X}" if match else ""


def escape(text: str, quote: bool = True) -> str:
    """A text for HTML, where it is no markup."""
    return html.escape(plain_signs(text), quote)


def markdown(text: str) -> str:
    """A text for Markdown, where it begins no HTML and is no link."""
    return _MARKUP.sub(lambda sign: "&lt;" if sign[0] == "<" else r"\(", plain_signs(text))


def code_span(text: str) -> str:
    """A text for Markdown between marks of code, of which it holds no such row."""
    plain = plain_signs(text).replace("\n", " ")
    longest = max(map(len, _TICKS.findall(plain)), default=0)
    mark, room = "`" * (longest + 1), " " * bool(longest)
    return f"{mark}{room}{plain}{room}{mark}"


def as_json(data: object, indent: int | None = None) -> str:
    """Data as JSON in which signs that control a reader are escaped; it reads back the same."""
    return _UNSEEN.sub(_escaped_sign, json.dumps(data, ensure_ascii=False, indent=indent))


def in_docstring(text: str) -> str:
    """A text for a docstring of Python, which it does not end."""
    plain = plain_signs(text).replace("\\", "\\\\").replace('"""', "'''")
    return f"{plain[:-1]}'" if plain.endswith('"') else plain


def comment_lines(text: str) -> list[str]:
    """A text as the lines of a comment, without what marks them."""
    return plain_signs(text).split("\n")


def _escaped_sign(sign: re.Match[str]) -> str:
    return rf"\u{ord(sign[0]):04x}" if sign[0] < "\U00010000" else json.dumps(sign[0])[1:-1]
