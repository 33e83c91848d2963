"""Elements, labels and slopes as whole arrays."""

from __future__ import annotations

from collections.abc import Iterator

from sympy import Expr

from derive.core import heads
from derive.core.atoms import Tensor
from derive.core.indexing import index_dimension
from derive.notation.matrix_forms import matrix_nodes as m
from derive.notation.matrix_forms.index_network import IndexNetwork
from derive.notation.matrix_forms.matrix_nodes import Axes, Node, require
from derive.notation.matrix_forms.product_factors import FactorReader, axes_in


class LeafReader(FactorReader):
    """Reads what has no parts of its own."""

    def hot(self, label: Expr, index: Expr, indices: Axes) -> Node:
        """The indicator of a label, or of a vector of labels, over an index."""
        if not axes_in(indices, label):
            require(index_dimension(label) is not None and not label.is_number)
            return m.Hot((index,), label)
        require(isinstance(label, heads.Element))
        of = self.declared(label, indices)
        require(len(of.axes) == 1)
        return m.Hot((*of.axes, index), of)

    def element_parts(self, node: Expr, indices: Axes, graph: IndexNetwork) -> Iterator[Node]:
        """An element; a label among its subscripts is an index that is summed with an indicator."""
        steps = int(self.letters.timed(node.tensor))
        lead, rest = node.indices[:steps], list(node.indices[steps:])
        require(len(rest) <= 2 and not axes_in(indices, *lead))
        for place, at in enumerate(rest):
            if at not in indices:
                index = self.fresh(node.tensor.kind.shape[steps + place])
                yield self.hot(at, index, indices)
                graph.bound.append(index)
                rest[place] = index
        if len(rest) == 2 and rest[0] == rest[1]:
            square = (rest[0], self.fresh(rest[0].dim))
            yield m.Diagonal((rest[0],), m.Declared(square, node.tensor, lead))
        else:
            yield m.Declared(tuple(rest), node.tensor, lead)

    def declared(self, node: Expr, axes: Axes) -> m.Declared:
        """An element of a declared array whose subscripts are all axes."""
        steps = int(self.letters.timed(node.tensor))
        lead, rest = node.indices[:steps], node.indices[steps:]
        require(all(i in axes for i in rest) and len(set(rest)) == len(rest) <= 2
                and not axes_in(axes, *lead))
        return m.Declared(tuple(rest), node.tensor, lead)

    def slope(self, node: Expr, axes: Axes) -> Node:
        body, at = node.args
        require(not body.args)
        if isinstance(at, Tensor):
            return m.Slope(body, m.Declared((), at))
        require(isinstance(at, heads.Element))
        return m.Slope(body, self.declared(at, axes))
