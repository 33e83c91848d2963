"""Reading antiderivatives."""

from __future__ import annotations

from derive.notation.latex_in import tree
from derive.notation.latex_in.cursor import Cursor
from derive.notation.latex_in.latex_fractions import read_variable
from derive.notation.latex_in.latex_vocabulary import CLOSING, OPENING
from derive.notation.latex_in.token_records import Token


def read_integral(c: Cursor) -> tree.Node:
    """`\\int f(z) \\, dz`: what stands before the d, by the variable behind it."""
    start = c.take()
    if c.at("_", "^"):
        raise c.error(c.token, "integrals between limits are not read; write the antiderivative, "
                      "\\int … dz")
    end = _differential(c)
    if end is None:
        raise c.error(start, "an integral ends with its variable, \\int … dz")
    mark = c.tokens[end]
    inner = Cursor(c.text, [*c.tokens[c.place:end], Token("stop", "", mark.start, mark.end)],
                   c.grammar, c.questions)
    inner.depth = c.depth
    body = inner.formula() if end > c.place else tree.Number(mark.start, mark.start, "1")
    if inner.token.kind != "stop":
        raise inner.expected("an operator, a factor or the variable of the integral")
    c.place = end + 1
    return tree.Integral(start.start, mark.end, body, read_variable(c))


def _differential(c: Cursor) -> int | None:
    """The place of the d that ends the integral here; that of an inner integral is passed."""
    depth, inner = 0, 0
    for place in range(c.place, len(c.tokens) - 1):
        token, following = c.tokens[place], c.tokens[place + 1]
        plain = token.kind in ("sign", "command")
        depth += plain and token.text in (*OPENING, "{")
        depth -= plain and token.text in (*CLOSING, "}")
        if depth < 0:
            return None
        inner += plain and token.text == "\\int"
        if depth == 0 and token.kind in ("letter", "word") and token.text == "d" and (
                following.kind in ("letter", "word") or following.text.startswith("\\")):
            if not inner:
                return place
            inner -= 1
    return None
