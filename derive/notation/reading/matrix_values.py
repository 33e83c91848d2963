"""Functions of square matrices: `inv(A)[i, j]`, `logdet(A)`, and `solve(A, b)` in terms of them."""

from __future__ import annotations

import ast

from sympy import Expr

from derive.core import heads
from derive.core.typed_nodes import evaluated
from derive.core.walk import fresh_index
from derive.errors import KindError
from derive.functions.function_records import Function
from derive.functions.matrix_facts import is_symmetric
from derive.notation.reading.reader_place import Place
from derive.notation.reading.scope import Array, Value
from derive.notation.reading.shape_wording import shape_of


def square(at: Place, node: ast.AST, argument: ast.expr, value: Value, word: str) -> Array:
    """A value that must be a square matrix."""
    if isinstance(value, Array) and len(value.shape) == 2 and value.shape[0] == value.shape[1]:
        return value
    near = "square " if isinstance(value, Array) and len(value.shape) == 2 else ""
    raise at.error(node, f"{word} takes a {near}matrix; "
                   f"{shape_of(at.scope, argument, value)}", KindError)


def family_of(matrix: Array, *beside: Expr) -> Expr:
    """A matrix as a family of its rows: `Lam(i, Lam(j, a_ij))`."""
    row = fresh_index(matrix.shape[0], *beside)
    column = fresh_index(matrix.shape[1], row, *beside)
    return heads.Lam(row, heads.Lam(column, matrix.at((row, column))))


def apply_to_matrix(at: Place, node: ast.Call, function: Function, value: Value) -> Value:
    """A function of a matrix: a number, or a matrix by its elements."""
    matrix = square(at, node, node.args[0], value, ast.unparse(node.func))
    if function.of:
        at.check_symmetric(node, evaluated(family_of(matrix)))
    if not function.matrix_valued:
        return heads.Apply(function.leaf, family_of(matrix))
    return Array(matrix.shape, lambda place: heads.Apply(
        function.leaf, family_of(matrix, *place), *place))


def check_symmetric(at: Place, node: ast.Call, family: Expr) -> None:
    """Raises KindError unless a matrix is known to be symmetric."""
    if is_symmetric(family):
        return
    word, matrix = ast.unparse(node.func), ast.unparse(node.args[0])
    raise at.error(node, f"{word} takes a symmetric matrix, and {matrix} is not known to be one; "
                   f"declare it so, as in {matrix}: spd[N, N], or write its symmetric part, "
                   f"({matrix} + ({matrix}).T)/2", KindError)
