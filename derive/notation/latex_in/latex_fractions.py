"""Reading fractions, roots and derivatives."""

from __future__ import annotations

from dataclasses import replace

from derive.notation.latex_in import latex_vocabulary as words
from derive.notation.latex_in import tree
from derive.notation.latex_in.cursor import Cursor
from derive.notation.latex_in.scripts import with_scripts
from derive.notation.latex_in.symbols import (
    read_accented,
    read_bracket,
    read_group,
    read_single,
    read_symbol,
    starts_symbol,
)
from derive.notation.latex_in.token_records import Token


def read_argument(c: Cursor, token: Token) -> tree.Node:
    """An argument of a command: a group, or one token."""
    with c.nested():
        if c.at("{"):
            body = read_group(c)
            if isinstance(body, tree.Bracket) and body.kind == "{" and len(body.items) == 1:
                return body.items[0]
            if isinstance(body, tree.Bracket) and body.kind == "{":
                raise c.error(body, "one formula was expected here")
            return body
        return read_single(c, token)


def read_fraction(c: Cursor) -> tree.Node:
    """`\\frac{a}{b}`, or a derivative."""
    token = c.take()
    sign = differential(c)
    if sign:
        return read_derivative(c, token, sign)
    above = read_argument(c, token)
    below = read_argument(c, token)
    return tree.Fraction(token.start, c.behind, above, below)


def differential(c: Cursor) -> str:
    """The sign of a derivative where the fraction here is one: `\\partial`, `d`, or none."""
    if not c.at("{"):
        return ""
    if c.ahead.text == "\\partial":
        return "\\partial"
    place = closing_brace(c, c.place) + 1
    upright = [c.tokens[min(p, len(c.tokens) - 1)] for p in (c.place + 1, place + 1)]
    both = all(t.kind in ("letter", "word") and t.text == "d" for t in upright)
    if not both or c.declared("d") or c.tokens[place].text != "{":
        return ""
    return "d"


def closing_brace(c: Cursor, place: int) -> int:
    """The place of the brace that closes the one at a place."""
    depth = 0
    for end in range(place, len(c.tokens)):
        depth += {"{": 1, "}": -1}.get(c.tokens[end].text, 0)
        if depth == 0:
            return end
    return len(c.tokens) - 1


def read_derivative(c: Cursor, token: Token, sign: str) -> tree.Node:
    """`\\frac{\\partial L}{\\partial o_i}` or `\\frac{\\partial}{\\partial z} f(z)`."""
    c.take()
    c.take()
    order = read_order(c)
    body = None if c.at("}") else c.formula()
    c.expect("}", "")
    c.expect("{", "of the variable")
    by: list[tree.Node] = []
    while c.at(sign) or (sign == "d" and c.token.text == "d"):
        c.take()
        variable = read_variable(c)
        power = variable.power if isinstance(variable, tree.Scripted) else None
        if isinstance(variable, tree.Scripted) and isinstance(power, tree.Number):
            variable = replace(variable, power=None) if variable.below else variable.base
        by += [variable] * (read_small(c, power) if isinstance(power, tree.Number) else 1)
    if not by:
        raise c.expected(f"{sign} and a variable")
    c.expect("}", "after the variable")
    if len(by) != order:
        raise c.error(by[0], f"the derivative is of order {order}, these are {len(by)} "
                      "variables")
    if body is not None:
        return tree.Derivative(token.start, c.behind, body, tuple(by))
    return read_differentiated(c, token, tuple(by))


def read_differentiated(c: Cursor, token: Token, by: tree.Nodes) -> tree.Node:
    """The product behind `\\frac{\\partial}{\\partial z}`.

    Factors before the first one that holds the variable belong to it: alone they would give 0.
    """
    if not c.starts_factor():
        raise c.expected("what is differentiated")
    factors = [("", c.factor())]
    while c.starts_factor() and not holds(factors[-1][1], by) and not isinstance(
            factors[-1][1], (tree.Bracket, tree.Big)):
        factors.append(("", c.factor()))
    body = factors[0][1] if len(factors) == 1 else \
        tree.Factors(factors[0][1].start, c.behind, tuple(factors))
    bare = len(factors) > 1 or not isinstance(body, (tree.Bracket, tree.Big))
    return tree.Derivative(token.start, c.behind, body, by, bare)


def holds(node: tree.Node, by: tree.Nodes) -> bool:
    """Whether the letter of a variable stands in a part."""
    bases = {tree.form(b.base if isinstance(b, tree.Scripted) else b) for b in by}
    return any(tree.form(part) in bases for part in node.walk())


def read_variable(c: Cursor) -> tree.Node:
    """The variable of a derivative."""
    if starts_symbol(c):
        return with_scripts(c, read_symbol(c))
    if c.token.text not in (*words.ACCENTS, *words.FONTS):
        raise c.expected("a variable")
    return with_scripts(c, read_accented(c))


def read_order(c: Cursor) -> int:
    """The order of a derivative, `\\partial^2`."""
    if not c.took("^"):
        return 1
    with c.nested():
        body = read_argument(c, c.token)
    return read_small(c, body)


def read_small(c: Cursor, node: tree.Node) -> int:
    """A whole number from 1 to 4."""
    if not isinstance(node, tree.Number) or node.text not in ("1", "2", "3", "4"):
        raise c.error(node, "the order of a derivative is a number from 1 to 4")
    return int(node.text)


def read_inline_derivative(c: Cursor) -> tree.Node:
    """`\\partial L / \\partial o_i`."""
    start = c.take()
    body = read_variable(c)
    c.expect("/", "and \\partial")
    c.expect("\\partial", "and the variable")
    return tree.Derivative(start.start, c.behind, body, (read_variable(c),))


def read_root(c: Cursor) -> tree.Node:
    """`\\sqrt{x}`, `\\sqrt[3]{x}`."""
    token = c.take()
    degree = read_bracket(c).items[0] if c.at("[") else None
    return tree.Root(token.start, c.behind, read_argument(c, token), degree)
