"""Which numbers are counts, positive amounts, probabilities."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from derive.training.tasks.task_data import Array

_ROUNDED = 1e-3  # how far from 1 the sum of probabilities with a few digits may be

AMOUNTS: dict[str, tuple[str, Callable[[Array], Array]]] = {
    "count": ("counts, 0, 1, 2, …", lambda y: (y < 0) | (y != np.floor(y))),
    "nonnegative": ("numbers of at least 0", lambda y: y < 0),
    "positive": ("numbers above 0", lambda y: y <= 0),
    "simplex": ("probabilities that add up to 1", lambda y: (y < 0) | (
        np.abs(y.sum(-1, keepdims=True) - 1) > _ROUNDED)),
    "probability": ("numbers between 0 and 1", lambda y: (y <= 0) | (y >= 1))}


def first_wrong(values: Array, domain: str) -> tuple[int, str] | None:
    """The first row of which a number is not in a domain, and what is wrong with it."""
    if domain not in AMOUNTS:
        return None
    due, outside = AMOUNTS[domain]
    wrong = outside(values)
    rows = np.flatnonzero(wrong.reshape(len(values), -1).any(1))
    if not len(rows):
        return None
    row = int(rows[0])
    return row, (f"{values[row][wrong[row]].flat[0]:g} is none of the {due}, that the loss takes; "
                 "choose another --head, or mend the data")
