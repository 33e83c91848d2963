"""Whether shifted subscripts along an ordinary index, h[t-1, i-1], stay inside their axis."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Sequence
from itertools import product
from typing import Any, NamedTuple

from sympy import Add, Expr, Mul, true

from derive.core import heads
from derive.core.atoms import BoundIndex, Dim, Index
from derive.core.indexing import parts
from derive.core.kinds import Dimension
from derive.core.walk import TOP, Binders, enter
from derive.limits import tick
from derive.notation.printing.plain import plain
from derive.notation.reading.model_equations import Model

MOST_SIZE = 4   # of the dimensions for which places are tried
MOST_FIXED = 64  # up to this size, one that is given is taken as it is
_ORDERS: dict[type, Callable[[Any, Any], bool]] = {
    heads.Less: operator.lt, heads.LessEqual: operator.le, heads.Equal: operator.eq,
    heads.NotEqual: operator.ne}


class Place(NamedTuple):
    """A subscript that is more than an index: where it is read, along what, on which conditions."""

    element: heads.Element
    subscript: Expr
    dim: Dimension
    tests: tuple[Expr, ...]


def out_of_range(body: Expr, model: Model) -> str:
    """What to say of the first read beyond the end of an axis; nothing where there is none."""
    for place in _places(body, (), TOP, model):
        for values in _trials(place):
            tick("looking at subscripts")
            at, size = _number(place.subscript, values), _size(place.dim, values)
            if at is not None and not 0 <= at < size and all(
                    _holds(t, values) is not False for t in place.tests):
                return _message(place, values, at)
    return ""


def _message(place: Place, values: dict[Expr, int], at: int) -> str:
    element = plain(place.element)
    index = next(n for n in parts(place.subscript) if isinstance(n, (Index, BoundIndex)))
    offset, rest = place.subscript.as_coeff_Add()
    inside = f"{plain(place.subscript)} >= 0" if at < 0 else \
        f"{plain(place.subscript)} < {place.dim}"
    if rest == index and offset < 0:
        inside = f"{plain(index)} > {-offset - 1}"
    return (f"{element} reads the place {at} of {place.dim} where {plain(index)} is "
            f"{values[index]}; say what stands there, as in ({element} if {inside} else 0)")


def _places(node: Expr, tests: tuple[Expr, ...], binders: Binders, model: Model,
            ) -> Iterator[Place]:
    if isinstance(node, heads.Lam):
        _, body, where, inner = enter(node, binders)
        yield from _places(body, tests if where is true else (*tests, where), inner, model)
        yield from _places(where, tests, inner, model)
    elif isinstance(node, heads.Cond):
        test, then, other = node.args
        yield from _places(test, tests, binders, model)
        yield from _places(then, (*tests, test), binders, model)
        yield from _places(other, (*tests, heads.Not(test)), binders, model)
    elif isinstance(node, heads.Both):  # one that does not hold settles both
        first, second = node.args
        yield from _places(first, (*tests, second), binders, model)
        yield from _places(second, (*tests, first), binders, model)
    else:
        if isinstance(node, heads.Element):
            yield from _subscripts(node, tests, model)
        for argument in node.args:
            yield from _places(argument, tests, binders, model)


def _subscripts(node: heads.Element, tests: tuple[Expr, ...], model: Model) -> Iterator[Place]:
    own = model.timed(node.tensor)  # there are values before the first step and after the last
    for subscript, dim in list(zip(node.indices, node.tensor.kind.shape, strict=True))[own:]:
        leaves = {n for n in parts(subscript) if not n.args and not n.is_Integer}
        indices = {n for n in leaves if isinstance(n, Index)}
        if isinstance(subscript, (Add, Mul)) and indices and model.time not in leaves and \
                all(isinstance(n, (Index, Dim)) for n in leaves):
            yield Place(node, subscript, dim, tests)


def _trials(place: Place) -> Iterator[dict[Expr, int]]:
    """Small sizes, and values of the indices that a place and its conditions read."""
    nodes = [n for e in (place.subscript, *place.tests) for n in parts(e)]
    indices = list(dict.fromkeys(n for n in nodes if isinstance(n, Index)))
    dims = list(dict.fromkeys(d for d in (
        place.dim, *(i.dim for i in indices), *nodes) if isinstance(d, Dim)))
    ranges = [range(1, MOST_SIZE + 1) if d.fixed is None else (min(d.fixed, MOST_FIXED),)
              for d in dims]
    for sizes in product(*ranges) if len(dims) < 3 else zip(*ranges, strict=False):
        lengths = dict(zip(dims, sizes, strict=True))
        for at in product(*(range(_size(i.dim, lengths)) for i in indices)):
            yield {**lengths, **dict(zip(indices, at, strict=True))}


def _size(dim: Dimension, values: dict[Any, int]) -> int:
    return values[dim] if dim in values else min(int(str(dim)), MOST_FIXED)


def _number(node: Expr, values: dict[Expr, int]) -> int | None:
    """A subscript as a number; None where it reads more than indices and sizes."""
    if node.is_Integer:
        return int(node)
    if node in values:
        return values[node]
    if isinstance(node, (Add, Mul)):
        return _combined(node.args, values, operator.add if isinstance(node, Add) else operator.mul)
    return None


def _combined(nodes: Sequence[Expr], values: dict[Expr, int], join: Callable[[int, int], int],
              ) -> int | None:
    total: int | None = None
    for node in nodes:
        number = _number(node, values)
        if number is None:
            return None
        total = number if total is None else join(total, number)
    return total


def _holds(test: Expr, values: dict[Expr, int]) -> bool | None:
    """Whether a condition holds; None where that depends on more than indices and sizes."""
    if type(test) in _ORDERS:
        first, second = (_number(a, values) for a in test.args)
        return None if first is None or second is None else _ORDERS[type(test)](first, second)
    sides = [_holds(a, values) for a in test.args]
    if isinstance(test, heads.Not):
        return None if sides[0] is None else not sides[0]
    if isinstance(test, (heads.Both, heads.Either)):
        decisive = isinstance(test, heads.Either)
        return decisive if decisive in sides else None if None in sides else not decisive
    return True if test is true else None
