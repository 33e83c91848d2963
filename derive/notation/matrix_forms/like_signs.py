"""Differences that a formula has in both signs, x − m and m − x, written in one of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from sympy import Integer

from derive.notation.matrix_forms import matrix_nodes as m
from derive.notation.matrix_forms.form_length import length, spelled
from derive.notation.matrix_forms.matrix_nodes import Node
from derive.notation.matrix_forms.signs_of_products import negated

Signed = tuple[bool, Node]  # whether the opposite sign stands before it, and what


def with_like_signs(node: Node) -> Node:
    """The tree in which no difference stands beside its opposite, if that is no longer to read."""
    totals = {spelled(part): part for part in node.within() if isinstance(part, m.Total)}
    pairs = []
    for text, total in totals.items():
        other = negated(total)
        if other is not None and spelled(other) in totals and text < spelled(other):
            pairs.append((text, spelled(other)))
    best = node
    for side in (0, 1) if pairs else ():
        negative, made = _Signs(frozenset(pair[side] for pair in pairs)).of(node)
        made = _opposite(made) if negative else made
        if length(made) < length(best) or (best is node and length(made) == length(node)):
            best = made
    return best


def _opposite(node: Node) -> Node:
    """−a, the sign before all that is there."""
    if isinstance(node, m.Scaled):
        return replace(node, coefficient=-node.coefficient)
    return m.Scaled(Integer(-1), (), node, ())


class _Signs:
    """Turns differences round, and carries their signs out of products."""

    def __init__(self, texts: frozenset[str]) -> None:
        self.texts = texts

    def of(self, node: Node) -> Signed:
        """A part with its sign apart."""
        if isinstance(node, m.Total) and spelled(node) in self.texts:
            other = negated(node)
            assert isinstance(other, m.Total)
            return True, self.absorbed(other)
        for kind, carry in _CARRIED.items():
            if isinstance(node, kind):
                return carry(self, node)
        return False, self.absorbed(node)

    def absorbed(self, node: Node) -> Node:
        """A part that keeps the signs of its own parts."""
        if isinstance(node, m.Total):
            terms = []
            for sign, term in node.terms:
                inner, made = self.of(term)
                terms.append((sign != inner, made))
            return m.Total(node.axes, tuple(sorted(terms, key=lambda t: t[0])))
        if isinstance(node, m.Applied):
            return replace(node, arguments=tuple(map(self.standing, node.arguments)))
        return node

    def standing(self, node: Node) -> Node:
        """A part that stands by itself."""
        negative, made = self.of(node)
        return _opposite(made) if negative else made

    def factors(self, node: m.Chain | m.Hadamard) -> Signed:
        made = [self.of(f) for f in node.factors]
        return sum(s for s, _ in made) % 2 == 1, type(node)(tuple(f for _, f in made))

    def outer(self, node: m.Outer) -> Signed:
        (left, a), (right, b) = self.of(node.left), self.of(node.right)
        return left != right, m.Outer(a, b)

    def inner(self, node: m.Turned | m.Spread | m.SumOf | m.Mean) -> Signed:
        negative, made = self.of(node.of)
        return negative, replace(node, of=made)

    def scaled(self, node: m.Scaled) -> Signed:
        above = [self.of(n) for n in node.above]
        below = [self.of(n) for n in node.below]
        negative, of = (False, None) if node.of is None else self.of(node.of)
        signs = sum(s for s, _ in (*above, *below)) + negative
        return signs % 2 == 1, m.Scaled(node.coefficient, tuple(n for _, n in above), of,
                                        tuple(n for _, n in below))

    def power(self, node: m.Power) -> Signed:
        negative, made = self.of(node.base)
        if negative and not node.exponent.is_Integer:
            return False, node
        return negative and node.exponent % 2 == 1, replace(node, base=made)

    def squares(self, node: m.Squares) -> Signed:
        return False, m.Squares(self.of(node.of)[1])

    def quotient(self, node: m.Quotient) -> Signed:
        above = (False, None) if node.above is None else self.of(node.above)
        below = self.of(node.below)
        return above[0] != below[0], m.Quotient(above[1], below[1])


_CARRIED: dict[type[Node], Callable[..., Signed]] = {
    m.Chain: _Signs.factors, m.Hadamard: _Signs.factors, m.Outer: _Signs.outer,
    m.Turned: _Signs.inner, m.Spread: _Signs.inner, m.SumOf: _Signs.inner, m.Mean: _Signs.inner,
    m.Scaled: _Signs.scaled, m.Power: _Signs.power, m.Squares: _Signs.squares,
    m.Quotient: _Signs.quotient,
}
