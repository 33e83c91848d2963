"""Subscripts of arrays, and what stands in them."""

from __future__ import annotations

import ast

from sympy import Expr

from derive.core import typed_nodes
from derive.core.atoms import Index
from derive.errors import KindError
from derive.notation.reading import array_values, number_bounds
from derive.notation.reading.array_values import axes, counted
from derive.notation.reading.reader_place import Place
from derive.notation.reading.scope import Array, Value


def subscript(at: Place, node: ast.Subscript) -> Value:
    """An element of an array, or a part of it with fewer axes."""
    value, what = at.value(node.value), ast.unparse(node.value)
    slots = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
    if not isinstance(value, Array):
        raise at.error(node, f"{what} is a single number and takes no subscript", KindError)
    if len(slots) > len(value.shape):
        raise at.error(node, f"{what} has {counted(len(value.shape), 'subscript')} "
                         f"({axes(value.shape)}), not {len(slots)}", KindError)
    indices = tuple(at.index(slot, dim)
                    for slot, dim in zip(slots, value.shape, strict=False))
    return array_values.taken(value, indices)


def index(at: Place, node: ast.expr, dim: Expr) -> Expr:
    """An index expression for an axis of dimension `dim`."""
    if isinstance(node, ast.Slice):
        raise at.error(node, "slices are no part of the notation; use an index")
    if isinstance(node, ast.Name) and at.undeclared(node.id):
        if not at.scope.free_indices:
            raise at.error(node, f"unknown index {node.id!r}; bind it with 'for {node.id} "
                             f"in {dim}', or declare {node.id}: index({dim})")
        at.scope.names[node.id] = Index(node.id, dim)
    value = at.place(node)
    fault = number_bounds.fault_of_index(value, dim, ast.unparse(node), at.scope.in_time)
    if fault:
        raise at.error(node, fault, KindError)
    return value


def place(at: Place, node: ast.AST) -> Value:
    """What stands as a subscript, in which terms are joined."""
    value = at.value(node)
    return value if isinstance(value, Array) else typed_nodes.evaluated(value)
