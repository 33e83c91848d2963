"""Reading what stands below and above a part: subscripts, powers, steps, primes, transposes."""

from __future__ import annotations

from dataclasses import replace

from derive.notation.latex_in import latex_vocabulary as words
from derive.notation.latex_in import tree
from derive.notation.latex_in.cursor import Cursor
from derive.notation.latex_in.symbols import read_group, read_single, split_letters
from derive.notation.latex_in.token_records import Token

_TRANSPOSES = ("\\top", "\\intercal")
_STARS = {"\\star": "*", "*": "*", "\\ast": "*", "\\prime": "'", "'": "'"}


def with_scripts(c: Cursor, base: tree.Node) -> tree.Node:
    """The base with what stands below and above it."""
    below: tree.Nodes = ()
    power: tree.Node | None = None
    primes, transposed = 0, False
    while c.at("_", "^", "'"):
        token = c.take()
        if token.text == "'":
            primes += 1
        elif token.text == "_":
            if below:
                raise c.error(token, "a second subscript; put the first into braces")
            below = read_subscripts(c, token)
        elif _is_transpose(c, base):
            transposed = True
        else:
            if power is not None:
                raise c.error(token, "a second superscript; put the first into braces")
            power = read_superscript(c, token)
            if isinstance(power, tree.Symbol) and power.sign == "'":
                primes, power = primes + 1, None
    starred = isinstance(power, tree.Symbol) and power.sign == "*"
    if primes or starred:
        base, power = _marked(c, base, primes, starred), None if starred else power
    return _assembled(c, base, below, power, transposed)


def _marked(c: Cursor, base: tree.Node, primes: int, starred: bool) -> tree.Symbol:
    """A letter with primes or a star, which are part of its name."""
    if not isinstance(base, tree.Symbol):
        raise c.error(base, "a prime or a star is read after a letter")
    names = tuple(f"{n}_star" for n in base.names) if starred else base.names
    return replace(base, primes=primes, end=c.behind, names=names)


def _assembled(c: Cursor, base: tree.Node, below: tree.Nodes, power: tree.Node | None,
               transposed: bool) -> tree.Node:
    """The base with its scripts, by their meaning; (…) above a letter is a step."""
    step: tree.Node | None = None
    if isinstance(power, tree.Bracket) and power.kind in ("(", "[") and len(power.items) == 1 and \
            isinstance(base, tree.Symbol) and not (base.sign == "e" and not c.declared("e")):
        step, power = power.items[0], None
    elif isinstance(base, tree.Symbol) and is_raised_index(c, base, below, power):
        step, power = power, None
    node: tree.Node = base
    if below or power is not None or step is not None:
        node = tree.Scripted(base.start, c.behind, base, below, power, step)
    if transposed:
        node = tree.Transposed(base.start, c.behind, node)
    if c.took("!"):
        node = tree.Factorial(base.start, c.behind, node)
        if c.at("!"):
            raise c.error(c.token, "a second factorial; put the first into brackets")
    return node


def is_raised_index(c: Cursor, base: tree.Symbol, below: tree.Nodes, power: tree.Node | None,
                    ) -> bool:
    """Whether a superscript is an index, as in `a^{l-1}_k`: of an array with an axis left."""
    start = power.terms[0][1] if isinstance(power, tree.Terms) and len(power.terms) == 2 and \
        isinstance(power.terms[1][1], tree.Number) and power.terms[0][0] == "+" else power
    parts = [p for b in below for p in split_letters(b)]
    return isinstance(start, tree.Symbol) and not c.questions.is_value(start) and \
        c.questions.rank(base) > len(parts)


def read_subscripts(c: Cursor, token: Token) -> tree.Nodes:
    """What stands below: one part, or several between commas."""
    infinite = "\\infty" in (c.token.text, c.ahead.text if c.at("{") else "")
    if infinite:  # below a norm
        sign = c.take() if c.at("\\infty") else c.tokens[c.place + 1]
        c.place += 0 if sign == c.tokens[c.place - 1] else 3
        return (tree.Symbol(sign.start, sign.end, ("inf",), "inf", word=True),)
    with c.nested():
        body = read_group(c) if c.at("{") else read_single(c, token)
    return body.items if isinstance(body, tree.Bracket) and body.kind == "{" else (body,)


def read_superscript(c: Cursor, token: Token) -> tree.Node:
    """What stands above."""
    group = int(c.at("{"))
    sign = c.tokens[c.place + group]
    if sign.kind in ("sign", "command") and sign.text in _STARS and (
            not group or c.tokens[c.place + 2].text == "}"):
        c.place += 3 if group else 1
        return tree.Symbol(sign.start, sign.end, (_STARS[sign.text],), _STARS[sign.text])
    with c.nested():
        body = read_group(c) if group else read_single(c, token)
    if isinstance(body, tree.Bracket) and body.kind == "{":
        if len(body.items) != 1:
            raise c.error(body, "one power or step was expected here")
        return body.items[0]
    return body


def _is_transpose(c: Cursor, base: tree.Node) -> bool:
    """Whether the superscript here is the sign of a transpose, which is passed then.

    A declared T is the sign of one at an array.
    """
    group = int(c.at("{"))
    signs = [t.text for t in c.tokens[c.place + group : c.place + group + 5]]
    if signs[0] in words.FONTS:  # \mathrm T, \mathrm{T}
        width = 4 if signs[1:4] == ["{", "T", "}"] else 2 if signs[1:2] == ["T"] else 0
    else:
        letter = signs[0] == "T" and c.tokens[c.place + group].kind == "letter"
        plain = not c.declared("T") or (isinstance(base, tree.Symbol)
                                        and c.questions.is_array(base))
        width = int(signs[0] in _TRANSPOSES or (letter and plain))
    if not width or (group and signs[width:width + 1] != ["}"]):
        return False
    c.place += width + 2 * group
    return True
