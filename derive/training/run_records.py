"""What a trainer is fed with, what it counts, and how a run ends."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import inf
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from derive.training.network import Batch


class Feed(Protocol):
    """An endless course of training batches; `derive.training.tasks.batching` has three kinds."""

    @property
    def fresh(self) -> bool:
        """Whether the batch last taken begins without a past: the carried state starts anew."""

    def __len__(self) -> int:
        """How many batches go through the data once."""

    def take(self) -> Batch:
        """The next batch."""

    def state(self) -> dict[str, Any]:
        """Where it stands: numbers, texts, lists and arrays."""

    def restore(self, state: dict[str, Any]) -> None:
        """Goes on from a state."""


class Held(NamedTuple):
    """A measure on held-out data: the mean loss of a real step, and the task's metric."""

    loss: float
    metric: float | None


Evaluate = Callable[[], Held]


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

    `held` is the best evaluation where the run has patience, else the last. `seconds` is the time
    of the steps, over all its resumptions.
    """

    why: str
    step: int
    epoch: float
    held: Held | None
    held_step: int
    seconds: float
    saved: Path | None


def tokens(batch: Batch) -> int:
    """How many real steps a batch has."""
    steps, rows = batch["x"].shape[:2]
    return int(batch["m"].sum()) if "m" in batch else int(steps * rows)
