"""Reading sums, products, maxima over an index, and cases."""

from __future__ import annotations

from derive.notation.latex_in import latex_vocabulary as words
from derive.notation.latex_in import tree
from derive.notation.latex_in.cursor import Cursor
from derive.notation.latex_in.scripts import read_superscript, with_scripts
from derive.notation.latex_in.symbols import (
    read_bracket,
    read_list,
    read_single,
    split_letters,
)
from derive.notation.latex_in.token_records import Token

_OTHERWISE = ("otherwise", "else")
_IF = ("if", "for", "when", "where")


def read_big(c: Cursor) -> tree.Node:
    """`\\sum_{k=1}^{K} f_k`: its body goes on to the next + or -."""
    token = c.take()
    name = operator_name(c, token)
    if name in ("max", "min", "argmax") and c.at("(", "\\{", "[", "\\lbrace"):
        inner = read_bracket(c)
        return with_scripts(c, tree.Applied(token.start, c.behind, name, inner.items))
    if not c.at("_", "^") and name not in ("sum", "prod"):
        raise c.expected(f"an index below {token.text}, as in {token.text}_k,")
    return read_reduction(c, token, name)


def operator_name(c: Cursor, token: Token) -> str:
    """The notation's word for a big operator; `\\arg\\max` is one."""
    if token.kind == "word":
        return token.text
    if token.text != "\\arg":
        return words.BIG[token.text]
    if not c.took("\\max"):
        raise c.expected("\\max")
    return "argmax"


def read_reduction(c: Cursor, token: Token, name: str) -> tree.Node:
    """Limits and body of a big operator."""
    binders: tree.Nodes = ()
    where: tree.Nodes = ()
    upper: tree.Node | None = None
    while c.at("_", "^"):
        if c.take().text == "_":
            if binders:
                raise c.error(c.tokens[c.place - 1], "a second lower limit")
            binders, where = read_limits(c, token)
        elif c.at("{") and c.ahead.text == "}":
            c.place += 2
        else:
            if upper is not None:
                raise c.error(c.tokens[c.place - 1], "a second upper limit")
            upper = read_superscript(c, token)
    body = read_body(c, token)
    return tree.Big(token.start, c.behind, name, binders, where, upper, body)


def read_body(c: Cursor, token: Token) -> tree.Node:
    """The body: a product, which may begin with a sign."""
    start = c.token
    if c.at("+", "-"):
        sign = c.take().text
        return tree.Terms(start.start, c.behind, ((sign, c.term()),))
    if not c.starts_factor():
        raise c.expected(f"the body of {token.text}")
    return c.term()


def read_limits(c: Cursor, token: Token) -> tuple[tree.Nodes, tree.Nodes]:
    """What stands below: symbols and bounds, and conditions after a colon or bar."""
    if not c.at("{"):
        return (read_single(c, token),), ()
    c.take()
    where: tree.Nodes = ()
    if c.took("}"):
        return (), ()
    with c.nested(), c.inside("}"):
        parts = read_list(c)
        if c.took(":", "\\colon", "|", "\\mid"):
            where = read_list(c)
    c.expect("}", "to close the limits")
    flat: list[tree.Node] = []
    for part in parts:
        flat += split_letters(part)
    for part in flat:
        if not isinstance(part, (tree.Symbol, tree.Comparison)) and len(flat) > 0 and \
                not is_condition(c, part):
            raise c.error(part, "an index was expected below the sign, as in k, k = 1 "
                          "or k \\ne y")
    return tuple(flat), where


def is_condition(c: Cursor, node: tree.Node) -> bool:
    """Whether a part below the sign is a condition."""
    return type(node).__name__ in ("Junction", "Negation")


def read_cases(c: Cursor) -> tree.Node:
    """`\\begin{cases} a & \\text{if } c \\\\ b & \\text{otherwise} \\end{cases}`."""
    start = c.take()
    if start.text not in words.CASES:
        raise c.error(start, f"the environment {start.text} is not read inside a formula")
    rows: list[tuple[tree.Node, tree.Node | None]] = []
    with c.nested(), c.inside("end"):
        while c.token.kind != "end":
            rows.append(read_case(c))
            if c.token.kind == "row":
                c.take()
            elif c.token.kind != "end":
                raise c.expected("\\\\ or \\end{cases}")
    if c.token.text != start.text:
        raise c.expected(f"\\end{{{start.text}}}")
    c.take()
    if len(rows) < 2:
        raise c.error(start, "cases have at least two rows")
    for value, condition in rows[:-1]:
        if condition is None:
            raise c.error(value, "only the last row is the one for otherwise")
    return tree.Cases(start.start, c.behind, tuple(rows))


def read_case(c: Cursor) -> tuple[tree.Node, tree.Node | None]:
    """One row: a value and its condition."""
    value = c.formula()
    c.took(",")
    c.expect("&", "before the condition of the row")
    if c.token.kind == "text":
        text = c.token.text.strip(" ,.~:$")
        if text in _OTHERWISE:
            c.take()
            c.took(".", ",")
            return value, None
        if text not in (*_IF, "not"):
            raise c.expected("\\text{if}, a condition or \\text{otherwise}")
        if text != "not":
            c.take()
    condition = c.condition()
    while c.took(",", ".", ";"):
        pass
    if isinstance(condition, (tree.Symbol, tree.Bracket)):
        raise c.error(condition, "a condition was expected, such as k = y")
    return value, condition
