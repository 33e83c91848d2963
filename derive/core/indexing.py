"""What an index expression ranges over, and what an expression depends on."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

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


def index_dimension(node: Expr) -> Any | None:
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


def root(variable: Expr) -> Any:
    """The name that a variable of differentiation belongs to: o for o[i], z for z."""
    return variable.tensor if isinstance(variable, heads.Element) else variable


def occurs(leaf: Expr, node: Expr) -> bool:
    """Whether a leaf occurs in an expression."""
    return node == leaf or any(occurs(leaf, a) for a in node.args)


def depends(node: Expr, variable: Expr) -> bool:
    """Whether an expression may change with a variable or with another element of its tensor."""
    return _depends(root(variable), node)


def _depends(leaf: Expr, node: Expr) -> bool:
    return type(node) is Quantity or node == leaf or any(_depends(leaf, a) for a in node.args)


def parts(*nodes: Expr) -> Iterator[Any]:
    """The nodes and all parts of them, each once however often it occurs."""
    seen: set[Any] = set()
    waiting = list(nodes)
    while waiting:
        node = waiting.pop()
        if node not in seen:
            seen.add(node)
            waiting += node.args
            yield node


def leaves(node: Expr) -> Iterator[Any]:
    """All leaves of an expression, repeated ones included."""
    if not node.args:
        yield node
    for argument in node.args:
        yield from leaves(argument)


def names(node: Expr) -> set[str]:
    """The names of all variables, tensors, free indices and dimensions in an expression."""
    return {leaf.name for leaf in parts(node)
            if not leaf.args and hasattr(leaf, "name") and not isinstance(leaf, BoundIndex)}


def free_names(node: Expr) -> set[Any]:
    """The variables, tensors, free indices and dimensions in an expression."""
    found: set[Any] = set()
    for leaf in parts(node):
        if leaf.args:
            continue
        if walk.is_opened(leaf):
            found |= {d for d in _dimensions(leaf) if hasattr(d, "name")}
        elif isinstance(leaf, (Variable, Tensor, Index)):
            found.add(leaf)
            found |= {d for d in _dimensions(leaf) if hasattr(d, "name")}
        elif isinstance(leaf, FunctionName):
            found |= {leaf} if leaf.unknown is not None else set()
        elif isinstance(leaf, BoundIndex):
            if hasattr(leaf.dim, "name"):
                found.add(leaf.dim)
        elif isinstance(leaf, Dim):
            found.add(leaf)
    return found


def _dimensions(leaf: Expr) -> tuple[Any, ...]:
    if isinstance(leaf, Index):
        return (leaf.dim,)
    over = () if leaf.kind.over is None else (leaf.kind.over,)
    return (*leaf.kind.shape, *over)


_UNREAL = (zoo, nan, oo, -oo, I)


def unreal(node: Expr) -> bool:
    """Whether an expression has become infinite, undefined or complex somewhere."""
    return node in _UNREAL or any(unreal(a) for a in node.args)


def size(node: Expr) -> int:
    """The number of nodes of an expression."""
    return _size(node) if node.args else 1


@lru_cache(maxsize=65_536)
def _size(node: Expr) -> int:
    return 1 + sum(size(a) for a in node.args)
