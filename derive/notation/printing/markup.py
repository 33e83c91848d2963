"""Elements of MathML Core as text: what a formula is put together from."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from derive.outgoing_text import escape

_TALL = ("<mfrac", "<munder", "<mtable", "<msqrt", "<mo>∫")
_TAG = re.compile(r"<[^>]*>")
INVISIBLE_TIMES, APPLICATION = "\u2062", "\u2061"


class Tag(str):
    """Text that is exactly one element; a sum of texts is a plain string again."""

    __slots__ = ()


def element(name: str, *parts: str, attributes: str = "") -> Tag:
    """An element with its content, which is markup already."""
    return Tag(f"<{name}{attributes}>{''.join(parts)}</{name}>")


def as_element(text: str) -> Tag:
    """Markup as one element: itself, or a row."""
    return text if isinstance(text, Tag) else element("mrow", text)


def identifier(name: str) -> Tag:
    """A name: one letter in italics, more upright, as MathML has it by itself."""
    return element("mi", escape(name))


def upright(name: str) -> Tag:
    """A name that stays upright, if it is a single letter too."""
    return element("mi", escape(name), attributes=' mathvariant="normal"' * (len(name) == 1))


def digits(text: str) -> Tag:
    """A number without a sign."""
    return element("mn", text)


def operator(sign: str, attributes: str = "") -> Tag:
    """An operator."""
    return element("mo", escape(sign), attributes=attributes)


def words(text: str) -> Tag:
    """Words in a formula; spaces at their ends stay."""
    kept = text.replace(" ", "\u00a0") if text.strip() == "" else re.sub(
        r"^ | $", "\u00a0", text)
    return element("mtext", escape(kept))


def fraction(above: str, below: str) -> Tag:
    """One over the other."""
    return element("mfrac", as_element(above), as_element(below))


def scripts(base: str, below: str = "", above: str = "") -> Tag:
    """A base with what stands below and above at its right."""
    if below and above:
        return element("msubsup", as_element(base), as_element(below), as_element(above))
    if above:
        return element("msup", as_element(base), as_element(above))
    return element("msub", as_element(base), as_element(below)) if below else as_element(base)


def under(base: str, below: str) -> Tag:
    """An operator with what stands under it."""
    return element("munder", as_element(base), as_element(below))


def fenced(left: str, inner: str, right: str) -> Tag:
    """Between brackets, which grow only where what they hold is tall."""
    grow = "" if any(tag in inner for tag in _TALL) else ' stretchy="false"'
    forms = (' form="prefix"', ' form="postfix"') if left == right else ("", "")
    return element("mrow", operator(left, forms[0] + grow), inner,
                   operator(right, forms[1] + grow))


def listed(parts: Sequence[str]) -> str:
    """Parts with commas between them; one alone stays one element."""
    return parts[0] if len(parts) == 1 else operator(",").join(parts)


def table(rows: Iterable[Iterable[str]], kind: str) -> Tag:
    """A table; `kind` is its class, by which the page lines it up."""
    made = (element("mtr", *(element("mtd", cell) for cell in row)) for row in rows)
    return element("mtable", *made, attributes=f' displaystyle="true" class="{kind}"')


def bare(text: str) -> str:
    """What is read of markup: its text without the elements."""
    return _TAG.sub("", text)


def formula(body: str, tex: str, text: str, display: bool = False, sized: bool = True) -> str:
    """A whole `math` element, with its LaTeX as an annotation and `text` for readers without it.

    Where there is no text, there is no annotation. Large signs and fractions have their full
    size, also within a line of words, unless a style sheet decides on it (`sized` is false).
    """
    mode = ' display="block"' if display else ' displaystyle="true"' * sized
    if not text:
        return f"<math{mode}>{body}</math>"
    note = element("annotation", escape(tex), attributes=' encoding="application/x-tex"')
    return (f'<math{mode} alttext="{escape(text)}">'
            f"<semantics>{as_element(body)}{note}</semantics></math>")
