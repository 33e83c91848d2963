"""Batches of a split, time-major, in an order that can be stored and taken up again.

A batch holds `x` (T, B) or (T, B, D), `y` (T, B), (T, B, K) or (B,), and, where lengths vary,
`m` (T, B) of 1 and 0. Targets with lengths of their own are (R, B) or (R, B, K), with `k` (R, B)
of 1 and 0. Reals and masks have the network's dtype, labels are int64. Padding is 0, of amounts as
targets one of them.
"""

from __future__ import annotations

import copy
from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from derive.errors import DataError
from derive.training.tasks.task_data import Array, Split

Batch = dict[str, Array]


class Batches(ABC):
    """An endless course of batches, one pass over the split after another.

    `for batch in batches` gives what is left of the current pass; `take()` goes on for ever.
    `fresh` says whether the batch last given begins without a past: state is zero, else that of
    the batch before. `state()` goes into a checkpoint as JSON; `restore()` continues with
    the batches that would have come. `rng`, where one is given, belongs to the batches alone.
    """

    kind = ""

    def __init__(self, split: Split, dtype: DTypeLike, rng: np.random.Generator | None,
                 form: dict[str, Any], each: bool = True) -> None:
        self.split, self.dtype, self.rng, self.each = split, np.dtype(dtype), rng, each
        self.form = {"kind": self.kind, "steps": len(split), "shuffled": rng is not None, **form}
        self.padding = 0.0  # of targets
        self.masked = True  # whether the batches have `m`
        self.epoch = 0      # the current pass, counted from 0
        self.position = 0   # batches given in this pass
        self.fresh = True
        self.chosen: Array = np.zeros(0, np.int64)  # sequences or chunks in the last batch
        self._drawn: dict[str, Any] | None = None   # state of rng before this pass's order
        self._order: list[Array] = []
        self._x, self._y = (values.astype(np.int64 if values.dtype.kind in "iub" else self.dtype)
                            for values in (split.inputs, split.targets))

    @abstractmethod
    def __len__(self) -> int:
        """Batches in one pass."""

    @abstractmethod
    def _draw(self) -> list[Array]:
        """The order of a pass: for each batch, what is in it."""

    @abstractmethod
    def _rows(self, position: int, chosen: Array) -> tuple[Array, Array, int]:
        """Of one batch: where each row starts in the split, its steps, and those of the batch."""

    def _batch(self, position: int, chosen: Array) -> Batch:
        starts, lengths, steps = self._rows(position, chosen)
        step = np.arange(steps)[:, None]
        real = step < lengths
        at = np.where(real, starts + step, 0)
        batch = {"x": self._x[at]}
        if self.split.target_starts is not None:
            batch |= self._own_lengths(chosen)
        else:
            batch["y"] = self._y[at] if self.each else self._y[chosen]
        if self.masked:
            batch["x"][~real] = 0
            if self.each:
                batch["y"][~real] = self.padding
            batch["m"] = real.astype(self.dtype)
        if self.split.events is not None:
            seen = self.split.events[at if self.each else chosen].astype(self.dtype)
            batch["d"] = np.where(real, seen, 0).astype(self.dtype) if self.each else seen
        return batch

    def _own_lengths(self, chosen: Array) -> Batch:
        """Targets with lengths of their own, and which of them are none."""
        at = self.target_places(chosen)
        batch = {"y": self._y[np.maximum(at, 0)], "k": (at >= 0).astype(self.dtype)}
        batch["y"][at < 0] = self.padding
        return batch

    def target_places(self, chosen: Array) -> Array:
        """(R, B) where in the split each target of the chosen sequences stands; -1 of padding."""
        starts = self.split.target_starts
        assert starts is not None
        counts = self.split.target_lengths[chosen]
        step = np.arange(max(1, counts.max()))[:, None]
        return np.where(step < counts, starts[chosen] + step, -1)

    def places(self) -> Array:
        """(T, B) where in the split each step of the last batch stands; -1 of padding."""
        starts, lengths, steps = self._rows(self.position - 1, self.chosen)
        step = np.arange(steps)[:, None]
        return np.where(step < lengths, starts + step, -1)

    def _begin(self) -> None:
        if self.rng is not None:
            self._drawn = copy.deepcopy(dict(self.rng.bit_generator.state))
        self._order = self._draw()

    def take(self) -> Batch:
        """The next batch; after the last one of a pass, the first of the next."""
        self._go_on()
        if not self._order:
            self._begin()
        self.chosen = self._order[self.position]
        self.fresh = self._is_fresh(self.position)
        batch = self._batch(self.position, self.chosen)
        self.position += 1
        return batch

    def _is_fresh(self, position: int) -> bool:
        return True

    def _go_on(self) -> None:
        """To the next pass at the end of one."""
        if self.position >= len(self):
            self.epoch, self.position, self._order = self.epoch + 1, 0, []

    def __iter__(self) -> Iterator[Batch]:
        self._go_on()
        epoch = self.epoch
        while self.epoch == epoch and self.position < len(self):
            yield self.take()

    def state(self) -> dict[str, Any]:
        """Where the course stands: JSON can hold it."""
        state: dict[str, Any] = {"form": self.form, "epoch": self.epoch,
                                 "position": self.position}
        if self.rng is not None:
            begun = self._order and self.position < len(self)
            state["rng"] = _plain(self._drawn if begun else dict(self.rng.bit_generator.state))
        return state

    def restore(self, state: dict[str, Any]) -> None:
        """Continues from `state()`. DataError where it belongs to other data or sizes."""
        form = state.get("form")
        if form != self.form:
            differ = [key for key in self.form
                      if not isinstance(form, dict) or form.get(key) != self.form[key]]
            raise DataError(f"the stored place is one in other batches ({', '.join(differ)} "
                            "differ); resume with the same data and options", "batches")
        self.epoch, self.position = int(state["epoch"]), int(state["position"])
        self._order, self._drawn = [], None
        if self.rng is not None:
            self.rng.bit_generator.state = state["rng"]
        if 0 < self.position < len(self):
            self._begin()


