"""The tree of LaTeX as text of the notation: leaves, sums, products, powers, conditions."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from derive.core.atoms import Index, Tensor, Variable
from derive.errors import NotationError
from derive.notation.latex_in.indices import is_delta
from derive.notation.latex_in.latex_conditions import Conditions
from derive.notation.latex_in.latex_products import product
from derive.notation.latex_in.names import Names, all_names
from derive.notation.latex_in.notation_pieces import Piece, bracketed, piece
from derive.notation.latex_in.symbols import split_letters
from derive.notation.latex_in.tree import (
    Bars,
    Bracket,
    Derivative,
    Factorial,
    Factors,
    Fraction,
    Node,
    Number,
    Root,
    Scripted,
    Symbol,
    Terms,
    Transposed,
)
from derive.notation.operator_table import ADD, ATOM, MUL, POWER


class Translator(Conditions):
    """Writes nodes in the notation; `first` is what indices are counted from."""

    def __init__(self, names: Names, first: int | None = None) -> None:
        self.names, self.first = names, first
        self.kept: dict[Any, Piece] = {}

    def translate(self, node: Node) -> Piece:
        """The piece of the notation that a node stands for. Raises NotationError."""
        key = (id(node), tuple(self.names.bound.items()))
        if key not in self.kept:
            self.kept[key] = getattr(self, f"on_{type(node).__name__.lower()}")(node)
        return self.kept[key]

    def value(self, node: Node) -> Piece:
        """A number or array; an index is shifted to what it is counted from."""
        one = self.translate(node)
        if one.condition:
            raise self.error(node, "a number was expected, this is a condition")
        if one.over is not None:
            shift = self.shift(node)
            return piece(node, one, f" + {shift}", level=ADD) if shift else replace(one, over=None)
        return one

    def number(self, node: Node) -> Piece:
        """A single number."""
        one = self.value(node)
        if one.shape:
            raise self.error(node, f"a number was expected, this is an array of shape "
                             f"({', '.join(str(d) for d in one.shape)}); take an element, or sum")
        return one

    # Leaves

    def on_number(self, node: Number) -> Piece:
        text = node.text if not node.text.startswith(".") else f"0{node.text}"
        whole = text.lstrip("0") if text.isdigit() else text
        return piece(node, whole or "0")

    def on_symbol(self, node: Symbol) -> Piece:
        if node.sign == "\\pi":
            return piece(node, "pi")
        for name in all_names(node):
            if name in self.names.free and not self.names.bound.get(name):
                return piece(node, name, over=self.names.free[name])
        known = any(self.names.known(self.names.meanings.get(n, n)) for n in all_names(node))
        if node.sign == "e" and not node.primes and not known:
            return piece(node, "exp(1)")
        return self.leaf(node, self.names.resolve(node, ())[0])

    def leaf(self, node: Node, name: str) -> Piece:
        """A declared name."""
        if name in self.names.bound:
            return piece(node, name, over=self.names.bound[name])
        leaf = self.names.scope.names.get(name)
        if isinstance(leaf, Index):
            return piece(node, name, over=leaf.dim)
        if isinstance(leaf, Tensor):
            return piece(node, name, shape=leaf.kind.shape)
        over = leaf.kind.over if isinstance(leaf, Variable) else None
        return piece(node, name, over=over)

    # Scripts

    def on_scripted(self, node: Scripted) -> Piece:
        if node.power is not None:
            return self.powered(node, node.power)
        if isinstance(node.base, Symbol):
            return self.element(node, node.base)
        if node.step is not None:
            raise self.error(node.step, "a step is read above a name")
        if isinstance(node.base, Bars):
            return self.norm(node.base, node.below)
        base = self.translate(node.base)
        parts = node.below
        if len(parts) == 1 and len(base.shape) > 1:
            parts = split_letters(parts[0])
        return self.subscripted(node, bracketed(node, base, ATOM), base.shape, parts)

    def element(self, node: Scripted, base: Symbol) -> Piece:
        """A name with subscripts and a step, or a Kronecker delta."""
        if base.sign == "\\gamma" and _says(node.below, "e") and not self.is_array(node):
            return piece(node, "euler_gamma")
        if is_delta(node) and not self.named(node):
            return self.delta(node, tuple(p for b in node.below for p in split_letters(b)))
        if base.sign == "\\pi":
            raise self.error(node, "π is a number and takes no subscript")
        name, rest = self.names.resolve(base, node.below)
        leaf = self.names.scope.names.get(name)
        if name in self.names.bound or not isinstance(leaf, Tensor):
            if node.step is not None:
                raise self.error(node.step, f"(…) above a name is a step or a sample, and {name} "
                                 f"is {self.names.what(name)}; declare an array, as in {name}: "
                                 "real[T], or write a power without brackets")
            return self.leaf(node, name)
        parts = self.spread(node, rest, len(leaf.kind.shape))
        found = self.subscripted(node, piece(base, name), leaf.kind.shape, parts)
        whole = len(parts) == len(leaf.kind.shape)
        return replace(found, over=leaf.kind.over if whole and leaf.kind.domain == "label"
                       else None)

    def named(self, node: Scripted) -> bool:
        """Whether a delta with subscripts is a declared name."""
        assert isinstance(node.base, Symbol)
        if any(self.names.takes_subscripts(n) for n in node.base.names):
            return True
        try:
            return not self.names.resolve(node.base, node.below)[1]
        except NotationError:
            return False

    def subscripted(self, node: Scripted, base: Piece, shape: tuple[Any, ...],
                    parts: tuple[Node, ...]) -> Piece:
        """An element of an array, or an array of fewer axes."""
        if not parts:
            return replace(base, shape=shape)
        if len(parts) > len(shape):
            axes = ", ".join(str(d) for d in shape)
            what = f"has {len(shape)} axes ({axes})" if len(shape) > 1 else \
                f"has one axis ({axes})" if shape else "is a single number"
            raise self.error(parts[len(shape)], f"{base.text} {what}; this is one subscript or "
                             "step too many")
        inner: list[str | Piece] = []
        for part, axis in zip(parts, shape, strict=False):
            inner += [", ", self.index(part, axis)]
        return piece(node, base, "[", *inner[1:], "]", shape=shape[len(parts):])

    def powered(self, node: Scripted, power: Node) -> Piece:
        """A power, or the exponential."""
        base = Scripted(node.start, node.end, node.base, node.below, None, node.step) \
            if node.below or node.step is not None else node.base
        exponent = self.number(power)
        if isinstance(base, Symbol) and base.sign == "e" and not base.primes:
            if not any(self.names.known(n) for n in base.names):
                return piece(node, "exp(", exponent, ")")
            if not isinstance(power, Number):
                raise self.error(node, "e is declared; write \\exp(…) for the exponential, or "
                                 "(e)^{…} for a power of the variable")
        below = self.value(base)
        if below.shape:
            raise self.error(node, "a power of a whole array is not read; write it for one "
                             "element, a transpose with ^\\top, or \\lVert … \\rVert^2")
        return piece(node, bracketed(node, below, ATOM), "**", bracketed(node, exponent, ATOM),
                     level=POWER)

    # Sums, products, fractions

    def on_terms(self, node: Terms) -> Piece:
        content: list[str | Piece] = []
        shape: tuple[Any, ...] = ()
        for place, (sign, term) in enumerate(node.terms):
            one = self.value(term)
            if one.shape and shape and one.shape != shape:
                raise self.error(term, f"this has the shape ({_axes(one.shape)}), what is before "
                                 f"it ({_axes(shape)})")
            shape = one.shape or shape
            first = "-" if sign == "-" else ""
            content += [first if place == 0 else f" {sign} ", bracketed(term, one, MUL)]
        return piece(node, *content, level=ADD, shape=shape)

    def on_factors(self, node: Factors) -> Piece:
        return product(self, node)

    def on_fraction(self, node: Fraction) -> Piece:
        above, below = self.value(node.above), self.number(node.below)
        return piece(node, bracketed(node.above, above, MUL), " / ",
                     bracketed(node.below, below, POWER), level=MUL, shape=above.shape)

    def on_root(self, node: Root) -> Piece:
        body = self.number(node.body)
        if node.degree is None:
            return piece(node, "sqrt(", body, ")")
        degree = self.number(node.degree)
        return piece(node, bracketed(node, body, ATOM), "**(1/", bracketed(node, degree, ATOM),
                     ")", level=POWER)

    def on_bracket(self, node: Bracket) -> Piece:
        if len(node.items) != 1:
            raise self.error(node, "one formula was expected between the brackets; a function "
                             "before them has to be declared, as in g: function")
        one = self.translate(node.items[0])
        if one.condition:
            raise self.error(node, "a number was expected, this is a condition")
        return one

    def on_transposed(self, node: Transposed) -> Piece:
        raise self.error(node, "a transposed array is read in a product, as in w^\\top x")

    def on_derivative(self, node: Derivative) -> Piece:
        body = self.number(node.body)
        for variable in reversed(node.by):
            by = self.translate(variable)
            if by.shape or by.over is not None:
                raise self.error(variable, "a derivative is by one number; take an element, "
                                 "such as o_i" if by.shape else "a label or index takes separate "
                                 "values; there is no derivative by it")
            body = piece(node, "d(", body, ", ", by, ")")
        return body

    def on_factorial(self, node: Factorial) -> Piece:
        return piece(node, "exp(", self.log_factorial(node), ")")


def _says(parts: tuple[Node, ...], word: str) -> bool:
    return len(parts) == 1 and isinstance(parts[0], Symbol) and parts[0].sign == word


def _axes(shape: tuple[Any, ...]) -> str:
    return ", ".join(str(d) for d in shape)
