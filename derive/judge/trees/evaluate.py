"""The independent judge: any expression at a concrete point, in mpmath."""

from __future__ import annotations

from typing import Any

from sympy import Basic

from derive.errors import EvaluationError
from derive.judge.precision import Float, Number, mp
from derive.judge.reading.lazy_arrays import Run
from derive.judge.trees.tree_compiler import GUARD, code_of
from derive.judge.trees.tree_point import Point as Point
from derive.limits import tick


def evaluate(expression: Basic, point: Point, digits: int = 50, largest: Number | None = None,
             ) -> Any:
    """The value of an expression (or condition) at a point, to about `digits` digits.

    What was computed at the very same point before, to as many digits, is not computed again.
    Raises EvaluationError where there is no finite real value, TooLargeError for one beyond
    `largest`.
    """
    tick("evaluating at points")
    with mp.workdps(digits + GUARD):
        run = Run(mp, point, point.meter)
        run.memo, run.largest = point.memos.setdefault((mp.prec, largest), {}), largest
        try:
            value = code_of(expression).call(run)
        except (ZeroDivisionError, OverflowError, ValueError, TypeError, IndexError) as error:
            raise EvaluationError(f"no value here: {error}") from None
        except (MemoryError, RecursionError):
            raise EvaluationError("the value is too large to compute") from None
    if isinstance(value, (bool, int)):
        return value
    if not isinstance(value, Float) or not mp.isfinite(value):
        raise EvaluationError("the value is not a finite real number here")
    return value
