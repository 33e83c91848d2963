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
