"""Differences of log(Gamma) and of its derivatives, and log B, without their cancellation.

From 6 on a difference of Stirling's series is taken term by term, its polynomials by divided
differences. Below 6 the recurrence leads up to 6 more, where each step is itself a difference.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from derive.arrays.runtime.array_functions import log1pmx
from derive.arrays.runtime.function_pieces import Floats, Table, in_pieces, several_in_pieces
from derive.arrays.runtime.gamma_functions import (
    DIGAMMA_TABLE,
    HALF_LOG_TWO_PI,
    LOGGAMMA_TABLE,
    TRIGAMMA_TABLE,
    _loggamma,
)

STEPS_UP = 6
GAUSS_OF_TWO = (0.21132486540518713, 0.7886751345948129)  # places of Gauss and Legendre in (0, 1)


def loggamma_rise(u: object, d: object, out: Floats | None = None) -> Any:
    """loggamma(u + d) - loggamma(u), for u > 0 and u + d > 0."""
    return several_in_pieces(_loggamma_rise, (u, d), out)


def digamma_rise(u: object, d: object, out: Floats | None = None) -> Any:
    """digamma(u + d) - digamma(u), for u > 0 and u + d > 0."""
    return several_in_pieces(_digamma_rise, (u, d), out)


def digamma_half_rise(u: object, out: Floats | None = None) -> Any:
    """u * (digamma(u + 1/2) - digamma(u)) - 1/2, for u > 0."""
    return in_pieces(_digamma_half_rise, u, out)


def trigamma_rise(u: object, d: object, out: Floats | None = None) -> Any:
    """trigamma(u + d) - trigamma(u), for u > 0 and u + d > 0."""
    return several_in_pieces(_trigamma_rise, (u, d), out)


def loggamma_bend(u: object, v: object, w: object, out: Floats | None = None) -> Any:
    """loggamma_rise(u + v, w) - loggamma_rise(u, w), for u > 0, v >= 0 and w >= 0."""
    return several_in_pieces(_loggamma_bend, (u, v, w), out)


def logB(u: object, v: object, out: Floats | None = None) -> Any:
    """The log of B(u, v), for u > 0 and v > 0."""
    return several_in_pieces(_logB, (u, v), out)


def _turned(u: Floats, d: Floats) -> tuple[Any, Any, Any]:
    """The lower point, the distance from it to the upper one, and the sign of d."""
    x = np.where(d < 0, u + d, u)
    return np.where(x < 0, np.nan, np.abs(x)), np.abs(d), np.where(d < 0, -1.0, 1.0)


def _inverses(x: Floats, d: Floats) -> tuple[Any, Any]:
    """1/x and 1/(x + d)."""
    return 1 / x, 1 / (x + d)


def _divided(table: Table, w: Floats, b: Floats, start: int = 0) -> tuple[Any, Any]:
    """What Stirling's series has beyond its first terms: at b**2, and its divided difference.

    Without its terms before `start`.
    """
    first, second = w * w, b * b
    *lower, top = table[0][0, :, 2]
    lower[:start] = [0.0] * start
    value, slope = np.full_like(w, top), np.zeros_like(w)
    for term in lower[::-1]:
        slope = slope * second + value
        value = value * first + term
    return value + (second - first) * slope, slope


def _loggamma_rise(u: Floats, d: Floats) -> Any:
    x, n, sign = _turned(u, d)
    low, direct = x < STEPS_UP, (x < STEPS_UP) & (n >= 1)
    value = _stirling_rise(np.where(low, x + STEPS_UP, x), n)
    if low.any():
        here = low & ~direct
        value[here] -= np.log1p(_rising_ratio_m1(x[here], n[here]))
        upper = np.where(d < 0, u, u + d)
        value[direct] = _loggamma(upper[direct]) - _loggamma(x[direct])
    return sign * value


def _rising_ratio_m1(x: Floats, n: Floats) -> Any:
    """The product of 1 + n / (x + k) over the steps up, less 1."""
    total = np.zeros_like(x)
    for k in range(STEPS_UP):
        step = n / (x + k)
        total = total + step + total * step
    return total


def _stirling_rise(x: Floats, n: Floats) -> Any:
    w, b = _inverses(x, n)
    t = np.where(n == 0, 0, n * w)
    value, slope = _divided(LOGGAMMA_TABLE, w, b)
    rest = -n * w * b * (value + w * (b + w) * slope)
    log = np.log1p(t)
    core = np.where(t < 0.4, x * log1pmx(t) + (n - 0.5) * log, (x + n - 0.5) * log - n)
    return np.where(n == 0, 0 * x, core + n * np.log(x) + rest)


def _digamma_rise(u: Floats, d: Floats) -> Any:
    x, n, sign = _turned(u, d)
    low = x < STEPS_UP
    far = np.where(low, x + STEPS_UP, x)
    w, b = _inverses(far, n)
    value, slope = _divided(DIGAMMA_TABLE, w, b)
    total = np.log1p(n * w) + n * w * b * (0.5 + (b + w) * (value + w * w * slope))
    if low.any():
        total[low] += _steps(x[low], n[low], False)
    return sign * total


def _digamma_half_rise(u: Floats) -> Any:
    x = np.where(u < 0, np.nan, np.abs(u))
    w, b = _inverses(x, np.full_like(x, 0.5))
    value, slope = _divided(DIGAMMA_TABLE, w, b)
    result = x * log1pmx(0.5 * w) + 0.5 * b * (0.5 + (b + w) * (value + w * w * slope))
    low = x < STEPS_UP
    if low.any():
        result[low] = x[low] * _digamma_rise(x[low], np.full_like(x[low], 0.5)) - 0.5
    return np.where(x == 0, 0.5, result)


def _trigamma_rise(u: Floats, d: Floats) -> Any:
    x, n, sign = _turned(u, d)
    low = x < STEPS_UP
    far = np.where(low, x + STEPS_UP, x)
    w, b = _inverses(far, n)
    value, slope = _divided(TRIGAMMA_TABLE, w, b)
    beyond = (w * w + w * b + b * b) * value + w * w * w * (b + w) * slope
    total = n * w * b * (1 + 0.5 * (w + b) + beyond)
    if low.any():
        total[low] += _steps(x[low], n[low], True)
    return -sign * total


def _steps(x: Floats, n: Floats, second: bool) -> Any:
    """The sum of 1/(x + k) - 1/(x + k + n) over the steps up; of the squares if `second`."""
    total = np.zeros_like(x)
    for k in range(STEPS_UP):
        w, b = 1 / (x + k), 1 / (x + k + n)
        step = n * b * w
        total += step * (w + b) if second else step
    return total


def _loggamma_bend(u: Floats, v: Floats, w: Floats) -> Any:
    short, long = np.minimum(v, w), np.maximum(v, w)
    small = short < 3e-4 * u
    value = 0.5 * short * sum(_digamma_rise(u + place * short, long) for place in GAUSS_OF_TWO)
    if not small.all():
        value[~small] = _bend(u[~small], short[~small], long[~small])
    return np.where((u >= 0) & (short >= 0), value, np.nan)


def _bend(x: Floats, v: Floats, w: Floats) -> Any:
    """The mixed second difference; below 6 the recurrence leads up, step by step."""
    rest, low = np.zeros_like(x), x < STEPS_UP
    for k in range(STEPS_UP if low.any() else 0):
        y = x + k
        rest += np.where(low, np.log1p(v / y * (w / (y + v + w))), 0)
    x = np.where(low, x + STEPS_UP, x)
    share = v / (x + v) * (w / (x + w))  # 1 in floats where both are large
    second = np.where(share < 0.5, np.log1p(-share), np.log(x / (x + v) * (1 + v / (x + w))))
    first = x * second + v * np.log1p(w / (x + v)) + w * np.log1p(v / (x + w))
    a, b = _inverses(x, v)
    near, far = _stirling_step(a, 1 / (x + w)), _stirling_step(b, 1 / (x + v + w))
    exact = v * a * b * (w / (x + w)) * (1 + x / (x + v + w)) / 12
    return rest + first - 0.5 * second + exact + (far - near)


def _stirling_step(w: Floats, b: Floats) -> Any:
    """The difference of what Stirling's series have beyond 1/(12 x), at 1/w and 1/b."""
    value, slope = _divided(LOGGAMMA_TABLE, w, b, 1)
    return (b - w) * (value + w * (b + w) * slope)


def _logB(u: Floats, v: Floats) -> Any:
    a, b = np.minimum(u, v), np.maximum(u, v)
    small = a < STEPS_UP
    result = np.empty_like(a)
    if small.any():
        result[small] = _loggamma(a[small]) - _loggamma_rise(b[small], a[small])
    if not small.all():
        result[~small] = _stirling_log_b(a[~small], b[~small])
    return result


def _stirling_log_b(a: Floats, b: Floats) -> Any:
    rest: Any = HALF_LOG_TWO_PI
    for x, sign in ((a, 1.0), (b, 1.0), (a + b, -1.0)):
        w = 1 / x
        rest = rest + sign * w * _divided(LOGGAMMA_TABLE, w, w)[0]
    return rest - 0.5 * np.log(b) - (a - 0.5) * np.log1p(b / a) - b * np.log1p(a / b)
