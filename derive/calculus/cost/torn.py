"""Fields that jump: beside the jumps the Jacobian may be symmetric, and yet there is no cost."""

from __future__ import annotations

import random
from collections.abc import Mapping
from functools import partial
from itertools import product

from sympy import Expr

from derive.calculus.cost.field import Field
from derive.calculus.cost.no_cost_proof import (
    Place,
    around_rectangle,
    proof_of,
    value_at,
    values_at,
)
from derive.calculus.cost.symmetry import Symmetry
from derive.core import heads
from derive.core.atoms import Index
from derive.core.factors import difference
from derive.core.indexing import free_names
from derive.core.quantified import instance
from derive.errors import NotAGradient
from derive.judge.precision import Float, mpf
from derive.judge.trees.evaluate import Point
from derive.judge.trees.index_places import least_sizes
from derive.judge.trees.line_points import random_point
from derive.notation.printing.plain import plain
from derive.proof import Path, number

_SECANTS = 12
_SIDES = (2, 3)  # of a rectangle: a square would hide jumps that are alike
_ROUGH, _FINE = 40, 640  # pieces of an edge, for a field that jumps
_SURE = 0.05 # a difference of work above this is no error of the sum


def refuse_if_torn(field: Field, shown: Symmetry) -> None:
    """Raises NotAGradient for a field that jumps so that its work depends on the path.

    Where a field jumps, a symmetric Jacobian beside the jumps is not enough.
    """
    names = (free_names(field.body) - set(field.indices)) | {field.tensor}
    draw, least = random.Random(3), least_sizes((field.body,))
    edges = shown.jacobian.obligations
    for count, turn in enumerate((2,) * 12 + (1,) * 4):  # two components hide what three show
        drawn = random_point(names, turn, "random", draw, least=least)
        places = list(product(*(range(drawn.size(i.dim)) for i in field.indices)))
        if len(places) < 2:
            continue
        edge = edges[count // 2 % len(edges)]  # half of the rectangles lie across an edge
        point = at_edge(field, drawn, places[:2], edge) if count % 2 else drawn
        rough = _rough_paths(field, point, places[0], places[1], _ROUGH)
        if rough is None or not _differ(rough, 0):
            continue
        paths = _rough_paths(field, point, places[0], places[1], _FINE)
        if paths is not None and _differ(paths, max(
                abs(a.work - b.work) for a, b in zip(paths, rough, strict=True))):
            shown_as = proof_of(field, shown, None, paths, values_at(field, point))
            raise NotAGradient(
                f"{plain(field.typed)} is the gradient of no cost: it jumps, and its work "
                f"depends on the path, {number(paths[0].work)} against {number(paths[1].work)} "
                "between the same ends", shown_as)


def _rough_paths(field: Field, point: Point, first: Place, second: Place, pieces: int,
                 ) -> tuple[Path, Path] | None:
    """The two ways around a rectangle, the work summed over midpoints: for a field that jumps."""
    sides = dict(zip((first, second), map(mpf, _SIDES), strict=True))
    return around_rectangle(field, point, sides, partial(_rough_work, pieces))


def _rough_work(pieces: int, field: Field, point: Point, at: Place, step: Float, total: Float,
                ) -> Float | None:
    """A total and the work along one edge, as a sum over the midpoints of its pieces."""
    here = dict(zip(field.indices, at, strict=True))
    middles = (step * (n + mpf(1) / 2) / pieces for n in range(pieces))
    for middle in middles:
        value = value_at(field.body, point.moved(field.tensor, at, middle), here, 15)
        if value is None:
            return None
        total += value * step / pieces
    return total


def at_edge(field: Field, point: Point, places: list[Place], edge: Expr) -> Point:
    """The point moved so that a rectangle from it lies across an edge a != b of the field."""
    edge, opened_ = instance(edge)
    if not isinstance(edge, heads.NotEqual):
        return point
    for at in places:
        here = dict(zip(field.indices, at, strict=True)) | dict(zip(opened_, at, strict=False))
        root = _crossing(field, point, at, here, difference(edge.args[0], edge.args[1]))
        if root is not None:
            point = point.moved(field.tensor, at, root - 1)
    return point


def _crossing(field: Field, point: Point, at: Place, here: Mapping[Index, int],
              gap: Expr) -> Float | None:
    """How far a component is from a zero of a formula, by the secant rule."""
    low, high = mpf(0), mpf(1)
    for _ in range(_SECANTS):
        values = [value_at(gap, point.moved(field.tensor, at, h), here, 15) for h in (low, high)]
        if values[0] is None or values[1] is None or values[0] == values[1]:
            return None
        low, high = high, low - values[0] * (high - low) / (values[1] - values[0])
        if abs(high - low) < 1e-9:
            return high
    return None


def _differ(paths: tuple[Path, Path], error: Float) -> bool:
    """Whether two works differ by more than the error of the sums, and not by little."""
    first, second = (path.work for path in paths)
    return bool(abs(first - second) > error + _SURE * max(1, abs(first)))
