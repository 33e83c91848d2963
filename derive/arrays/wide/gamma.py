"""log(Gamma) and its first two derivatives, for positive wide numbers.

Stirling's series from 16 on; below, the recurrence leads up to it.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from derive.arrays.wide.exponential import (
    wide_log,
    wide_log1p,
)
from derive.arrays.wide.pairs import (
    WIDE_UNIT,
    _wide_pair_add,
    _wide_pair_divide,
    _wide_pair_multiply,
    _wide_ratio,
)
from derive.arrays.wide.wide_numbers import (
    WIDE_HALF,
    WIDE_ONE,
    WIDE_TWO,
    WIDE_ZERO,
    Wide,
    _wide_of_pair,
    _wide_pair,
    _wide_polynomial,
    wide_of,
    wide_where,
)

# The Bernoulli numbers B(2), B(4), …
WIDE_BERNOULLI = (
    (1, 6), (-1, 30), (1, 42), (-1, 30), (5, 66), (-691, 2730), (7, 6), (-3617, 510),
    (43867, 798), (-174611, 330), (854513, 138), (-236364091, 2730), (8553103, 6),
    (-23749461029, 870), (8615841276005, 14322), (-7709321041217, 510), (2577687858367, 6),
    (-26315271553053477373, 1919190), (2929993913841559, 6), (-261082718496449122051,
    13530), (1520097643918070802691, 1806), (-27833269579301024235023, 690))
WIDE_LOGGAMMA_TERMS = [
    _wide_ratio(b[0], b[1] * (2 * n + 2) * (2 * n + 1)) for n, b in enumerate(WIDE_BERNOULLI)]
WIDE_DIGAMMA_TERMS = [_wide_ratio(b[0], b[1] * (2 * n + 2)) for n, b in enumerate(WIDE_BERNOULLI)]
WIDE_TRIGAMMA_TERMS = [_wide_ratio(*b) for b in WIDE_BERNOULLI]
# log(2*pi)/2 - 1/2.
WIDE_STIRLING = (0.4189385332046727, 1.6728209650585413e-17)
WIDE_DIGAMMA_ROOT = (1.4616321449683622, 9.549995429965697e-17,
                     2.89392992820415e-33)


def _wide_zetas(start: int, count: int) -> list[int]:
    """The sums of (start + n)**-s over all n, for s = 2, 3, …, by Euler and Maclaurin's formula.

    Numbers are integers times the unit. 32 terms are added, and 12 of the formula.
    """
    powers = [[WIDE_UNIT] for _ in range(33)]
    for n, own in enumerate(powers):
        inverse = WIDE_UNIT**2 // (start + n * WIDE_UNIT)
        for _ in range(count + 25):
            own.append(own[-1] * inverse // WIDE_UNIT)
    tail, sums = powers.pop(), []
    for s in range(2, count + 2):
        total = sum(own[s] for own in powers) + tail[s - 1] // (s - 1) + tail[s] // 2
        rise, fall = s, 2
        for k, (top, bottom) in enumerate(WIDE_BERNOULLI[:12], 1):
            total += tail[s + 2 * k - 1] * top * rise // (bottom * fall)
            rise *= (s + 2 * k - 1) * (s + 2 * k)
            fall *= (2 * k + 1) * (2 * k + 2)
        sums.append(total)
    return sums


# log(Gamma(2 + t)) = t * the series in t, for |t| <= 1/4; 1 less Euler's constant comes first.
WIDE_GAMMA_AT_2 = np.array([(0.42278433509846713, 4.942915152430645e-18), *(
    _wide_ratio((-1)**k * size, k * WIDE_UNIT)
    for k, size in enumerate(_wide_zetas(2 * WIDE_UNIT, 40), 2))])
# digamma(root + t) = t * the series in t, for |t| <= 1/32; and its root, in three floats.
WIDE_DIGAMMA_AT_ROOT = np.array([
    _wide_ratio((-1)**k * size, WIDE_UNIT) for k, size in enumerate(_wide_zetas(
        sum(int(math.ldexp(part, 200)) << 40 for part in WIDE_DIGAMMA_ROOT), 22))])


def _wide_raised(x: Wide) -> tuple[Any, Any, Any, Wide]:
    """Whether x < 16; there x as a pair, elsewhere 1; and x + 16 there, elsewhere x."""
    low = (x.exponent <= 4) & np.isfinite(x.high)
    xh, xl = _wide_pair(x)
    xh, xl = np.where(low, xh, 1.0), np.where(low, xl, 0.0)
    return (low, xh, xl, wide_where(low, x + wide_of(16.0), x))


def _wide_stirling(z: Wide, terms: Any) -> tuple[Wide, Wide]:
    """1/z, and the series in 1/z**2, for z >= 16."""
    inverse = WIDE_ONE / z
    return inverse, _wide_polynomial(inverse * inverse, terms, 9)


def _wide_of_positive(x: Wide, result: Wide) -> Wide:
    """The result, but nan for x < 0."""
    return wide_where(x.high < 0, wide_of(np.nan), result)


def wide_loggamma(x: Wide) -> Wide:
    """log(Gamma(x)) for x > 0, accurate beside its roots 1 and 2 too."""
    low, xh, xl, z = _wide_raised(x)
    inverse, series = _wide_stirling(z, WIDE_LOGGAMMA_TERMS)
    result = (z - WIDE_HALF) * (wide_log(z) - WIDE_ONE)
    result = result + (_wide_of_pair(*WIDE_STIRLING) + inverse * series)
    high, rest = np.ones_like(xh), np.zeros_like(xh)
    for k in range(1, 16):
        high, rest = _wide_pair_multiply(high, rest, *_wide_pair_add(xh, xl, float(k), 0.0))
    product = x * _wide_of_pair(high, rest)
    result = result - wide_where(low, wide_log(product), WIDE_ZERO)
    first = np.abs(xh - 1) <= 0.25
    near = low & (first | (np.abs(xh - 2) <= 0.25))
    if np.any(near):
        t = x - wide_where(first, WIDE_ONE, WIDE_TWO)
        series = _wide_polynomial(t, WIDE_GAMMA_AT_2, 22)
        beside = t * series
        beside = beside - wide_where(first, wide_log1p(t), WIDE_ZERO)
        result = wide_where(near, beside, result)
    return _wide_of_positive(x, result)


def wide_digamma(x: Wide) -> Wide:
    """The derivative of log(Gamma(x)) for x > 0, accurate beside its root too."""
    low, xh, xl, z = _wide_raised(x)
    inverse, series = _wide_stirling(z, WIDE_DIGAMMA_TERMS)
    rest = inverse * (WIDE_HALF + inverse * series)
    result = wide_log(z) - rest
    high, rest = np.zeros_like(xh), np.zeros_like(xh)
    for k in range(15, 0, -1):
        part = _wide_pair_divide(1.0, 0.0, *_wide_pair_add(xh, xl, float(k), 0.0))
        high, rest = _wide_pair_add(high, rest, *part)
    steps = WIDE_ONE / x + _wide_of_pair(high, rest)
    result = result - wide_where(low, steps, WIDE_ZERO)
    root = WIDE_DIGAMMA_ROOT
    near = low & (np.abs(xh - root[0]) <= 0.03125)
    if np.any(near):
        t = x - wide_of(root[0]) - _wide_of_pair(root[1], root[2])
        series = _wide_polynomial(t, WIDE_DIGAMMA_AT_ROOT, 13)
        result = wide_where(near, t * series, result)
    return _wide_of_positive(x, result)


def wide_trigamma(x: Wide) -> Wide:
    """The second derivative of log(Gamma(x)) for x > 0."""
    low, xh, xl, z = _wide_raised(x)
    inverse, series = _wide_stirling(z, WIDE_TRIGAMMA_TERMS)
    square = inverse * inverse
    result = WIDE_HALF * square + inverse * square * series
    result = inverse + result
    high, rest = np.zeros_like(xh), np.zeros_like(xh)
    for k in range(15, 0, -1):
        part = _wide_pair_divide(1.0, 0.0, *_wide_pair_add(xh, xl, float(k), 0.0))
        high, rest = _wide_pair_add(high, rest, *_wide_pair_multiply(*part, *part))
    first = WIDE_ONE / x
    steps = first * first + _wide_of_pair(high, rest)
    result = result + wide_where(low, steps, WIDE_ZERO)
    return _wide_of_positive(x, result)
