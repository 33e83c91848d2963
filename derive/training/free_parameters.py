"""Parameters in an interval, trained by a number without bounds.

A positive parameter is trained by its logarithm, a negative one by that of its opposite, a
probability by its logit. What the optimiser moves is that free number; the gradient by it is that
by the parameter times the derivative.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np

from derive.arrays.recurrent.compiled_model import CompiledModel
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


class FreeParameters:
    """The free numbers of a model's parameters: `theta`, and the gradient by them.

    Where all parameters are real they are the model's own arrays.
    """

    def __init__(self, theta: Array, gradient: Array, ways: Mapping[str, str],
                 values: Mapping[str, Array], slopes: Mapping[str, Array]) -> None:
        """`ways` are the domains of the parameters that are not real, by name."""
        self.ways = {name: WAYS[domain] for name, domain in ways.items()}
        self.values, self.slopes = values, slopes
        self.theta, self.gradient = theta, gradient
        self._values, self._free = theta, {}
        if self.ways:
            self.theta = np.zeros_like(theta)
            self._free = {name: _same_place(self.theta, theta, values[name]) for name in self.ways}

    def take_values(self) -> None:
        """Sets the free numbers by the values of the parameters."""
        if self.ways:
            self.theta[...] = self._values
        for name, way in self.ways.items():
            self._free[name][...] = way.free(self.values[name])

    def give_values(self) -> None:
        """Sets the values of the parameters by the free numbers."""
        if self.ways:
            self._values[...] = self.theta
        for name, way in self.ways.items():
            self.values[name][...] = way.value(self._free[name])

    def turn_gradient(self) -> None:
        """Makes the gradient by the values one by the free numbers."""
        for name, way in self.ways.items():
            self.slopes[name][...] *= way.slope(self.values[name])


def free_parameters(model: CompiledModel) -> FreeParameters:
    """The free numbers of a compiled model."""
    ways = {leaf.name: leaf.kind.domain for leaf in model.plan.model.parameters
            if leaf.kind.domain != "real"}
    return FreeParameters(model.theta, model.gradient, ways, model.parameters, model.gradients)


def _same_place(other: Array, own: Array, view: Array) -> Array:
    """The view of another vector that lies where a view lies in its own."""
    start = (view.__array_interface__["data"][0] - own.__array_interface__["data"][0])
    return np.ndarray(view.shape, other.dtype, other, start, view.strides)
