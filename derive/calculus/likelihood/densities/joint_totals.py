"""Whether the density of several numbers that are observed at once has the total 1."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from typing import TYPE_CHECKING, Any

from sympy import Expr, Integer

from derive.calculus.likelihood.densities.statistical_model import Model
from derive.core import heads
from derive.core.atoms import Variable
from derive.core.kinds import Kind
from derive.errors import KernelError
from derive.judge.trees.evaluate import Point
from derive.provided import provided
from derive.rulebook.loading import standard_rulebook

if TYPE_CHECKING:  # derivations need no NumPy
    from numpy.typing import NDArray

    Nodes = tuple[NDArray[Any], NDArray[Any]]  # values, and what each counts

_MOST = 400_000  # values of the density on one grid
_STEPS = (0.1, 0.05)  # of the rule of Takahasi and Mori, coarse and fine
_ENDS = 3.4
_COUNTS = (150, 300)
_FAR = 3  # above which no grid of a density could come
_KNOWN = 0.05  # a total is not judged where the grids differ by more than this


def joint_total(model: Model, point: Point) -> tuple[float, float] | None:
    """The total of a density over all values of numbers, and how well it is known.

    None where it is not computed: for vectors, for more numbers than a grid can hold, and where
    a coarse and a fine grid do not agree.
    """
    if not all(isinstance(y, Variable) for y in model.observed):
        return None
    body = model.density
    for condition in model.support:
        body = heads.Cond(condition, body, Integer(0))
    function = _function(body, model, point)
    if function is None:
        return None
    totals = []
    for fine in (0, 1):
        nodes = [_nodes(y.kind, point, fine, n / len(model.observed))
                 for n, y in enumerate(model.observed)]  # so that a bound s <= t passes between
        size = 1
        for values, _ in nodes:
            size *= len(values)
        if size > _MOST:
            return None
        totals.append(_sum(function, model, nodes))
    gap = abs(totals[0] - totals[1])
    if gap < _KNOWN:
        return totals[1], max(1e-8, 20 * gap)
    return (totals[1], 1) if min(totals) > _FAR else None


def _function(body: Expr, model: Model, point: Point) -> Callable[[dict[Any, Any]], Any] | None:
    import numpy as np

    leaves = [*point.tensors, *(x for x in point.scalars if x not in model.observed),
              *model.observed]
    fixed = {x: np.asarray(float(v)) for x, v in point.scalars.items() if x not in model.observed}
    for tensor, entries in point.tensors.items():
        shape = tuple(point.size(d) for d in tensor.kind.shape)
        fixed[tensor] = np.array([float(entries[at]) for at in product(*map(range, shape))]
                                 ).reshape(shape)
    try:
        batched = provided("batched_formulas")([body], leaves, standard_rulebook())
    except KernelError:
        return None

    def values(moving: dict[Any, Any]) -> Any:
        return batched(fixed, moving)[0]

    return values


def _sum(function: Callable[[dict[Any, Any]], Any], model: Model, nodes: list[Nodes]) -> float:
    import numpy as np

    values = np.meshgrid(*(v for v, _ in nodes), indexing="ij")
    weights = np.ones(values[0].shape)
    for axis, (_, weight) in enumerate(nodes):
        weights = weights * weight.reshape([-1 if n == axis else 1 for n in range(len(nodes))])
    heights = function({y: v.ravel() for y, v in zip(model.observed, values, strict=True)})
    heights = np.where(np.isfinite(heights), heights, 0)
    return float(np.sum(heights * weights.ravel()))


def _nodes(kind: Kind, point: Point, fine: int, shift: float) -> Nodes:
    """Values of a type with their weights: all of a few, a stretch of whole numbers, or a grid."""
    import numpy as np

    if not kind.differentiable:
        if kind.domain == "binary":
            values = np.arange(2)
        elif kind.domain == "label":
            values = np.arange(point.size(kind.over))
        else:
            first = 0 if kind.interval.low >= 0 else -_COUNTS[fine]
            values = np.arange(first, _COUNTS[fine] + 1)
        return values, np.ones(len(values))
    step = _STEPS[fine]
    t = np.arange(-_ENDS, _ENDS + step / 2, step) + shift * step
    u, slope = np.pi / 2 * np.sinh(t), np.pi / 2 * np.cosh(t)
    low, high = float(kind.interval.low), float(kind.interval.high)
    with np.errstate(over="ignore"):
        if np.isfinite(low) and np.isfinite(high):
            share = 1 / (1 + np.exp(-2 * u))
            return low + (high - low) * share, step * slope * 2 * (high - low) * share * (1 - share)
        if np.isfinite(low):
            return low + np.exp(u), step * slope * np.exp(u)
        if np.isfinite(high):
            return high - np.exp(u), step * slope * np.exp(u)
        return np.sinh(u), step * slope * np.cosh(u)
