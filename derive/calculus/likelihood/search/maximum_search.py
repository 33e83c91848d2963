"""The highest likelihood at data: many starts, every bound that may be reached, kinks, and edges.

What comes out is called what it is: a maximum, one of many that are equal, a supremum that no
allowed value has, or a likelihood without a bound.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np

from derive.calculus.likelihood.search.likelihood_edges import FAR, Edges
from derive.calculus.likelihood.search.likelihood_kinks import kink_values
from derive.calculus.likelihood.search.likelihood_surface import Array, Place, Surface
from derive.calculus.likelihood.search.search_starts import Starts
from derive.calculus.likelihood.search.surface_charts import Chart, Peak, chart_at, compass

Climb = tuple[Chart, Peak]
_CLIMBED, _ON_FACES, _MOST_FACES = 8, 4, 27
_SMOOTHED = 3  # climbs that are searched for kinks
_EQUAL = 1e-9   # of levels, relative
_APART = 0.05   # coordinates that differ by more are others
_FLAT = 1e-6    # a curvature that is smaller beside the largest
_AROUND = (1e-3, .03, .3, 1, 4)  # coordinates at which neighbours are tried
_SPIKE = 100.0  # the logarithm of a density, in units of the data, that is none of a maximum
_ROUNDED = 1e-7  # by which plain floats may miss a level, relative
KINDS = ("maximum", "ridge", "supremum", "unbounded", "none", "lost")


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


@np.errstate(all="ignore")  # what is no number is no maximum either
def highest(surface: Surface, sample_kinks: bool, rows: Array | None = None) -> Outcome:
    """The maximum of a likelihood over what is allowed, `rows` being starts beside others."""
    return _Climbs(surface, sample_kinks, rows).outcome()


@np.errstate(all="ignore")
def unbeaten(surface: Surface, kinks: bool, row: Array) -> bool:
    """Whether a row is allowed, and no likelier one is near it or among many starts."""
    level = float(surface.levels(row[None])[0])
    climbs = _Climbs(surface, kinks, row[None])
    ends = [surface.ends(row[None], n) for n in range(len(row))]
    faces = {n: int(row[n] == high[0]) for n, (low, high) in enumerate(ends)
             if row[n] in (low[0], high[0])}
    chart = chart_at(surface, row, faces, climbs.size)
    moves = np.concatenate([sign * size * np.eye(len(chart.free)) for size in _AROUND
                            for sign in (1, -1)])
    shifts = np.concatenate([sign * size * climbs.size * np.eye(len(row)) for size in _AROUND
                             for sign in (1, -1)])
    tried = np.concatenate([surface.levels(climbs.rows), chart.levels(moves),
                            surface.levels(row + shifts)])
    return level > -np.inf and bool((tried <= level + _EQUAL * (1 + abs(level))).all())


class _Climbs:
    def __init__(self, surface: Surface, kinks: bool, rows: Array | None) -> None:
        self.surface, self.kinks = surface, kinks
        self.starts = Starts(surface, rows)
        self.size, self.rows = self.starts.size, self.starts.rows
        self.edges = Edges(surface, self.size)

    def outcome(self) -> Outcome:
        """The best of all climbs, judged."""
        made = self.all_climbs()
        climbs = self.trusted(made)
        if not climbs:
            return self.beyond_floats(made)
        top = climbs[0][1].level
        near = [c for c in climbs if c[1].level >= top - _EQUAL * (1 + abs(top))]
        chart, peak = max(near, key=lambda c: (not self.edges.far(*c), len(c[0].faces),
                                               c[1].settled, c[1].level))
        if self.edges.far(chart, peak):
            return self.at_the_edge(chart, peak, climbs)
        if self.is_spike(peak):
            return Outcome("lost", peak.row, peak.level, chart.faces)
        level, others = self.apart(near, peak)
        flat = self.is_ridge(chart, peak) or bool(level)
        peaks = [peak, *(p for _, p in self.inner(climbs))]
        return Outcome("ridge" if flat else "maximum", peak.row, peak.level, chart.faces, (),
                       chart, peak, next(iter((*level, *others)), None), peaks=self.count(peaks))

    def is_spike(self, peak: Peak) -> bool:
        """Whether an observation is so likely as a density is only on its way to infinity."""
        count = self.surface.point.size(self.surface.sample.dim)
        return peak.level / count + math.log(self.size) > _SPIKE

    def apart(self, near: list[Climb], peak: Peak) -> tuple[list[Array], list[Array]]:
        """Other maxima as high, the furthest first: with all between as high, and without."""
        rows = [p.row for c, p in near if self.starts.differ(p.row, peak.row)
                and not self.edges.far(c, p)]
        rows.sort(key=lambda row: -float(np.abs(row - peak.row).sum()))
        flat = [self.level_between(peak, row) for row in rows]
        return ([r for r, f in zip(rows, flat, strict=True) if f],
                [r for r, f in zip(rows, flat, strict=True) if not f])

    def all_climbs(self) -> list[Climb]:
        """All climbs, the highest first; the best of them searched for kinks, or gone on with."""
        climbs = sorted(self.climbs(), key=lambda c: -c[1].level)
        best = [self.at_kinks(c, compass(c, p)) if self.kinks else self.settled(c, p)
                for c, p in climbs[:_SMOOTHED]]
        return sorted((*best, *climbs[_SMOOTHED:]), key=lambda c: -c[1].level)

    def settled(self, chart: Chart, peak: Peak) -> Climb:
        """A climb that came to no end, by other steps."""
        if peak.settled or self.edges.far(chart, peak):
            return chart, peak
        return self.climb(compass(chart, peak).row, chart.faces)

    def inner(self, climbs: list[Climb]) -> list[Climb]:
        """Maxima within the bounds."""
        return [c for c in climbs if c[1].settled and not c[0].faces and not self.edges.far(*c)]

    def level_between(self, peak: Peak, row: Array) -> bool:
        """Whether the likelihood is as high all the way between two maxima."""
        shares = np.linspace(.1, .9, 5)[:, None]
        levels = self.surface.levels(peak.row + shares * (row - peak.row))
        return bool((np.abs(levels - peak.level) <= _EQUAL * (1 + abs(peak.level))).all())

    def beyond_floats(self, climbs: list[Climb]) -> Outcome:
        """What is known where plain floats lose the level of every climb."""
        kept = [c for c in climbs if c[1].level > -np.inf and len(c[1].coordinates)]
        if not kept:
            return Outcome("none", np.empty(0), -np.inf, {})
        chart, peak = kept[0]
        inner = [chart.climb(cap=cap) for cap in (1.0, 2.0, 3.0)]
        levels = [self.edges.exactly(p) for p in inner]
        far = {n: int(np.sign(u)) for n, u in zip(chart.free, inner[-1].coordinates, strict=True)
               if abs(u) >= 3}
        grows = far and levels[2] - levels[1] > max(.1, (levels[1] - levels[0]) / 2)
        return Outcome("unbounded" if grows else "lost", peak.row, levels[-1], chart.faces,
                       self.edges.ends(peak, far), chart, peak)

    def trusted(self, climbs: list[Climb]) -> list[Climb]:
        """The climbs from the first on whose level the judge's numbers have, too."""
        for n, (_, peak) in enumerate(climbs):
            exact = self.edges.exactly(peak)
            if peak.level > -np.inf and abs(exact - peak.level) <= _ROUNDED * (1 + abs(exact)):
                return climbs[n:]
        return []

    def climbs(self) -> Iterator[Climb]:
        """Climbs within the bounds from several starts, then on every bound that is reached."""
        for row in self.starts.chosen(self.rows, _CLIMBED):
            yield self.climb(row, {})
        for faces in self.faces():
            rows = self.starts.chosen(self.starts.on_faces(faces), _ON_FACES)
            for row in rows if len(faces) < len(self.surface.places) else rows[:1]:
                yield self.climb(row, faces)

    def climb(self, row: Array, faces: Mapping[int, Any]) -> Climb:
        """A climb, in coordinates around its end once more where that is far from the start."""
        chart = chart_at(self.surface, row, faces, self.size)
        peak = chart.climb()
        for _ in range(3):
            out = np.abs(peak.coordinates).max(initial=0)
            if out >= FAR or (out <= 1 and peak.settled):
                break
            moved = chart_at(self.surface, peak.row, faces, self.size)
            again = moved.climb()
            if again.level < peak.level:
                break
            chart, peak = moved, again
        return chart, peak

    def count(self, peaks: list[Peak]) -> int:
        """How many maxima are apart."""
        kept: list[Array] = []
        for p in peaks:
            if all(self.starts.differ(p.row, k) for k in kept):
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

    def at_the_edge(self, chart: Chart, peak: Peak, climbs: list[Climb]) -> Outcome:
        """A likelihood that grows towards an end: up to a bound, or without one."""
        far = self.edges.far(chart, peak)
        grows, limit = self.edges.growth(chart, peak, far)
        return Outcome("unbounded" if grows else "supremum", peak.row, limit, chart.faces,
                       self.edges.ends(peak, far), chart, peak, local=self.local(climbs))

    def local(self, climbs: list[Climb]) -> Array | None:
        """The highest maximum within the bounds."""
        best = max(self.inner(climbs), key=lambda c: c[1].level, default=None)
        if best is not None and self.kinks:
            best = self.at_kinks(*best)
        return None if best is None or self.edges.far(*best) else best[1].row

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

    def at_kinks(self, chart: Chart, peak: Peak) -> Climb:
        """The best of the places where the likelihood has a kink, the other places climbed."""
        for _ in range(3):
            before = peak.level
            for n in range(len(peak.row)):
                if n not in chart.faces or isinstance(chart.faces[n], tuple):
                    chart, peak = self.at_kink_of(chart, peak, n)
            if peak.level <= before + 1e-12 * (1 + abs(before)):
                break
        return chart, peak

    def at_kink_of(self, chart: Chart, peak: Peak, n: int) -> Climb:
        """The best kink by one place, where the likelihood is not lower there."""
        values = kink_values(self.surface, peak.row, n)
        if not len(values):
            return chart, peak
        rows = np.tile(peak.row, (len(values), 1))
        rows[:, n] = values
        levels = self.surface.levels(rows)
        best = int(np.argmax(levels))
        if levels[best] < peak.level - _EQUAL * (1 + abs(peak.level)):
            return chart, peak
        moved = chart.fixing(n, peak.coordinates, float(values[best]))
        again = moved.climb(np.delete(peak.coordinates, chart.free.index(n)) if
                            n in chart.free else peak.coordinates)
        return (moved, again) if again.level >= peak.level - _EQUAL**1.5 else (chart, peak)
