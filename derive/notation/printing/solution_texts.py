"""Sums over the index of an inverse as solutions: `solve(A, b)[i]`, A⁻¹ b, b A⁻¹."""

from __future__ import annotations

from sympy import Expr, Mul, true

from derive.core import heads
from derive.core.atoms import Index
from derive.core.indexing import occurs
from derive.core.walk import around, enter, with_arguments
from derive.functions.function_records import function_of
from derive.notation.operator_table import ATOM, MUL, OR
from derive.notation.printing.array_forms import array_formula
from derive.notation.printing.matrix_texts import (
    MatrixFormula,
    MatrixPrinter,
    function_of_matrix,
    matrix_text,
)
from derive.notation.printing.print_target import Text


def solution(p: MatrixPrinter, node: Expr, along: Expr | None = None) -> Text | None:
    """For Σ_k A⁻¹[i, k] b[k] the text of `solve(A, b)[i]`; None for any other sum.

    With `along` that of the whole array whose only subscript that would be.
    """
    seen = _inverse_and_rest(node)
    right = None if seen is None else _right_side(p, seen[1], seen[2])
    if seen is None or right is None:
        return None
    (inverse, rest, index), (vector, places) = seen, right
    name, matrix, row, column = inverse.args
    first = row if column == index else column
    text = _product_with_inverse(p, with_arguments(inverse, (name, matrix)), vector,
                                 column == index)
    if along is None:
        return p.subscripted(p.bracketed(text, ATOM), (first, *places))
    return text if along == first and not places and not occurs(along, matrix) and not occurs(
        along, rest) else None


def matrix_times_vector(p: MatrixPrinter, node: Expr, index: Expr) -> Text | None:
    """Σ_k M[index, k] v[k] for all values of the index at once, M made of whole matrices."""
    bound, body, where, _ = enter(node.family, around(node, index))
    left = Mul(*(f for f in Mul.make_args(body) if occurs(index, f)))
    right = Mul(*(f for f in Mul.make_args(body) if not occurs(index, f)))
    arrayed = p.target.arrayed
    if arrayed is None or where is not true or not occurs(bound, left):
        return None
    matrix, vector = MatrixFormula(index, bound, p).of(left), arrayed(p, right, bound)
    if matrix is None or vector is None:
        return None
    return p.inside(matrix, MUL) + p.target.signs["@"] + p.inside(vector, ATOM), MUL


def _inverse_and_rest(node: Expr) -> tuple[Expr, Expr, Index] | None:
    """The element of an inverse in a sum over one of its subscripts, and the other factors."""
    index, body, where, _ = enter(node.family, around(node))
    inverse = next((f for f in Mul.make_args(body) if _is_inverse(f, index)), None)
    if inverse is None or where is not true:
        return None
    rest = Mul(*(f for f in Mul.make_args(body) if f is not inverse))
    matrix = isinstance(rest, heads.Element) and len(rest.indices) == 2
    transposed = matrix and rest.indices[0] == index != inverse.args[3]
    return None if transposed else (inverse, rest, index)


def _product_with_inverse(p: MatrixPrinter, inverse: Expr, vector: Text, before: bool) -> Text:
    """solve(A, b), A⁻¹ b, or b A⁻¹."""
    if p.target.reparsed and before:
        return p.word("solve", [p.bracketed(matrix_text(p, inverse.args[1]), OR), vector[0]])
    matrix = function_of_matrix(p, inverse, function_of(inverse))[0]
    sides = [matrix, p.bracketed(vector, ATOM)] if before else [p.bracketed(vector, MUL), matrix]
    return p.target.signs["@"].join(sides), MUL


def _is_inverse(factor: Expr, index: Expr) -> bool:
    """Whether a factor is an element of an inverse, with the index as one of its subscripts."""
    if not isinstance(factor, heads.Apply) or function_of(factor).power != "-1":
        return False
    _, matrix, row, column = factor.args
    return (row == index) != (column == index) and not occurs(index, matrix) and not any(
        occurs(index, place) for place in (row, column) if place != index)


def _right_side(p: MatrixPrinter, node: Expr, index: Index) -> tuple[Text, tuple[Expr, ...]] | None:
    """A vector over the index, or a matrix of which it is the row, with the column."""
    if isinstance(node, heads.Element) and len(node.indices) == 2 and node.indices[0] == index \
            and not occurs(index, node.indices[1]):
        return p.placed(node.tensor, ()), (node.indices[1],)
    if not all(occurs(index, factor) for factor in Mul.make_args(node)):
        return None
    arrayed = p.target.arrayed
    vector = array_formula(node, index, p.placed, p.matrices) if arrayed is None else \
        arrayed(p, node, index)
    return None if vector is None else (p.show(vector), ())
