"""Lowering of functions of matrices: solutions where a sum goes over an inverse, shared factors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from sympy import Basic, Expr, Integer, Mul, true

from derive.arrays.lowering.node_building import Builder, Scope
from derive.arrays.lowering.product_lowering import Lowers, opened
from derive.arrays.lowering.sum_order import INVERSE
from derive.arrays.operations import FACTOR, GENERAL, LOWER, UPPER, Op
from derive.arrays.program import Value
from derive.core import heads
from derive.core.atoms import Index
from derive.core.indexing import occurs
from derive.core.walk import is_opened
from derive.errors import KernelError
from derive.functions.definite_matrices import is_semidefinite
from derive.functions.function_records import function_of
from derive.functions.intervals import interval
from derive.functions.matrix_facts import oriented
from derive.notation.printing.plain import plain

CHOLESKY, DETERMINANT, LOG_DETERMINANT = "cholesky", "det", "logdet"
MATRIX_FUNCTIONS = (INVERSE, CHOLESKY, DETERMINANT, LOG_DETERMINANT)
TRIANGLES = ("lower", "diagonal")  # types whose matrices are triangles
TURNED = {LOWER: UPPER, UPPER: LOWER}  # what a transpose is
LONGEST = 60  # letters of a matrix in a message
TWO = Value(Integer(2))


@dataclass(frozen=True)
class Matrix:
    """A lowered matrix: its elements or what stands for them, as the form says."""

    value: Value
    row: Index
    column: Index
    form: str
    words: str

    @property
    def stack(self) -> Scope:
        """The indices of which there is a matrix for each."""
        return tuple(i for i in self.value.indices if i not in (self.row, self.column))

    @property
    def detail(self) -> tuple[int, str]:
        """How many axes stand before the matrix, and what it is called."""
        return len(self.stack), self.words

    def axes(self, turned: bool = False) -> Scope:
        """The indices in the order of the axes."""
        ends = (self.column, self.row) if turned else (self.row, self.column)
        return (*self.stack, *ends)


def is_matrix_function(node: heads.Apply) -> bool:
    """Whether it is a function of a matrix, given by its elements."""
    return node.name in MATRIX_FUNCTIONS and isinstance(node.args[1], heads.Lam) and \
        isinstance(node.args[1].args[1], heads.Lam)


def matrix_function(run: Lowers, node: heads.Apply, scope: Scope) -> Value:
    """An element of an inverse or a factor, a determinant or its logarithm."""
    matrix = _matrix(run, node, scope)
    if node.name == INVERSE:
        return _at(run, _inverse(run.build, matrix), matrix, node, scope)
    if node.name == CHOLESKY:
        return _at(run, _factor(run.build, matrix), matrix, node, scope)
    logarithm = node.name == LOG_DETERMINANT
    if matrix.form == GENERAL or (matrix.form != FACTOR and logarithm):
        op = Op.LOG_DETERMINANT if logarithm else Op.DETERMINANT
        return _of_matrix(run.build, op, matrix, matrix.stack, matrix.detail)
    return _of_diagonal(run.build, matrix, logarithm)


def solution(run: Lowers, node: heads.Reduction, scope: Scope) -> Value | None:
    """A sum over one index of an inverse is the solution of a linear system; None for others."""
    index, body, where, inner = opened(node.args[0], scope)
    factors = Mul.make_args(body)
    inside = [f for f in factors if occurs(index, f)]
    inverse = _inverse_among(inside, index)
    if not isinstance(node, heads.Sum) or where is not true or inverse is None:
        return None
    build = run.build
    place = inverse.args[3 if inverse.args[2] == index else 2]
    side = run.value(Mul(*(f for f in inside if f is not inverse)), inner)
    matrix = _matrix(run, inverse, inner)
    if _is_wider(side, place, (index, *matrix.stack)):
        return None
    solved = _solved(build, matrix, build.filled(side, index, inner), index,
                     inverse.args[2] == index)
    value = run.at(solved.value, solved.row, place, scope)
    outside = Mul(*(f for f in factors if not occurs(index, f)))
    return value if outside == 1 else build.elementwise(
        Op.MULTIPLY, run.value(outside, scope), value, scope=scope)


def _is_wider(side: Value, place: Expr, among: Scope) -> bool:
    """Whether right sides have more columns than the matrix, of which few elements are asked for.

    Then the inverse is less work, which is the same for other sums.
    """
    return place in side.indices and (
        not is_opened(place) or len({*side.indices} - {place, *among}) > 0)


def _inverse_among(factors: list[Expr], index: Index) -> heads.Apply | None:
    """The inverse that a sum over the index is a solution with; a delta picks better."""
    if any(isinstance(f, heads.Delta) for f in factors):
        return None
    return next((f for f in factors if _sums_over(f, index)), None)


def _sums_over(factor: Expr, index: Index) -> bool:
    """Whether a factor is an inverse with the index at one of its places, and nowhere else."""
    return isinstance(factor, heads.Apply) and factor.name == INVERSE and \
        is_matrix_function(factor) and index in factor.args[2:] and \
        sum(occurs(index, a) for a in factor.args[1:]) == 1


def _matrix(run: Lowers, node: heads.Apply, scope: Scope) -> Matrix:
    """The matrix of a function; where it is positive definite, its Cholesky factor."""
    row, rows, _, inner = opened(node.args[1], scope)
    column, element, _, inmost = opened(rows, inner)
    build = run.build
    build.size(row.dim)
    if row.dim != column.dim:
        raise KernelError(f"{plain(node)}: the matrix has the shape {row.dim} × {column.dim}, "
                          "and must be square")
    value = run.value(element, inmost)
    if set(value.indices) >= {row, column} and build.of(value).kind == "f":
        made = value
    else:
        made = build.spread(value, tuple(i for i in inmost if i in {*value.indices, row, column}))
    form = _form(node, element, row, column)
    matrix = Matrix(made, row, column, GENERAL if form == FACTOR else form, _words(node, run.named))
    return replace(matrix, value=_factor(build, matrix), form=form) if form == FACTOR else matrix


def named_matrix(indices: Sequence[Expr], element: Expr) -> Expr:
    """A matrix as it is looked up among those that have names."""
    row, column = indices
    return oriented(oriented(heads.Lam(row, heads.Lam(column, element))))


def _words(node: heads.Apply, named: Mapping[Expr, str]) -> str:
    """What the matrix is called in messages."""
    if node.args[1] in named:
        return named[node.args[1]]
    text = plain(heads.apply(DETERMINANT, node.args[1]))[len(DETERMINANT) + 1:-1]
    short = text if len(text) <= LONGEST else text[:LONGEST - 1] + "\u2026"
    return short.replace(", ", ",")  # a line of code is broken after a comma


def _form(node: heads.Apply, element: Basic, row: Index, column: Index) -> str:
    """What stands for the matrix where it is needed: itself, a factor, or a triangle."""
    if node.name == CHOLESKY:
        return GENERAL
    if is_semidefinite(node.args[1], interval):  # and definite, or it has no inverse
        return FACTOR
    places: tuple[Expr, ...] = ()
    if isinstance(element, heads.Element) and element.tensor.kind.domain in TRIANGLES:
        places = element.indices
    if isinstance(element, heads.Apply) and function_of(element).gives in TRIANGLES:
        places = element.args[2:]
    return {(row, column): LOWER, (column, row): UPPER}.get(places, GENERAL)


def _of_matrix(build: Builder, op: Op, matrix: Matrix, indices: Scope, detail: tuple[object, ...],
               ) -> Value:
    return build.assign(op, [matrix.value.along(matrix.axes())], indices, detail=detail,
                        batched=build.batched(matrix.value))


def _factor(build: Builder, matrix: Matrix) -> Value:
    return _of_matrix(build, Op.CHOLESKY, matrix, matrix.axes(), matrix.detail)


def _inverse(build: Builder, matrix: Matrix) -> Value:
    return _of_matrix(build, Op.INVERSE, matrix, matrix.axes(), (matrix.form, *matrix.detail))


class Solved(NamedTuple):
    """The solutions of a system, and the index of their rows."""

    value: Value
    row: Index


def _solved(build: Builder, matrix: Matrix, side: Value, index: Index, transposed: bool) -> Solved:
    """The solution of a system, its rows along those of the matrix."""
    stack = matrix.stack
    columns = tuple(i for i in side.indices if i != index and i not in stack)
    form = TURNED.get(matrix.form, matrix.form) if transposed else matrix.form
    turned = transposed and form != FACTOR
    operands = [matrix.value.along(matrix.axes(turned)), side.along((*stack, index, *columns))]
    made = build.assign(Op.SOLVE, operands, (*stack, matrix.row, *columns),
                        detail=(form, *matrix.detail), batched=build.batched(matrix.value, side))
    return Solved(made, matrix.row)


def _at(run: Lowers, value: Value, matrix: Matrix, node: heads.Apply, scope: Scope) -> Value:
    """The element that is asked for."""
    value = run.at(value, matrix.row, node.args[2], scope)
    return run.at(value, matrix.column, node.args[3], scope)


def _of_diagonal(build: Builder, matrix: Matrix, logarithm: bool) -> Value:
    """A determinant or its logarithm, from the diagonal of a triangle."""
    own = build.diagonal(matrix.value, matrix.column, matrix.row)
    scope = (*matrix.stack, matrix.row)
    if logarithm:
        own = build.elementwise(Op.FUNCTION, own, scope=scope, detail=("log",))
    total = build.reduced(Op.SUM if logarithm else Op.PRODUCT, own, matrix.row)
    if matrix.form != FACTOR:
        return total
    return build.elementwise(Op.MULTIPLY, TWO if logarithm else total, total, scope=matrix.stack)


