"""Products: numbers, arrays with numbers, matrices with vectors."""

from __future__ import annotations

from dataclasses import dataclass, replace

from sympy import Expr

from derive.errors import NotationError
from derive.notation.latex_in import tree
from derive.notation.latex_in.notation_pieces import Piece, bracketed, called, piece
from derive.notation.latex_in.translator import Translator
from derive.notation.operator_table import MUL, POWER


@dataclass(frozen=True)
class Factor:
    """A factor, the sign before it, and whether it is transposed."""

    sign: str
    node: tree.Node
    value: Piece
    turned: bool = False


def product(t: Translator, node: tree.Factors) -> Piece:
    """Factors from left to right, or from right to left where only that is read.

    A transposed array waits for what stands on its right.
    """
    for sign, part in node.factors[1:]:
        if sign == "" and isinstance(part, tree.Bracket) and t.translate(part).over:
            raise t.error(part, "an index in brackets after a factor; a subscript is "
                          "written y_t, a step y^{(t)}, a product with \\cdot")
    factors = [_factor(t, sign, part) for sign, part in node.factors]
    arrays = [factor for factor in factors if factor.value.shape]
    try:
        return _from_left(t, node, factors)
    except NotationError:
        if len(arrays) < 3 or any(f.sign not in ("", "\\cdot") for f in factors):
            raise
        try:
            return _from_right(t, node, factors)
        except NotationError:
            pass
        raise


def _from_left(t: Translator, node: tree.Factors, factors: list[Factor]) -> Piece:
    """The product of factors, each joined to those on its left."""
    first, *others = factors
    result, waits, last = first.value, first.turned, first.node
    for factor in others:
        here = tree.Factors(node.start, factor.node.end, ())
        if factor.sign == "/" and factor.value.shape:
            raise t.error(factor.node, "a number was expected below the fraction line")
        if result.shape and factor.value.shape:
            if factor.turned:
                raise t.error(factor.node, "a product with a transposed array on the right "
                              "is not read; write it for one element")
            result, waits = _arrays(t, here, factor.sign, (result, waits),
                                    (factor.value, factor.node))
        else:
            result = _scaled(here, result, factor)
            waits = waits or factor.turned
        last = factor.node
    if waits:
        raise t.error(last, "a transposed array is read on the left of another array")
    return result


def _from_right(t: Translator, node: tree.Factors, factors: list[Factor]) -> Piece:
    """The product of factors, each joined to those on its right: `X^\\top (X w)`."""
    *others, last = [f for f in factors if f.value.shape]
    result = last.value
    if last.turned:
        raise t.error(last.node, "a transposed array is read on the left of another array")
    for factor in reversed(others):
        here = tree.Factors(factor.node.start, node.end, ())
        result, waits = _arrays(t, here, "", (factor.value, factor.turned), (result, last.node))
        if waits or not result.shape and factor is not others[0]:
            raise t.error(node, "this product of arrays is not read; write the formula for one "
                          "element")
    for number in reversed([f for f in factors if not f.value.shape]):
        here = tree.Factors(node.start, node.end, ())
        result = _scaled(here, number.value, Factor("", last.node, result))
    return result


def _scaled(here: tree.Node, left: Piece, right: Factor) -> Piece:
    """A product or quotient of which one side at most is an array."""
    return piece(here, bracketed(here, left, MUL), " / " if right.sign == "/" else " * ",
                 bracketed(right.node, right.value, POWER), level=MUL,
                 shape=left.shape or right.value.shape)


def _factor(t: Translator, sign: str, node: tree.Node) -> Factor:
    """A factor, and whether it is transposed."""
    body = transposed_body(t, node)
    if body is None:
        return Factor(sign, node, t.value(node))
    written = t.value(body)
    if len(written.shape) not in (1, 2):
        raise t.error(node, "only a vector or matrix is transposed; write a power "
                      "with T as x^{T} where T is declared")
    return Factor(sign, node, written, turned=True)


def transposed_body(t: Translator, node: tree.Node) -> tree.Node | None:
    """What is transposed in a factor: by its sign, by a prime, or by a T above an array."""
    if isinstance(node, tree.Transposed):
        return node.body
    base = node.base if isinstance(node, tree.Scripted) else node
    below = node.below if isinstance(node, tree.Scripted) else ()
    if isinstance(base, tree.Symbol) and t.names.turned(base, below):
        plain = replace(base, primes=0)
        return replace(node, base=plain) if isinstance(node, tree.Scripted) else plain
    if isinstance(node, tree.Scripted) and isinstance(node.power, tree.Symbol) and \
            node.power.sign == "T" and not node.power.primes:
        body = replace(node, power=None) if node.below or node.step else node.base
        return body if t.translate(body).shape else None
    return None


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


def inner_product(t: Translator, node: tree.Inner) -> Piece:
    """`⟨a, b⟩` of two vectors; of matrices it is the sum of the products of their entries."""
    left, right = t.value(node.left), t.value(node.right)
    if left.shape != right.shape or not left.shape:
        raise t.error(node, "an inner product is of two vectors of one shape")
    if len(left.shape) == 1:
        return called(node, "dot", left, right)
    return piece(node, "sum(", bracketed(node, left, MUL), " * ", bracketed(node, right, POWER),
                 ")")
