"""What a kernel should return, from the formula itself at 40 digits: the independent judge."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from derive.arrays.certificate.input_samples import SIZE, Drawing
from derive.arrays.targets.numpy.kernel_module import Argument
from derive.core.atoms import Dim
from derive.core.indexing import free_names
from derive.errors import EvaluationError
from derive.judge.precision import mpf
from derive.judge.trees.evaluate import Point, evaluate

Array = NDArray[Any]
DIGITS = (40, 400, 900)  # raised until two agree
_SAFE = 1e-12  # a value above this has its digits at the first precision


def drawn(arguments: Sequence[Argument], regime: str, count: int, seed: int,
          holds: Any, length: int = SIZE) -> list[Array]:
    """Arguments of one regime that meet the conditions, at most so many examples."""

    def size(dim: Any) -> int:
        return (dim.fixed or length) if isinstance(dim, Dim) else int(dim)

    with np.errstate(all="ignore"):
        blocks = Drawing(seed, regime, 8 * count).block(arguments, size)
        keep = np.flatnonzero(holds(blocks))[:count]
    return [block[keep] for block in blocks]


def point_of(formula: Any, blocks: Sequence[Array], row: int) -> Point:
    """One example as a point of the judge."""
    leaves = {leaf.name: leaf for leaf in formula.leaves}
    scalars: dict[Any, Any] = {}
    tensors: dict[Any, Any] = {}
    for argument, block in zip(formula.arguments, blocks, strict=True):
        leaf, here = leaves[argument.name], block[row]
        convert = int if argument.integral else _exact
        if argument.kind.shape:
            tensors[leaf] = {at: convert(here[at]) for at in np.ndindex(here.shape)}
        else:
            scalars[leaf] = convert(here)
    dims = {d for leaf in (*formula.leaves, *free_names(formula.loss)) for d in _dims(leaf)}
    return Point(dict.fromkeys(dims, formula.size), scalars, tensors)


def _exact(value: Any) -> Any:
    return mpf(float(value))


def _dims(leaf: Any) -> set[Any]:
    if isinstance(leaf, Dim):
        return set() if leaf.fixed else {leaf}
    shape = leaf.kind.shape if hasattr(leaf, "kind") else ()
    return {d for d in shape if isinstance(d, Dim) and not d.fixed}


def truth(formula: Any, result: str, blocks: Sequence[Array], row: int) -> Any:
    """The value, gradient or Hessian of one example, differentiated numerically.

    Nested lists of numbers; None where there is no value.
    """
    point = point_of(formula, blocks, row)
    if result == "value":
        subject: Any = formula.loss
        indices: tuple[Any, ...] = ()
    else:
        derivation = formula.derivation if result == "gradient" else formula.second
        subject, indices = derivation.start, derivation.indices
    sizes = [point.size(i.dim) for i in indices]
    try:
        values = [_agreed(subject, Point(point.sizes, {**point.scalars, **dict(zip(
            indices, at, strict=True))}, point.tensors))
                  for at in product(*(range(n) for n in sizes))]
    except EvaluationError:
        return None
    array = np.array(values, dtype=object).reshape(sizes)
    return array.tolist() if sizes else array.item()


def _agreed(subject: Any, point: Point) -> Any:
    """A value at so many digits that more do not change it."""
    last = evaluate(subject, point, DIGITS[0])
    for digits in DIGITS[1:]:
        if abs(last) > _SAFE:
            return last
        value = evaluate(subject, point, digits)
        if abs(value - last) <= abs(value) * mpf(10) ** -25:
            return value
        last = value
    return last


__all__ = ["drawn", "truth"]
