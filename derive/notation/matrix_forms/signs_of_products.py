"""Signs of products, carried into a difference among the factors: b − a for −(a − b)."""

from __future__ import annotations

from collections.abc import Iterable

from sympy import Rational

from derive.notation.matrix_forms import matrix_nodes as m
from derive.notation.matrix_forms.form_length import spelled
from derive.notation.matrix_forms.matrix_nodes import Node


def positive(nodes: Iterable[Node], coefficient: Rational) -> tuple[list[Node], Rational]:
    """Factors, and the number before them with the signs of sums that are negative throughout."""
    made = []
    for node in nodes:
        if isinstance(node, m.Total) and all(sign for sign, _ in node.terms):
            node, coefficient = m.Total(node.axes, tuple(
                (False, term) for _, term in node.terms)), -coefficient
        made.append(node)
    return made, coefficient


def with_sign(of: Node | None, coefficient: Rational) -> tuple[Node | None, Rational]:
    """An array with the sign of a number before it: b − a for −(a − b)."""
    changed = None if of is None else negated(of)
    return (of, coefficient) if changed is None else (changed, -coefficient)


def sums_with_sign(above: list[Node], coefficient: Rational) -> tuple[list[Node], Rational]:
    """Numbers with the sign before them carried into the sum of all elements of a difference."""
    for place, number in enumerate(above):
        inner = negated(number.of) if isinstance(number, (m.SumOf, m.Mean)) else None
        if inner is not None:
            changed = m.SumOf(inner) if isinstance(number, m.SumOf) else m.Mean(inner)
            return [*above[:place], changed, *above[place + 1:]], -coefficient
    return above, coefficient


def negated(node: Node) -> Node | None:
    """A product with the opposite sign, where a difference in it can be turned round."""
    if isinstance(node, m.Total) and any(sign for sign, _ in node.terms):
        terms = [(not sign, term) for sign, term in node.terms]
        return m.Total(node.axes, tuple(sorted(terms, key=lambda t: t[0])))
    if isinstance(node, (m.Chain, m.Hadamard)):
        for place, factor in enumerate(node.factors):
            new = negated(factor)
            if new is not None:
                return type(node)((*node.factors[:place], new, *node.factors[place + 1:]))
    if isinstance(node, m.Outer) and spelled(node.left) != spelled(node.right):
        left, right = negated(node.left), negated(node.right)
        if left is not None:
            return m.Outer(left, node.right)
        return None if right is None else m.Outer(node.left, right)
    if isinstance(node, m.Turned):
        inner = negated(node.of)
        return None if inner is None else m.Turned(inner)
    return None
