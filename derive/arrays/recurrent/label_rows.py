"""Sums of rows by label, for the gradients of tables: what scipy.sparse does, in NumPy."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

FEW = 256  # so many rows are summed by one product with a one-hot matrix


class Rows:
    """The rows of an array summed by the label of each, into one row for each label.

    `labels` is an integer array of shape (n,) that may change between calls; `sort` is called
    once for each content of it, `add` for each array of values of shape (n,) or (n, J).
    """

    def __init__(self, labels: Array, classes: int, dtype: np.dtype[Any]) -> None:
        self.labels, self.classes = labels, classes
        self.ones = np.ones(len(labels), dtype)
        self.hot = np.zeros((len(labels), classes), dtype) if len(labels) <= FEW else None
        self.places = np.arange(len(labels))
        self.small = np.uint8 if classes <= 256 else np.uint16 if classes <= 65536 else np.intp
        self.taken: dict[int, Array] = {}
        self.order = self.places
        self.runs: list[tuple[int, int, int]] = []

    def sort(self) -> None:
        """Finds the rows of each label."""
        if self.hot is not None:
            self.hot.fill(0)
            self.hot[self.places, self.labels] = 1
            return
        self.order = self.labels.astype(self.small).argsort(kind="stable")
        counts = np.bincount(self.labels, minlength=self.classes)
        ends = np.cumsum(counts)
        present = np.flatnonzero(counts)
        self.runs = list(zip(present.tolist(), (ends - counts)[present].tolist(),
                             ends[present].tolist(), strict=True))

    def add(self, values: Array, out: Array) -> None:
        """Writes Σ of the values of each label into the rows of `out`, 0 where there is none."""
        if values.ndim > 2 or not out.flags.c_contiguous:
            sums = np.empty((self.classes, values[0].size), values.dtype)
            self.add(values.reshape(len(values), -1), sums)
            out[...] = sums.reshape(out.shape)
            return
        if self.hot is not None:
            self.hot.T.dot(values, out)
            return
        out.fill(0)
        if values.ndim == 1:
            out[:] = np.bincount(self.labels, values, minlength=self.classes)
            return
        values = np.ascontiguousarray(values)  # or each `take` would copy the whole of it
        taken = self._buffer(values.shape[1], values.dtype)
        for label, start, stop in self.runs:
            part = taken[:stop - start]
            values.take(self.order[start:stop], 0, part, "clip")
            self.ones[start:stop].dot(part, out[label])

    def _buffer(self, width: int, dtype: np.dtype[Any]) -> Array:
        """Memory for the rows of the most frequent label."""
        longest = max(stop - start for _, start, stop in self.runs)
        buffer = self.taken.get(width)
        if buffer is None or len(buffer) < longest:
            buffer = self.taken[width] = np.empty((longest, width), dtype)
        return buffer
