"""Functions and big operators as text of the notation."""

from __future__ import annotations

from typing import Any

from derive.notation.latex_in import latex_vocabulary as words
from derive.notation.latex_in.binder_limits import Limits
from derive.notation.latex_in.notation_pieces import Piece, bracketed, piece
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


class Applying(Limits):
    """Writes what is applied to something."""

    # Functions

    def on_applied(self, node: Applied) -> Piece:
        if node.function in ("max", "min", "argmax"):
            return self.extreme(node)
        if node.function in _LOGGED:
            self.plain(node)
            return piece(node, "exp(", self.logged(node), ")")
        function, arguments, below = self.written(node)
        known = self.names.scope.functions[function]
        if len(arguments) != len(known.arguments):
            raise self.error(node, f"{function} takes {len(known.arguments)} argument"
                             f"{'s' * (len(known.arguments) > 1)}, not {len(arguments)}")
        if function == "log" and not below:
            inner = self.of_logarithm(arguments[0])
            if inner is not None:
                return self.raised(node, inner)
        if known.takes_vector:
            return self.raised(node, self.of_vector(node, function, arguments, below))
        pieces = [self.value(a) for a in arguments]
        if pieces[0].shape and self.names.text.startswith("\\sigma", node.start):
            raise self.error(node, "σ of a whole vector may be the sigmoid or the softmax; write "
                             "\\operatorname{sigmoid} or \\operatorname{softmax}")
        shapes = list(dict.fromkeys(p.shape for p in pieces if p.shape))
        if len(shapes) > 1:
            raise self.error(node, f"the arguments of {function} have different shapes")
        done = piece(node, f"{function}(", *_listed(pieces), ")", shape=shapes[0] if shapes else ())
        if below and function == "log":
            base = self.number(below[0])
            done = piece(node, done, " / log(", base, ")", level=MUL, shape=done.shape)
        elif below:
            done = self.subscripted(Scripted(node.start, node.end, node, below), done, done.shape,
                                    below)
        return self.raised(node, done)

    def subscripted(self, node: Scripted, base: Piece, shape: tuple[Any, ...],
                    parts: tuple[Node, ...]) -> Piece:
        """An element of an array."""
        raise NotImplementedError

    def value(self, node: Node) -> Piece:
        """A number or array."""
        raise NotImplementedError

    def number(self, node: Node) -> Piece:
        """A single number."""
        raise NotImplementedError

    def conjunction(self, node: Node, parts: tuple[Node, ...]) -> Piece:
        """Conditions that all hold."""
        raise NotImplementedError

    def plain(self, node: Applied) -> None:
        """Refuses scripts at a function that takes none."""
        if node.below or node.power is not None:
            raise self.error(node, "scripts are not read here; put a bracket around the whole")

    def written(self, node: Applied) -> tuple[str, tuple[Node, ...], tuple[Node, ...]]:
        """Function, arguments and subscripts, with inverses and orders taken into account."""
        functions = self.names.scope.functions
        if node.function in functions and node.below and \
                len(node.below) == functions[node.function].subscripts:
            return node.function, (*node.below, *node.arguments), ()
        if _inverse(node.power):
            inverses = words.inverses(functions)
            if node.function not in inverses:
                raise self.error(node, "a power of -1 may be the inverse function or the "
                                 "reciprocal; write \\frac{1}{…}, or \\operatorname{atanh}(…) and "
                                 "the like for an inverse")
            return inverses[node.function], node.arguments, node.below
        return node.function, node.arguments, node.below

    def raised(self, node: Applied, one: Piece) -> Piece:
        """The value with the power that stands at the function, `\\sin^2 x`."""
        if node.power is None or _inverse(node.power):
            return one
        if one.shape:
            raise self.error(node, "a power of a whole array is not read")
        exponent = self.number(node.power)
        return piece(node, bracketed(node, one, ATOM), "**", bracketed(node, exponent, ATOM),
                     level=POWER)

    def of_vector(self, node: Applied, function: str, arguments: tuple[Node, ...],
                  below: tuple[Node, ...]) -> Piece:
        """A function of whole vectors; its subscript may stand before the bracket."""
        pieces, shape = [], None
        for argument in arguments:
            one, last = self.vector(argument)
            if shape is not None and last != shape:
                raise self.error(argument, f"{function} takes vectors of the same shape")
            pieces.append(one)
            shape = last
        assert shape is not None
        vector = self.names.scope.functions[function].vector_valued
        result = shape if vector else shape[:-1]
        done = piece(node, f"{function}(", *_listed(pieces), ")", shape=result)
        if not below:
            return done
        if not vector:
            raise self.error(below[0], f"{function} gives one number and takes no subscript")
        return self.subscripted(Scripted(node.start, node.end, node, below), done, result, below)

    def vector(self, node: Node) -> tuple[Piece, tuple[Any, ...]]:
        """A whole vector as an argument, and its shape; `[a_k]_k` is one."""
        family = self.family(node)
        if family is not None:
            return family
        one = self.value(node)
        if not one.shape:
            raise self.error(node, "a whole vector was expected here, not a number")
        return one, one.shape

    def family(self, node: Node) -> tuple[Piece, tuple[Any, ...]] | None:
        """`[a_k]_k` as a vector."""
        if not (isinstance(node, Scripted) and isinstance(node.base, Bracket)
                and node.base.kind == "[" and len(node.below) == 1 and node.power is None
                and isinstance(node.below[0], Symbol)):
            return None
        symbol, body = node.below[0], node.base.items[0]
        if any(n in self.names.bound or n in self.names.scope.names for n in symbol.names):
            return None
        axis = self.axis_of(symbol, body)
        name = self.index_name(symbol)
        with self.binding(name, axis):
            inner = self.number(body)
        text = piece(node, bracketed(body, inner, OR), f" for {name} in {axis}")
        return text, (axis,)

    def extreme(self, node: Applied) -> Piece:
        """The largest of several numbers, or of a vector."""
        self.plain(node)
        if len(node.arguments) == 1:
            one, shape = self.vector(node.arguments[0])
            over = shape[0] if node.function == "argmax" else None
            return piece(node, f"{node.function}(", one, ")", over=over)
        if node.function == "argmax":
            raise self.error(node, "argmax takes one vector")
        *others, last = [self.number(a) for a in node.arguments]
        result = last
        for one in reversed(others):
            result = piece(node, f"{node.function}(", one, ", ", result, ")")
        return result

    # Factorials and the gamma function, by their logarithms

    def of_logarithm(self, node: Node) -> Piece | None:
        """The logarithm of a factorial, a binomial coefficient or a gamma function."""
        while isinstance(node, Bracket) and len(node.items) == 1:
            node = node.items[0]
        if isinstance(node, Factorial):
            return self.log_factorial(node)
        if isinstance(node, Applied) and node.function in _LOGGED and not node.below and \
                node.power is None:
            return self.logged(node)
        return None

    def log_factorial(self, node: Factorial) -> Piece:
        """log n!"""
        return piece(node, "loggamma(1 + ", bracketed(node, self.number(node.body), MUL), ")")

    def logged(self, node: Applied) -> Piece:
        """The logarithm of a gamma function or a binomial coefficient."""
        pieces = [self.number(a) for a in node.arguments]
        if node.function == "gamma":
            if len(pieces) != 1:
                raise self.error(node, "Γ takes one argument")
            return piece(node, "loggamma(", pieces[0], ")")
        above, below = (bracketed(node, p, MUL) for p in pieces)
        return piece(node, "(loggamma(1 + ", above, ") - loggamma(1 + ", below,
                     ") - loggamma(1 + ", above, " - ", below, "))")

    def norm(self, node: Bars, below: tuple[Node, ...]) -> Piece:
        """A norm of a vector: the Euclidean one, or that of index 1."""
        inner = self.value(node.body)
        if node.kind == "abs":
            if below or inner.shape:
                raise self.error(node, "bars of one line stand around a number; write \\lVert … "
                                 "\\rVert for the norm of a vector")
            return piece(node, "abs(", inner, ")")
        order = below[0].text if len(below) == 1 and isinstance(below[0], Number) else ""
        if below and order not in ("1", "2"):
            raise self.error(below[0], "norms of index 1 and 2 are read")
        if not inner.shape:
            raise self.error(node, "a vector was expected between the bars of a norm; write "
                             "|…| for a number")
        if order == "1":
            return piece(node, "sum(abs(", inner, "))")
        if len(inner.shape) > 1:
            return piece(node, "sqrt(sum(", bracketed(node, inner, ATOM), "**2))")
        return piece(node, "norm(", inner, ")")

    def on_bars(self, node: Bars) -> Piece:
        return self.norm(node, ())

    # Sums, products, maxima

    def on_big(self, node: Big) -> Piece:
        """A big operator, with one binder or several."""
        symbols, where = self.binders(node)
        return self.over(node, symbols, where)

    def over(self, node: Big, symbols: list[Symbol], where: list[Node]) -> Piece:
        """The operator over the first symbol of the operator over the others."""
        symbol, *others = symbols
        axis = self.range_of(node, symbol, where)
        name = self.index_name(symbol)
        self.check_shadow(node, name)
        with self.binding(name, axis):
            tests = [] if others else self.tests(node, symbol, axis, where)
            body = self.over(node, others, where) if others else self.number(node.body)
            if node.operator != "sum":
                self.check_scope(node, symbol)
        content: list[str | Piece] = [bracketed(node.body, body, OR), f" for {name} in {axis}"]
        for place, test in enumerate(tests):
            content += [" if " if place == 0 else " and ", bracketed(node, test, OR)]
        over = axis if node.operator == "argmax" else None
        return piece(node, f"{node.operator}(", *content, ")", over=over)


def _inverse(power: Node | None) -> bool:
    """Whether a power is -1."""
    return isinstance(power, Terms) and len(power.terms) == 1 and power.terms[0][0] == "-" and \
        isinstance(power.terms[0][1], Number) and power.terms[0][1].text == "1"


def _listed(pieces: list[Piece]) -> list[str | Piece]:
    content: list[str | Piece] = []
    for one in pieces:
        content += [", ", one]
    return content[1:]


