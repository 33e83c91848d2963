"""The error function, the normal distribution, for wide numbers; accurate far in the tails."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from derive.arrays.wide.exponential import wide_exp, wide_log, wide_log1p
from derive.arrays.wide.order import wide_less
from derive.arrays.wide.pairs import (
    _wide_exp_of,
    _wide_pair_add,
    _wide_pair_divide,
    _wide_pair_multiply,
    _wide_pair_series,
    _wide_ratio,
    _wide_two_product,
)
from derive.arrays.wide.wide_numbers import (
    WIDE_HALF,
    WIDE_ONE,
    WIDE_TWO,
    WIDE_ZERO,
    Wide,
    _wide_normal,
    _wide_of_pair,
    _wide_pair,
    _wide_signed,
    wide_isfinite,
    wide_of,
    wide_where,
)

WIDE_TWO_BY_ROOT_PI = (1.1283791670955126, 1.533545961316588e-17)
WIDE_ROOT_HALF = (0.7071067811865476, -4.833646656726457e-17)
WIDE_ROOT_TWO_PI_INVERSE = (0.3989422804014327, -2.49232720227773e-17)
# erf(x) = 2 * x / sqrt(pi) * the series in x**2, for |x| <= 1/2.
WIDE_ERF_TERMS = [_wide_ratio((-1)**n, math.factorial(n) * (2 * n + 1)) for n in range(23)]
# Chiarella and Reichel: the trapezoidal rule with the step h = 1/sqrt(8) for the integral of
# exp(-t**2) / (t**2 + x**2), and what its pole adds for x < pi/h; the error is exp(-(pi/h)**2).
# 2 * exp(-(k*h)**2) from k = 1 on; h/pi; 2*pi/h.
WIDE_ERFC_TABLE = 2 * np.array([_wide_exp_of(-k * k, 8) for k in range(1, 25)])
WIDE_ERFC_STEP = (0.11253953951963826, 1.7241534395438679e-18)
WIDE_ERFC_POLE = (17.771531752633464, 5.80909572490434e-16)


def _wide_gauss(w: Wide, shift: int) -> Wide:
    """exp(-w**2 * 2**shift), of an exact square: its error would be multiplied by its size."""
    product, error = _wide_two_product(w.high, w.high)
    exponent = 2 * w.exponent + shift
    result = wide_exp(-_wide_normal(product, error, exponent, product))
    if np.any(w.low):
        product, error = _wide_two_product(2 * w.high, w.low)
        rest = _wide_normal(product, error + w.low * w.low, exponent, product)
        rest = wide_where(wide_isfinite(w), rest, WIDE_ZERO)
        result = result * wide_exp(-rest)
    return result


def _wide_erfcx(x: Wide) -> Wide:
    """exp(x**2) * erfc(x), for x >= 1/2."""
    inverse = WIDE_ONE / x
    yh, yl = _wide_pair(inverse * inverse)
    high, low = np.ones_like(yh), np.zeros_like(yh)
    for k in range(len(WIDE_ERFC_TABLE), 0, -1):
        square = k * k / 8
        bh, bl = _wide_pair_multiply(yh, yl, square, 0.0)
        bh, bl = _wide_pair_add(1.0, 0.0, bh, bl)
        bh, bl = _wide_pair_divide(WIDE_ERFC_TABLE[k - 1, 0], WIDE_ERFC_TABLE[k - 1, 1], bh, bl)
        high, low = _wide_pair_add(high, low, bh, bl)
    step = inverse * _wide_of_pair(*WIDE_ERFC_STEP)
    result = step * _wide_of_pair(high, low)
    near = (x.exponent < 4) | ((x.exponent == 4) & (x.high < 0.5553603672697958))
    if not np.any(near):
        return result
    pole = wide_exp(x * _wide_of_pair(*WIDE_ERFC_POLE))
    pole = WIDE_TWO / (pole - WIDE_ONE)
    pole = pole * wide_exp(x * x)
    return wide_where(near, result - pole, result)


def _wide_erf_parts(w: Wide, gauss: Wide) -> tuple[Any, Wide, Wide]:
    """Whether |w| < 1/2; there erf(w), elsewhere erfc(|w|). gauss is exp(-w**2)."""
    near = (w.exponent < 0) | (w.high == 0)
    xh, xl = _wide_pair(w)
    factor = _wide_pair_series(*_wide_pair_multiply(xh, xl, xh, xl), WIDE_ERF_TERMS, 13)
    factor = _wide_pair_multiply(*factor, *WIDE_TWO_BY_ROOT_PI)
    inner = w * _wide_of_pair(*factor)
    outer = gauss * _wide_erfcx(abs(w))
    return near, inner, wide_where(np.isinf(w.high), WIDE_ZERO, outer)


def wide_erf(w: Wide) -> Wide:
    """The error function."""
    near, inner, tail = _wide_erf_parts(w, _wide_gauss(w, 0))
    outer = WIDE_ONE - tail
    return wide_where(near, inner, _wide_signed(outer, w))


def wide_erfc(w: Wide) -> Wide:
    """1 - erf(w), accurate for large w too."""
    near, inner, tail = _wide_erf_parts(w, _wide_gauss(w, 0))
    outer = wide_where(w.high < 0, WIDE_TWO - tail, tail)
    return wide_where(near, WIDE_ONE - inner, outer)


def wide_Phi(w: Wide) -> Wide:
    """The distribution function of the standard normal distribution."""
    scaled = w * _wide_of_pair(*WIDE_ROOT_HALF)
    near, inner, tail = _wide_erf_parts(scaled, _wide_gauss(w, -1))
    outer = wide_where(w.high < 0, tail, WIDE_TWO - tail)
    return WIDE_HALF * wide_where(near, WIDE_ONE + inner, outer)


def wide_phi(w: Wide) -> Wide:
    """The density of the standard normal distribution."""
    return _wide_gauss(w, -1) * _wide_of_pair(*WIDE_ROOT_TWO_PI_INVERSE)


def wide_logPhi(u: Wide) -> Wide:
    """The log of the standard normal distribution function, both tails to full accuracy."""
    right = wide_log1p(-wide_Phi(-u))
    half_log = wide_of(0.9189385332046728) + wide_of(-3.8782941580672414e-17)  # of 2*pi
    far = -(u * u * wide_of(0.5) + (wide_log(-u) + half_log))
    left = wide_where(wide_less(u, wide_of(-1e9)), far, wide_log(wide_Phi(u)))
    return wide_where(wide_less(wide_of(0.0), u), right, left)
