"""The proof that a field is the gradient of no cost: a point, two numbers, two paths."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from typing import Any

from derive.calculus.cost.field import Field
from derive.calculus.cost.symmetry import Symmetry
from derive.core.atoms import Index, Tensor, Variable
from derive.core.indexing import free_names
from derive.errors import EvaluationError, NotAGradient
from derive.judge.precision import handed_over, mp, mpf
from derive.judge.trees.evaluate import Point, evaluate
from derive.judge.trees.index_places import holds_everywhere, least_sizes
from derive.judge.trees.line_points import dimensions, random_point
from derive.notation.printing.plain import plain
from derive.proof import Path, Refusal, Witness, number, place

DIGITS = 30
_CLEAR = 1e-15
_SIZES = (2, 3, 4)
STEPS = (1, 2, 0.5, 0.125)
_SCALARS = 12  # so many values of single parameters are tried at plain arrays


def refuse(field: Field, shown: Symmetry) -> None:
    """Raises NotAGradient with the simplest witness; returns where none is found."""
    found = next(_witnesses(field, shown), None)
    if found is None:
        return
    point, first, second, numbers = found
    values = told_at(field, point)
    witness = Witness(values, first, second, numbers)
    shown_as = proof_of(field, shown, witness, _two_paths(field, point, first, second), values)
    left, right = (number(n) for n in numbers)
    name, variable = shown_as.field_name, shown_as.variable
    raise NotAGradient(
        f"{plain(field.typed)} is the gradient of no cost: its Jacobian is not symmetric, "
        f"∂{name}_{place(first)}/∂{variable}_{place(second)} = {left} but "
        f"∂{name}_{place(second)}/∂{variable}_{place(first)} = {right}", shown_as)


def proof_of(field: Field, shown: Symmetry, witness: Witness | None,
             paths: tuple[Path, Path] | None, values: dict[str, Any]) -> Refusal:
    """The proof as data."""
    if witness is not None:
        witness = Witness(handed_over(witness.values), witness.first, witness.second,
                          handed_over(witness.numbers))
    if paths is not None:
        one, other = (Path(handed_over(p.corners), handed_over(p.work)) for p in paths)
        paths = one, other
    return Refusal(
        field=field.typed, given=field.posed.specification.declared, variable=field.tensor.name,
        field_name=shown.jacobian.definitions[0].name, jacobian=shown.jacobian,
        difference=shown.difference, witness=witness, paths=paths,
        values=handed_over(values))


def told_at(field: Field, point: Point) -> dict[str, Any]:
    """The values of a point by name: sizes, numbers, arrays as nested tuples."""
    found: dict[str, Any] = {str(d): n for d, n in point.sizes.items()}
    for leaf, values in sorted(point.tensors.items(), key=lambda item: item[0] != field.tensor):
        found[leaf.name] = _nested(values)
    return found | {leaf.name: v for leaf, v in point.scalars.items() if isinstance(leaf, Variable)}


def _nested(values: dict[tuple[int, ...], Any]) -> tuple[Any, ...]:
    """The elements of an array as rows of rows."""
    if all(len(at) == 1 for at in values):
        return tuple(v for _, v in sorted(values.items()))
    rows = sorted({at[0] for at in values})
    return tuple(_nested({at[1:]: v for at, v in values.items() if at[0] == r}) for r in rows)


# A point


def _witnesses(field: Field, shown: Symmetry) -> Iterator[tuple[Point, Any, Any, Any]]:
    """Points at which two mixed derivatives differ, plain ones first."""
    jacobian = shown.jacobian
    body = jacobian.result
    both = jacobian.indices
    conditions = (*jacobian.assumptions, *jacobian.obligations)
    names = free_names(body) | free_names(field.body) | {n for c in conditions
                                                         for n in free_names(c)}
    names -= set(both)
    for point in _points(names, field.tensor, (body, field.body)):
        shape = tuple(point.size(i.dim) for i in field.indices)
        places = list(product(*(range(n) for n in shape)))
        for first, second in ((a, b) for a in places for b in places if a < b):
            at = [dict(zip(both, (*a, *b), strict=True))
                  for a, b in ((first, second), (second, first))]
            if not all(_holds(c, replace(point, scalars={**point.scalars, **here}))
                       for c in conditions for here in at):
                continue
            values = [value_at(body, point, here) for here in at]
            left, right = values
            if left is not None and right is not None and \
                    abs(left - right) > _CLEAR * max(1, abs(left)):
                yield point, first, second, (left, right)


def _holds(condition: Any, point: Point) -> bool:
    try:
        return holds_everywhere(condition, point)
    except EvaluationError:
        return False


def value_at(node: Any, point: Point, at: dict[Any, int], digits: int = DIGITS) -> Any | None:
    """The value of a formula at a point with some indices chosen, or None."""
    here = replace(point, scalars={**point.scalars, **at})
    try:
        return mpf(evaluate(node, here, digits))
    except EvaluationError:
        return None


def _points(names: set[Any], variable: Any, nodes: tuple[Any, ...]) -> Iterator[Point]:
    """Points with small whole numbers, for sizes 2, 3 and 4; then random ones."""
    names = names | {variable}
    dims = dimensions(names)
    least = least_sizes(nodes)
    patterns: tuple[tuple[Any, ...], ...] = ((0, 0, 0, 0), (1, 0, 0, 0), (2, 1, 1, 1),
                                             (1, 2, 3, 4), (mp.ln(2), 0, 0, 0))
    draw = random.Random(5)
    for size in _SIZES:
        sizes = {d: max(size, least.get(d, 1)) for d in dims}
        for own, other in product(patterns, ((1, 0, 0, 0), (1, 2, 3, 4))):
            yield _plain_point(names, sizes, {variable: own}, other)
        for turn in range(_SCALARS):
            plain_one = _plain_point(names, sizes, {variable: patterns[0]}, patterns[1])
            drawn = random_point(names, turn, "random", draw).scalars
            chosen = {leaf: v for leaf, v in drawn.items() if isinstance(leaf, Variable)}
            yield replace(plain_one, scalars={**plain_one.scalars, **chosen})
    for turn in range(40):
        yield random_point(names, turn, "random", draw)


def _plain_point(names: set[Any], sizes: dict[Any, int], own: dict[Any, tuple[Any, ...]],
                 other: tuple[Any, ...]) -> Point:
    """A point at which the variable follows a pattern of its own, all other arrays another."""
    point = Point(sizes=sizes)
    scalars: dict[Any, Any] = {}
    tensors: dict[Any, dict[tuple[int, ...], Any]] = {}
    for leaf in sorted(names, key=lambda n: (type(n).__name__, n.name)):
        if isinstance(leaf, Index):
            scalars[leaf] = 0
        elif isinstance(leaf, Variable):
            scalars[leaf] = mpf(1) / 2 if leaf.kind.domain == "probability" else \
                (0 if leaf.kind.domain == "label" else 1)
        elif isinstance(leaf, Tensor):
            tensors[leaf] = _filled(leaf, point, own.get(leaf, other))
    return replace(point, scalars=scalars, tensors=tensors)


def _filled(leaf: Tensor, point: Point, pattern: tuple[Any, ...]) -> dict[tuple[int, ...], Any]:
    values: dict[tuple[int, ...], Any] = {}
    for place_, at in enumerate(point.entries(leaf.kind.shape)):
        if leaf.kind.domain in ("simplex", "onehot"):
            values[at] = mpf(int(at[-1] == 0))
        elif leaf.kind.domain == "label":
            values[at] = 0
        elif leaf.kind.domain == "probability":
            values[at] = mpf(1) / (2 + place_)
        elif leaf.kind.domain == "positive":
            values[at] = mpf(pattern[place_ % len(pattern)] or 1)
        elif leaf.kind.domain == "negative":
            values[at] = -mpf(1 + place_)
        else:
            values[at] = mpf(pattern[place_ % len(pattern)])
    return values


# Two paths


def _two_paths(field: Field, point: Point, first: tuple[int, ...], second: tuple[int, ...],
               ) -> tuple[Path, Path] | None:
    """The two ways around a rectangle in the plane of the two components."""
    for step, sign in product(STEPS, (1, -1)):
        found = []
        for order in ((first, second), (second, first)):
            path = _path(field, point, order, mpf(step * sign))
            if path is None:
                break
            found.append(path)
        if len(found) == 2 and abs(found[0].work - found[1].work) > mpf(10) ** -4:
            return found[0], found[1]
    return None


def _path(field: Field, point: Point, order: tuple[Any, ...], step: Any) -> Path | None:
    corners = [coordinates(field, point)]
    work = mpf(0)
    here = point
    try:
        for at in order:
            work += _work(field, here, at, step)
            here = here.moved(field.tensor, at, step)
            if not within(field, here, at):
                return None
            corners.append(coordinates(field, here))
    except (EvaluationError, ValueError):
        return None
    return Path(tuple(corners), work)


def within(field: Field, point: Point, at: tuple[int, ...]) -> bool:
    """Whether a component still has a value that its type allows."""
    allowed, value = field.tensor.kind.interval, point.tensors[field.tensor][at]
    low, high = float(allowed.low), float(allowed.high)
    above = value > low or (value == low and not allowed.low_open)
    return bool(above and (value < high or (value == high and not allowed.high_open)))


def coordinates(field: Field, point: Point) -> tuple[Any, ...]:
    """The variable at a point, as nested tuples."""
    return _nested(point.tensors[field.tensor])


def _work(field: Field, point: Point, at: tuple[int, ...], step: Any) -> Any:
    """∫ g_at dz_at along one edge."""
    place_ = dict(zip(field.indices, at, strict=True))

    def component(length: Any) -> Any:
        moved = point.moved(field.tensor, at, length)
        here = replace(moved, scalars={**moved.scalars, **place_})
        return mpf(evaluate(field.body, here, DIGITS))

    with mp.workdps(DIGITS):
        return mp.quad(component, [0, step])
