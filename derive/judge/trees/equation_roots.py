"""The value at which an equation holds; that of an array at which as many linear ones hold."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import product
from typing import Any

from sympy import Expr

from derive.core import heads
from derive.core.atoms import Tensor
from derive.core.indexing import root
from derive.judge.reading.lazy_arrays import Run
from derive.judge.roots import root_of, solution_of
from derive.judge.trees.variable_ranges import ends_of

Call = Callable[[Run], Any]


def is_coupled(node: Expr) -> bool:
    """Whether the equation of one entry of an array holds other entries of it too."""
    body, variable = node.args
    return isinstance(variable, heads.Element) and any(
        e.tensor == variable.tensor and e != variable for e in body.atoms(heads.Element))


def root_of_equation(body: Call, variable: Any, places: Sequence[Call], spare: int) -> Call:
    """The value of one name, or one entry of an array, at which a formula is 0.

    It is computed to `spare` digits fewer than the run has.
    """
    leaf = root(variable)

    def value(run: Run) -> Any:
        here = run.at(run.point)
        here.largest, here.env = None, run.env
        at = tuple([int(p(run)) for p in places])
        low, high = ends_of(leaf.kind)

        def moved(x: Any) -> Any:
            known = {**run.point.tensors[leaf], at: x} if isinstance(leaf, Tensor) else x
            return body(here.varied(run.point.having(leaf, known), leaf))

        return root_of(moved, low, high, int(run.ctx.dps) - spare)

    return value


def root_of_system(body: Call, variable: Any, places_of: Sequence[Call]) -> Call:
    """One entry of the array at all of whose entries as many linear equations hold.

    Raises EvaluationError where they are not linear, or do not determine it.
    """
    leaf, indices = root(variable), variable.indices

    def value(run: Run) -> Any:
        places = list(product(*(range(run.point.size(i.dim)) for i in indices)))

        def residuals(x: list[Any]) -> list[Any]:
            point, values = run.point.having(leaf, dict(zip(places, x, strict=True))), []
            for place in places:
                here = run.at(point.holding(dict(zip(indices, place, strict=True))))
                here.largest = None
                values.append(body(here))
            return values

        solution = solution_of(residuals, len(places))
        return solution[places.index(tuple(int(c(run)) for c in places_of))]

    return value
