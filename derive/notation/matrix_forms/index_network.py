"""A product of arrays summed over indices, as a graph: indices are its nodes, matrices its edges.

An index that is summed leaves the graph as a product of matrices where one or two of them hang on
it; matrices between the same two indices are multiplied element by element.
"""

from __future__ import annotations

from collections import defaultdict

from sympy import Expr, Integer, Rational

from derive.limits import tick
from derive.notation.matrix_forms import matrix_nodes as m
from derive.notation.matrix_forms.array_products import (
    chain,
    dot,
    hadamard,
    outer,
    scaled,
    split,
    spread,
)
from derive.notation.matrix_forms.form_length import shorter, spelled
from derive.notation.matrix_forms.matrix_nodes import Axes, Node, require
from derive.notation.matrix_forms.transposes import oriented


class IndexNetwork:
    """Factors by their axes; `free` are the indices that stay, rows first."""

    def __init__(self, free: Axes, bound: Axes) -> None:
        self.free, self.bound = free, list(bound)
        self.coefficient: Rational = Integer(1)
        self.above: list[Node] = []
        self.below: list[Node] = []
        self.vectors: dict[Expr, list[Node]] = defaultdict(list)
        self.matrices: list[Node] = []

    def add(self, node: Node) -> None:
        """A further factor."""
        parts = split(node)
        self.coefficient = self.coefficient * parts.coefficient
        self.above += parts.above
        self.below += parts.below
        array = parts.of
        if array is None or not array.axes:
            self.above += [] if array is None else [array]
        elif len(array.axes) == 1:
            self.vectors[array.axes[0]].append(array)
        else:
            self.matrices.append(array)

    def result(self) -> Node:
        """The product as one formula of whole arrays. Raises NotInMatrices."""
        self.take_closed_pairs()
        self.multiply_parallels()
        while self.bound:
            tick("writing in matrices")
            index = min(self.bound, key=lambda i: len(self.at(i)))
            touching = self.at(index)
            require(len(touching) <= 2)
            self.bound.remove(index)
            for matrix in touching:
                self.matrices.remove(matrix)
            self.add(self.summed(index, touching))
            self.multiply_parallels()
        return scaled(self.coefficient, self.above, self.array(), self.below)

    def at(self, index: Expr) -> list[Node]:
        """The matrices of which an index is an axis."""
        return [n for n in self.matrices if index in n.axes]

    def summed(self, index: Expr, touching: list[Node]) -> Node:
        """The sum over an index of what hangs on it."""
        vectors = self.vectors.pop(index, [])
        if not touching:
            return _sum(vectors, index)
        weights = hadamard(vectors) if vectors else None
        others = [next(i for i in n.axes if i != index) for n in touching]
        left = oriented(touching[0], (others[0], index))
        if len(touching) == 1:
            return chain(left, weights or m.Ones((index,)))
        right = oriented(touching[1], (index, others[1]))
        middle = [] if weights is None else [spread(weights, (index, index))]
        return chain(left, *middle, right)

    def multiply_parallels(self) -> None:
        """Matrices between the same two indices become one, multiplied element by element."""
        groups: dict[frozenset[Expr], list[Node]] = defaultdict(list)
        for matrix in self.matrices:
            groups[frozenset(matrix.axes)].append(matrix)
        self.matrices = []
        for group in groups.values():
            self.add(_elementwise(group))

    def take_closed_pairs(self) -> None:
        """Matrices between two summed indices on which nothing else hangs become a number."""
        for pair in {frozenset(n.axes) for n in self.matrices}:
            group = [n for n in self.matrices if frozenset(n.axes) == pair]
            alone = not any(self.vectors.get(i) for i in pair) and not any(
                pair & set(n.axes) and frozenset(n.axes) != pair for n in self.matrices)
            if alone and pair <= set(self.bound):
                self.matrices = [n for n in self.matrices if n not in group]
                self.bound = [i for i in self.bound if i not in pair]
                self.add(_sum_of_products(group))

    def array(self) -> Node | None:
        """What is left over the free indices."""
        ends = [hadamard(self.vectors[i]) if self.vectors.get(i) else None for i in self.free]
        if len(self.free) < 2:
            return ends[0] if ends else None
        left, right = ends
        if not self.matrices:
            require(left is not None and right is not None)
            assert left is not None
            assert right is not None
            return outer(left, right)
        (matrix,) = self.matrices
        rows, columns = self.free
        middle = matrix if left is None and right is None else oriented(matrix, self.free)
        before = [] if left is None else [spread(left, (rows, rows))]
        behind = [] if right is None else [spread(right, (columns, columns))]
        return chain(*before, middle, *behind)


def _elementwise(group: list[Node]) -> Node:
    """Matrices between the same indices, multiplied element by element."""
    if len(group) == 1:
        return group[0]
    axes = group[0].axes
    first, second = (hadamard([oriented(n, order) for n in group]) for order in (axes, axes[::-1]))
    return shorter(first, second)


def _sum(vectors: list[Node], index: Expr) -> Node:
    """The sum of the products of the elements of vectors."""
    if not vectors:
        return m.Scalar(index.dim)
    factors = [f for v in vectors for f in (v.factors if isinstance(v, m.Hadamard) else (v,))]
    if len(factors) > 1:
        return dot(factors[0], hadamard(factors[1:]))
    (only,) = factors
    if isinstance(only, m.Power) and only.exponent == 2:
        return m.Squares(only.base)
    if isinstance(only, m.Diagonal):
        return m.Trace(only.of)
    return m.SumOf(only)


def _sum_of_products(group: list[Node]) -> Node:
    """The sum of all elements of matrices that are multiplied element by element."""
    axes = group[0].axes
    factors = [oriented(n, axes) for n in group]
    if len(factors) == 1:
        (only,) = factors
        if isinstance(only, m.Power) and only.exponent == 2:
            return m.Squares(only.base)
        return m.SumOf(only)
    *others, last = factors
    if len(others) == 1 and spelled(others[0]) == spelled(last):
        return m.Squares(last)
    return m.Products(hadamard(others), last)
