"""Whether two formulas of a sheet have one value at a few points.

It serves to tell what a line is about (the loss, the asked derivative, something beside them);
whether a line is right is decided elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from sympy.core.basic import Basic

from derive.core.atoms import Variable
from derive.core.indexing import exact
from derive.errors import DeriveError, EvaluationError
from derive.judge.closeness import relative_gap
from derive.judge.precision import mpf
from derive.judge.trees.evaluate import Point, evaluate
from derive.judge.trees.line_certificate import LARGEST
from derive.judge.trees.line_points import valid_points
from derive.teaching.sheets.grounding import Grounding

_MOST = 60
_POINTS = 10  # of them, in even distances: labels and indices are arranged in blocks
_DIGITS = 30
_LEAST = 2


def agree(first: Basic, second: Basic, conditions: tuple[Basic, ...], ground: Grounding) -> bool:
    """Whether two formulas have one value wherever both have one, at a few random points."""
    return compared(first, second, conditions, ground) is True


@exact
def compared(first: Basic, second: Basic, conditions: tuple[Basic, ...], ground: Grounding,
             digits: int = _DIGITS, place: tuple[Variable, Basic] | None = None) -> bool | None:
    """The same; None where too few points give both a value. `place` is a variable's value."""
    clear, count = mpf(10) ** -12, 0
    points = [*islice(_points(first, second, conditions, ground, digits), _MOST)]
    for point in points[::max(1, len(points) // _POINTS)]:
        if place is not None:
            point = point.with_scalar(place[0], evaluate(place[1], point, digits))
        try:
            values = [evaluate(node, point, digits, LARGEST) for node in (first, second)]
        except (EvaluationError, TypeError):
            continue
        count += 1
        if relative_gap(*values) > clear:
            return False
    return True if count >= _LEAST else None


def _points(first: Basic, second: Basic, conditions: tuple[Basic, ...], ground: Grounding,
            digits: int) -> Iterator[Point]:
    try:
        kept = ground.kept_definitions((first, second))
        yield from (point for _, point in valid_points(
            (first, second), conditions, kept, 3, digits, LARGEST))
    except DeriveError:
        return
