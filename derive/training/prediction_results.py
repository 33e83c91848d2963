"""What a network's outputs predict, in the units and names of the user."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from derive.errors import CheckpointError
from derive.same_content import SameContent
from derive.short_reprs import Brief
from derive.tables.prediction_kinds import PredictedOutput
from derive.training.network import Array
from derive.training.prediction_values import as_asked, as_scores, kind_of
from derive.training.tasks.metrics import collapsed
from derive.training.tasks.task_data import OF_CLASSES, OF_FLAGS, Data


@dataclass(eq=False)
class Predictions(Brief, SameContent):
    """Predictions, a row each: of a step, or of a sequence.

    `places` numbers the rows from 1: `row` in a stream, `sequence` and `step` in sequences; it is
    the step that is predicted, which may lie one beyond the data. `values` has what is predicted
    by name: numbers in the user's units, or labels in 0 … K − 1 of the `classes`.
    `probabilities` (N, K) are those of the classes, or of several flags. `targets` are the true
    values where they are
    known. `outputs` are those of the network.
    """

    places: dict[str, Array]
    values: dict[str, Array]
    classes: tuple[str, ...] | None = None
    probabilities: Array | None = None
    targets: dict[str, Array] = field(default_factory=dict)
    outputs: dict[str, Array] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(next(iter(self.values.values())))

    def facts(self) -> str:
        """What is predicted, and of how many rows."""
        names = ", ".join(self.values)
        kind = f" of {len(self.classes)} classes" if self.classes is not None else ""
        return f" of {names}{kind}: {len(self)} rows"

    @property
    def named(self) -> dict[str, Array]:
        """The values by name, with names in place of labels."""
        return {name: self._names(labels) for name, labels in self.values.items()}

    @property
    def columns(self) -> dict[str, Array]:
        """All columns of a table by name: places, values, probabilities, targets."""
        table = {**self.places, **self.named}
        if self.probabilities is not None and self.classes is not None:
            of_flags = len(self.classes) == 2 and self.probabilities.ndim == 1
            if of_flags:
                table[f"p({self.classes[1]})"] = self.probabilities
            else:
                table |= {f"p({name or 'end'})": self.probabilities[:, n]
                          for n, name in enumerate(self.classes)}
        elif self.probabilities is not None:
            table |= {f"p({name})": self.probabilities[:, n] for n, name in enumerate(self.values)}
        return {**table, **{f"true {name}": self._names(v) for name, v in self.targets.items()}}

    def _names(self, labels: Array) -> Array:
        return labels if self.classes is None else np.array(self.classes, object)[labels]


def target_names(data: Data) -> tuple[str, ...]:
    """The names of what is predicted: those of columns, else y, or y1, y2, …"""
    if data.layout is not None and data.layout.targets:
        return data.layout.targets
    count = data.train.targets.shape[1] if data.train.targets.ndim > 1 else 1
    return ("y",) if count == 1 else tuple(f"y{n}" for n in range(1, count + 1))


def in_units(values: Array, data: Data) -> dict[str, Array]:
    """Numbers (N,) or (N, K) as the network has them, in the user's units, by name."""
    table = values.astype(np.float64).reshape(len(values), -1)
    if data.scales:
        mean, deviation = np.array(data.scales).T
        table = table * deviation + mean
    return {name: np.ascontiguousarray(table[:, n]) for n, name in enumerate(target_names(data))}


def true_values(targets: Array, data: Data) -> dict[str, Array]:
    """Targets by name: labels, or numbers in the user's units."""
    if data.classes is not None:
        return dict.fromkeys(target_names(data), targets.astype(np.int64))
    return in_units(targets, data)


def label_sequences(labels: Array, starts: Array, data: Data) -> Array:
    """(S,) texts: the names of the labels (M,) of each sequence, with spaces between long ones."""
    names = data.classes or ()
    between = "" if all(len(name) < 2 for name in names) else " "
    return np.array([between.join(names[n] for n in labels[a:b] if n)
                     for a, b in pairwise(starts)], str)


def collapsed_sequences(outputs: Mapping[str, Array], data: Data, starts: Array,
                        output: PredictedOutput) -> Predictions:
    """Sequences of labels: what is left of the likeliest one of each step (N, K)."""
    labels = outputs[output.name].argmax(-1)
    kept = [collapsed(labels[a:b]) for a, b in pairwise(starts)]
    edges = np.cumsum([0, *map(len, kept)])
    texts = label_sequences(np.concatenate(kept), edges, data)
    return Predictions({"sequence": np.arange(1, len(starts))}, {target_names(data)[0]: texts},
                       outputs=dict(outputs))


def predicted(outputs: Mapping[str, Array], data: Data, places: dict[str, Array],
              output: PredictedOutput) -> Predictions:
    """What outputs (N, …) of a network predict; the `output` says which of them, and what it is.

    Raises CheckpointError where it is not among them.
    """
    if output.name not in outputs:
        raise CheckpointError(f"the prediction is {output.name}; the model has the outputs "
                              f"{', '.join(outputs)}")
    given, kept = np.asarray(outputs[output.name], np.float64), dict(outputs)
    kind = kind_of(output)
    if kind.decoded:
        name = target_names(data)[0] if kind.targets else "state"
        return Predictions(places, {name: given.astype(np.int64)},
                           data.classes if kind.targets else None, outputs=kept)
    if given.ndim == 2 and given.shape[1] == 1 and kind.targets != OF_CLASSES:
        given = given[:, 0]
    if kind.targets in (OF_CLASSES, OF_FLAGS):
        labels = as_scores(output.kind, given).argmax(-1)
        probabilities = as_asked(output.kind, given) if kind.sampled else None
        if data.classes is None:  # several flags a target
            each = {name: labels[:, n] for n, name in enumerate(target_names(data))}
            return Predictions(places, each, None, probabilities, outputs=kept)
        return Predictions(places, dict.fromkeys(target_names(data), labels), data.classes,
                          probabilities, outputs=kept)
    return Predictions(places, in_units(as_asked(output.kind, given), data), outputs=kept)
