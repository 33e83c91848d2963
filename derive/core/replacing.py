"""Parts of a tree exchanged for others; each part is visited once, however often it occurs.

A formula in which definitions double is small as a graph and endless as a tree.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextvars import ContextVar
from functools import lru_cache, wraps

from sympy import Expr

from derive.limits import tick


@lru_cache(maxsize=16_384)
def interned(node: Expr) -> Expr:
    """The node, or an equal one that was built before.

    Equal trees that share no parts are compared branch by branch, which has no end where parts
    occur within each other again and again.
    """
    return node


def once_each(change: Callable[[Expr], Expr]) -> Callable[[Expr], Expr]:
    """A change of nodes that rests on that of their parts, made once for each part of a tree."""
    changed: ContextVar[dict[Expr, Expr] | None] = ContextVar("derive_changed", default=None)

    @wraps(change)
    def inside(node: Expr) -> Expr:
        done = changed.get()
        if done is not None:
            if node not in done:
                done[node] = change(node)
            return done[node]
        token = changed.set({})
        try:
            return change(node)
        finally:
            changed.reset(token)

    return inside


def replaced(node: Expr, mapping: Mapping[Expr, Expr]) -> Expr:
    """The tree with other parts in place of the keys, those within binders too."""
    return _changed(node, dict(mapping))


def _changed(part: Expr, done: dict[Expr, Expr]) -> Expr:
    """The part with others in place of the keys of `done`, noted there."""
    new = done.get(part)
    if new is None:
        new = part
        if part.args:
            tick("rewriting trees")
            arguments = [_changed(a, done) for a in part.args]
            if any(a is not b for a, b in zip(arguments, part.args, strict=True)):
                new = interned(part.func(*arguments))
        done[part] = new
    return new
