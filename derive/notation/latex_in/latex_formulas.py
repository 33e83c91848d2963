"""Reading conditions, sums, products and their factors."""

from __future__ import annotations

from dataclasses import replace

from derive.notation.latex_in import latex_vocabulary as words
from derive.notation.latex_in import tree
from derive.notation.latex_in.cursor import Cursor, Grammar
from derive.notation.latex_in.latex_applications import applied_or_scripted
from derive.notation.latex_in.latex_commands import COMMANDS, prefix_ahead, read_operator
from derive.notation.latex_in.latex_dots import filled_product, filled_sum
from derive.notation.latex_in.scripts import with_scripts
from derive.notation.latex_in.symbols import (
    read_accented,
    read_bars,
    read_bracket,
    read_condition_of_indicator,
    read_group,
    read_inner,
    read_symbol,
    starts_symbol,
)

_MOST_PARTS = 2000
_OPENING, _CLOSING = {"{", *words.OPENING}, {"}", *words.CLOSING}
_STARTS = frozenset(("\\langle", *words.LETTERS, *words.ACCENTS, *words.FONTS, *words.OPENING,
                     *words.BARS, *COMMANDS))


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
        while c.at(*words.RELATIONS):
            relations.append(words.RELATIONS[c.take().text])
            items.append(c.formula())
    if not relations:
        return items[0]
    return tree.Comparison(items[0].start, c.behind, tuple(items), tuple(relations))


def _formula(c: Cursor) -> tree.Node:
    """Terms with signs between them; one of them may be dots."""
    with c.nested():
        start = c.token
        sign = c.take().text if c.at("+", "-") else "+"
        terms = [(sign, c.term())]
        dots: int | None = None
        while c.at("+", "-"):
            sign = c.take().text
            if c.at(*words.DOTS) and dots is None:
                dots = len(terms)
                c.take()
                continue
            terms.append((sign, c.term()))
            check_number(c, terms)
    if dots is not None:
        terms = filled_sum(c, terms, dots)
    if len(terms) == 1 and sign == "+" and terms[0][0] == "+":
        return terms[0][1]
    return tree.Terms(start.start, c.behind, tuple(terms))


def _term(c: Cursor) -> tree.Node:
    """Factors side by side, or with a sign between them; one of them may be dots."""
    factors = [("", c.factor())]
    dots: int | None = None
    while True:
        if c.at(*words.TIMES, "/") or at_point(c):
            check_bare(c, factors[-1][1])
            sign = c.take()
            if c.at("+", "-"):
                raise c.expected("a factor in brackets")
            if c.at(*words.DOTS) and dots is None:
                dots = len(factors)
                c.take()
                continue
            factors.append(("\\cdot" if sign.text == "." else sign.text, c.factor()))
        elif c.at(*words.DOTS) and dots is None and c.ahead.kind != "stop":
            dots = len(factors)
            c.take()
        elif c.starts_factor():
            check_beside(c, factors[-1])
            factors.append(("", c.factor()))
            check_number(c, factors)
        else:
            break
    if dots is not None:
        factors = filled_product(c, factors, dots)
    if len(factors) == 1:
        return factors[0][1]
    return tree.Factors(factors[0][1].start, c.behind, tuple(factors))


def check_number(c: Cursor, parts: list[tuple[str, tree.Node]]) -> None:
    """Refuses more terms or factors than anybody writes."""
    if len(parts) > _MOST_PARTS:
        raise c.error(c.token, f"more than {_MOST_PARTS:,} terms or factors in a row")


def at_point(c: Cursor) -> bool:
    """Whether a point stands here as the sign of a product."""
    if not c.at(".") or c.tokens[c.place - 1].kind == "number" or c.ahead.kind == "number":
        return False
    c.place += 1
    follows = c.starts_factor()
    c.place -= 1
    return follows


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
    if c.at("[") and not c.token.side and not c.token.spaced and isinstance(
            last[1], (tree.Symbol, tree.Scripted)):
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
        return token.text in words.CASES
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
            symbol = read_symbol(c)
            return indicator_of_letter(c, symbol) or applied_or_scripted(c, symbol)
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
        if c.at("\\langle"):
            return with_scripts(c, read_inner(c))
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
    """`1_{m = T}`, `1\\{y = k\\}`: an indicator with a plain 1."""
    if number.text != "1" or not (c.at("_") or (c.at("\\{", "\\lbrace", "[", "(")
                                                and holds_relation(c))):
        return None
    return read_condition_of_indicator(c, c.tokens[c.place - 1])


def indicator_of_letter(c: Cursor, symbol: tree.Symbol) -> tree.Node | None:
    """`I(y = k)`: an indicator by the letter I, where it is no declared name."""
    if symbol.sign != "I" or not c.at("(", "[", "\\{", "\\lbrace") or c.declared("I") or \
            not holds_relation(c):
        return None
    return read_condition_of_indicator(c, c.tokens[c.place - 1])


def holds_relation(c: Cursor) -> bool:
    """Whether the bracket here holds a condition."""
    depth = 0
    for token in c.tokens[c.place:]:
        plain = token.kind in ("sign", "command")
        depth += plain and token.text in _OPENING
        depth -= plain and token.text in _CLOSING
        if depth == 0:
            return False
        if depth == 1 and plain and token.text in words.RELATIONS:
            return True
    return False


def iverson(bracket: tree.Bracket) -> tree.Node:
    """`[i = y]`: 1 where the condition holds."""
    if bracket.kind == "[" and len(bracket.items) == 1 and \
            isinstance(bracket.items[0], (tree.Comparison, tree.Junction, tree.Negation)):
        return tree.Indicator(bracket.start, bracket.end, bracket.items)
    return bracket


GRAMMAR = Grammar(_condition, _formula, _term, _factor, _starts_factor)
