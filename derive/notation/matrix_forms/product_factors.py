"""Products of elements by their factors, with the sums, filters and cases among them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from sympy import Add, Expr, Integer, Mul, true
from sympy.core.numbers import Rational as Number

from derive.core import heads
from derive.core.atoms import Index
from derive.core.indexing import index_dimension, names, occurs
from derive.core.walk import TOP, enter, substitute, with_arguments
from derive.deferred_dataclass import dataclass
from derive.functions.domains import open_requirements
from derive.notation.matrix_forms.array_products import UNIT
from derive.notation.matrix_forms.matrix_nodes import Axes, require
from derive.notation.printing.plain import PLAIN
from derive.notation.printing.print_order import split_fraction
from derive.notation.printing.printer import Printer

ZERO = Integer(0)


@dataclass(frozen=True)
class Factors:
    """A product: what stands above and below the line, and the indices over which it is summed."""

    coefficient: Expr
    above: tuple[Expr, ...]
    below: tuple[Expr, ...]
    bound: Axes

    def occurs(self, index: Expr) -> bool:
        """Whether an index occurs in a factor."""
        return any(occurs(index, f) for f in (*self.above, *self.below))

    def without(self, place: int) -> Factors:
        """The product without a factor above the line."""
        return replace(self, above=self.above[:place] + self.above[place + 1:])

    def is_alone(self, place: int) -> bool:
        """Whether a factor is a sum with a summed index that no other factor has."""
        factor, rest = self.above[place], self.without(place)
        return isinstance(factor, Add) and any(
            occurs(i, factor) and not rest.occurs(i) for i in self.bound)

    def renamed(self, index: Expr, other: Expr) -> Factors:
        """The product with one index for another, which is summed no more."""
        above, below = (tuple(substitute(f, {index: other}) for f in group)
                        for group in (self.above, self.below))
        return Factors(self.coefficient, above, below,
                       tuple(i for i in self.bound if i != index))


NOTHING = Factors(UNIT, (), (), ())


def axes_in(axes: Axes, *nodes: Expr) -> Axes:
    """Those of some axes that occur in a formula."""
    return tuple(i for i in axes if any(occurs(i, node) for node in nodes))


def _exponentials(factor: Expr, axes: Axes) -> Iterator[Expr]:
    """exp(a_i) exp(b_j) for exp(a_i + b_j); any other factor as it is."""
    body = factor.args[1] if isinstance(factor, heads.Apply) and factor.name == "exp" else None
    groups: dict[Axes, list[Expr]] = {}
    for term in body.args if isinstance(body, Add) else ():
        groups.setdefault(axes_in(axes, term), []).append(term)
    if len(axes) < 2 or len(groups) < 2 or axes in groups:
        yield factor
        return
    for group in groups.values():
        yield with_arguments(factor, (factor.args[0], Add(*group)))


class FactorReader:
    """Takes products apart; `time` is the dimension of the steps of a model."""

    def __init__(self, node: Expr, time: Expr | None, reserved: tuple[str, ...]) -> None:
        self.time = time
        self.letters = Printer(PLAIN, (*reserved, *names(node)), time)
        self.binders = TOP

    def gathered(self, node: Expr, axes: Axes, into: Factors) -> Factors:
        """The factors of a node, those of sums over indices within it among them."""
        negative, above, below = split_fraction(node)
        into = replace(into, coefficient=into.coefficient * (-1 if negative else 1),
                       below=(*into.below, *below))
        for factor in above:
            into = self.with_factor(factor, axes, into)
        return into

    def with_factor(self, factor: Expr, axes: Axes, into: Factors) -> Factors:
        """A product with a further factor."""
        if isinstance(factor, Number):
            return replace(into, coefficient=into.coefficient * factor)
        touched = axes_in((*axes, *into.bound), factor)
        if isinstance(factor, Mul):
            return self.gathered(factor, axes, into)
        if isinstance(factor, heads.Sum) and factor.family.dim != self.time and touched:
            return self.with_sum(factor.family, axes, into)
        if isinstance(factor, heads.Cond) and axes_in(touched, factor.args[0]) and \
                factor.args[2] == 0:
            test, yes, _ = factor.args
            require(not open_requirements(yes))
            return self.gathered(yes, axes, self.with_mask(test, into))
        for part in _exponentials(factor, touched):
            into = replace(into, above=(*into.above, part))
        return into

    def with_sum(self, lam: heads.Lam, axes: Axes, into: Factors) -> Factors:
        """A product with the terms of a sum; a filter is an indicator."""
        index, body, where, self.binders = enter(lam, self.binders)
        into = replace(into, bound=(*into.bound, index))
        if where is not true:
            require(not open_requirements(body))
            into = self.with_mask(where, into)
        return self.gathered(body, axes, into)

    def with_mask(self, test: Expr, into: Factors) -> Factors:
        """A product with the indicator of a condition."""
        if isinstance(test, heads.Both):
            first, second = test.args
            return self.with_mask(second, self.with_mask(first, into))
        if isinstance(test, (heads.Equal, heads.NotEqual)):
            require(all(index_dimension(side) is not None for side in test.args))
            delta = heads.Delta(*test.args)
            mask = delta if isinstance(test, heads.Equal) else Add(UNIT, Mul(Integer(-1), delta))
        else:
            mask = heads.Cond(test, UNIT, ZERO)
        return replace(into, above=(*into.above, mask))

    def open(self, lam: heads.Lam) -> tuple[Index, Expr]:
        """Index and body of a binder without a filter."""
        index, body, where, self.binders = enter(lam, self.binders)
        require(where is true)
        return index, body

    def fresh(self, dim: Expr) -> Index:
        """An index that occurs nowhere else."""
        return self.open(heads.Lam(Index("k", dim), UNIT))[0]
