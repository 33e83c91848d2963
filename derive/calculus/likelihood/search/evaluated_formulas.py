"""Formulas that no array code computes, at many points by the judge: slowly, and the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from sympy import Expr

from derive.core.atoms import Tensor
from derive.errors import EvaluationError
from derive.judge.precision import mpf
from derive.judge.trees.evaluate import Point, evaluate

_DIGITS = 17


class EvaluatedFormulas:
    """What `batched_formulas` gives, one point after another, with what a point has besides."""

    def __init__(self, formulas: Sequence[Expr], point: Point) -> None:
        self.formulas, self.point = formulas, point

    def __call__(self, fixed: Mapping[Any, Any], moving: Mapping[Any, Any]) -> list[Any]:
        """The value of each formula at every point; NaN where it has none."""
        count = len(next(iter(moving.values()))) if moving else 1
        points = [self._at({x: v[n] for x, v in moving.items()}) for n in range(count)]
        return [np.array([_value(f, p) for p in points]) for f in self.formulas]

    def _at(self, values: Mapping[Any, Any]) -> Point:
        point = self.point
        for leaf, value in values.items():
            point = point.having(leaf, {at: mpf(float(v)) for at, v in np.ndenumerate(value)}
                                 if isinstance(leaf, Tensor) else mpf(float(value)))
        return point


def _value(formula: Expr, point: Point) -> float:
    try:
        return float(evaluate(formula, point, _DIGITS))
    except EvaluationError:
        return float("nan")
