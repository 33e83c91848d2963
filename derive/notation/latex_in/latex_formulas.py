"""Reading conditions, sums, products and their factors."""

from __future__ import annotations

from dataclasses import replace

from derive.notation.latex_in import latex_vocabulary as words
from derive.notation.latex_in import tree
from derive.notation.latex_in.cursor import Cursor, Grammar
from derive.notation.latex_in.latex_commands import (
    COMMANDS,
    applied_or_scripted,
    prefix_ahead,
    read_operator,
)
from derive.notation.latex_in.scripts import with_scripts
from derive.notation.latex_in.symbols import (
    read_accented,
    read_bars,
    read_bracket,
    read_condition_of_indicator,
    read_group,
    read_symbol,
    starts_symbol,
)

_STARTS = frozenset((*words.LETTERS, *words.ACCENTS, *words.FONTS, *words.OPENING, *words.BARS,
                     *COMMANDS))


def _condition(c: Cursor) -> tree.Node:
    """Conditions joined by `or`, each of conditions joined by `and`."""
    return _joined(c, "or")


def _joined(c: Cursor, word: str) -> tree.Node:
    items = [_joined(c, "and") if word == "or" else read_comparison(c)]
    while c.at(*words.JUNCTIONS[word]) or at_word(c, word):
        c.take()
        items.append(_joined(c, "and") if word == "or" else read_comparison(c))
    if len(items) == 1:
        return items[0]
    return tree.Junction(items[0].start, c.behind, word, tuple(items))


def at_word(c: Cursor, *texts: str) -> bool:
    """Whether one of these words stands here as text."""
    return c.token.kind == "text" and c.token.text.strip(" ,~") in texts


def read_comparison(c: Cursor) -> tree.Node:
    """A formula, or formulas with relations between them."""
    with c.nested():
        if c.at("\\neg", "\\lnot") or at_word(c, "not"):
            start = c.take()
            return tree.Negation(start.start, c.behind, read_comparison(c))
        items, relations = [c.formula()], []
        while c.at(*words.RELATIONS) and not ends_row(c):
            relations.append(words.RELATIONS[c.take().text])
            items.append(c.formula())
    if not relations:
        return items[0]
    return tree.Comparison(items[0].start, c.behind, tuple(items), tuple(relations))


def ends_row(c: Cursor) -> bool:
    """Whether an equals sign here joins the sides of an equation."""
    return c.rows > 0 and c.depth == 1 and c.at("=")


def _formula(c: Cursor) -> tree.Node:
    """Terms with signs between them."""
    with c.nested():
        start = c.token
        sign = c.take().text if c.at("+", "-") else "+"
        terms = [(sign, c.term())]
        while c.at("+", "-"):
            sign = c.take().text
            terms.append((sign, c.term()))
    if len(terms) == 1 and sign == "+" and terms[0][0] == "+":
        return terms[0][1]
    return tree.Terms(start.start, c.behind, tuple(terms))


def _term(c: Cursor) -> tree.Node:
    """Factors side by side, or with a sign between them."""
    factors = [("", c.factor())]
    while True:
        if c.at(*words.TIMES, "/"):
            check_bare(c, factors[-1][1])
            sign = c.take()
            if c.at("+", "-"):
                raise c.expected("a factor in brackets")
            factors.append((sign.text, c.factor()))
        elif c.starts_factor():
            check_beside(c, factors[-1])
            factors.append(("", c.factor()))
        else:
            break
    if len(factors) == 1:
        return factors[0][1]
    return tree.Factors(factors[0][1].start, c.behind, tuple(factors))


def check_bare(c: Cursor, factor: tree.Node) -> None:
    """Refuses a factor after `\\log x`, which may belong to its argument."""
    if not isinstance(factor, (tree.Applied, tree.Derivative)) or not factor.bare:
        return
    name = c.text[factor.start : factor.end].strip()
    name = name if len(name) < 30 else f"{name[:27]}…"
    raise c.error(c.token, f"this may belong into {name} or stand beside it; "
                  "put the argument of the function into brackets")


def check_beside(c: Cursor, last: tuple[str, tree.Node]) -> None:
    """Refuses a factor beside others whose place is not certain."""
    if last[0] == "/":
        raise c.error(c.token, "this may stand above or below the line of the "
                      "fraction; write \\frac{…}{…} or brackets")
    if not prefix_ahead(c):
        check_bare(c, last[1])
    if c.token.kind == "number":
        raise c.error(c.token, "a number after a factor; write \\cdot for a product, "
                      "braces for more than one sign in a script, x^{10}")
    if c.at("[") and not c.token.side and isinstance(last[1], (tree.Symbol, tree.Scripted)):
        raise c.error(c.token, "an operator was expected here; a subscript is written "
                      "o_i, a product with \\left[ or round brackets")


def _starts_factor(c: Cursor) -> bool:
    """Whether a factor begins here."""
    token = c.token
    if c.closes_bar():
        return False
    if token.kind in ("letter", "word", "number"):
        return True
    if token.kind == "begin":
        return token.text == "cases"
    if token.kind == "sign":
        return token.text in ("(", "[", "{", "|")
    return token.kind == "command" and token.text in _STARTS


def _factor(c: Cursor) -> tree.Node:
    """A function, an operator, or an atom with its scripts."""
    with c.nested():
        operator = read_operator(c)
        if operator is not None:
            return operator
        token = c.token
        if starts_symbol(c):
            return applied_or_scripted(c, read_symbol(c))
        if token.text in words.ACCENTS or token.text in words.FONTS:
            body = read_accented(c)
            return applied_or_scripted(c, body) if isinstance(body, tree.Symbol) \
                else with_scripts(c, body)
        if token.kind == "number":
            c.take()
            number = tree.Number(token.start, token.end, token.text)
            return indicator_of_digit(c, number) or with_scripts(c, number)
        if c.at("{"):
            return with_scripts(c, read_braced(c))
        if c.at(*words.OPENING):
            return with_scripts(c, iverson(read_bracket(c)))
        if c.at(*words.BARS):
            return with_scripts(c, read_bars(c))
    raise c.expected("a formula")


def read_braced(c: Cursor) -> tree.Node:
    """A group in braces, which are brackets that are not seen."""
    start = c.token
    body = read_group(c)
    if isinstance(body, tree.Bracket) and body.kind == "{" and len(body.items) > 1:
        raise c.error(body, "one formula was expected here")
    if isinstance(body, (tree.Symbol, tree.Number, tree.Scripted)):
        return replace(body, start=start.start, end=c.behind) if not isinstance(
            body, tree.Scripted) else tree.Bracket(start.start, c.behind, "{", (body,))
    return tree.Bracket(start.start, c.behind, "(", (body,))


def indicator_of_digit(c: Cursor, number: tree.Number) -> tree.Node | None:
    """`1_{m = T}`: an indicator with a plain 1."""
    if number.text != "1" or not c.at("_"):
        return None
    return read_condition_of_indicator(c, c.tokens[c.place - 1])


def iverson(bracket: tree.Bracket) -> tree.Node:
    """`[i = y]`: 1 where the condition holds."""
    if bracket.kind == "[" and len(bracket.items) == 1 and \
            isinstance(bracket.items[0], (tree.Comparison, tree.Junction, tree.Negation)):
        return tree.Indicator(bracket.start, bracket.end, bracket.items)
    return bracket


GRAMMAR = Grammar(_condition, _formula, _term, _factor, _starts_factor)
