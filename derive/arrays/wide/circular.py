"""The circular functions of wide numbers and their inverse.

Beyond 2**45 sine, cosine and tangent are no better than those of plain floats.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from derive.arrays.wide.exponential import (
    _wide_odd_series,
    _wide_reduce,
)
from derive.arrays.wide.order import wide_less
from derive.arrays.wide.pairs import (
    WIDE_UNIT,
    _wide_fixed_sum,
    _wide_pair_multiply,
    _wide_pair_series,
    _wide_ratio,
)
from derive.arrays.wide.wide_numbers import (
    WIDE_ONE,
    Wide,
    _wide_of_pair,
    _wide_pair,
    wide_of,
    wide_sqrt,
    wide_where,
)

# pi/2 in four floats; atan(j/32) from j = 0 on.
WIDE_HALF_PI = (1.5707963267948966, 6.123233995736766e-17, -1.4973849048591698e-33,
                5.562271104316826e-50)


def _wide_atan_of(j: int) -> tuple[float, float]:
    """atan(j/32) as a pair, by Euler's series, whose terms are positive."""
    n, d = j * j, 1024 + j * j
    size = _wide_fixed_sum(WIDE_UNIT * 32 * j // d, lambda k: ((2 * k + 2) * n, (2 * k + 3) * d))
    return _wide_ratio(size, WIDE_UNIT)


WIDE_ATAN_TABLE = np.array([_wide_atan_of(j) for j in range(33)])
# sin(r) / r and cos(r) as series in r**2, for |r| <= pi/4.
WIDE_SIN_TERMS, WIDE_COS_TERMS = (
    [_wide_ratio((-1)**n, math.factorial(2 * n + odd)) for n in range(15)] for odd in (1, 0))


def _wide_quarter(w: Wide) -> tuple[Wide, Any]:
    """w = r + k * pi/2 with |r| <= pi/4, and k modulo 4; for |w| <= 2**45."""
    xh, xl = _wide_pair(w)
    k = np.rint(xh * (1 / WIDE_HALF_PI[0]))
    k = np.where(np.abs(xh) <= 2.0**45, k, 0.0)
    rest = _wide_of_pair(*_wide_reduce(xh, xl, WIDE_HALF_PI, k))
    return wide_where(k == 0, w, rest), k.astype(np.int64) & 3


def _wide_sin_of(w: Wide, shift: int) -> Wide:
    """sin(w + shift * pi/2)."""
    rest, k = _wide_quarter(w)
    k = (k + shift) & 3
    even = (k & 1) == 0
    rh, rl = _wide_pair(rest)
    zh, zl = _wide_pair_multiply(rh, rl, rh, rl)
    terms = [
        (np.where(even, s[0], c[0]), np.where(even, s[1], c[1]))
        for s, c in zip(WIDE_SIN_TERMS, WIDE_COS_TERMS, strict=True)
    ]
    factor = _wide_of_pair(*_wide_pair_series(zh, zl, terms, 10))
    result = wide_where(even, rest * factor, factor)
    result = wide_where(k >= 2, -result, result)
    far = ~(np.abs(w.high) < 1) | (w.exponent > 45)
    if not np.any(far):
        return result
    xh, xl = np.ldexp(w.high, np.minimum(w.exponent, 1100)), _wide_pair(w)[1]
    sine, cosine = np.sin(xh), np.cos(xh)
    if shift:
        sine, cosine = cosine, -sine
    return wide_where(far, wide_of(sine + cosine * xl), result)


def wide_sin(w: Wide) -> Wide:
    """sin(w); for |w| >= 2**45 with the accuracy of plain floats, nan beyond them."""
    return _wide_sin_of(w, 0)


def wide_cos(w: Wide) -> Wide:
    """cos(w); for |w| >= 2**45 with the accuracy of plain floats, nan beyond them."""
    return _wide_sin_of(w, 1)


def wide_tan(w: Wide) -> Wide:
    """tan(w); for |w| >= 2**45 with the accuracy of plain floats, nan beyond them."""
    return wide_sin(w) / wide_cos(w)


def wide_atan(w: Wide) -> Wide:
    """The angle between -pi/2 and pi/2 whose tangent is w."""
    beyond = (w.exponent > 0) | np.isinf(w.high)
    a = wide_where(beyond, WIDE_ONE / w, w)
    place = np.rint(_wide_pair(a)[0] * 32)
    place = np.where(np.abs(place) <= 32, place, 0.0)
    centre = wide_of(place / 32)
    turned = WIDE_ONE + a * centre
    turned = (a - centre) / turned
    a = wide_where(place == 0, a, turned)
    factor = _wide_of_pair(*_wide_odd_series(*_wide_pair(a), -1.0))
    size = np.abs(place).astype(np.int64)
    sign = np.sign(place)
    base = _wide_of_pair(sign * WIDE_ATAN_TABLE[size, 0], sign * WIDE_ATAN_TABLE[size, 1])
    result = base + a * factor
    half = np.where(w.high < 0, -0.5, 0.5)
    quarter = _wide_of_pair(half * 2 * WIDE_HALF_PI[0], half * 2 * WIDE_HALF_PI[1])
    return wide_where(beyond, quarter - result, result)


def wide_acot(u: Wide) -> Wide:
    """pi/2 - atan(u), between 0 and pi."""
    inverse = wide_atan(wide_of(1.0) / u)
    half = wide_of(1.5707963267948966) + wide_of(6.123233995736766e-17)
    return wide_where(wide_less(wide_of(1.0), u), inverse, half - wide_atan(u))


def wide_asin(w: Wide) -> Wide:
    """The angle between -pi/2 and pi/2 whose sine is w; nan beyond -1 and 1."""
    return wide_atan(w / wide_sqrt((WIDE_ONE - w) * (WIDE_ONE + w)))


def wide_acos(w: Wide) -> Wide:
    """The angle between 0 and pi whose cosine is w; nan beyond -1 and 1."""
    half = wide_atan(wide_sqrt((WIDE_ONE - w) / (WIDE_ONE + w)))
    return half + half
