"""Where matrices stand in stacks of them, and what is noted of those that cannot serve.

Shared by the functions of plain and of wide numbers.
"""

from __future__ import annotations

import math
import threading
from typing import Any

import numpy as np

Stack = np.ndarray[Any, Any]  # matrices along the last two axes
REFUSED = threading.local()


def refuse(bad: Stack, stack: int, text: str) -> None:
    """Notes the examples that have a bad matrix; the call raises for them when a block is done."""
    if np.any(bad) and hasattr(REFUSED, "rows"):
        rows = np.flatnonzero(by_example(bad, stack))
        REFUSED.rows = [*REFUSED.rows, *((int(row), text) for row in rows)]


def by_example(values: Stack, stack: int) -> Any:
    """The largest value of each example; of all of them, where they share their matrices."""
    values = np.asarray(values)
    if values.ndim <= stack:
        return values.max(initial=0, keepdims=True).reshape(-1)
    return values.reshape(len(values), -1).max(axis=1, initial=0)


def columned(b: Stack, columns: int) -> Any:
    """Right sides with one axis of columns behind the rows."""
    return b[..., None] if not columns else b if columns == 1 else \
        b.reshape(*b.shape[:b.ndim - columns], math.prod(b.shape[b.ndim - columns:]))


def uncolumned(x: Stack, like: Stack, columns: int) -> Any:
    """Solutions with the columns' own axes."""
    return x[..., 0] if not columns else x if columns == 1 else \
        x.reshape(*x.shape[:-1], *like.shape[like.ndim - columns:])
