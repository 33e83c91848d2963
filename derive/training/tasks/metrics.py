"""What a network is measured by: bits, accuracy, F1, RMSE in units of the deviation."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from derive.errors import DataError
from derive.tables.cell_table import measured_heads
from derive.training.tasks.task_data import OF_CLASSES, OF_FLAGS, Array, Data


def bits(mean_loss: float) -> float:
    """Bits per symbol of a mean negative log-likelihood in nats."""
    return mean_loss / math.log(2)


def f1(hits: float, claimed: float, due: float) -> float:
    """2 · hits / (claimed + due); 0 where nothing is claimed and nothing due."""
    return 2 * hits / (claimed + due) if claimed + due else 0.0


def _squares(given: Array, due: Array) -> tuple[float, ...]:
    return (np.sum((given - due) ** 2),)


def _nats(scores: Array, due: Array) -> tuple[float, ...]:
    """−log of the part that the target's class has of the exponentials of the scores."""
    top = scores.max(-1, initial=-np.inf)
    norm = top + np.log(np.exp(scores - top[:, None]).sum(-1))
    return (np.sum(norm - scores[np.arange(len(due)), due.astype(np.int64)]),)


def _hits(scores: Array, due: Array) -> tuple[float, ...]:
    return (np.sum(scores.argmax(-1) == due),)


def _claims(scores: Array, due: Array) -> tuple[float, ...]:
    claimed, true = scores.argmax(-1) == 1, due == 1
    return np.sum(claimed & true), np.sum(claimed), np.sum(true)


@dataclass(frozen=True)
class Measure:
    """A metric by its title, what predictions and targets add to its sums, and its value.

    Predictions are (N, K) scores of classes, or (N,) and (N, K) numbers; `value` takes the sums
    and the number of targets. `of_loss` is the metric of a mean loss, of one that is −log p where
    there is a `part` to measure others by.
    """

    title: str
    part: Callable[[Array, Array], tuple[float, ...]] | None
    value: Callable[[list[float], int], float]
    of_loss: Callable[[float], float] | None = None


MEASURES = {
    "bits": Measure("bits per symbol", _nats, lambda sums, count: bits(sums[0] / count),
                    bits),
    "loss": Measure("loss", None, lambda _sums, _count: math.nan, float),
    "accuracy": Measure("accuracy", _hits, lambda sums, count: sums[0] / count),
    "f1": Measure("F1", _claims, lambda sums, _count: f1(*sums)),
    "rmse": Measure("RMSE / deviation", _squares, lambda sums, count: math.sqrt(sums[0] / count)),
}


class Metric:
    """A metric gathered over batches; padding (m = 0) counts nothing.

    Raises DataError where `kind` does not fit `head`.
    """

    def __init__(self, kind: str, head: str) -> None:
        known = measured_heads().get(head)
        if known is None or kind not in known.measures:
            raise DataError(f"the metric {kind!r} does not fit the head {head!r}")
        self.measure, self.head = MEASURES[kind], known
        self.count = 0  # targets seen so far
        self._sums = np.zeros(1)

    @classmethod
    def of(cls, data: Data) -> Metric:
        """The metric of a task."""
        return cls(data.metric, data.head)

    def update(self, outputs: Mapping[str, Array], batch: Mapping[str, Array]) -> None:
        """Takes in the outputs of one batch.

        Of classes: (T, B, K) or (B, K) scores; of flags the same, or (T, B) or (B,) scores of 1
        beside 0; of numbers: (T, B), (T, B, K) or (B,), of the form of `y`. DataError where `y`
        has another form.
        """
        assert self.measure.part is not None
        due = np.asarray(batch["y"])
        name, given = self._given(outputs, due)
        scored = self.head.targets in (OF_CLASSES, OF_FLAGS)
        if given.ndim == due.ndim + 1 and given.shape[-1] == 1 and self.head.targets != OF_CLASSES:
            given = given[..., 0]
        if self.head.targets == OF_FLAGS and given.ndim == due.ndim:
            given = np.stack([np.full_like(given, self.head.threshold), given], -1)
        if (given.shape[:-1] if scored else given.shape) != due.shape:
            raise DataError(f"the output {name!r} has the shape {given.shape}, the targets "
                            f"{due.shape}")
        mask = batch.get("m")
        if mask is not None and mask.shape == due.shape[:2] and due.ndim >= 2:
            real = np.asarray(mask) > 0
            given, due = given[real], due[real]
        else:
            given, due = given.reshape(due.size, *given.shape[due.ndim :]), due.reshape(-1)
        self.count += due.size
        self._sums = self._sums + np.array(self.measure.part(given, due), np.float64)

    def _given(self, outputs: Mapping[str, Array], due: Array) -> tuple[str, Array]:
        """The output that is measured: the head's first, or the only one where its form fits."""
        name = self.head.outputs[0]
        if name not in outputs and len(outputs) == 1:
            only, array = next(iter(outputs.items()))
            if np.ndim(array) >= due.ndim + (self.head.targets == OF_CLASSES):
                return only, np.asarray(array, np.float64)
        if name not in outputs:
            raise DataError(f"the {self.head.name} head is measured by the output {name!r}; there "
                            f"are {', '.join(outputs) or 'none'}")
        return name, np.asarray(outputs[name], np.float64)

    def value(self) -> float:
        """The metric of all targets so far; NaN before the first."""
        return self.measure.value(self._sums.tolist(), self.count) if self.count else math.nan
