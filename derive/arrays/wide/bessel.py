"""The modified Bessel functions I0 and I1 of wide numbers.

Their power series up to |x| = 40, beyond it the asymptotic one.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from derive.arrays.wide.exponential import wide_exp
from derive.arrays.wide.order import wide_less
from derive.arrays.wide.pairs import _wide_ratio
from derive.arrays.wide.wide_numbers import (
    WIDE_HALF,
    Wide,
    _wide_of_pair,
    _wide_polynomial,
    _wide_signed,
    wide_of,
    wide_sqrt,
    wide_where,
)


def _wide_bessel_terms(order: int) -> list[tuple[float, float]]:
    """1 / (k! * (k + order)!), the coefficients of (x**2/4)**k."""
    terms, size = [], 1
    for k in range(76):
        terms.append(_wide_ratio(1, size))
        size *= (k + 1) * (k + 1 + order)
    return terms


def _wide_bessel_tail(order: int) -> list[tuple[float, float]]:
    """The coefficients of 1/x**k in sqrt(2*pi*x) * exp(-x) * I(x)."""
    terms, top, bottom = [], 1, 1
    for k in range(1, 55):
        terms.append(_wide_ratio(top, bottom))
        top *= (2 * k - 1) ** 2 - 4 * order * order
        bottom *= 8 * k
    return terms


WIDE_BESSELI0_TERMS = _wide_bessel_terms(0)
WIDE_BESSELI1_TERMS = _wide_bessel_terms(1)
WIDE_BESSELI0_TAIL = _wide_bessel_tail(0)
WIDE_BESSELI1_TAIL = _wide_bessel_tail(1)
WIDE_TWO_PI_INVERSE = (0.15915494309189535, -9.839338337591243e-18)


def _wide_bessel(size: Wide, terms: Any, tail: Any) -> tuple[Wide, Wide]:
    """The power series, right for sizes up to 40, and the function beyond."""
    half = size * WIDE_HALF
    inner = _wide_polynomial(half * half, terms, 54)
    # In the reach of the power series, the other one is not wanted: 1/40 does for it.
    inverse = wide_of(1.0) / _wide_beyond(size)
    outer = _wide_polynomial(inverse, tail, 16)
    root = wide_sqrt(inverse * _wide_of_pair(*WIDE_TWO_PI_INVERSE))
    grown = wide_exp(size)
    outer = outer * (grown * root)
    return inner, wide_where(np.isinf(grown.high), grown, outer)


def _wide_beyond(size: Wide) -> Wide:
    """The number, but 40 where it is less."""
    return wide_where(_wide_is_beyond(size), size, wide_of(40.0))


def _wide_is_beyond(size: Wide) -> Any:
    """Whether a number above 0 is above 40 = 0.625 * 2**6."""
    beyond = (size.exponent > 6) | ((size.exponent == 6) & (size.high > 0.625))
    return beyond | np.isinf(size.high)


def wide_besseli0(w: Wide) -> Wide:
    """The modified Bessel function I0."""
    size = abs(w)
    inner, outer = _wide_bessel(size, WIDE_BESSELI0_TERMS, WIDE_BESSELI0_TAIL)
    return wide_where(_wide_is_beyond(size), outer, inner)


def wide_besseli1(w: Wide) -> Wide:
    """The modified Bessel function I1."""
    size = abs(w)
    inner, outer = _wide_bessel(size, WIDE_BESSELI1_TERMS, WIDE_BESSELI1_TAIL)
    inner = inner * (size * WIDE_HALF)
    result = wide_where(_wide_is_beyond(size), outer, inner)
    return _wide_signed(result, w)


def wide_besseli0e(u: Wide) -> Wide:
    """exp(-|u|) I0(u); beyond 2**40 by the first terms of its expansion."""
    size = abs(u)
    small = wide_exp(-size) * wide_besseli0(u)
    inverse = wide_of(0.125) / size
    series = wide_of(1.0) + inverse * (wide_of(1.0) + wide_of(4.5) * inverse)
    root = wide_sqrt((wide_of(6.283185307179586) + wide_of(2.4492935982947064e-16)) * size)
    large = series / root
    return wide_where(wide_less(wide_of(2.0**40), size), large, small)
