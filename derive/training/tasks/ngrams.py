"""Predictions from the last few symbols, interpolated by Witten and Bell's weights.

Source: Witten and Bell, IEEE Transactions on Information Theory 37 (1991), method C: with c the
count of a context and t the number of different targets seen after it, the shorter context has
the weight t / (c + t). Below the empty context stands the uniform distribution.
"""

from __future__ import annotations

import numpy as np

from derive.training.tasks.task_data import Array, Split


class Contexts:
    """Counts of the targets that follow the last 0 … `longest` inputs of a split of labels.

    `symbols` and `classes` are the numbers of different inputs and targets.
    """

    def __init__(self, train: Split, symbols: int, classes: int, longest: int) -> None:
        self.symbols, self.classes = symbols, classes
        # Contexts are numbered in base `symbols`, with the target as last digit, in 63 bits.
        while longest and (symbols + 1) ** longest * classes >= 2**62:
            longest -= 1
        self.longest = longest
        self._tables = []
        for codes in self._codes(train):
            seen = codes >= 0
            pairs, counts = np.unique(codes[seen] * classes + train.targets[seen],
                                      return_counts=True)
            contexts, first = np.unique(pairs // classes, return_index=True)
            totals = np.add.reduceat(counts, first) if len(first) else first
            kinds = np.diff(np.append(first, len(pairs)))
            self._tables.append((pairs, counts, contexts, totals, kinds))

    def _codes(self, split: Split) -> list[Array]:
        """For each length 0 … longest, (N,) the number of the context, −1 where it is cut off."""
        count = len(split.inputs)
        starts = np.zeros(1, np.int64) if split.starts is None else split.starts[:-1]
        since = np.arange(count) - np.repeat(starts, split.lengths)
        codes = [np.zeros(count, np.int64)]
        for length in range(1, self.longest + 1):
            digit = np.zeros(count, np.int64)
            digit[length - 1 :] = split.inputs[: count - length + 1]
            code = codes[-1] + digit * self.symbols ** (length - 1)
            codes.append(code)
        return [np.where(since >= length - 1, code, -1) for length, code in enumerate(codes)]

    def probabilities(self, split: Split, targets: Array) -> list[Array]:
        """For each context length, (N,) the probability of the target of every step."""
        now = np.full(len(split.inputs), 1 / self.classes)
        columns = []
        for codes, (pairs, counts, contexts, totals, kinds) in zip(
                self._codes(split), self._tables, strict=True):
            total, kind = _look_up(contexts, (totals, kinds), codes)
            (hits,) = _look_up(pairs, (counts,), np.where(codes < 0, -1,
                                                          codes * self.classes + targets))
            now = np.where(total > 0, (hits + kind * now) / np.maximum(total + kind, 1), now)
            columns.append(now)
        return columns

    def distributions(self, split: Split, length: int) -> Array:
        """(N, classes) the probabilities of all targets after contexts of up to `length`."""
        columns = [self.probabilities(split, np.full(len(split.inputs), k))[length]
                   for k in range(self.classes)]
        return np.stack(columns, 1)


def _look_up(keys: Array, values: tuple[Array, ...], sought: Array) -> tuple[Array, ...]:
    """The values at the wanted keys (sorted, different), 0 where there is none."""
    if not len(keys):
        return tuple(np.zeros(len(sought), np.int64) for _ in values)
    at = np.minimum(np.searchsorted(keys, sought), len(keys) - 1)
    return tuple(np.where(keys[at] == sought, value[at], 0) for value in values)
