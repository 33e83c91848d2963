"""Random points at which formulas are compared: sizes, values by kind, labels and indices."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from mpmath import mp, mpf
from sympy import Integer

from derive.errors import EvaluationError
from derive.expressions.atoms import Dim, Index, Tensor, Variable
from derive.expressions.evaluate import Point, evaluate
from derive.expressions.indexing import free_names
from derive.expressions.kinds import Kind

SIZES = (1, 2, 3, 7)
TRUE_SIZE = 20  # dimensions given as numbers up to this are taken at their true size
TRIES = 200
SCALAR_POINTS = 8  # points for a formula without any dimension
_BITS = 20
_PRECISE = 300  # digits to which the entries of a simplex sum to 1


def number(kind: Kind, draw: random.Random, size: int = 0) -> Any:
    """A random value of a kind, exact in few bits so that arithmetic on it is quick."""
    unit = mpf(draw.randrange(1, 2**_BITS)) / 2**_BITS
    domain = kind.domain
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
    return 4 * unit - 2 if domain == "real" else 3 * unit + mpf(1) / 8


def sizes_for(dims: Sequence[Any], turn: int) -> dict[Any, int]:
    """Sizes for each dimension: every one of SIZES in turn, several dimensions out of step."""
    sizes = {}
    for place, dim in enumerate(dims):
        if isinstance(dim, Dim) or int(dim) > TRUE_SIZE:
            sizes[dim] = SIZES[(turn + place) % len(SIZES)]
    return sizes


def dimensions(names: Iterable[Any]) -> list[Any]:
    """The dimensions that the names mention, in order of their names."""
    found: set[Any] = set()
    for leaf in names:
        if isinstance(leaf, Dim):
            found.add(leaf)
        elif isinstance(leaf, Index):
            found.add(leaf.dim)
        elif isinstance(leaf, (Variable, Tensor)):
            found |= {*leaf.kind.shape, *(() if leaf.kind.over is None else (leaf.kind.over,))}
    return sorted((d for d in found if isinstance(d, (Dim, Integer))), key=str)


def fill_tensor(tensor: Tensor, point: Point, draw: random.Random) -> dict[tuple[int, ...], Any]:
    """Random elements for a tensor; rows of a simplex sum to 1, rows of a one-hot have one 1."""
    kind = tensor.kind
    size = point.size(kind.over) if kind.over is not None else 0
    if kind.domain == "onehot":
        values: dict[tuple[int, ...], Any] = {}
        for row in point.entries(kind.shape[:-1]):
            hot = draw.randrange(size)
            values |= {(*row, n): int(n == hot) for n in range(size)}
        return values
    values = {at: number(kind, draw, size) for at in point.entries(kind.shape)}
    if kind.domain == "simplex":
        with mp.workdps(_PRECISE):
            for row in point.entries(kind.shape[:-1]):
                total = mp.fsum(values[(*row, n)] for n in range(size))
                for n in range(size):
                    values[(*row, n)] /= total
    return values


def cases(count: int) -> tuple[str, ...]:
    """How free indices and labels stand to each other; `count` is the number of free indices."""
    return ("equal", "unequal", "pair") if count > 1 else ("equal", "unequal")


def place_indices(case: str, leaves: Sequence[Any], point: Point, draw: random.Random,
                  ) -> dict[Any, int]:
    """Values for free indices and labels: all equal, all different, or indices equal alone.

    "different" goes as far as the size allows.
    """
    values: dict[Any, int] = {}
    by_dim: dict[Any, list[Any]] = {}
    for leaf in leaves:
        dim = leaf.dim if isinstance(leaf, Index) else leaf.kind.over
        by_dim.setdefault(dim, []).append(leaf)
    for dim, group in by_dim.items():
        size = point.size(dim)
        start = draw.randrange(size)
        group.sort(key=lambda leaf: (isinstance(leaf, Variable), leaf.name))
        for place, leaf in enumerate(group):
            step = {"equal": 0, "unequal": place, "pair": int(isinstance(leaf, Variable))}[case]
            values[leaf] = (start + step) % size
    return values


def random_point(names: set[Any], turn: int, case: str, draw: random.Random) -> Point:
    """A point for the names: sizes by `turn`, indices and labels by `case`, the rest at random."""
    dims = dimensions(names)
    point = Point(sizes=sizes_for(dims, turn))
    ordered = sorted(names, key=lambda leaf: (type(leaf).__name__, leaf.name))
    labels = [n for n in ordered if isinstance(n, Index)
              or (isinstance(n, Variable) and n.kind.domain == "label")]
    scalars: dict[Any, Any] = dict(place_indices(case, labels, point, draw))
    tensors = {}
    for leaf in ordered:
        if isinstance(leaf, Variable) and leaf not in scalars:
            scalars[leaf] = number(leaf.kind, draw)
        elif isinstance(leaf, Tensor):
            tensors[leaf] = fill_tensor(leaf, point, draw)
    return replace(point, scalars=scalars, tensors=tensors)


def with_definitions(point: Point, definitions: Iterable[Any], digits: int) -> Point:
    """The point with the values of named intermediates, computed from their definitions."""
    for definition in definitions:
        symbol, indices, body = definition.symbol, definition.indices, definition.body
        if not indices:
            value = evaluate(body, point, digits)
            point = replace(point, scalars={**point.scalars, symbol: value})
            continue
        values = {}
        for at in point.entries(tuple(i.dim for i in indices)):
            here = replace(point, scalars={**point.scalars, **dict(zip(indices, at, strict=True))})
            values[at] = evaluate(body, here, digits)
        point = replace(point, tensors={**point.tensors, symbol: values})
    return point


def valid_points(expressions: Sequence[Any], conditions: Sequence[Any], definitions: Sequence[Any],
                 seed: int, digits: int) -> Iterator[tuple[str, Point]]:
    """Points for every size and every case at which all conditions hold, with a description.

    Raises EvaluationError if at some size none is found at all.
    """
    draw = random.Random(seed)
    known = {d.symbol for d in definitions}
    names: set[Any] = set()
    for node in (*expressions, *conditions, *(d.body for d in definitions)):
        names |= free_names(node)
    inner = {i for d in definitions for i in d.indices}
    names -= known | inner
    turns = len(SIZES) if dimensions(names) else SCALAR_POINTS
    indices = sum(isinstance(n, Index) for n in names)
    has_labels = indices or any(isinstance(n, Variable) and n.kind.domain == "label" for n in names)
    for turn in range(turns):
        for case in cases(indices) if has_labels else ("equal",):
            point = _valid(names, conditions, definitions, turn, case, draw, digits)
            if point is not None:
                yield case, point


def _valid(names: set[Any], conditions: Sequence[Any], definitions: Sequence[Any], turn: int,
           case: str, draw: random.Random, digits: int) -> Point | None:
    for _ in range(TRIES):
        point = random_point(names, turn, case, draw)
        try:
            point = with_definitions(point, definitions, digits)
            if all(evaluate(c, point, 15) for c in conditions):
                return point
        except EvaluationError:
            continue
    return None
