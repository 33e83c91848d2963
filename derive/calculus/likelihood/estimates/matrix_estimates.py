"""Estimates that are matrices: whether they are of the type that their parameter has."""

from __future__ import annotations

from collections.abc import Iterable

from sympy import Expr

from derive.calculus.likelihood.densities.statistical_model import Sample, joined_names
from derive.core.atoms import Tensor
from derive.core.indexing import root
from derive.core.kinds import MATRICES
from derive.judge.precision import mp, mpf
from derive.judge.trees.evaluate import Point
from derive.notation.printing.pretty import pretty

_SINGULAR = mpf(10) ** -12  # a pivot that is as small beside the diagonal counts as 0


def of_matrices(unknowns: Iterable[Expr]) -> tuple[tuple[str, str], ...]:
    """What is told of a maximum in matrices, where second derivatives are not looked at."""
    matrices = [x for x in unknowns if root(x).kind.domain in MATRICES]
    if not matrices:
        return ()
    return (("maximum", "the only zero of the score where the estimate of "
                        f"{joined_names(matrices)} is positive definite; the second derivatives by "
                        "a matrix are not looked at"),)


def not_definite(point: Point, sample: Sample) -> str:
    """The name of a parameter whose estimate is not positive definite as its type asks."""
    for parameter in sample.model.parameters:
        if not isinstance(parameter, Tensor) or parameter.kind.domain != "spd":
            continue
        entries = point.tensors.get(parameter)
        if entries is None:
            continue
        size = 1 + max(row for row, _ in entries)
        matrix = mp.matrix(size, size)
        for (row, column), value in entries.items():
            matrix[row, column] = value
        most = max(abs(matrix[n, n]) for n in range(size))
        try:
            factor = mp.cholesky(matrix)
        except ValueError:
            return pretty(parameter)
        if min(factor[n, n] ** 2 for n in range(size)) <= _SINGULAR * most:
            return pretty(parameter)
    return ""
