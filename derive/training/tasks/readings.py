"""What was read of a task or of a user's file, and the data that is made of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from derive.errors import DataError
from derive.tables.cell_table import measured_heads, targets_of, usual_head
from derive.training.tasks.task_data import (
    OF_FLAGS,
    OF_NUMBERS,
    OF_REALS,
    Array,
    Data,
    Layout,
    Split,
    check,
    cut_sequences,
    cut_stream,
    held_out_count,
    moments,
)
from derive.training.tasks.value_columns import (
    TARGETS,
    Column,
    check_amounts,
    flags_of,
    flat,
    joined,
)

FEWEST_STEPS = 20  # of one stream: a tenth of fewer is nothing to measure on


@dataclass(frozen=True)
class Options:
    """How a file is read.

    `kind`: text, csv, jsonl or npz; by default what the name ends in, else text.
    `inputs`, `targets`: names of CSV columns (1, 2, … without a header). `ahead`: how many rows
    after its inputs a target stands; by default 1 where a target is an input too, else 0.
    `head`: a head of `rules/heads.toml` where the targets may be read in more than one way.
    `held_out`: the part that is measured on: the end of a stream, or sequences drawn by `seed`.
    `symbols`, `classes`: those of a model that exists already; others are refused.
    `limit`: read only that many characters, rows, lines or sequences. `decimal`, `thousands`: the
    signs in numbers of CSV files. `domain`: that of the targets that the network's loss takes.
    `event`: the CSV column that is 1 where a target was seen, 0 where it was cut off. `form`: that
    of sequences of targets with lengths of their own, where the network takes such. `alone`: there
    are no targets, the network explains its inputs.
    """

    kind: str = ""
    inputs: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()
    ahead: int | None = None
    head: str = ""
    held_out: float = 0.1
    seed: int = 0
    symbols: tuple[str, ...] | None = None
    classes: tuple[str, ...] | None = None
    limit: int | None = None
    decimal: str = "."
    thousands: str | None = None
    domain: str = ""
    event: str = ""
    form: str = ""
    alone: bool = False


@dataclass(frozen=True)
class Reading:
    """What a task or a file holds, before a part is held out.

    `inputs`: (N,) labels that stand for `symbols`, or (N, D) reals; `targets`, `classes`, `each`
    and `starts` as in Data and Split. In a stream a target stands `ahead` steps after its inputs,
    and the held-out fraction is one of `counted` steps (None: of those with a target). Reals are
    standardised unless there is a `scale`; amounts as targets never are. `same`: the targets are
    inputs of a later step. `columns` names the targets, `sources` the inputs of a
    table. An empty `metric` is that of the head.
    """

    source: str
    inputs: Array
    targets: Array
    head: str
    symbols: tuple[str, ...] | None = None
    classes: tuple[str, ...] | None = None
    starts: Array | None = None
    each: bool = True
    ahead: int = 0
    counted: int | None = None
    scale: tuple[float, float] | None = None
    same: bool = False
    columns: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    kind: str = ""
    metric: str = ""
    name: str = ""
    title: str = ""
    digest: str = ""
    signs: tuple[str, str] = (".", "")
    notices: tuple[str, ...] = ()
    events: Array | None = None
    target_starts: Array | None = None
    form: str = ""

    @property
    def layout(self) -> Layout:
        """How new data are read, but for what the training part tells of their scale."""
        scales = () if self.scale is None else (self.scale,) * self.inputs.shape[-1]
        longest = 0 if self.target_starts is None else int(np.diff(self.target_starts).max())
        return Layout(self.kind, self.sources, self.columns, self.ahead or int(self.same), scales,
                      self.signs, longest)

    def parts(self, fraction: float, seed: int) -> tuple[Split, Split, Split]:
        """Training part, held-out part, and the steps that mean and deviation are of."""
        if self.starts is not None:
            split = Split(self.inputs, self.targets, self.starts, self.events,
                          self.target_starts)
            train, held_out = cut_sequences(split, self.each, fraction, seed)
            return train, held_out, train
        steps = len(self.inputs) - self.ahead
        last = min(held_out_count(self.counted or steps, fraction), steps)
        seen = None if self.events is None else self.events[self.ahead :]
        train, held_out = cut_stream(self.inputs[:steps], self.targets[self.ahead :], last, seen)
        upto = len(self.inputs) - last
        return train, held_out, Split(self.inputs[:upto], self.targets[:upto])


def with_targets(reading: Callable[..., Reading], columns: Sequence[Column], options: Options,
                 ) -> Reading:
    """A reading with the targets of its columns. DataError where the head does not fit them."""
    column, kind = columns[0], columns[0].kind
    head = options.head or usual_head(TARGETS[kind])
    of_numbers = targets_of(head) in OF_REALS
    if targets_of(head) == OF_FLAGS and (len(columns) > 1 or column.axes > 1):
        return reading(targets=flags_of(columns), head=head)
    if kind in column.refused[0 if of_numbers else 1]:
        due = "numbers" if of_numbers else "classes"
        raise column.error(0, f"the head {head} needs {due}, {column.name} has {kind}")
    if of_numbers:
        for each in columns:
            each.remedy = "; classes by name are read with --head softmax"
            check_amounts(each, each.reals(), options.domain)
        return reading(targets=flat(joined(columns)), head=head)
    if len(columns) != 1:
        raise DataError(f"classes are one column, not {len(columns)}", column.where)
    if options.form:
        targets, classes = column.labels(None)
        return reading(targets=targets + 1, classes=("", *classes), head=head)
    targets, classes = column.labels(options.classes, fewest=2)
    return reading(targets=targets, classes=classes, head=head)


def finish(reading: Reading, fraction: float, seed: int, where: str = "") -> Data:
    """The data of a reading, a `fraction` held out.

    Raises DataError, with `where` (default: the name), for what cannot be used.
    """
    train, held_out, fitted = reading.parts(fraction, seed)
    scales: tuple[tuple[float, float], ...] = ()
    layout = reading.layout
    if reading.symbols is None and reading.scale is None:
        mean, deviation, constant = _scale(fitted.inputs)
        deviation = np.where(constant, 1, deviation)  # such an input becomes 0, and does no harm
        layout = replace(layout, scales=tuple(zip(mean.tolist(), deviation.tolist(), strict=True)))
        train, held_out = (replace(part, inputs=(part.inputs - mean) / deviation)
                           for part in (train, held_out))
    if reading.classes is None and targets_of(reading.head) == OF_NUMBERS:
        mean, deviation, constant = _scale(fitted.inputs if reading.same else fitted.targets)
        if constant.any():
            column = dict(enumerate(reading.columns)).get(int(constant.argmax()), "")
            raise DataError("the targets of the training part are all "
                            f"{mean[constant][0]:g}: nothing to learn", reading.source,
                            column=column)
        scales = tuple(zip(mean.tolist(), deviation.tolist(), strict=True))
        if train.targets.ndim == 1:
            mean, deviation = mean[0], deviation[0]
        train, held_out = (replace(part, targets=(part.targets - mean) / deviation)
                           for part in (train, held_out))
    inputs = reading.inputs.shape[1] if reading.symbols is None else reading.symbols
    return check(Data(
        name=reading.name, title=reading.title, train=train, held_out=held_out, inputs=inputs,
        classes=reading.classes, each=reading.each, head=reading.head,
        metric=reading.metric or measured_heads()[reading.head].metric, source=reading.source,
        digest=reading.digest, scales=scales, layout=layout, notices=reading.notices,
        form=reading.form,
        scale=reading.scale or (scales[0] if len(scales) == 1 else (0.0, 1.0))), where)


def _scale(values: Array) -> tuple[Array, Array, Array]:
    """(D,) means and deviations of columns, and which of them are constant."""
    mean, deviation = moments(values if values.ndim == 2 else values[:, None])
    return mean, deviation, deviation <= 1e-12 * np.abs(mean)


def at_least(count: int, fewest: int, what: str, where: str) -> None:
    """DataError where there is too little to learn from and measure on."""
    if count < fewest:
        raise DataError(f"{count} {what} are too few; {fewest} are the least", where)
