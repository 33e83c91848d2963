"""Conditions for every value of an index, and closing a condition over the binders around it."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from sympy import Expr, true

from derive.core.atoms import BoundIndex, Index
from derive.core.heads import Both, Either, Equal, Head, Lam, NotEqual
from derive.core.indexing import index_dimension, leaves, occurs
from derive.core.walk import around, enter, is_opened, substitute


class All(Head):
    """The condition that a family of conditions holds throughout: one argument, a Lam."""

    __slots__ = ()

    @property
    def family(self) -> Lam:
        """The family of conditions."""
        return self.args[0]  # type: ignore[no-any-return]


def for_all(index: Index, condition: Expr, where: Expr = true) -> Expr:
    """The condition for every value of an index that a filter lets through.

    `k == m or …` is asked of every k but m.
    """
    if isinstance(condition, Either):
        for place, rest in (condition.args, condition.args[::-1]):
            if isinstance(place, Equal) and index in place.args:
                return for_all(index, rest, Both(where, NotEqual(*place.args)))
    if where is true and not occurs(index, condition):
        return condition
    return All(Lam(index, condition, where))


def closed(condition: Expr, filters: Iterable[tuple[Index, Expr]] = ()) -> Expr:
    """A condition on a step with every index of an opened binder in it bound.

    `filters` are the indices of the binders around it, the outermost first, with their filters.
    Where an inequality `x[k] != x[i]` compares one thing with itself, nothing is asked.
    """
    binders = dict(filters)
    loose = {leaf for leaf in leaves(condition) if is_opened(leaf)} - set(binders)
    for index, where in reversed(tuple(binders.items())):
        condition = for_all(index, condition, Both(where, _apart(index, condition)))
    for index in sorted(loose, key=lambda leaf: leaf.name):
        condition = for_all(index, condition, _apart(index, condition))
    return condition


def places(node: Expr) -> tuple[Expr, ...]:
    """The indices and labels that are free in a formula, each once."""
    return tuple(leaf for leaf in dict.fromkeys(leaves(node))
                 if index_dimension(leaf) is not None and not isinstance(leaf, BoundIndex))


def _apart(index: Index, condition: Expr) -> Expr:
    """The filter that an index is none of those with which both sides are the same."""
    where = true
    if isinstance(condition, NotEqual):
        for other in places(condition):
            if other != index and index_dimension(other) == index.dim and \
                    len({substitute(side, {index: other}) for side in condition.args}) == 1:
                where = Both(where, NotEqual(index, other))
    return where


def instance(condition: Expr) -> tuple[Expr, tuple[Index, ...]]:
    """A condition without its leading quantifiers, and the indices for which it holds."""
    indices: tuple[Index, ...] = ()
    binders = around(condition)
    while isinstance(condition, All):
        index, condition, _, binders = enter(condition.family, binders)
        indices = (*indices, index)
    return condition, indices


def throughout(condition: All, change: Callable[[Expr], Expr]) -> Expr:
    """A condition for every index with `change(inner)` in place of what it says of each."""
    index, inner, where, _ = enter(condition.family, around(condition))
    return All(Lam(index, change(inner), where))
