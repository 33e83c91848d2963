"""Infinite sums over whole numbers, for the independent judge.

Terms that fall off fast are added. Those that fall as a power are added up to some number, and
beyond it the sum is an integral with corrections by derivatives at its start.

Source: Euler-Maclaurin, DLMF 2.10.1.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from derive.errors import DivergentError, EvaluationError
from derive.judge.integral_tails import Tail, tail_of
from derive.judge.precision import Number, mp, mpf
from derive.judge.quadrature import Range, integrate, size_of
from derive.limits import tick

_MOST_TERMS = 4000
_START = 64        # from here on a slow sum is an integral
_CORRECTIONS = 12
_FORMULA_DIGITS = 40
Function = Callable[[Number], Any]


def sum_up(function: Function, low: int, digits: int, logarithm: Function | None = None) -> Any:
    """The sum over whole numbers from `low` on; `logarithm` is that of the size of the terms.

    Raises DivergentError where the tail decides that the sum is infinite, EvaluationError for one
    whose terms do not fall in time.
    """
    negligible = mpf(10) ** -(digits + 8)
    total, largest, falling, before, n = mpf(0), mpf(0), 0, mpf(0), low
    tail: Tail | None = None
    while n - low <= _MOST_TERMS:
        tick("summing numerically")
        value = function(mpf(n))
        total += value
        size = abs(value)
        largest = max(largest, size)
        falling = falling + 1 if size <= negligible * max(largest, abs(total)) and \
            size <= before else 0
        if falling >= 4:
            return total
        if n - low == 2 * _START:
            tail = _tail(function, logarithm)
            if tail.converges and tail.depth:
                return total + _rest(function, n + 1, digits, logarithm)
        before, n = size, n + 1
    if size >= before and tail is None:
        raise DivergentError("the sum diverges: its terms do not fall off")
    raise EvaluationError(f"whether the sum converges was not decided, or not within {_MOST_TERMS} "
                          "terms")


def _tail(function: Function, logarithm: Function | None) -> Tail:
    """How the terms fall off. Raises DivergentError where the sum is infinite."""
    def size(u: Number) -> Any:
        n = mp.floor(mp.exp(u))
        return u + (size_of(function(n)) if logarithm is None else logarithm(n))

    tail = tail_of(size, 64 if logarithm is None else 1e300)
    if tail.converges is False:
        raise DivergentError(f"the sum diverges: {tail.why.replace('the integrand', 'its terms')}")
    return tail


def _rest(function: Function, start: int, digits: int, logarithm: Function | None) -> Any:
    """The sum from a number on of terms that are a smooth function of n.

    Raises EvaluationError where the corrections do not settle, as for terms that alternate.
    """
    with mp.workdps(digits + _FORMULA_DIGITS):
        first = mpf(start)
        total = integrate(function, Range(first, mp.inf), digits, logarithm) + function(first) / 2
        series = mp.taylor(function, first, 2 * _CORRECTIONS)
        # zeta(1 - 2k) is -B(2k)/(2k)
        terms = [mp.zeta(1 - 2 * k) * series[2 * k - 1] for k in range(1, _CORRECTIONS + 1)]
        if abs(terms[-1]) > mpf(10) ** -digits * abs(total):
            raise EvaluationError("the sum converges, but too slowly for its value to be computed")
        return total + mp.fsum(terms)
