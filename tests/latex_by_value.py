"""Values of LaTeX by a strict small grammar of its own, which shares nothing with the reader.

What it does not know raises `UnknownLatex`; it never guesses.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Any

_TOKEN = re.compile(r"\\[A-Za-z]+|\\.|[0-9]+(?:\.[0-9]+)?|\S", re.DOTALL)
_WORDS = re.compile(r"(?<![A-Za-z\\])(exp|log|ln|tanh|max|sigmoid)(?=\()")
_FONTS = re.compile(r"\\(?:mathbf|boldsymbol|mathit|mathrm) *(?:\{([A-Za-z]+)\}|([A-Za-z]))")
_DROPPED = frozenset((r"\,", r"\;", r"\!", r"\:", r"\quad", r"\left", r"\right", r"\bigl", r"\bigr",
                      r"\limits", r"\ "))
_VARIABLES = {r"\sigma": "sigma", r"\lambda": "lam", "σ": "sigma", "λ": "lam",
              **{n: n for n in "xyza"}}
_ARRAYS = {"u": ("K",), "v": ("K",), "w": ("N",), "W": ("K", "N")}
_CLOSING = {"(": ")", "[": "]", r"\{": r"\}", "{": "}"}
_FUNCTIONS: dict[str, Callable[[float], float]] = {
    r"\sigmoid": lambda a: 1/(1 + math.exp(-a)), r"\exp": math.exp, r"\log": math.log,
    r"\ln": math.log, r"\tanh": math.tanh}
_COUNTS = {"K": "K", "d": "K", "N": "N", "m": "N"}
Part = Callable[[dict[str, Any]], float]


class UnknownLatex(Exception):
    """Something that the small grammar has no place for."""


def latex_value(text: str) -> Part:
    """The value of LaTeX as a function of values. Raises UnknownLatex."""
    plain = _FONTS.sub(lambda m: f" {m[1] or m[2]}", text)
    plain = _WORDS.sub(lambda m: f"\\{m[1]}", plain)
    reader = _Reader([t for t in _TOKEN.findall(plain) if t not in _DROPPED])
    part = reader.sum()
    if reader.at():
        raise UnknownLatex(reader.at())
    return part


class _Reader:
    """Tokens and a place in them; `bound` are the indices around it, each with its dimension."""

    def __init__(self, tokens: list[str]) -> None:
        self.tokens, self.place, self.bound = tokens, 0, {"t": "K"}

    def at(self, ahead: int = 0) -> str:
        place = self.place + ahead
        return self.tokens[place] if place < len(self.tokens) else ""

    def take(self, wanted: str = "") -> str:
        token = self.at()
        if not token or (wanted and token != wanted):
            raise UnknownLatex(token)
        self.place += 1
        return token

    def sum(self) -> Part:
        terms = [(self.take() if self.at() == "-" else "+", self.term())]
        while self.at() in ("+", "-"):
            terms.append((self.take(), self.term()))
        return lambda v: math.fsum(part(v) if sign == "+" else -part(v) for sign, part in terms)

    def term(self) -> Part:
        factors, divided = [("*", self.factor())], False
        while True:
            sign = self.at()
            if sign in (r"\cdot", r"\times", "*", "/"):
                self.take()
                divided = divided or sign == "/"
                factors.append((sign, self.factor()))
            elif self.starts():
                if divided:
                    raise UnknownLatex("a factor behind a fraction in a line")
                factors.append(("*", self.factor()))
            else:
                break

        def product(v: dict[str, Any]) -> float:
            result = 1.0
            for sign, part in factors:
                result = result / part(v) if sign == "/" else result * part(v)
            return result

        return product

    def starts(self) -> bool:
        token = self.at()
        if token[:1].isdigit():
            raise UnknownLatex("a number behind a factor")
        return token in ("(", "[", r"\{", "{", r"\frac", r"\dfrac", r"\sqrt", r"\sum", r"\prod",
                         r"\pi", "e", r"\max", r"\lvert", *_FUNCTIONS, *_VARIABLES, *_ARRAYS)

    def factor(self) -> Part:
        token = self.take()
        if token == "e":
            self.take("^")
            exponent = self.argument()
            return lambda v: math.exp(exponent(v))
        if token in (r"\sum", r"\prod"):
            return self.big(token)
        base = self.base(token)
        if self.at() == "_" or self.at() == "'":
            raise UnknownLatex("a script")
        if self.at() != "^":
            return base
        self.take()
        power = self.argument()
        if self.at() in ("^", "_", "'"):
            raise UnknownLatex("a second script")
        return lambda v: base(v)**power(v)

    def base(self, token: str) -> Part:
        if token[:1].isdigit():
            if self.at()[:1] in ("e", "E"):
                raise UnknownLatex("a number with e")
            number = float(token)
            return lambda v: number
        if token == r"\pi":
            return lambda v: math.pi
        if token in _VARIABLES:
            name = _VARIABLES[token]
            return lambda v: float(v[name])
        if token in _ARRAYS:
            return self.element(token)
        if token in (r"\frac", r"\dfrac"):
            above, below = self.group(), self.group()
            return lambda v: above(v)/below(v)
        if token == r"\sqrt":
            inner = self.group()
            return lambda v: math.sqrt(inner(v))
        if token in _FUNCTIONS:
            return self.applied(_FUNCTIONS[token])
        if token in _CLOSING:
            return self.inside(token)
        if token == r"\max":
            return self.largest()
        if token == r"\lvert":
            inner = self.sum()
            self.take(r"\rvert")
            return lambda v: abs(inner(v))
        raise UnknownLatex(token)

    def inside(self, opening: str) -> Part:
        """What stands in brackets, whose opening one is passed; `a \\over b` in braces."""
        part = self.sum()
        if opening == "{" and self.at() == r"\over":
            self.take()
            above, below = part, self.sum()
            self.take("}")
            return lambda v: above(v)/below(v)
        self.take(_CLOSING[opening])
        return part

    def applied(self, function: Callable[[float], float]) -> Part:
        opening = self.take()
        if opening not in ("(", "[", r"\{"):
            raise UnknownLatex("a function without brackets")
        inner = self.inside(opening)
        if self.at() in ("^", "_", "'"):
            raise UnknownLatex("a script at a function")
        return lambda v: function(inner(v))

    def largest(self) -> Part:
        opening = self.take()
        if opening not in ("(", r"\{"):
            raise UnknownLatex("max without brackets")
        first = self.sum()
        self.take(",")
        second = self.inside(opening)
        return lambda v: max(first(v), second(v))

    def group(self) -> Part:
        self.take("{")
        return self.inside("{")

    def argument(self) -> Part:
        """What stands above: a group, or one letter or digit."""
        if self.at() == "{":
            if self.at(1) in ("(", "["):
                raise UnknownLatex("a step")
            return self.group()
        token = self.take()
        if token.isdigit() and len(token) == 1:
            number = float(token)
            return lambda v: number
        if token in _VARIABLES:
            return self.base(token)
        raise UnknownLatex(token)

    def index(self) -> str:
        token = self.take()
        if token not in self.bound:
            raise UnknownLatex(token)
        return token

    def element(self, name: str) -> Part:
        """An entry of an array, by letters below."""
        letters = []
        if self.at() == "(" or (self.at() == "^" and self.at(1) == "{" and self.at(2) == "("):
            stepped = self.take() == "^"
            for sign in "{(" if stepped else "":
                self.take(sign)
            letters = [self.index()]
            for sign in ")}" if stepped else ")":
                self.take(sign)
        elif self.take("_") and self.at() == "{":
            self.take()
            while self.at() != "}":
                letters.append(self.index())
                if self.at() == "," and self.at(1) != "}":
                    self.take()
            self.take()
        else:
            letters = [self.index()]
        if [self.bound[i] for i in letters] != list(_ARRAYS[name]):
            raise UnknownLatex(name)
        if len(letters) == 1:
            return lambda v: float(v[name][v[letters[0]]])
        return lambda v: float(v[name][v[letters[0]]][v[letters[1]]])

    def big(self, sign: str) -> Part:
        """`\\sum_k`, `\\sum_{k=1}^{K}`: the body is a term; of a product one bracket."""
        self.take("_")
        letter, upper = self.limits()
        if letter in self.bound or letter not in ("k", "j", "n"):
            raise UnknownLatex(letter)
        dim = "N" if letter == "n" else "K"
        if upper and _COUNTS.get(upper) != dim:
            raise UnknownLatex(upper)
        self.bound[letter] = dim
        start = self.place
        body = self.factor() if sign == r"\prod" else self.term()
        if sign == r"\prod" and (self.starts() or self.at() in (r"\cdot", r"\times", "*", "/")):
            raise UnknownLatex("a product of more than a bracket")
        if letter not in self.tokens[start:self.place]:
            raise UnknownLatex("a sum over nothing")
        del self.bound[letter]
        fold = math.fsum if sign == r"\sum" else math.prod
        return lambda v: float(fold(body({**v, letter: i}) for i in range(v[dim])))

    def limits(self) -> tuple[str, str]:
        if self.at() != "{":
            return self.take(), ""
        self.take()
        letter = self.take()
        if self.at() == "}":
            self.take()
            return letter, ""
        self.take("=")
        self.take("1")
        self.take("}")
        self.take("^")
        if self.at() == "{":
            self.take()
            upper = self.take()
            self.take("}")
            return letter, upper
        return letter, self.take()
