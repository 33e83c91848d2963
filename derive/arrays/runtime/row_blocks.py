"""Blocks of rows: their layout and size, their buffers, and the threads that run them."""

from __future__ import annotations

import math
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import numpy as np

from derive.arrays.runtime.arguments import DOUBLE, Call
from derive.arrays.runtime.value_domains import inside, refuse_outside


class Plan(NamedTuple):
    """How some outputs are computed: a function of a block in rows, in columns, in wide numbers.

    `outputs` are the names of the results with their index axes. `work` and `work_columns` tell
    the buffers of a block. `exact` runs the wide function for a block, `again` for those examples
    of a block that plain floats may get wrong; None where they are not needed. `watched` computes
    a block whose matrices may be bad, in float64. `pairs` is the wide function with pairs for wide
    numbers, `deep` that with decimal ones; None where these lack a function.
    """

    name: str
    outputs: tuple[tuple[str, tuple[Any, ...]], ...]
    rows: Any
    work: Any
    columns: Any
    work_columns: Any
    wide: Any
    exact: Any
    again: Any
    watched: Any = None
    pairs: Any = None
    deep: Any = None


BLOCK_BYTES = 1 << 22       # all arrays of a block, so that they stay in the cache
COLUMN_SIZE = 48            # index axes up to this size are put into columns,
COLUMN_ROWS = 256           # where there are so many rows
THREAD_WORK = 1 << 17       # elements for each thread below which a thread does not pay
WIDE_ROWS = 1 << 11         # elements of a block in wide numbers

STORE = threading.local()
POOL: list[Any] = []


class Shape(NamedTuple):
    """How examples of some sizes are run: the widest array, the layout, rows in a block."""

    width: int
    kind: str
    step: int
    dtype: Any


def kept(plan: Plan, what: str) -> dict[Any, Any]:
    """What is worked out once for a plan; it lives as long as the functions of the plan."""
    known: dict[Any, Any] = plan.rows.__dict__.setdefault(what, {})
    return known


def shape_of(plan: Plan, call: Call, faithful: bool) -> Shape:
    """The shape of a call; it is worked out once for each plan and sizes."""
    key = (tuple(call.sizes.values()), call.dtype, faithful, call.rows < COLUMN_ROWS)
    shapes = kept(plan, "shapes")
    shape: Shape | None = shapes.get(key)
    if shape is None:
        widths = [math.prod(d if isinstance(d, int) else call.sizes[d] for d in dims)
                  for _, dims in plan.outputs]
        width = max(*widths, *(math.prod(a.shape[1:]) for a in call.arrays), 1)
        dtype = DOUBLE if faithful or plan.watched is not None else call.dtype
        if faithful and call.dtype == DOUBLE and plan.exact is not None:
            kind, step = "wide", WIDE_ROWS // width
        else:
            columns = plan.columns is not None and 1 < width <= COLUMN_SIZE
            kind = "columns" if columns and call.rows >= COLUMN_ROWS else "rows"
            step = BLOCK_BYTES // (row_size(plan, call, kind, widths) * dtype.itemsize)
        if len(shapes) > 999:
            shapes.clear()
        shape = shapes[key] = Shape(width, kind, max(step, 1), dtype)
    return shape


def row_size(plan: Plan, call: Call, kind: str, widths: list[int]) -> int:
    """The elements of one example: its arguments, buffers and results."""
    work = plan.work_columns if kind == "columns" else plan.work
    shapes = [*(shape for shape, _ in work(1, *call.sizes.values())),
              *(array.shape[1:] for array in call.arrays)]
    return sum(widths) + sum(int(math.prod(shape)) for shape in shapes)


