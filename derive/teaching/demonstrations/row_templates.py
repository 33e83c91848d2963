"""Texts with {names} in them, filled with numbers and data; rows of a table, one for each entry."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

from derive.errors import DataFileError
from derive.teaching.demonstrations.measuring import Value, shown, typed

_HOLE = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class Filling:
    """What may stand in the place of a name: `values` that were computed, `data` as typed.

    `digits` are the decimal places of the values, `where` the block, for messages.
    """

    values: Mapping[str, Value]
    data: Mapping[str, Any]
    digits: Mapping[str, int]
    where: str

    def text(self, name: str, at: Sequence[int] = ()) -> str:
        """A number, or the entry of its lists at these places.

        Raises DataFileError for a name that is none.
        """
        if name in self.values:
            return shown(self.entry(self.values[name], at), self.digits[name])
        if name in self.data:
            return typed(self.entry(self.data[name], at))
        raise DataFileError(f"{self.where}: there is no number {name!r}")

    def entry(self, value: Value, at: Sequence[int]) -> Value:
        """The entry of lists within lists; a number is the same everywhere."""
        for place in at:
            value = value[place] if isinstance(value, (list, tuple)) else value
        return value


def filled_row(cells: Sequence[str], filling: Filling) -> tuple[str, ...]:
    """Cells with what their names stand for."""
    return tuple(_HOLE.sub(lambda hole: filling.text(hole[1]), cell.strip()) for cell in cells)


def rows_of_data(template: Sequence[Sequence[str]], each: Sequence[str], first: int,
                 filling: Filling) -> tuple[tuple[str, ...], ...]:
    """The row of a template, again for each entry of what it names.

    `each` are the names of the places of an entry, outer ones first, counted from `first`. Raises
    DataFileError where the template is not one row or what it names is not of one shape.
    """
    if len(template) != 1:
        raise DataFileError(f"{filling.where}: rows for each {', '.join(each)} are made of one row")
    named = [name for cell in template[0] for name in _HOLE.findall(cell) if name not in each]
    shapes = {shape for name in named
              if (shape := tuple(_lengths({**filling.data, **filling.values}.get(name, 0),
                                          len(each))))}
    if len(shapes) != 1:
        raise DataFileError(f"{filling.where}: what stands in a row for each {', '.join(each)} "
                            "should be lists of the same length")
    return tuple(_filled(template[0], dict(zip(each, at, strict=True)), first, filling)
                 for at in product(*map(range, *shapes)))


def _lengths(value: Value, depth: int) -> Iterator[int]:
    """The lengths of lists within lists, as deep as that."""
    while depth and isinstance(value, (list, tuple)):
        yield len(value)
        value, depth = value[0], depth - 1


def _filled(cells: Sequence[str], at: Mapping[str, int], first: int, filling: Filling,
            ) -> tuple[str, ...]:
    places = tuple(at.values())
    return tuple(_HOLE.sub(lambda hole: str(at[hole[1]] + first) if hole[1] in at
                           else filling.text(hole[1], places), cell.strip()) for cell in cells)
