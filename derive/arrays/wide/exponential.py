"""exp and log of wide numbers, also beside 0 and 1.

A table brings the argument near 0, and a short series does the rest.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from derive.arrays.wide.pairs import (
    WIDE_UNIT,
    _wide_exp_of,
    _wide_fast_sum,
    _wide_fixed_sum,
    _wide_pair_add,
    _wide_pair_divide,
    _wide_pair_multiply,
    _wide_pair_series,
    _wide_ratio,
    _wide_two_product,
    _wide_two_sum,
)
from derive.arrays.wide.wide_numbers import (
    WIDE_ONE,
    Wide,
    _wide_normal,
    _wide_of_pair,
    _wide_pair,
    wide_of,
    wide_where,
)

# log(2) in four floats; exp(j/32) from j = -12 on; log(j/32) from j = 22 on.
WIDE_LOG_2 = (0.6931471805599453, 2.3190468138462996e-17, 5.707708438416212e-34,
              -3.5824322106018114e-50)
WIDE_EXP_TABLE = np.array([_wide_exp_of(j, 32) for j in range(-12, 13)])


def _wide_log_of(j: int) -> tuple[float, float]:
    """log(j/32) as a pair: twice the series of atanh at (j - 32)/(j + 32)."""
    n, d = abs(j - 32), j + 32
    size = _wide_fixed_sum(2 * WIDE_UNIT * n // d,
                           lambda k: (n * n * (2 * k + 1), d * d * (2 * k + 3)))
    return _wide_ratio(size if j > 32 else -size, WIDE_UNIT)


WIDE_LOG_TABLE = np.array([_wide_log_of(j) for j in range(22, 47)])
# (exp(t) - 1) / t = sum of t**n / (n + 1)!, for |t| <= 1/64.
WIDE_EXP_TERMS = [_wide_ratio(1, math.factorial(n)) for n in range(1, 15)]
# atanh(t) / t = sum of t**(2*n) / (2*n + 1), for |t| <= 1/32; for atan, of (-t**2)**n.
WIDE_ODD_TERMS = [_wide_ratio(1, 2 * n + 1) for n in range(13)]


def _wide_reduce(xh: Any, xl: Any, unit: Any, k: Any) -> tuple[Any, Any]:
    """The pair x - k * unit, the unit in four floats, k a float near x / unit."""
    product, error = _wide_two_product(k, unit[0])
    high, low = _wide_two_sum(xh - product, -error)
    high, low = _wide_pair_add(high, low, xl, 0.0)
    product, error = _wide_two_product(k, unit[1])
    high, low = _wide_pair_add(high, low, -product, -error)
    product, error = _wide_two_product(k, unit[2])
    return _wide_pair_add(high, low, -product, -error - k * unit[3])


def _wide_exp_parts(w: Wide) -> tuple[Any, Any, Any, Any]:
    """exp(w) = 2**k * exp(j/32) * (1 + p): k, j + 12 and the pair p, |w| < 2**59."""
    xh, xl = _wide_pair(w)
    k = np.rint(xh * (1 / WIDE_LOG_2[0]))
    rh, rl = _wide_reduce(xh, xl, WIDE_LOG_2, k)
    again = np.rint(rh * (1 / WIDE_LOG_2[0]))
    if np.any(again):
        # Beyond 2**50 the first quotient is not near enough.
        rh, rl = _wide_reduce(rh, rl, WIDE_LOG_2, again)
    j = np.rint(rh * 32)
    j = np.where(np.abs(j) <= 12, j, 0.0)
    th, tl = _wide_fast_sum(rh - j / 32, rl)
    ph, pl = _wide_pair_series(th, tl, WIDE_EXP_TERMS, 9)
    ph, pl = _wide_pair_multiply(ph, pl, th, tl)
    k, again = (np.where(np.abs(n) < 2.0**61, n, 0.0).astype(np.int64) for n in (k, again))
    return k + again, j.astype(np.int64) + 12, ph, pl


def _wide_exp_join(k: Any, place: Any, ph: Any, pl: Any) -> Wide:
    """2**k * exp(j/32) * (1 + p)."""
    table, rest = WIDE_EXP_TABLE[place, 0], WIDE_EXP_TABLE[place, 1]
    high, low = _wide_pair_multiply(ph, pl, table, rest)
    high, low = _wide_pair_add(table, rest, high, low)
    return _wide_normal(high, low, k, high)


def _wide_exp_limits(w: Wide, result: Wide, low: float) -> Wide:
    """The result of an exponential, but infinity or `low` where |w| >= 2**59."""
    beyond = (w.exponent >= 60) | ~(np.abs(w.high) < 1)
    if not np.any(beyond):
        return result
    limit = wide_of(np.where(w.high > 0, np.inf, np.where(w.high < 0, low, np.nan)))
    return wide_where(beyond, limit, result)


def wide_exp(w: Wide) -> Wide:
    """exp(w); infinity and 0 for |w| >= 2**59."""
    return _wide_exp_limits(w, _wide_exp_join(*_wide_exp_parts(w)), 0.0)


def wide_expm1(w: Wide) -> Wide:
    """exp(w) - 1, accurate near 0 too."""
    k, place, ph, pl = _wide_exp_parts(w)
    result = _wide_exp_join(k, place, ph, pl) - WIDE_ONE
    result = wide_where((k == 0) & (place == 12), _wide_of_pair(ph, pl), result)
    # So near 0 the square is out of sight, and the pair may have lost w itself.
    result = wide_where((w.exponent < -120) | (w.high == 0), w, result)
    return _wide_exp_limits(w, result, -1.0)


def _wide_odd_series(th: Any, tl: Any, sign: float) -> tuple[Any, Any]:
    """atanh(t) / t, or with the sign -1 atan(t) / t, for |t| <= 1/32."""
    zh, zl = _wide_pair_multiply(th, tl, th, tl)
    return _wide_pair_series(sign * zh, sign * zl, WIDE_ODD_TERMS, 6)


def _wide_log_parts(w: Wide) -> tuple[Any, Any, Any, Any]:
    """w = 2**e * m with m from 0.7 to 1.42: e, m to the nearest 1/32, and m as a pair."""
    lower = w.high < 0.70703125
    scale = np.where(lower, 2.0, 1.0)
    place = np.rint(w.high * scale * 32)
    place = np.where((place >= 22) & (place <= 46), place, 32.0).astype(np.int64)
    return w.exponent - lower, place, w.high * scale, w.low * scale


def _wide_log_join(w: Wide, e: Any, place: Any, top: Any, bottom: Any) -> Wide:
    """log(w) = e * log(2) + log(place/32) + 2 * atanh(top / bottom)."""
    th, tl = _wide_pair_divide(*top, *bottom)
    sh, sl = _wide_odd_series(th, tl, 1.0)
    high, low = _wide_pair_multiply(sh, sl, 2 * th, 2 * tl)
    table, rest = WIDE_LOG_TABLE[place - 22, 0], WIDE_LOG_TABLE[place - 22, 1]
    high, low = _wide_pair_add(table, rest, high, low)
    eh = e.astype(np.float64)
    el = (e - eh.astype(np.int64)).astype(np.float64)
    eh, el = _wide_pair_multiply(eh, el, WIDE_LOG_2[0], WIDE_LOG_2[1])
    high, low = _wide_pair_add(eh, el, high, low)
    # Plain arithmetic knows what to say of infinity, of 0 and below.
    plain = np.log(w.high)
    usual = (w.high > 0) & (w.high < 1)
    high = np.where(usual, high, plain)
    return _wide_normal(high, np.where(usual, low, np.nan), np.int64(0), plain)


def wide_log(w: Wide) -> Wide:
    """The natural logarithm, accurate near 1 too."""
    e, place, mh, ml = _wide_log_parts(w)
    centre = place / 32.0
    top = _wide_pair_add(mh, ml, -centre, 0.0)
    bottom = _wide_pair_add(mh, ml, centre, 0.0)
    return _wide_log_join(w, e, place, top, bottom)


def wide_log1p(w: Wide) -> Wide:
    """log(1 + w), accurate near 0 too."""
    total = WIDE_ONE + w
    e, place, mh, ml = _wide_log_parts(total)
    xh, xl = _wide_pair(w)
    near = np.abs(xh) < 0.03125
    e, place = np.where(near, 0, e), np.where(near, 32, place)
    centre = place / 32.0
    top = _wide_pair_add(mh, ml, -centre, 0.0)
    top = (np.where(near, xh, top[0]), np.where(near, xl, top[1]))
    # Near 0, the number itself stands for m - 1; there m is 1 + w, or half of it.
    mh, ml = np.where(near, xh + 1, mh), np.where(near, xl + (xh - (xh + 1 - 1)), ml)
    bottom = _wide_pair_add(mh, ml, centre, 0.0)
    result = _wide_log_join(total, e, place, top, bottom)
    return wide_where((w.exponent < -120) | (w.high == 0), w, result)