class Run(NamedTuple):
    """One evaluation over all rows."""

    plan: Plan
    call: Call
    shape: Shape
    results: list[Any]
    summed: bool
    share: float
    weight: Any
    scale: Any
    faithful: bool

    def all(self, threads: int | None) -> list[float]:
        """Runs all rows; the sums of the values of each block, times the share of each."""
        rows = self.call.rows
        blocks = -(-rows // self.shape.step)
        if threads is None:
            threads = min(os.cpu_count() or 1, rows * self.shape.width // THREAD_WORK)
        threads = min(threads, blocks)
        if threads < 2:
            return self.part(0, rows)
        step = -(-rows // threads)
        bounds = [(first, min(first + step, rows)) for first in range(0, rows, step)]
        futures = [pool(threads).submit(self.part, *b) for b in bounds[1:]]
        sums = self.part(*bounds[0])
        for future in futures:
            sums += future.result()
        return sums

    def part(self, first: int, last: int) -> list[float]:
        """A range of rows, block by block."""
        step = self.shape.step
        with np.errstate(all="ignore"):
            return [self.block(start, min(start + step, last))
                    for start in range(first, last, step)]

    def block(self, start: int, stop: int) -> float:
        """One block of rows; the sum of its values, where they are summed."""
        call, shape, n = self.call, self.shape, stop - start
        sizes = tuple(call.sizes.values())
        work, own = workspace(self.plan, shape.kind, n, sizes, shape.dtype)
        arrays, targets, scale = call.arrays, self.results, self.scale
        if n != call.rows:
            arrays, targets = cut(arrays, start, stop), cut(targets, start, stop)
            scale = scale[start:stop] if isinstance(scale, np.ndarray) else scale
        self.look(arrays, start)
        blocks = targets = [own if r is None else r for r in targets]
        if shape.dtype != call.dtype or not all(t.flags.c_contiguous for t in targets):
            arrays = [a.astype(shape.dtype) if a.dtype.kind == "f" else a for a in arrays]
            blocks = [np.empty(t.shape, shape.dtype) for t in targets]
        if self.plan.watched is None:
            self.compute(arrays, blocks, work, scale, n, sizes)
        else:
            self.plan.watched(self, arrays, blocks, work, scale, n, sizes, start)
        self.weigh(arrays, blocks, start, stop)
        total = self.sum_of(blocks[0]) if self.summed else 0.0
        if blocks is not targets:
            for target, block in zip(targets, blocks, strict=True):
                np.copyto(target, block, casting="unsafe")
        return total

    def look(self, arrays: list[Any], start: int) -> None:
        """Raises ValueError for values of a block that are outside of their domains."""
        for place, argument, slack in self.call.late:
            part, kept = arrays[place], self.call.kept
            if not inside(argument.domain, part, slack):
                refuse_outside(argument.name, argument.domain, part,
                               kept if kept is None else kept[start:start + len(part)], slack,
                               argument.advice, start, self.call.batch)

    def compute(self, arrays: list[Any], blocks: list[Any], work: list[Any], scale: Any, n: int,
                sizes: tuple[int, ...]) -> None:
        """The results of a block; what plain floats may get wrong is computed again."""
        plan = self.plan
        if self.shape.kind == "wide":
            plan.exact(plan, arrays, blocks, scale, n, sizes)
            return
        flagged = np.zeros(n, bool) if plan.again is not None else None
        function = plan.columns if self.shape.kind == "columns" else plan.rows
        function(arrays, blocks, work, scale, flagged, n, *sizes)
        if flagged is not None and flagged.any():
            plan.again(plan, arrays, blocks, scale, flagged, sizes)

    def sum_of(self, values: Any) -> float:
        """The sum of values, times the share of each, without overflow on the way."""
        with np.errstate(all="ignore"):
            total = exact_sum(values.tolist()) if self.faithful else \
                float(np.add.reduce(values, dtype=np.float64))
            if not math.isfinite(total) and self.share != 1:
                return float(np.add.reduce(values * np.float64(self.share), dtype=np.float64))
        return total * self.share

    def weigh(self, arrays: list[Any], blocks: list[Any], start: int, stop: int) -> None:
        """Weights the values of a block; examples that do not count become 0.

        So do those of weight 0 with an infinite value or derivative; NaN in them stays.
        """
        if self.weight is None and self.call.kept is None:
            return
        weight = None if self.weight is None else self.weight[start:stop]
        idle = None if weight is None or np.all(weight) else without_weight(arrays, weight)
        for (name, _), block in zip(self.plan.outputs, blocks, strict=True):
            if name == "value" and weight is not None:
                np.multiply(block, weight, out=block)
            if idle is not None:
                block[idle] = 0
            if self.call.kept is not None:
                block[~self.call.kept[start:stop]] = 0


def without_weight(arrays: list[Any], weight: Any) -> Any:
    """The examples of weight 0 that have no NaN among their arguments."""
    idle = weight == 0
    for array in arrays:
        if array.dtype.kind == "f":
            idle &= ~np.isnan(array).any(axis=tuple(range(1, array.ndim)))
    return idle


def cut(arrays: list[Any], start: int, stop: int) -> list[Any]:
    """A range of rows of some arrays."""
    return [array if array is None else array[start:stop] for array in arrays]


def exact_sum(values: list[float]) -> float:
    """The sum of numbers, rounded once; infinite or NaN where it is."""
    try:
        return math.fsum(values)
    except (OverflowError, ValueError):
        with np.errstate(all="ignore"):
            return float(np.add.reduce(np.array(values)))


def workspace(plan: Plan, kind: str, n: int, sizes: tuple[int, ...], dtype: Any,
              ) -> tuple[list[Any], Any]:
    """The buffers for blocks of n rows, kept for the next block of this thread."""
    store = STORE.__dict__.setdefault("buffers", {})
    key = (plan.rows, kind, n, sizes, dtype)
    space: tuple[list[Any], Any] | None = store.get(key)
    if space is None:
        if len(store) > 7:
            store.clear()
        shapes = [] if kind == "wide" else \
            (plan.work_columns if kind == "columns" else plan.work)(n, *sizes)
        space = store[key] = [*buffers(shapes, dtype), np.arange(n)], np.empty(n, dtype)
    return space


def buffers(shapes: Any, dtype: Any) -> list[Any]:
    """Arrays of some shapes: floats of a dtype, conditions, places."""
    dtypes = {"f": dtype, "b": np.dtype(bool), "i": np.dtype(np.intp)}
    return [np.empty(shape, dtypes[code]) for shape, code in shapes]


def pool(threads: int) -> Any:
    """Threads that are kept for the next call; a forked process starts its own."""
    if POOL and POOL[1] != os.getpid():
        POOL.clear()
    if not POOL or POOL[0]._max_workers < threads:
        POOL[:] = [ThreadPoolExecutor(threads), os.getpid()]
    return POOL[0]

