"""Reading functions, fractions, derivatives and roots."""

from __future__ import annotations

from collections.abc import Callable

from derive.notation.latex_in import latex_vocabulary as words
from derive.notation.latex_in import tree
from derive.notation.latex_in.cursor import Cursor
from derive.notation.latex_in.latex_fractions import (
    closing_brace,
    read_argument,
    read_fraction,
    read_inline_derivative,
    read_root,
)
from derive.notation.latex_in.latex_integrals import read_integral
from derive.notation.latex_in.latex_reductions import read_big, read_cases
from derive.notation.latex_in.scripts import with_scripts
from derive.notation.latex_in.symbols import read_bracket, starts_symbol
from derive.notation.latex_in.token_records import Token


def read_operator(c: Cursor) -> tree.Node | None:
    """What begins with a command of its own, or None."""
    token = c.token
    if token.kind == "begin":
        return read_cases(c)
    if token.kind == "text":
        raise c.expected("a formula")
    if token.kind == "word" and token.text in ("argmax", "max", "min"):
        return read_big(c)
    if token.kind != "command":
        return None
    if token.text in words.REASONS:
        raise c.error(token, words.REASONS[token.text])
    return COMMANDS[token.text](c) if token.text in COMMANDS else None


def prefix_ahead(c: Cursor) -> bool:
    """Whether a function that needs no brackets stands here."""
    return c.at(*words.PREFIX)


# Functions


def read_prefixed(c: Cursor) -> tree.Node:
    """`\\log x`, `\\log(x)`, `\\sin^2 x`, `\\log_2 x`."""
    token = c.take()
    below, power = function_scripts(c, token)
    if c.at("(", "[", "\\{", "\\lbrace"):
        inner = read_bracket(c)
        if len(inner.items) > 1:
            raise c.error(inner, f"{token.text} takes one argument")
        if c.at("^"):
            raise c.error(c.token, f"this power may belong to the argument or to "
                          f"{token.text}; write {token.text}^{{…}}(…) or a bracket "
                          "around the whole")
        return with_scripts(c, tree.Applied(token.start, c.behind, words.PREFIX[token.text],
                                            inner.items, below, power))
    if c.at("+", "-"):
        raise c.expected(f"the argument of {token.text}, in brackets where it has a sign,")
    if not c.starts_factor():
        raise c.expected(f"the argument of {token.text}")
    argument, bare = read_bare_argument(c)
    return tree.Applied(token.start, c.behind, words.PREFIX[token.text], (argument,), below,
                        power, bare)


def read_bare_argument(c: Cursor) -> tuple[tree.Node, bool]:
    """An argument without brackets, and whether a factor behind it may belong to it.

    A number takes in the letters right behind it: `\\log 2\\pi\\sigma^2`.
    """
    number, group = c.token.kind == "number", c.at("{")
    argument = c.factor()
    if not isinstance(argument, tree.Number) and not (number and isinstance(
            argument, tree.Scripted)):
        return argument, not (group or isinstance(argument, tree.Big))
    factors: list[tuple[str, tree.Node]] = [("", argument)]
    while (starts_symbol(c) or c.at("\\pi", *words.ACCENTS)) and not c.token.spaced:
        factors.append(("", c.factor()))
        if not isinstance(factors[-1][1], (tree.Symbol, tree.Scripted)):
            raise c.error(factors[-1][1], "this may belong into the argument or stand beside it; "
                          "put the argument of the function into brackets")
    if len(factors) == 1:
        return argument, True
    return tree.Factors(argument.start, c.behind, tuple(factors)), True


def function_scripts(c: Cursor, token: Token) -> tuple[tree.Nodes, tree.Node | None]:
    """The scripts between a function and its argument."""
    holder = tree.Symbol(token.start, token.end, (token.text,), token.text)
    scripted = with_scripts(c, holder)
    if isinstance(scripted, tree.Scripted) and scripted.base == holder and scripted.step is None:
        return scripted.below, scripted.power
    if scripted != holder:
        raise c.error(scripted, f"a base or a power was expected at {token.text}")
    return (), None


# Commands


def _read_binomial(c: Cursor) -> tree.Node:
    token = c.take()
    parts = (read_argument(c, token), read_argument(c, token))
    return tree.Applied(token.start, c.behind, "binom", parts)


def _read_pi(c: Cursor) -> tree.Node:
    token = c.take()
    return with_scripts(c, tree.Symbol(token.start, token.end, ("pi",), "\\pi"))


def read_braced_over(c: Cursor) -> tree.Node:
    """`\\underbrace{…}_{…}`: what stands over the brace, its note left out."""
    token = c.take()
    body = read_argument(c, token)
    while c.at("_", "^"):
        c.take()
        c.place = closing_brace(c, c.place) + 1 if c.at("{") else c.place + 1
    return with_scripts(c, tree.Bracket(token.start, c.behind, "(", (body,)))


COMMANDS: dict[str, Callable[[Cursor], tree.Node]] = {
    **dict.fromkeys(words.PREFIX, read_prefixed),
    **dict.fromkeys((*words.BIG, "\\arg"), read_big),
    **dict.fromkeys(words.FRACTIONS, lambda c: with_scripts(c, read_fraction(c))),
    **dict.fromkeys(words.BINOMIALS, _read_binomial),
    **dict.fromkeys(words.BRACES, read_braced_over),
    "\\sqrt": lambda c: with_scripts(c, read_root(c)),
    "\\int": read_integral, "\\partial": read_inline_derivative, "\\pi": _read_pi,
}
