"""Sequences of targets with lengths of their own: what stands between labels, and behind them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from derive.errors import DataError
from derive.training.tasks.readings import Reading
from derive.training.tasks.task_data import ENDED, SPACED, Array


def of_own_lengths(reading: Reading, starts: Array, form: str) -> Reading:
    """A reading whose targets have lengths of their own, an end behind each of labels.

    Raises DataError where a sequence is too short for its labels and the blanks between them.
    """
    targets = reading.targets
    if form == ENDED:
        targets, starts = np.insert(targets, starts[1:], 0), starts + np.arange(len(starts))
    made = replace(reading, targets=targets, target_starts=starts, form=form, each=False)
    if form == SPACED:
        assert reading.starts is not None
        same = np.concatenate([targets[1:] == targets[:-1], [False]]).astype(np.int64)
        same[starts[1:-1] - 1] = 0  # the last label of one sequence, the first of the next
        needed = np.diff(starts) + np.diff(np.concatenate([[0], np.cumsum(same)])[starts])
        short = np.flatnonzero(needed > np.diff(reading.starts))
        if len(short):
            n = int(short[0])
            raise DataError(f"{np.diff(reading.starts)[n]} steps are too few for "
                            f"{np.diff(starts)[n]} labels and a blank between equal ones",
                            reading.source, n + 1, unit="sequence")
    return made
