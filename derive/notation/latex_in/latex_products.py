"""Products: numbers, arrays with numbers, matrices with vectors."""

from __future__ import annotations

from sympy import Expr

from derive.notation.latex_in import tree
from derive.notation.latex_in.notation_pieces import Piece, bracketed, called, piece
from derive.notation.latex_in.translator import Translator
from derive.notation.operator_table import MUL, POWER


def product(t: Translator, node: tree.Factors) -> Piece:
    """Factors from left to right; a transposed array waits for what stands on its right."""
    (_, last), *others = node.factors
    result, waits = _factor(t, last)
    for sign, factor in others:
        if sign == "" and isinstance(factor, tree.Bracket) and t.translate(factor).over:
            raise t.error(factor, "an index in brackets after a factor; a subscript is "
                          "written y_t, a step y^{(t)}, a product with \\cdot")
        written, turned = _factor(t, factor)
        here = tree.Factors(node.start, factor.end, ())
        if sign == "/" and written.shape:
            raise t.error(factor, "a number was expected below the fraction line")
        if result.shape and written.shape:
            if turned:
                raise t.error(factor, "a product with a transposed array on the right "
                              "is not read; write it for one element")
            result, waits = _arrays(t, here, sign, (result, waits), (written, factor))
        else:
            result = piece(here, bracketed(here, result, MUL), " / " if sign == "/" else " * ",
                           bracketed(factor, written, POWER), level=MUL,
                           shape=result.shape or written.shape)
            waits = waits or turned
        last = factor
    if waits:
        raise t.error(last, "a transposed array is read on the left of another array")
    return result


def _factor(t: Translator, node: tree.Node) -> tuple[Piece, bool]:
    """A factor, and whether it is transposed."""
    if not isinstance(node, tree.Transposed):
        return t.value(node), False
    written = t.value(node.body)
    if len(written.shape) not in (1, 2):
        raise t.error(node, "only a vector or matrix is transposed; write a power "
                      "with T as x^{T} where T is declared")
    return written, True


def _arrays(t: Translator, here: tree.Node, sign: str, left: tuple[Piece, bool],
            right: tuple[Piece, tree.Node]) -> tuple[Piece, bool]:
    """The product of two arrays, and whether the result is a row that waits for a column."""
    (first, turned), (second, factor) = left, right

    def joined(a: Piece, sign: str, b: Piece, shape: tuple[Expr, ...]) -> Piece:
        return piece(here, bracketed(here, a, MUL), f" {sign} ", bracketed(factor, b, POWER),
                     level=MUL, shape=shape)

    if sign == "\\odot":
        if first.shape != second.shape or turned:
            raise t.error(factor, "\\odot joins arrays of one shape")
        return joined(first, "*", second, first.shape), False
    if sign not in ("", "\\cdot"):
        raise t.error(factor, f"{sign} between arrays is not read; write a^\\top b, "
                      "\\odot, or the formula for one element")
    ranks = len(first.shape), len(second.shape)
    if ranks == (1, 1):
        if not turned and sign != "\\cdot":
            raise t.error(factor, "two vectors side by side; write a^\\top b for their inner "
                          "product, \\odot elementwise")
        return called(here, "dot", first, second), False
    if ranks == (2, 1) and turned:  # W' x is x @ W
        return joined(second, "@", first, first.shape[1:]), False
    if ranks == (1, 2) and turned:
        return joined(first, "@", second, second.shape[1:]), True
    if ranks in ((2, 1), (2, 2)) and not turned:
        return joined(first, "@", second, first.shape[:1] + second.shape[1:]), False
    raise t.error(factor, "this product of arrays is not read; write the formula for one "
                  "element")
