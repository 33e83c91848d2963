"""Names of classes and symbols to numbers, and what a head is measured by."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from derive.errors import DataError
from derive.tables.cell_table import measured_heads
from derive.training.tasks.task_data import Array


def ordered(names: set[str]) -> tuple[str, ...]:
    """Names in order: as numbers where all are whole numbers, else by their code points."""
    try:
        return tuple(sorted(names, key=lambda name: (int(name), name)))
    except ValueError:
        return tuple(sorted(names))


def as_labels(names: Sequence[str], known: tuple[str, ...] | None, where: str,
              lines: Sequence[int], column: str, fewest: int = 1,
              unit: str = "line") -> tuple[Array, tuple[str, ...]]:
    """(N,) numbers of the names, and the names that they count.

    `lines` are those of the file, for errors. DataError at an empty name, at one that is not
    `known`, and where there are fewer than `fewest` different ones.
    """
    if "" in names:
        raise DataError("the label is empty", where, lines[list(names).index("")], column, unit)
    found = ordered(set(names)) if known is None else known
    table = {name: number for number, name in enumerate(found)}
    for n, name in enumerate(names):
        if name not in table:
            raise DataError(f"{name!r} is none of the {len(found)} known labels "
                            f"({_few(found)})", where, lines[n], column, unit)
    if len(found) < fewest:
        raise DataError(f"all targets are {found[0]!r}: nothing to learn", where)
    return np.array([table[name] for name in names], np.int64), found


def _few(names: Sequence[str]) -> str:
    return ", ".join(names[:6]) + (", …" if len(names) > 6 else "")


def default_metric(head: str) -> str:
    """The metric of a head where no symbol is predicted from those before it."""
    return measured_heads()[head].metric
