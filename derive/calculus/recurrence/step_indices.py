"""Free indices for the axes of a model's names: letters of their own for axes of time."""

from __future__ import annotations

from collections.abc import Sequence

from derive.calculus.recurrence.model_structure import Leaf
from derive.core.atoms import Index, Tensor
from derive.core.kinds import Dimension
from derive.notation.reading.model_equations import Model
from derive.notation.reading.specification import fresh_indices

_STEPS = (*"srpqzuv", *(f"s{n}" for n in range(40)))


def step_index(model: Model, dim: Dimension, taken: Sequence[Index] = ()) -> Index:
    """An index of other steps than t."""
    return next(Index(n, dim) for n in _STEPS if n not in _names(model, taken))


def free_axes(model: Model, symbol: Leaf, taken: Sequence[Index] = ()) -> tuple[Index, ...]:
    """Indices for the axes of a name other than that of its steps."""
    shape = symbol.kind.shape if isinstance(symbol, Tensor) else ()
    steps = {t.dim for t in model.times}
    made: list[Index] = []
    for dim in shape[1:] if model.timed(symbol) else shape:
        used = (*taken, *made)
        made.append(step_index(model, dim, used) if dim in steps else
                    fresh_indices((dim,), tuple(_names(model, used)))[0])
    return tuple(made)


def _names(model: Model, others: Sequence[Index]) -> set[str]:
    """Names that no free index may have."""
    return {*model.scope.names, *model.scope.dims, *(t.name for t in model.times),
            *(i.name for i in others)}
