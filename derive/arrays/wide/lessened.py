"""Functions less what they begin with, in wide numbers: nothing is lost near 0."""

from __future__ import annotations

from typing import Any

import numpy as np

from derive.arrays.wide.bessel import wide_besseli0
from derive.arrays.wide.circular import wide_atan
from derive.arrays.wide.exponential import wide_exp, wide_expm1, wide_log, wide_log1p
from derive.arrays.wide.normal import wide_Phi
from derive.arrays.wide.order import wide_equal, wide_less
from derive.arrays.wide.wide_numbers import (
    Wide,
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

WIDE_SMALL = 2.0**-12  # below this a short series has all the digits; above, few are lost


def _wide_series(u: Wide, terms: list[Any]) -> Wide:
    """u**2 times the polynomial with the coefficients 1/terms, the lowest first."""
    total = wide_divide(wide_of(1.0), wide_of(float(terms[-1])))
    for term in terms[-2::-1]:
        total = wide_add(wide_divide(wide_of(1.0), wide_of(float(term))),
                         wide_multiply(u, total))
    return wide_multiply(wide_multiply(u, u), total)


def wide_log1pmx(u: Wide) -> Wide:
    """log(1 + u) - u; relative error below 2**-85."""
    near = _wide_series(u, [(-1) ** (k + 1) * k for k in range(2, 12)])
    small = wide_less(wide_abs(u), wide_of(WIDE_SMALL))
    return wide_where(small, near, wide_subtract(wide_log1p(u), u))


def wide_expm1mx(u: Wide) -> Wide:
    """exp(u) - 1 - u; relative error below 2**-85."""
    factorials = np.cumprod(np.arange(1.0, 12.0))[1:]
    near = _wide_series(u, list(factorials))
    small = wide_less(wide_abs(u), wide_of(WIDE_SMALL))
    return wide_where(small, near, wide_subtract(wide_expm1(u), u))


def wide_expm1quotient(u: Wide) -> Wide:
    """u / (exp(u) - 1), and 1 at 0."""
    zero = wide_equal(u, wide_of(0.0))
    return wide_where(zero, wide_of(1.0), wide_divide(u, wide_expm1(u)))


def wide_xlogx(u: Wide) -> Wide:
    """u log(u), and 0 at 0."""
    zero = wide_equal(u, wide_of(0.0))
    return wide_where(zero, wide_of(0.0), wide_multiply(u, wide_log(u)))


def wide_acot(u: Wide) -> Wide:
    """pi/2 - atan(u), between 0 and pi."""
    inverse = wide_atan(wide_divide(wide_of(1.0), u))
    half = wide_add(wide_of(1.5707963267948966), wide_of(6.123233995736766e-17))
    return wide_where(wide_less(wide_of(1.0), u), inverse, wide_subtract(half, wide_atan(u)))


def wide_besseli0e(u: Wide) -> Wide:
    """exp(-|u|) I0(u); beyond 2**40 by the first terms of its expansion."""
    size = wide_abs(u)
    small = wide_multiply(wide_exp(wide_negative(size)), wide_besseli0(u))
    inverse = wide_divide(wide_of(0.125), size)
    series = wide_add(wide_of(1.0), wide_multiply(inverse, wide_add(wide_of(1.0), wide_multiply(
        wide_of(4.5), inverse))))
    root = wide_sqrt(wide_multiply(wide_add(wide_of(6.283185307179586), wide_of(
        2.4492935982947064e-16)), size))
    large = wide_divide(series, root)
    return wide_where(wide_less(wide_of(2.0**40), size), large, small)


def wide_logPhi(u: Wide) -> Wide:
    """The log of the standard normal distribution function, both tails to full accuracy."""
    right = wide_log1p(wide_negative(wide_Phi(wide_negative(u))))
    far = wide_negative(wide_add(
        wide_multiply(wide_multiply(u, u), wide_of(0.5)),
        wide_add(wide_log(wide_negative(u)),
                 wide_add(wide_of(0.9189385332046728), wide_of(-3.8782941580672414e-17)))))
    left = wide_where(wide_less(u, wide_of(-1e9)), far, wide_log(wide_Phi(u)))
    return wide_where(wide_less(wide_of(0.0), u), right, left)
