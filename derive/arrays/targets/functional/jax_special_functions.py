"""Functions of numbers that JAX lacks, or has with few digits; printed into modules."""

from __future__ import annotations

import jax.numpy as jnp
from jax import Array
from jax.scipy import special


def mills(u: Array) -> Array:
    """phi(u) / Phi(u), of the standard normal; far below 0 by a continued fraction."""
    near = jnp.maximum(u, -3.0)
    far = fraction = jnp.maximum(-u, 3.0)
    for k in range(60, 0, -1):
        fraction = far + k / fraction
    here = 0.3989422804014327 * jnp.exp(-near * near / 2) / special.ndtr(near)
    return jnp.where(u < -3.0, fraction, here)


def logPhi(u: Array) -> Array:
    """log(Phi(u)), of the standard normal, with all its digits above 0 too."""
    above = jnp.log1p(-special.ndtr(-jnp.maximum(u, 0)))
    return jnp.where(u > 0, above, special.log_ndtr(jnp.minimum(u, 0)))


def log1pmx(u: Array) -> Array:
    """log(1 + u) - u, near 0 by the series of log((1 + t)/(1 - t)) with t = u/(2 + u)."""
    near = jnp.where(jnp.abs(u) < 0.4, u, 0)
    t = near / (2 + near)
    series = jnp.zeros_like(t)
    for k in range(29, 1, -2):
        series = (series + 1 / k) * (t * t)
    return jnp.where(jnp.abs(u) < 0.4, 2 * t * series - near * t, jnp.log1p(u) - u)


def expm1quotient(u: Array) -> Array:
    """u / (exp(u) - 1), 1 at 0 and 0 at infinity; neither it nor its slope overflows."""
    near, far = jnp.abs(u) < 1e-4, u == jnp.inf
    size = jnp.where(near | far, 1, jnp.abs(u))
    falling = jnp.where(u > 0, jnp.exp(-size), 1) * size / -jnp.expm1(-size)
    return jnp.where(near, 1 - u / 2 + u * u / 12, jnp.where(far, 0, falling))


def expm1mx(u: Array) -> Array:
    """exp(u) - 1 - u, near 0 by the series of exp."""
    small = jnp.clip(u, -1, 1)
    series = jnp.ones_like(small)
    for k in range(20, 2, -1):
        series = 1 + small / k * series
    return jnp.where(jnp.abs(u) < 1, small * small / 2 * series, jnp.expm1(u) - u)


def loggamma_rise(u: Array, d: Array) -> Array:
    """log(Gamma(u + d)) - log(Gamma(u)), from 16 on by Stirling's series without cancellation."""
    far = jnp.where(u >= 16, u, 16)
    top, low = 1 / (far + d), 1 / far
    series = stirling(top) - stirling(low)
    rise = (far - 0.5) * jnp.log1p(d / far) + d * jnp.log(far + d) - d + series
    return jnp.where(u >= 16, rise, special.gammaln(u + d) - special.gammaln(u))


def stirling(x: Array) -> Array:
    """What log(Gamma(1/x)) has beyond the first terms of Stirling's series."""
    square = x * x
    return x * (1 / 12 - square * (1 / 360 - square * (1 / 1260 - square * (1 / 1680))))


def digamma_rise(u: Array, d: Array) -> Array:
    """digamma(u + d) - digamma(u), from 16 on by the asymptotic series."""
    far = jnp.where(u >= 16, u, 16)
    top = far + d
    rise = jnp.log1p(d / far) + d / (2 * far * top) + beyond(far) - beyond(top)
    return jnp.where(u >= 16, rise, special.digamma(u + d) - special.digamma(u))


def beyond(x: Array) -> Array:
    """log(x) - 1/(2 x) - digamma(x), by the asymptotic series."""
    square = 1 / (x * x)
    return square * (1 / 12 - square * (1 / 120 - square * (1 / 252 - square * (1 / 240))))


def logB(u: Array, v: Array) -> Array:
    """log(Gamma(u)) + log(Gamma(v)) - log(Gamma(u + v))."""
    low, high = jnp.minimum(u, v), jnp.maximum(u, v)
    return special.gammaln(low) - loggamma_rise(high, low)


def logPhi_between(u: Array, v: Array, d: Array) -> Array:
    """log(Phi(u) - Phi(v)) where u = v + d, on the side on which both are small."""
    turned = u + v > 0
    high, low = jnp.where(turned, -v, u), jnp.where(turned, -u, v)
    top = logPhi(high)
    return top + jnp.log(-jnp.expm1(logPhi(low) - top))


def mills_between(u: Array, v: Array, d: Array) -> Array:
    """phi(u) / (Phi(u) - Phi(v)) where u = v + d."""
    return jnp.exp(-0.5 * u * u - 0.9189385332046728 - logPhi_between(u, v, d))


def mean_between(u: Array, v: Array, d: Array) -> Array:
    """(phi(v) - phi(u)) / (Phi(u) - Phi(v)) where u = v + d."""
    middle = d * (u + v) / 2
    near = jnp.where(middle >= 0, v, u)
    density = jnp.exp(-0.5 * near * near - 0.9189385332046728 - logPhi_between(u, v, d))
    share = -jnp.expm1(-jnp.abs(middle))
    return jnp.where(middle >= 0, 1, -1) * density * share


def loggamma_bend(u: Array, v: Array, w: Array) -> Array:
    """The rise of log(Gamma) over w from u + v on, less that from u on."""
    return loggamma_rise(u + v, w) - loggamma_rise(u, w)


def digamma_half_rise(u: Array) -> Array:
    """u (digamma(u + 1/2) - digamma(u)) - 1/2, from 32 on by its asymptotic series."""
    far = jnp.where(u >= 32, u, 32)
    square = 1 / (far * far)
    series = 1 / 64 - square * (1 / 128 - square * (17 / 2048 - square * (31 / 2048)))
    half = jnp.full_like(u, 0.5)
    return jnp.where(u >= 32, (1 / 8 - square * series) / far, u * digamma_rise(u, half) - 0.5)


def langevin(u: Array) -> Array:
    """coth(u) - 1/u, near 0 by its continued fraction u/(3 + u**2/(5 + ...))."""
    small = jnp.abs(u) < 1.5
    square = jnp.where(small, u * u, 1)
    near = jnp.full_like(u, 23.0)
    for k in range(10, 0, -1):
        near = (2 * k + 1) + square / near
    large = jnp.where(small, 1, u)
    return jnp.where(small, u / near, 1 / jnp.tanh(large) - 1 / large)
