"""The two floating-point formats, and random numbers of each kind and regime in them.

Regimes: T typical (standard normal times 3), C near transitions and cancellation, W log-uniform
magnitudes over the whole range, O uniform over the ordinals of the format.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

REGIMES = {"T": "typical", "C": "transition", "W": "whole range", "O": "ordinal"}
Array = np.ndarray[Any, np.dtype[Any]]


@dataclass(frozen=True)
class Format:
    """What the benchmark has to know of a floating-point format."""

    dtype: str
    bits: int        # of the significand
    lowest: int      # exponent of the smallest subnormal
    highest: int     # exponent of the ulp of the largest number
    margin: float    # beyond it exp(-x) is zero
    decades: float   # largest power of ten
    unsigned: str

    def cast(self, values: Any) -> Array:
        with np.errstate(all="ignore"):
            return np.asarray(values).astype(self.dtype)

    @property
    def largest(self) -> float:
        return float(np.finfo(self.dtype).max)

    @property
    def epsilon(self) -> float:
        return float(np.finfo(self.dtype).eps)


FORMATS = {"float64": Format("float64", 53, -1074, 971, 740.0, 307.9, "uint64"),
           "float32": Format("float32", 24, -149, 104, 102.0, 38.3, "uint32")}


def ordinals(rng: np.random.Generator, shape: Any, form: Format, top: float) -> Array:
    """Positive numbers below `top`, uniform over their bit patterns."""
    end = int(np.array(top, form.dtype).view(form.unsigned))
    return rng.integers(1, end, shape, dtype=form.unsigned).view(form.dtype)


def signs(rng: np.random.Generator, shape: Any) -> Array:
    return rng.choice(np.array([-1.0, 1.0]), shape)


def small(rng: np.random.Generator, shape: Any, least: float = 18) -> Array:
    """Powers of ten from 10**-least to 1."""
    return 10.0 ** -rng.uniform(0, least, shape)


def real(rng: np.random.Generator, shape: Any, regime: str, form: Format) -> Array:
    return form.cast(positive(rng, shape, regime, form) * signs(rng, shape))


_MARKS = np.array([0.5, np.log(2), 1.0, 2.0, 8.0, 12.0, 16.64, 17.33, 20.0, 33.3, 36.05, 36.74])


def positive(rng: np.random.Generator, shape: Any, regime: str, form: Format) -> Array:
    if regime == "T":
        return form.cast(np.abs(rng.normal(0, 3, shape)))
    if regime == "W":
        return form.cast(10.0 ** rng.uniform(-form.decades, form.decades, shape))
    if regime == "O":
        return ordinals(rng, shape, form, form.largest)
    steep = (708.4, 709.8, 744.4) if form.bits == 53 else (87.4, 88.7, 103.3)
    marks: Array = np.append(_MARKS, steep)
    kinds = (rng.uniform(0, form.margin, shape), small(rng, shape, 20),
             rng.choice(marks, shape) * (1 + signs(rng, shape) * small(rng, shape)),
             rng.uniform(0, 40, shape))
    return form.cast(mixed(rng, shape, kinds))


def probability(rng: np.random.Generator, shape: Any, regime: str, form: Format) -> Array:
    """Numbers strictly between 0 and 1 in the format."""
    if regime == "O":
        return ordinals(rng, shape, form, 1.0)
    if regime == "T":
        found = 1 / (1 + np.exp(-rng.normal(0, 3, shape)))
    elif regime == "W":
        found = mixed(rng, shape, (10.0 ** rng.uniform(-form.decades, 0, shape),
                                   1 - small(rng, shape, 16)))
    else:
        found = mixed(rng, shape, (
            np.exp(-rng.uniform(0, form.margin, shape)), 1 - small(rng, shape, 16),
            1 - form.epsilon * rng.integers(1, 40, shape) / 2,
            0.5 + signs(rng, shape) * 0.4 * small(rng, shape, 16)))
    least, most = np.finfo(form.dtype).tiny, 1 - form.epsilon / 2
    return np.clip(form.cast(found), *form.cast([least, most]))


def mixed(rng: np.random.Generator, shape: Any, kinds: Any) -> Array:
    """An element of one of the arrays at each place."""
    which = rng.integers(0, len(kinds), shape)
    return np.asarray(np.choose(which, np.broadcast_arrays(*kinds)))


def near(rng: np.random.Generator, values: Array, form: Format) -> Array:
    """The values, moved by nothing, by a few units in the last place, or by a small part."""
    some: Array = values.astype(float)
    kinds = (some, some * (1 + form.epsilon * rng.integers(-4, 5, some.shape)),
             some * (1 + signs(rng, some.shape) * small(rng, some.shape)))
    return form.cast(mixed(rng, some.shape, kinds))
