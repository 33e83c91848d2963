"""Formulas as people type them, read by precedence: the judge's own reading of `2x^2`, `|x|`.

A text is parsed by a grammar of its own and written out in Python's syntax with every bracket, so
that nothing depends on what binds tighter. What has two readings has none here.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from functools import lru_cache

from derive.judge.reading.typed_signs import (
    LOW,
    TypedTokens,
    applied_names,
    is_syntax,
    lowered,
    plain_name,
)


@lru_cache(maxsize=4096)
def in_syntax(text: str) -> str:
    """A formula in Python's syntax: as it is, if it is typed so; else read and bracketed.

    Raises NotationError.
    """
    return text if is_syntax(text) else _Reader(text).all()


class _Reader(TypedTokens):
    """A parser by precedence; each method gives the text of what it has read, in brackets."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.bars: tuple[str, ...] = ()  # those that are open here
        self.tower = False  # whether the factor read last has an exponent

    def all(self) -> str:
        made = self.case()
        if self.kind != "end":
            raise self.error(f"{self.parts[self.at][1]!r} was not expected")
        return made

    def case(self) -> str:
        made = self.either()
        if self.word != "if":
            return made
        self.at += 1
        test = self.either()
        self.need("else")
        return f"({made} if {test} else {self.case()})"

    def either(self) -> str:
        return self.chain(lambda: self.chain(self.negation, ("and",)), ("or",))

    def negation(self) -> str:
        if self.word == "not":
            self.at += 1
            return f"(not {self.negation()})"
        made, compared = self.sum(), False
        while self.word in ("<", "<=", "==", "!=", ">=", ">"):
            made += f" {self.take()} {self.sum()}"
            compared = True
        return f"({made})" if compared else made

    def chain(self, part: Callable[[], str], signs: tuple[str, ...]) -> str:
        made = first = part()
        while self.word in signs:
            made += f" {self.take()} {part()}"
        return made if made is first else f"({made})"

    # Arithmetic

    def sum(self) -> str:
        return self.chain(self.product, ("+", "-"))

    def product(self) -> str:
        """Factors with and without signs between them; of several, in brackets."""
        first = made = sign = ""
        while True:
            factor, closed = self.signed()
            first = first or factor
            made += f" {sign} {factor}" if made else factor
            while self.starts():
                if sign in ("/", "//", "%") or not closed:
                    raise self.error("a product without a sign has two readings here")
                other, closed = self.power()
                made += f" * {other}"
            if self.word not in ("*", "/", "@", "//", "%"):
                return made if made == first else f"({made})"
            sign = self.take()

    def signed(self) -> tuple[str, bool]:
        """A factor with its signs; whether a factor without sign may follow."""
        if self.word in ("-", "+"):
            sign = self.take()
            made, closed = self.signed()
            return f"({sign}{made})", closed
        return self.power()

    def power(self) -> tuple[str, bool]:
        """A base with its exponents; one without brackets takes no factor without sign."""
        base, raised = self.postfix()
        self.tower = self.word == "**"
        if not self.tower:
            return base, True
        if raised:
            raise self.error("a power of raised signs")
        self.at += 1
        bracketed = self.word in ("(", "{")
        if self.word == "{":
            self.at += 1
            exponent = self.case()
            self.need("}")
            if self.kind == "high" or self.word == "**":
                raise self.error("a power of an exponent in braces")
            self.tower = True
            return f"({base} ** {exponent})", True
        first = self.at
        exponent, closed = self.exponent()
        closed = closed and (self.tower or (bracketed and self.spans(first)))
        self.tower = True
        return f"({base} ** {exponent})", closed

    def exponent(self) -> tuple[str, bool]:
        if self.word in ("-", "+"):
            sign = self.take()
            return f"({sign}{self.exponent()[0]})", False
        return self.power()

    def spans(self, first: int) -> bool:
        """Whether the bracket that opens at a token is the last that was closed."""
        depth = 0
        for place in range(first, self.at):
            kind, word, _, _ = self.parts[place]
            if kind == "sign":
                depth += (word in "([{" and word != "") - (word in ")]}" and word != "")
            if depth == 0 and place < self.at - 1:
                return self.parts[place + 1][0] == "high" or self.parts[place + 1][1] in "[."
        return True

    def starts(self) -> bool:
        """Whether a factor begins here, without a sign before it. Raises NotationError."""
        kind, last = self.kind, self.parts[self.at - 1]
        if kind not in ("number", "name", "half") and self.word not in ("(", "√", "|", "||", "{"):
            return False
        if self.word in ("|", "||") and self.bars:
            return False
        self.check_beside(last)
        return True

    def check_beside(self, last: tuple[str, str, int, int]) -> None:
        """Raises NotationError for what stands beside a factor and is no product for certain."""
        if last[1] in ("|", "||"):
            raise self.error("a product beside bars")
        if self.word == "{" or self.kind == "number":
            raise self.error("a number or a brace without a sign before it")
        beside = self.word in ("|", "||", "√") or self.applied() or last[1] == "π"
        if last[0] == "name" and last[1][-1] not in LOW[10:] and (
                last[1] in applied_names() or not beside):
            raise self.error("two names side by side")
        if last[0] == "number" and self.touches() and self.parts[self.at][1] in ("e", "E"):
            follows = self.parts[self.at + 1]
            if follows[1] != "**" and follows[0] != "high":
                raise self.error("a number without its exponent")

    def applied(self) -> bool:
        """Whether a function with its brackets comes next, log(p), or a power of e."""
        word, (kind, after, _, _) = self.parts[self.at][1], self.parts[self.at + 1]
        return after == "**" or kind == "high" if word == "e" else \
            word in applied_names() and after == "("

    def postfix(self) -> tuple[str, bool]:
        """An operand with what is attached to it; whether raised signs end it."""
        made = self.operand()
        kind, word, _, _ = self.parts[self.at - 1]
        named = kind == "name" and word != "π" and made.isidentifier()
        while self.word in ("[", ".") or (self.word == "(" and named):
            made = self.attribute(made) if self.word == "." else \
                f"{made}[{self.listed(']')}]" if self.word == "[" else \
                f"{made}({self.listed(')')})"
            named = False
        if self.kind != "high":
            return made, False
        return self.raised(made, named)

    def raised(self, made: str, named: bool) -> tuple[str, bool]:
        if named and made in applied_names():
            raise self.error("a power of a function's name")
        word = self.take()
        if word == "ᵀ":
            return f"{made}.T", False
        if self.kind == "high":
            raise self.error("a power of a power")
        exponent = unicodedata.normalize("NFKC", word).replace("−", "-")
        return f"({made} ** ({exponent}))", True

    def attribute(self, made: str) -> str:
        """x.sum() and A.T."""
        self.at += 1
        name = self.take()
        if name == "T":
            return f"{made}.T"
        if name in ("sum", "prod", "mean", "max", "min") and self.word == "(" \
                and self.parts[self.at + 1][1] == ")":
            self.at += 2
            return f"{name}({made})"
        raise self.error("a dot after a name")

    def listed(self, closing: str) -> str:
        """What stands between brackets: formulas, or one for each value of an index."""
        self.at += 1
        outside, self.bars = self.bars, ()
        parts = []
        while self.word != closing:
            parts.append(self.case() + self.over())
            if self.word == ",":
                self.at += 1
            elif self.word != closing:
                raise self.error(f"{closing!r} was expected")
        self.at += 1
        self.bars = outside
        return ", ".join(parts)

    def over(self) -> str:
        """`for k in K if …`, as often as it stands there."""
        made = ""
        while self.word == "for":
            self.at += 1
            letter = plain_name(self.take())
            self.need("in")
            made += f" for {letter} in {plain_name(self.take())}"
            while self.word == "if":
                self.at += 1
                made += f" if {self.either()}"
        return made

    def operand(self) -> str:
        kind, word = self.kind, self.word
        if kind == "number":
            return self.number()
        if kind == "half":
            return f"({unicodedata.normalize('NFKC', self.take()).replace('⁄', '/')})"
        if kind == "name":
            return self.name()
        if word in ("(", "["):
            return f"({self.listed(')' if word == '(' else ']')})"
        if word in ("|", "||"):
            return self.within_bars(word)
        if word == "√":
            self.at += 1
            return self.root()
        raise self.error("a formula was expected")

    def number(self) -> str:
        word = self.take()
        after = self.parts[self.at]
        if word == "0" and self.touches() and re.match("[xXbBoO][0-9a-fA-F]", after[1]):
            raise self.error("a number in another base")
        return word

    def name(self) -> str:
        """A name; lowered letters behind it are subscripts."""
        word = self.take()
        letters = word.lstrip() and re.search(f"[{LOW[10:]}]+$", word)
        if not letters:
            return plain_name(lowered(word))
        places = ", ".join(unicodedata.normalize("NFKC", c) for c in letters[0])
        return f"{plain_name(lowered(word[:letters.start()]))}[{places}]"

    def root(self) -> str:
        if self.word == "(":
            return f"sqrt({self.listed(')')})"
        if self.kind not in ("name", "number"):
            raise self.error("a root without brackets")
        made = self.number() if self.kind == "number" else self.name()
        if self.kind in ("number", "name", "high", "half") or self.word in ("(", "[", "**", "."):
            raise self.error("a root without brackets")
        return f"sqrt({made})"

    def within_bars(self, bar: str) -> str:
        """|x| or ‖x‖: the inside is a formula that ends where the bars close."""
        self.at += 1
        self.bars = (*self.bars, bar)
        inner = self.case()
        if bar == "|" and self.word == "||" and self.bars[-2:-1] == ("|",):
            kind, _, start, end = self.parts[self.at]  # it closes both
            self.parts[self.at:self.at + 1] = [(kind, "|", start, start), (kind, "|", start, end)]
        self.need(bar)
        self.bars = self.bars[:-1]
        if bar == "|":
            return f"abs({inner})"
        if self.touches() and self.parts[self.at][1] in ("_2", "₂"):  # its order
            self.at += 1
            self.parts[self.at - 1] = ("sign", "||", *self.parts[self.at - 1][2:])
        return f"norm({inner})"
