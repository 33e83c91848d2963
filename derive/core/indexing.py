"""What an index expression ranges over, and what an expression depends on."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from sympy import Add, Expr, I, nan, oo, zoo

from derive.core import heads, walk
from derive.core.atoms import (
    BoundIndex,
    Dim,
    FunctionName,
    Index,
    Quantity,
    Tensor,
    Variable,
)
from derive.core.exact import exact as exact
from derive.limits import tick


def index_dimension(node: Expr) -> Expr | None:
    """The dimension over which an index-like expression ranges, or None if it is no index."""
    if isinstance(node, (Index, BoundIndex)):
        return node.dim
    if isinstance(node, Variable):
        return node.kind.over if node.kind.domain in ("label", "index") else None
    if isinstance(node, heads.Element):
        kind = node.tensor.kind
        return kind.over if kind.domain == "label" else None
    if isinstance(node, heads.ArgMax):
        return node.family.dim
    if isinstance(node, Add) and len(node.args) == 2 and node.args[0].is_Integer:
        shifted = node.args[1]
        return shifted if isinstance(shifted, Dim) else index_dimension(shifted)
    return None


def root(variable: Expr) -> Expr:
    """The name that a variable of differentiation belongs to: o for o[i], z for z."""
    return variable.tensor if isinstance(variable, heads.Element) else variable


def occurs(leaf: Expr, node: Expr) -> bool:
    """Whether a leaf occurs in an expression."""
    if leaf.args:
        return any(part == leaf for part in parts(node))
    return leaf in _leaf_set(node)


@lru_cache(maxsize=16_384)
def _leaf_set(node: Expr) -> frozenset[Expr]:
    """The leaves of an expression, each once."""
    return frozenset().union(*map(_leaf_set, node.args)) if node.args else frozenset((node,))


def depends(node: Expr, variable: Expr) -> bool:
    """Whether an expression may change with a variable or with another element of its tensor."""
    return _depends(root(variable), node)


def _depends(leaf: Expr, node: Expr) -> bool:
    there = _leaf_set(node)
    return leaf in there or any(type(n) is Quantity for n in there)


def parts(*nodes: Expr) -> Iterator[Expr]:
    """The nodes and all parts of them, each once however often it occurs."""
    seen: set[Expr] = set()
    waiting = list(nodes)
    while waiting:
        node = waiting.pop()
        if node not in seen:
            tick("walking through trees")
            seen.add(node)
            waiting += node.args
            yield node


def leaves(node: Expr) -> Iterator[Expr]:
    """The leaves of an expression in the order in which they stand, each once."""
    seen: set[Expr] = set()
    waiting = [node]
    while waiting:
        part = waiting.pop()
        if part not in seen:
            seen.add(part)
            waiting += reversed(part.args)
            if not part.args:
                yield part


def names(node: Expr) -> set[str]:
    """The names of all variables, tensors, free indices and dimensions in an expression."""
    return {leaf.name for leaf in parts(node)
            if not leaf.args and hasattr(leaf, "name") and not isinstance(leaf, BoundIndex)}


def free_names(node: Expr) -> set[Expr]:
    """The variables, tensors, free indices and dimensions in an expression."""
    return {name for leaf in parts(node) if not leaf.args for name in _free_names(leaf)}


def _free_names(leaf: Expr) -> Iterator[Expr]:
    """The free names that a leaf brings along; its dimensions as far as they have a name."""
    if isinstance(leaf, (Variable, Tensor)):
        yield leaf
        yield from (d for d in (*leaf.kind.shape, leaf.kind.over) if hasattr(d, "name"))
    elif isinstance(leaf, (Index, BoundIndex)):
        if isinstance(leaf, Index) and not walk.is_opened(leaf):
            yield leaf
        if hasattr(leaf.dim, "name"):
            yield leaf.dim
    elif isinstance(leaf, Dim) or (isinstance(leaf, FunctionName) and leaf.unknown is not None):
        yield leaf


_UNREAL = (zoo, nan, oo, -oo, I)


def unreal(node: Expr) -> bool:
    """Whether an expression has become infinite, undefined or complex somewhere."""
    return not _leaf_set(node).isdisjoint(_UNREAL)


def size(node: Expr) -> int:
    """The number of nodes of an expression."""
    return _size(node) if node.args else 1


@lru_cache(maxsize=16_384)
def _size(node: Expr) -> int:
    return 1 + sum(size(a) for a in node.args)
