"""Functions of the table at numbers, for the judge of rules."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from derive.errors import EvaluationError, TooLargeError
from derive.functions.function_records import Function
from derive.judge.precision import Complex, mp
from derive.judge.rules.exact_arithmetic import (
    NOTHING,
    SPARE,
    NoValueError,
    finite,
    is_exact,
    magnitude,
    rounded,
)
from derive.judge.trees.special_functions import evaluator_of

_LARGEST_ARGUMENT = 50  # in bits; functions are not asked about larger numbers
_OF_ANY_SIZE = frozenset({"log", "abs", "sign", "max", "min"})
_ACCURATE = "exp"        # the function that has all its digits however small it is
_EXACT: dict[str, Callable[..., Any]] = {
    "abs": abs, "sign": lambda u: (u > 0) - (u < 0),
}


def of_numbers(function: Function, values: Sequence[Any]) -> tuple[Any, int]:
    """The value of a function of numbers, and the exponent of its error where that is large.

    Raises NoValueError where it has none, TooLargeError where mpmath is not asked.
    """
    if function.name in _EXACT and all(map(is_exact, values)):
        return _EXACT[function.name](*values), NOTHING
    if function.name not in _OF_ANY_SIZE and any(
            v and magnitude(v) > _LARGEST_ARGUMENT for v in values):
        raise TooLargeError(f"an argument of {function.name} is too large")
    return computed(function, [rounded(v) for v in values])


def computed(function: Function, arguments: Sequence[Any]) -> tuple[Any, int]:
    """The same for arguments that mpmath takes: numbers, lists of numbers, places."""
    try:
        value = finite(_without_rounding(evaluator_of(function)(*arguments)))
    except OverflowError as error:
        raise TooLargeError(str(error)) from None
    except (EvaluationError, ZeroDivisionError, ValueError, IndexError) as error:
        raise NoValueError(f"no value here: {error}") from None
    small = value == 0 or mp.mag(value) < SPARE - mp.prec
    return value, -mp.prec if small and function.name != _ACCURATE else NOTHING


def _without_rounding(value: Any) -> Any:
    """The real part of a number whose imaginary part is the rounding of mpmath's own work."""
    if not isinstance(value, Complex):
        return value
    small = abs(value.imag) <= abs(value.real) * mp.mpf(2) ** (SPARE - mp.prec)
    return value.real if small else value
