"""Blocks of rows: their layout and size, their buffers, and the threads that run them."""

from __future__ import annotations

import math
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import numpy as np

from derive.arrays.runtime.arguments import DOUBLE, Call


class Plan(NamedTuple):
    """How some outputs are computed: a function of a block in rows, in columns, in wide numbers.

    `outputs` are the names of the results with their index axes. `work` and `work_columns` tell
    the buffers of a block. `exact` runs the wide function for a block, `again` for those examples
    of a block that plain floats may get wrong; None where they are not needed.
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


SHAPES: dict[Any, Shape] = {}


def shape_of(plan: Plan, call: Call, faithful: bool) -> Shape:
    """The shape of a call; it is worked out once for each plan and sizes."""
    key = (plan.rows, tuple(call.sizes.values()), call.dtype, faithful, call.rows < COLUMN_ROWS)
    found = SHAPES.get(key)
    if found is None:
        widths = [math.prod(d if isinstance(d, int) else call.sizes[d] for d in dims)
                  for _, dims in plan.outputs]
        width = max(*widths, *(math.prod(a.shape[1:]) for a in call.arrays), 1)
        dtype = DOUBLE if faithful else call.dtype
        if faithful and call.dtype == DOUBLE and plan.exact is not None:
            kind, step = "wide", WIDE_ROWS // width
        else:
            columns = plan.columns is not None and 1 < width <= COLUMN_SIZE
            kind = "columns" if columns and call.rows >= COLUMN_ROWS else "rows"
            shapes = (plan.work_columns if kind == "columns" else plan.work)(
                1, *call.sizes.values())
            row = sum(math.prod(shape) for shape, _ in shapes) + sum(widths) + sum(
                math.prod(a.shape[1:]) for a in call.arrays)
            step = BLOCK_BYTES // (row * dtype.itemsize)
        if len(SHAPES) > 999:
            SHAPES.clear()
        found = SHAPES[key] = Shape(width, kind, max(step, 1), dtype)
    return found


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
        found = self.part(*bounds[0])
        for future in futures:
            found += future.result()
        return found

    def part(self, first: int, last: int) -> list[float]:
        """A range of rows, block by block."""
        step = self.shape.step
        with np.errstate(all="ignore"):
            return [self.block(start, min(start + step, last))
                    for start in range(first, last, step)]

    def block(self, start: int, stop: int) -> float:
        """One block of rows; the sum of its values, where they are summed."""
        plan, call, shape, n = self.plan, self.call, self.shape, stop - start
        arrays, targets, scale = call.arrays, self.results, self.scale
        sizes = tuple(call.sizes.values())
        work, own = workspace(plan, shape.kind, n, sizes, shape.dtype)
        if n != call.rows:
            arrays = [a[start:stop] for a in arrays]
            targets = [r if r is None else r[start:stop] for r in targets]
            scale = scale[start:stop] if isinstance(scale, np.ndarray) else scale
        blocks = targets = [own if r is None else r for r in targets]
        if shape.dtype != call.dtype or not all(t.flags.c_contiguous for t in targets):
            arrays = [a.astype(shape.dtype) if a.dtype.kind == "f" else a for a in arrays]
            blocks = [np.empty(t.shape, shape.dtype) for t in targets]
        if shape.kind == "wide":
            plan.exact(plan, arrays, blocks, scale, n, sizes)
        else:
            flagged = np.zeros(n, bool) if plan.again is not None else None
            (plan.columns if shape.kind == "columns" else plan.rows)(
                arrays, blocks, work, scale, flagged, n, *sizes)
            if flagged is not None and flagged.any():
                plan.again(plan, arrays, blocks, scale, flagged, sizes)
        if self.weight is not None or call.kept is not None:
            self.weigh(blocks, start, stop)
        total = 0.0
        if self.summed:
            total = self.sum_of(blocks[0])
        if blocks is not targets:
            for target, block in zip(targets, blocks, strict=True):
                np.copyto(target, block, casting="unsafe")
        return total

    def sum_of(self, values: Any) -> float:
        """The sum of values, times the share of each, without overflow on the way."""
        with np.errstate(all="ignore"):
            total = exact_sum(values.tolist()) if self.faithful else \
                float(np.add.reduce(values, dtype=np.float64))
            if not math.isfinite(total) and self.share != 1:
                return float(np.add.reduce(values * np.float64(self.share), dtype=np.float64))
        return total * self.share

    def weigh(self, blocks: list[Any], start: int, stop: int) -> None:
        """Weights the values of a block; examples that do not count become 0."""
        for (name, _), block in zip(self.plan.outputs, blocks, strict=True):
            if name == "value" and self.weight is not None:
                np.multiply(block, self.weight[start:stop], out=block)
            if self.call.kept is not None:
                block[~self.call.kept[start:stop]] = 0


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
    found: tuple[list[Any], Any] | None = store.get(key)
    if found is None:
        if len(store) > 7:
            store.clear()
        shapes = [] if kind == "wide" else \
            (plan.work_columns if kind == "columns" else plan.work)(n, *sizes)
        found = store[key] = [*buffers(shapes, dtype), np.arange(n)], np.empty(n, dtype)
    return found


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

