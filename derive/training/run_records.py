"""What a trainer counts and measures, and how a run ends."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import inf
from pathlib import Path
from typing import NamedTuple

from derive.training.network import Batch


class Measured(NamedTuple):
    """A measure on held-out data: the mean loss of a real step, and the task's metric."""

    loss: float
    metric: float | None


Evaluate = Callable[[], Measured]


@dataclass
class Tally:
    """Sums over the steps since the last row of the log."""

    steps: int = 0
    loss: float = 0.0
    norm: float = 0.0
    tokens: int = 0
    seconds: float = 0.0


@dataclass
class Best:
    """The best evaluation, and how many there have been since."""

    step: int = 0
    loss: float = inf
    metric: float | None = None
    since: int = 0


@dataclass(frozen=True)
class Outcome:
    """How a run ended: `why` is "length", "patience" or "interrupt".

    `measured` is the best evaluation where the run has patience, else the last. `seconds` is the
    time of the steps, `held_out_seconds` that of the measures on held-out data, over all its
    resumptions.
    """

    why: str
    step: int
    epoch: float
    measured: Measured | None
    measured_step: int
    seconds: float
    saved: Path | None
    held_out_seconds: float = 0.0


def tokens(batch: Batch) -> int:
    """How many real steps a batch has."""
    steps, rows = batch["x"].shape[:2]
    return int(batch["m"].sum()) if "m" in batch else int(steps * rows)
