"""Where a search for the highest likelihood starts: random rows that are allowed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from derive.calculus.likelihood.search.likelihood_surface import Array, Surface
from derive.calculus.likelihood.search.surface_charts import placed

_RANDOM = 400
_APART = 0.05   # rows that differ by less, relative, are taken for one


class Starts:
    """Rows of numbers within the bounds, beside some that are given; the size of the data."""

    def __init__(self, surface: Surface, rows: Array | None) -> None:
        self.surface = surface
        numbers = np.concatenate([np.ravel(v).astype(float) for v in surface.fixed.values()] or
                                 [np.zeros(1)])
        self.middle = float(np.median(numbers))
        self.size = float(np.std(numbers)) or abs(self.middle) or 1.0
        self.numbers = np.unique(numbers)
        starts = self.starts()
        self.rows = starts if rows is None else np.concatenate([rows, starts])

    def starts(self) -> Array:
        """Random rows that are allowed, place after place."""
        draw = np.random.default_rng(3)
        count = _RANDOM + min(len(self.numbers), 60)
        rows = np.zeros((count, len(self.surface.places)))
        with np.errstate(all="ignore"):
            for n in range(rows.shape[1]):
                low, high = self.surface.ends(rows, n)
                scale = np.where(draw.random(count) < .6, self.size, 1.0)
                odds = np.log(1 / draw.random(count) - 1) / 2
                away = scale * np.exp(odds * np.where(draw.random(count) < .7, 1.0, 4.0))
                plain = np.where(draw.random(count) < .6, self.middle, 0.0) + \
                    draw.choice([-1.0, 1.0], count) * away
                plain[_RANDOM:] = draw.permutation(self.numbers)[:count - _RANDOM]
                share = np.sin(np.pi / 2 * draw.random(count)) ** 2
                rows[:, n] = np.select(
                    [np.isfinite(low) & np.isfinite(high), np.isfinite(low), np.isfinite(high)],
                    [low + (high - low) * share, low + away, high - away], plain)
        return rows

    def chosen(self, rows: Array, count: int) -> list[Array]:
        """The likeliest rows, none close to another, and some others."""
        levels = self.surface.levels(rows)
        order = [n for n in np.argsort(-levels, kind="stable") if levels[n] > -np.inf]
        kept: list[Array] = []
        for n in [*order[:40], *order[40::25]]:
            if len(kept) < count and all(self.differ(rows[n], k, .2) for k in kept):
                kept.append(rows[n])
        return kept or [rows[n] for n in order[:1]]

    def differ(self, a: Array, b: Array, by: float = _APART) -> bool:
        """Whether two rows are apart, measured by their size and that of the data."""
        gap = np.abs(a - b)
        return bool((gap > by * np.minimum(np.maximum(np.abs(a), np.abs(b)) + 1e-12,
                                           self.size + np.abs(a))).any())

    def on_faces(self, faces: Mapping[int, Any]) -> Array:
        """Rows with places put at their ends."""
        return placed(self.surface, self.rows, faces, lambda n, low, high: self.rows[:, n])
