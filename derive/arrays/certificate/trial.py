"""One trial of a kernel's program: all its values in plain floats and in wide numbers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import numpy as np

from derive.arrays.certificate.remembered_values import remembering
from derive.arrays.operations import Op
from derive.arrays.runtime.matrix_functions import ILL_CONDITIONED
from derive.arrays.targets.numpy.axis_layout import Layout
from derive.arrays.targets.numpy.block_emission import Guard
from derive.arrays.targets.numpy.executing import Array, Computed, block_values, executed
from derive.arrays.targets.numpy.kernel_module import Design, block, wide_function
from derive.arrays.wide import order, wide_numbers
from derive.arrays.wide.wide_numbers import Wide

STEPS = 60      # halvings on the way to a root
MOVED = frozenset({"real", "positive", "nonnegative", "probability"})


class Functions:
    """One result of a design as functions that return all values of the program by name."""

    def __init__(self, design: Design, result: str) -> None:
        self.plan = next(p for p, parts in design.plans.items() if result in parts)
        self.design = replace(design, plans={self.plan: (result,)}, guards={})
        self.result = result
        self.made = block(self.design, self.plan, Layout(), kept=True)
        self.plain = block_values(self.design, self.plan)
        lines = wide_function(self.design, self.plan, "wide_values", kept=True)
        self.names = executed(lines)
        remembering(self.names)
        self.known = bool(lines)
        self.sizes = (design.size,) * len(design.sizes(self.plan))

    def wide(self, arrays: list[Array]) -> Computed:
        """All values in wide numbers."""
        double = [a.astype(np.float64) if a.dtype.kind == "f" else a for a in arrays]
        rows = len(arrays[0])
        computed: Computed = self.names["wide_values"](double, np.arange(rows), rows, *self.sizes)
        return computed

    def to_roots(self, arrays: list[Array], dtype: np.dtype[Any]) -> list[Array]:
        """Examples in which one argument was moved to where the result changes its sign."""
        real = [n for n, a in enumerate(self.design.taken(self.plan)) if a.kind.domain in MOVED]
        node = f"t{self.design.results[self.result][0]}"
        count = len(arrays[0])
        turn = np.arange(count) % max(len(real), 1)
        sides = [list(arrays), list(arrays)]
        for place, n in enumerate(real):
            here = (turn == place).reshape((count,) + (1,) * (arrays[n].ndim - 1))
            sides[1][n] = np.where(here, np.roll(arrays[n], place + 1, axis=0), arrays[n])

        def sign(side: list[Array]) -> Array:
            values = np.asarray(self.plain(side, dtype)[node])
            # Of constants there is one value.
            values = np.broadcast_to(values, (count, *values.shape[1:]))
            return np.asarray(np.sign(values.reshape(count, -1)[:, 0]))

        signs = [sign(side) for side in sides]
        keep = (signs[0] * signs[1] < 0) & bool(real)
        for _ in range(STEPS if keep.any() else 0):
            middle = [a + (b - a) / 2 if n in real else a
                      for n, (a, b) in enumerate(zip(*sides, strict=True))]
            left = sign(middle) == signs[0]
            for n in real:
                here = left.reshape((count,) + (1,) * (middle[n].ndim - 1))
                sides[0][n] = np.where(here, middle[n], sides[0][n])
                sides[1][n] = np.where(here, sides[1][n], middle[n])
        return [a.astype(dtype)[keep] if a.dtype.kind == "f" else a[keep] for a in sides[0]]


class Trial:
    """All values at some points, in plain floats and in wide numbers."""

    def __init__(self, functions: Functions, arrays: list[Array], regime: str,
                 dtype: np.dtype[Any]) -> None:
        self.functions, self.regime, self.dtype = functions, regime, dtype
        self.program, self.made = functions.design.program, functions.made
        self.order = self.made.order
        self.linear = self.program.linear
        self.seen: dict[Guard, Array] = {}
        self.errors: dict[tuple[int, bool], Array] = {}
        self.arrays = functions.to_roots(arrays, dtype) if regime == "root" else arrays
        self.rows = len(self.arrays[0])
        if self.rows:
            self.plain = functions.plain(self.arrays, dtype)
            self.wide = functions.wide(self.arrays)
            self.edge = self._edge()
            self.condition: Array = self.plain["flagged"]
            self.ill: Array = self.condition > ILL_CONDITIONED

    def _edge(self) -> Array:
        """The examples within rounding of an edge between two cases: either case is right."""
        near = np.zeros(self.rows, bool)
        for number in self.order:
            node = self.program.nodes[number]
            if node.batched and (node.kind == "b" or node.op is Op.ARGMAX):
                plain, wide = self.plain[f"t{number}"], self.wide[f"t{number}"]
                differs = np.broadcast_to(plain != wide, np.broadcast_shapes(
                    np.shape(plain), np.shape(wide)))
                if differs.ndim:
                    near |= np.broadcast_to(differs.reshape(differs.shape[0], -1).any(axis=1),
                                            near.shape)
        return near

    def error(self, number: int, relative: bool = False) -> Array:
        """The error of a node in ULP for each example, the largest over its axes.

        Where `relative`, a subnormal value has lost what its relative error says.
        """
        if (number, relative) not in self.errors:
            self.errors[number, relative] = self._error(number, relative)
        return self.errors[number, relative]

    def _error(self, number: int, relative: bool) -> Array:
        plain, wide = self.plain.get(f"t{number}"), self.wide.get(f"t{number}")
        if not isinstance(wide, wide_numbers.Wide) or not isinstance(plain, np.ndarray) or \
                plain.dtype.kind != "f" or plain.ndim == 0 or plain.shape[0] != self.rows:
            return np.zeros(self.rows)
        gap = wide_numbers.wide_subtract(wide_numbers.wide_of(plain.astype(np.float64)), wide)
        if self.linear:
            return np.where(self.edge, 0, normwise(plain, wide, gap, relative))
        if relative:
            error = np.abs(wide_numbers.wide_float(wide_numbers.wide_divide(gap, wide)))
            error /= np.finfo(self.dtype).eps
            error = np.where((wide.high == 0) & (plain == 0) | (np.isinf(wide.high) & np.isinf(
                plain)), 0, error)
        else:
            truth = np.broadcast_to(wide_numbers.wide_float(wide), plain.shape).astype(self.dtype)
            spacing = np.spacing(np.abs(truth)).astype(np.float64)
            error = np.abs(wide_numbers.wide_float(gap)) / spacing
            error = np.where((plain == truth) & ((truth == 0) | np.isinf(truth)), 0, error)
        error = np.where(np.isnan(wide.high), 0, np.where(np.isfinite(error), error, np.inf))
        return np.where(self.edge, 0, error.reshape(self.rows, -1).max(axis=1))

    def caught(self, guards: Iterable[Guard]) -> Array:
        """The examples that some guard catches, or whose matrices are ill-conditioned."""
        caught: Array = self.ill.copy()
        for guard in guards:
            caught |= self.caught_by(guard)
        return caught

    def caught_by(self, guard: Guard) -> Array:
        """The examples that one guard catches, and the ill-conditioned ones: not to be changed."""
        if guard not in self.seen:
            code = self.made.guard(*guard)
            caught: Array = self.ill | eval(code, self.functions.names, self.plain)
            self.seen[guard] = caught
        return self.seen[guard]


def normwise(plain: Array, wide: Wide, gap: Wide, relative: bool) -> Array:
    """The largest error of each example, in ULP of its largest element: what solving promises."""
    near = np.broadcast_to(wide_numbers.wide_float(wide), plain.shape)
    known = ~((plain == near) | np.isnan(near))
    zero = wide_numbers.wide_of(0.0)

    def largest(values: Wide, where: Array) -> Wide:
        size = wide_numbers.wide_where(where, wide_numbers.wide_abs(values), zero)
        flat = wide_numbers.wide_map(size, lambda part: np.broadcast_to(
            part, plain.shape).reshape(len(plain), -1))
        return order.wide_max(flat, 1) if flat.high.shape[1] else wide_numbers.wide_index(
            flat, (slice(None), slice(0, 1)))

    error, size = largest(gap, known), largest(wide, ~np.isnan(near))
    if relative:
        ulp = wide_numbers.wide_multiply(size, wide_numbers.wide_of(np.finfo(plain.dtype).eps))
    else:
        ulp = wide_numbers.wide_of(np.spacing(wide_numbers.wide_float(size).astype(plain.dtype)))
    share = wide_numbers.wide_float(wide_numbers.wide_divide(error, ulp))
    lost = (known & ~np.isfinite(plain)).reshape(len(plain), -1).any(axis=1)
    share = np.where((error.high == 0) & ~lost, 0, np.where(np.isfinite(share), share, np.inf))
    return np.asarray(np.where(lost, np.inf, share))
