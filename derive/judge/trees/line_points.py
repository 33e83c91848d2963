"""Random points at which formulas are compared: sizes, values by kind, labels and indices."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from math import prod
from types import MappingProxyType
from typing import Any

from sympy import Basic, Expr

from derive.core.atoms import Dim, FunctionName, Index, Tensor, Variable
from derive.core.indexing import parts
from derive.core.kinds import Kind
from derive.errors import EvaluationError
from derive.judge.precision import Number, mp, mpf
from derive.judge.reading.typed_matrices import MATRICES, matrix_entries
from derive.judge.trees.evaluate import Point, evaluate
from derive.judge.trees.index_places import (
    MOST_ENTRIES,
    arrangements,
    holds_everywhere,
    least_sizes,
    place_indices,
    too_large,
)
from derive.judge.trees.point_demands import (
    SIZES,
    distinguishes_cases,
    marks_of,
    names_in,
    needed_definitions,
    sizes_near,
)

FURTHER = (12, 5, 9, 4, 6, 8)  # sizes for lines of a derivation, as far as the work is bounded
_FEWEST = 3  # so many of SIZES are visited, however much work they are
MOST_WORK = 520  # terms of sums, each computed once, after which no further size is visited
TRIES = 200
MOST_WITHOUT_VALUE = 12  # so many points at which the formula has no value are enough
SCALAR_POINTS = 8  # points for a formula without any dimension
LAW_POINTS = 2     # points for a formula that takes quadrature
CASE_POINTS = 24   # … that distinguishes cases
_BITS = 20
_NEAR = 1e-20  # a probability nearer to 0 or 1 is left to the formulas, not to points
_PRECISE = 300  # digits to which the entries of a simplex sum to 1
Arranged = tuple[str, Point]  # the name of an arrangement of indices, a point with it


@dataclass(frozen=True)
class Drawing:
    """A source of random values, most of them near the `mark`, a number of the formula."""

    draw: random.Random
    mark: Any = None

    def number(self, kind: Kind, size: int = 0) -> Any:
        """A random value of a kind, exact in few bits so that arithmetic on it is quick."""
        draw, domain = self.draw, kind.domain
        unit = mpf(draw.randrange(1, 2**_BITS)) / 2**_BITS
        if domain in ("label", "index"):
            return draw.randrange(size)
        if domain in ("binary", "onehot"):
            return draw.randrange(2)
        if domain == "count":
            return draw.randrange(7)
        if domain == "integer":
            return draw.randrange(-4, 5)
        if domain == "probability":
            return (unit * 15 + mpf(1) / 2) / 16
        if self.mark is not None and draw.random() < 0.75:
            value = self.mark * (unit + mpf(1) / 2)
        else:
            value = (unit * 3 + mpf(1) / 8) * draw.choice((1, 1, 1, mpf(1) / 16, 3))
        if domain == "negative":
            return -abs(value)
        return value * draw.choice((1, -1)) if domain == "real" else abs(value)


def sizes_for(dims: Sequence[Expr], turn: int, least: dict[Expr, int],
              sizes: Sequence[int] = SIZES) -> dict[Any, int]:
    """Sizes for each dimension: each of them in turn, several dimensions out of step."""
    return {dim: max(sizes[(turn + place) % len(sizes)], least.get(dim, 1))
            for place, dim in enumerate(dims)}


def dimensions(names: Iterable[Expr]) -> list[Any]:
    """The symbolic dimensions that the names mention, in order of their names."""
    dims: set[Any] = set()
    for leaf in names:
        if isinstance(leaf, Dim):
            dims.add(leaf)
        elif isinstance(leaf, Index):
            dims.add(leaf.dim)
        elif isinstance(leaf, (Variable, Tensor)):
            dims |= {*leaf.kind.shape, *(() if leaf.kind.over is None else (leaf.kind.over,))}
    return sorted((d for d in dims if isinstance(d, Dim)), key=str)


def fill_tensor(tensor: Tensor, point: Point, drawing: Drawing) -> dict[tuple[int, ...], Any]:
    """Random elements for a tensor; rows of a simplex sum to 1, rows of a one-hot have one 1.

    Raises VerificationError for a tensor of too many elements.
    """
    kind = tensor.kind
    size = point.size(kind.over) if kind.over is not None else 0
    if prod(point.size(d) for d in kind.shape) > MOST_ENTRIES:
        raise too_large(f"{tensor.name}[{', '.join(str(point.size(d)) for d in kind.shape)}]")
    values: dict[tuple[int, ...], Any] = {}
    if kind.domain == "onehot":
        for row in point.entries(kind.shape[:-1]):
            hot = drawing.draw.randrange(size)
            values |= {(*row, n): int(n == hot) for n in range(size)}
        return values
    if kind.domain in MATRICES:
        scale = mpf(drawing.draw.choice((4, 8, 2, 32))) / 8
        return matrix_entries(kind.domain, point.shape(kind.shape), drawing.draw,
                              lambda at: drawing.number(replace(kind, domain="real")), scale)
    positive = replace(kind, domain="positive") if kind.domain == "simplex" else kind
    values = {at: drawing.number(positive, size) for at in point.entries(kind.shape)}
    if kind.domain == "simplex":
        with mp.workdps(_PRECISE):
            for row in point.entries(kind.shape[:-1]):
                total = mp.fsum(values[(*row, n)] for n in range(size))
                for n in range(size):
                    values[(*row, n)] /= total
    return values


def random_point(names: set[Expr], turn: int, case: str, draw: random.Random,
                 marks: tuple[Number, ...] = (), least: dict[Expr, int] | None = None,
                 laws: Mapping[Any, Any] = MappingProxyType({}),
                 sizes: Sequence[int] = SIZES) -> Point:
    """A point for the names: sizes by `turn`, indices and labels by `case`, the rest at random."""
    drawing = Drawing(draw, marks[turn % len(marks)] if marks else None)
    point = Point(sizes=sizes_for(dimensions(names), turn, least or {}, sizes))
    ordered = sorted(names, key=lambda leaf: (type(leaf).__name__, leaf.name))
    labels = [n for n in ordered if isinstance(n, Index)
              or (isinstance(n, Variable) and n.kind.domain == "label")]
    scalars: dict[Any, Any] = dict(place_indices(case, labels, point, draw))
    tensors = {}
    for leaf in ordered:
        if isinstance(leaf, Variable) and leaf not in scalars:
            scalars[leaf] = drawing.number(leaf.kind)
        elif isinstance(leaf, Tensor):
            tensors[leaf] = fill_tensor(leaf, point, drawing)
    functions = {leaf.unknown[0]: unknown_function(draw) for leaf in ordered
                 if isinstance(leaf, FunctionName) and leaf.unknown}
    return replace(point, scalars=scalars, tensors=tensors, functions=functions, laws=laws)


def unknown_function(draw: random.Random) -> Callable[[Any, int], Any]:
    """A random positive function a + exp(b x) + c x**2, with its derivatives."""
    a, b, c = (mpf(draw.randrange(1, 32)) / 16 for _ in range(3))

    def value(x: Number, order: int) -> Any:
        polynomial = (a + c * x**2, 2 * c * x, 2 * c)[order] if order < 3 else 0
        return polynomial + b**order * mp.exp(b * x)

    return value


def with_definitions(point: Point, definitions: Iterable[Any], digits: int) -> Point:
    """The point with the values of named intermediates, computed from their definitions."""
    for definition in definitions:
        symbol, indices, body = definition.symbol, definition.indices, definition.body
        if not indices:
            value = evaluate(body, point, digits)
            if symbol.kind.domain == "probability" and not _inside(value, digits):
                raise EvaluationError("rounding would decide here")
            if symbol.kind.interval.positive and not value > _NEAR:
                raise EvaluationError("a value on the edge of its range")
            point = point.holding({symbol: value})
            continue
        values = {}
        for at in point.entries(tuple(i.dim for i in indices)):
            here = point.holding(dict(zip(indices, at, strict=True)))
            values[at] = evaluate(body, here, digits)
        point = point.with_tensor(symbol, values)
    return point


def _inside(value: Number, digits: int) -> bool:
    """Whether a probability is clearly between 0 and 1."""
    with mp.workdps(digits):
        return bool(value > _NEAR and 1 - value > _NEAR)


def valid_points(expressions: Sequence[Expr], conditions: Sequence[Basic],
                 definitions: Sequence[Any], seed: int, digits: int, largest: Number | None = None,
                 laws: Mapping[Any, Any] = MappingProxyType({}), most: int = 0,
                 near: bool = False, further: bool = False) -> Iterator[Arranged]:
    """Points for every size and arrangement of indices at which all conditions hold.

    The first of the expressions must have a value there, none of its functions one beyond
    `largest`. Each point comes with the name of its arrangement; sizes at which there is none
    are left out. `laws` are those of random variables; `most` bounds the points of a formula
    without dimensions. With `near` the numbers of the formulas and their neighbours are sizes too,
    with `further` more than SIZES, as far as the work that is done at the points allows; without
    it not all of SIZES where the work is too much.
    """
    definitions = needed_definitions(definitions, (*expressions, *conditions))
    nodes = (*expressions, *conditions, *(d.body for d in definitions))
    cases = distinguishes_cases(nodes)
    marks = marks_of(nodes) if cases else ()
    search = _Search(expressions[0], conditions, definitions, names_in(nodes, definitions), marks,
                     least_sizes(nodes), laws, digits, largest, random.Random(seed))
    sized = bool(dimensions(search.names))
    turns = _turns(sized, cases, marks)
    fewest = _FEWEST if sized and near and not further else turns
    for turn in range(min(turns, most or turns)):
        if turn >= fewest and search.spent > MOST_WORK:
            break
        for case in arrangements(search.names):
            yield from search.points(turn, case)
    if sized and not most:
        yield from search.more_points(sizes_near(nodes) if near else (), FURTHER if further else ())


def _turns(sized: bool, cases: bool, marks: Sequence[Number]) -> int:
    """How many points of each arrangement are looked for."""
    if sized:
        return len(SIZES)
    return CASE_POINTS + 4 * len(marks) if cases else SCALAR_POINTS


@dataclass
class _Search:
    """A search for points at which formulas have values and conditions hold."""

    original: Any
    conditions: Sequence[Any]
    definitions: Sequence[Any]
    names: set[Any]
    marks: tuple[Any, ...]
    least: dict[Any, int]
    laws: Mapping[Any, Any]
    digits: int
    largest: Any
    draw: random.Random
    spent: int = 0  # terms that were computed at the points so far

    def points(self, turn: int, case: str, sizes: Sequence[int] = SIZES) -> Iterator[Arranged]:
        """A point of an arrangement, or none; what is done at it is counted."""
        point = self._valid(partial(random_point, self.names, turn, case, self.draw, self.marks,
                                    self.least, self.laws, sizes))
        if point is not None:
            yield case, point
            self.spent += point.meter.spent

    def more_points(self, needed: Sequence[int], others: Sequence[int]) -> Iterator[Arranged]:
        """Points of those sizes, one arrangement each: the others as far as the work allows."""
        cases = arrangements(self.names)
        for place, size in enumerate((*needed, *others)):
            if size not in needed and self.spent > MOST_WORK:
                break
            yield from self.points(0, cases[place % len(cases)], (size,))

    def _valid(self, make: Callable[[], Point]) -> Point | None:
        without_value = 0
        symbols = {d.symbol for d in self.definitions}
        later = [c for c in self.conditions if not symbols.isdisjoint(parts(c))]
        sooner = [c for c in self.conditions if c not in later]  # do not wait for the definitions
        for _ in range(TRIES):
            point = make()
            try:
                if not all(holds_everywhere(c, point) for c in sooner):
                    continue
                point = with_definitions(point, self.definitions, self.digits)
                if not all(holds_everywhere(c, point) for c in later):
                    continue
                without_value += 1
                evaluate(self.original, point, 15, self.largest)
            except EvaluationError:
                if without_value > MOST_WITHOUT_VALUE:
                    break
                continue
            return point
        return None
