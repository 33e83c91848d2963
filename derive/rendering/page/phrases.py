"""Sentences with formulas in them, such as the name of a rule: the formulas become MathML.

Sentences are written in Unicode: `∂vⱼ/∂vᵢ = δᵢⱼ`, `estimate of μ put in`. A reader with a small
grammar takes from each place the longest formula; what is none stays words.
"""

from __future__ import annotations

import re
from functools import lru_cache

from derive.functions.function_records import standard_functions
from derive.notation.printing.markup import (
    APPLICATION,
    INVISIBLE_TIMES,
    Tag,
    as_element,
    digits,
    element,
    fenced,
    identifier,
    operator,
    scripts,
    upright,
)
from derive.notation.printing.pretty import SUBSCRIPTS, SUPERSCRIPTS
from derive.outgoing_text import escape

_LOW = {low: letter for letter, low in SUBSCRIPTS.items()}
_HIGH = {high: sign for sign, high in SUPERSCRIPTS.items()} | {"⁻": "−", "′": "′", "″": "″"}
_TYPED = {"'": "′", "-": "−"}
_PREFIXES = "∂Σ∫Π√"
_LETTER = rf"[^\W\d_{_PREFIXES}{''.join(_LOW)}{''.join(_HIGH)}½]"
# As it is typed: u**2, c^u, u**(c - 1); f'; μ*.
_RAISED = r"(?:\*\*|\^)(?:\d+|[^\W\d_](?!\w)|\([^()]*\))|'(?=[\s)=.,;:+/-]|$)|(?<! )\*(?=[^\w*]|$)"
_TOKEN = re.compile(
    rf"(?P<space> )|(?P<number>\d+(?:\.\d+)?(?:e-?\d+)?)|(?P<name>{_LETTER}+(?:-{_LETTER}+)*)"
    rf"|(?P<low>[{''.join(map(re.escape, _LOW))}]+|_\w+)|(?P<high>[{''.join(_HIGH)}]+|{_RAISED})"
    rf"|(?P<mark>[=+−·*/<>≤≥≠→∘∈∝≈×-])|(?P<prefix>[{_PREFIXES}])|(?P<open>[(\[|])"
    r"|(?P<close>[)\]])|(?P<rest>.)", re.DOTALL)
_CLOSING = {"(": ")", "[": "]", "|": "|"}
# Functions that have a name of three letters in print, and words of the notation beside them.
_WORDS = frozenset({"tr", "trace", "mean", "sum", "logΓ", "argmax", "onehot", "diag", "var"}) | {
    f.name for f in standard_functions().values() if f.latex == rf"\{f.name}" and len(f.name) == 3}
_ARTICLES = frozenset({"a", "A", "I"})  # letters that are words, too
_SOLIDUS = operator("/", ' lspace="0" rspace="0"')
_TIMES = operator(INVISIBLE_TIMES, ' rspace=".17em"')


@lru_cache(maxsize=4096)
def phrase(words: str, stepped: bool = False) -> str:
    """A sentence as HTML; where it is `stepped`, `h[t]` is h at a step of time."""
    reader, made, place = _Reader(words, stepped), "", 0
    while place < len(reader.tokens):
        text = reader.tokens[place][1]
        before, sign = reader.tokens[place - 1] if place else ("space", " ")
        free = before in ("space", "open", "rest") and sign not in "'’"
        read = reader.formula(place) if free else None
        if read is None:
            minus = text == "-" and before == "space" and reader.at(place + 1)[0] == "number"
            made, place = made + ("−" if minus else escape(text)), place + 1
        else:
            made, place = made + f"<math>{read[0]}</math>", read[1]
    return made


