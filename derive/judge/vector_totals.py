"""Totals of a formula over all entries of a vector or matrix, for the independent judge.

Entries that do not interact belong to factors of their own: the total of a product is the product
of the totals. Which interact is seen by numbers, at random places: f(x, y) f(x', y') is
f(x, y') f(x', y) where they do not. A factor of two or three entries is summed over a grid whose
places are moved from one sum to the next; two sums that agree bound each other's error.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import combinations, product
from typing import Any, NamedTuple

from derive.deferred_dataclass import dataclass
from derive.errors import EvaluationError, NotationError, TooManyDimensionsError
from derive.judge.factor_grids import over_grid
from derive.judge.precision import Number, mp, mpf
from derive.judge.slow_sums import sum_up
from derive.limits import tick

CONTINUOUS = {"real": ("-inf", "inf"), "positive": ("0", "inf"), "nonnegative": ("0", "inf"),
              "negative": ("-inf", "0"), "probability": ("0", "1")}
_MOST_VALUES = 3000  # of a vector of whole numbers
_MOST_ENTRIES = 40   # of a vector whose entries are told apart
_TRIALS = 5          # random places at which two entries are seen to interact
_COARSE = 8          # digits to which a factor of several entries is computed
Spot = tuple[int, ...]
Places = tuple[Spot, ...]


class Entries(NamedTuple):
    """The kind of a vector's entries, its shape, the number of classes, the largest count."""

    domain: str
    shape: tuple[int, ...]
    over: int = 0
    largest: int | None = None


Formula = Callable[[Mapping[Any, Any]], Any]
Along = Callable[[Callable[[Any], Any], tuple[str, str]], Any]  # an integral over vectors on a line


def total_over(entries: Entries, formula: Formula, along: Along, digits: int) -> Any:
    """The integral or sum of a formula over all vectors; `along` integrates over those on a line.

    Raises TooManyDimensionsError where that is beyond what is computed to those digits.
    """
    places = tuple(product(*map(range, entries.shape)))
    if entries.domain in ("simplex", "onehot"):
        return _of_row(entries, formula, along, places, digits)
    if entries.domain in CONTINUOUS or (entries.domain in ("count", "integer")
                                        and entries.largest is None):
        return _Factors(entries, formula, along, places, digits).total()
    top = {"binary": 1, "count": entries.largest}.get(entries.domain, entries.over - 1)
    if top is None or entries.domain in ("integer", "index"):
        raise NotationError("nothing bounds the entries")
    if (top + 1) ** len(places) > _MOST_VALUES:
        return _Factors(entries, formula, along, places, digits, top).total()
    return mp.fsum(formula(dict(zip(places, v, strict=True)))
                   for v in product(range(top + 1), repeat=len(places)))


def _of_row(entries: Entries, formula: Formula, along: Along, places: Places,
            digits: int) -> Any:
    """Over the vectors of a simplex, or over those with a single 1."""
    if len(entries.shape) > 1:
        raise TooManyDimensionsError("no total over several rows")
    if entries.domain == "onehot":
        return mp.fsum(formula({p: int(p == hot) for p in places}) for hot in places)
    if len(places) == 1:
        return formula({places[0]: mpf(1)})
    if len(places) == 2:
        return along(lambda x: dict(zip(places, (x, 1 - x), strict=True)), ("0", "1"))
    if len(places) > 3 or digits > _COARSE:
        raise TooManyDimensionsError("no quadrature over a simplex of so many entries")

    def broken(values: Sequence[Number]) -> Any:
        first, part = values
        rest = 1 - first
        return rest * formula(dict(zip(places, (first, rest * part, rest * (1 - part)),
                                       strict=True)))

    return over_grid(broken, ["probability"] * 2)


