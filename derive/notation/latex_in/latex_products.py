"""Products: numbers, arrays with numbers, matrices with vectors."""

from __future__ import annotations

from dataclasses import dataclass, replace

from sympy import Expr

from derive.notation.latex_in import tree
from derive.notation.latex_in.notation_pieces import Piece, bracketed, called, piece
from derive.notation.latex_in.translator import Translator
from derive.notation.operator_table import ATOM, MUL, POWER


@dataclass(frozen=True)
class Factor:
    """A factor and the sign before it; `turned` where it is a transposed vector: a row."""

    sign: str
    node: tree.Node
    value: Piece
    turned: bool = False


def product(t: Translator, node: tree.Factors) -> Piece:
    """A product: numbers and arrays, these joined from the side where a vector stands.

    A row waits for what stands on its right.
    """
    for sign, part in node.factors[1:]:
        if sign == "" and isinstance(part, tree.Bracket) and t.translate(part).over:
            raise t.error(part, "an index in brackets after a factor; a subscript is "
                          "written y_t, a step y^{(t)}, a product with \\cdot")
    factors = [_factor(t, sign, part) for sign, part in node.factors]
    for factor in factors[1:]:
        _check_sign(t, factor)
    result = _from_left(t, node, _with_arrays_joined(t, node, factors))
    if result.turned:
        raise t.error(result.node, "a transposed vector is read on the left of another array")
    return result.value


def _check_sign(t: Translator, factor: Factor) -> None:
    """Refuses signs that a number or an array may not stand behind."""
    if factor.sign == "\\circ" and not factor.value.shape:
        raise t.error(factor.node, "∘ is read between arrays, entry by entry; write f(g(x)) for a "
                      "composition")
    if factor.sign == "/" and factor.value.shape:
        raise t.error(factor.node, "a number was expected below the fraction line")


def _with_arrays_joined(t: Translator, node: tree.Factors, factors: list[Factor]) -> list[Factor]:
    """The factors with the product of all arrays in place of the first, where signs allow it."""
    arrays = [factor for factor in factors if factor.value.shape]
    if len(arrays) < 2 or any(f.sign not in ("", "\\cdot") for f in arrays[1:]):
        return factors
    join = _from_right if _ends_in_column(arrays) else _from_left
    product = replace(join(t, node, arrays), sign=arrays[0].sign)
    return [product if f is arrays[0] else f for f in factors
            if f is arrays[0] or not f.value.shape]


def _ends_in_column(arrays: list[Factor]) -> bool:
    """Whether several arrays, of which the first is no row, end in a vector."""
    return len(arrays) > 2 and not arrays[0].turned and not arrays[-1].turned and \
        len(arrays[-1].value.shape) == 1 and all(f.sign in ("", "\\cdot") for f in arrays)


def _from_left(t: Translator, node: tree.Factors, factors: list[Factor]) -> Factor:
    """The product of factors, each joined to those on its left."""
    result, *others = factors
    for factor in others:
        here = tree.Factors(node.start, factor.node.end, ())
        if result.value.shape and factor.value.shape:
            result = _joined(t, here, result, factor)
        else:
            result = Factor("", factor.node, _scaled(here, result.value, factor),
                            result.turned or factor.turned)
    return result


def _from_right(t: Translator, node: tree.Factors, factors: list[Factor]) -> Factor:
    """The product of arrays, each joined to those on its right: `X^\\top (X w)`."""
    *others, result = factors
    for factor in reversed(others):
        here = tree.Factors(factor.node.start, node.end, ())
        result = _joined(t, here, factor, result)
    return result


def _scaled(here: tree.Node, left: Piece, right: Factor) -> Piece:
    """A product or quotient of which one side at most is an array."""
    return piece(here, bracketed(here, left, MUL), " / " if right.sign == "/" else " * ",
                 bracketed(right.node, right.value, POWER), level=MUL,
                 shape=left.shape or right.value.shape)


