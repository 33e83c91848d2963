"""Reading what stands below and above a part: subscripts, powers, steps, primes, transposes."""

from __future__ import annotations

from dataclasses import replace

from derive.notation.latex_in import latex_vocabulary as words
from derive.notation.latex_in.cursor import Cursor
from derive.notation.latex_in.symbols import read_group, read_single
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


def with_scripts(c: Cursor, base: Node) -> Node:
    """The base with what stands below and above it."""
    below: tuple[Node, ...] = ()
    power: Node | None = None
    primes, transposed = 0, False
    while c.at("_", "^", "'"):
        token = c.take()
        if token.text == "'":
            primes += 1
        elif token.text == "_":
            if below:
                raise c.error(token, "a second subscript; put the first into braces")
            below = read_subscripts(c, token)
        elif transposes(c, base):
            transposed = True
        else:
            if power is not None:
                raise c.error(token, "a second superscript; put the first into braces")
            power = read_superscript(c, token)
            if isinstance(power, Symbol) and power.sign == "'":
                primes, power = primes + 1, None
    return assembled(c, base, below, power, primes, transposed)


def assembled(c: Cursor, base: Node, below: tuple[Node, ...], power: Node | None, primes: int,
              transposed: bool) -> Node:
    """The base with its scripts, by their meaning."""
    step: Node | None = None
    starred = isinstance(power, Symbol) and power.sign == "*"
    if primes or starred:
        if not isinstance(base, Symbol):
            raise c.error(base, "a prime or a star is read after a letter")
        names = tuple(f"{n}_star" for n in base.names) if starred else base.names
        marked = replace(base, primes=primes, end=c.behind, names=names)
        return assembled(c, marked, below, None if starred else power, 0, transposed)
    if isinstance(power, Bracket) and power.kind == "(" and len(power.items) == 1 and \
            isinstance(base, Symbol):
        step, power = power.items[0], None
    whole: Node = base
    if below or power is not None or step is not None:
        whole = Scripted(base.start, c.behind, base, below, power, step)
    if transposed:
        whole = Transposed(base.start, c.behind, whole)
    if c.took("!"):
        whole = Factorial(base.start, c.behind, whole)
        if c.at("!"):
            raise c.error(c.token, "a second factorial; put the first into brackets")
    return whole


def read_subscripts(c: Cursor, token: Token) -> tuple[Node, ...]:
    """What stands below: one part, or several between commas."""
    with c.nested():
        body = read_group(c) if c.at("{") else read_single(c, token)
    return body.items if isinstance(body, Bracket) and body.kind == "{" else (body,)


def read_superscript(c: Cursor, token: Token) -> Node:
    """What stands above."""
    if c.at("\\star", "*", "\\ast", "\\prime"):
        return _starred(c, c.take())
    if c.at("{") and c.ahead.text in ("\\star", "*", "\\ast", "\\prime") and \
            c.tokens[c.place + 2].text == "}":
        c.take()
        star = _starred(c, c.take())
        c.take()
        return star
    with c.nested():
        body = read_group(c) if c.at("{") else read_single(c, token)
    if isinstance(body, Bracket) and body.kind == "{":
        if len(body.items) != 1:
            raise c.error(body, "one power or step was expected here")
        return body.items[0]
    return body


def _starred(c: Cursor, token: Token) -> Symbol:
    sign = "'" if token.text == "\\prime" else "*"
    return Symbol(token.start, token.end, (sign,), sign)


def transposes(c: Cursor, base: Node) -> bool:
    """Whether the superscript here is the sign of a transpose, which is passed then."""
    group = c.at("{")
    place = c.place + group
    token = c.tokens[place]
    upright = token.text in words.FONTS and c.tokens[place + 1].text in ("T", "{")
    wide = 1
    if upright:
        wide = 4 if c.tokens[place + 1].text == "{" else 2
        if "T" not in [t.text for t in c.tokens[place + 1 : place + 3]]:
            return False
    elif not (token.text in _TRANSPOSES or
              (token.text == "T" and token.kind == "letter" and not c.declared("T"))):
        return False
    if group and c.tokens[min(place + wide, len(c.tokens) - 1)].text != "}":
        return False
    c.place = place + wide + group
    return True
