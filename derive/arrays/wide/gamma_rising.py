"""Differences of log(Gamma) and of its derivatives, and log B, for positive wide numbers.

From 16 on a difference of Stirling's series is taken term by term, its polynomials by divided
differences; below, the recurrence leads up to 16 more.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from derive.arrays.wide.exponential import wide_log, wide_log1p
from derive.arrays.wide.gamma import (
    WIDE_DIGAMMA_TERMS,
    WIDE_LOGGAMMA_TERMS,
    WIDE_STIRLING,
    WIDE_TRIGAMMA_TERMS,
    _wide_of_positive,
    _wide_stirling,
    wide_digamma,
    wide_loggamma,
)
from derive.arrays.wide.hyperbolic import wide_log1pmx
from derive.arrays.wide.order import wide_less, wide_maximum, wide_minimum
from derive.arrays.wide.pairs import _wide_pair_add, _wide_pair_multiply
from derive.arrays.wide.wide_numbers import (
    WIDE_HALF,
    WIDE_ONE,
    WIDE_ZERO,
    Wide,
    _wide_of_pair,
    _wide_pair,
    wide_abs,
    wide_broadcast,
    wide_of,
    wide_where,
)

WIDE_STEPS_UP = 16
WIDE_TINY = 2.0**-20  # below this a difference of two values would lose too many digits
# The places of Gauss and Legendre's rule of two points in (0, 1).
WIDE_GAUSS_OF_TWO = ((0.2113248654051871, 1.1030435245950743e-17),
                     (0.7886751345948129, 1.6725140369678172e-17))


def _wide_divided(terms: Any, w: Wide, b: Wide) -> tuple[Wide, Wide]:
    """A polynomial at b**2, and its divided difference at w**2 and b**2; both below 1/256."""
    first, second = _wide_pair(w * w), _wide_pair(b * b)
    plain = terms[9:]
    value, slope = plain[-1][0] + 0 * first[0], 0 * first[0]
    for term in plain[-2::-1]:
        slope = slope * second[0] + value
        value = value * first[0] + term[0]
    top, rise = (value, 0 * value), (slope, 0 * slope)
    for term in terms[8::-1]:
        rise = _wide_pair_add(*_wide_pair_multiply(*rise, *second), *top)
        top = _wide_pair_add(*_wide_pair_multiply(*top, *first), *term)
    change = _wide_pair_add(*second, -first[0], -first[1])
    top = _wide_pair_add(*top, *_wide_pair_multiply(*change, *rise))
    return _wide_of_pair(*top), _wide_of_pair(*rise)


def _wide_turned(u: Wide, d: Wide) -> tuple[Wide, Wide, Any, Any]:
    """The lower point, the distance from it to the upper one; whether d < 0; where it is low."""
    shape = np.broadcast_shapes(np.shape(u.high), np.shape(d.high))
    u, d = wide_broadcast(u, shape), wide_broadcast(d, shape)
    x = wide_where(d.high < 0, u + d, u)
    return x, wide_abs(d), d.high < 0, wide_less(x, wide_of(float(WIDE_STEPS_UP)))


def wide_loggamma_rise(u: Wide, d: Wide) -> Wide:
    """loggamma(u + d) - loggamma(u), for u > 0 and u + d > 0."""
    x, n, turned, low = _wide_turned(u, d)
    tiny = low & wide_less(n, wide_of(WIDE_TINY)) & (n.high != 0)
    result = WIDE_ZERO
    if np.any(low & ~tiny):
        result = wide_loggamma(x + n) - wide_loggamma(x)
    if np.any(tiny | ~low):
        far = wide_where(low, x + wide_of(float(WIDE_STEPS_UP)), x)
        w, b = WIDE_ONE / far, WIDE_ONE / (far + n)
        t = n * w
        value, slope = _wide_divided(WIDE_LOGGAMMA_TERMS, w, b)
        series = far * wide_log1pmx(t) + (n - WIDE_HALF) * wide_log1p(t) + n * wide_log(far)
        series = series - n * w * b * (value + w * (b + w) * slope)
        if np.any(tiny):
            series = wide_where(tiny, series - wide_log1p(_wide_rising_ratio_m1(x, n)), series)
        result = wide_where(low & ~tiny, result, series)
    result = wide_where(n.high == 0, WIDE_ZERO, result)
    return _wide_of_positive(x, wide_where(turned, -result, result))


def _wide_rising_ratio_m1(x: Wide, n: Wide) -> Wide:
    """The product of 1 + n / (x + k) over the steps up, less 1."""
    total = WIDE_ZERO
    for k in range(WIDE_STEPS_UP):
        step = n / (x + wide_of(float(k)))
        total = total + step + total * step
    return total


def wide_digamma_rise(u: Wide, d: Wide) -> Wide:
    """digamma(u + d) - digamma(u), for u > 0 and u + d > 0."""
    x, n, turned, low = _wide_turned(u, d)
    tiny = low & wide_less(n, wide_of(WIDE_TINY) * x) & (n.high != 0)
    result = WIDE_ZERO
    if np.any(low & ~tiny):
        result = wide_digamma(x + n) - wide_digamma(x)
    if np.any(tiny | ~low):
        far = wide_where(low, x + wide_of(float(WIDE_STEPS_UP)), x)
        w, b = WIDE_ONE / far, WIDE_ONE / (far + n)
        value, slope = _wide_divided(WIDE_DIGAMMA_TERMS, w, b)
        rest = n * w * b * (WIDE_HALF + (b + w) * (value + w * w * slope))
        series = wide_log1p(n * w) + rest
        if np.any(tiny):
            series = wide_where(tiny, series + _wide_steps(x, n, False), series)
        result = wide_where(low & ~tiny, result, series)
    return _wide_of_positive(x, wide_where(turned, -result, result))


def wide_digamma_half_rise(x: Wide) -> Wide:
    """x * (digamma(x + 1/2) - digamma(x)) - 1/2, for x > 0."""
    low = wide_less(x, wide_of(float(WIDE_STEPS_UP)))
    w, b = WIDE_ONE / x, WIDE_ONE / (x + WIDE_HALF)
    value, slope = _wide_divided(WIDE_DIGAMMA_TERMS, w, b)
    rest = WIDE_HALF * b * (WIDE_HALF + (b + w) * (value + w * w * slope))
    result = x * wide_log1pmx(WIDE_HALF * w) + rest
    near = x * wide_digamma_rise(x, WIDE_HALF) - WIDE_HALF if np.any(low) else result
    result = wide_where(low, wide_where(x.high == 0, WIDE_HALF, near), result)
    return _wide_of_positive(x, result)


def wide_trigamma_rise(u: Wide, d: Wide) -> Wide:
    """trigamma(u + d) - trigamma(u), for u > 0 and u + d > 0."""
    x, n, turned, low = _wide_turned(u, d)
    far = wide_where(low, x + wide_of(float(WIDE_STEPS_UP)), x)
    w, b = WIDE_ONE / far, WIDE_ONE / (far + n)
    value, slope = _wide_divided(WIDE_TRIGAMMA_TERMS, w, b)
    beyond = (w * w + w * b + b * b) * value + w * w * w * (b + w) * slope
    result = n * w * b * (WIDE_ONE + WIDE_HALF * (w + b) + beyond)
    if np.any(low):
        result = wide_where(low, result + _wide_steps(x, n, True), result)
    return _wide_of_positive(x, wide_where(turned, result, -result))


def _wide_steps(x: Wide, n: Wide, second: bool) -> Wide:
    """The sum of 1/(x + k) - 1/(x + k + n) over the steps up; of the squares if `second`."""
    total = WIDE_ZERO
    for k in range(WIDE_STEPS_UP):
        w = WIDE_ONE / (x + wide_of(float(k)))
        b = WIDE_ONE / (x + wide_of(float(k)) + n)
        total = total + (n * w * b * (w + b) if second else n * w * b)
    return total


def wide_loggamma_bend(u: Wide, v: Wide, w: Wide) -> Wide:
    """wide_loggamma_rise(u + v, w) - wide_loggamma_rise(u, w), for u > 0, v >= 0 and w >= 0."""
    short, long = wide_minimum(v, w), wide_maximum(v, w)
    small = wide_less(short, wide_of(2.0**-16) * u)
    result = WIDE_ZERO
    if not np.all(small):
        result = wide_loggamma_rise(u + long, short) - wide_loggamma_rise(u, short)
    if np.any(small):
        near = WIDE_ZERO
        for high, low in WIDE_GAUSS_OF_TWO:
            place = wide_of(high) + wide_of(low)
            near = near + wide_digamma_rise(u + place * short, long)
        result = wide_where(small, WIDE_HALF * short * near, result)
    return result


def wide_logB(u: Wide, v: Wide) -> Wide:
    """The log of B(u, v), for u > 0 and v > 0."""
    a, b = wide_minimum(u, v), wide_maximum(u, v)
    low = wide_less(a, wide_of(float(WIDE_STEPS_UP)))
    result = wide_loggamma(a) - wide_loggamma_rise(b, a) if np.any(low) else WIDE_ZERO
    if np.all(low):
        return result
    rest = _wide_of_pair(*WIDE_STIRLING) + WIDE_HALF
    for x, sign in ((a, 1.0), (b, 1.0), (a + b, -1.0)):
        inverse, series = _wide_stirling(x, WIDE_LOGGAMMA_TERMS)
        rest = rest + wide_of(sign) * inverse * series
    far = rest - WIDE_HALF * wide_log(b) - (a - WIDE_HALF) * wide_log1p(b / a)
    return wide_where(low, result, far - b * wide_log1p(a / b))
