"""Which results of a kernel lose a NaN of its arguments: a case distinction may not read it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from derive.arrays.lowering.index_lowering import Lowering
from derive.arrays.stable.kernel_formulas import Formula
from derive.arrays.targets.numpy.executing import block_values
from derive.core.exact import exact

FLOAT = np.dtype(np.float64)


@exact
def lost_nan(formula: Formula) -> frozenset[str]:
    """Those of value and gradient that are a number where an argument is NaN, at typical points."""
    return frozenset(name for name in ("value", "gradient") if any(_numbers(formula, name)))


def _numbers(formula: Formula, name: str) -> Iterator[bool]:
    """For each argument of numbers, whether a result is one although an element of it is NaN."""
    arrays: dict[Any, Any] = {leaf: (leaf.name, leaf.kind) for leaf in
                              (*formula.leaves, formula.vector)}
    form, indices = formula.form(name, arrays)
    lowering = Lowering(arrays, formula.dims)
    lowering.named = formula.named_matrices
    results = {name: (lowering.result(form, indices), tuple(i.dim for i in indices))}
    if lowering.program.linear:  # it raises for them, or all of a solution is NaN
        return
    design = formula.plain(lowering, results, {"value": (name,)}, False)
    blocks = formula.points(design, name)["typical", FLOAT]
    for place, block in enumerate(blocks):
        if block.dtype.kind == "f" and len(block):
            bad = [b.copy() for b in blocks]
            bad[place].reshape(len(block), -1)[:, 0] = np.nan
            with np.errstate(all="ignore"):
                computed = block_values(design, "value")(bad, FLOAT)[f"t{results[name][0]}"]
            nan = np.isnan(computed).reshape(len(computed), -1).any(axis=1) if np.ndim(computed) \
                else np.isnan(computed)
            yield not np.all(nan)
