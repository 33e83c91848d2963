"""Transposes of whole arrays, carried to the factors where that is shorter to read."""

from __future__ import annotations

from dataclasses import replace

from derive.notation.matrix_forms import matrix_nodes as m
from derive.notation.matrix_forms.form_length import shorter
from derive.notation.matrix_forms.matrix_nodes import Axes, Node, require


def oriented(node: Node, axes: Axes) -> Node:
    """An array with exactly these axes, turned where they are exchanged."""
    if node.axes == axes:
        return node
    require(len(axes) == 2 and node.axes == axes[::-1])
    return turned(node)


def turned(node: Node) -> Node:
    """The transpose of a matrix, carried to its factors."""
    if len(node.axes) < 2:
        return node
    if isinstance(node, m.Turned):
        return node.of
    if isinstance(node, (m.UnitMatrix, m.Spread, m.Declared, m.OfMatrix)) and (
            node.symmetric or not isinstance(node, (m.Declared, m.OfMatrix))):
        return replace(node, over=node.axes[::-1])
    if isinstance(node, m.Outer):
        return m.Outer(node.right, node.left)
    if isinstance(node, m.Chain):
        return m.Chain(tuple(turned(f) for f in reversed(node.factors)))
    if isinstance(node, m.Scaled):
        assert node.of is not None
        return replace(node, of=turned(node.of))
    inner = _turned_inside(node)
    return m.Turned(node) if inner is None else shorter(m.Turned(node), inner)


def _turned_inside(node: Node) -> Node | None:
    """An elementwise operation on transposes in place of the transpose of one."""
    back = node.axes[::-1]
    if isinstance(node, m.Hadamard):
        return m.Hadamard(tuple(map(turned, node.factors)))
    if isinstance(node, m.Total):
        return m.Total(back, tuple((sign, turned(t)) for sign, t in node.terms))
    if isinstance(node, m.Power):
        return replace(node, base=turned(node.base))
    if isinstance(node, m.Quotient):
        return m.Quotient(None if node.above is None else turned(node.above), turned(node.below))
    if isinstance(node, m.Applied) and not (node.function.takes_vector):
        return m.Applied(back, node.function, tuple(map(turned, node.arguments)))
    return None
