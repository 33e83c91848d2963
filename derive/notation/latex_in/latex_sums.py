"""Sums of numbers and of arrays; beside a square matrix, I is the unit matrix."""

from __future__ import annotations

from sympy import Expr

from derive.notation.latex_in import tree
from derive.notation.latex_in.notation_pieces import Piece, piece
from derive.notation.latex_in.translator import Translator
from derive.notation.operator_table import ADD, MUL
from derive.notation.reading.array_values import axes


def sum_of_terms(t: Translator, node: tree.Terms) -> Piece:
    """Terms of one shape with signs between them."""
    content: list[str | Piece] = []
    shape: tuple[Expr, ...] = ()
    square = _square(t, node)
    for place, (sign, term) in enumerate(node.terms):
        written = t.value(term, MUL) if square is None or not holds_unit_matrix(t, term) else \
            with_unit_matrix(t, term, square)
        if written.shape and shape and written.shape != shape:
            raise t.error(term, f"this has the shape ({axes(written.shape)}), what is before "
                          f"it ({axes(shape)})")
        shape = written.shape or shape
        first = "-" if sign == "-" else ""
        content += [first if place == 0 else f" {sign} ", written]
    return piece(node, *content, level=ADD, shape=shape)


def _square(t: Translator, node: tree.Terms) -> Expr | None:
    """The dimension of a square matrix beside which a term is I; None where none is."""
    units = [holds_unit_matrix(t, term) for _, term in node.terms]
    shapes = [t.value(term).shape for (_, term), unit in zip(node.terms, units, strict=True)
              if any(units) and not unit]
    return next((s[0] for s in shapes if len(s) == 2 and s[0] == s[1]), None)


def holds_unit_matrix(t: Translator, term: tree.Node) -> bool:
    """Whether a term is I, or a number times I, where I is no declared name."""
    last = term.factors[-1][1] if isinstance(term, tree.Factors) else term
    return isinstance(last, tree.Symbol) and last.sign == "I" and not last.primes and \
        not t.names.known("I")


def with_unit_matrix(t: Translator, term: tree.Node, dim: Expr) -> Piece:
    """The term with the unit matrix of a dimension for I."""
    eye = piece(term, f"eye({dim})", shape=(dim, dim))
    if not isinstance(term, tree.Factors):
        return eye
    head = term.factors[:-1]
    scale = tree.Factors(term.start, head[-1][1].end, head) if len(head) > 1 else head[0][1]
    return piece(term, t.number(scale, MUL), " * ", eye, level=MUL, shape=(dim, dim))
