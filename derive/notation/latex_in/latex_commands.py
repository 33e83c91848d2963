"""Reading functions, fractions, derivatives and roots."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from derive.errors import NotationError
from derive.notation.latex_in import latex_vocabulary as words
from derive.notation.latex_in import tree
from derive.notation.latex_in.cursor import Cursor
from derive.notation.latex_in.latex_reductions import read_big, read_cases
from derive.notation.latex_in.scripts import with_scripts
from derive.notation.latex_in.symbols import (
    is_conditioned,
    read_accented,
    read_arguments,
    read_bracket,
    read_group,
    read_single,
    read_symbol,
    starts_symbol,
)
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
    factors = [("", argument)]
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


def applied_or_scripted(c: Cursor, symbol: tree.Symbol) -> tree.Node:
    """A symbol with its scripts, or the function it stands for with its arguments."""
    scripted = with_scripts(c, symbol)
    called = call_of_the_text(c, scripted) or element_in_brackets(c, scripted)
    if called is not None:
        return called
    if not c.at("(", "[", "\\{", "\\lbrace") or c.token.spaced:
        return scripted
    base = scripted.base if isinstance(scripted, tree.Scripted) else scripted
    if not isinstance(base, tree.Symbol):
        return scripted
    below = scripted.below if isinstance(scripted, tree.Scripted) else ()
    power = scripted.power if isinstance(scripted, tree.Scripted) else None
    if isinstance(scripted, tree.Scripted) and scripted.step is not None:
        return scripted
    if base.primes and not below and power is None and slope_of(c, base):
        inner = read_bracket(c)
        return with_scripts(c, tree.Slope(symbol.start, c.behind, slope_of(c, base), inner))
    function, below = function_of(c, base, below)
    if not function or (c.at("[") and not base.word):
        return scripted
    inner = read_bracket(c)
    if function == "?":
        raise NotationError(
            f"{base.sign} is declared, and it is a function too; write {base.sign} \\cdot (…) "
            f"for the product, \\operatorname{{{function_name(c, base)}}}(…) for the "
            "function", c.text, base.start + 1, base.end - base.start)
    call = tree.Applied(symbol.start, c.behind, function, inner.items, below, power)
    return with_scripts(c, call)


def slope_of(c: Cursor, base: tree.Symbol) -> str:
    """The function whose derivative `\\sigma'` is; "" for what is none."""
    plain = replace(base, primes=0)
    if base.primes != 1 or any(c.declared(f"{n}{x}prime") for n in base.names for x in ("", "_")):
        return ""
    function = c.applies(plain)
    return "" if function == "?" or c.applies(base) else function


def call_of_the_text(c: Cursor, scripted: tree.Node) -> tree.Node | None:
    """The call of a function that the text defines, `h_\\theta(x)`, or `p(y | x)`."""
    if not c.at("(", "[", "\\{", "\\lbrace"):
        return None
    head, power = scripted, None
    if isinstance(scripted, tree.Scripted) and scripted.power is not None:
        head, power = replace(scripted, power=None), scripted.power
        head = head.base if not head.below and head.step is None else head
    symbol = head.base if isinstance(head, tree.Scripted) else head
    if not isinstance(symbol, tree.Symbol):
        return None
    known = tree.form(head) in c.questions.heads
    free = not c.questions.is_value(symbol) and not c.questions.is_array(symbol) and \
        not function_of(c, symbol, head.below if isinstance(head, tree.Scripted) else ())[0]
    subscripted = isinstance(head, tree.Scripted) and not c.token.spaced
    if not known and not (c.at("(") and free and (subscripted or is_conditioned(c))):
        return None
    arguments = read_arguments(c)
    call: tree.Node = tree.Call(scripted.start, c.behind, head, arguments)
    call = call if power is None else tree.Scripted(scripted.start, c.behind, call, (), power)
    return with_scripts(c, call)


def element_in_brackets(c: Cursor, scripted: tree.Node) -> tree.Node | None:
    """`P(x)` as the element of an array at an index."""
    if not isinstance(scripted, tree.Symbol) or not c.at("(") or c.token.spaced or \
            not c.questions.is_array(scripted):
        return None
    place = c.place
    try:
        items = read_bracket(c).items
    except NotationError:
        items = ()
    if items and all(isinstance(_start(item), tree.Symbol)
                     and not c.questions.is_value(_start(item)) for item in items):
        return with_scripts(c, tree.Scripted(scripted.start, c.behind, scripted, items))
    c.place = place
    return None


def _start(node: tree.Node) -> tree.Node:
    """What a whole number is added to, in `t - 1`; the part itself where it is no such sum."""
    if isinstance(node, tree.Terms) and len(node.terms) == 2 and node.terms[0][0] == "+" and \
            isinstance(node.terms[1][1], tree.Number):
        return node.terms[0][1]
    return node


def function_of(c: Cursor, base: tree.Symbol, below: tree.Nodes) -> tuple[str, tree.Nodes]:
    """The function that a symbol with subscripts stands for, and the subscripts left."""
    if len(below) == 1 and isinstance(below[0], tree.Number):
        sign = f"{base.sign}_{below[0].text}"
        if sign in words.SIGNS and not c.applies(base).startswith("?"):
            return words.SIGNS[sign], ()
    function = c.applies(base)
    if below and not base.word and function not in ("", "?"):
        return "", below
    return function, below


def function_name(c: Cursor, base: tree.Symbol) -> str:
    """How a function is written where its sign is taken."""
    return words.SIGNS.get(base.sign, base.name)


# Fractions, roots, derivatives


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
    bare = not isinstance(factors[-1][1], (tree.Bracket, tree.Big)) and not (
        len(factors) > 1 and isinstance(getattr(factors[-1][1], "base", None), tree.Bracket))
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
    "\\partial": read_inline_derivative, "\\pi": _read_pi,
}
