"""What lies between two points of the standard normal distribution, for wide numbers.

The points are turned so that b >= |a|; where a is not below 0 all is scaled by exp(a**2 / 2). A
short interval is a series in Hermite polynomials about its middle. d is the length u - v.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from derive.arrays.wide.exponential import wide_exp, wide_expm1, wide_log, wide_log1p
from derive.arrays.wide.normal import (
    WIDE_ROOT_HALF,
    WIDE_ROOT_TWO_PI_INVERSE,
    _wide_erfcx,
    _wide_gauss,
    wide_Phi,
)
from derive.arrays.wide.order import wide_less
from derive.arrays.wide.wide_numbers import (
    WIDE_HALF,
    WIDE_ONE,
    WIDE_TWO,
    WIDE_ZERO,
    Wide,
    _wide_of_pair,
    wide_broadcast,
    wide_isfinite,
    wide_of,
    wide_where,
)

WIDE_SHORT = 2.0**-10  # half the length of an interval, and its length times its middle


def _wide_scaled_tail(x: Wide) -> Wide:
    """exp(x**2 / 2) * Phi(-x), for x >= 0."""
    near, end = wide_less(x, WIDE_ONE), np.isinf(x.high)
    inner = wide_where(near, x, WIDE_ZERO)
    outer = wide_where(near | end, WIDE_ONE, x) * _wide_of_pair(*WIDE_ROOT_HALF)
    outer = wide_where(end, WIDE_ZERO, WIDE_HALF * _wide_erfcx(outer))
    return wide_where(near, wide_Phi(-inner) * wide_exp(inner * inner * WIDE_HALF), outer)


def _wide_short_mass(half: Wide, middle: Wide, a: Wide) -> Wide:
    """The mass of a short interval over the density at a."""
    slope, square = half * middle, half * half
    before, now = WIDE_ONE, slope
    total, factor = WIDE_ONE, 2.0
    for n in range(1, 20):
        before, now = now, slope * now - wide_of(float(n)) * square * before
        factor *= n + 2
        if n % 2:
            total = total + now / wide_of(factor)
    return WIDE_TWO * half * total * wide_exp(-(WIDE_HALF * half * (middle + a)))


def _wide_interval(u: Wide, v: Wide, d: Wide) -> tuple[Any, ...]:
    """As the plain numbers' own: a, turned, half, middle, fall, short, beyond, mass."""
    shape = np.broadcast_shapes(*(np.shape(part.high) for part in (u, v, d)))
    u, v, d = (wide_broadcast(part, shape) for part in (u, v, d))
    turned = wide_less(u + v, WIDE_ZERO)
    a, b = wide_where(turned, -u, v), wide_where(turned, -v, u)
    half, middle = WIDE_HALF * d, WIDE_HALF * (b + a)
    fall = wide_where(wide_isfinite(b), WIDE_TWO * half * middle, wide_of(np.inf))
    limit = wide_of(WIDE_SHORT)
    short = wide_less(half, limit) & wide_less(fall, limit)
    left, right = _wide_scaled_tail(abs(a)), _wide_scaled_tail(b)
    beyond = right * _wide_gauss(b, -1) + left * _wide_gauss(a, -1)
    density = _wide_of_pair(*WIDE_ROOT_TWO_PI_INVERSE)
    mass = (left - wide_exp(-fall) * right) / density
    if np.any(short):
        mass = wide_where(short, _wide_short_mass(half, middle, a), mass)
    mass = wide_where(d.high >= 0, mass, wide_of(np.nan))
    return a, turned, half, middle, fall, short, beyond, mass


def wide_logPhi_between(u: Wide, v: Wide, d: Wide) -> Wide:
    """log(Phi(u) - Phi(v)) for v < u, accurate in both tails."""
    a, _, _, _, _, short, beyond, mass = _wide_interval(u, v, d)
    scaled = wide_log(_wide_of_pair(*WIDE_ROOT_TWO_PI_INVERSE) * mass) - WIDE_HALF * a * a
    around = (a.high < 0) & ~short & ~np.isnan(mass.high)
    return wide_where(around, wide_log1p(-beyond), scaled)


def _wide_shares(u: Wide, v: Wide, d: Wide) -> tuple[Any, ...]:
    """The density at a over the mass; turned, half, middle, fall, short."""
    a, turned, half, middle, fall, short, beyond, mass = _wide_interval(u, v, d)
    around = (a.high < 0) & ~short & ~np.isnan(mass.high)
    density = _wide_of_pair(*WIDE_ROOT_TWO_PI_INVERSE) * _wide_gauss(a, -1)
    share = wide_where(around, density / (WIDE_ONE - beyond), WIDE_ONE / mass)
    return share, turned, half, middle, fall, short


def wide_mills_between(u: Wide, v: Wide, d: Wide) -> Wide:
    """The standard normal density at u over Phi(u) - Phi(v), for v < u."""
    share, turned, _, _, fall, _ = _wide_shares(u, v, d)
    return wide_where(turned, share, share * wide_exp(-fall))


def wide_mean_between(u: Wide, v: Wide, d: Wide) -> Wide:
    """The mean of the standard normal distribution between v and u, for v < u."""
    share, turned, half, middle, fall, short = _wide_shares(u, v, d)
    drop = -wide_expm1(-fall)
    ratio = wide_where(fall.high == 0, WIDE_ONE, drop / fall)
    mean = wide_where(short, middle * ratio * (WIDE_TWO * half * share), drop * share)
    return wide_where(turned, -mean, mean)
