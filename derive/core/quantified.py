"""Conditions for every value of an index, and closing a condition over indices opened around it."""

from __future__ import annotations

from collections.abc import Iterable

from sympy import Expr, true

from derive.core.atoms import Index, is_opened, opened
from derive.core.heads import Both, Equal, Head, Lam, Not, NotEqual
from derive.core.indexing import index_dimension, leaves, occurs


class All(Head):
    """The condition that a family of conditions holds throughout: one argument, a Lam."""

    __slots__ = ()

    @property
    def family(self) -> Lam:
        """The family of conditions."""
        return self.args[0]  # type: ignore[no-any-return]


def for_every(index: Index, condition: Expr, where: Expr = true) -> Expr:
    """The condition for every value of an index that a filter lets through.

    Where an inequality `x[k] != x[i]` compares one thing with itself, it is left out.
    """
    if where is true and not occurs(index, condition):
        return condition
    if isinstance(condition, NotEqual):
        for other in dict.fromkeys(leaf for side in condition.args for leaf in leaves(side)):
            if other != index and index_dimension(other) == index.dim and \
                    len({side.xreplace({index: other}) for side in condition.args}) == 1:
                where = Both(where, NotEqual(index, other))
    return All(Lam(index, condition, where))


def closed(condition: Expr, filters: Iterable[tuple[Index, Expr]] = ()) -> Expr:
    """The condition with every index of an opened binder in it bound.

    `filters` are the indices of the binders around it, the outermost first, with their filters.
    """
    binders = dict(filters)
    loose = {leaf for leaf in leaves(condition) if is_opened(leaf)} - set(binders)
    for index, where in reversed(tuple(binders.items())):
        condition = for_every(index, condition, where)
    for index in sorted(loose, key=lambda leaf: leaf.name):
        condition = for_every(index, condition)
    return condition


def instance(condition: Expr) -> tuple[Expr, tuple[Index, ...], tuple[Expr, ...]]:
    """A condition without its leading quantifiers: what holds, the indices, their filters."""
    indices: tuple[Index, ...] = ()
    filters: tuple[Expr, ...] = ()
    while isinstance(condition, All):
        index = opened(len(indices), condition.family.dim)
        condition, where = condition.family.open(index)
        indices = (*indices, index)
        filters = filters if where is true else (*filters, where)
    return condition, indices, filters


def unused(dim: Expr, *nodes: Expr) -> Index:
    """An index for the opened binder of a condition that occurs in none of the nodes."""
    taken = [int(leaf.name[1:]) for node in nodes for leaf in leaves(node) if is_opened(leaf)]
    return opened(max(taken, default=-1) + 1, dim)


def negated(condition: Expr) -> Expr:
    """The negation of a condition."""
    if isinstance(condition, (Equal, NotEqual)):
        return (NotEqual if isinstance(condition, Equal) else Equal)(*condition.args)
    return condition.args[0] if isinstance(condition, Not) else Not(condition)
