"""What a network predicts by a recurrence of its own, such as the best path of all."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import DTypeLike

from derive.arrays.recurrent.compiled_model import CompiledModel
from derive.calculus.recurrence.decoding_text import Decoding
from derive.limits import tick
from derive.notation.reading.declaration_lines import PREDICTION
from derive.training.network import Array

_MOST = 2**16  # steps of all sequences that are run at once


class Decoder:
    """Runs the recurrence of a prediction over sequences of outputs."""

    def __init__(self, decoding: Decoding, sizes: Mapping[str, int], dtype: DTypeLike,
                 target: str) -> None:
        self.reads = decoding.reads
        self.model = CompiledModel(decoding.text, sizes, dtype, target=target)

    def labels(self, parameters: Mapping[str, Array], outputs: Mapping[str, Array],
               starts: Array | None) -> Array:
        """(N,) the label of each step, for outputs (N, …) of sequences with offsets `starts`.

        Without `starts` all steps are one sequence.
        """
        for name, array in self.model.parameters.items():
            array[...] = parameters[name]
        count = len(next(iter(outputs.values())))
        edges = np.array([0, count]) if starts is None else starts
        lengths, labels = np.diff(edges), np.zeros(count, np.int64)
        for length in np.unique(lengths):
            group = np.flatnonzero(lengths == length)
            size = max(1, _MOST // int(length))
            for first in range(0, len(group), size):
                tick("predicting")
                at = edges[group[first:first + size]] + np.arange(length)[:, None]
                labels[at] = self._run({name: outputs[name][at] for name in self.reads})
        return labels

    def _run(self, read: Mapping[str, Array]) -> Array:
        """(T, B) labels, for what is read, (T, B, …)."""
        steps, batch = next(iter(read.values())).shape[:2]
        ready = self.model.ready(steps, batch)
        for name, values in read.items():
            ready.put(name, values)
        ready.begin()
        ready.outputs()
        ready.predict()
        return np.asarray(np.rint(ready.value(PREDICTION)), np.int64)
