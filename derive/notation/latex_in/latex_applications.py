"""A name before a bracket: a function applied, a call of one that the text defines, an element."""

from __future__ import annotations

from dataclasses import dataclass, replace

from derive.errors import NotationError
from derive.notation.latex_in import latex_vocabulary as words
from derive.notation.latex_in import tree
from derive.notation.latex_in.cursor import Cursor
from derive.notation.latex_in.scripts import with_scripts
from derive.notation.latex_in.symbols import is_conditioned, read_arguments, read_bracket

_BRACKETS = ("(", "[", "\\{", "\\lbrace")


def applied_or_scripted(c: Cursor, symbol: tree.Symbol) -> tree.Node:
    """A symbol with its scripts, or the function it stands for with its arguments."""
    scripted = with_scripts(c, symbol)
    if not c.at(*_BRACKETS):
        return scripted
    called = call_of_the_text(c, scripted) or element_in_brackets(c, scripted)
    if called is not None:
        return called
    head = _Head.of(scripted)
    if c.token.spaced or head is None or head.step is not None:
        return scripted
    base = head.symbol
    if base.primes and not head.below and head.power is None and slope_of(c, base):
        inner = read_bracket(c)
        return with_scripts(c, tree.Slope(symbol.start, c.behind, slope_of(c, base), inner))
    function, below = function_of(c, base, head.below)
    if not function or (c.at("[") and not base.word):
        return scripted
    inner = read_bracket(c)
    if function == "?":
        raise NotationError(
            f"{base.sign} is declared, and it is a function too; write {base.sign} \\cdot (…) "
            f"for the product, \\operatorname{{{function_name(c, base)}}}(…) for the "
            "function", c.text, base.start + 1, base.end - base.start)
    call = tree.Applied(symbol.start, c.behind, function, inner.items, below, head.power)
    return with_scripts(c, call)


@dataclass(frozen=True)
class _Head:
    """A symbol before a bracket, with its scripts taken apart."""

    symbol: tree.Symbol
    below: tree.Nodes = ()
    power: tree.Node | None = None
    step: tree.Node | None = None

    @staticmethod
    def of(node: tree.Node) -> _Head | None:
        """The head of a symbol with or without scripts; None for another part."""
        if isinstance(node, tree.Symbol):
            return _Head(node)
        if isinstance(node, tree.Scripted) and isinstance(node.base, tree.Symbol):
            return _Head(node.base, node.below, node.power, node.step)
        return None


def slope_of(c: Cursor, base: tree.Symbol) -> str:
    """The function whose derivative `\\sigma'` is; "" for what is none."""
    plain = replace(base, primes=0)
    if base.primes != 1 or any(c.declared(f"{n}{x}prime") for n in base.names for x in ("", "_")):
        return ""
    function = c.applies(plain)
    return "" if function == "?" or c.applies(base) else function


def call_of_the_text(c: Cursor, scripted: tree.Node) -> tree.Node | None:
    """The call of a function that the text defines, `h_\\theta(x)`, or `p(y | x)`."""
    head = _Head.of(scripted)
    if head is None:
        return None
    name: tree.Node = replace(scripted, power=None) if isinstance(scripted, tree.Scripted) \
        and (head.below or head.step) else head.symbol
    if tree.form(name) not in c.questions.heads and not _looks_like_a_call(c, head):
        return None
    arguments = read_arguments(c)
    call: tree.Node = tree.Call(scripted.start, c.behind, name, arguments)
    call = call if head.power is None else tree.Scripted(scripted.start, c.behind, call, (),
                                                         head.power)
    return with_scripts(c, call)


def _looks_like_a_call(c: Cursor, head: _Head) -> bool:
    """Whether a name that nothing declares is applied here, by its subscript or a bar."""
    symbol = head.symbol
    if not c.at("(") or c.questions.is_value(symbol) or c.questions.is_array(symbol) or \
            c.questions.is_name(symbol, head.below) or function_of(c, symbol, head.below)[0]:
        return False
    subscripted = bool(head.below or head.power or head.step) and not c.token.spaced
    return subscripted or is_conditioned(c)


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
    if items and all(isinstance(start, tree.Symbol) and not c.questions.is_value(start)
                     for start in map(_start, items)):
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
