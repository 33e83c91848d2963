"""How free indices and labels stand to each other, and conditions on bound indices."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Sequence
from itertools import product
from typing import Any

from sympy import Basic, Expr, Integer

from derive.core import heads
from derive.core.atoms import Dim, Index, Variable
from derive.core.indexing import leaves, parts
from derive.core.quantified import All
from derive.core.walk import instantiate, is_opened, substitute
from derive.errors import VerificationError
from derive.judge.precision import mp, mpf
from derive.judge.trees.evaluate import Point, evaluate

MOST_ENTRIES = 2000  # of an array that values are drawn for
MOST_LEAVES = 4  # up to this many, every way in which they can be equal is tried


def arrangements(names: Iterable[Expr]) -> tuple[str, ...]:
    """The ways in which the free indices and labels of one dimension can be equal.

    A word such as 010 puts the first and third at one place, the second at another.
    """
    groups: dict[Any, int] = {}
    for leaf in names:
        if _places(leaf):
            groups[_range(leaf)] = groups.get(_range(leaf), 0) + 1
    most = max(groups.values(), default=0)
    if most <= 1:
        return ("0",) if most == 0 else ("0", "1")
    words = tuple(_partitions(min(most, MOST_LEAVES)))
    return words if most <= MOST_LEAVES else (*words, "random")


def _partitions(count: int, prefix: str = "0") -> Iterator[str]:
    if len(prefix) == count:
        yield prefix
        return
    for digit in range(int(max(prefix)) + 2):
        yield from _partitions(count, prefix + str(digit))


def _places(leaf: Expr) -> bool:
    return isinstance(leaf, Index) or (isinstance(leaf, Variable) and leaf.kind.domain == "label")


def _range(leaf: Expr) -> Any:
    return leaf.dim if isinstance(leaf, Index) else leaf.kind.over


def place_indices(case: str, labels: Sequence[Expr], point: Point, draw: random.Random,
                  ) -> dict[Any, int]:
    """Values for free indices and labels in one arrangement, as far as the size allows."""
    values: dict[Any, int] = {}
    by_dim: dict[Any, list[Any]] = {}
    for leaf in labels:
        by_dim.setdefault(_range(leaf), []).append(leaf)
    for dim, group in by_dim.items():
        size = point.size(dim)
        start = draw.randrange(size)
        group.sort(key=lambda leaf: (isinstance(leaf, Variable), leaf.name))
        for place, leaf in enumerate(group):
            step = int(case[place]) if case != "random" and place < len(case) else \
                draw.randrange(size)
            values[leaf] = (start + step) % size
    return values


def least_sizes(nodes: Iterable[Expr]) -> dict[Any, int]:
    """The sizes that constant subscripts such as o[5] ask of their dimensions.

    Raises VerificationError for a size of which no values can be drawn.
    """
    least: dict[Any, int] = {}

    def ask(dim: Any, at: Any) -> None:
        if isinstance(dim, Dim) and at.is_Integer:
            if at >= MOST_ENTRIES:
                raise too_large(f"{dim} > {at}")
            least[dim] = max(least.get(dim, 1), int(at) + 1)

    for node in parts(*nodes):
        if isinstance(node, heads.Element):
            for dim, at in zip(node.tensor.kind.shape, node.indices, strict=True):
                ask(dim, at)
        elif isinstance(node, heads.Apply) and isinstance(node.args[-2], heads.Lam):
            ask(node.args[-2].dim, node.args[-1])
    return least


def too_large(what: str) -> VerificationError:
    """The error for an array that has too many elements to draw values for."""
    return VerificationError(f"arrays of at most {MOST_ENTRIES:,} elements are tried, but the "
                             f"formula needs {what}; write a letter instead, such as o[m] with "
                             "m: label(K), or use --no-verify")


def holds_everywhere(condition: Basic, point: Point) -> bool:
    """Whether a condition holds at a point, for every value of the bound indices opened in it."""
    if isinstance(condition, All):
        family = condition.family
        instances = (instantiate(family, Integer(n)) for n in range(point.size(family.dim)))
        return all(holds_everywhere(inner, point) for inner, where in instances
                   if evaluate(where, point, 30))
    opened = sorted({leaf for leaf in leaves(condition) if is_opened(leaf)}, key=lambda x: x.name)
    for at in product(*(range(point.size(index.dim)) for index in opened)):
        here = point.holding(dict(zip(opened, at, strict=True))) if opened else point
        if not _clearly(condition, here) and not _is_same_entry(condition, here):
            return False
    return True


def _clearly(condition: Basic, point: Point) -> bool:
    """Whether a condition holds, and not by a hair: the sides differ by more than rounding."""
    if isinstance(condition, (heads.NotEqual, heads.Less)):
        left, right = (evaluate(a, point, 30) for a in condition.args)
        gap = right - left if isinstance(condition, heads.Less) else abs(right - left)
        return bool(gap > max(abs(left), abs(right), 1) * mpf(10) ** -20)
    if isinstance(condition, heads.Either):
        return any(_clearly(a, point) for a in condition.args)
    return bool(evaluate(condition, point, 30))


def _is_same_entry(condition: Basic, point: Point) -> bool:
    """Whether a != b fails because a and b are one and the same here, as in x[i] != x[j], i = j.

    Such a tie is none: what does not vary has no kink.
    """
    if not isinstance(condition, heads.NotEqual):
        return False
    first: dict[tuple[Any, int], Any] = {}
    same = {}
    for leaf in sorted({x for x in leaves(condition) if _places(x)}, key=lambda x: x.name):
        key = (_range(leaf), int(point.scalars[leaf]))
        same[leaf] = first.setdefault(key, leaf)
    left, right = (substitute(a, same) for a in condition.args)
    return bool(left == right)


def described(point: Point) -> str:
    """The sizes and scalars of a point, for an error."""
    values = [f"{d} = {n}" for d, n in point.sizes.items()]
    values += [f"{leaf.name} = {mp.nstr(mpf(v), 8)}" for leaf, v in point.scalars.items()]
    return ", ".join(values) or "every point"
