"""Unbounded coordinates around a start, and the climb of a likelihood in them.

A place with one finite end runs over the line as end + c*exp(u), one with two as a sigmoid between
them, one without as x0 + w*sinh(u): what is reached does not depend on how a parameter is typed.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np

from derive.calculus.likelihood.search.likelihood_surface import Array, Surface
from derive.limits import decided, tick

CAP = 16.0  # coordinates are looked at up to here
_STEP = 1e-4  # of the second differences
_TURNS = 80
_RATES = np.array([1, .5, .25, 2, .1, 4, .03, .01, 1e-3, 1e-4])
_FAR = 3.0  # no step is longer
_BELOW = 1e4  # what stands for a level of -inf among differences


class Peak(NamedTuple):
    """Where a climb ends: the coordinates, the numbers of the places, the level."""

    coordinates: Array
    row: Array
    level: float
    settled: bool  # whether no step goes up any more


@dataclass(frozen=True)
class Chart:
    """Coordinates around a row of numbers; `faces` are places that are kept: at an end, or fixed.

    A face is 0 for the lower end, 1 for the upper one, or a number in a tuple.
    """

    surface: Surface
    start: Array
    widths: Array
    faces: Mapping[int, Any]

    @property
    def free(self) -> list[int]:
        """The places that move."""
        return [n for n in range(len(self.start)) if n not in self.faces]

    def rows(self, coordinates: Array) -> Array:
        """The numbers of all places for rows of coordinates of the free ones."""
        columns = {n: k for k, n in enumerate(self.free)}
        return placed(self.surface, np.tile(self.start, (len(coordinates), 1)), self.faces,
                      lambda n, low, high: self._value(n, coordinates[:, columns[n]], low, high))

    def _value(self, n: int, u: Array, low: Array, high: Array) -> Array:
        width = self.widths[n]
        below, above = np.isfinite(low), np.isfinite(high)
        if (below & above).all():
            odds = width + u
            inside = np.where(odds < 0, low + (high - low) * np.exp(odds) / (1 + np.exp(odds)),
                              high - (high - low) / (1 + np.exp(odds)))
            values: Array = np.where(high > low, inside, np.nan)
        elif below.all():
            values = low + width * np.exp(u)
        elif above.all():
            values = high - width * np.exp(u)
        else:
            values = self.start[n] + width * np.sinh(u)
        return values

    def fixing(self, place: int, coordinates: Array, value: float | None = None) -> Chart:
        """The chart with a place kept at a number, or where some coordinates have it."""
        if value is None:
            value = float(self.rows(coordinates[None])[0, place])
        return replace(self, faces={**self.faces, place: (value,)})

    def levels(self, coordinates: Array) -> Array:
        """The log-likelihood at rows of coordinates."""
        return self.surface.levels(self.rows(coordinates))

    def climb(self, coordinates: Array | None = None, cap: float = CAP) -> Peak:
        """Newton's method from coordinates, kept within a box, no step downwards."""
        u = np.zeros(len(self.free)) if coordinates is None else np.clip(coordinates, -cap, cap)
        level, settled = float(self.levels(u[None])[0]), not len(u)
        for _ in range(_TURNS if len(u) and level > -np.inf else 0):
            tick("looking for the highest likelihood")
            decided(f"a log-likelihood of {level:.6g} was reached")
            slope, bend = self.differences(u, level)
            stuck = ((u >= cap) & (slope > 0)) | ((u <= -cap) & (slope < 0))
            step = _uphill(slope, bend, ~stuck)
            tries = np.clip(u + _RATES[:, None] * step, -cap, cap)
            levels = self.levels(tries)
            best = int(np.argmax(levels))
            gain = levels[best] - level
            if not gain > 1e-13 * (1 + abs(level)):
                settled = bool(np.abs(step).max(initial=0) < 1e-4)
                break
            u, level = tries[best], float(levels[best])
        return Peak(u, self.rows(u[None])[0], level, settled)

    def differences(self, u: Array, level: float) -> tuple[Array, Array]:
        """The first and second differences of the level."""
        count = len(u)
        moves = [*np.eye(count) * _STEP, *-np.eye(count) * _STEP]
        pairs = [(i, j) for i in range(count) for j in range(i)]
        for i, j in pairs:
            for sign in (1, -1):
                move = np.zeros(count)
                move[i], move[j] = _STEP, sign * _STEP
                moves += [move, -move]
        values = self.levels(u + np.array(moves))
        values = np.where(np.isfinite(values), values, level - _BELOW)
        values = np.clip(values, level - _BELOW, level + _BELOW)
        up, down = values[:count], values[count:2 * count]
        slope = (up - down) / (2 * _STEP)
        bend = np.diag((up + down - 2 * level) / _STEP**2)
        for (i, j), v in zip(pairs, values[2 * count:].reshape(-1, 4), strict=True):
            bend[i, j] = bend[j, i] = (v[0] + v[1] - v[2] - v[3]) / (4 * _STEP**2)
        return slope, bend


