"""Functions of matrices in trees: a matrix is a family of families, its rows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sympy import Expr

from derive.core.walk import dangling
from derive.errors import EvaluationError
from derive.functions.function_records import Function
from derive.judge.reading.array_operations import Call, kept
from derive.judge.reading.comprehensions import Terms
from derive.judge.reading.lazy_arrays import Run
from derive.judge.reading.matrix_reading import of_matrix
from derive.judge.trees.float_numbers import TREES, limited


def matrix_call(node: Expr, function: Function, rows: Callable[[Run], Terms],
                places: list[Call]) -> Call:
    """What computes a function of a matrix, or one entry of the matrix that it returns."""
    computed = of_matrix(TREES, function.evaluate)

    def value(run: Run) -> Any:
        return computed(run, [[v for _, v in row] for _, row in rows(run)])

    if not function.matrix_valued:
        return lambda run: limited(run, node.name, value(run))
    return entry_of(node, kept(value, dangling(node.args[1])), places)


def entry_of(node: Expr, entries: Call, places: list[Call]) -> Call:
    """What computes an entry of a vector or matrix that a function gives."""
    def entry(run: Run) -> Any:
        known = entries(run)
        for place in places:
            at = int(place(run))
            if not 0 <= at < len(known):
                raise EvaluationError("an index is out of its range")
            known = known[at]
        return limited(run, node.name, known)

    return entry
