"""The one walk over trees: the only code that opens and closes binders, maps and substitutes.

To see the body of a binder a module enters it here, and the walk puts in an index that occurs
nowhere else: not in the binder, not in the binders around it, not in what is to be put in. Nobody
picks a name or a depth by hand, so that capture cannot happen. The index is determined by the
binders that are open around the place alone: the same line is walked with the same indices every
time, and a recorded rewrite is met again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from sympy import Expr, true

from derive.core.atoms import Index
from derive.core.heads import Lam, height
from derive.core.heads import dangling as dangling
from derive.core.replacing import interned, replaced
from derive.limits import tick

_OPENED = "\u2022"  # a sign that no typed name can contain


@dataclass(frozen=True, slots=True)
class Binders:
    """The binders that are open around a place; made by `around`, and grown by `enter` alone."""

    count: int = 0


TOP = Binders()  # a line that is no part of another


class Entered(NamedTuple):
    """A binder seen from inside: its index, body and condition, and the binders around those."""

    index: Index
    body: Expr
    where: Expr
    binders: Binders


Change = Callable[[Expr, Binders], Expr]


def is_opened(node: Expr) -> bool:
    """Whether a leaf stands for the bound index of a binder that was entered."""
    return isinstance(node, Index) and node.name.startswith(_OPENED)


def _number(leaf: Index) -> int:
    return int(leaf.name[len(_OPENED):])


@lru_cache(maxsize=16_384)
def _deepest(node: Expr) -> int:
    """One more than the number of the deepest opened index in a node; 0 where there is none."""
    deepest = 0
    for argument in node.args:
        if argument.args:
            deepest = max(deepest, _deepest(argument))
        elif is_opened(argument):
            deepest = max(deepest, _number(argument) + 1)
    return deepest


def around(*nodes: Expr) -> Binders:
    """The binders around parts of lines: more than the opened indices in any of them tell."""
    count = 0
    for node in nodes:
        if node.args:
            count = max(count, _deepest(node))
        elif is_opened(node):
            count = max(count, _number(node) + 1)
    return Binders(count)


def enter(lam: Lam, binders: Binders = TOP) -> Entered:
    """A binder opened with an index that occurs neither in it nor in the binders around it."""
    return enter_over(lam, lam.dim, binders)


def enter_over(lam: Lam, dim: Expr, binders: Binders) -> Entered:
    """A binder opened with an index over another dimension: that which a pattern's stands for."""
    number = max(binders.count, _deepest(lam))
    index = Index(f"{_OPENED}{number}", dim)
    body, where = _with_index(lam, index)
    return Entered(index, body, where, Binders(number + 1))


def fresh_index(dim: Expr, *beside: Expr) -> Index:
    """An index over a dimension for a new binder: it occurs in no formula `beside` it."""
    return Index(f"{_OPENED}{around(*beside).count}", dim)


def instantiate(lam: Lam, index: Expr) -> tuple[Expr, Expr]:
    """Body and condition of a binder with an index-like expression in place of the bound index."""
    if _has_binder(index):
        entered = enter(lam, around(lam, index))
        return (substitute(entered.body, {entered.index: index}),
                substitute(entered.where, {entered.index: index}))
    return _with_index(lam, index)


@lru_cache(maxsize=16_384)  # the same binder is entered by every rule that looks into it
def _with_index(lam: Lam, index: Expr) -> tuple[Expr, Expr]:
    bound, body, where = lam.args
    there = {bound: index}
    return replaced(body, there), (where if where is true else replaced(where, there))


def schematic(condition: Expr, indices: Iterable[Index]) -> Expr:
    """A condition on free indices as one for every value of them."""
    return replaced(condition, {index: Index(f"{_OPENED}{number}", index.dim)
                                for number, index in enumerate(indices)})


# Down and up again


def children(node: Expr, binders: Binders) -> Iterator[tuple[Expr, Binders]]:
    """The arguments of a node that have arguments, binders entered, with the binders of each."""
    if isinstance(node, Lam):
        _, body, where, inner = enter(node, binders)
        yield body, inner
        if where.args:
            yield where, inner
    else:
        for argument in node.args:
            if argument.args:
                yield argument, binders


def places(node: Expr, binders: Binders | None = None) -> Iterator[tuple[Expr, Binders]]:
    """The line and every part of it that has arguments, from outside inwards, with its binders.

    A part that occurs again below as many binders comes once.
    """
    return _places(node, around(node) if binders is None else binders, set())


def _places(node: Expr, at: Binders, seen: set[tuple[Expr, int]]) -> Iterator[tuple[Expr, Binders]]:
    tick("walking through trees")
    if (node, at.count) in seen:
        return
    seen.add((node, at.count))
    if not isinstance(node, Lam):
        yield node, at
    for child, inner in children(node, at):
        yield from _places(child, inner, seen)


def rebuild(node: Expr, change: Change, binders: Binders, leaves: bool = False) -> Expr:
    """The node with `change(argument, binders)` in place of each argument.

    Leaves stay as they are unless asked for. The node itself where nothing changes.
    """
    tick("rewriting trees")
    if isinstance(node, Lam):
        index, body, where, inner = enter(node, binders)
        new = change(body, inner), (change(where, inner) if where.args else where)
        return node if new == (body, where) else interned(Lam(index, *new))
    changed, arguments = False, []
    for argument in node.args:
        new = change(argument, binders) if leaves or argument.args else argument
        changed = changed or new is not argument
        arguments.append(new)
    return interned(node.func(*arguments)) if changed else node


def mapped(node: Expr, change: Callable[[Expr], Expr]) -> Expr:
    """The node with `change(argument)` in place of each argument, leaves too.

    `change` depends on the argument alone.
    """
    return rebuild(node, lambda child, _: change(child), around(node), leaves=True)


def with_arguments(node: Expr, arguments: Iterable[Expr]) -> Expr:
    """A node of the same head with other arguments. Raises ValueError for a binder."""
    if isinstance(node, Lam):
        raise ValueError("a binder is entered, not rebuilt")
    return interned(node.func(*arguments))


def transform(node: Expr, visit: Callable[[Expr], Expr | None],
              beside: Iterable[Expr] = ()) -> Expr:
    """The tree with `visit(part)` in place of each outermost part for which it is not None.

    `visit` depends on the part alone: one that occurs again is replaced alike. `beside` are the
    trees from which the replacements are made.
    """
    done: dict[tuple[Expr, int], Expr] = {}

    def change(part: Expr, binders: Binders) -> Expr:
        key = (part, binders.count)
        if key not in done:
            tick("rewriting trees")
            new = visit(part)
            done[key] = rebuild(part, change, binders, leaves=True) if new is None else new
        return done[key]

    return change(node, around(node, *beside))


def substitute(node: Expr, mapping: Mapping[Expr, Expr]) -> Expr:
    """The tree with other parts in place of the keys, all at once."""
    if not any(_has_binder(value) for value in mapping.values()):
        return replaced(node, mapping)  # no binder grows or shrinks, and none can capture
    return transform(node, mapping.get, (*mapping, *mapping.values()))


def _has_binder(node: Expr) -> bool:
    return bool(node.args) and height(node) > 0
