"""Points on a border between the cases of a line, and the points beside them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from sympy.core.basic import Basic

from derive.core import heads
from derive.core.atoms import Tensor, Variable
from derive.core.indexing import index_dimension
from derive.core.walk import places
from derive.functions.case_borders import case_borders
from derive.judge.precision import Float, mp, mpf, own
from derive.judge.trees.evaluate import Point, evaluate

CONTINUOUS = ("real", "positive", "negative", "nonnegative", "probability")
_NEAR = 1e-20
_STEP = 40  # bits of a step to the side


def on_border(line: Basic, point: Point) -> bool:
    """Whether a point may lie on a border of a line: sign(0), a tie of a maximum, z < 0 at 0.

    A line that speaks of single values, z != 5, has none: it means them. Raises EvaluationError.
    """
    if any(isinstance(part, (heads.Equal, heads.NotEqual)) and
           any(index_dimension(side) is None for side in part.args) for part, _ in places(line)):
        return False
    return any(border.within or border.right is None or
               abs(evaluate(border.left - border.right, point, 30)) < _NEAR
               for border in case_borders(line))


def beside(point: Point) -> Iterator[Point]:
    """The point with all numbers moved a little, each by another step: to one side and the other.
    """
    for sign in (1, -1):
        scalars, tensors, count = dict(point.scalars), dict(point.tensors), 0
        with mp.workdps(60):
            for leaf, values in point.values.items():
                if not isinstance(leaf, (Variable, Tensor)) or leaf.kind.domain not in CONTINUOUS:
                    continue
                moved: dict[tuple[int, ...], Float] = {}
                for at, value in (values if isinstance(values, dict) else {(): values}).items():
                    count += 1
                    moved[at] = own(value) + sign * mpf(2) ** -_STEP * (1 + mpf(1) / (count + 1))
                if isinstance(leaf, Tensor):
                    tensors[leaf] = moved
                else:
                    scalars[leaf] = moved[()]
        yield replace(point, scalars=scalars, tensors=tensors)
