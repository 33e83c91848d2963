"""The regularised incomplete gamma functions.

Below a + 1 the series of DLMF 8.11.4, beyond the continued fraction 8.9.2; where a is large, and
both take long, the tail of the density by the formula of Gauss and Legendre.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from derive.arrays.runtime.array_functions import log1pmx
from derive.arrays.runtime.function_pieces import Floats, several_in_pieces
from derive.arrays.runtime.gamma_functions import HALF_LOG_TWO_PI, _loggamma

LARGE_ORDER = 12.0
LARGEST_ORDER = 4000.0  # beyond it series and fractions are longer than quadrature
STIRLING = (1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188, -691 / 360360)
MOST_TERMS = 2000
PLACES_OF_TAIL = 48
LEAST_FACTOR = 1e-300
SETTLED = 5e-16


def gammainc(a: object, u: object, out: Floats | None = None) -> Any:
    """The regularised lower incomplete gamma function, for a > 0 and u >= 0."""
    return several_in_pieces(_gammainc, (a, u), out)


def gammaincc(a: object, u: object, out: Floats | None = None) -> Any:
    """The regularised upper incomplete gamma function, for a > 0 and u >= 0."""
    return several_in_pieces(_gammaincc, (a, u), out)


def _gammainc(a: Floats, u: Floats) -> Any:
    smaller, below = _incomplete_gamma(a, u)
    return np.where(below, smaller, 1 - smaller)


def _gammaincc(a: Floats, u: Floats) -> Any:
    smaller, below = _incomplete_gamma(a, u)
    return np.where(below, 1 - smaller, smaller)


def _incomplete_gamma(a: Floats, u: Floats) -> tuple[Any, Any]:
    """The lower function below a + 1, else the upper one; and where it is the lower one."""
    below = u < a + 1
    value = np.where((a > 0) & (a < np.inf) & ((u == 0) | (u == np.inf)), 0.0, np.nan)
    inside = (a > 0) & (a < np.inf) & (u > 0) & (u < np.inf)
    large = a > LARGEST_ORDER
    for part, function in ((inside & below & ~large, _gamma_series), (inside & large, _gamma_tail),
                           (inside & ~below & ~large, _gamma_fraction)):
        if part.any():
            value[part] = function(a[part], u[part])
    return value, below


def _gamma_series(a: Floats, u: Floats) -> Any:
    """The lower function: u**a exp(-u) / Gamma(a + 1) times a sum of positive terms."""
    term, total = np.ones_like(u), np.ones_like(u)
    for n in range(1, MOST_TERMS):
        term = term * (u / (a + n))
        total += term
        if not (term > 1e-17 * total).any():
            break
    return total * np.exp(_log_gamma_weight(a, u)) / a


def _gamma_fraction(a: Floats, u: Floats) -> Any:
    """The upper function: u**a exp(-u) / Gamma(a) times a continued fraction, from its front."""
    b = u + 1 - a
    d = 1 / np.where(b == 0, LEAST_FACTOR, b)
    c, value = np.full_like(u, 1 / LEAST_FACTOR), d
    for n in range(1, MOST_TERMS):
        weight, b = n * (a - n), b + 2
        d = b + weight * d
        d = 1 / np.where(d == 0, LEAST_FACTOR, d)
        c = b + weight / c
        c = np.where(c == 0, LEAST_FACTOR, c)
        value = value * (c * d)
        if not (np.abs(c * d - 1) > SETTLED).any():
            break
    return value * np.exp(_log_gamma_weight(a, u))


def _gamma_tail(a: Floats, u: Floats) -> Any:
    """The lower function below a + 1, else the upper one, for a large a."""
    sign = np.where(u < a + 1, -1.0, 1.0)
    far = np.abs(u - a)
    span = np.minimum(np.sqrt(far * far + 120 * a) - far, np.where(sign < 0, u, np.inf))
    places, weights = np.polynomial.legendre.leggauss(PLACES_OF_TAIL)
    t = (sign * span)[:, None] * (1 + places) / 2
    with np.errstate(all="ignore"):
        ratio = np.exp((a - 1)[:, None] * np.log1p(t / u[:, None]) - t)
    return np.exp(_log_gamma_weight(a, u)) / u * span / 2 * (ratio * weights).sum(axis=1)


def stirling_rest(x: Floats) -> Any:
    """loggamma(x) beyond (x - 1/2) log(x) - x + log(2 pi)/2, for a large x."""
    rest, square = np.zeros_like(x), 1 / (x * x)
    for number in STIRLING[::-1]:
        rest = rest * square + number
    return rest / x


def _log_gamma_weight(a: Floats, u: Floats) -> Any:
    """a log(u) - u - loggamma(a)."""
    large = a > LARGE_ORDER
    x = np.where(large, a, LARGE_ORDER)
    far = x * log1pmx((u - x) / x) + np.log(x) / 2 - HALF_LOG_TWO_PI - stirling_rest(x)
    return np.where(large, far, a * np.log(u) - u - _loggamma(np.where(large, 1.0, a)))
