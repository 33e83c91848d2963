"""Reading what stands below and above a part: subscripts, powers, steps, primes, transposes."""

from __future__ import annotations

from dataclasses import replace

from derive.notation.latex_in import latex_vocabulary as words
from derive.notation.latex_in.symbols import Symbols
from derive.notation.latex_in.tokens import Token
from derive.notation.latex_in.tree import (
    Bracket,
    Factorial,
    Node,
    Scripted,
    Symbol,
    Transposed,
)

_TRANSPOSES = ("\\top", "\\intercal")


class Scripts(Symbols):
    """Reads scripts."""

    def scripts(self, base: Node) -> Node:
        """The base with what stands below and above it."""
        below: tuple[Node, ...] = ()
        power: Node | None = None
        primes, transposed = 0, False
        while self.at("_", "^", "'"):
            token = self.take()
            if token.text == "'":
                primes += 1
            elif token.text == "_":
                if below:
                    raise self.error(token, "a second subscript; put the first into braces")
                below = self.subscripts(token)
            elif self.transposes(base):
                transposed = True
            else:
                if power is not None:
                    raise self.error(token, "a second superscript; put the first into braces")
                power = self.superscript(token)
                if isinstance(power, Symbol) and power.sign == "'":
                    primes, power = primes + 1, None
        return self.assembled(base, below, power, primes, transposed)

    def assembled(self, base: Node, below: tuple[Node, ...], power: Node | None, primes: int,
                  transposed: bool) -> Node:
        """The base with its scripts, by their meaning."""
        step: Node | None = None
        starred = isinstance(power, Symbol) and power.sign == "*"
        if primes or starred:
            if not isinstance(base, Symbol):
                raise self.error(base, "a prime or a star is read after a letter")
            names = tuple(f"{n}_star" for n in base.names) if starred else base.names
            marked = replace(base, primes=primes, end=self.behind, names=names)
            return self.assembled(marked, below, None if starred else power, 0, transposed)
        if isinstance(power, Bracket) and power.kind == "(" and len(power.items) == 1 and \
                isinstance(base, Symbol):
            step, power = power.items[0], None
        whole: Node = base
        if below or power is not None or step is not None:
            whole = Scripted(base.start, self.behind, base, below, power, step)
        if transposed:
            whole = Transposed(base.start, self.behind, whole)
        if self.took("!"):
            whole = Factorial(base.start, self.behind, whole)
            if self.at("!"):
                raise self.error(self.token, "a second factorial; put the first into brackets")
        return whole

    def subscripts(self, token: Token) -> tuple[Node, ...]:
        """What stands below: one part, or several between commas."""
        with self.nested():
            body = self.group() if self.at("{") else self.single(token)
        return body.items if isinstance(body, Bracket) and body.kind == "{" else (body,)

    def superscript(self, token: Token) -> Node:
        """What stands above."""
        if self.at("\\star", "*", "\\ast", "\\prime"):
            return self.starred(self.take())
        if self.at("{") and self.ahead.text in ("\\star", "*", "\\ast", "\\prime") and \
                self.tokens[self.place + 2].text == "}":
            self.take()
            star = self.starred(self.take())
            self.take()
            return star
        with self.nested():
            body = self.group() if self.at("{") else self.single(token)
        if isinstance(body, Bracket) and body.kind == "{":
            if len(body.items) != 1:
                raise self.error(body, "one power or step was expected here")
            return body.items[0]
        return body

    def starred(self, token: Token) -> Symbol:
        sign = "'" if token.text == "\\prime" else "*"
        return Symbol(token.start, token.end, (sign,), sign)

    def transposes(self, base: Node) -> bool:
        """Whether the superscript here is the sign of a transpose, which is passed then."""
        group = self.at("{")
        place = self.place + group
        token = self.tokens[place]
        upright = token.text in words.FONTS and self.tokens[place + 1].text in ("T", "{")
        wide = 1
        if upright:
            wide = 4 if self.tokens[place + 1].text == "{" else 2
            if "T" not in [t.text for t in self.tokens[place + 1 : place + 3]]:
                return False
        elif not (token.text in _TRANSPOSES or
                  (token.text == "T" and token.kind == "letter" and not self.declared("T"))):
            return False
        if group and self.tokens[min(place + wide, len(self.tokens) - 1)].text != "}":
            return False
        self.place = place + wide + group
        return True
