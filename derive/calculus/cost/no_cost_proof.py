"""The proof that a field is the gradient of no cost: a point, two numbers, two paths."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from itertools import combinations, product
from typing import Any

from sympy import Expr

from derive.calculus.cost.field import Field
from derive.calculus.cost.symmetry import Symmetry
from derive.calculus.formulas import hold
from derive.core.atoms import Dim, Index, Named, Tensor, Variable
from derive.core.indexing import free_names
from derive.errors import EvaluationError, NotAGradient
from derive.judge.precision import Float, handed_over, mp, mpf
from derive.judge.trees.evaluate import Point, evaluate
from derive.judge.trees.index_places import least_sizes
from derive.judge.trees.line_points import dimensions, random_point
from derive.notation.printing.plain import plain
from derive.proof import Path, Refusal, Witness, number, place

DIGITS = 30
CLEAR = 1e-15
Place = tuple[int, ...]       # subscripts, counted from 0
Pattern = tuple[Float, ...]  # values of an array, one after the other
_SIZES = (2, 3, 4)
STEPS = (1, 2, 0.5, 0.125)
_SCALARS = 12  # so many values of single parameters are tried at plain arrays


def refuse(field: Field, shown: Symmetry) -> None:
    """Raises NotAGradient with the simplest witness; returns where none is found."""
    point, witness = next(_witnesses(field, shown), (None, None))
    if point is None or witness is None:
        return
    first, second = witness.first, witness.second
    proof = proof_of(field, shown, witness, _two_paths(field, point, first, second),
                     dict(witness.values))
    left, right = map(number, witness.numbers)
    name, variable = proof.field_name, proof.variable
    raise NotAGradient(
        f"{plain(field.typed)} is the gradient of no cost: its Jacobian is not symmetric, "
        f"∂{name}_{place(first)}/∂{variable}_{place(second)} = {left} but "
        f"∂{name}_{place(second)}/∂{variable}_{place(first)} = {right}", proof)


def proof_of(field: Field, shown: Symmetry, witness: Witness | None,
             paths: tuple[Path, Path] | None, values: dict[str, Any]) -> Refusal:
    """The proof as data."""
    if witness is not None:
        witness = Witness(handed_over(witness.values), witness.first, witness.second,
                          handed_over(witness.numbers))
    if paths is not None:
        first, second = (Path(handed_over(p.corners), handed_over(p.work)) for p in paths)
        paths = first, second
    return Refusal(
        field=field.typed, given=field.posed.specification.declared, variable=field.tensor.name,
        field_name=shown.jacobian.definitions[0].name, jacobian=shown.jacobian,
        difference=shown.difference, witness=witness, paths=paths,
        values=handed_over(values), assumed=field.text.assumed if field.text else ())


def values_at(field: Field, point: Point) -> dict[str, Any]:
    """The values of a point by name: sizes, numbers, arrays as nested tuples."""
    named: dict[str, Any] = {str(d): n for d, n in point.sizes.items()}
    for leaf, values in sorted(point.tensors.items(), key=lambda item: item[0] != field.tensor):
        named[leaf.name] = _nested(values)
    return named | {leaf.name: v for leaf, v in point.scalars.items() if isinstance(leaf, Variable)}


def _nested(values: Mapping[Place, Float]) -> tuple[Any, ...]:
    """The elements of an array as rows of rows."""
    if all(len(at) == 1 for at in values):
        return tuple(v for _, v in sorted(values.items()))
    rows = sorted({at[0] for at in values})
    return tuple(_nested({at[1:]: v for at, v in values.items() if at[0] == r}) for r in rows)


# A point


def _witnesses(field: Field, shown: Symmetry) -> Iterator[tuple[Point, Witness]]:
    """Points at which two mixed derivatives differ, plain ones first."""
    jacobian = shown.jacobian
    conditions = (*jacobian.assumptions, *jacobian.obligations)
    names = set().union(*map(free_names, (jacobian.result, field.body, *conditions)))
    for point in plain_points(names - set(jacobian.indices), field.tensor,
                         (jacobian.result, field.body)):
        places = product(*(range(point.size(i.dim)) for i in field.indices))
        for first, second in combinations(places, 2):
            pair = [dict(zip(jacobian.indices, both, strict=True))
                    for both in ((*first, *second), (*second, *first))]
            if not all(hold(conditions, point.holding(here)) for here in pair):
                continue
            left, right = (value_at(jacobian.result, point, here) for here in pair)
            if left is not None and right is not None and \
                    abs(left - right) > CLEAR * max(1, abs(left)):
                yield point, Witness(values_at(field, point), first, second, (left, right))


def value_at(node: Expr, point: Point, at: Mapping[Index, int], digits: int = DIGITS,
             ) -> Float | None:
    """The value of a formula at a point with some indices chosen, or None."""
    try:
        return mpf(evaluate(node, point.holding(at), digits))
    except EvaluationError:
        return None


def plain_points(names: set[Named], variable: Named, nodes: tuple[Expr, ...]) -> Iterator[Point]:
    """Points with small whole numbers, for sizes 2, 3 and 4; then random ones."""
    names = names | {variable}
    dims = dimensions(names)
    least = least_sizes(nodes)
    patterns: tuple[Pattern, ...] = ((0, 0, 0, 0), (1, 0, 0, 0), (2, 1, 1, 1), (1, 2, 3, 4),
                                     (mp.ln(2), 0, 0, 0))
    draw = random.Random(5)
    for size in _SIZES:
        sizes = {d: max(size, least.get(d, 1)) for d in dims}
        for own, other in product(patterns, ((1, 0, 0, 0), (1, 2, 3, 4))):
            yield _plain_point(names, sizes, {variable: own}, other)
        for turn in range(_SCALARS):
            base = _plain_point(names, sizes, {variable: patterns[0]}, patterns[1])
            drawn = random_point(names, turn, "random", draw).scalars
            chosen = {leaf: v for leaf, v in drawn.items() if isinstance(leaf, Variable)}
            yield base.holding(chosen)
    for turn in range(40):
        yield random_point(names, turn, "random", draw)


def _plain_point(names: set[Named], sizes: dict[Dim, int], own: Mapping[Named, Pattern],
                 other: Pattern) -> Point:
    """A point at which the variable follows a pattern of its own, all other arrays another."""
    point = Point(sizes=sizes)
    scalars: dict[Named, Float] = {}
    tensors: dict[Tensor, dict[Place, Float]] = {}
    for leaf in sorted(names, key=lambda n: (type(n).__name__, n.name)):
        if isinstance(leaf, Index):
            scalars[leaf] = 0
        elif isinstance(leaf, Variable):
            scalars[leaf] = mpf(1) / 2 if leaf.kind.domain == "probability" else \
                (0 if leaf.kind.domain == "label" else 1)
        elif isinstance(leaf, Tensor):
            tensors[leaf] = _filled(leaf, point, own.get(leaf, other))
    return replace(point, scalars=scalars, tensors=tensors)


def _filled(leaf: Tensor, point: Point, pattern: Pattern) -> dict[Place, Float]:
    values: dict[Place, Float] = {}
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


def _two_paths(field: Field, point: Point, first: Place, second: Place,
               ) -> tuple[Path, Path] | None:
    """The two ways around a rectangle in the plane of the two components."""
    for step, sign in product(STEPS, (1, -1)):
        sides = dict.fromkeys((first, second), mpf(step * sign))
        paths = around_rectangle(field, point, sides, field_work)
        if paths is not None and abs(paths[0].work - paths[1].work) > mpf(10) ** -4:
            return paths
    return None


Edge = Callable[[Field, Point, Place, Float, Float], Float | None]


def around_rectangle(field: Field, point: Point, sides: dict[Place, Float], work: Edge,
                     ) -> tuple[Path, Path] | None:
    """The two ways along the sides of a rectangle from a point to the opposite corner.

    `sides` are the lengths by component; `work` adds that of the field along an edge to what
    there is so far, and is None where the field has no value. None where a way leaves the values
    that the variable may have.
    """
    paths = []
    for order in (list(sides), list(reversed(sides))):
        corners, total, here = [coordinates(field, point)], mpf(0), point
        for at in order:
            total = work(field, here, at, sides[at], total)
            here = here.moved(field.tensor, at, sides[at])
            if total is None or not within(field, here, at):
                return None
            corners.append(coordinates(field, here))
        paths.append(Path(tuple(corners), total))
    return paths[0], paths[1]


def within(field: Field, point: Point, at: Place) -> bool:
    """Whether a component still has a value that its type allows."""
    allowed = field.tensor.kind.interval
    value = point.tensors[field.tensor][at] if at else point.scalars[field.tensor]
    low, high = float(allowed.low), float(allowed.high)
    above = value > low or (value == low and not allowed.low_open)
    return bool(above and (value < high or (value == high and not allowed.high_open)))


def coordinates(field: Field, point: Point) -> tuple[Any, ...]:
    """The variable at a point, as nested tuples."""
    return _nested(point.tensors[field.tensor])


def field_work(field: Field, point: Point, at: Place, step: Float, total: Float) -> Float | None:
    """A total and ∫ g_at dz_at along one edge; None where the field has no value on it."""
    place_ = dict(zip(field.indices, at, strict=True))

    def component(length: Float) -> Float:
        moved = point.moved(field.tensor, at, length)
        return mpf(evaluate(field.body, moved.holding(place_), DIGITS))

    try:
        with mp.workdps(DIGITS):
            work = mp.quad(component, [0, step])
    except (EvaluationError, ValueError):
        return None
    return total + work
