"""What a task hands to a trainer: two splits of steps, and what they mean."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from derive.errors import DataError
from derive.short_reprs import Brief
from derive.tables.cell_table import measured_heads, targets_of

Array = NDArray[Any]

# The targets of which a head of `rules/heads.toml` is the usual one.
OF_CLASSES, OF_FLAGS, OF_NUMBERS, OF_AMOUNTS = "classes", "flags", "numbers", "amounts"
OF_SEQUENCES = "label sequences"
OF_REALS = (OF_NUMBERS, OF_AMOUNTS)
# Targets with lengths of their own: labels between blanks, labels with an end, numbers. Class 0,
# without a name, is the blank, and the end.
SPACED, ENDED, UNENDED = OWN_LENGTHS = ("spaced", "ended", "unended")
INPUT_STEPS, TARGET_STEPS, SEQUENCES = "steps", "target steps", "sequences"


@dataclass(frozen=True)
class Split(Brief):
    """Steps one after another.

    `inputs`: (N,) integer labels or (N, D) reals. `targets`: (N,) or (N, K), or (S,) where there
    is one for each sequence. `starts`: (S + 1,) offsets of the sequences, the last one N; None
    for one continuous stream. `events`: 1 where a target was seen, 0 where it is known to be
    later; None where all were. `target_starts`: (S + 1,) offsets of the targets of each sequence,
    where these have lengths of their own.
    """

    inputs: Array
    targets: Array
    starts: Array | None = None
    events: Array | None = None
    target_starts: Array | None = None

    def __len__(self) -> int:
        return len(self.inputs)

    @property
    def lengths(self) -> Array:
        """(S,) the number of steps of each sequence; a stream is one sequence."""
        if self.starts is None:
            return np.array([len(self.inputs)])
        return np.diff(self.starts)

    @property
    def target_lengths(self) -> Array:
        """(S,) the number of targets of each sequence, where they have lengths of their own."""
        assert self.target_starts is not None
        return np.diff(self.target_starts)


@dataclass(frozen=True)
class Layout(Brief):
    """How data was read: what new data for the same model are read by.

    `kind` is that of a file, empty for a task; `columns` and `targets` are the names of columns.
    A target stands `ahead` steps after its inputs. `scales` are what was taken off each real
    input, and what it was divided by. `longest` is the length of the longest sequence of targets,
    where these have lengths of their own.
    """

    kind: str = ""
    columns: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()
    ahead: int = 0
    scales: tuple[tuple[float, float], ...] = ()
    signs: tuple[str, str] = (".", "")  # before decimals, and between thousands
    longest: int = 0


@dataclass(frozen=True)
class Data(Brief, by=("name", "title")):
    """A task: what to learn from, what to measure on, and how.

    `inputs` is the number D of real inputs, or the symbols that integer inputs stand for.
    `classes` names the target classes (None: real targets). `each`: one target a step, else one a
    sequence. `scale` is the mean and deviation that were taken off a real series (of images: 0
    and the greatest value), else (0, 1); with several real targets `scales` holds one pair for
    each. `digest` is the SHA-256 of the input that was read. `layout` is None for what an older
    checkpoint tells. `form` is that of targets with lengths of their own (OWN_LENGTHS).
    """

    name: str
    title: str
    train: Split
    held_out: Split
    inputs: int | tuple[str, ...]
    classes: tuple[str, ...] | None
    each: bool
    head: str
    metric: str
    source: str
    digest: str
    scale: tuple[float, float] = (0.0, 1.0)
    scales: tuple[tuple[float, float], ...] = ()
    layout: Layout | None = None
    notices: tuple[str, ...] = ()  # what its reader has to tell
    form: str = ""

    @property
    def language(self) -> tuple[str, ...] | None:
        """The symbols, where each is predicted from those before it; else None."""
        same = self.each and not isinstance(self.inputs, int) and self.classes == self.inputs
        return self.classes if same else None


    @property
    def rows(self) -> str:
        """What a network's outputs stand at: steps of the inputs or the targets, or sequences."""
        if self.form:
            return INPUT_STEPS if self.form == SPACED else TARGET_STEPS
        return INPUT_STEPS if self.each else SEQUENCES


def sha256(content: str | bytes) -> str:
    """The digest of a text (as UTF-8) or of bytes."""
    return hashlib.sha256(content.encode() if isinstance(content, str) else content).hexdigest()


def alphabet(tokens: Iterable[str]) -> tuple[str, ...]:
    """The different symbols in the order of their code points."""
    return tuple(sorted(set(tokens)))


def encode(text: str, symbols: Sequence[str], source: str = "the text", line: int = 1) -> Array:
    """(N,) the numbers of the characters of `text`. DataError at one that is no symbol."""
    table = {symbol: number for number, symbol in enumerate(symbols)}
    try:
        return np.fromiter((table[c] for c in text), np.int64, len(text))
    except KeyError:
        at = next(n for n, c in enumerate(text) if c not in table)
        before = text[:at]
        raise DataError(f"the character {text[at]!r} is not among the {len(symbols)} known ones",
                        source, line + before.count("\n"), at - before.rfind("\n")) from None


def moments(values: Array) -> tuple[Array, Array]:
    """Mean and deviation along the first axis, of reals of any size.

    The squares of values beyond 1e154 would overflow: a power of 2 is taken off, which is exact.
    """
    exponent = np.frexp(np.abs(values).max(0))[1]
    scaled = np.ldexp(values, -exponent)
    return np.ldexp(scaled.mean(0), exponent), np.ldexp(scaled.std(0), exponent)


def held_out_count(count: int, fraction: float) -> int:
    """How many of `count` are held out: the fraction rounded up, at least 1."""
    return max(1, count - int(count * (1 - fraction)))


