"""Batches of sequences, and the choice between them and those of a stream."""

from __future__ import annotations

import numpy as np
from numpy.typing import DTypeLike

from derive.errors import DataError
from derive.tables.cell_table import targets_of
from derive.training.tasks.batching import Batches, Stream, Windows
from derive.training.tasks.task_data import OF_AMOUNTS, Array, Data, Split

BUCKETS = 16  # batches whose sequences are sorted by length together


class Sequences(Batches):
    """Whole sequences, padded to the longest of the batch; `m` is always there.

    Shuffled by `rng`; without one they come in order. `bucket`: sequences of like length come
    together, which saves padding; in order of length where there is no `rng`. `each`: one target
    a step, else one a sequence; by default as many targets as steps. `chosen` holds the numbers
    of the sequences in the last batch. `even`: for a network without a mask; those of a batch have
    as many steps (and as many targets, where these have lengths of their own).
    """

    kind = "sequences"

    def __init__(self, split: Split, batch: int, rng: np.random.Generator | None = None,
                 dtype: DTypeLike = np.float64, bucket: bool = True,
                 each: bool | None = None, even: bool = False) -> None:
        if batch < 1:
            raise DataError(f"batches of {batch} sequences: 1 or more are needed")
        self.batch, self.bucket = batch, bucket
        super().__init__(
            split, dtype, rng,
            {"batch": batch, "bucket": bucket, "sequences": len(split.lengths),
             **({"even": True} if even else {})},
            len(split.targets) == len(split) if each is None else each)
        self._lengths = split.lengths
        self._starts = np.zeros(1, np.int64) if split.starts is None else split.starts[:-1]
        self._alike = self._groups() if even else None

    def _groups(self) -> Array:
        """(S,) a number for each sequence, the same for those of equal lengths."""
        lengths = [self._lengths]
        if self.split.target_starts is not None:
            lengths.append(self.split.target_lengths)
        return np.unique(np.stack(lengths, 1), axis=0, return_inverse=True)[1].reshape(-1)

    def __len__(self) -> int:
        if self._alike is not None:
            return int(np.sum(-(-np.bincount(self._alike) // self.batch)))
        return -(-len(self._lengths) // self.batch)

    def _draw(self) -> list[Array]:
        count, size = len(self._lengths), self.batch
        order = np.arange(count) if self.rng is None else self.rng.permutation(count)
        if self._alike is not None:
            return self._drawn_alike(order, self._alike)
        if self.bucket:
            group = BUCKETS * size if self.rng is not None else count
            order = np.concatenate([
                part[np.argsort(self._lengths[part], kind="stable")]
                for part in (order[n : n + group] for n in range(0, count, group))])
        batches = [order[n : n + size] for n in range(0, count, size)]
        if self.bucket and self.rng is not None:
            batches = [batches[n] for n in self.rng.permutation(len(batches))]
        return batches

    def _drawn_alike(self, order: Array, alike: Array) -> list[Array]:
        """Batches of sequences with the same number in `alike`."""
        groups = (order[alike[order] == n] for n in range(int(alike.max()) + 1))
        made = [group[n : n + self.batch] for group in groups
                for n in range(0, len(group), self.batch)]
        return made if self.rng is None else [made[n] for n in self.rng.permutation(len(made))]

    def _rows(self, position: int, chosen: Array) -> tuple[Array, Array, int]:
        lengths = self._lengths[chosen]
        return self._starts[chosen], lengths, int(lengths.max())


def batches_of(data: Data, split: Split, batch: int, steps: int, carries: bool,
               rng: np.random.Generator | None = None, dtype: DTypeLike = np.float64,
               tail: str = "mask", even: bool = False) -> Batches:
    """The batches that fit: sequences; a stream where state is carried; else windows."""
    made: Batches
    if split.starts is not None:
        made = Sequences(split, batch, rng, dtype, each=data.each, even=even)
    else:
        made = Stream(split, steps, batch, dtype, tail) if carries else \
            Windows(split, steps, batch, rng, dtype, tail, even)
    if targets_of(data.head) == OF_AMOUNTS and len(split.targets):
        made.padding = float(split.targets.flat[0])  # 0 may be none of the amounts
    return made
