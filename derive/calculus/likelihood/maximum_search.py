"""The highest likelihood at data: many starts, every bound that may be reached, kinks, and edges.

What comes out is called what it is: a maximum, one of many that are equal, a supremum that no
allowed value has, or a likelihood without a bound.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np

from derive.calculus.likelihood.likelihood_kinks import kink_values
from derive.calculus.likelihood.likelihood_surface import Array, Place, Surface
from derive.calculus.likelihood.surface_charts import (
    CAP,
    Chart,
    Peak,
    chart_at,
    compass,
    placed,
)

_RANDOM, _CLIMBED, _ON_FACES, _MOST_FACES = 400, 8, 4, 27
_SMOOTHED = 3  # climbs that are searched for kinks
_EQUAL = 1e-9   # of levels, relative
_APART = 0.05   # coordinates that differ by more are others
_FLAT = 1e-6    # a curvature that is smaller beside the largest
_CAPS = (8.0, 12.0, CAP)
_DRIFTED = 7.0
_AROUND = (1e-3, .03, .3, 1, 4)  # coordinates at which neighbours are tried
_ROUNDED = 1e-7  # by which plain floats may miss a level, relative
KINDS = ("maximum", "ridge", "supremum", "unbounded", "none")


@dataclass(frozen=True)
class Outcome:
    """What was seen: `kind` is one of KINDS.

    `row` has a number for each place of the surface; `edges` are the places that go to an end
    which they do not reach, with that end; `faces` those that are at an end of what is allowed.
    `local` is a maximum beside a likelihood without a bound; `second` another maximum as high.
    """

    kind: str
    row: Array
    level: float
    faces: Mapping[int, Any]
    edges: tuple[tuple[Place, float], ...] = ()
    chart: Chart | None = None
    peak: Peak | None = None
    second: Array | None = None
    local: Array | None = None
    peaks: int = 1


def highest(surface: Surface, sample_kinks: bool, rows: Array | None = None) -> Outcome:
    """The maximum of a likelihood over what is allowed, `rows` being starts beside others."""
    return _Climbs(surface, sample_kinks, rows).outcome()


def unbeaten(surface: Surface, kinks: bool, row: Array) -> bool:
    """Whether a row is allowed, and no likelier one is near it or among many starts."""
    level = float(surface.levels(row[None])[0])
    climbs = _Climbs(surface, kinks, row[None])
    chart = chart_at(surface, row, {}, climbs.size)
    moves = np.concatenate([sign * size * np.eye(len(row)) for size in _AROUND
                            for sign in (1, -1)])
    tried = np.concatenate([surface.levels(climbs.rows), chart.levels(moves)])
    return level > -np.inf and bool((tried <= level + _EQUAL * (1 + abs(level))).all())


class _Climbs:
    def __init__(self, surface: Surface, kinks: bool, rows: Array | None) -> None:
        self.surface, self.kinks = surface, kinks
        numbers = np.concatenate([np.ravel(v).astype(float) for v in surface.fixed.values()] or
                                 [np.zeros(1)])
        self.middle = float(np.median(numbers))
        self.size = float(np.std(numbers)) or abs(self.middle) or 1.0
        self.numbers = np.unique(numbers)
        starts = self.starts()
        self.rows = starts if rows is None else np.concatenate([rows, starts])

    def outcome(self) -> Outcome:
        """The best of all climbs, judged."""
        climbs = sorted(self.climbs(), key=lambda c: -c[1].level)
        if self.kinks:
            climbs = sorted((*(self.at_kinks(c, compass(c, p)) for c, p in climbs[:_SMOOTHED]),
                             *climbs[_SMOOTHED:]), key=lambda c: -c[1].level)
        climbs = self.trusted(climbs)
        if not climbs:
            return Outcome("none", np.empty(0), -np.inf, {})
        top = climbs[0][1].level
        near = [c for c in climbs if c[1].level >= top - _EQUAL * (1 + abs(top))]
        chart, peak = max(near, key=lambda c: (not self.far(*c), len(c[0].faces),
                                               c[1].settled, c[1].level))
        if self.far(chart, peak):
            return self.at_the_edge(chart, peak, climbs)
        others = [p for c, p in near if not self.far(c, p)]
        apart = [p.row for p in others if self.differ(p.row, peak.row)]
        level = [row for row in apart if self.level_between(peak, row)]
        flat = self.is_ridge(chart, peak) or bool(level)
        apart = [max(level, key=lambda row: float(np.abs(row - peak.row).sum()))] if level else \
            apart
        inner = [p for c, p in climbs if p.settled and not c.faces and not self.far(c, p)]
        return Outcome("ridge" if flat else "maximum", peak.row, peak.level, chart.faces, (),
                       chart, peak, next(iter(apart), None), peaks=self.count([peak, *inner]))

    def level_between(self, peak: Peak, row: Array) -> bool:
        """Whether the likelihood is as high all the way between two maxima."""
        shares = np.linspace(.1, .9, 5)[:, None]
        levels = self.surface.levels(peak.row + shares * (row - peak.row))
        return bool((np.abs(levels - peak.level) <= _EQUAL * (1 + abs(peak.level))).all())

    def trusted(self, climbs: list[tuple[Chart, Peak]]) -> list[tuple[Chart, Peak]]:
        """The climbs from the first on whose level the judge's numbers have, too."""
        for n, (_, peak) in enumerate(climbs):
            exact = self.exactly(peak)
            if peak.level > -np.inf and abs(exact - peak.level) <= _ROUNDED * (1 + abs(exact)):
                return climbs[n:]
        return []

    def climbs(self) -> Iterator[tuple[Chart, Peak]]:
        """Climbs within the bounds from several starts, then on every bound that is reached."""
        for row in self.chosen(self.rows, _CLIMBED):
            yield self.climb(row, {})
        for faces in self.faces():
            rows = self.chosen(self.on_faces(self.rows, faces), _ON_FACES)
            for row in rows if len(faces) < len(self.surface.places) else rows[:1]:
                yield self.climb(row, faces)

    def climb(self, row: Array, faces: Mapping[int, Any]) -> tuple[Chart, Peak]:
        """A climb, in coordinates around its end once more where that is far from the start."""
        chart = chart_at(self.surface, row, faces, self.size)
        peak = chart.climb()
        if not 1 < np.abs(peak.coordinates).max(initial=0) < _DRIFTED:
            return chart, peak
        moved = chart_at(self.surface, peak.row, faces, self.size)
        again = moved.climb()
        return (moved, again) if again.level >= peak.level else (chart, peak)

    def starts(self) -> Array:
        """Random rows that are allowed, place after place."""
        draw = np.random.default_rng(3)
        count = _RANDOM + min(len(self.numbers), 60)
        rows = np.zeros((count, len(self.surface.places)))
        with np.errstate(all="ignore"):
            for n in range(rows.shape[1]):
                low, high = self.surface.ends(rows, n)
                scale = np.where(draw.random(count) < .6, self.size, 1.0)
                away = scale * np.exp(draw.normal(size=count) * np.where(
                    draw.random(count) < .7, 1.0, 4.0))
                side = draw.choice([-1.0, 1.0], count)
                plain = np.where(draw.random(count) < .6, self.middle, 0.0) + side * away
                plain[_RANDOM:] = draw.permutation(self.numbers)[:count - _RANDOM]
                share = draw.beta(.7, .7, count)
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

    def count(self, peaks: list[Peak]) -> int:
        """How many maxima are apart."""
        kept: list[Array] = []
        for p in peaks:
            if all(self.differ(p.row, k) for k in kept):
                kept.append(p.row)
        return len(kept)

    def faces(self) -> Iterator[Mapping[int, int]]:
        """Sets of places at an end that they may reach."""
        sides: list[list[int | None]] = []
        for n, _ in enumerate(self.surface.places):
            row = self.rows[int(np.argmax(self.surface.levels(self.rows)))]
            sides.append([None, *(k for k in (0, 1) if self.surface.reaches(row, n, bool(k)))])
        made = 0
        for choice in sorted(product(*sides), key=lambda c: len(c) - c.count(None)):
            faces = {n: side for n, side in enumerate(choice) if side is not None}
            if faces and made < _MOST_FACES:
                made += 1
                yield faces

    def on_faces(self, rows: Array, faces: Mapping[int, Any]) -> Array:
        """Rows with places put at their ends."""
        return placed(self.surface, rows, faces, lambda n, low, high: rows[:, n])

    def far(self, chart: Chart, peak: Peak) -> list[int]:
        """The free places far out from where the likelihood does not fall on the way further."""
        return [n for n, u in zip(chart.free, peak.coordinates, strict=True)
                if abs(u) > _DRIFTED and self.goes_on(chart, peak, n)]

    def goes_on(self, chart: Chart, peak: Peak, n: int) -> bool:
        """Whether the likelihood is no lower where a place goes further out, the others adapted."""
        at = chart.free.index(n)
        pushed = peak.coordinates.copy()
        pushed[at] += 2 * np.sign(pushed[at])
        moved = chart.fixing(n, pushed)
        level = moved.climb(np.delete(pushed, at), CAP + 3).level
        return level >= peak.level - 1e-13 * (1 + abs(peak.level))

    def at_the_edge(self, chart: Chart, peak: Peak, climbs: list[tuple[Chart, Peak]]) -> Outcome:
        """A likelihood that grows towards an end: up to a bound, or without one."""
        far = self.far(chart, peak)
        levels = [self.level_at(chart, peak, far[0], cap) for cap in _CAPS]
        first, second = levels[1] - levels[0], levels[2] - levels[1]
        grows = second > 1e-2 and second > first / 2
        limit = levels[2] + (second**2 / (first - second) if 0 < second < first else 0)
        edges = tuple((self.surface.places[n], self.end(chart, peak, n)) for n in far)
        return Outcome("unbounded" if grows else "supremum", peak.row, limit, chart.faces, edges,
                       chart, peak, local=self.local(climbs))

    def local(self, climbs: list[tuple[Chart, Peak]]) -> Array | None:
        """The highest maximum within the bounds."""
        inner = [c for c in climbs if c[1].settled and not c[0].faces and not self.far(*c)]
        best = max(inner, key=lambda c: c[1].level, default=None)
        if best is not None and self.kinks:
            best = self.at_kinks(*best)
        return None if best is None or self.far(*best) else best[1].row

    def level_at(self, chart: Chart, peak: Peak, n: int, cap: float) -> float:
        """The highest level where a place is so far out."""
        at = chart.free.index(n)
        pushed = peak.coordinates.copy()
        pushed[at] = cap * np.sign(pushed[at])
        inner = chart.fixing(n, pushed)
        best = inner.climb(np.delete(pushed, at))
        for _ in range(2):
            moved = chart_at(self.surface, best.row, inner.faces, self.size)
            again = moved.climb()
            best = again if again.level >= best.level else best
        return self.exactly(best)

    def exactly(self, peak: Peak) -> float:
        """The level at a peak in the judge's numbers, where there are not too many of them."""
        many = sum(np.size(v) for v in self.surface.fixed.values()) > 3000
        return peak.level if many else float(self.surface.level(peak.row))

    def end(self, chart: Chart, peak: Peak, n: int) -> float:
        """The end to which a place goes."""
        low, high = (float(e[0]) for e in self.surface.ends(peak.row[None], n))
        up = peak.coordinates[chart.free.index(n)] > 0
        if np.isfinite(high):
            up = up if np.isfinite(low) else not up
        return high if up else low

    def is_ridge(self, chart: Chart, peak: Peak) -> bool:
        """Whether the likelihood is as high along a line through the maximum."""
        if not len(peak.coordinates):
            return False
        _, bend = chart.differences(peak.coordinates, peak.level)
        values, vectors = np.linalg.eigh(bend)
        weak = int(np.argmin(np.abs(values)))
        if abs(values[weak]) > _FLAT * max(1e-8, np.abs(values).max()):
            return False
        for side in (1, -1):
            moved = chart.climb(peak.coordinates + side * vectors[:, weak])
            if abs(moved.level - peak.level) > _EQUAL * (1 + abs(peak.level)) or \
                    np.abs(moved.coordinates - peak.coordinates).max() < _APART:
                return False
        return True

    def at_kinks(self, chart: Chart, peak: Peak) -> tuple[Chart, Peak]:
        """The best of the places where the likelihood has a kink, the other places climbed."""
        for _ in range(3):
            before = peak.level
            for n in [n for n in range(len(peak.row)) if n not in chart.faces or
                      isinstance(chart.faces[n], tuple)]:
                values = kink_values(self.surface, peak.row, n)
                if not len(values):
                    continue
                rows = np.tile(peak.row, (len(values), 1))
                rows[:, n] = values
                levels = self.surface.levels(rows)
                best = int(np.argmax(levels))
                if levels[best] < peak.level - _EQUAL * (1 + abs(peak.level)):
                    continue
                moved = chart.fixing(n, peak.coordinates, float(values[best]))
                again = moved.climb(np.delete(peak.coordinates, chart.free.index(n)) if
                                    n in chart.free else peak.coordinates)
                if again.level >= peak.level - _EQUAL**1.5:
                    chart, peak = moved, again
            if peak.level <= before + 1e-12 * (1 + abs(before)):
                break
        return chart, peak
