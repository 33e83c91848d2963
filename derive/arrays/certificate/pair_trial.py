"""Whether pairs of floats are wide enough for the examples that a kernel computes again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from derive.arrays.certificate.trial import Functions, Trial
from derive.arrays.targets.numpy.block_emission import Guard
from derive.arrays.targets.numpy.executing import executed
from derive.arrays.targets.numpy.kernel_module import in_other_numbers, wide_function
from derive.arrays.wide.pair_numbers import Pair, pair_float
from derive.arrays.wide.wide_numbers import Wide, wide_float

LIMIT = 1024.0  # ULP, as of the other examples
EDGE = 4.0      # of the smallest normal number, below which a result may have lost digits


def pairs_suffice(functions: Functions, node: int, trials: Sequence[Trial],
                  guards: Iterable[Guard]) -> bool:
    """Whether pairs give no caught example another value than wide numbers do.

    Where they have none, a NaN, wide numbers are asked anyway.
    """
    wide = wide_function(functions.design, functions.plan, "kept_wide", kept=True)
    lines = in_other_numbers(wide, "pair", "pairs")
    if not lines:
        return True
    compute = executed(lines)["kept_pairs"]
    guards = list(guards)
    return all(_suffice(functions, compute, node, trial, np.flatnonzero(trial.caught(guards)))
               for trial in trials)


def _suffice(functions: Functions, compute: Any, node: int, trial: Trial, rows: Any) -> bool:
    if not rows.size:
        return True
    given = [a[rows].astype(np.float64) if a.dtype.kind == "f" else a[rows]
             for a in trial.arrays]
    try:
        value = compute(given, np.arange(rows.size), rows.size, *functions.sizes)[f"t{node}"]
    except FloatingPointError:  # beyond their range
        return True
    wide = trial.wide[f"t{node}"]
    if not isinstance(value, Pair) or not isinstance(wide, Wide):
        return True
    computed = pair_float(value)
    rounded = np.asarray(wide_float(wide))
    truth = np.broadcast_to(rounded, (trial.rows, *rounded.shape[1:]))[rows]
    truth = np.broadcast_to(truth, np.broadcast_shapes(np.shape(computed), truth.shape))
    unit = np.spacing(np.abs(truth).astype(trial.dtype)).astype(np.float64)
    known = np.isfinite(computed) & np.isfinite(unit)
    known &= np.abs(truth) > EDGE * np.finfo(trial.dtype).tiny
    known &= ~trial.edge[rows].reshape((-1,) + (1,) * (truth.ndim - 1))
    return not bool((known & ~(np.abs(computed - truth) <= LIMIT * unit)).any())
