"""Functions of square matrices: `inv(A)[i, j]`, `logdet(A)`, and `solve(A, b)` in terms of them."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from sympy import Expr

from derive.core import heads
from derive.core.kinds import narrowest
from derive.core.typed_nodes import evaluated
from derive.core.walk import fresh_index
from derive.errors import KindError
from derive.functions.definite_matrices import is_definite
from derive.functions.function_records import Function
from derive.functions.intervals import interval
from derive.functions.matrix_facts import is_symmetric
from derive.notation.reading.reader_place import Place
from derive.notation.reading.scope import Array, Value
from derive.notation.reading.shape_wording import in_brackets, shape_of


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


def domain_of_entries(body: Expr, indices: Sequence[Expr]) -> str:
    """The narrowest type of what has these entries; for a matrix `spd` before all others."""
    values = narrowest(interval(body))
    if len(indices) < 2 or indices[-1].dim != indices[-2].dim:
        return values
    family = heads.Lam(indices[-2], heads.Lam(indices[-1], body))
    if is_definite(family, interval):
        return "spd"
    return "symmetric" if values == "real" and is_symmetric(family) else values


def apply_to_matrix(at: Place, node: ast.Call, function: Function, value: Value) -> Value:
    """A function of a matrix: a number, or a matrix by its elements."""
    matrix = square(at, node, node.args[0], value, ast.unparse(node.func))
    check_no_number_added(at, node.args[0])
    if function.of:
        at.check_symmetric(node, evaluated(family_of(matrix)))
    if not function.matrix_valued:
        return heads.Apply(function.leaf, family_of(matrix))
    return Array(matrix.shape, lambda place: heads.Apply(
        function.leaf, family_of(matrix, *place), *place))


def check_no_number_added(at: Place, node: ast.expr) -> None:
    """Refuses `inv(X.T @ X + lam)`: lam times the unit matrix to some, added to all to others."""
    if isinstance(node, ast.UnaryOp):
        check_no_number_added(at, node.operand)
    if not isinstance(node, ast.BinOp) or isinstance(node.op, ast.Pow):
        return
    left, right = at.quantity(node.left), at.quantity(node.right)
    number, matrix = (node.left, right) if not isinstance(left, Array) else (node.right, left)
    if isinstance(node.op, (ast.Add, ast.Sub)) and isinstance(matrix, Array) and \
            isinstance(left, Array) != isinstance(right, Array):
        text, size = ast.unparse(number), matrix.shape[-1]
        diagonal, full = (in_brackets(number, ast.Mult(), ast.Name(word))
                          for word in (f"eye({size})", f"ones({size}, {size})"))
        raise at.error(number, f"{text} beside a matrix has two readings: write {diagonal} for the "
                       f"diagonal, {full} for every entry", KindError)
    for part, value in ((node.left, left), (node.right, right)):
        if isinstance(value, Array):
            check_no_number_added(at, part)


def check_symmetric(at: Place, node: ast.Call, family: Expr) -> None:
    """Raises KindError unless a matrix is known to be symmetric."""
    if is_symmetric(family):
        return
    word, matrix = ast.unparse(node.func), ast.unparse(node.args[0])
    raise at.error(node, f"{word} takes a symmetric matrix, and {matrix} is not known to be one; "
                   f"declare it so, as in {matrix}: spd[N, N], or write its symmetric part, "
                   f"({matrix} + ({matrix}).T)/2", KindError)
