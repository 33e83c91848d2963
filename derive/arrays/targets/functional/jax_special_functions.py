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
    """u / (exp(u) - 1), 1 at 0 and 0 at infinity."""
    zero, far = u == 0, u == jnp.inf
    safe = jnp.where(zero | far, 1, u)
    return jnp.where(zero, 1 - u / 2, jnp.where(far, 0, safe / jnp.expm1(safe)))


def expm1mx(u: Array) -> Array:
    """exp(u) - 1 - u, near 0 by the series of exp."""
    small = jnp.clip(u, -1, 1)
    series = jnp.ones_like(small)
    for k in range(20, 2, -1):
        series = 1 + small / k * series
    return jnp.where(jnp.abs(u) < 1, small * small / 2 * series, jnp.expm1(u) - u)
