"""Elements, labels and slopes as whole arrays."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

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
        """An element as its array, with what its subscripts ask for."""
        steps = int(self.letters.timed(node.tensor))
        lead, places = node.indices[:steps], node.indices[steps:]
        if len(places) == 2 and places[0].is_Integer:  # a row by its number
            lead, places = (*lead, places[0]), places[1:]
        require(len(places) <= 2 and not axes_in(indices, *lead))
        dims = node.tensor.kind.shape[len(lead):]
        yield from self.subscripted(lambda axes: m.Declared(axes, node.tensor, lead), places, dims,
                                    indices, graph)

    def subscripted(self, array: Callable[[Axes], Node], places: Sequence[Expr],
                    dims: Sequence[Expr], indices: Axes, graph: IndexNetwork) -> Iterator[Node]:
        """An array at subscripts; a label among them is an index summed with an indicator."""
        axes = list(places)
        for place, at in enumerate(places):
            if at not in indices:
                axes[place] = self.fresh(dims[place])
                yield self.hot(at, axes[place], indices)
                graph.bound.append(axes[place])
        if len(axes) == 2 and axes[0] == axes[1]:
            yield m.Diagonal((axes[0],), array((axes[0], self.fresh(dims[1]))))
        else:
            yield array(tuple(axes))

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
