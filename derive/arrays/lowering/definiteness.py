"""Whether the elements of a matrix show that it is positive definite, whatever its arguments are.

Sums, products by elements (Schur), squares of differences in exponentials (Schoenberg): what is
certain by its form alone. Such a matrix has a Cholesky factor; of any other it is not known.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sympy import Add, Expr, Integer, Mul, Pow, Rational, true

from derive.core import heads
from derive.core.atoms import Index
from derive.core.indexing import occurs
from derive.core.walk import around, enter, substitute
from derive.functions.intervals import interval


def positive_definite(element: Expr, row: Index, column: Index) -> bool:
    """Whether a matrix with such elements is certainly symmetric and positive definite."""
    if isinstance(element, Add):
        return any(positive_definite(a, row, column) for a in element.args) and \
            all(semidefinite(a, row, column) for a in element.args)
    factors = Mul.make_args(element)
    core = [f for f in factors if _is_delta(f, row, column) or _is_declared(f, row, column)]
    rest = Mul(*(f for f in factors if f not in core))
    alone = _is_delta(core[0], row, column) if core else False
    return len(core) == 1 and (alone or not _depends(rest, row, column)) and \
        interval(rest).positive


def semidefinite(element: Expr, row: Index, column: Index) -> bool:
    """Whether a matrix with such elements is certainly symmetric, with no negative eigenvalue."""
    if not _depends(element, row, column):
        return interval(element).nonnegative
    if positive_definite(element, row, column):
        return True
    if isinstance(element, Add):
        return all(semidefinite(a, row, column) for a in element.args)
    if isinstance(element, heads.Sum):
        return _summed(element, row, column, semidefinite)
    if isinstance(element, heads.Apply) and element.name == "exp":
        return _conditionally(element.args[1], row, column)
    return _product(Mul.make_args(element), row, column)


Test = Callable[[Expr, Index, Index], bool]


def _summed(node: heads.Sum, row: Index, column: Index, test: Test) -> bool:
    """Whether each term of a sum passes a test."""
    _, body, where, _ = enter(node.family, around(row, column, node))
    return where is true and test(body, row, column)


def _product(factors: Sequence[Expr], row: Index, column: Index) -> bool:
    """Whether a product by elements is: of such matrices, and of one vector with itself."""
    alone, of_row, of_column, both = ([f for f in factors if (
        occurs(row, f), occurs(column, f)) == place] for place in (
            (False, False), (True, False), (False, True), (True, True)))
    if len(factors) == 1 and both:
        base, power = both[0].as_base_exp()
        return bool(power.is_Integer and power > 1) and semidefinite(base, row, column)
    if any(_is_delta(f, row, column) for f in both):
        rest = Mul(*(f for f in factors if not _is_delta(f, row, column)))
        return interval(rest).nonnegative
    turned = substitute(Mul(*of_row), {row: column, column: row})
    return interval(Mul(*alone)).nonnegative and turned == Mul(*of_column) and \
        all(semidefinite(f, row, column) for f in both)


def _conditionally(exponent: Expr, row: Index, column: Index) -> bool:
    """Whether the exponential of such elements is: minus distances, and what is so itself."""
    if isinstance(exponent, Add):
        return all(_conditionally(a, row, column) for a in exponent.args)
    return semidefinite(exponent, row, column) or \
        _scaled(exponent, row, column, _distance, negative=True)


def _scaled(node: Expr, row: Index, column: Index, test: Test, negative: bool = False) -> bool:
    """Whether one factor passes a test, and the others do not depend on the indices."""
    factors = Mul.make_args(node)
    both = [f for f in factors if _depends(f, row, column)]
    rest = Mul(*(f for f in factors if f not in both))
    return len(both) == 1 and interval(-rest if negative else rest).nonnegative and \
        test(both[0], row, column)


def _distance(node: Expr, row: Index, column: Index) -> bool:
    """Whether it is a squared distance of points, one for each index, or a root of one."""
    if isinstance(node, heads.Sum):
        return _summed(node, row, column, _distance)
    if isinstance(node, Add):
        return all(_distance(a, row, column) for a in node.args)
    if isinstance(node, heads.Apply) and node.name == "abs":
        return _gap(node.args[1], row, column)
    if isinstance(node, heads.Apply) and node.name == "sqrt":
        return _distance(node.args[1], row, column)
    if isinstance(node, Pow):
        test = _DISTANCES.get(node.args[1])
        return test is not None and test(node.args[0], row, column)
    return isinstance(node, Mul) and _scaled(node, row, column, _distance)


def _gap(node: Expr, row: Index, column: Index) -> bool:
    """Whether it is u(row) - u(column)."""
    return substitute(node, {row: column, column: row}) == -node and \
        isinstance(node, Add) and not any(occurs(row, a) and occurs(column, a) for a in node.args)


def _is_delta(node: Expr, row: Index, column: Index) -> bool:
    return isinstance(node, heads.Delta) and set(node.args) == {row, column}


def _depends(node: Expr, row: Index, column: Index) -> bool:
    return occurs(row, node) or occurs(column, node)


def _is_declared(node: Expr, row: Index, column: Index) -> bool:
    return isinstance(node, heads.Element) and node.tensor.kind.domain == "spd" and \
        set(node.indices) == {row, column}


_DISTANCES: dict[Expr, Test] = {Integer(2): _gap, Rational(1, 2): _distance}
