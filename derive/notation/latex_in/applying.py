"""Functions and big operators as text of the notation."""

from __future__ import annotations

import re

from derive.notation.latex_in import latex_vocabulary as words
from derive.notation.latex_in import tree
from derive.notation.latex_in.binder_limits import (
    Binder,
    axis_of,
    binders_of,
    check_scope,
    check_shadow,
    filter_tests,
    index_name,
    range_of,
)
from derive.notation.latex_in.indices import subscripted
from derive.notation.latex_in.latex_magnitudes import (
    LOGGED,
    log_factorial,
    logarithm_of,
    norm_of,
    of_logarithm,
)
from derive.notation.latex_in.notation_pieces import (
    Piece,
    bracketed,
    called,
    joined,
    piece,
)
from derive.notation.latex_in.translator import Translator, Writer
from derive.notation.operator_table import ATOM, MUL, OR, POWER
from derive.notation.reading.array_values import counted

# What stands in the equations of recurrent cells, where σ is no softmax.
_CELL = re.compile(r"\\?tanh|\\odot|\\circ|[_{(]\s*t\s*-\s*1")

# Functions


def _on_applied(t: Translator, node: tree.Applied) -> Piece:
    if node.function in words.MATRIX_WORDS.values():
        return of_matrix(t, node)
    if node.function in ("max", "min", "argmax"):
        return extreme_of(t, node)
    if node.function in LOGGED:
        check_plain(t, node)
        return called(node, "exp", logarithm_of(t, node))
    function, arguments, below = resolved(t, node)
    known = t.names.scope.functions[function]
    if len(arguments) != len(known.arguments):
        takes = counted(len(known.arguments), "argument")
        raise t.error(node, f"{function} takes {takes}, not {len(arguments)}")
    if known.takes_vector:
        return with_power(t, node, of_vector(t, node, function, arguments, below))
    inner = of_logarithm(t, arguments[0]) if function == "log" and not below else None
    return with_power(t, node, inner or elementwise(t, node, function, arguments, below))


def of_matrix(t: Translator, node: tree.Applied) -> Piece:
    """Trace, determinant or diagonal of a matrix; the one-hot vector of a label."""
    if node.below:
        raise t.error(node.below[0], f"{node.function} takes no subscript")
    if len(node.arguments) != 1:
        raise t.error(node, f"{node.function} takes one matrix")
    matrix = t.translate(node.arguments[0])
    if node.function == "onehot":
        if matrix.over is None or matrix.shape:
            raise t.error(node.arguments[0], "onehot takes a label")
        return with_power(t, node, called(node, "onehot", matrix, shape=(matrix.over,)))
    matrix = t.value(node.arguments[0])
    if node.function == "mean" and matrix.shape:
        return with_power(t, node, called(node, "mean", matrix))
    square = len(matrix.shape) == 2 and matrix.shape[0] == matrix.shape[1]
    if not square and not (node.function == "diag" and len(matrix.shape) == 1):
        raise t.error(node.arguments[0], f"{node.function} takes a square matrix")
    over = matrix.shape * 2 if len(matrix.shape) == 1 else matrix.shape[:1]
    shape = over if node.function == "diag" else ()
    return with_power(t, node, called(node, node.function, matrix, shape=shape))


def elementwise(t: Translator, node: tree.Applied, function: str, arguments: tree.Nodes,
                below: tree.Nodes) -> Piece:
    """A function of numbers, of whole arrays too; a subscript of log is its base."""
    pieces = [t.value(a) for a in arguments]
    if pieces[0].shape and t.names.text.startswith("\\sigma", node.start):
        if _CELL.search(t.names.text):
            t.names.note("σ of an array is the sigmoid of each entry")
        else:
            raise t.error(node, "σ of a whole vector may be the sigmoid or the softmax; write "
                          "\\operatorname{sigmoid} or \\operatorname{softmax}")
    shapes = list(dict.fromkeys(p.shape for p in pieces if p.shape))
    if len(shapes) > 1:
        raise t.error(node, f"the arguments of {function} have different shapes")
    shape = shapes[0] if shapes else ()
    call = called(node, function, *pieces, shape=shape)
    if below and function == "log":
        return piece(node, call, " / log(", t.number(below[0]), ")", level=MUL, shape=shape)
    return subscripted(t, tree.Scripted(node.start, node.end, node, below), call, shape, below)


def check_plain(t: Translator, node: tree.Applied) -> None:
    """Refuses scripts at a function that takes none."""
    if node.below or node.power is not None:
        raise t.error(node, "scripts are not read here; put a bracket around the whole")


def resolved(t: Translator, node: tree.Applied) -> tuple[str, tree.Nodes, tree.Nodes]:
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


def with_power(t: Translator, node: tree.Applied, written: Piece) -> Piece:
    """The value with the power that stands at the function, `\\sin^2 x`."""
    if node.power is None or _inverse(node.power):
        return written
    if written.shape:
        raise t.error(node, "a power of a whole array is not read")
    return piece(node, bracketed(node, written, ATOM), "**", t.number(node.power, ATOM),
                 level=POWER)


