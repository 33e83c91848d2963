"""Whether a climb goes on towards an end, and whether the likelihood has a bound on the way."""

from __future__ import annotations

import numpy as np

from derive.calculus.likelihood.search.likelihood_surface import Place, Surface
from derive.calculus.likelihood.search.surface_charts import CAP, Chart, Peak, chart_at

_CAPS = (8.0, 12.0, CAP)
FAR = 7.0  # coordinates beyond are looked at
_PLATEAU = (1.0, 2.0, 4.0, 8.0, 16.0)  # as high at the first three, lower on the other side
_FALLEN = 1e-6
_STEEP = 1e3  # beyond, it is the side of a narrow peak
_OUTWARDS, _BACK = (.01, .1, .3, 1.0), .5  # steps towards an end of plain floats, and away


class Edges:
    """The ends of a surface to which climbs go; `size` is that of the data."""

    def __init__(self, surface: Surface, size: float) -> None:
        self.surface, self.size = surface, size

    def growth(self, chart: Chart, peak: Peak, far: dict[int, int]) -> tuple[bool, float]:
        """Whether the likelihood grows without a bound, and its supremum where it does not."""
        place, side = next(iter(far.items()))
        if self.cliff(chart, peak, place):
            here = peak.coordinates[chart.free.index(place)]
            levels = [self.climbed(chart, peak, place, here - side * back).level
                      for back in (3, 2, 1)]
        else:
            levels = [self.level_at(chart, peak, place, side * cap) for cap in _CAPS]
        first, second = levels[1] - levels[0], levels[2] - levels[1]
        limit = levels[2] + (second**2 / (first - second) if 0 < second < first else 0)
        return second > 1e-2 and second > first / 2, limit

    def ends(self, peak: Peak, far: dict[int, int]) -> tuple[tuple[Place, float], ...]:
        """The places that go on, with the ends to which they go."""
        return tuple((self.surface.places[n], self.end(peak, n, side)) for n, side in far.items())

    def far(self, chart: Chart, peak: Peak) -> dict[int, int]:
        """The free places that go on towards an end, with the side to which they do.

        They are far out and the likelihood does not fall further on, or they are on a plateau that
        ends on one side alone.
        """
        sides = {}
        for n, u in zip(chart.free, peak.coordinates, strict=True):
            side = int(np.sign(u)) if abs(u) > FAR and self.goes_on(chart, peak, n) else \
                self.plateau(chart, peak, n) or self.cliff(chart, peak, n)
            if side:
                sides[n] = side
        return sides

    def plateau(self, chart: Chart, peak: Peak, n: int) -> int:
        """The side on which the likelihood stays exactly as high, while it falls on the other."""
        at = chart.free.index(n)
        moves = np.tile(peak.coordinates, (2 * len(_PLATEAU), 1))
        moves[:, at] += [*_PLATEAU, *(-u for u in _PLATEAU)]
        up, down = chart.levels(moves).reshape(2, -1) - peak.level
        least = 1e-13 * (1 + abs(peak.level))
        flat = [bool((np.abs(side[:3]) <= least).all()) for side in (up, down)]
        falls = [bool(side.min() < -_FALLEN) for side in (up, down)]
        return 1 if flat[0] and falls[1] else -1 if flat[1] and falls[0] else 0

    def cliff(self, chart: Chart, peak: Peak, n: int) -> int:
        """The side on which plain floats end though values are allowed, the likelihood growing."""
        at = chart.free.index(n)
        for side in (1, -1):
            moves = np.tile(peak.coordinates, (len(_OUTWARDS) + 1, 1))
            moves[:, at] += side * np.array([*_OUTWARDS, -_BACK])
            rows = chart.rows(moves)
            *out, back = self.surface.levels(rows)
            grows = all(level == -np.inf or level >= peak.level for level in out)
            slope = _FALLEN < peak.level - back < _STEEP
            if out[-1] == -np.inf and grows and slope and \
                    np.isfinite(rows).all() and self.surface.allowed(rows[-2]) and \
                    self.surface.level(rows[-2]) > -np.inf:
                return side
        return 0

    def goes_on(self, chart: Chart, peak: Peak, n: int) -> bool:
        """Whether the likelihood is no lower where a place goes further out, the others adapted."""
        at = chart.free.index(n)
        pushed = peak.coordinates.copy()
        pushed[at] += 2 * np.sign(pushed[at])
        moved = chart.fixing(n, pushed)
        level = moved.climb(np.delete(pushed, at), CAP + 3).level
        return level >= peak.level - 1e-13 * (1 + abs(peak.level))

    def level_at(self, chart: Chart, peak: Peak, n: int, at: float) -> float:
        """The highest level where a place is so far out."""
        return self.exactly(self.climbed(chart, peak, n, at))

    def climbed(self, chart: Chart, peak: Peak, n: int, at: float) -> Peak:
        """The climb of the others with a place at a coordinate."""
        pushed = peak.coordinates.copy()
        pushed[chart.free.index(n)] = at
        inner = chart.fixing(n, pushed)
        best = inner.climb(np.delete(pushed, chart.free.index(n)))
        for _ in range(2):
            moved = chart_at(self.surface, best.row, inner.faces, self.size)
            again = moved.climb()
            best = again if again.level >= best.level else best
        return best

    def exactly(self, peak: Peak) -> float:
        """The level at a peak in the judge's numbers, where there are not too many of them."""
        many = sum(np.size(v) for v in self.surface.fixed.values()) > 3000
        return peak.level if many else float(self.surface.level(peak.row))

    def end(self, peak: Peak, n: int, side: int) -> float:
        """The end to which a place goes."""
        low, high = (float(e[0]) for e in self.surface.ends(peak.row[None], n))
        up = side > 0
        if np.isfinite(high):
            up = up if np.isfinite(low) else not up
        return high if up else low
