"""Examples that plain floats get wrong are computed again in wide numbers."""

from __future__ import annotations

import decimal
import math
from typing import Any

import numpy as np

from derive.arrays.runtime.array_functions import along
from derive.arrays.runtime.row_blocks import buffers
from derive.arrays.wide.deep_numbers import DEEP_CONTEXT, deep_float
from derive.arrays.wide.pair_numbers import pair_float
from derive.arrays.wide.wide_numbers import wide_float

PAIR_ELEMENTS = 1 << 13  # elements of a block in pairs


def rescue(plan: Any, arrays: list[Any], blocks: list[Any], scale: Any, flagged: Any,
           sizes: tuple[int, ...]) -> None:
    """Computes the flagged examples of a block again; those with infinite inputs are left alone.

    For float32, float64 is wide enough where it flags nothing itself; then come pairs of floats,
    and wide numbers for what leaves their range.
    """
    rows, doubles = flagged_rows(arrays, flagged)
    if not rows.size:
        return
    part = scale[rows] if isinstance(scale, np.ndarray) else scale
    if blocks[0].dtype != np.float64:
        still = double_rows(plan, doubles, blocks, part, rows, sizes)
        rows, doubles = rows[still], [a[still] for a in doubles]
        part = part[still] if isinstance(part, np.ndarray) else part
        if not rows.size:
            return
    if plan.pairs is not None:
        still = pair_rows(plan, doubles, blocks, part, rows, sizes)
        rows, doubles = rows[still], [a[still] for a in doubles]
        part = part[still] if isinstance(part, np.ndarray) else part
        if not rows.size:
            return
    parts = [b[rows] for b in blocks]
    wide_rows(plan, doubles, parts, part, rows.size, sizes)
    for block, better in zip(blocks, parts, strict=True):
        known = ~np.isnan(better)
        block[rows] = np.where(known, better, block[rows])


def flagged_rows(arrays: list[Any], flagged: Any) -> tuple[Any, list[Any]]:
    """The flagged examples whose arguments are finite, and their arguments in float64."""
    rows = np.flatnonzero(flagged)
    taken = arrays if rows.size == flagged.size else [a[rows] for a in arrays]
    fine = np.broadcast_to(finite(taken), rows.shape)
    if not fine.all():
        rows, taken = rows[fine], [a[fine] for a in taken]
    return rows, [a.astype(np.float64, copy=False) if a.dtype.kind == "f" else a for a in taken]


def double_rows(plan: Any, doubles: list[Any], blocks: list[Any], scale: Any, rows: Any,
                sizes: tuple[int, ...]) -> Any:
    """Puts what float64 gives for some rows into the blocks; tells which it may get wrong."""
    parts = [np.empty((rows.size, *b.shape[1:])) for b in blocks]
    work = buffers(plan.work(rows.size, *sizes), np.dtype(np.float64))
    still = np.zeros(rows.size, bool)
    plan.rows(doubles, parts, [*work, np.arange(rows.size)], scale, still, rows.size, *sizes)
    for block, better in zip(blocks, parts, strict=True):
        block[rows] = better
    return still


def pair_rows(plan: Any, doubles: list[Any], blocks: list[Any], scale: Any, rows: Any,
              sizes: tuple[int, ...]) -> Any:
    """Puts what pairs of floats give for some rows into the blocks; tells which they cannot do."""
    most = getattr(plan.pairs, "elements", PAIR_ELEMENTS)
    step = max(most // max(math.prod(a.shape[1:]) for a in [*doubles, *blocks]), 1)
    still = np.zeros(rows.size, bool)
    for start in range(0, rows.size, step):
        part = slice(start, start + step)
        n = rows[part].size
        try:
            results = plan.pairs([a[part] for a in doubles], np.arange(n), n, *sizes)
        except FloatingPointError:
            still[part] = True
            continue
        factor = scale[part] if isinstance(scale, np.ndarray) else scale
        parts = [None if w is None else np.empty((n, *block.shape[1:]))
                 for w, block in zip(results, blocks, strict=True)]
        rounded(plan, parts, factor, [w if w is None else pair_float(w) for w in results])
        for block, better in zip(blocks, parts, strict=True):
            if better is not None:
                unknown = np.isnan(better)
                if unknown.any():
                    still[part] |= unknown.reshape(n, -1).any(axis=1)
                    better = np.where(unknown, block[rows[part]], better)
                block[rows[part]] = better
    return still


def finite(arrays: list[Any]) -> Any:
    """The examples of which all arguments are finite."""
    rows: Any = True
    for array in arrays:
        if array.dtype.kind == "f":
            fine = np.isfinite(array)
            if not fine.all():
                rows = rows & fine.all(axis=tuple(range(1, array.ndim)))
    return rows


def exact_rows(plan: Any, arrays: list[Any], blocks: list[Any], scale: Any, n: int,
               sizes: tuple[int, ...]) -> None:
    """A block in wide numbers; plain floats have the limits at infinity, and beyond 2**2**60.

    Examples in which wide numbers cancel are computed in decimal ones.
    """
    lost = wide_rows(plan, arrays, blocks, scale, n, sizes)
    if lost is not None and lost.any():
        rows = np.flatnonzero(lost & finite(arrays))
        deep_rows(plan, [a[rows] for a in arrays], blocks, scale, rows, sizes)
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
              sizes: tuple[int, ...]) -> Any:
    """The results for some rows, computed in wide numbers and rounded once.

    It tells in which rows these lose digits, where that is watched.
    """
    results = plan.wide([a.astype(np.float64) if a.dtype.kind == "f" else a for a in arrays],
                        np.arange(n), n, *sizes)
    known = results[:len(blocks)]
    rounded(plan, blocks, scale, [w if w is None else wide_float(w) for w in known])
    return results[-1] if len(results) > len(blocks) else None


def deep_rows(plan: Any, arrays: list[Any], blocks: list[Any], scale: Any, rows: Any,
              sizes: tuple[int, ...]) -> None:
    """Puts what decimal numbers give for some rows into the blocks."""
    if not rows.size:
        return
    with decimal.localcontext(DEEP_CONTEXT):
        results = plan.deep(arrays, np.arange(rows.size), rows.size, *sizes)
    parts = [block[rows] for block in blocks]
    part = scale[rows] if isinstance(scale, np.ndarray) else scale
    rounded(plan, parts, part, [w if w is None else deep_float(w) for w in results])
    for block, better in zip(blocks, parts, strict=True):
        block[rows] = np.where(np.isnan(better), block[rows], better)


def rounded(plan: Any, blocks: list[Any], scale: Any, results: list[Any]) -> None:
    """Puts results into blocks, derivatives times the weight of their examples.

    A result that is None was right at once.
    """
    for (name, dims), block, result in zip(plan.outputs, blocks, results, strict=True):
        if result is None:
            continue
        value = np.broadcast_to(result, block.shape)
        if scale is not None and name != "value":
            value = value * along(scale, len(dims))
        np.copyto(block, value, casting="unsafe")


def wide_put(base: Any, key: Any, value: Any) -> Any:
    """A copy of a wide number with other elements at some subscripts."""
    parts = [a.copy() for a in base]
    for part, new in zip(parts, value, strict=True):
        part[key] = new
    return type(base)(*parts)
