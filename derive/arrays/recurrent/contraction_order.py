"""The order in which the factors of a sum of products are multiplied: the cheapest one.

A sum over any indices, however nested, is its factors, its bound indices and those that stay
free. Factors that depend on parameters alone are multiplied once a call, others at each step of
each sequence.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from math import prod

from sympy import Expr, Mul, true

from derive.core import heads
from derive.core.atoms import Index
from derive.core.indexing import leaves, occurs
from derive.core.kinds import Dimension
from derive.core.walk import around, enter

ROWS = 1024  # steps times sequences, where nobody says how many
USUAL = 128  # the length of a dimension of which nothing is known
MOST = 8  # factors of which every order is tried
_SLOW = 6  # how much dearer a step's product is that is no matrix times a vector
_PLAIN = 2  # the same of a product element by element
_OUTER = 5  # and of values with axes of their own: it is where both are known, in a cache


@dataclass(frozen=True)
class Factors:
    """A sum of products: Σ over the bound indices of the factors."""

    bound: tuple[Index, ...]
    factors: tuple[Expr, ...]


def factors_of(node: heads.Sum, opened: tuple[Index, ...]) -> Factors | None:
    """A sum as factors, inner sums that are factors opened; None where a condition stands."""
    index, body, where, _ = enter(node.family, around(*opened))
    if where is not true:
        return None
    bound, factors = [index], list[Expr]()
    for factor in Mul.make_args(body):
        inner = factors_of(factor, (*opened, *bound)) if isinstance(factor, heads.Sum) else None
        bound += inner.bound if inner else ()
        factors += inner.factors if inner else [factor]
    return Factors(tuple(bound), tuple(factors))


@dataclass(frozen=True)
class Part:
    """What some factors make: their product, summed over what no other factor has."""

    cost: float
    factors: tuple[int, ...]
    parts: tuple[Part, Part] | None = None


@dataclass
class Order:
    """Finds the cheapest order for some factors.

    `once` says whether a factor depends on parameters alone; `named` gives what is computed once
    a name. `sizes` are the lengths of dimensions, as far as they are known.
    """

    product: Factors
    once: Callable[[Expr], bool]
    named: Callable[[Expr], Expr]
    time: Index
    sizes: Mapping[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        factors, bound = self.product.factors, self.product.bound
        self.bound = set(bound)
        free = {leaf for f in factors for leaf in _indices(f)} - {self.time}
        self.mine = [frozenset(i for i in free if occurs(i, f)) for f in factors]
        self.early = [self.once(f) for f in factors]

    def written(self) -> Expr:
        """The sum, its factors multiplied in that order."""
        if len(self.product.factors) > MOST:
            part = self._in_line()
        else:
            part = self._best(tuple(range(len(self.product.factors))))
        idle = (i.dim for i in self.product.bound if not any(i in mine for mine in self.mine))
        return Mul(*idle, self._expression(part, False))

    # Costs

    def _length(self, dim: Dimension) -> int:
        name = str(dim)
        return int(name) if name.isdecimal() else self.sizes.get(name, USUAL)

    def _volume(self, indices: Iterable[Index]) -> float:
        return float(prod(self._length(i.dim) for i in indices))

    def _left(self, factors: tuple[int, ...]) -> frozenset[Index]:
        """The indices that a product of factors has after its sums."""
        outside = {i for n, mine in enumerate(self.mine) if n not in factors for i in mine}
        return frozenset(i for n in factors for i in self.mine[n]
                         if i in outside or i not in self.bound)

    def _times(self, factors: tuple[int, ...]) -> float:
        return 1.0 if all(self.early[n] for n in factors) else float(ROWS)

    def _joined(self, first: Part, second: Part) -> Part:
        """Two parts multiplied, and summed."""
        factors = tuple(sorted((*first.factors, *second.factors)))
        indices = self._left(first.factors) | self._left(second.factors)
        cost = self._volume(indices) * self._times(factors)
        if cost and self._times(factors) > 1:
            cost *= self._dearness(first, second, indices, self._left(factors))
        return Part(first.cost + second.cost + cost, factors, (first, second))

    def _dearness(self, first: Part, second: Part, indices: frozenset[Index],
                  left: frozenset[Index]) -> int:
        """How much dearer a product is than one of a parameter's matrix and a vector."""
        summed = indices - left
        sides = [(all(self.early[n] for n in p.factors), self._left(p.factors))
                 for p in (first, second)]
        if not summed:
            return _PLAIN if len(indices) < 2 else _OUTER
        for (once, matrix), (other, vector) in (sides, sides[::-1]):
            if once and not other and vector == summed and len(matrix) == len(summed) + len(left):
                return 1
        return _SLOW

    def _single(self, number: int) -> Part:
        """One factor, summed over what it alone has."""
        summed = self.mine[number] - self._left((number,))
        cost = self._volume(self.mine[number]) * self._times((number,)) if summed else 0.0
        return Part(cost, (number,))

    def _best(self, factors: tuple[int, ...]) -> Part:
        return _search(self._single, self._joined, factors)

    def _in_line(self) -> Part:
        """Many factors, in the order in which they stand."""
        part = self._single(0)
        for number in range(1, len(self.product.factors)):
            part = self._joined(part, self._single(number))
        return part

    # The formula

    def _expression(self, part: Part, inner: bool) -> Expr:
        """A part as a formula; what is computed once gets a name inside of what is not."""
        if part.parts is None:
            made = self.product.factors[part.factors[0]]
            indices = set(self.mine[part.factors[0]])
        else:
            early = self._times(part.factors) == 1
            made = Mul(*(self._expression(p, not early or self._sums(p)) for p in part.parts))
            indices = set().union(*(self._left(p.factors) for p in part.parts))
        summed = [i for i in self.product.bound if i in indices - self._left(part.factors)]
        for index in summed:
            made = heads.Sum.over(made, index)
        composed = bool(summed) or part.parts is not None
        return self.named(made) if inner and composed and self._times(part.factors) == 1 else made

    def _sums(self, part: Part) -> bool:
        """Whether a part is a sum itself, rather than a product of what stands there."""
        if part.parts is None:
            return bool(self.mine[part.factors[0]] - self._left(part.factors))
        mine = self._left(part.parts[0].factors) | self._left(part.parts[1].factors)
        return bool(mine - self._left(part.factors))


def _search(single: Callable[[int], Part], joined: Callable[[Part, Part], Part],
            factors: tuple[int, ...]) -> Part:
    """The cheapest way to multiply factors, over all pairs of parts."""

    @cache
    def best(mine: tuple[int, ...]) -> Part:
        if len(mine) == 1:
            return single(mine[0])
        cheapest: Part | None = None
        for choice in range(1, 2**(len(mine) - 1)):  # the last factor is in the second part
            first = tuple(n for place, n in enumerate(mine) if choice >> place & 1)
            second = tuple(n for n in mine if n not in first)
            made = joined(best(first), best(second))
            if cheapest is None or made.cost < cheapest.cost:
                cheapest = made
        assert cheapest is not None
        return cheapest

    return best(factors)


def _indices(node: Expr) -> set[Index]:
    """The free indices of a formula."""
    return {leaf for leaf in leaves(node) if isinstance(leaf, Index)}
