"""Blocks of examples with matrices: one that cannot be what it must be stops the call, by name."""

from __future__ import annotations

from typing import Any

import numpy as np

from derive.arrays.runtime.rescue import exact_rows, finite, rescue
from derive.arrays.wide.matrix_places import REFUSED


def compute_watched(run: Any, arrays: list[Any], blocks: list[Any], work: list[Any], scale: Any,
            n: int, sizes: tuple[int, ...], start: int) -> None:
    """Computes a block. Raises ValueError for an example that counts and has a bad matrix."""
    REFUSED.rows = []
    run.compute(arrays, blocks, work, scale, n, sizes)
    rows, REFUSED.rows = REFUSED.rows, []
    for row, text in rows:
        if run.call.kept is None or run.call.kept[start + row]:
            place = [int(k) for k in np.unravel_index(start + row, run.call.batch)]
            raise ValueError(f"{text} at {place}" if place else text)


def rescue_noted(plan: Any, arrays: list[Any], blocks: list[Any], scale: Any, flagged: Any,
                 sizes: tuple[int, ...]) -> None:
    """Computes flagged examples again; what plain floats refused is judged anew."""
    flagged &= finite(arrays)
    rows = np.flatnonzero(flagged)
    REFUSED.rows = []
    rescue(plan, arrays, blocks, scale, flagged, sizes)
    REFUSED.rows = [(rows[row], text) for row, text in REFUSED.rows]


def exact_noted(plan: Any, arrays: list[Any], blocks: list[Any], scale: Any, n: int,
                sizes: tuple[int, ...]) -> None:
    """A block in wide numbers; what plain floats say of its matrices does not count."""

    def plain(*arguments: Any) -> None:
        noted = REFUSED.rows
        plan.rows(*arguments)
        REFUSED.rows = noted

    exact_rows(plan._replace(rows=plain), arrays, blocks, scale, n, sizes)