def _uphill(slope: Array, bend: Array, moving: Array) -> Array:
    """A step that goes up: Newton's where the surface is bent down, along the slope elsewhere."""
    step = np.zeros(len(slope))
    at = np.flatnonzero(moving)
    if not len(at):
        return step
    values, vectors = np.linalg.eigh(bend[np.ix_(at, at)])
    floor = max(np.abs(values).max() * 1e-10, 1e-300)
    step[at] = vectors @ (vectors.T @ slope[at] / np.maximum(np.abs(values), floor))
    longest = np.abs(step).max()
    return step * (_FAR / longest) if longest > _FAR else step


def placed(surface: Surface, rows: Array, faces: Mapping[int, Any],
           value: Callable[[int, Array, Array], Array]) -> Array:
    """Rows with places at their ends or fixed numbers, the others as `value` gives them."""
    rows = rows.copy()
    with np.errstate(all="ignore"):
        for n in range(rows.shape[1]):
            low, high = surface.ends(rows, n)
            face = faces.get(n)
            if face is None:
                rows[:, n] = value(n, low, high)
            else:
                rows[:, n] = face[0] if isinstance(face, tuple) else high if face else low
    return rows


def chart_at(surface: Surface, row: Array, faces: Mapping[int, Any], size: float) -> Chart:
    """Coordinates around a row: 0 is there, and a width is what changes the level a little."""
    widths = np.zeros(len(row))
    here = float(surface.levels(row[None])[0])
    for n in range(len(row)):
        if n not in faces:
            low, high = (float(e[0]) for e in surface.ends(row[None], n))
            widths[n] = _width(surface, row, n, (low, high), size, here)
    return Chart(surface, row, widths, faces)


def _width(surface: Surface, row: Array, n: int, ends: tuple[float, float], size: float,
           here: float) -> float:
    low, high = ends
    least = size * 1e-12
    if math.isfinite(low) and math.isfinite(high):
        share = min(max((row[n] - low) / (high - low), 1e-9), 1 - 1e-9) if high > low else .5
        return math.log(share / (1 - share))
    if math.isfinite(low) or math.isfinite(high):
        return float(max(row[n] - low if math.isfinite(low) else high - row[n], least))
    steps = size * 10.0 ** np.arange(6, -10, -1)
    rows = np.tile(row, (2 * len(steps), 1))
    rows[:, n] += np.concatenate([steps, -steps])
    sides = np.minimum(*surface.levels(rows).reshape(2, -1))
    near = np.flatnonzero(sides > here - 20)
    return float(steps[near[0]]) if len(near) else size


def compass(chart: Chart, peak: Peak, rounds: int = 60) -> Peak:
    """The search of Hooke and Jeeves from a peak: for levels with kinks."""
    u, level, step = peak.coordinates, peak.level, 0.5
    for _ in range(rounds if len(u) else 0):
        tick("looking for the highest likelihood")
        moves = np.concatenate([np.eye(len(u)), -np.eye(len(u)), _diagonals(len(u))]) * step
        levels = chart.levels(u + moves)
        best = int(np.argmax(levels))
        if levels[best] > level:
            u, level = u + moves[best], float(levels[best])
            step *= 1.5
        else:
            step /= 2.5
    return Peak(u, chart.rows(u[None])[0], level, True)


def _diagonals(count: int) -> Array:
    moves: Array = 2 * np.random.default_rng(7).random((8 * count, count)) - 1
    return moves
