"""The greatest and the least point of a sampled curve, searched between its samples."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

_SMALLER = (math.sqrt(5) - 1) / 2  # of a section, in golden ratio
_NEAR = 1e-9  # of the width between samples
Points = list[tuple[float, float]]


def with_extremes(points: Sequence[tuple[float, float]], height: Callable[[float], float],
                  ) -> Points:
    """The points of a curve, and between them its greatest and its least one.

    Where the greatest or least sample has neighbours with heights on both sides, the place is
    searched between these by golden section; elsewhere, at ends and jumps, a sample is all there
    is. The curve is taken to have one turn between neighbours.
    """
    above = _with_greatest(points, height)
    below = _with_greatest([(x, -y) for x, y in above], lambda x: -height(x))
    return [(x, -y) for x, y in below]


def _with_greatest(points: Sequence[tuple[float, float]], height: Callable[[float], float],
                   ) -> Points:
    kept = list(points)
    known = [n for n, (_, y) in enumerate(kept) if math.isfinite(y)]
    at = max(known, key=lambda n: kept[n][1])
    if not 0 < at < len(kept) - 1:
        return kept
    (low, before), (middle, best), (high, after) = kept[at - 1: at + 2]
    if not all(map(math.isfinite, (before, after))) or not low < middle < high:
        return kept
    place = _searched(height, low, high)
    if height(place) > best:
        kept.insert(at + (place > middle), (place, height(place)))
    return kept


def _searched(height: Callable[[float], float], low: float, high: float) -> float:
    """The place of the greatest height between two numbers."""
    end = _NEAR * (high - low)
    left, right = high - _SMALLER * (high - low), low + _SMALLER * (high - low)
    at_left, at_right = height(left), height(right)
    while high - low > end:
        if at_left > at_right:
            high, right, at_right = right, left, at_left
            left = high - _SMALLER * (high - low)
            at_left = height(left)
        else:
            low, left, at_left = left, right, at_right
            right = low + _SMALLER * (high - low)
            at_right = height(right)
    return (low + high) / 2
