"""Where a log-likelihood has kinks: absolute values, maxima and cases that turn at observations."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from sympy import Add, Expr

from derive.calculus.likelihood.estimates.parameter_bounds import solved_for
from derive.calculus.likelihood.search.likelihood_surface import Array, Surface
from derive.calculus.likelihood.search.observed_data import DIGITS
from derive.core import heads
from derive.core.atoms import Variable
from derive.core.comparisons import COMPARED, gap
from derive.core.exact import exact
from derive.core.factors import turned
from derive.core.indexing import depends, parts
from derive.errors import EvaluationError
from derive.judge.trees.evaluate import evaluate

_MOST = 2000
_KINKED = ("abs", "sign", "max", "min", "relu")


def is_kinked(logarithm: Expr, parameters: tuple[Expr, ...]) -> bool:
    """Whether the logarithm of a density may have a kink in one of the parameters."""
    return any(depends(turn, p) for turn in turns(logarithm) for p in parameters)


def turns(node: Expr) -> Iterator[Expr]:
    """What changes its sign at a kink."""
    for part in parts(node):
        if isinstance(part, heads.Apply) and part.name in _KINKED:
            yield Add(part.args[1], turned(part.args[2])) if len(part.args) > 2 else part.args[1]
        elif isinstance(part, heads.Cond) and isinstance(part.args[0], COMPARED):
            yield gap(part.args[0])


@exact
def kink_values(surface: Surface, row: Array, place: int) -> Array:
    """The numbers at which one place has a kink, the others as they are in a row."""
    x, sample = surface.places[place].leaf, surface.sample
    size = surface.point.size(sample.dim)
    if not isinstance(x, Variable) or size > _MOST or sample.model.joint:
        return np.empty(0)
    point = surface.at(row)
    values: set[float] = set()
    for turn in turns(sample.nth(sample.model.density)):
        for bound in solved_for(heads.LessEqual(0, turn), x) if depends(turn, x) else ():
            for n in range(size if depends(bound.value, sample.index) else 1):
                try:
                    here = evaluate(bound.value, point.with_scalar(sample.index, n), DIGITS)
                except EvaluationError:
                    continue
                values.add(float(here))
    return np.array(sorted(values))
