"""The targets of a model that have lengths of their own: labels with blanks, a second time axis."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from derive.arrays.recurrent.compiled_model import CompiledModel, Ready
from derive.core.indexing import free_names, parts
from derive.core.kinds import Dimension
from derive.errors import DataError, TrainingError
from derive.notation.reading.model_equations import Model
from derive.training.network import Array, Batch
from derive.training.tasks.task_data import ENDED, SPACED, UNENDED

_LABELS = ("label", "index")


def form_of_targets(model: Model) -> str:
    """The form of a model's targets, where these have lengths of their own; else empty.

    Labels with blanks around them, labels with an end, or numbers.
    """
    if "spaced" in model.learning.roles:
        return SPACED
    target = model.scope.names.get(model.learning.role("target"))
    time = None if target is None else model.time_of(target)
    if target is None or time is None or time == input_time(model):
        return ""
    return ENDED if target.kind.domain in _LABELS else UNENDED


def input_time(model: Model) -> Any:
    """The index of the steps of a model's input: of the model, where it has no input."""
    leaf = model.scope.names.get(model.learning.role("input"))
    return model.time if leaf is None else model.time_of(leaf)


def spaced_size(model: Model, longest: int) -> dict[str, int]:
    """The size of the axis of labels with blanks, for so many labels at most, by its name."""
    name = model.learning.roles.get("spaced")
    return {} if name is None else {
        str(model.scope.names[name].kind.shape[0]): 2*longest + 1}


class SequenceTargets:
    """How the targets of a batch are put into a model that takes sequences of them."""

    def __init__(self, model: Model, times: list[Dimension]) -> None:
        self.form = form_of_targets(model)
        self.spaced, self.last = (model.learning.roles.get(w, "") for w in ("spaced", "last"))
        time = input_time(model)
        self.of_inputs = [time is not None and d == time.dim for d in times]
        if len(times) > 1 + (self.form in (ENDED, UNENDED)) or not any(self.of_inputs):
            raise TrainingError(f"the model has the axes of time {', '.join(map(str, times))}; "
                                "for training one is that of the input, and a second one that of "
                                "the target")

    @property
    def further(self) -> bool:
        """Whether the targets have an axis of time of their own."""
        return self.form in (ENDED, UNENDED)

    def names(self) -> set[str]:
        """The data that the targets are put into, beside the target itself."""
        return {self.spaced, self.last} - {""}

    def ready(self, model: CompiledModel, batch: Batch, steps: int, count: int) -> Ready:
        """The functions for a batch, by the lengths of its axes of time."""
        targets = len(batch["y"]) if self.further and "y" in batch else 1
        first, *rest = (steps if of_input else targets for of_input in self.of_inputs)
        return model.ready(first, count, *rest)

    def put(self, ready: Ready, batch: Mapping[str, Array]) -> None:
        """Writes the labels of a batch with blanks around them. Raises DataError for too many."""
        if not self.spaced:
            return
        labels = np.zeros_like(ready.data[self.spaced])
        counts = np.zeros(len(labels), np.int64)
        if "y" in batch:
            real = np.asarray(batch["k"]) > 0
            given = np.where(real, batch["y"], 0).T
            if 2*given.shape[1] + 1 > labels.shape[1]:
                raise DataError(f"{given.shape[1]} labels, and the model has {labels.shape[1]} "
                                "places for labels and the blanks between them")
            labels[:, 1:2*given.shape[1]:2] = given
            counts = real.sum(0)
        ready.put(self.spaced, labels)
        if self.last:
            ready.put(self.last, 2*counts)


def reads_length(model: Model, loss: bool = True) -> bool:
    """Whether a model reads how many steps its input has, in its equations or in its loss."""
    time = input_time(model)
    bodies = [e.body for e in model.equations] + ([model.predict.body] if model.predict else [])
    return time is not None and any(
        part == time.dim for body in (*bodies, *([model.loss] if loss else []))
        for part in parts(body))


def reads_ahead(model: Model) -> bool:
    """Whether padding at the end of a sequence may change what a model computes before it.

    It does where a step reads later ones, or several at once, and where the loss is one of a
    sequence.
    """
    weights = model.scope.names.get(model.learning.role("weights"))
    if weights is None or not model.timed(weights):
        return True
    time = input_time(model)
    for start in model.initial.values():
        if any(model.time_of(leaf) == time for leaf in free_names(start.body)):
            return True
    for equation in (*model.equations, *((model.predict,) if model.predict else ())):
        of_input = [(s, shift) for s, shift in model.reads(equation) if model.time_of(s) == time]
        if any(shift is None or shift > 0 for _, shift in of_input):
            return True
        if any(model.time_of(s) == time for s, _ in model.spanned(equation)):
            return True
    return False
