"""Products: numbers, arrays with numbers, matrices with vectors."""

from __future__ import annotations

from derive.notation.latex_in.notation_pieces import Piece, bracketed, piece
from derive.notation.latex_in.translator import Translator
from derive.notation.latex_in.tree import Bracket, Factors, Node, Transposed
from derive.notation.operator_table import MUL, POWER

_PLAIN = ("", "\\cdot")


def product(translator: Translator, node: Factors) -> Piece:
    """Factors from left to right; a transposed array waits for what stands on its right."""
    (_, first), *others = node.factors
    result, turned = _factor(translator, first)
    last = first
    for sign, factor in others:
        if sign == "" and isinstance(factor, Bracket) and translator.translate(factor).over:
            raise translator.error(factor, "an index in brackets after a factor; a subscript is "
                                   "written y_t, a step y^{(t)}, a product with \\cdot")
        one, one_turned = _factor(translator, factor)
        here = Factors(node.start, factor.end, ())
        if sign == "/":
            if one.shape:
                raise translator.error(factor, "a number was expected below the fraction line")
            result = piece(here, bracketed(here, result, MUL), " / ",
                           bracketed(factor, one, POWER), level=MUL, shape=result.shape)
        elif not (result.shape and one.shape):
            result = piece(here, bracketed(here, result, MUL), " * ",
                           bracketed(factor, one, POWER), level=MUL,
                           shape=result.shape or one.shape)
            turned = turned or one_turned
        else:
            if one_turned:
                raise translator.error(factor, "a product with a transposed array on the right "
                                       "is not read; write it for one element")
            result, turned = _arrays(translator, here, sign, (result, turned), (one, factor))
        last = factor
    if turned:
        raise translator.error(last, "a transposed array is read on the left of another array")
    return result


def _factor(translator: Translator, node: Node) -> tuple[Piece, bool]:
    if isinstance(node, Transposed):
        one = translator.value(node.body)
        if not one.shape or len(one.shape) > 2:
            raise translator.error(node, "only a vector or matrix is transposed; write a power "
                                   "with T as x^{T} where T is declared")
        return one, True
    return translator.value(node), False


def _arrays(translator: Translator, here: Node, sign: str, left: tuple[Piece, bool],
            right: tuple[Piece, Node]) -> tuple[Piece, bool]:
    """The product of two arrays, and whether the result is a row that waits for a column."""
    (one, turned), (other, factor) = left, right
    ranks = len(one.shape), len(other.shape)
    sides = bracketed(here, one, MUL), bracketed(factor, other, POWER)
    if sign == "\\odot":
        if one.shape != other.shape or turned:
            raise translator.error(factor, "\\odot joins arrays of one shape")
        return piece(here, sides[0], " * ", sides[1], level=MUL, shape=one.shape), False
    if sign not in _PLAIN:
        raise translator.error(factor, f"{sign} between arrays is not read; write a^\\top b, "
                               "\\odot, or the formula for one element")
    if ranks == (1, 1) and (turned or sign == "\\cdot"):
        return piece(here, "dot(", one, ", ", other, ")"), False
    if ranks == (1, 1):
        raise translator.error(factor, "two vectors side by side; write a^\\top b for their inner "
                               "product, \\odot elementwise")
    if ranks == (2, 1) and turned:  # W' x is x @ W
        return piece(here, bracketed(factor, other, MUL), " @ ", bracketed(here, one, POWER),
                     level=MUL, shape=one.shape[1:]), False
    if ranks == (1, 2) and turned:
        return piece(here, *_at(sides), level=MUL, shape=other.shape[1:]), True
    if ranks in ((2, 1), (2, 2)) and not turned:
        return piece(here, *_at(sides), level=MUL,
                     shape=one.shape[:1] + other.shape[1:]), False
    raise translator.error(factor, "this product of arrays is not read; write the formula for one "
                           "element")


def _at(sides: tuple[Piece, Piece]) -> tuple[Piece, str, Piece]:
    return sides[0], " @ ", sides[1]
