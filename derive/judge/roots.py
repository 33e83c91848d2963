"""The roots of functions of a number."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

from derive.errors import EvaluationError
from derive.judge.precision import Number, mp, mpf
from derive.judge.quadrature import Function
from derive.limits import tick

_GRID = ("0", ".01", ".05", ".2", ".5", "1", "1.6", "2.5", "4", "7", "12", "25", "60", "200")


def root_of(value: Function, low: Number, high: Number, digits: int) -> Any:
    """The number between two others at which a function is 0.

    Raises EvaluationError where there is none, or more than one.
    """
    roots = zeros(value, low, high, digits)
    if len(roots) != 1:
        raise EvaluationError("the equation has no root here" if not roots else
                              "the equation has several roots here")
    return roots[0]


def solution_of(residuals: Callable[[list[Any]], list[Any]], size: int) -> list[Any]:
    """The numbers at which as many linear functions of them are 0.

    Raises EvaluationError where the functions are not linear, or do not determine the numbers.
    """
    constant = residuals([mpf(0)] * size)
    columns = [residuals([mpf(i == j) for i in range(size)]) for j in range(size)]
    matrix = mp.matrix([[columns[j][i] - constant[i] for j in range(size)] for i in range(size)])
    try:
        solution = list(mp.lu_solve(matrix, mp.matrix([-c for c in constant])))
    except ZeroDivisionError:
        raise EvaluationError("the equations do not determine their unknowns here") from None
    most = max([abs(c) for c in constant], default=mpf(0))
    if any(abs(r) > mpf(2) ** (-mp.prec // 2) * (1 + most) for r in residuals(solution)):
        raise EvaluationError("the equations are not linear")
    return solution


def zeros(value: Function, low: Number, high: Number, digits: int,
          places: Sequence[Number] = ()) -> list[Any]:
    """The places at which a function changes its sign without a jump to infinity.

    They are looked for between neighbours among `places`; without these, all over the range.
    """
    known = []
    for x in places or _scan(low, high):
        try:
            known.append((x, value(x)))
        except EvaluationError:
            continue
    roots = [x for x, v in known if v == 0]
    for x in roots:
        _check_isolated(value, x)
    for (a, fa), (b, fb) in pairwise(known):
        if fa * fb < 0:
            x = _bisected(value, a, b, fa, fb, digits)
            if x is not None:
                roots.append(x)
    return roots


def _check_isolated(value: Function, x: Number) -> None:
    """Raises EvaluationError where a function is 0 on a whole interval."""
    step = mpf(10) ** -9 * (1 + abs(x))
    if _is_zero(value, x - step) or _is_zero(value, x + step):
        raise EvaluationError("the equation holds on a whole interval here")


def _is_zero(value: Function, x: Number) -> bool:
    try:
        return bool(value(x) == 0)
    except EvaluationError:
        return False


def _scan(low: Number, high: Number) -> list[Any]:
    """Places all over a range, more of them near its ends and near 0."""
    grid = [mpf(n) for n in _GRID]
    if mp.isinf(low) and mp.isinf(high):
        return sorted({s * x for x in grid for s in (1, -1)})
    if mp.isinf(high):
        return [low + (x or mpf(10) ** -6) for x in grid] + [low + 10 ** mpf(n) for n in (3, 5)]
    if mp.isinf(low):
        return sorted(high - (x or mpf(10) ** -6) for x in grid)
    steps = [mpf(n) / 24 for n in range(1, 24)]
    ends = [mpf(10) ** -6, mpf(1) / 200, *steps, 1 - mpf(1) / 200, 1 - mpf(10) ** -6]
    return [low + (high - low) * s for s in ends]


def _bisected(value: Function, a: Number, b: Number, fa: Number, fb: Number, digits: int,
              ) -> Any | None:
    """A root between two places of different sign (Illinois rule); None where there is a pole."""
    small = mpf(10) ** -(digits + 5)
    first = max(abs(fa), abs(fb))
    for turn in range(400):
        tick("looking for a root")
        x = (a * fb - b * fa) / (fb - fa) if turn % 3 else (a + b) / 2
        fx = value(x)
        if fx == 0:
            _check_isolated(value, x)
            return x
        if abs(b - a) <= small * max(abs(a), abs(b), small):
            return x if abs(fx) <= first else None
        if fa * fx < 0:
            b, fb = x, fx
            fa = fa / 2 if turn % 3 == 2 else fa
        else:
            a, fa = x, fx
            fb = fb / 2 if turn % 3 == 2 else fb
    return None
