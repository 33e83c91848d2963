"""Data along which a likelihood grows without end, as classes that a plane separates.

The terms of some observations grow with their linear predictor for ever, those of others fall
with it for ever, and those of the rest have a maximum. There is no maximum over the coefficients
if some direction moves the first up or leaves them, the second down, and none of the rest.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from derive.calculus.likelihood.regression.design_rank import combined
from derive.calculus.likelihood.search.array_likelihood import Terms, upper_factor
from derive.errors import DeriveError
from derive.limits import tick

Array = NDArray[Any]
_PROBES = (-700.0, -100.0, -30.0, -5.0, 0.0, 5.0, 30.0, 100.0, 700.0)
_ZERO, _SEEN = 1e-9, 1e-6


@dataclass(frozen=True)
class Direction:
    """A direction of the coefficients: by how much it moves each observation."""

    weights: Array
    moved: Array
    rises: Array
    falls: Array


def check_separation(terms: Terms, design: tuple[Array, Array], theta: Array,
                     names: Sequence[str], labels: Sequence[str], observed: str) -> None:
    """Raises DeriveError where the likelihood grows for ever along a direction, which it names.

    `design` are the columns, with the places of their coefficients, in which one is looked for.
    """
    sides = _sides(terms, theta)
    if sides is None or not sides.any():
        return
    columns, places = design
    direction = recession(columns, sides)
    if direction is not None:
        raise DeriveError(_in_words(direction, sides, [names[p] for p in places],
                                    [labels[p] for p in places], observed))


def _sides(terms: Terms, theta: Array) -> Array | None:
    """1 for terms that grow with the predictor for ever, -1 for those that fall, 0 for others.

    None where a term is not defined everywhere, or not concave.
    """
    variable = terms.formulas.formulas.variables[0]
    pairs = terms.formulas.pairs
    slopes = []
    moving = terms.moving(theta)
    for probe in _PROBES:
        moving[variable] = np.full(terms.rows, probe)
        _, derivatives, curved, _ = terms.formulas.all(moving, terms.rows)
        bend = curved[pairs[0]]
        if np.isnan(derivatives[0]).any() or (bend < -1e-9).any():
            return None
        slopes.append(derivatives[0])
    table = np.array(slopes)
    rises = (table >= 0).all(0) & (np.abs(table[-1]) < _ZERO) & (table[4] > 0)
    falls = (table <= 0).all(0) & (np.abs(table[0]) < _ZERO) & (table[4] < 0)
    sides: Array = rises.astype(float) - falls
    return sides


def recession(columns: Array, sides: Array) -> Direction | None:
    """A direction along which no term falls and some grow; None where there is none."""
    norms = np.sqrt((columns**2).sum(0))
    scaled = columns / np.where(norms > 0, norms, 1) * np.sqrt(len(columns))
    inner = scaled[sides == 0]
    basis = np.eye(columns.shape[1])
    if len(inner):
        _, sizes, vectors = np.linalg.svd(upper_factor(inner))
        rank = int((sizes > 1e-10 * max(sizes.max(initial=0), 1e-300)).sum())
        basis = vectors[rank:].T
        if not basis.size:
            return None
    rows = scaled * sides[:, None]
    tried = [*_axes(rows, inner), *([] if len(inner) else _margin(rows))]
    for weights in (*tried, basis @ _nearest(rows[sides != 0] @ basis)):
        moved = scaled @ weights
        size = np.sqrt((scaled**2).sum(1)) * np.sqrt((weights**2).sum()) + 1e-300
        share = moved / size
        if (share * sides >= -_ZERO).all() and (np.abs(share[sides == 0]) <= _ZERO).all() \
                and (share * sides).max() >= _SEEN:
            share[np.abs(share) <= _ZERO] = 0
            natural = weights / np.where(norms > 0, norms, 1)
            return Direction(natural, share, sides > 0, sides < 0)
    return None


def _axes(rows: Array, inner: Array) -> list[Array]:
    """The coefficients that by themselves are such a direction."""
    axes: list[Array] = []
    for place in range(rows.shape[1]):
        column = rows[:, place]
        axis = np.zeros(rows.shape[1])
        if len(inner) and inner[:, place].any():
            continue
        if (column >= 0).all() and column.any():
            axis[place] = 1
        elif (column <= 0).all() and column.any():
            axis[place] = -1
        else:
            continue
        axes.append(axis)
    return axes


def _margin(rows: Array) -> list[Array]:
    """The shortest d with A d >= 1, if there is one (Lawson & Hanson 1974, chapter 23)."""
    size = np.sqrt((rows**2).sum(1, keepdims=True))
    unit = rows / np.where(size > 0, size, 1)
    matrix = np.vstack([unit.T, np.ones(len(unit))])
    target = np.zeros(len(matrix))
    target[-1] = 1
    rest = matrix @ _nonnegative_least_squares(matrix, target) - target
    return [-rest[:-1] / rest[-1]] if np.abs(rest).max() > 1e-9 and rest[-1] else []


def _nearest(rows: Array) -> Array:
    """The least A'l for l >= 1: 0 where no direction d has A d >= 0 (Stiemke), else such a d."""
    matrix = rows.T
    target = -matrix.sum(1)
    result: Array = matrix @ _nonnegative_least_squares(matrix, target) - target
    return result


