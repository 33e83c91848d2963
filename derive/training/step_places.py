"""Outputs of batches, each where its step, its target or its sequence stands in a split."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from derive.training.network import Array
from derive.training.tasks.batching import Batches
from derive.training.tasks.task_data import INPUT_STEPS, SEQUENCES, Data, Split


class StepPlaces:
    """The `outputs` (N, …) of a split, filled batch by batch."""

    def __init__(self, data: Data, split: Split) -> None:
        self.rows = data.rows
        self.count = len(split.inputs) if self.rows == INPUT_STEPS else len(split.targets)
        self.outputs: dict[str, Array] = {}

    def put(self, batches: Batches, outputs: Mapping[str, Array]) -> None:
        """Takes in the outputs of the batch that was given last."""
        places = batches.places() if self.rows == INPUT_STEPS else batches.chosen \
            if self.rows == SEQUENCES else batches.target_places(batches.chosen)
        real = places >= 0
        for name, array in outputs.items():
            if array.shape[:places.ndim] != places.shape:
                continue  # of the other axis of time
            kept = self.outputs.setdefault(name, np.zeros((self.count, *array.shape[places.ndim:]),
                                                          array.dtype))
            kept[places[real]] = array[real]
