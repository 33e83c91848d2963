"""Values that stand under the names of a file: labels, flags, numbers, with their places."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from derive.errors import DataError
from derive.training.tasks.amount_domains import first_wrong
from derive.training.tasks.task_data import OF_CLASSES, OF_FLAGS, OF_NUMBERS, Array

NAMES, FLAGS, INTEGERS, NUMBERS = "names", "flags", "whole numbers", "numbers"
LISTS, CELLS = "lists of numbers", "cells of a table"
# The kinds of values, and what a target of that kind is of unless a head is named.
TARGETS = {NAMES: OF_CLASSES, FLAGS: OF_FLAGS, INTEGERS: OF_CLASSES, NUMBERS: OF_NUMBERS,
           LISTS: OF_NUMBERS, CELLS: OF_NUMBERS}


class Column:
    """Values that stand under one name of a file, with their places for errors.

    `lines` are counted in units such as lines and rows. `kind` is one of TARGETS; `refused` are
    the kinds that a head of numbers, and one of classes, does not take.
    """

    kind: str
    unit = "line"
    remedy = ""  # what is written behind the error of a cell that is text
    refused: tuple[tuple[str, ...], tuple[str, ...]] = ((NAMES, FLAGS), (NUMBERS, LISTS))

    def __init__(self, where: str, name: str, values: Sequence[Any], lines: Sequence[int]) -> None:
        self.where, self.name, self.values, self.lines = where, name, values, lines

    @property
    def axes(self) -> int:
        """1, or 2 where each value is a list of numbers."""
        return 1 + (self.kind == LISTS)

    def reals(self) -> Array:
        """(N, D) finite reals. DataError at what is none."""
        raise NotImplementedError

    def names(self) -> Sequence[str]:
        """The values as names of classes."""
        return self.values

    def error(self, n: int, message: str) -> DataError:
        """The error of value number n."""
        return DataError(message, self.where, self.lines[n], self.name, self.unit)

    def labels(self, known: tuple[str, ...] | None, fewest: int = 1,
               ) -> tuple[Array, tuple[str, ...]]:
        """(N,) numbers of the names, and the names that they count.

        DataError at an empty name, at one that is not `known`, and where there are fewer than
        `fewest` different ones.
        """
        names = self.names()
        if "" in names:
            raise self.error(list(names).index(""), "the label is empty")
        classes = ordered(set(names)) if known is None else known
        places = {name: place for place, name in enumerate(classes)}
        for n, name in enumerate(names):
            if name not in places:
                few = ", ".join(classes[:6]) + (", …" if len(classes) > 6 else "")
                raise self.error(n, f"{name!r} is none of the {len(classes)} known labels ({few})")
        if len(classes) < fewest:
            raise DataError(f"all targets are {classes[0]!r}: nothing to learn", self.where)
        return np.array([places[name] for name in names], np.int64), classes


def ordered(names: set[str]) -> tuple[str, ...]:
    """Names in order: as numbers where all are whole numbers, else by their code points."""
    try:
        return tuple(sorted(names, key=lambda name: (int(name), name)))
    except ValueError:
        return tuple(sorted(names))


def flags_of(columns: Sequence[Column]) -> Array:
    """(N, K) several flags a target, 0 or 1. DataError at another value."""
    for column in columns:
        column.remedy = "; several flags a target are 0 or 1"
        values = column.reals()
        wrong = np.flatnonzero(((values != 0) & (values != 1)).any(1))
        if len(wrong):
            n = int(wrong[0])
            raise column.error(n, f"{values[n].max():g} is no flag; several flags a target are 0 "
                                  "or 1")
    return joined(columns)


def check_amounts(column: Column, values: Array, domain: str) -> None:
    """Raises DataError, with row and column, for a target that a loss of such targets has not."""
    wrong = first_wrong(values, domain)
    if wrong is not None:
        raise column.error(*wrong)


def events_of(column: Column) -> Array:
    """(N,) whether each target was seen. DataError at what is neither 0 nor 1."""
    if column.kind in (NAMES, LISTS):
        raise column.error(0, f"{column.kind}; an event is 1 (seen) or 0 (cut off)")
    values = np.array([float(v) for v in column.values]) if column.kind == FLAGS and \
        len(column.values) else column.reals()[:, 0]
    wrong = np.flatnonzero((values != 0) & (values != 1))
    if len(wrong):
        raise column.error(int(wrong[0]), f"{values[wrong[0]]:g} is no event: 1 is seen, 0 cut off")
    return values


def joined(columns: Sequence[Column]) -> Array:
    """(N, D) the reals of one column, or of several side by side.

    Several are laid out in memory one after another: the sum of each is its own to the last bit.
    """
    parts = [column.reals() for column in columns]
    return parts[0] if len(parts) == 1 else np.asfortranarray(np.concatenate(parts, 1))


def flat(values: Array) -> Array:
    """(N,) in place of (N, 1)."""
    return values[:, 0] if values.shape[1:] == (1,) else values
