"""Parameters in an interval, trained by a number without bounds.

A positive parameter is trained by its logarithm, a negative one by that of its opposite, a
probability by its logit. What the optimiser moves is that free number; the gradient by it is that
by the parameter times the derivative.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from derive.arrays.recurrent.compiled_model import CompiledModel
from derive.training.bounded_ways import WAYS
from derive.training.network import Array


class FreeParameters:
    """The free numbers of a model's parameters: `theta`, and the gradient by them.

    Where all parameters are real they are the model's own arrays.
    """

    def __init__(self, theta: Array, gradient: Array, ways: Mapping[str, str],
                 values: Mapping[str, Array], slopes: Mapping[str, Array]) -> None:
        """`ways` are the domains of the parameters that are not real, by name."""
        self.domains = dict(ways)
        self.ways = {name: WAYS[domain] for name, domain in ways.items()}
        self.values, self.slopes = values, slopes
        self.theta, self.gradient = theta, gradient
        self._values, self.views = theta, dict(values)
        if self.ways:
            self.theta = np.zeros_like(theta)
            self.views = {n: _same_place(self.theta, theta, v) for n, v in values.items()}
            self._before = (theta.copy(), self.theta.copy())

    def take_values(self) -> None:
        """Sets the free numbers by the values of the parameters."""
        if self.ways:
            self.theta[...] = self._values
        for name, way in self.ways.items():
            self.views[name][...] = way.free(self.values[name])
        self.give_values()

    def give_values(self) -> None:
        """Sets the values of the parameters by the free numbers; by values, if those were set."""
        if not self.ways:
            return
        values, theta = self._before
        if not np.array_equal(values, self._values) and np.array_equal(theta, self.theta):
            self._before = (self._values.copy(), theta)
            self.take_values()
            return
        self._values[...] = self.theta
        for name, way in self.ways.items():
            self.values[name][...] = way.value(self.views[name])
        self._before = (self._values.copy(), self.theta.copy())

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
