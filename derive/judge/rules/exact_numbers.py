"""The number system in which rules are judged: exact fractions, and mpmath with noted errors."""

from __future__ import annotations

import ast
from collections.abc import Callable
from fractions import Fraction
from typing import Any

from derive.errors import EvaluationError, TooLargeError
from derive.judge.precision import Complex, mp, mpf
from derive.judge.reading.array_operations import Call, Numbers
from derive.judge.reading.lazy_arrays import NO_ERROR, Place, Run
from derive.judge.reading.mpmath_numbers import numerics
from derive.judge.roots import root_of
from derive.judge.rules.exact_arithmetic import (
    SPARE,
    finite,
    is_exact,
    magnitude,
    over,
    plus,
    power,
    rounded,
    times,
)
from derive.judge.rules.one_sided import Difference
from derive.judge.vector_totals import CONTINUOUS

_LARGEST_ARGUMENT = 50  # in bits; functions are not asked about larger numbers
_OF_ANY_SIZE = frozenset({"ln", "fabs", "sign"})
_ACCURATE = "exp"        # the function that has all its digits however small it is
_EXACT: dict[str, Callable[[Any], Any]] = {
    "fabs": abs, "sign": lambda u: Fraction((u > 0) - (u < 0)),
}


def _noted(run: Run, value: Any, error: int) -> Any:
    run.error = max(run.error, error)
    return value


def _sum(run: Run, left: Any, right: Any) -> Any:
    return _noted(run, *plus(left, right))


def _compared(run: Run, test: Callable[[Any, Any], bool], left: Any, right: Any) -> bool:
    """A comparison; sides that differ by rounding alone are noted as cancelled."""
    if run.branches is not None:
        run.branch(plus(left, -right)[0])
    if is_exact(left) and is_exact(right):
        return test(left, right)
    left, right = rounded(left), rounded(right)
    if left != right:
        _sum(run, left, -right)
    return test(left, right)


def _function(run: Run, name: str, *values: Any) -> Any:
    """The value of a function of numbers, an error noted where that is large.

    Raises EvaluationError where it has none, TooLargeError where mpmath is not asked.
    """
    if name in _EXACT:
        run.branch(values[0])
    if name in _EXACT and is_exact(values[0]):
        return _EXACT[name](*values)
    if name not in _OF_ANY_SIZE and any(v and magnitude(v) > _LARGEST_ARGUMENT for v in values):
        raise TooLargeError(f"an argument of {name} is too large")
    value = finite(_without_rounding(_computed(run, name, *map(rounded, values))))
    return _noted(run, value, NO_ERROR if name == _ACCURATE else _lost(value))


def _along(run: Run, name: str, rows: list[list[Any]]) -> Any:
    """The same of a function of whole vectors, or of a matrix."""
    values = _computed(run, name, *map(_all_rounded, rows))
    return values if isinstance(values, list) else _noted(run, finite(values), _lost(values))


def _all_rounded(values: Any) -> Any:
    return list(map(_all_rounded, values)) if isinstance(values, list) else rounded(values)


def _computed(run: Run, name: str, *arguments: Any) -> Any:
    try:
        return numerics(run)[name](*arguments)
    except OverflowError as error:
        raise TooLargeError(str(error)) from None
    except (ZeroDivisionError, ValueError, IndexError) as error:
        raise EvaluationError(f"no value here: {error}") from None


def _lost(value: Any) -> int:
    """The exponent of the error of a value so small that it may be a difference."""
    return -mp.prec if value == 0 or mp.mag(value) < SPARE - mp.prec else NO_ERROR


def _without_rounding(value: Any) -> Any:
    """The real part of a number whose imaginary part is the rounding of mpmath's own work."""
    if not isinstance(value, Complex):
        return value
    small = abs(value.imag) <= abs(value.real) * mp.mpf(2) ** (SPARE - mp.prec)
    return value.real if small else value


def _slope(run: Run, body: Call, name: str, place: Place) -> Any:
    """A partial derivative by differences; the two one-sided ones must agree."""
    at = run.named(name)
    difference = Difference(lambda step: body(run.at(run.point.moved(name, place, step))))
    value = difference.value(at.at(place) if place else at)
    return _noted(run, value, difference.error)


def _root(run: Run, body: Call, name: str, domain: str) -> Any:
    """The value of a name of a domain at which a formula is 0. Raises EvaluationError."""
    here, (low, high) = run.at(run.point), map(mpf, CONTINUOUS[domain])

    def value(x: Any) -> Any:
        return rounded(body(here.varied(run.point.having(name, x), name)))

    return root_of(value, low, high, int(mp.dps))


EXACT = Numbers(
    lambda run, value: value,
    {ast.Add: _sum, ast.Sub: lambda run, a, b: _sum(run, a, -b),
     ast.Mult: lambda run, a, b: times(a, b), ast.Div: lambda run, a, b: over(a, b),
     ast.Pow: lambda run, a, b: power(a, b)},
    _compared, _function, _along, _slope, strict=False, real=rounded, root=_root)
