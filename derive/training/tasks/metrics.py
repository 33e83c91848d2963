"""What a network is measured by: bits, accuracy, F1, RMSE in units of the deviation."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from derive.errors import DataError
from derive.tables.cell_table import measured_heads
from derive.tables.prediction_kinds import PredictedOutput
from derive.training.prediction_values import as_asked, as_scores, kind_of, usual_prediction
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


def collapsed(labels: Array) -> Array:
    """The labels of some steps without repeats, and then without blanks, 0."""
    first = np.concatenate([[True], labels[1:] != labels[:-1]]) if len(labels) else labels > 0
    return np.asarray(labels[first & (labels > 0)])


def edits(first: Array, second: Array) -> int:
    """The fewest insertions, deletions and changes that make one sequence of another."""
    row = np.arange(len(second) + 1)
    for n, label in enumerate(first, 1):
        change = row[:-1] + (second != label)
        shorter = np.minimum(change, row[1:] + 1)
        row = np.concatenate([[n], shorter])
        # An insertion costs 1 a place: the least so far, less its place.
        row = np.minimum.accumulate(row - np.arange(len(row))) + np.arange(len(row))
    return int(row[-1])


MEASURES = {
    "bits": Measure("bits per symbol", _nats, lambda sums, count: bits(sums[0] / count),
                    bits),
    "loss": Measure("loss", None, lambda _sums, _count: math.nan, float),
    "accuracy": Measure("accuracy", _hits, lambda sums, count: sums[0] / count),
    "f1": Measure("F1", _claims, lambda sums, _count: f1(*sums)),
    "edits": Measure("edits per label", None, lambda sums, count: sums[0] / count),
    "rmse": Measure("RMSE / deviation", _squares, lambda sums, count: math.sqrt(sums[0] / count)),
}


class Metric:
    """A metric gathered over batches; padding (m = 0) counts nothing.

    Raises DataError where `kind` does not fit `head`.
    """

    def __init__(self, kind: str, head: str, prediction: PredictedOutput | None = None) -> None:
        known = measured_heads().get(head)
        if known is None or kind not in known.measures:
            raise DataError(f"the metric {kind!r} does not fit the head {head!r}")
        self.measure, self.head = MEASURES[kind], known
        self.prediction = prediction or usual_prediction(head)
        self.count = 0  # targets seen so far
        self._sums = np.zeros(1)

    @classmethod
    def of(cls, data: Data, prediction: PredictedOutput | None = None) -> Metric:
        """The metric of a task, of a prediction; by default, of that of the head of its data."""
        return cls(data.metric, data.head, prediction)

    def update(self, outputs: Mapping[str, Array], batch: Mapping[str, Array]) -> None:
        """Takes in the outputs of one batch.

        Of classes: (T, B, K) or (B, K); of flags (T, B) or (B,), or the same; of numbers: (T, B),
        (T, B, K) or (B,), of the form of `y`. What the numbers are, the kind of the prediction
        says. DataError where `y` has another form.
        """
        if kind_of(self.prediction).collapsed:
            self._add_edits(self._given(outputs)[1], batch)
        else:
            self._add(*self._given(outputs), batch)

    def _add(self, name: str, given: Array, batch: Mapping[str, Array]) -> None:
        """Takes in predictions of steps or sequences, each beside its target."""
        due, kind = np.asarray(batch["y"]), kind_of(self.prediction)
        assert self.measure.part is not None
        targets = kind.targets
        scored = targets in (OF_CLASSES, OF_FLAGS)
        if given.ndim == due.ndim + 1 and given.shape[-1] == 1 and targets != OF_CLASSES:
            given = given[..., 0]
        of_flags = targets == OF_FLAGS and given.ndim == due.ndim
        if kind.decoded or targets == OF_CLASSES or of_flags:
            given = as_scores(self.prediction.kind, given)
        elif not scored:
            given = as_asked(self.prediction.kind, given)
        if (given.shape[:-1] if scored else given.shape) != due.shape:
            raise DataError(f"the output {name!r} has the shape {given.shape}, the targets "
                            f"{due.shape}")
        mask = batch.get("k", batch.get("m"))
        if mask is not None and mask.shape == due.shape[:2] and due.ndim >= 2:
            real = np.asarray(mask) > 0
            given, due = given[real], due[real]
        else:
            given, due = given.reshape(due.size, *given.shape[due.ndim :]), due.reshape(-1)
        self.count += due.size
        self._sums = self._sums + np.array(self.measure.part(given, due), np.float64)

    def _add_edits(self, scores: Array, batch: Mapping[str, Array]) -> None:
        """Takes in how far the labels of (T, B, K) scores are from those that are due, (R, B)."""
        real = np.asarray(batch.get("m", np.ones(scores.shape[:2]))) > 0
        there, labels = np.asarray(batch["k"]) > 0, scores.argmax(-1)
        for n in range(labels.shape[1]):
            due = np.asarray(batch["y"])[there[:, n], n]
            self.count += len(due)
            self._sums = self._sums + edits(collapsed(labels[real[:, n], n]), due)

    def _given(self, outputs: Mapping[str, Array]) -> tuple[str, Array]:
        """The output that is measured: the prediction."""
        name = self.prediction.name
        if name not in outputs:
            raise DataError(f"the prediction is the output {name!r}; there are "
                            f"{', '.join(outputs) or 'none'}")
        return name, np.asarray(outputs[name], np.float64)

    def value(self) -> float:
        """The metric of all targets so far; NaN before the first."""
        return self.measure.value(self._sums.tolist(), self.count) if self.count else math.nan