def _factor(t: Translator, sign: str, node: tree.Node) -> Factor:
    """A factor; a transposed matrix is one, a transposed vector a row."""
    body = transposed_body(t, node)
    if body is None:
        return Factor(sign, node, t.value(node))
    written = t.value(body)
    if len(written.shape) not in (1, 2):
        raise t.error(node, "only a vector or matrix is transposed; write a power "
                      "with T as x^{T} where T is declared")
    if len(written.shape) == 2:
        return Factor(sign, node, transposed_matrix(node, written))
    return Factor(sign, node, written, turned=True)


def transposed_matrix(node: tree.Node, matrix: Piece) -> Piece:
    """`A.T`; of `A.T` it is A."""
    if matrix.plain is not None:
        return matrix.plain
    turned = piece(node, bracketed(node, matrix, ATOM), ".T", shape=matrix.shape[::-1])
    return replace(turned, plain=matrix)


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


def _joined(t: Translator, here: tree.Node, left: Factor, right: Factor) -> Factor:
    """The product of two arrays."""
    a, b, sign = left.value, right.value, right.sign
    ranks = len(a.shape), len(b.shape)
    if sign in ("\\odot", "\\circ"):
        if a.shape != b.shape or left.turned or right.turned:
            raise t.error(right.node, "\\odot joins arrays of one shape")
        return Factor(left.sign, right.node, _between(here, a, "*", b, a.shape))
    if sign not in ("", "\\cdot"):
        raise t.error(right.node, f"{sign} between arrays is not read; write a^\\top b, "
                      "\\odot, or the formula for one element")
    if ranks == (1, 1):
        return _of_vectors(t, here, left, right)
    if not 1 <= min(ranks) <= max(ranks) <= 2 or (ranks[0] == 1 and not left.turned) \
            or (ranks[1] == 1 and right.turned):
        raise t.error(right.node, "this product of arrays is not read; write the formula for one "
                      "element")
    if a.shape[-1] != b.shape[0]:
        raise t.error(right.node, f"this product does not fit: {a.shape[-1]} on its left, "
                      f"{b.shape[0]} on its right")
    return Factor(left.sign, right.node, _with_matrix(here, a, b), left.turned)


def _with_matrix(here: tree.Node, a: Piece, b: Piece) -> Piece:
    """The product of a matrix with an array; W' x is x @ W."""
    shape = a.shape[:-1] + b.shape[1:]
    if len(b.shape) == 1 and a.plain is not None:
        return _between(here, b, "@", a.plain, shape)
    if len(a.shape) == 1 and b.plain is not None:
        return _between(here, b.plain, "@", a, shape)
    return _between(here, a, "@", b, shape)


def _of_vectors(t: Translator, here: tree.Node, left: Factor, right: Factor) -> Factor:
    """A row and a column are their inner product, a column and a row the matrix of products."""
    if right.turned and not left.turned and right.sign == "":
        shape = left.value.shape + right.value.shape
        return Factor(left.sign, right.node, called(here, "outer", left.value, right.value,
                                                    shape=shape))
    if right.turned or not (left.turned or right.sign == "\\cdot"):
        raise t.error(right.node, "two vectors side by side; write a^\\top b for their inner "
                      "product, \\odot elementwise")
    if left.value.shape != right.value.shape:
        raise t.error(right.node, f"an inner product of vectors over {left.value.shape[0]} and "
                      f"over {right.value.shape[0]}")
    return Factor(left.sign, right.node, called(here, "dot", left.value, right.value))


def _between(here: tree.Node, a: Piece, sign: str, b: Piece, shape: tuple[Expr, ...]) -> Piece:
    return piece(here, bracketed(here, a, MUL), f" {sign} ", bracketed(here, b, POWER), level=MUL,
                 shape=shape)


def inner_product(t: Translator, node: tree.Inner) -> Piece:
    """`⟨a, b⟩` of two vectors; of matrices it is the sum of the products of their entries."""
    left, right = t.value(node.left), t.value(node.right)
    if left.shape != right.shape or not left.shape:
        raise t.error(node, "an inner product is of two vectors of one shape")
    if len(left.shape) == 1:
        return called(node, "dot", left, right)
    return piece(node, "sum(", bracketed(node, left, MUL), " * ", bracketed(node, right, POWER),
                 ")")
