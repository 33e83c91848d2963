"""Functions of numbers that PyTorch and JAX lack; for both, and they run in NumPy."""

from __future__ import annotations

import numpy as xp

from derive.arrays.runtime.gamma_functions import digamma, loggamma
from derive.arrays.runtime.normal_distribution import logPhi
from derive.arrays.targets.functional.neutral_text import Array


def log1pmx(u: Array) -> Array:
    """log(1 + u) - u, near 0 by the series of log((1 + t)/(1 - t)) with t = u/(2 + u)."""
    near = xp.where(xp.abs(u) < 0.4, u, 0)
    t = near / (2 + near)
    series = xp.zeros_like(t)
    for k in range(29, 1, -2):
        series = (series + 1 / k) * (t * t)
    return xp.where(xp.abs(u) < 0.4, 2 * t * series - near * t, xp.log1p(u) - u)


def expm1quotient(u: Array) -> Array:
    """u / (exp(u) - 1), 1 at 0 and 0 at infinity; neither it nor its slope overflows."""
    near, far = xp.abs(u) < 1e-4, u == xp.inf
    size = xp.where(near | far, 1, xp.abs(u))
    falling = xp.where(u > 0, xp.exp(-size), 1) * size / -xp.expm1(-size)
    return xp.where(near, 1 - u / 2 + u * u / 12, xp.where(far, 0, falling))


def expm1mx(u: Array) -> Array:
    """exp(u) - 1 - u, near 0 by the series of exp."""
    small = xp.clip(u, -1, 1)
    series = xp.ones_like(small)
    for k in range(20, 2, -1):
        series = 1 + small / k * series
    return xp.where(xp.abs(u) < 1, small * small / 2 * series, xp.expm1(u) - u)


def loggamma_rise(u: Array, d: Array) -> Array:
    """log(Gamma(u + d)) - log(Gamma(u)), from 16 on by Stirling's series without cancellation."""
    far = xp.where(u >= 16, u, 16)
    top, low = 1 / (far + d), 1 / far
    series = stirling(top) - stirling(low)
    rise = (far - 0.5) * xp.log1p(d / far) + d * xp.log(far + d) - d + series
    return xp.where(u >= 16, rise, loggamma(u + d) - loggamma(u))


def stirling(x: Array) -> Array:
    """What log(Gamma(1/x)) has beyond the first terms of Stirling's series."""
    square = x * x
    return x * (1 / 12 - square * (1 / 360 - square * (1 / 1260 - square * (1 / 1680))))


def digamma_rise(u: Array, d: Array) -> Array:
    """digamma(u + d) - digamma(u), from 16 on by the asymptotic series."""
    far = xp.where(u >= 16, u, 16)
    top = far + d
    rise = xp.log1p(d / far) + d / (2 * far * top) + beyond(far) - beyond(top)
    return xp.where(u >= 16, rise, digamma(u + d) - digamma(u))


def beyond(x: Array) -> Array:
    """log(x) - 1/(2 x) - digamma(x), by the asymptotic series."""
    square = 1 / (x * x)
    return square * (1 / 12 - square * (1 / 120 - square * (1 / 252 - square * (1 / 240))))


def logB(u: Array, v: Array) -> Array:
    """log(Gamma(u)) + log(Gamma(v)) - log(Gamma(u + v))."""
    low, high = xp.minimum(u, v), xp.maximum(u, v)
    return loggamma(low) - loggamma_rise(high, low)


def logPhi_between(u: Array, v: Array, d: Array) -> Array:
    """log(Phi(u) - Phi(v)) where u = v + d, on the side on which both are small."""
    turned = u + v > 0
    high, low = xp.where(turned, -v, u), xp.where(turned, -u, v)
    top = logPhi(high)
    return top + xp.log(-xp.expm1(logPhi(low) - top))


def mills_between(u: Array, v: Array, d: Array) -> Array:
    """phi(u) / (Phi(u) - Phi(v)) where u = v + d."""
    return xp.exp(-0.5 * u * u - 0.9189385332046728 - logPhi_between(u, v, d))


def mean_between(u: Array, v: Array, d: Array) -> Array:
    """(phi(v) - phi(u)) / (Phi(u) - Phi(v)) where u = v + d."""
    middle = d * (u + v) / 2
    near: Array = xp.where(middle >= 0, v, u)
    density = xp.exp(-0.5 * near * near - 0.9189385332046728 - logPhi_between(u, v, d))
    share = -xp.expm1(-xp.abs(middle))
    return density * xp.where(middle >= 0, share, -share)


def loggamma_bend(u: Array, v: Array, w: Array) -> Array:
    """The rise of log(Gamma) over w from u + v on, less that from u on."""
    return loggamma_rise(u + v, w) - loggamma_rise(u, w)


def digamma_half_rise(u: Array) -> Array:
    """u (digamma(u + 1/2) - digamma(u)) - 1/2, from 32 on by its asymptotic series."""
    far = xp.where(u >= 32, u, 32)
    square = 1 / (far * far)
    series = 1 / 64 - square * (1 / 128 - square * (17 / 2048 - square * (31 / 2048)))
    half = xp.full_like(u, 0.5)
    return xp.where(u >= 32, (1 / 8 - square * series) / far, u * digamma_rise(u, half) - 0.5)


def langevin(u: Array) -> Array:
    """coth(u) - 1/u, near 0 by its continued fraction u/(3 + u**2/(5 + ...))."""
    small = xp.abs(u) < 1.5
    square = xp.where(small, u * u, 1)
    near = xp.full_like(u, 23.0)
    for k in range(10, 0, -1):
        near = (2 * k + 1) + square / near
    large = xp.where(small, 1, u)
    return xp.where(small, u / near, 1 / xp.tanh(large) - 1 / large)