class _Reader:
    """Reads formulas; each method gives markup and the place behind it, or None."""

    def __init__(self, words: str, stepped: bool) -> None:
        self.stepped = stepped
        self.tokens = [(str(m.lastgroup), m.group()) for m in _TOKEN.finditer(words)]
        self.certain = False  # whether something was read that words are not
        self.integral = False  # whether dx may follow

    def at(self, place: int) -> tuple[str, str]:
        return self.tokens[place] if place < len(self.tokens) else ("end", "")

    def skipped(self, place: int) -> int:
        return place + (self.at(place)[0] == "space")

    def formula(self, place: int) -> tuple[str, int] | None:
        """The formula that starts here; a number or an article alone is none."""
        self.certain, self.integral = self.listed(place), False
        read = self.run(place)
        return read if read is not None and self.certain else None

    def listed(self, place: int) -> bool:
        """Whether a letter that is an article stands beside another letter, or no word: by a,"""
        texts = [self.at(place + n)[1] for n in range(5)]
        beside = texts[1:4] == [" ", "and", " "] and len(texts[4]) == 1
        named = texts[0] != "I" and (texts[1] in ("", ",", ":") or texts[1:3] == [" ", "is"])
        return texts[0] in _ARTICLES and (beside or named)

    def run(self, place: int, inner: bool = False) -> tuple[str, int] | None:
        """Terms with signs between them, or side by side."""
        read = self.term(place, inner)
        if read is None:
            return None
        made, end = read
        while True:
            further = self.goes_on(end, inner)
            if further is None:
                return made, end
            made, end = made + further[0], further[1]

    def goes_on(self, end: int, inner: bool) -> tuple[str, int] | None:
        """A sign and a further term, or a factor side by side with the last."""
        after = self.skipped(end)
        kind, text = self.at(after)
        spaced = after > end
        joint = _TIMES
        if kind == "mark" and (spaced or inner or text != "-"):
            further = self.term(self.skipped(after + 1), inner)
            joint = _SOLIDUS if text == "/" else operator({"-": "−", "*": "⋅"}.get(text, text))
            self.certain |= further is not None
        elif text == "," and inner:
            further, joint = self.term(self.skipped(after + 1), inner), operator(",")
        else:
            near = spaced or kind in ("name", "prefix")
            further = self.beside(after, inner) if near else None
        return None if further is None else (joint + further[0], further[1])

    def beside(self, place: int, inner: bool) -> tuple[str, int] | None:
        """A factor without a sign; a letter that is an article only where a formula goes on."""
        text = self.at(place)[1]
        after = self.at(self.skipped(place + 1))
        if text in _ARTICLES and after[0] in ("name", "number", "open"):
            return None
        if self.at(place)[0] == "open" and not inner:
            return None
        return self.term(place, inner)

    def term(self, place: int, inner: bool) -> tuple[str, int] | None:
        """A sign in front, and what it stands before."""
        kind, text = self.at(place)
        if kind == "prefix" or (kind == "mark" and text in "-−"):
            below, after = self.low(place + 1) if kind == "prefix" else ("", place + 1)
            self.certain |= kind == "prefix"
            self.integral |= text == "∫"
            read = self.term(self.skipped(after), inner)
            if read is None:
                return None
            sign = operator("−", ' form="prefix"') if kind == "mark" else \
                identifier(text) if text == "∂" else operator(text)
            apart = _TIMES if text == "∂" and self.at(after)[0] == "space" else ""
            return scripts(sign, below) + apart + read[0], read[1]
        return self.scripted(place, inner)

    def scripted(self, place: int, inner: bool) -> tuple[str, int] | None:
        """A name, a number or brackets, with what stands below and above, and arguments."""
        kind, text = self.at(place)
        if kind == "open":
            read = self.bracketed(place, inner)
            return None if read is None else self.raised(*read)
        if kind == "number":
            return self.raised(digits(text), place + 1)
        if kind != "name":
            return None
        single = len(text) == 1
        if not single and not self.known(text, place, inner):
            return None
        self.certain |= single and text not in _ARTICLES
        below, after = self.low(place + 1)
        name, after = self.raised(identifier(text), after, below)
        if self.at(after)[0] == "open" and self.at(after)[1] != "|":
            read = self.argument(name, after)
            if read is not None:
                below, behind = self.low(read[1])
                return self.raised(read[0], behind, below)
        return self.applied(name, after, inner) if not single else (name, after)

    def known(self, text: str, place: int, inner: bool) -> bool:
        """Whether a word is the name of a function, or stands where only a formula does."""
        called = self.at(place + 1)[1] == "("
        measure = self.integral and len(text) == 2 and text[0] == "d"
        summed = self.at(place - 2)[1] in _PREFIXES if place > 1 else False
        equal = self.at(place + 2)[1] == "="
        return inner or called or measure or (summed and equal) or text in _WORDS \
            or text in standard_functions()

    def applied(self, name: str, place: int, inner: bool) -> tuple[str, int] | None:
        """A function before its argument, as in log p; without one it is a word."""
        read = self.term(place + 1, inner) if self.at(place)[0] == "space" else None
        if read is not None and (inner or self.certain):
            return name + operator(APPLICATION) + _TIMES + read[0], read[1]
        before = self.at(place - 3)[0] if place > 2 else "end"
        if self.integral and len(self.at(place - 1)[1]) == 2:
            return name, place
        scripted = self.at(place - 1)[0] in ("low", "high")
        return (name, place) if inner or scripted or before == "prefix" else None

    def argument(self, name: str, place: int) -> tuple[str, int] | None:
        """Brackets right behind a name: arguments, or a step of time."""
        if self.stepped and self.at(place)[1] == "[":
            read = self.run(place + 1, inner=True)
            if read is None or self.at(read[1])[1] != "]":
                return None
            self.certain = True
            return scripts(name, above=fenced("(", read[0], ")")), read[1] + 1
        read = self.bracketed(place, inner=True)
        if read is None:
            return None
        self.certain = True
        return element("mrow", name, operator(APPLICATION), read[0]), read[1]

    def bracketed(self, place: int, inner: bool) -> tuple[str, int] | None:
        """What stands between brackets, which is a formula throughout; of a call, also words."""
        kept, left = self.certain, self.at(place)[1]
        read = self.run(place + 1, inner)
        if read is None or self.at(read[1])[1] != _CLOSING[left]:
            self.certain = kept
            return None
        return fenced(left, read[0], _CLOSING[left]), read[1] + 1

    def low(self, place: int) -> tuple[str, int]:
        """Subscripts, and the place behind them."""
        kind, text = self.at(place)
        if kind != "low":
            return "", place
        self.certain = True
        signs = text[1:] if text[0] == "_" else "".join(map(_LOW.__getitem__, text))
        return _row(signs), place + 1

    def raised(self, base: str, place: int, below: str = "") -> tuple[Tag, int]:
        """A base with its subscripts and what stands above it."""
        kind, text = self.at(place)
        if kind != "high":
            return scripts(base, below), place
        self.certain = True
        if len(text) > 1:
            text = re.sub(r"^(\*\*|\^)\(?|\)$| ", "", text)
        above = "".join(_TYPED.get(sign, _HIGH.get(sign, sign)) for sign in text)
        return scripts(base, below, _row(above)), place + 1


def _row(signs: str) -> Tag:
    """Signs of a script as one element."""
    parts = [digits(s) if s.isdecimal() else identifier(s) if s.isalpha() else upright(s)
             if s in "⊤" else operator(s) for s in signs]
    return as_element(parts[0] if len(parts) == 1 else "".join(parts))
