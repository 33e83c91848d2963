"""Formulas of one element → trees of whole arrays."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial

from sympy import Add, Expr, Mul, Pow, true

from derive.core import heads
from derive.core.comparisons import negated
from derive.core.indexing import index_dimension
from derive.core.walk import instantiate
from derive.functions.domains import open_requirements
from derive.functions.function_records import function_of
from derive.notation.matrix_forms import matrix_nodes as m
from derive.notation.matrix_forms.array_products import spread
from derive.notation.matrix_forms.array_sums import array_of, total
from derive.notation.matrix_forms.form_length import shorter, spelled
from derive.notation.matrix_forms.index_network import IndexNetwork
from derive.notation.matrix_forms.leaf_reading import LeafReader
from derive.notation.matrix_forms.like_signs import with_like_signs
from derive.notation.matrix_forms.matrix_nodes import Axes, Node, NotInMatrices, require
from derive.notation.matrix_forms.picked_rows import with_rows
from derive.notation.matrix_forms.product_factors import (
    NOTHING,
    ZERO,
    Factors,
    axes_in,
)
from derive.notation.matrix_forms.transposes import oriented, turned
from derive.notation.printing.print_order import ordered_terms

_MOST = 300  # products that are tried for a formula


class ElementReader(LeafReader):
    """Reads the formula of one element; `time` is the dimension of the steps of a model."""

    def __init__(self, node: Expr, time: Expr | None, reserved: tuple[str, ...]) -> None:
        super().__init__(node, time, reserved)
        self.budget = _MOST

    def form(self, node: Expr, axes: Axes) -> Node:
        """A node as an array over those of `axes` that occur in it. Raises NotInMatrices."""
        if not axes_in(axes, node):
            return self.number(node)
        return self.structure(node, axes)

    def structure(self, node: Expr, axes: Axes) -> Node:
        """A node by its head."""
        for kind in type(node).__mro__:
            if kind in _FORMS:
                return _FORMS[kind](self, node, axes)
        raise NotInMatrices

    def number(self, node: Expr) -> Node:
        """A number: with its sums over whole arrays, where it has any that can be so written."""
        if isinstance(node, heads.Element) or not node.has(heads.Reduction, heads.Lam):
            return m.Scalar(node)
        try:
            return self.structure(node, ())
        except NotInMatrices:
            return m.Scalar(node)

    # Products and sums over indices

    def product(self, node: Expr, axes: Axes) -> Node:
        if isinstance(node, heads.Sum):
            return self.best(self.with_sum(node.family, axes, NOTHING), axes)
        if isinstance(node, heads.Cond) and node.args[2] != 0:
            return self.both_cases(node, axes)
        return self.best(self.gathered(node, axes, NOTHING), axes)

    def both_cases(self, node: Expr, axes: Axes) -> Node:
        """Elements of one array where a condition holds, of another elsewhere."""
        test, yes, no = node.args
        over = axes_in(axes, node)
        require(not any(map(open_requirements, (yes, no))))
        return total([(False, self.product(heads.Cond(where, branch, ZERO), axes))
                      for where, branch in ((test, yes), (negated(test), no))], over)

    def best(self, factors: Factors, axes: Axes) -> Node:
        """The product; a sum of arrays with different axes is multiplied out where that helps."""
        self.budget -= 1
        require(self.budget > 0)
        made: Node | None = None
        with suppress(NotInMatrices):
            made = self.network(factors, axes)
        for place, factor in enumerate(factors.above):
            if not self.is_mixed(factor, (*axes, *factors.bound)) and not factors.is_alone(place):
                continue
            try:
                other = self.multiplied_out(factors, place, axes)
            except NotInMatrices:
                continue
            made = other if made is None else shorter(made, other)
        if made is None:
            raise NotInMatrices
        return made

    @staticmethod
    def is_mixed(factor: Expr, axes: Axes) -> bool:
        """Whether a factor is a sum of arrays with different axes, two or more together."""
        over = axes_in(axes, factor) if isinstance(factor, Add) else ()
        if len(over) < 2:
            return False
        kinds = {frozenset(axes_in(axes, term)) for term in factor.args}
        return len(over) > 2 or len(kinds) > 1 or factor.has(heads.Delta)

    def multiplied_out(self, factors: Factors, place: int, axes: Axes) -> Node:
        """The product with the terms of a factor, one after the other."""
        over = tuple(i for i in axes if factors.occurs(i))
        rest, terms = factors.without(place), []
        for negative, term in ordered_terms(factors.above[place]):
            terms.append((negative, self.best(self.gathered(term, axes, rest), axes)))
        return total(terms, over, self.time is not None)

    def network(self, factors: Factors, axes: Axes) -> Node:
        """The product by the graph of its indices."""
        free = tuple(i for i in axes if factors.occurs(i))
        require(len(free) <= 2)
        factors, diagonal = self.sifted(factors, free)
        if diagonal:
            return spread(self.network(factors, free[:1]), free)
        graph = IndexNetwork(free, factors.bound)
        graph.add(m.Scalar(factors.coefficient))
        indices = (*free, *factors.bound)
        for factor in factors.above:
            for part in self.placed(factor, indices, graph):
                graph.add(part)
        for factor in factors.below:
            node = self.form(factor, indices)
            if node.axes:
                graph.add(m.Quotient(None, node))
            else:
                graph.below.append(node)
        return graph.result()

    @staticmethod
    def sifted(factors: Factors, free: Axes) -> tuple[Factors, bool]:
        """The product without deltas of two of its indices; whether one makes it a diagonal."""
        diagonal = False
        for factor in factors.above:
            pair = factor.args
            if not isinstance(factor, heads.Delta) or not all(
                    i in (*free, *factors.bound) for i in pair):
                continue
            place = factors.above.index(factor) if factor in factors.above else None
            if place is None:
                return ElementReader.sifted(factors, free)
            summed = [i for i in pair if i in factors.bound]
            dropped = summed[0] if summed else free[-1]
            kept = pair[0] if pair[1] == dropped else pair[1]
            diagonal = diagonal or not summed
            factors = factors.without(place).renamed(dropped, kept)
        return factors, diagonal

    def placed(self, factor: Expr, indices: Axes, graph: IndexNetwork) -> Iterator[Node]:
        """A factor as arrays, those of labels in its subscripts among them."""
        if not axes_in(indices, factor):
            yield self.number(factor)
        elif isinstance(factor, heads.Element):
            yield from self.element_parts(factor, indices, graph)
        elif isinstance(factor, heads.Apply) and len(factor.args) == 4 and \
                function_of(factor).takes_matrix:
            _, matrix, *places = factor.args
            require(not axes_in(indices, matrix))
            yield from self.subscripted(partial(self.of_matrix, factor), places,
                                        (matrix.dim, matrix.dim), indices, graph)
        elif isinstance(factor, heads.Delta):
            own = [i for i in factor.args if i in indices]
            require(len(own) == 1)
            label = next(i for i in factor.args if i != own[0])
            yield self.hot(label, own[0], indices)
        else:
            yield self.form(factor, indices)

    # Elementwise

    def add(self, node: Expr, axes: Axes) -> Node:
        over = axes_in(axes, node)
        require(len(over) <= 2)
        terms = [(negative, self.form(term, axes)) for negative, term in ordered_terms(node)]
        kept = self.time is not None
        made = total(terms, over, kept)
        return shorter(made, total(terms, over[::-1], kept)) if len(over) == 2 else made

    def power(self, node: Expr, axes: Axes) -> Node:
        base, exponent = node.args
        if exponent.is_Rational and exponent < 0:
            return self.product(node, axes)
        require(not axes_in(axes, exponent))
        inner = self.form(base, axes)
        return m.Scalar(node) if isinstance(inner, m.Scalar) else m.Power(inner, exponent)

    def matrix_function(self, node: Expr, axes: Axes) -> Node:
        """A function of a matrix; one of its entries at constant places is a number."""
        if len(node.args) != 4:
            return self.of_matrix(node, ())
        return self.product(node, axes) if axes_in(axes, node) else m.Scalar(node)

    def apply(self, node: Expr, axes: Axes) -> Node:
        if function_of(node).takes_matrix:
            return self.matrix_function(node, axes)
        if any(isinstance(a, heads.Lam) for a in node.args):
            return self.vector_function(node, axes)
        return self.elementwise(node, axes)

    def elementwise(self, node: Expr, axes: Axes) -> Node:
        over = axes_in(axes, node)
        require(len(over) <= 2)
        inner = [self.form(a, axes) for a in node.args[1:]]
        wide = [n for n in inner if n.axes]
        if not wide:
            return m.Applied((), function_of(node), tuple(inner))
        first = max(wide, key=lambda n: len(n.axes)).axes
        require(set(first) == set(over) and all(len(n.axes) == len(first) for n in wide))
        return m.Applied(first, function_of(node), tuple(
            oriented(n, first) if n.axes else n for n in inner))

    def of_matrix(self, node: Expr, axes: Axes) -> Node:
        """A function of a whole matrix."""
        row, inner = self.open(node.args[1])
        column, body = self.open(inner)
        matrix = array_of(self.form(body, (row, column)), (row, column))
        function = function_of(node)
        kept = "symmetric" in function.keeps and spelled(turned(matrix)) == spelled(matrix)
        return m.OfMatrix(axes, function, matrix, kept)

    def vector_function(self, node: Expr, axes: Axes) -> Node:
        """A function of whole vectors, of each row where they are those of a matrix."""
        _, *arguments = node.args
        families = [a for a in arguments if isinstance(a, heads.Lam)]
        at = arguments[len(families):]
        require(len(at) <= 1 and all(not isinstance(a, heads.Lam) for a in at))
        if at:
            require(at[0] in axes and not axes_in(at, *families))
            index = at[0]
        else:
            index = self.fresh(families[0].dim)
        inner = [self.along(lam, index, axes) for lam in families]
        lead = max((n.axes[:-1] for n in inner), key=len)
        require(all(n.axes[:-1] == lead for n in inner))
        return m.Applied((*lead, *at), function_of(node), tuple(inner))

    def along(self, lam: heads.Lam, index: Expr, axes: Axes) -> Node:
        """The body of a family as vectors over an index, its last axis."""
        body, where = instantiate(lam, index)
        require(where is true and index_dimension(index) == lam.dim)
        inner = self.form(body, (*(i for i in axes if i != index), index))
        require(index in inner.axes)
        return oriented(inner, (*(i for i in inner.axes if i != index), index))

    def conditional(self, node: Expr, axes: Axes) -> Node:
        test, yes, no = node.args
        if axes_in(axes, test):
            return self.mask(test, axes) if (yes, no) == (1, 0) else self.product(node, axes)
        inner = [self.form(branch, axes) for branch in (yes, no)]
        over = max((n.axes for n in inner), key=len)
        require(all(set(n.axes) in (set(), set(over)) for n in inner))
        first, second = (oriented(n, over) if n.axes else n for n in inner)
        compared = isinstance(test, (heads.Less, heads.LessEqual))
        sides = tuple(self.form(side, axes) for side in test.args) if compared else ()
        return m.Case(over, test, sides, first, second)

    def mask(self, test: Expr, axes: Axes) -> Node:
        """The indicator of a comparison of elements."""
        require(isinstance(test, (heads.Less, heads.LessEqual)))
        inner = [self.form(side, axes) for side in test.args]
        over = max((n.axes for n in inner), key=len)
        require(all(set(n.axes) in (set(), set(over)) for n in inner))
        return m.Mask(over, test, tuple(oriented(n, over) if n.axes else n for n in inner))

    # Sums over time

    def sum(self, node: Expr, axes: Axes) -> Node:
        if node.family.dim != self.time:
            return self.product(node, axes)
        index, body, where = self.letters.named(node.family)
        require(where is true)
        with self.letters.inside_binder(index):
            return m.OverTime(index, self.form(body, axes))


_FORMS: dict[type, Callable[[ElementReader, Expr, Axes], Node]] = {
    heads.Element: ElementReader.product, heads.Delta: ElementReader.product,
    Mul: ElementReader.product, heads.Partial: ElementReader.slope, Add: ElementReader.add,
    Pow: ElementReader.power, heads.Apply: ElementReader.apply,
    heads.Cond: ElementReader.conditional, heads.Sum: ElementReader.sum,
}


def read_elements(node: Expr, axes: Axes, time: Expr | None, reserved: tuple[str, ...]) -> Node:
    """The array whose element at `axes` is `node`, rows first. Raises NotInMatrices."""
    require(len(axes) <= 2 and (node != 0 or not axes))
    made = array_of(ElementReader(node, time, reserved).form(node, axes), axes)
    return made if time is not None else with_like_signs(with_rows(made))
