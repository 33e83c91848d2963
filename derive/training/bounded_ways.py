"""How a parameter in an interval comes of a number without bounds, by which it is trained."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from derive.training.network import Array


class Way(NamedTuple):
    """How a parameter comes of a free number: the value, its inverse, the derivative by it."""

    value: Callable[[Array], Array]
    free: Callable[[Array], Array]
    slope: Callable[[Array], Array]  # of the value
    says: str


def _sigmoid(free: Array) -> Array:
    return (1 + np.tanh(free / 2)) / 2


WAYS: dict[str, Way] = {
    "positive": Way(np.exp, np.log, lambda value: value, "its logarithm"),
    "nonnegative": Way(np.exp, np.log, lambda value: value, "its logarithm"),
    "negative": Way(lambda free: -np.exp(free), lambda value: np.log(-value),
                    lambda value: value, "the logarithm of its opposite"),
    "probability": Way(_sigmoid, lambda value: np.log(value) - np.log1p(-value),
                       lambda value: value * (1 - value), "its logit")}
