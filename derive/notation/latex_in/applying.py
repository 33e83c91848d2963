"""Functions and big operators as text of the notation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from derive.notation.latex_in import latex_vocabulary as words
from derive.notation.latex_in.binder_limits import (
    axis_of,
    bound_symbols,
    check_scope,
    check_shadow,
    filter_tests,
    index_name,
    range_of,
)
from derive.notation.latex_in.indices import subscripted
from derive.notation.latex_in.notation_pieces import Piece, bracketed, piece
from derive.notation.latex_in.translator import Translator
from derive.notation.latex_in.tree import (
    Applied,
    Bars,
    Big,
    Bracket,
    Factorial,
    Node,
    Number,
    Scripted,
    Symbol,
    Terms,
)
from derive.notation.operator_table import ATOM, MUL, OR, POWER

_LOGGED = ("gamma", "binom")  # what is read by its logarithm


# Functions


def _on_applied(t: Translator, node: Applied) -> Piece:
    if node.function in ("max", "min", "argmax"):
        return extreme_of(t, node)
    if node.function in _LOGGED:
        check_plain(t, node)
        return piece(node, "exp(", logarithm_of(t, node), ")")
    function, arguments, below = resolved(t, node)
    known = t.names.scope.functions[function]
    if len(arguments) != len(known.arguments):
        raise t.error(node, f"{function} takes {len(known.arguments)} argument"
                      f"{'s' * (len(known.arguments) > 1)}, not {len(arguments)}")
    if function == "log" and not below:
        inner = of_logarithm(t, arguments[0])
        if inner is not None:
            return with_power(t, node, inner)
    if known.takes_vector:
        return with_power(t, node, of_vector(t, node, function, arguments, below))
    pieces = [t.value(a) for a in arguments]
    if pieces[0].shape and t.names.text.startswith("\\sigma", node.start):
        raise t.error(node, "σ of a whole vector may be the sigmoid or the softmax; write "
                      "\\operatorname{sigmoid} or \\operatorname{softmax}")
    shapes = list(dict.fromkeys(p.shape for p in pieces if p.shape))
    if len(shapes) > 1:
        raise t.error(node, f"the arguments of {function} have different shapes")
    done = piece(node, f"{function}(", *_listed(pieces), ")", shape=shapes[0] if shapes else ())
    if below and function == "log":
        base = t.number(below[0])
        done = piece(node, done, " / log(", base, ")", level=MUL, shape=done.shape)
    elif below:
        done = subscripted(t, Scripted(node.start, node.end, node, below), done, done.shape,
                           below)
    return with_power(t, node, done)


def check_plain(t: Translator, node: Applied) -> None:
    """Refuses scripts at a function that takes none."""
    if node.below or node.power is not None:
        raise t.error(node, "scripts are not read here; put a bracket around the whole")


def resolved(t: Translator, node: Applied) -> tuple[str, tuple[Node, ...], tuple[Node, ...]]:
    """Function, arguments and subscripts, with inverses and orders taken into account."""
    functions = t.names.scope.functions
    if node.function in functions and node.below and \
            len(node.below) == functions[node.function].subscripts:
        return node.function, (*node.below, *node.arguments), ()
    if _inverse(node.power):
        inverses = words.inverses(functions)
        if node.function not in inverses:
            raise t.error(node, "a power of -1 may be the inverse function or the "
                          "reciprocal; write \\frac{1}{…}, or \\operatorname{atanh}(…) and "
                          "the like for an inverse")
        return inverses[node.function], node.arguments, node.below
    return node.function, node.arguments, node.below


def with_power(t: Translator, node: Applied, one: Piece) -> Piece:
    """The value with the power that stands at the function, `\\sin^2 x`."""
    if node.power is None or _inverse(node.power):
        return one
    if one.shape:
        raise t.error(node, "a power of a whole array is not read")
    exponent = t.number(node.power)
    return piece(node, bracketed(node, one, ATOM), "**", bracketed(node, exponent, ATOM),
                 level=POWER)


def of_vector(t: Translator, node: Applied, function: str, arguments: tuple[Node, ...],
              below: tuple[Node, ...]) -> Piece:
    """A function of whole vectors; its subscript may stand before the bracket."""
    pieces, shape = [], None
    for argument in arguments:
        one, last = vector_argument(t, argument)
        if shape is not None and last != shape:
            raise t.error(argument, f"{function} takes vectors of the same shape")
        pieces.append(one)
        shape = last
    assert shape is not None
    vector = t.names.scope.functions[function].vector_valued
    result = shape if vector else shape[:-1]
    done = piece(node, f"{function}(", *_listed(pieces), ")", shape=result)
    if not below:
        return done
    if not vector:
        raise t.error(below[0], f"{function} gives one number and takes no subscript")
    return subscripted(t, Scripted(node.start, node.end, node, below), done, result, below)


def vector_argument(t: Translator, node: Node) -> tuple[Piece, tuple[Any, ...]]:
    """A whole vector as an argument, and its shape; `[a_k]_k` is one."""
    family = family_argument(t, node)
    if family is not None:
        return family
    one = t.value(node)
    if not one.shape:
        raise t.error(node, "a whole vector was expected here, not a number")
    return one, one.shape


def family_argument(t: Translator, node: Node) -> tuple[Piece, tuple[Any, ...]] | None:
    """`[a_k]_k` as a vector."""
    if not (isinstance(node, Scripted) and isinstance(node.base, Bracket)
            and node.base.kind == "[" and len(node.below) == 1 and node.power is None
            and isinstance(node.below[0], Symbol)):
        return None
    symbol, body = node.below[0], node.base.items[0]
    if any(n in t.names.bound or n in t.names.scope.names for n in symbol.names):
        return None
    axis = axis_of(t, symbol, body)
    name = index_name(t, symbol)
    with t.binding(name, axis):
        inner = t.number(body)
    text = piece(node, bracketed(body, inner, OR), f" for {name} in {axis}")
    return text, (axis,)


def extreme_of(t: Translator, node: Applied) -> Piece:
    """The largest of several numbers, or of a vector."""
    check_plain(t, node)
    if len(node.arguments) == 1:
        one, shape = vector_argument(t, node.arguments[0])
        over = shape[0] if node.function == "argmax" else None
        return piece(node, f"{node.function}(", one, ")", over=over)
    if node.function == "argmax":
        raise t.error(node, "argmax takes one vector")
    *others, last = [t.number(a) for a in node.arguments]
    result = last
    for one in reversed(others):
        result = piece(node, f"{node.function}(", one, ", ", result, ")")
    return result


# Factorials and the gamma function, by their logarithms


def of_logarithm(t: Translator, node: Node) -> Piece | None:
    """The logarithm of a factorial, a binomial coefficient or a gamma function."""
    while isinstance(node, Bracket) and len(node.items) == 1:
        node = node.items[0]
    if isinstance(node, Factorial):
        return log_factorial(t, node)
    if isinstance(node, Applied) and node.function in _LOGGED and not node.below and \
            node.power is None:
        return logarithm_of(t, node)
    return None


def log_factorial(t: Translator, node: Factorial) -> Piece:
    """log n!"""
    return piece(node, "loggamma(1 + ", bracketed(node, t.number(node.body), MUL), ")")


def logarithm_of(t: Translator, node: Applied) -> Piece:
    """The logarithm of a gamma function or a binomial coefficient."""
    pieces = [t.number(a) for a in node.arguments]
    if node.function == "gamma":
        if len(pieces) != 1:
            raise t.error(node, "Γ takes one argument")
        return piece(node, "loggamma(", pieces[0], ")")
    above, below = (bracketed(node, p, MUL) for p in pieces)
    return piece(node, "(loggamma(1 + ", above, ") - loggamma(1 + ", below,
                 ") - loggamma(1 + ", above, " - ", below, "))")


def norm_of(t: Translator, node: Bars, below: tuple[Node, ...]) -> Piece:
    """A norm of a vector: the Euclidean one, or that of index 1."""
    inner = t.value(node.body)
    if node.kind == "abs":
        if below or inner.shape:
            raise t.error(node, "bars of one line stand around a number; write \\lVert … "
                          "\\rVert for the norm of a vector")
        return piece(node, "abs(", inner, ")")
    order = below[0].text if len(below) == 1 and isinstance(below[0], Number) else ""
    if below and order not in ("1", "2"):
        raise t.error(below[0], "norms of index 1 and 2 are read")
    if not inner.shape:
        raise t.error(node, "a vector was expected between the bars of a norm; write "
                      "|…| for a number")
    if order == "1":
        return piece(node, "sum(abs(", inner, "))")
    if len(inner.shape) > 1:
        return piece(node, "sqrt(sum(", bracketed(node, inner, ATOM), "**2))")
    return piece(node, "norm(", inner, ")")


def _on_bars(t: Translator, node: Bars) -> Piece:
    return norm_of(t, node, ())


# Sums, products, maxima


def _on_big(t: Translator, node: Big) -> Piece:
    """A big operator, with one binder or several."""
    symbols, where = bound_symbols(t, node)
    return over_symbols(t, node, symbols, where)


def over_symbols(t: Translator, node: Big, symbols: list[Symbol], where: list[Node]) -> Piece:
    """The operator over the first symbol of the operator over the others."""
    symbol, *others = symbols
    axis = range_of(t, node, symbol, where)
    name = index_name(t, symbol)
    check_shadow(t, node, name)
    with t.binding(name, axis):
        tests = [] if others else filter_tests(t, node, symbol, axis, where)
        body = over_symbols(t, node, others, where) if others else t.number(node.body)
        if node.operator != "sum":
            check_scope(t, node, symbol)
    content: list[str | Piece] = [bracketed(node.body, body, OR), f" for {name} in {axis}"]
    for place, test in enumerate(tests):
        content += [" if " if place == 0 else " and ", bracketed(node, test, OR)]
    over = axis if node.operator == "argmax" else None
    return piece(node, f"{node.operator}(", *content, ")", over=over)


def _on_factorial(t: Translator, node: Factorial) -> Piece:
    return piece(node, "exp(", log_factorial(t, node), ")")


def _inverse(power: Node | None) -> bool:
    """Whether a power is -1."""
    return isinstance(power, Terms) and len(power.terms) == 1 and power.terms[0][0] == "-" and \
        isinstance(power.terms[0][1], Number) and power.terms[0][1].text == "1"


def _listed(pieces: list[Piece]) -> list[str | Piece]:
    content: list[str | Piece] = []
    for one in pieces:
        content += [", ", one]
    return content[1:]


WRITERS: dict[type, Callable[[Translator, Any], Piece]] = {
    Applied: _on_applied, Bars: _on_bars, Big: _on_big, Factorial: _on_factorial,
}
