"""Readings without targets of their own: the next input is predicted, or all are explained."""

from __future__ import annotations

import numpy as np

from derive.tables.cell_table import targets_of, usual_head
from derive.training.tasks.readings import Reading
from derive.training.tasks.task_data import OF_AMOUNTS, OF_CLASSES, OF_NUMBERS, Array
from derive.training.tasks.value_columns import flat


def next_step(source: str, inputs: Array, symbols: tuple[str, ...] | None,
              starts: Array | None, title: str, head: str = "") -> Reading:
    """A reading whose targets are the inputs one step later, in each sequence (of 2 or more).

    With a `head` of amounts the targets stay in their units.
    """
    amounts = symbols is None and targets_of(head) == OF_AMOUNTS
    count = len(inputs)
    edges = np.array([0, count]) if starts is None else starts
    first, last = np.ones(count, bool), np.ones(count, bool)
    first[edges[:-1]] = False
    last[edges[1:] - 1] = False
    return Reading(
        source, inputs[last], flat(inputs[first]), symbols=symbols, classes=symbols, same=True,
        starts=None if starts is None else starts - np.arange(len(starts)), title=title,
        head=head if amounts else usual_head(OF_CLASSES if symbols else OF_NUMBERS),
        metric="bits" if symbols else "")


def explained(source: str, inputs: Array, symbols: tuple[str, ...] | None, starts: Array | None,
              title: str) -> Reading:
    """A reading without targets: the inputs stand in their place."""
    return Reading(
        source, inputs, flat(inputs), symbols=symbols, classes=symbols, starts=starts, title=title,
        head=usual_head(OF_CLASSES if symbols else OF_NUMBERS))
