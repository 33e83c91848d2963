"""Parameters of a compiled model in memory: learned ones together, derived ones apart from them.

Derived ones are computed before the steps; their slopes are led back to the others after them.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from math import prod
from typing import Any

import numpy as np

from derive.arrays.recurrent.complex_numpy import NAMES
from derive.arrays.recurrent.parameter_program import SLOPE, ParameterProgram, program_text
from derive.arrays.targets.numpy.executing import Array
from derive.arrays.targets.numpy.numpy_target import compiled

Stack = tuple[int, tuple[int, ...]]  # of parameters that lie side by side: its number, its shape


def laid(stacks: Sequence[Stack], dtype: np.dtype[Any]) -> Array:
    """Memory for stacks, one after the other. Raises MemoryError where there is none."""
    total = sum(prod(shape) for _, shape in stacks)
    if total > sys.maxsize // dtype.itemsize:
        raise MemoryError
    return np.zeros(total, dtype)


def split(memory: Array, stacks: Sequence[Stack]) -> dict[int, Array]:
    """The stacks in some memory, by their numbers."""
    places, start = {}, 0
    for number, shape in stacks:
        stop = start + prod(shape)
        places[number] = memory[start:stop].reshape(shape)
        start = stop
    return places


class DerivedParameters:
    """The functions of a parameter program on the values and slopes of one model."""

    def __init__(self, program: ParameterProgram, values: Mapping[str, Array],
                 slopes: Mapping[str, Array], sizes: Mapping[str, int]) -> None:
        self.program, self.values, self.slopes = program, values, slopes
        self.text = program_text(program)
        module = compiled(self.text)
        # A slope may have an axis of which no array that it is computed from tells the length.
        module.__dict__.update({n: size for n, size in sizes.items() if n not in module.__dict__})
        if next(iter(values.values())).dtype.kind == "c":
            module.__dict__.update({n: f for n, f in NAMES.items() if n in module.__dict__})
        self._forward, self._backward = module.forward, module.backward

    def compute(self) -> None:
        """The derived values from the parameters as they are now."""
        made = self._forward(*(self.values[n] for n in self.program.forward.inputs))
        for name, array in zip(self.program.forward.results, made, strict=True):
            self.values[name][...] = array

    def lead_back(self) -> None:
        """Adds to the slopes of parameters what comes through derived ones."""
        given = [self.slopes[n.rstrip(SLOPE)] if n.endswith(SLOPE) else self.values[n]
                 for n in self.program.backward.inputs]
        for name, array in zip(self.program.backward.results, self._backward(*given), strict=True):
            self.slopes[name][...] += array

    def before(self, function: Callable[[], Any]) -> Callable[[], Any]:
        """A function of the model that reads derived values."""
        def both() -> Any:
            self.compute()
            return function()
        return both

    def behind(self, function: Callable[[], Any]) -> Callable[[], Any]:
        """A function of the model that gives the slopes of derived values."""
        def both() -> Any:
            result = function()
            self.lead_back()
            return result
        return both