def cut_stream(inputs: Array, targets: Array, last: int, events: Array | None = None,
               ) -> tuple[Split, Split]:
    """The `last` steps are held out."""
    at = len(inputs) - last
    first, second = (None, None) if events is None else (events[:at], events[at:])
    return (Split(inputs[:at], targets[:at], events=first),
            Split(inputs[at:], targets[at:], events=second))


def choose(split: Split, chosen: Array, each: bool) -> Split:
    """The chosen sequences, in their order."""
    assert split.starts is not None
    lengths = split.lengths[chosen]
    starts = np.concatenate([[0], np.cumsum(lengths)])
    steps = np.repeat(split.starts[chosen] - starts[:-1], lengths) + np.arange(starts[-1])
    aims, target_starts = steps if each else chosen, None
    if split.target_starts is not None:
        counts = split.target_lengths[chosen]
        target_starts = np.concatenate([[0], np.cumsum(counts)])
        aims = np.repeat(split.target_starts[chosen] - target_starts[:-1], counts) + \
            np.arange(target_starts[-1])
    return Split(split.inputs[steps], split.targets[aims], starts,
                 None if split.events is None else split.events[aims], target_starts)


def cut_sequences(split: Split, each: bool, fraction: float, seed: int) -> tuple[Split, Split]:
    """A part of the sequences, drawn by `seed`, is held out."""
    count = len(split.lengths)
    order = np.random.default_rng(seed).permutation(count)
    first = held_out_count(count, fraction)
    held_out, train = np.sort(order[:first]), np.sort(order[first:])
    return choose(split, train, each), choose(split, held_out, each)


def check(data: Data, where: str = "") -> Data:
    """`data` itself. DataError, naming part, row (from 1) and column, if it cannot be used.

    `where` stands before them; by default it is the data's name.
    """
    name = where or data.name
    _check_head(data, name)
    labels = None if isinstance(data.inputs, int) else len(data.inputs)
    classes = None if data.classes is None else len(data.classes)
    for part, split in (("training", data.train), ("held-out", data.held_out)):
        where = f"{name}, {part} part"
        _check_lengths(split, data.each, where)
        _check_values(split.inputs, f"{where}, inputs", labels)
        if labels is None and split.inputs.shape[1:] != (data.inputs,):
            raise DataError(f"inputs of the shape {split.inputs.shape} where (steps, "
                            f"{data.inputs}) is due", where)
        _check_values(split.targets, f"{where}, targets", classes)
    return data


def _check_head(data: Data, name: str) -> None:
    """Whether head, metric and kind of targets fit each other."""
    known = measured_heads()
    if data.head not in known:
        raise DataError(f"no head {data.head!r}; known are {', '.join(known)}", name)
    if data.metric not in known[data.head].measures:
        raise DataError(f"the metric {data.metric!r} does not fit the head {data.head}: take "
                        f"{' or '.join(known[data.head].measures)}", name)
    flags = targets_of(data.head) == OF_FLAGS
    several = flags and data.classes is None and data.train.targets.ndim > 1
    if (data.classes is None) != (several or targets_of(data.head) in OF_REALS):
        raise DataError(f"the head {data.head} does not fit "
                        f"{'real targets' if data.classes is None else 'classes'}", name)
    if flags and not several and len(data.classes or ()) != 2:
        raise DataError(f"{data.head} takes 2 classes, not {len(data.classes or ())}", name)


def _check_lengths(split: Split, each: bool, where: str) -> None:
    if not len(split.inputs):
        raise DataError("it is empty", where)
    if split.starts is None and not each:
        raise DataError("one target for each sequence, but no sequences", where)
    if split.starts is not None:
        if split.starts[0] != 0 or split.starts[-1] != len(split.inputs):
            raise DataError(f"the sequences go from {split.starts[0]} to {split.starts[-1]}, the "
                            f"steps from 0 to {len(split.inputs)}", where)
        short = np.flatnonzero(split.lengths < 1)
        if len(short):
            raise DataError("the sequence is empty", where, int(short[0]) + 1, unit="sequence")
    if split.target_starts is not None:
        return
    due = len(split.inputs) if each else len(split.lengths)
    if len(split.targets) != due:
        what = "steps" if each else "sequences"
        raise DataError(f"{len(split.targets)} targets for {due} {what}", where)


def _check_values(values: Array, where: str, labels: int | None) -> None:
    """Labels in 0 … labels − 1, or finite reals."""
    if labels is not None:
        if values.ndim != 1 or values.dtype.kind not in "iu":
            raise DataError(f"labels are one integer a row, not {values.dtype} of the shape "
                            f"{values.shape}", where)
        wrong = np.flatnonzero((values < 0) | (values >= labels))
        if len(wrong):
            raise DataError(f"the label {values[wrong[0]]} is outside 0 … {labels - 1}", where,
                            int(wrong[0]) + 1, unit="row")
        return
    check_finite(values, where)


def check_finite(values: Array, where: str, columns: Sequence[str] = (), first: int = 1,
                 unit: str = "row") -> None:
    """DataError at the first NaN or infinity of (N,) or (N, D) reals; `first` numbers row 0."""
    if values.dtype.kind not in "fiu":
        raise DataError(f"reals are due, not {values.dtype}", where)
    wrong = np.argwhere(~np.isfinite(values))
    if len(wrong):
        row, column = int(wrong[0][0]), int(wrong[0][1]) if values.ndim > 1 else 0
        value = "NaN" if np.isnan(values[tuple(wrong[0])]) else "an infinite value"
        raise DataError(f"{value}; remove it or fill it in", where, first + row,
                        columns[column] if columns else column + 1, unit)
