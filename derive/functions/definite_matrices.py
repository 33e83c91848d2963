"""Which matrices are known to be positive definite, by their kinds and by how they are made.

Products X Xᵀ and what is between, A P Aᵀ, are semidefinite, so are sums of such matrices, their
products by entries (Schur), exp(-c |x_r - x_c|²) and exp(-c |x_r - x_c|) (Schoenberg); with a
definite summand, such as a positive multiple of the unit matrix, the sum is definite.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache
from itertools import permutations

from sympy import Add, Expr, Mul, Pow, Rational, true

from derive.core import heads
from derive.core.atoms import Index
from derive.core.indexing import occurs
from derive.core.kinds import Interval
from derive.core.walk import around, enter, substitute
from derive.functions.function_records import function_of
from derive.functions.matrix_facts import is_matrix_of, opened, oriented, products_of

NO, SEMI, DEFINITE = 0, 1, 2
Values = Callable[[Expr], Interval]  # the interval of the values of a formula


@lru_cache(maxsize=4096)
def is_definite(matrix: Expr, values: Values) -> bool:
    """Whether a matrix is known to be symmetric and positive definite."""
    seen = opened(matrix)
    return seen is not None and _level(seen.body, seen.row, seen.column, values) == DEFINITE


@lru_cache(maxsize=4096)
def is_semidefinite(matrix: Expr, values: Values) -> bool:
    """Whether a matrix is known to be symmetric, with no negative eigenvalue."""
    seen = opened(matrix)
    return seen is not None and _level(seen.body, seen.row, seen.column, values) != NO


def _level(body: Expr, row: Expr, column: Expr, values: Values) -> int:
    """How definite a matrix with these entries is."""
    levels = [_of_term(factors, bound, row, column, values)
              for factors, bound in products_of(body)]
    return NO if NO in levels else max(levels, default=NO)


def _of_term(factors: list[Expr], bound: list[Index], row: Expr, column: Expr, values: Values,
             ) -> int:
    """How definite a product under sums is, as a matrix over a row and a column."""
    ends, others = _apart(factors, (row, column))
    inner, numbers = _apart(others, bound)
    both = [f for f in ends if occurs(row, f) and occurs(column, f)]
    if both:
        rest = [f for f in ends if f not in both]
        level = NO if bound else _of_both(both, rest, row, column, values)
    else:
        level = _of_sandwich(ends, inner, bound, row, column, values) if ends else NO
    return min(level, _sign(numbers, values))


def _apart(factors: list[Expr], indices: Iterable[Expr]) -> tuple[list[Expr], list[Expr]]:
    """The factors in which some indices occur, and the others."""
    inside = [f for f in factors if _any_in(indices, f)]
    return inside, [f for f in factors if f not in inside]


def _any_in(indices: Iterable[Expr], node: Expr) -> bool:
    return any(occurs(i, node) for i in indices)


def _sign(factors: list[Expr], values: Values) -> int:
    """DEFINITE for a positive product, SEMI for one that is not negative."""
    known = values(Mul(*factors))
    return DEFINITE if known.positive else SEMI if known.nonnegative else NO


def _of_both(both: list[Expr], others: list[Expr], row: Expr, column: Expr, values: Values) -> int:
    """How definite a product by entries is: each factor a matrix, or a vector on a diagonal."""
    unit = heads.Delta(row, column)
    if unit in both:
        return _sign([substitute(f, {column: row}) for f in (*both, *others) if f != unit], values)
    levels = [_of_matrix(f, row, column, values) for f in both]
    if others:
        levels.append(_of_sandwich(others, [], [], row, column, values))
    return min(levels)


def _of_matrix(factor: Expr, row: Expr, column: Expr, values: Values) -> int:
    """How definite a matrix is of which one factor stands for an entry."""
    at = {row, column}
    if isinstance(factor, heads.Element):
        ends = set(factor.indices[-2:]) == at and not _any_in(at, Mul(*factor.indices[:-2]))
        return DEFINITE if ends and is_matrix_of(factor.tensor, ("spd",)) else NO
    if not isinstance(factor, heads.Apply):
        return NO
    function, matrix = function_of(factor), factor.args[1]
    if "definite" in function.keeps and set(factor.args[2:]) == at and not _any_in(at, matrix):
        return DEFINITE if is_definite(matrix, values) else NO
    return SEMI if factor.name == "exp" and _is_distance(matrix, row, column, values) else NO


def _is_distance(exponent: Expr, row: Expr, column: Expr, values: Values) -> bool:
    """Whether an exponent is a negative number times |x_r - x_c|² or its root."""
    parts = [f for f in Mul.make_args(exponent) if _any_in((row, column), f)]
    others = [f for f in Mul.make_args(exponent) if f not in parts]
    if len(parts) != 1 or not values(Mul(-1, *others)).nonnegative:
        return False
    square = _without_root(parts[0])
    while isinstance(square, heads.Sum):
        _, square, where, _ = enter(square.family, around(square, row, column))
        if where is not true:
            return False
    weights = [f for f in Mul.make_args(square) if not _any_in((row, column), f)]
    squares = [f for f in Mul.make_args(square) if _any_in((row, column), f)]
    return len(squares) == 1 and values(Mul(*weights)).nonnegative and _is_gap(
        _without_root(squares[0]), row, column)


def _without_root(distance: Expr) -> Expr:
    """The square of |u| or of a root; anything else as it is."""
    if isinstance(distance, heads.Apply) and distance.name == "abs":
        return Pow(distance.args[1], 2)
    root = isinstance(distance, Pow) and distance.args[1] == Rational(1, 2)
    return distance.args[0] if root else distance


def _is_gap(square: Expr, row: Expr, column: Expr) -> bool:
    """Whether a formula is (x_r - x_c)²."""
    if not isinstance(square, Pow) or square.args[1] != 2 or not isinstance(square.args[0], Add):
        return False
    first = Add(*(t for t in square.args[0].args if occurs(row, t)))
    second = Add(*(t for t in square.args[0].args if not occurs(row, t)))
    return not occurs(column, first) and substitute(second, {column: row}) == Add(
        *(Mul(-1, t) for t in Add.make_args(first)))


def _of_sandwich(ends: list[Expr], inner: list[Expr], bound: list[Index], row: Expr, column: Expr,
                 values: Values) -> int:
    """A product A P Aᵀ under sums, the outer factors the same at the row and at the column."""
    above, below = ([f for f in ends if occurs(i, f)] for i in (row, column))
    mirrored = [substitute(f, {column: row}) for f in below]
    if _same(above, mirrored):
        return min(SEMI, _sign(inner, values))
    for first, second in permutations(bound, 2):
        turned = [substitute(f, {second: first}) for f in mirrored]
        if first.dim == second.dim and _same(above, turned) and not _any_in([second], Mul(*above)):
            rest = [i for i in bound if i not in (first, second)]
            if any(occurs(i, Mul(*above)) and occurs(i, Mul(*inner)) for i in rest):
                return NO
            return min(SEMI, _of_term(inner, rest, first, second, values))
    return NO


def _same(left: list[Expr], right: list[Expr]) -> bool:
    return sorted(map(str, map(oriented, left))) == sorted(map(str, map(oriented, right)))
