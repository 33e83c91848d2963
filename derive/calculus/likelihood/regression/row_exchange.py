"""Sums of weighted distances to hyperplanes: the lowest points, by exchanges of rows.

The sum of p (k - x b) above and q (x b - k) below is lowest at a b where as many rows are met
exactly as there are columns (Barrodale and Roberts 1973; Koenker and d'Orey 1987). Each exchange
leaves one of them along an edge on which the sum falls, up to the row where it rises again. Rows
are moved by very little, differently, so that no two are met at once by chance; what comes out is
held against the rows as they are, by a solution of the dual problem. Where the sum is the same
along edges, all lowest vertices are visited.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from derive.errors import DeriveError
from derive.limits import tick

Array = NDArray[Any]
_MOVED = 1e-9  # of the spread of the rows, by which they are moved
_LEVEL = 1e-9  # of weights, a slope that is none
_GAP = 1e-7  # of the sum, between it and that of the dual problem
_SAME = 1e-8  # of the spread, vertices that do not differ
_MOST_EXCHANGES, _MOST_VERTICES = 100_000, 300


@dataclass(frozen=True)
class Lowest:
    """The lowest vertices, a row each; whether these are all of them; how many exchanges."""

    vertices: Array
    complete: bool
    exchanges: int

    @property
    def middle(self) -> Array:
        """The mean of the vertices, at which the sum is as low."""
        return np.asarray(self.vertices.mean(axis=0))

    @property
    def ends(self) -> tuple[Array, Array]:
        """The smallest and the largest value of each entry."""
        return self.vertices.min(axis=0), self.vertices.max(axis=0)


def lowest_vertices(rows: Array, places: Array, above: Array, below: Array) -> Lowest:
    """Where the sum of above * (places - rows @ b)+ and below * (rows @ b - places)+ is lowest.

    The weights are positive, and the columns of the rows independent. Raises DeriveError where the
    numbers do not decide it.
    """
    norms = np.abs(rows).max(axis=0)
    size = max(float(above.max()), float(below.max()))
    problem = _Exchanges(rows / norms, places, above / size, below / size)
    problem.descend()
    problem.check_dual()
    vertices, complete = problem.flat_vertices()
    return Lowest(vertices / norms, complete, problem.count)


class _Exchanges:
    def __init__(self, rows: Array, places: Array, above: Array, below: Array) -> None:
        self.rows, self.places, self.above, self.below = rows, places, above, below
        self.spread = float(np.abs(places - np.median(places)).mean()) or \
            float(np.abs(places).max(initial=0)) or 1.0
        shift = 2 * np.random.default_rng(5).random(len(places)) - 1
        self.moved = places + _MOVED * self.spread * shift
        self.count = 0
        self.basis = self._first_basis()

    def _first_basis(self) -> Array:
        """Independent rows that least squares nearly meet."""
        start = np.linalg.lstsq(self.rows, self.moved, rcond=None)[0]
        order = np.argsort(np.abs(self.moved - self.rows @ start), kind="stable")
        chosen: list[int] = []
        directions = np.zeros((0, self.rows.shape[1]))
        for n in order:
            row = self.rows[n]
            rest = row - directions.T @ (directions @ row)
            rest = rest - directions.T @ (directions @ rest)
            length = float(np.linalg.norm(rest))
            if length > 1e-7 * (float(np.linalg.norm(row)) or 1.0):
                chosen.append(int(n))
                directions = np.vstack([directions, rest / length])
                if len(chosen) == self.rows.shape[1]:
                    return np.array(chosen)
        raise DeriveError("the rows do not determine all coefficients; leave a column out")

    def _at(self, basis: Array) -> tuple[Array, Array, Array]:
        """The inverse of a basis, the residuals at its vertex, and the dual solution there."""
        inverse = np.linalg.inv(self.rows[basis])
        residuals = self.moved - self.rows @ (inverse @ self.moved[basis])
        residuals[basis] = 0
        slopes = np.where(residuals > 0, -self.above, self.below)
        slopes[basis] = 0
        return inverse, residuals, (slopes @ self.rows) @ inverse

    def descend(self) -> None:
        """Exchanges rows until the sum falls along no edge."""
        while True:
            tick("exchanging rows")
            inverse, residuals, dual = self._at(self.basis)
            slopes = np.concatenate([dual + self.below[self.basis],
                                     self.above[self.basis] - dual])
            leaving = int(np.argmin(slopes))
            if slopes[leaving] >= -_LEVEL or self.count >= _MOST_EXCHANGES:
                return
            self.basis = self._exchanged(self.basis, inverse, residuals, leaving,
                                         float(slopes[leaving]))
            self.count += 1

    def _exchanged(self, basis: Array, inverse: Array, residuals: Array, leaving: int,
                   slope: float) -> Array:
        """The basis at the end of an edge: where the sum, which falls with a slope, rises again."""
        place, sign = leaving % len(basis), 1 if leaving < len(basis) else -1
        along = sign * (self.rows @ inverse[:, place])
        met = np.flatnonzero(residuals * along > 0)
        ways = residuals[met] / along[met]
        order = np.argsort(ways, kind="stable")
        met = met[order]
        risen = slope + np.cumsum(np.abs(along[met]) * (self.above + self.below)[met])
        ends = np.flatnonzero(risen > _LEVEL)
        if not len(ends):
            raise DeriveError("the sum of distances falls without end in floats; scale the columns")
        other = basis.copy()
        other[place] = met[ends[0]]
        return other

    def vertex(self, basis: Array) -> Array:
        """The vertex of a basis, the rows as they are."""
        return np.asarray(np.linalg.solve(self.rows[basis], self.places[basis]))

    def check_dual(self) -> None:
        """Raises DeriveError where the dual problem's value is not that of the vertex."""
        _, residuals, dual = self._at(self.basis)
        weights = np.where(residuals > 0, self.above, -self.below)
        weights[self.basis] = np.clip(dual, -self.below[self.basis], self.above[self.basis])
        left = self.places - self.rows @ self.vertex(self.basis)
        height = float(np.sum(np.where(left > 0, self.above, -self.below) * left))
        apart = abs(height - float(weights @ self.places))
        least = 1e-12 * float(np.abs(weights) @ np.abs(self.places))
        slack = float(np.abs(weights @ self.rows).max()) * float(
            np.abs(self.vertex(self.basis)).sum())
        moved = _MOVED * self.spread * len(left)
        if not apart <= _GAP * height + least + slack + moved:
            raise DeriveError("not decided: the sum of distances and that of the dual problem "
                              "differ in floats; scale the columns")

    def flat_vertices(self) -> tuple[Array, bool]:
        """All vertices at which the sum is as low, each once; and whether these are all."""
        waiting, seen = [self.basis], {frozenset(self.basis.tolist())}
        vertices: list[Array] = []
        while waiting:
            tick("visiting the lowest vertices")
            basis = waiting.pop()
            here = self.vertex(basis)
            if not any(self._same(here, v) for v in vertices):
                vertices.append(here)
            if len(seen) > _MOST_VERTICES:
                return np.array(vertices), False
            inverse, residuals, dual = self._at(basis)
            slopes = np.concatenate([dual + self.below[basis], self.above[basis] - dual])
            for leaving in np.flatnonzero(np.abs(slopes) <= _LEVEL):
                other = self._exchanged(basis, inverse, residuals, int(leaving), 0.0)
                key = frozenset(other.tolist())
                if key not in seen:
                    seen.add(key)
                    waiting.append(other)
        return np.array(vertices), True

    def _same(self, first: Array, second: Array) -> bool:
        """Whether two vertices differ by rounding alone."""
        apart = np.abs(self.rows @ (first - second)).max()
        return bool(apart <= _SAME * self.spread)
