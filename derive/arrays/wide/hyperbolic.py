"""Powers, hyperbolic and logistic functions of wide numbers: what exp and log make."""

from __future__ import annotations

from typing import Any

import numpy as np

from derive.arrays.wide.exponential import (
    wide_exp,
    wide_expm1,
    wide_log,
    wide_log1p,
)
from derive.arrays.wide.order import wide_equal, wide_maximum
from derive.arrays.wide.wide_numbers import (
    WIDE_HALF,
    WIDE_ONE,
    WIDE_TWO,
    WIDE_ZERO,
    Wide,
    _wide_pair,
    wide_abs,
    wide_add,
    wide_divide,
    wide_multiply,
    wide_negative,
    wide_of,
    wide_sqrt,
    wide_subtract,
    wide_where,
)


def _wide_is_integer(w: Wide) -> Any:
    """Whether it is a finite integer."""
    high, low = _wide_pair(w)
    return (np.rint(high) == high) & (np.rint(low) == low) & np.isfinite(high)


def _wide_signed(size: Wide, w: Wide) -> Wide:
    """The number `size`, with the sign of w."""
    return wide_where(w.high < 0, wide_negative(size), size)


def wide_power(a: Wide, b: Wide) -> Wide:
    """a**b for a > 0, for a = 0, and for a < 0 with an integer b.

    The relative error is about |b * log(a)| * 2**-103.
    """
    size = wide_exp(wide_multiply(b, wide_log(wide_abs(a))))
    odd = _wide_is_integer(b) & ~_wide_is_integer(wide_multiply(b, WIDE_HALF))
    size = wide_where((a.high < 0) & odd, wide_negative(size), size)
    allowed = ~(a.high < 0) | _wide_is_integer(b) | np.isinf(b.high)
    size = wide_where(allowed, size, wide_of(np.nan))
    return wide_where((b.high == 0) | wide_equal(a, WIDE_ONE), WIDE_ONE, size)


def wide_sinh(w: Wide) -> Wide:
    """sinh(w), accurate near 0 too."""
    e = wide_expm1(wide_abs(w))
    # Where e is infinite, so is the result, and e / (e + 1) is not to be asked.
    rest = wide_where(np.isinf(e.high), WIDE_ZERO, wide_divide(e, wide_add(e, WIDE_ONE)))
    return _wide_signed(wide_multiply(WIDE_HALF, wide_add(e, rest)), w)


def wide_cosh(w: Wide) -> Wide:
    """cosh(w)."""
    e = wide_exp(wide_abs(w))
    return wide_multiply(WIDE_HALF, wide_add(e, wide_divide(WIDE_ONE, e)))


def wide_tanh(w: Wide) -> Wide:
    """tanh(w), accurate near 0 too."""
    e = wide_expm1(wide_multiply(WIDE_TWO, wide_negative(wide_abs(w))))
    return _wide_signed(wide_divide(wide_negative(e), wide_add(e, WIDE_TWO)), w)


def wide_coth(w: Wide) -> Wide:
    """cosh(w) / sinh(w)."""
    return wide_divide(WIDE_ONE, wide_tanh(w))


def wide_asinh(w: Wide) -> Wide:
    """The inverse of sinh, accurate near 0 too."""
    size = wide_abs(w)
    square = wide_multiply(w, w)
    root = wide_add(WIDE_ONE, wide_sqrt(wide_add(WIDE_ONE, square)))
    result = wide_log1p(wide_add(size, wide_divide(square, root)))
    return wide_where(np.isinf(w.high), w, _wide_signed(result, w))


def wide_atanh(w: Wide) -> Wide:
    """The inverse of tanh, accurate near 0 too; infinite at -1 and 1, nan beyond."""
    size = wide_abs(w)
    ratio = wide_divide(wide_add(size, size), wide_subtract(WIDE_ONE, size))
    result = wide_multiply(WIDE_HALF, wide_log1p(ratio))
    result = wide_where((w.exponent > 1) | np.isinf(w.high), wide_of(np.nan), result)
    return _wide_signed(result, w)


def wide_sigmoid(w: Wide) -> Wide:
    """1 / (1 + exp(-w)), accurate for very negative w too."""
    e = wide_exp(wide_negative(wide_abs(w)))
    return wide_divide(wide_where(w.high < 0, e, WIDE_ONE), wide_add(WIDE_ONE, e))


def wide_softplus(w: Wide) -> Wide:
    """log(1 + exp(w)), accurate for very negative w too."""
    tail = wide_log1p(wide_exp(wide_negative(wide_abs(w))))
    return wide_add(wide_maximum(w, WIDE_ZERO), tail)
