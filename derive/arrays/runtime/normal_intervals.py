"""What lies between two points of the standard normal distribution, far in its tails too.

The points are turned so that b >= |a|. Where a is not below 0 all is scaled by exp(a**2 / 2), and
exp((a**2 - b**2) / 2) is of an exact difference; a narrow interval is integrated from its middle.
The length d = u - v is an argument of its own, since a formula often knows it better than u and v.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from derive.arrays.runtime.function_pieces import Floats, several_in_pieces
from derive.arrays.runtime.normal_distribution import PHI_AT_ZERO, ROOT_HALF, _erf_parts, _gauss

# Places and weights of Gauss and Legendre, of 10 points on (-1, 1), those above 0.
GAUSS_LEGENDRE = (
    (0.14887433898163122, 0.29552422471475287), (0.4333953941292472, 0.26926671930999635),
    (0.6794095682990244, 0.21908636251598204), (0.8650633666889845, 0.1494513491505806),
    (0.9739065285171717, 0.06667134430868814))
NARROW = 1.5  # the length of an interval that is integrated, if its density falls little


def logPhi_between(u: object, v: object, d: object, out: Floats | None = None) -> Any:
    """log(Phi(u) - Phi(v)) for v < u, accurate in both tails."""
    return several_in_pieces(_logPhi_between, (u, v, d), out)


def mills_between(u: object, v: object, d: object, out: Floats | None = None) -> Any:
    """The standard normal density at u over Phi(u) - Phi(v), for v < u."""
    return several_in_pieces(_mills_between, (u, v, d), out)


def mean_between(u: object, v: object, d: object, out: Floats | None = None) -> Any:
    """The mean of the standard normal distribution between v and u, for v < u."""
    return several_in_pieces(_mean_between, (u, v, d), out)


def _scaled_tail(x: Floats) -> Any:
    """exp(x**2 / 2) * Phi(-x), for x >= 0."""
    size = x * ROOT_HALF
    near, value = _erf_parts(size)
    return np.where(near, (0.5 - 0.5 * (size + value)) * np.exp(0.5 * x * x), 0.5 * value)


def _interval(u: Floats, v: Floats, d: Floats) -> tuple[Any, ...]:
    """The interval as a, b with b >= |a|, whether it was turned; half its length and middle, the
    log of the density's fall from a to b; whether it is narrow; the mass beyond it, and the mass
    over the density at a, without the density's constant."""
    turned = u + v < 0
    a, b = np.where(turned, -u, v), np.where(turned, -v, u)
    half, middle = 0.5 * d, 0.5 * (b + a)
    fall = np.where(np.isinf(b), np.where(a < np.inf, np.inf, np.nan), 2 * half * middle)
    narrow = (half <= 0.5 * NARROW) & (fall < 1)
    left, right = _scaled_tail(np.abs(a)), _scaled_tail(b)
    beyond = right * _gauss(b, 0.5) + left * _gauss(a, 0.5)
    mass = (left - np.exp(-fall) * right) / PHI_AT_ZERO
    if narrow.any():
        mass[narrow] = _narrow_mass(half[narrow], middle[narrow], a[narrow])
    mass = np.where(d > 0, mass, np.where((d == 0) & (b == b), 0, np.nan))
    return a, b, turned, half, middle, fall, narrow, beyond, mass


def _narrow_mass(half: Floats, middle: Floats, a: Floats) -> Any:
    """The mass of a short interval over the density at a."""
    slope, square = half * middle, -0.5 * half * half
    total = np.zeros_like(half)
    for place, weight in GAUSS_LEGENDRE:
        bend, tilt = square * (place * place), slope * place
        total += weight * (np.exp(bend - tilt) + np.exp(bend + tilt))
    return half * total * np.exp(-0.5 * half * (middle + a))


def _logPhi_between(u: Floats, v: Floats, d: Floats) -> Any:
    a, _, _, _, _, _, narrow, beyond, mass = _interval(u, v, d)
    scaled = np.log(PHI_AT_ZERO * mass) - 0.5 * a * a
    around = (a < 0) & ~narrow
    return np.where(around & (mass == mass), np.log1p(-beyond), scaled)


def _shares(u: Floats, v: Floats, d: Floats) -> tuple[Any, ...]:
    """The density at a over the mass; then a, whether it was turned, and the fall."""
    a, _, turned, half, middle, fall, narrow, beyond, mass = _interval(u, v, d)
    around = (a < 0) & ~narrow & (mass == mass)
    share = np.where(around, PHI_AT_ZERO * _gauss(a, 0.5) / (1 - beyond), 1 / mass)
    return share, a, turned, half, middle, fall, narrow


def _mills_between(u: Floats, v: Floats, d: Floats) -> Any:
    share, _, turned, _, _, fall, _ = _shares(u, v, d)
    return np.where(turned, share, share * np.exp(-fall))


def _mean_between(u: Floats, v: Floats, d: Floats) -> Any:
    share, a, turned, half, middle, fall, narrow = _shares(u, v, d)
    drop = -np.expm1(-fall)
    short = middle * np.where(fall == 0, 1, drop / fall) * (2 * half * share)
    mean = np.where(narrow, short, np.where(a > 1e9, a, drop * share))
    return np.where(turned, -mean, mean)