def of_vector(t: Translator, node: tree.Applied, function: str, arguments: tree.Nodes,
              below: tree.Nodes) -> Piece:
    """A function of whole vectors; its subscript may stand before the bracket."""
    vectors = [vector_argument(t, argument) for argument in arguments]
    shape = vectors[0].shape
    for argument, vector in zip(arguments, vectors, strict=True):
        if vector.shape != shape:
            raise t.error(argument, f"{function} takes vectors of the same shape")
    valued = t.names.scope.functions[function].vector_valued
    shape = shape if valued else shape[:-1]
    call = called(node, function, *vectors, shape=shape)
    if below and not valued:
        raise t.error(below[0], f"{function} gives one number and takes no subscript")
    return subscripted(t, tree.Scripted(node.start, node.end, node, below), call, shape, below)


def vector_argument(t: Translator, node: tree.Node) -> Piece:
    """A whole vector as an argument; `[a_k]_k` is one."""
    written = family_argument(t, node) or t.value(node)
    if not written.shape:
        raise t.error(node, "a whole vector was expected here, not a number")
    return written


def family_argument(t: Translator, node: tree.Node) -> Piece | None:
    """`[a_k]_k` as a vector."""
    if not (isinstance(node, tree.Scripted) and isinstance(node.base, tree.Bracket)
            and node.base.kind == "[" and len(node.below) == 1 and node.power is None
            and isinstance(node.below[0], tree.Symbol)):
        return None
    symbol, body = node.below[0], node.base.items[0]
    if any(n in t.names.bound or n in t.names.scope.names for n in symbol.names):
        return None
    axis = axis_of(t, symbol, body)
    name = index_name(t, symbol)
    with t.binding(name, axis):
        return piece(node, t.number(body, OR), f" for {name} in {axis}", shape=(axis,))


def extreme_of(t: Translator, node: tree.Applied) -> Piece:
    """The largest of several numbers, or of a vector."""
    check_plain(t, node)
    if len(node.arguments) == 1:
        vector = vector_argument(t, node.arguments[0])
        over = vector.shape[0] if node.function == "argmax" else None
        return called(node, node.function, vector, over=over)
    if node.function == "argmax":
        raise t.error(node, "argmax takes one vector")
    *others, result = [t.number(a) for a in node.arguments]
    for number in reversed(others):
        result = called(node, node.function, number, result)
    return result


def _on_slope(t: Translator, node: tree.Slope) -> Piece:
    """`\\sigma'(z)`, by the derivative that the table of functions has."""
    known = t.names.scope.functions.get(node.function)
    if known is None or len(known.arguments) != 1 or known.takes_vector or not known.derivative:
        raise t.error(node, "the derivative of this function is not read; write \\frac{d}{dz}")
    at = t.number(node.at)
    written = re.sub(rf"\b{known.parameters[0]}\b", lambda _: f"({at.text})", known.derivative[0])
    return piece(node, f"({written})")


def _on_bars(t: Translator, node: tree.Bars) -> Piece:
    return norm_of(t, node, ())


# Sums, products, maxima


def _on_big(t: Translator, node: tree.Big) -> Piece:
    """A big operator, with one binder or several."""
    return over_binders(t, node, *binders_of(t, node))


def over_binders(t: Translator, node: tree.Big, binders: list[Binder],
                 where: list[tree.Node]) -> Piece:
    """The operator over the first index of the operator over the others."""
    binder, *others = binders
    axis = range_of(t, node, binder, where)
    name = index_name(t, binder.symbol)
    check_shadow(t, node, name)
    with t.binding(name, axis):
        tests = [] if others else filter_tests(t, node, binder, axis, where)
        body = bracketed(node.body, over_binders(t, node, others, where), OR) if others else \
            t.number(node.body, OR)
        if node.operator != "sum":
            check_scope(t, node, binder.symbol)
    filters = joined(" and ", [bracketed(node, test, OR) for test in tests])
    over = axis if node.operator == "argmax" else None
    return piece(node, f"{node.operator}(", body, f" for {name} in {axis}",
                 *([" if ", *filters] if filters else []), ")", over=over)


def _on_factorial(t: Translator, node: tree.Factorial) -> Piece:
    return called(node, "exp", log_factorial(t, node))


def _inverse(power: tree.Node | None) -> bool:
    """Whether a power is -1."""
    if not isinstance(power, tree.Terms) or len(power.terms) != 1:
        return False
    ((sign, term),) = power.terms
    return sign == "-" and isinstance(term, tree.Number) and term.text == "1"


WRITERS: dict[type, Writer] = {
    tree.Applied: _on_applied, tree.Bars: _on_bars, tree.Big: _on_big,
    tree.Factorial: _on_factorial, tree.Slope: _on_slope,
}
