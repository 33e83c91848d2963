"""Whether parameters can have their values at the data: types, conditions, every observation."""

from __future__ import annotations

from sympy import Expr

from derive.calculus.likelihood.densities.statistical_model import Sample
from derive.calculus.likelihood.search.observed_data import DIGITS, exact_number
from derive.core.atoms import Dim, Tensor, Variable
from derive.core.indexing import free_names
from derive.errors import EvaluationError
from derive.judge.precision import Float, mp, mpf
from derive.judge.trees.evaluate import Point, evaluate
from derive.notation.printing.pretty import pretty

_WORDS = {"nonnegative": "0 or positive", "probability": "between 0 and 1"}


def outside(point: Point, sample: Sample) -> str:
    """Why the parameters cannot have their values at a point; empty where they can."""
    for parameter in sample.model.parameters:
        for name, value in _numbers(parameter, point):
            end = open_end(parameter, value)
            if end:
                return f"{name} is {end}"
    for condition in sample.conditions:
        if _unknown(condition, point, sample):
            continue
        if sample.index not in free_names(condition):
            if not _holds(condition, point):
                return f"{pretty(condition)} does not hold"
            continue
        for n in range(point.size(sample.dim)):
            if not _holds(condition, point.with_scalar(sample.index, n)):
                return f"{pretty(condition)} does not hold for observation {n + 1}"
    return ""


def _unknown(condition: Expr, point: Point, sample: Sample) -> bool:
    known = {sample.index, *point.tensors, *point.scalars}
    return any(not isinstance(n, Dim) for n in free_names(condition) - known)


def _holds(condition: Expr, point: Point) -> bool:
    try:
        return bool(evaluate(condition, point, DIGITS))
    except EvaluationError:
        return False


def _numbers(parameter: Variable | Tensor, point: Point) -> list[tuple[str, Float]]:
    if isinstance(parameter, Tensor):
        entries = point.tensors.get(parameter, {})
        return [(f"{parameter.name}[{', '.join(map(str, at))}]", v) for at, v in entries.items()]
    return [(pretty(parameter), point.scalars[parameter])] if parameter in point.scalars else []


def open_end(parameter: Variable | Tensor, value: Float) -> str:
    """What a value is not, where it is outside of a parameter's type; open ends are outside."""
    values = parameter.kind.interval
    low, high = ends_of(parameter)
    below = value < low or (value == low and values.low_open)
    above = value > high or (value == high and values.high_open)
    domain = parameter.kind.domain
    return f"not {_WORDS.get(domain, domain)}" if below or above else ""


def ends_of(parameter: Variable | Tensor) -> tuple[Float, Float]:
    """The ends of a parameter's type."""
    interval = parameter.kind.interval
    low, high = (mpf(mp.inf) * (1 if end > 0 else -1) if isinstance(end, float)
                 else exact_number(end) for end in (interval.low, interval.high))
    return low, high
