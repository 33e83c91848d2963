"""What exp and log make, of wide numbers: powers, hyperbolic and logistic functions.

Functions less what they begin with are accurate near 0 too.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from derive.arrays.wide.exponential import (
    wide_exp,
    wide_expm1,
    wide_log,
    wide_log1p,
)
from derive.arrays.wide.order import wide_equal, wide_less, wide_maximum
from derive.arrays.wide.pairs import _wide_ratio
from derive.arrays.wide.wide_numbers import (
    WIDE_HALF,
    WIDE_ONE,
    WIDE_TWO,
    WIDE_ZERO,
    Wide,
    _wide_pair,
    _wide_polynomial,
    _wide_signed,
    wide_of,
    wide_sqrt,
    wide_where,
)


def _wide_is_integer(w: Wide) -> Any:
    """Whether it is a finite integer."""
    high, low = _wide_pair(w)
    return (np.rint(high) == high) & (np.rint(low) == low) & np.isfinite(high)


def wide_power(a: Wide, b: Wide) -> Wide:
    """a**b for a > 0, for a = 0, and for a < 0 with an integer b.

    The relative error is about |b * log(a)| * 2**-103.
    """
    size = wide_exp(b * wide_log(abs(a)))
    odd = _wide_is_integer(b) & ~_wide_is_integer(b * WIDE_HALF)
    size = wide_where((a.high < 0) & odd, -size, size)
    allowed = ~(a.high < 0) | _wide_is_integer(b) | np.isinf(b.high)
    size = wide_where(allowed, size, wide_of(np.nan))
    return wide_where((b.high == 0) | wide_equal(a, WIDE_ONE), WIDE_ONE, size)


def wide_sinh(w: Wide) -> Wide:
    """sinh(w), accurate near 0 too."""
    e = wide_expm1(abs(w))
    # Where e is infinite, so is the result, and e / (e + 1) is not to be asked.
    rest = wide_where(np.isinf(e.high), WIDE_ZERO, e / (e + WIDE_ONE))
    return _wide_signed(WIDE_HALF * (e + rest), w)


def wide_cosh(w: Wide) -> Wide:
    """cosh(w)."""
    e = wide_exp(abs(w))
    return WIDE_HALF * (e + WIDE_ONE / e)


def wide_tanh(w: Wide) -> Wide:
    """tanh(w), accurate near 0 too."""
    e = wide_expm1(WIDE_TWO * -abs(w))
    return _wide_signed(-e / (e + WIDE_TWO), w)


def wide_coth(w: Wide) -> Wide:
    """cosh(w) / sinh(w)."""
    return WIDE_ONE / wide_tanh(w)


def wide_asinh(w: Wide) -> Wide:
    """The inverse of sinh, accurate near 0 too."""
    size = abs(w)
    square = w * w
    root = WIDE_ONE + wide_sqrt(WIDE_ONE + square)
    result = wide_log1p(size + square / root)
    return wide_where(np.isinf(w.high), w, _wide_signed(result, w))


def wide_atanh(w: Wide) -> Wide:
    """The inverse of tanh, accurate near 0 too; infinite at -1 and 1, nan beyond."""
    size = abs(w)
    ratio = (size + size) / (WIDE_ONE - size)
    result = WIDE_HALF * wide_log1p(ratio)
    result = wide_where((w.exponent > 1) | np.isinf(w.high), wide_of(np.nan), result)
    return _wide_signed(result, w)


def wide_sigmoid(w: Wide) -> Wide:
    """1 / (1 + exp(-w)), accurate for very negative w too."""
    e = wide_exp(-abs(w))
    return wide_where(w.high < 0, e, WIDE_ONE) / (WIDE_ONE + e)


def wide_softplus(w: Wide) -> Wide:
    """log(1 + exp(w)), accurate for very negative w too."""
    tail = wide_log1p(wide_exp(-abs(w)))
    return wide_maximum(w, WIDE_ZERO) + tail


# Functions less what they begin with: nothing is lost near 0.
WIDE_SMALL = 2.0**-12  # below this a short series has all the digits; above, few are lost


WIDE_LOG1PMX_TERMS = [_wide_ratio((-1) ** (k + 1), k) for k in range(2, 12)]
WIDE_EXPM1MX_TERMS = [_wide_ratio(1, math.factorial(k)) for k in range(2, 12)]


def _wide_square_series(u: Wide, terms: Any) -> Wide:
    """u**2 times a polynomial in u, which must be small."""
    return u * u * _wide_polynomial(u, terms, len(terms))


def wide_log1pmx(u: Wide) -> Wide:
    """log(1 + u) - u; relative error below 2**-85."""
    small = wide_less(abs(u), wide_of(WIDE_SMALL))
    near = _wide_square_series(wide_where(small, u, WIDE_ZERO), WIDE_LOG1PMX_TERMS)
    return near if np.all(small) else wide_where(small, near, wide_log1p(u) - u)


def wide_expm1mx(u: Wide) -> Wide:
    """exp(u) - 1 - u; relative error below 2**-85."""
    small = wide_less(abs(u), wide_of(WIDE_SMALL))
    near = _wide_square_series(wide_where(small, u, WIDE_ZERO), WIDE_EXPM1MX_TERMS)
    return near if np.all(small) else wide_where(small, near, wide_expm1(u) - u)


def wide_langevin(u: Wide) -> Wide:
    """coth(u) - 1/u, near 0 by its continued fraction u/(3 + u**2/(5 + ...))."""
    small = wide_less(abs(u), WIDE_TWO)
    inner = wide_where(small, u, WIDE_ONE)
    square, near = inner * inner, wide_of(51.0)
    for k in range(24, 0, -1):
        near = wide_of(2.0 * k + 1) + square / near
    outer = wide_where(small, WIDE_ONE, u)
    return wide_where(small, inner / near, wide_coth(outer) - WIDE_ONE / outer)


def wide_expm1quotient(u: Wide) -> Wide:
    """u / (exp(u) - 1), and 1 at 0."""
    zero = wide_equal(u, wide_of(0.0))
    return wide_where(zero, wide_of(1.0), u / wide_expm1(u))


def wide_xlogx(u: Wide) -> Wide:
    """u log(u), and 0 at 0."""
    zero = wide_equal(u, wide_of(0.0))
    return wide_where(zero, wide_of(0.0), u * wide_log(u))
