"""The error function, the normal distribution, for wide numbers; accurate far in the tails."""

from __future__ import annotations

from typing import Any

import numpy as np

from derive.arrays.wide.exponential import wide_exp
from derive.arrays.wide.pairs import (
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
    wide_abs,
    wide_add,
    wide_divide,
    wide_isfinite,
    wide_multiply,
    wide_negative,
    wide_subtract,
    wide_where,
)

WIDE_TWO_BY_ROOT_PI = (1.1283791670955126, 1.533545961316588e-17)
WIDE_ROOT_HALF = (0.7071067811865476, -4.833646656726457e-17)
WIDE_ROOT_TWO_PI_INVERSE = (0.3989422804014327, -2.49232720227773e-17)
# erf(x) = 2 * x / sqrt(pi) * the series in x**2, for |x| <= 1/2.
WIDE_ERF_TERMS = [_wide_ratio(1, n) for n in (
    1, -3, 10, -42, 216, -1320, 9360, -75600, 685440, -6894720, 76204800, -918086400,
    11975040000, -168129561600, 2528170444800, -40537905408000, 690452066304000,
    -12449059983360000, 236887827111936000, -4744158915944448000, 99748982335242240000,
    -2196910513383505920000, 50580032749992345600000)]
# Chiarella and Reichel: the trapezoidal rule with the step h = 1/sqrt(8) for the integral of
# exp(-t**2) / (t**2 + x**2), and what its pole adds for x < pi/h; the error is exp(-(pi/h)**2).
# 2 * exp(-(k*h)**2) from k = 1 on; h/pi; 2*pi/h.
WIDE_ERFC_TABLE = np.array([
    (1.764993805169191, -1.0449053833471326e-16),
    (1.2130613194252668, -1.3186356830982827e-18),
    (0.6493049347166995, -1.820942241832246e-17),
    (0.2706705664732254, -2.084762846577338e-17),
    (0.08787386724681484, -6.083350645036972e-18),
    (0.022217993076484612, 8.284850663734861e-19),
    (0.00437498223636577, 5.809021186366776e-20),
    (0.0006709252558050237, -2.880436502085159e-20),
    (8.013059478590214e-05, -2.333338182534845e-21),
    (7.453306344157342e-06, 1.0939312346383697e-22),
    (5.399157006726028e-07, 5.1505181501543666e-23),
    (3.045995948942526e-08, -1.4341927724317193e-24),
    (1.3383172182585563e-09, 8.537743920902528e-26),
    (4.579469691291106e-11, -1.7839820816922935e-27),
    (1.2203873355210648e-12, 8.806452729128738e-29),
    (2.532833109818835e-14, 3.717815925349618e-31),
    (4.0939434263284086e-16, -7.81837543565996e-33),
    (5.153514218309962e-18, -1.902877875118937e-34),
    (5.052327561851385e-20, 6.20168808062652e-38),
    (3.8574996959278356e-22, -7.509220214248019e-39),
    (2.293753164451192e-24, 1.4400574375733764e-40),
    (1.062218449935819e-26, 2.6310012988479742e-43),
    (3.830957903934296e-29, 9.452523478610841e-46),
    (1.0760372320042276e-31, 3.383218051379661e-48),
])
WIDE_ERFC_STEP = (0.11253953951963826, 1.7241534395438679e-18)
WIDE_ERFC_POLE = (17.771531752633464, 5.80909572490434e-16)


def _wide_gauss(w: Wide, shift: int) -> Wide:
    """exp(-w**2 * 2**shift), of an exact square: its error would be multiplied by its size."""
    product, error = _wide_two_product(w.high, w.high)
    exponent = 2 * w.exponent + shift
    result = wide_exp(wide_negative(_wide_normal(product, error, exponent, product)))
    if np.any(w.low):
        product, error = _wide_two_product(2 * w.high, w.low)
        rest = _wide_normal(product, error + w.low * w.low, exponent, product)
        rest = wide_where(wide_isfinite(w), rest, WIDE_ZERO)
        result = wide_multiply(result, wide_exp(wide_negative(rest)))
    return result


