"""Rows by a label as such, E_y for Eᵀ onehot(y), where no factor is shared with another product."""

from __future__ import annotations

from dataclasses import fields, replace

from derive.notation.matrix_forms import matrix_nodes as m
from derive.notation.matrix_forms.matrix_nodes import Node


def with_rows(node: Node) -> Node:
    """The tree with the rows of declared matrices that labels pick."""
    row = _row(node)
    if row is not None:
        return row
    changes: dict[str, object] = {}
    for field in fields(node):
        value = getattr(node, field.name)
        made = _changed(value)
        if made is not value:
            changes[field.name] = made
    return replace(node, **changes) if changes else node


def _changed(value: object) -> object:
    """A field of a part with the parts in it changed."""
    if isinstance(value, Node):
        return with_rows(value)
    if isinstance(value, tuple):
        made = tuple(map(_changed, value))
        return value if all(a is b for a, b in zip(made, value, strict=True)) else made
    return value


def _row(node: Node) -> m.Declared | None:
    """A row of a matrix, of the product of its transpose with the indicator of a label."""
    if not isinstance(node, m.Chain) or len(node.factors) != 2:
        return None
    matrix, label = node.factors
    if not isinstance(matrix, m.Turned) or not isinstance(matrix.of, m.Declared) or \
            not isinstance(label, m.Hot) or isinstance(label.label, m.Declared):
        return None
    of = matrix.of
    return replace(of, over=of.axes[1:], lead=(*of.lead, label.label))
