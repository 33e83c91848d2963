"""What is told about a network: bits, accuracy, F1, RMSE in units of the deviation."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from derive.errors import DataError
from derive.tables.cell_table import measured_heads
from derive.training.tasks.task_data import OF_CLASSES, OF_FLAGS, Array, Data

TITLES = {"bits": "bits per symbol", "accuracy": "accuracy", "f1": "F1",
          "rmse": "RMSE / deviation"}


def bits(mean_loss: float) -> float:
    """Bits per symbol of a mean negative log-likelihood in nats."""
    return mean_loss / math.log(2)


def f1(hits: float, claimed: float, due: float) -> float:
    """2 · hits / (claimed + due); 0 where nothing is claimed and nothing due."""
    return 2 * hits / (claimed + due) if claimed + due else 0.0


class Metric:
    """A metric gathered over batches; padding (m = 0) counts nothing.

    Raises DataError where `kind` does not fit `head`.
    """

    def __init__(self, kind: str, head: str) -> None:
        known = measured_heads().get(head)
        if known is None or kind not in known.measures:
            raise DataError(f"the metric {kind!r} does not fit the head {head!r}")
        self.kind, self.head, self.targets = kind, head, known.targets
        self.output = known.outputs[0]
        self.count = 0  # targets seen so far
        self._sums = np.zeros(3)

    @classmethod
    def of(cls, data: Data) -> Metric:
        """The metric of a task."""
        return cls(data.metric, data.head)

    def update(self, outputs: Mapping[str, Array], batch: Mapping[str, Array]) -> None:
        """Takes in the outputs of one batch.

        Of classes: (T, B, K) or (B, K) logits; of flags: (T, B) or (B,) logits; of numbers:
        (T, B), (T, B, K) or (B,) means, of the form of `y`. DataError where `y` has another form.
        """
        name, of_classes = self.output, self.targets == OF_CLASSES
        only = next(iter(outputs)) if len(outputs) == 1 else name
        if only != name and \
                np.ndim(outputs[only]) >= np.ndim(batch["y"]) + of_classes:
            name = only  # another loss of the same kind names its output otherwise
        if name not in outputs:
            raise DataError(f"the {self.head} head is measured by the output {name!r}; there are "
                            f"{', '.join(outputs) or 'none'}")
        given, due = np.asarray(outputs[name], np.float64), np.asarray(batch["y"])
        if not of_classes and given.ndim == due.ndim + 1 and given.shape[-1] == 1:
            given = given[..., 0]
        steps = given.shape[:-1] if of_classes else given.shape
        if steps != due.shape:
            raise DataError(f"the output {name!r} has the shape {given.shape}, the targets "
                            f"{due.shape}")
        mask = batch.get("m")
        if mask is not None and mask.shape == due.shape[:2] and due.ndim >= 2:
            real = np.asarray(mask) > 0
            given, due = given[real], due[real]
        else:
            given, due = given.reshape(due.size, *given.shape[due.ndim :]), due.reshape(-1)
        self.count += due.size
        self._sums += self._part(given, due)

    def _part(self, given: Array, due: Array) -> Array:
        """(3,) what the rows `given` and their targets `due` add to the sums."""
        if self.kind == "rmse":
            return np.array([np.sum((given - due) ** 2), 0, 0])
        if self.kind == "bits":
            return np.array([np.sum(self._nats(given, due)), 0, 0])
        said: Any = np.argmax(given, -1) if self.targets == OF_CLASSES else (given > 0)
        if self.kind == "accuracy":
            return np.array([np.sum(said == due), 0, 0], np.float64)
        yes, true = said == 1, due == 1
        return np.array([np.sum(yes & true), np.sum(yes), np.sum(true)], np.float64)

    def _nats(self, given: Array, due: Array) -> Array:
        if self.targets == OF_FLAGS:
            return np.asarray(np.logaddexp(0, np.where(due == 1, -given, given)))
        top = given.max(-1, initial=-np.inf)
        norm = top + np.log(np.exp(given - top[:, None]).sum(-1))
        return np.asarray(norm - given[np.arange(len(due)), due.astype(np.int64)])

    def value(self) -> float:
        """The metric of all targets so far; NaN before the first."""
        if not self.count:
            return math.nan
        if self.kind == "f1":
            return f1(*self._sums.tolist())
        mean = float(self._sums[0]) / self.count
        return {"bits": bits(mean), "rmse": math.sqrt(mean) if mean >= 0 else math.nan,
                "accuracy": mean}[self.kind]
