"""Two texts in the notation compared by the judge's reader: values and slopes at random points."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from itertools import product
from typing import Any

from derive.errors import EvaluationError
from derive.judge.reading.formula_reader import Reading, read
from derive.judge.reading.lazy_arrays import Point, Type, new_context

CONTEXT = new_context(30)
STEP = CONTEXT.mpf(10)**-8
POINTS = 4


def drawn(rng: random.Random, kind: Type, sizes: dict[str, int]) -> Any:
    """A random value of a type: a number, or entries by subscripts."""
    if kind.shape:
        one = Type(kind.domain, (), kind.over)
        places = product(*(range(d if isinstance(d, int) else sizes[d]) for d in kind.shape))
        return {place: drawn(rng, one, sizes) for place in places}
    if kind.domain in ("label", "index"):
        return rng.randrange(kind.over if isinstance(kind.over, int) else sizes[str(kind.over)])
    if kind.domain in ("binary", "onehot"):
        return rng.randrange(2)
    if kind.domain == "count":
        return rng.randrange(1, 6)
    low, high = (-1.5, 1.5) if kind.domain == "real" else (0.1, 0.9)
    return CONTEXT.mpf(rng.uniform(low, high))


def points(readings: Iterable[Reading], seed: int) -> Iterator[Point]:
    """Random points at which some readings may be compared."""
    readings = list(readings)
    types = {name: kind for reading in readings for name, kind in reading.types.items()}
    dims = {d for reading in readings for d in reading.names.dims.values() if isinstance(d, str)}
    letters = {name: letter.over for reading in readings
               for name, letter in reading.letters.items()}
    for turn in range(POINTS):
        rng = random.Random(f"{seed} {turn}")
        sizes = {dim: rng.randrange(2, 5) for dim in sorted(dims)}
        values = {name: drawn(rng, kind, sizes) for name, kind in sorted(types.items())}
        assert all(over is not None for over in letters.values())
        yield Point(sizes, values, {"g": lambda ctx, u, order: ctx.sin(u + order*ctx.pi/2)})


def same_meaning(first: str, second: str, given: Iterable[str], seed: int = 0) -> bool:
    """Whether two texts have the same values, and slopes by all real names, where both have one.

    At some points at least they have to have one.
    """
    lines = list(given)
    one, other = read(first, lines), read(second, lines)
    if len(one.shape) != len(other.shape):
        return False
    compared = 0
    for point in points((one, other), seed):
        if point.shape(one.shape) != point.shape(other.shape):
            return False
        for place in product(*(range(n) for n in point.shape(one.shape))):
            pair = [_numbers(reading, point, place) for reading in (one, other)]
            if pair[0] is None or pair[1] is None:
                if pair[0] is not pair[1]:
                    return False
                continue
            compared += 1
            if not all(_close(a, b) for a, b in zip(*pair, strict=True)):
                return False
    return compared > 0


def _numbers(reading: Reading, point: Point, place: tuple[int, ...]) -> list[Any] | None:
    """The value and the slopes by every real number of a point; None where there is no value."""
    try:
        return [reading.value(point, CONTEXT, place), *(
            (reading.value(point.moved(*move, STEP), CONTEXT, place)
             - reading.value(point.moved(*move, -STEP), CONTEXT, place))/(2*STEP)
            for move in _moves(reading, point))]
    except EvaluationError:
        return None


def _moves(reading: Reading, point: Point) -> Iterator[tuple[str, tuple[int, ...]]]:
    for name, value in sorted(point.values.items()):
        if not reading.types[name].continuous:
            continue
        yield from ((name, place) for place in value) if isinstance(value, dict) else [(name, ())]


def _close(a: Any, b: Any) -> bool:
    return bool(abs(a - b) <= CONTEXT.mpf(10)**-12*(1 + abs(b)))