def _nonnegative_least_squares(matrix: Array, target: Array) -> Array:
    """By active sets (Lawson & Hanson 1974, chapter 23)."""
    weights = np.zeros(matrix.shape[1])
    inside = np.zeros(len(weights), bool)
    scale = np.sqrt((matrix**2).sum()) + 1e-300
    for _ in range(20 + 10 * len(matrix)):
        tick("looking for a direction without end")
        slope = matrix.T @ (target - matrix @ weights)
        slope[inside] = -np.inf
        if slope.max(initial=-np.inf) <= 1e-13 * scale * (np.sqrt((target**2).sum()) + 1e-300):
            break
        inside[int(np.argmax(slope))] = True
        while inside.any():
            trial = np.zeros(len(weights))
            trial[inside] = np.linalg.lstsq(matrix[:, inside], target, rcond=None)[0]
            low = inside & (trial <= 0)
            if not low.any():
                weights = trial
                break
            gap = weights[low] - trial[low]
            share = float(np.min(np.where(gap > 0, weights[low] / np.where(gap > 0, gap, 1), 0)))
            weights = weights + share * (trial - weights)
            inside &= weights > 1e-15 * max(float(weights.max()), 1e-300)
            weights[~inside] = 0
    return weights


def _in_words(direction: Direction, sides: Array, names: Sequence[str], labels: Sequence[str],
              observed: str) -> str:
    """Why there is no maximum, in a sentence."""
    weights = direction.weights
    inside = np.flatnonzero(np.abs(weights) > 1e-7 * np.abs(weights).max())
    end = "so the likelihood grows without end and has no maximum; leave columns out, or give " \
          "their coefficients a --prior"
    one_sided = len(set(sides[direction.moved != 0])) == 1
    if len(inside) == 1 and one_sided:
        return _along_an_axis(int(inside[0]), direction, sides, names, labels, observed, end)
    shown = weights / np.abs(weights[inside]).max()
    sum_ = combined([round(float(w), 6) for w in shown[inside]], [labels[int(k)] for k in inside])
    zeros = int((direction.moved == 0).sum())
    if not (sides == 0).any():
        how = f"complete separation: {sum_} is positive where {observed} is 1 and negative where " \
              "it is 0"
        if zeros:
            how = f"quasi-complete separation: {sum_} is never negative where {observed} is 1, " \
                  f"never positive where it is 0, and 0 in {zeros} row{'s' * (zeros != 1)}"
        return f"{how}, {end}"
    return f"along {sum_} no observation becomes less likely and some become more likely, {end}"


def _along_an_axis(place: int, direction: Direction, sides: Array, names: Sequence[str],
                   labels: Sequence[str], observed: str, end: str) -> str:
    """That one coefficient goes to infinity by itself."""
    sign = "" if direction.weights[place] > 0 else "−"
    moved = direction.moved != 0
    value = 1 if (sides[moved] > 0).any() else 0
    where = "in all rows" if moved.all() else f"in all {int(moved.sum())} rows where " \
        f"{labels[place]!r} is not 0"
    return f"{observed} is {value} {where}: {names[place]} goes to {sign}∞, {end}"