def _plain(state: Any) -> Any:
    """A generator's state in lists and numbers."""
    if isinstance(state, dict):
        return {key: _plain(value) for key, value in state.items()}
    if isinstance(state, np.ndarray):
        return state.tolist()
    return int(state) if isinstance(state, np.integer) else state


class _Chunks(Batches):
    """Pieces of T steps of a stream; a piece that is too short is padded, or dropped."""

    def __init__(self, split: Split, steps: int, batch: int, dtype: DTypeLike, tail: str,
                 rng: np.random.Generator | None) -> None:
        if split.starts is not None:
            raise DataError("these are sequences, not one stream; take batches of sequences")
        if steps < 1 or batch < 1:
            raise DataError(f"chunks of {steps} steps in batches of {batch}: both are 1 or more")
        if tail not in ("mask", "drop"):
            raise DataError(f"the tail is to 'mask' or to 'drop', not {tail!r}")
        self.tail = tail
        super().__init__(split, dtype, rng, {"chunk": steps, "batch": batch, "tail": tail})


class Stream(_Chunks):
    """B streams side by side, each a contiguous part of the split, in chunks of T steps in order.

    State may be carried from chunk to chunk. With the tail masked, every step is in one batch of
    a pass, all batches have T steps, and all have `m` if any has padding. With the tail dropped
    there is no `m`: the streams are as long as full chunks make them. B is no more than the
    number of steps, T no more than the steps of the longest stream.
    """

    kind = "stream"

    def __init__(self, split: Split, steps: int, batch: int, dtype: DTypeLike = np.float64,
                 tail: str = "mask") -> None:
        super().__init__(split, steps, batch, dtype, tail, None)
        count, width = len(split), min(batch, len(split))
        short = count // width
        if tail == "drop":
            self.steps = min(steps, short)
            self._lengths = np.full(width, short // self.steps * self.steps)
            self._starts = np.arange(width) * short
        else:
            self._lengths = short + (np.arange(width) < count % width)
            self.steps = min(steps, int(self._lengths[0]))
            self._starts = np.concatenate([[0], np.cumsum(self._lengths)[:-1]])
        self._count = -(-int(self._lengths.max()) // self.steps)
        self.masked = bool((self._lengths != self._count * self.steps).any())

    def __len__(self) -> int:
        return self._count

    def _draw(self) -> list[Array]:
        return [np.arange(len(self._starts))] * self._count

    def _is_fresh(self, position: int) -> bool:
        return position == 0

    def _rows(self, position: int, chosen: Array) -> tuple[Array, Array, int]:
        done = position * self.steps
        return self._starts + done, self._lengths - done, self.steps


class Windows(_Chunks):
    """Chunks of T steps, each without a past, shuffled by `rng`; in order without one.

    With the tail masked every step is in one batch of a pass, and all batches have `m` if any
    has padding; the last batch may hold fewer chunks. `even`: nothing is padded, the short chunk
    is a batch of its own. With the tail dropped, chunks and batches that would not be full are
    left out.
    """

    kind = "windows"

    def __init__(self, split: Split, steps: int, batch: int,
                 rng: np.random.Generator | None = None, dtype: DTypeLike = np.float64,
                 tail: str = "mask", even: bool = False) -> None:
        super().__init__(split, steps, batch, dtype, tail, rng)
        count = len(split)
        self.steps = min(steps, count)
        chunks = count // self.steps if tail == "drop" else -(-count // self.steps)
        self.batch, self._chunks = min(batch, chunks), chunks
        short = tail == "mask" and count % self.steps != 0
        self.masked, self._apart = short and not even, short and even

    def __len__(self) -> int:
        full, rest = divmod(self._chunks - self._apart, self.batch)
        return full + (rest > 0 and self.tail == "mask") + self._apart

    def _draw(self) -> list[Array]:
        count = self._chunks - self._apart
        order = np.arange(count) if self.rng is None else self.rng.permutation(count)
        drawn = [order[n * self.batch : (n + 1) * self.batch]
                 for n in range(len(self) - self._apart)]
        return [*drawn, np.array([count])] if self._apart else drawn

    def _rows(self, position: int, chosen: Array) -> tuple[Array, Array, int]:
        starts = chosen * self.steps
        left = len(self.split) - starts
        return starts, left, min(self.steps, int(left[0])) if self._apart else self.steps
