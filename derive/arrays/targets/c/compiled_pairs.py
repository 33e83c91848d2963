"""Examples computed again by a compiled function of pairs, in the place of NumPy's."""

from __future__ import annotations

import ctypes
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from derive.arrays.targets.c.c_compiler import CompilerError
from derive.arrays.targets.c.library_cache import library
from derive.arrays.targets.c.pair_emission import pair_text
from derive.arrays.targets.numpy.kernel_module import Design
from derive.arrays.wide.pair_numbers import Pair
from derive.core.atoms import Dim
from derive.errors import KernelError

ENOUGH_OF_AUTO = 1 << 16  # elements that NumPy computes again before C is compiled for them alone,
CALL = 1 << 11            # of which a call counts so many more: together some tenths of a second


class CompiledPairs:
    """The pairs of one plan: NumPy's, if any, until there is enough work for a compiled function.

    That has bounds of its errors, and gives NaN where it does not know a result. `elements` are
    those of a call.
    """

    elements = 1 << 16

    def __init__(self, design: Design, plan: str, usual: Callable[..., Any] | None, enough: int,
                 ) -> None:
        self.design, self.plan, self.usual, self.enough = design, plan, usual, enough
        self.work = 0
        self.compiled: Any = None
        self.failed = False

    def __call__(self, arrays: list[Any], places: Any, n: int, *sizes: int) -> Any:
        """What the function in pairs returns: a pair for each result, or None."""
        self.work += CALL + n * max(math.prod(a.shape[1:]) for a in arrays)
        if self.compiled is None and not self.failed and self.work >= self.enough:
            self.compiled = self.built()
        if self.compiled is not None:
            return self.computed(arrays, n, sizes)
        if self.usual is None:
            raise FloatingPointError("there are no pairs of this function")
        return self.usual(arrays, places, n, *sizes)

    def built(self) -> Any:
        """The function of the library; None where it cannot be built, and NumPy goes on."""
        try:
            text = pair_text(self.design, self.plan)
            function = getattr(library(text), f"{self.plan}_pairs")
        except (CompilerError, KernelError, AttributeError):
            self.failed = True
            return None
        design, size, pointer = self.design, ctypes.c_ssize_t, ctypes.c_void_p
        function.argtypes = [size] * (1 + len(design.sizes(self.plan))) + [pointer] * (
            len(design.taken(self.plan)) + len(design.results_again(self.plan)) + 1)
        function.restype = ctypes.c_int
        return function

    def computed(self, arrays: list[Any], n: int, sizes: tuple[int, ...]) -> Any:
        """The results of the compiled function."""
        design, again = self.design, self.design.results_again(self.plan)
        lengths = dict(zip(design.sizes(self.plan), sizes, strict=True))
        inputs = [np.ascontiguousarray(a, np.int64 if a.dtype.kind in "iu" else np.float64)
                  for a in arrays]
        results = {o: np.empty((n, *(_length(d, lengths) for d in design.results[o][1])))
                   for o in again}
        known = np.empty(n, bool)
        if self.compiled(n, *sizes, *(a.ctypes.data for a in inputs),
                         *(r.ctypes.data for r in results.values()), known.ctypes.data):
            raise MemoryError("there is no memory for this kernel's arrays")
        for result in results.values() if not known.all() else ():
            result[~known] = np.nan
        return tuple(Pair(results[o], np.zeros(1)) if o in results else None
                     for o in design.plans[self.plan])


def _length(dim: Any, lengths: dict[Any, int]) -> int:
    """How long an axis is."""
    if dim in lengths:
        return lengths[dim]
    return int(dim.fixed or 0) if isinstance(dim, Dim) else int(dim)


def with_compiled_pairs(design: Design, plan: str, made: Any, enough: int = 0) -> Any:
    """A plan whose examples are computed again by compiled pairs, from some work on."""
    if made.again is None or design.program.linear:
        return made
    return made._replace(pairs=CompiledPairs(design, plan, made.pairs, enough))
