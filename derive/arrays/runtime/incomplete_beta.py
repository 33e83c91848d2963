"""The regularised incomplete beta function.

By the continued fraction of DLMF 8.17.22; where both a and b are large, and it takes long, the tail
of the density by the formula of Gauss and Legendre.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from derive.arrays.runtime.array_functions import log1pmx
from derive.arrays.runtime.function_pieces import Floats, several_in_pieces
from derive.arrays.runtime.gamma_differences import _logB
from derive.arrays.runtime.gamma_functions import HALF_LOG_TWO_PI
from derive.arrays.runtime.incomplete_gamma import (
    LARGE_ORDER,
    LARGEST_ORDER,
    LEAST_FACTOR,
    MOST_TERMS,
    PLACES_OF_TAIL,
    SETTLED,
    stirling_rest,
)


def betainc(a: object, b: object, u: object, out: Floats | None = None) -> Any:
    """The regularised incomplete beta function, for a > 0, b > 0 and 0 <= u <= 1."""
    return several_in_pieces(_betainc, (a, b, u), out)


def _betainc(a: Floats, b: Floats, u: Floats) -> Any:
    allowed = (a > 0) & (b > 0) & (a < np.inf) & (b < np.inf)
    value = np.where(allowed & (u == 0), 0.0, np.where(allowed & (u == 1), 1.0, np.nan))
    inside = allowed & (u > 0) & (u < 1)
    large = np.minimum(a, b) > LARGEST_ORDER
    turned = u > np.where(large, a / (a + b), (a + 1) / (a + b + 2))
    for part, function in ((inside & large, _beta_tail), (inside & ~large, _beta_fraction)):
        near, far = part & ~turned, part & turned
        if near.any():
            value[near] = function(a[near], b[near], u[near], 1 - u[near])
        if far.any():
            value[far] = 1 - function(b[far], a[far], 1 - u[far], u[far])
    return value


def _beta_fraction(a: Floats, b: Floats, u: Floats, v: Floats) -> Any:
    """u**a v**b / (a B(a, b)) times a continued fraction, for v = 1 - u, from its front."""
    c, d = np.ones_like(u), 1 - (a + b) * u / (a + 1)
    d = 1 / np.where(d == 0, LEAST_FACTOR, d)
    value = d
    for m in range(1, MOST_TERMS):
        two = a + 2 * m
        even = m * (b - m) * u / ((two - 1) * two)
        odd = -(a + m) * (a + b + m) * u / (two * (two + 1))
        moved = value
        for weight in (even, odd):
            d = 1 + weight * d
            d = 1 / np.where(d == 0, LEAST_FACTOR, d)
            c = 1 + weight / c
            c = np.where(c == 0, LEAST_FACTOR, c)
            value = value * (c * d)
        if not (np.abs(value - moved) > SETTLED * np.abs(value)).any():
            break
    return value * np.exp(_log_beta_weight(a, b, u, v)) / a


def _beta_tail(a: Floats, b: Floats, u: Floats, v: Floats) -> Any:
    """The function up to a / (a + b), for large a and b."""
    middle = a / (a + b)
    far, spread = np.abs(middle - u), middle * (1 - middle) / (a + b)
    span = np.minimum(np.sqrt(far * far + 120 * spread) - far, u)
    places, weights = np.polynomial.legendre.leggauss(PLACES_OF_TAIL)
    t = span[:, None] * (1 + places) / 2
    with np.errstate(all="ignore"):
        ratio = np.exp((a - 1)[:, None] * np.log1p(-t / u[:, None])
                       + (b - 1)[:, None] * np.log1p(t / v[:, None]))
    return np.exp(_log_beta_weight(a, b, u, v)) / (u * v) * span / 2 * (ratio * weights).sum(axis=1)


def _log_beta_weight(a: Floats, b: Floats, u: Floats, v: Floats) -> Any:
    """a log(u) + b log(v) - log B(a, b)."""
    large = np.minimum(a, b) > LARGE_ORDER
    x, y = np.where(large, a, LARGE_ORDER), np.where(large, b, LARGE_ORDER)
    both = x + y
    moved = u * y - v * x  # (u - x/both) * both
    near = x * log1pmx(moved / x) + y * log1pmx(-moved / y)
    roots = (np.log(x) + np.log(y) - np.log(both)) / 2 - HALF_LOG_TWO_PI
    rest = stirling_rest(both) - stirling_rest(x) - stirling_rest(y)
    return np.where(large, near + roots + rest, a * np.log(u) + b * np.log(v) - _logB(a, b))
