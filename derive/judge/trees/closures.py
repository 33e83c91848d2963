"""A formula as a Python function of one variable, for the many points of a quadrature.

What does not depend on the variable is evaluated once. The arithmetic is that of `evaluate`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sympy import Add, Mul, Pow

from derive.core import heads
from derive.core.indexing import depends
from derive.errors import EvaluationError
from derive.functions.function_records import function_of
from derive.judge.precision import Float, mp, mpf
from derive.judge.trees.special_functions import evaluator_of
from derive.judge.trees.special_functions import power as raised

Function = Callable[[Any], Any]


def closure(run: Any, node: Any, variable: Any) -> Function:
    """The formula as a function of the variable, the rest as at the point of the evaluation."""
    if node == variable:
        return lambda x: x
    if not depends(node, variable):
        value = run.value(node)
        return lambda x: value
    if isinstance(node, (Add, Mul)):
        return _gathered(run, node, variable)
    if isinstance(node, Pow):
        return _power(run, node, variable)
    if isinstance(node, heads.Apply) and node.args[0].unknown is None and not any(
            isinstance(a, heads.Lam) for a in node.args):
        return _application(run, node, variable)
    return lambda x: run.at(run.point.with_scalar(variable, x)).value(node)


def _gathered(run: Any, node: Any, variable: Any) -> Function:
    """A sum or product, its constant part computed beforehand."""
    fixed = [a for a in node.args if not depends(a, variable)]
    parts = [closure(run, a, variable) for a in node.args if depends(a, variable)]
    if isinstance(node, Add):
        start = run.value(Add(*fixed)) if fixed else mpf(0)

        def total(x: Any) -> Any:
            value = start
            for part in parts:
                value = value + part(x)
            return value

        return total
    factor = run.value(Mul(*fixed)) if fixed else mpf(1)

    def product(x: Any) -> Any:
        value = factor
        for part in parts:
            value = value * part(x)
        return value

    return product


def _power(run: Any, node: Any, variable: Any) -> Function:
    base, exponent = closure(run, node.args[0], variable), node.args[1]
    if exponent.is_Integer:
        whole = int(exponent)
        return lambda x: mpf(base(x)) ** whole
    above = closure(run, exponent, variable)

    def power(x: Any) -> Any:
        return raised(base(x), above(x))

    return power


def _application(run: Any, node: Any, variable: Any) -> Function:
    function = evaluator_of(function_of(node))
    parts = [closure(run, a, variable) for a in node.args[1:]]
    if len(parts) == 1:
        (only,) = parts
        return lambda x: _real(function(only(x)))
    return lambda x: _real(function(*(p(x) for p in parts)))


def _real(value: Any) -> Any:
    """A value that is a finite real number."""
    if not isinstance(value, Float) or not mp.isfinite(value):
        raise EvaluationError("the value is not a finite real number here")
    return value
