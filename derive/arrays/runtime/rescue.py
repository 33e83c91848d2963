"""Examples that plain floats get wrong are computed again in wide numbers."""

from __future__ import annotations

from typing import Any

import numpy as np

from derive.arrays.runtime.array_functions import along
from derive.arrays.runtime.row_blocks import buffers
from derive.arrays.wide.wide_numbers import wide_float


def rescue(plan: Any, arrays: list[Any], blocks: list[Any], scale: Any, flagged: Any,
           sizes: tuple[int, ...]) -> None:
    """Computes the flagged examples of a block again; those with infinite inputs are left alone."""
    flagged &= finite(arrays)
    rows = np.flatnonzero(flagged)
    if rows.size:
        parts = [np.empty((rows.size, *b.shape[1:]), b.dtype) for b in blocks]
        part = scale[rows] if isinstance(scale, np.ndarray) else scale
        wide_rows(plan, [a[rows] for a in arrays], parts, part, rows.size, sizes)
        for block, better in zip(blocks, parts, strict=True):
            known = ~np.isnan(better)
            block[rows] = np.where(known, better, block[rows])


def finite(arrays: list[Any]) -> Any:
    """The examples of which all arguments are finite."""
    rows: Any = True
    for array in arrays:
        if array.dtype.kind == "f":
            fine = np.isfinite(array)
            rows = rows & (fine.all(axis=tuple(range(1, array.ndim))) if array.ndim > 1 else fine)
    return rows


def exact_rows(plan: Any, arrays: list[Any], blocks: list[Any], scale: Any, n: int,
               sizes: tuple[int, ...]) -> None:
    """A block in wide numbers; plain floats have the limits at infinity, and beyond 2**2**60."""
    wide_rows(plan, arrays, blocks, scale, n, sizes)
    odd_rows = ~np.broadcast_to(finite(arrays), (n,))
    for block in blocks:
        odd_rows = odd_rows | np.isnan(block).reshape(n, -1).any(axis=1)
    rows = np.flatnonzero(odd_rows)
    if rows.size:
        odd = [np.empty((rows.size, *b.shape[1:]), b.dtype) for b in blocks]
        work = buffers(plan.work(rows.size, *sizes), blocks[0].dtype)
        part = scale[rows] if isinstance(scale, np.ndarray) else scale
        plan.rows([a[rows] for a in arrays], odd, [*work, np.arange(rows.size)], part,
                  np.zeros(rows.size, bool), rows.size, *sizes)
        for block, limit in zip(blocks, odd, strict=True):
            block[rows] = limit


def wide_rows(plan: Any, arrays: list[Any], blocks: list[Any], scale: Any, n: int,
              sizes: tuple[int, ...]) -> None:
    """The results for some rows, computed in wide numbers and rounded once."""
    results = plan.wide([a.astype(np.float64) if a.dtype.kind == "f" else a for a in arrays],
                        np.arange(n), n, *sizes)
    for (name, dims), block, wide in zip(plan.outputs, blocks, results, strict=True):
        value = np.broadcast_to(wide_float(wide), block.shape)
        if scale is not None and name != "value":
            value = value * along(scale, len(dims))
        np.copyto(block, value, casting="unsafe")


def wide_put(base: Any, key: Any, value: Any) -> Any:
    """A copy of a wide number with other elements at some subscripts."""
    parts = [a.copy() for a in base]
    for part, new in zip(parts, value, strict=True):
        part[key] = new
    return type(base)(*parts)
