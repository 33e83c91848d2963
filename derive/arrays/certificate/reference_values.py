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
from derive.core.indexing import free_names, root
from derive.errors import EvaluationError
from derive.judge.precision import mp, mpf
from derive.judge.trees.evaluate import Point, evaluate

Array = NDArray[Any]
DIGITS = (50, 400, 1200)  # raised until two agree: exp(740) less itself is 0 at 50 and at 300
_NEAR = 1e-30  # of a variable: so far beside it the slopes of a kink's two sides are taken
_SMOOTH = 1e-10  # by how much slopes so near to each other may differ


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

    Nested lists of numbers; None where there is no value, and at a kink, where a difference
    quotient takes the mean of both sides.
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
        places = [Point(point.sizes, {**point.scalars, **dict(zip(indices, at, strict=True))},
                        point.tensors) for at in product(*(range(n) for n in sizes))]
        values = [_agreed(subject, place) for place in places]
        if result == "gradient" and any(_at_kink(formula, place, value)
                                        for place, value in zip(places, values, strict=True)):
            return None
    except EvaluationError:
        return None
    array = np.array(values, dtype=object).reshape(sizes)
    return array.tolist() if sizes else array.item()


def _at_kink(formula: Any, point: Point, value: Any) -> bool:
    """Whether the slope jumps here; looked at where the derived gradient is another number."""
    try:
        derived = evaluate(formula.derivation.result, point, DIGITS[1])
    except EvaluationError:
        return False
    if abs(derived - value) <= abs(value) * mpf(10) ** -25:
        return False
    sides = [_agreed(formula.derivation.start, _beside(formula, point, sign)) for sign in (1, -1)]
    return bool(abs(sides[0] - sides[1]) > _SMOOTH * max(map(abs, sides)))


def _beside(formula: Any, point: Point, sign: int) -> Point:
    """The point with the variable a little larger or smaller, every element of it."""
    variable = root(formula.derivation.quantity.args[1])

    def moved(number: Any) -> Any:
        with mp.workdps(DIGITS[0] + 40):
            return number + sign * _NEAR * (abs(number) or mpf(1))

    if variable in point.scalars:
        return Point(point.sizes, {**point.scalars, variable: moved(point.scalars[variable])},
                     point.tensors)
    elements = {at: moved(number) for at, number in point.tensors[variable].items()}
    return Point(point.sizes, point.scalars, {**point.tensors, variable: elements})


def _agreed(subject: Any, point: Point) -> Any:
    """A value at so many digits that more do not change it; 0 only where it stays so.

    Raises EvaluationError where there is none.
    """
    last: Any = None
    for digits in DIGITS:
        try:
            value = evaluate(subject, point, digits)
        except EvaluationError:  # as log(0), where the digits do not tell two numbers apart
            if digits == DIGITS[-1]:
                raise
            continue
        if last is not None and value and abs(value - last) <= abs(value) * mpf(10) ** -25:
            return value
        last = value
    if last:
        raise EvaluationError("the digits that are tried do not agree")
    return last


__all__ = ["drawn", "truth"]