@dataclass(frozen=True)
class _Factors:
    """A formula as a product of factors, each of some of the entries."""

    entries: Entries
    formula: Formula
    line: Along
    places: Places
    digits: int
    top: int | None = None  # the largest value, where there is one

    def total(self) -> Any:
        """The total over all entries. Raises TooManyDimensionsError, EvaluationError."""
        if len(self.places) > _MOST_ENTRIES:
            raise TooManyDimensionsError("no total over so many entries")
        if len(self.places) == 1:
            return self.along({}, self.places[0])
        start = self.start()
        middle = self.formula(start)
        total = mpf(1)
        for n, factor in enumerate(self.factors(start)):
            part = self.over(start, factor)
            total *= part if n == 0 else part / middle
        return total

    def start(self) -> dict[Any, Any]:
        """Entries at which the formula is largest among some; raises EvaluationError for none."""
        best: tuple[Any, dict[Any, Any]] | None = None
        for values in self.some(40, 1):
            size = self.value(values)
            if size and (best is None or size > best[0]):
                best = size, values
        if best is None:
            raise EvaluationError("no entries are known at which the formula is positive")
        return best[1]

    def some(self, count: int, seed: int) -> Iterator[dict[Any, Any]]:
        """Random vectors."""
        draw = random.Random(seed)
        for _ in range(count):
            yield {p: self.drawn(draw) for p in self.places}

    def drawn(self, draw: random.Random) -> Any:
        """A random value of an entry."""
        domain = self.entries.domain
        if self.top is not None:
            return draw.randrange(self.top + 1)
        if domain in ("count", "integer"):
            return draw.randrange(4) - (2 if domain == "integer" else 0)
        part = mpf(draw.randrange(1, 2**12)) / 2**12
        if domain == "probability":
            return part
        value = part * draw.choice((1, 3))
        return -value if domain == "negative" or (
            domain == "real" and draw.random() < 0.5) else value

    def value(self, values: Mapping[Spot, Number]) -> Any:
        """The formula, 0 where it has no value."""
        tick("integrating over a vector")
        try:
            return self.formula(values)
        except EvaluationError:
            return mpf(0)

    def factors(self, start: Mapping[Spot, Number]) -> list[list[Any]]:
        """Groups of entries; those of different groups do not interact."""
        group = {p: [p] for p in self.places}
        for a, b in combinations(self.places, 2):
            if group[a] is not group[b] and self.interact(a, b, start):
                joined = group[a] + group[b]
                group |= dict.fromkeys(joined, joined)
        return list({id(g): g for g in group.values()}.values())

    def interact(self, a: Spot, b: Spot, start: Mapping[Spot, Number]) -> bool:
        """Whether the formula is no product of one in an entry and one in another."""
        for n, (first, second) in enumerate(zip(self.some(_TRIALS, 2), self.some(_TRIALS, 3),
                                                strict=True)):
            rest = start if n == 0 else {**start, **first} if n % 2 else {**start, **second}
            corners = [self.value({**rest, a: x[a], b: y[b]})
                       for x in (first, second) for y in (first, second)]
            straight, crossed = corners[0] * corners[3], corners[1] * corners[2]
            if abs(straight - crossed) > mpf(10) ** -(self.digits - 1) * max(
                    abs(straight), abs(crossed)):
                return True
        return False

    def over(self, start: Mapping[Spot, Number], factor: Sequence[Spot]) -> Any:
        """The total over the entries of one factor, the others as they are."""
        if len(factor) == 1:
            return self.along(start, factor[0])
        domain = self.entries.domain
        if self.top is not None and (self.top + 1) ** len(factor) <= _MOST_VALUES:
            return mp.fsum(self.formula({**start, **dict(zip(factor, v, strict=True))})
                           for v in product(range(self.top + 1), repeat=len(factor)))
        if domain not in CONTINUOUS or len(factor) > 3 or self.digits > _COARSE:
            raise TooManyDimensionsError("no total over so many entries that hang together")
        return over_grid(lambda values: self.value({**start, **dict(zip(
            factor, values, strict=True))}), [domain] * len(factor))

    def along(self, start: Mapping[Spot, Number], place: Spot) -> Any:
        """The total over one entry."""
        def at(x: Number) -> Any:
            return self.formula({**start, place: x})

        if self.top is not None:
            return mp.fsum(at(n) for n in range(self.top + 1))
        if self.entries.domain in CONTINUOUS:
            return self.line(lambda x: {**start, place: x}, CONTINUOUS[self.entries.domain])
        total = sum_up(lambda n: at(int(n)), 0, self.digits)
        return total if self.entries.domain == "count" else \
            total + sum_up(lambda n: at(-int(n)), 1, self.digits)