def _wide_erfcx(x: Wide) -> Wide:
    """exp(x**2) * erfc(x), for x >= 1/2."""
    inverse = wide_divide(WIDE_ONE, x)
    yh, yl = _wide_pair(wide_multiply(inverse, inverse))
    high, low = np.ones_like(yh), np.zeros_like(yh)
    for k in range(len(WIDE_ERFC_TABLE), 0, -1):
        square = k * k / 8
        bh, bl = _wide_pair_multiply(yh, yl, square, 0.0)
        bh, bl = _wide_pair_add(1.0, 0.0, bh, bl)
        bh, bl = _wide_pair_divide(WIDE_ERFC_TABLE[k - 1, 0], WIDE_ERFC_TABLE[k - 1, 1], bh, bl)
        high, low = _wide_pair_add(high, low, bh, bl)
    step = wide_multiply(inverse, _wide_of_pair(*WIDE_ERFC_STEP))
    result = wide_multiply(step, _wide_of_pair(high, low))
    near = (x.exponent < 4) | ((x.exponent == 4) & (x.high < 0.5553603672697958))
    if not np.any(near):
        return result
    pole = wide_exp(wide_multiply(x, _wide_of_pair(*WIDE_ERFC_POLE)))
    pole = wide_divide(WIDE_TWO, wide_subtract(pole, WIDE_ONE))
    pole = wide_multiply(pole, wide_exp(wide_multiply(x, x)))
    return wide_where(near, wide_subtract(result, pole), result)


def _wide_erf_parts(w: Wide, gauss: Wide) -> tuple[Any, Wide, Wide]:
    """Whether |w| < 1/2; there erf(w), elsewhere erfc(|w|). gauss is exp(-w**2)."""
    near = (w.exponent < 0) | (w.high == 0)
    xh, xl = _wide_pair(w)
    factor = _wide_pair_series(*_wide_pair_multiply(xh, xl, xh, xl), WIDE_ERF_TERMS, 13)
    factor = _wide_pair_multiply(*factor, *WIDE_TWO_BY_ROOT_PI)
    inner = wide_multiply(w, _wide_of_pair(*factor))
    outer = wide_multiply(gauss, _wide_erfcx(wide_abs(w)))
    return near, inner, wide_where(np.isinf(w.high), WIDE_ZERO, outer)


def wide_erf(w: Wide) -> Wide:
    """The error function."""
    near, inner, tail = _wide_erf_parts(w, _wide_gauss(w, 0))
    outer = wide_subtract(WIDE_ONE, tail)
    return wide_where(near, inner, wide_where(w.high < 0, wide_negative(outer), outer))


def wide_erfc(w: Wide) -> Wide:
    """1 - erf(w), accurate for large w too."""
    near, inner, tail = _wide_erf_parts(w, _wide_gauss(w, 0))
    outer = wide_where(w.high < 0, wide_subtract(WIDE_TWO, tail), tail)
    return wide_where(near, wide_subtract(WIDE_ONE, inner), outer)


def wide_Phi(w: Wide) -> Wide:
    """The distribution function of the standard normal distribution."""
    scaled = wide_multiply(w, _wide_of_pair(*WIDE_ROOT_HALF))
    near, inner, tail = _wide_erf_parts(scaled, _wide_gauss(w, -1))
    outer = wide_where(w.high < 0, tail, wide_subtract(WIDE_TWO, tail))
    return wide_multiply(WIDE_HALF, wide_where(near, wide_add(WIDE_ONE, inner), outer))


def wide_phi(w: Wide) -> Wide:
    """The density of the standard normal distribution."""
    return wide_multiply(_wide_gauss(w, -1), _wide_of_pair(*WIDE_ROOT_TWO_PI_INVERSE))
