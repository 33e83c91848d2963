"""Lowering of sums of products with a parameter: products of matrices, whatever its axes are."""

from __future__ import annotations

from sympy import Expr, Mul, true

from derive.arrays.lowering.index_lowering import Lowering
from derive.arrays.lowering.node_building import Scope
from derive.arrays.lowering.product_lowering import opened
from derive.arrays.operations import Op
from derive.arrays.program import Operand, Value
from derive.arrays.recurrent.step_program import Dot
from derive.core import heads
from derive.core.atoms import Index
from derive.core.indexing import occurs


class ParameterProducts(Lowering):
    """Finds products of a parameter of `parameters` and values with axes.

    A parameter with three axes or more is a matrix by the axes that are summed first: `rows`. It
    lies in memory as such, and its other products are those with that matrix or its transpose.
    """

    parameters: set[str]
    rows: dict[str, tuple[int, ...]]

    def dot(self, term: Expr, scope: Scope) -> Dot | None:
        """A sum, or nested sums, of products of a parameter and values, if it is one."""
        bound: list[Index] = []
        body, inner = term, scope
        while isinstance(body, heads.Sum):
            index, body, where, inner = opened(body.family, inner)
            if where is not true:
                return None
            bound.append(index)
        matrices = [f for f in Mul.make_args(body) if self.is_matrix(f, bound)] if bound else []
        others = Mul(*(f for f in Mul.make_args(body) if f not in matrices))
        if len(matrices) != 1 or others == 1 or any(occurs(i, others) for i in scope):
            return None
        return self.dot_of(matrices[0], bound, others, scope)

    def dot_of(self, matrix: heads.Element, bound: list[Index], others: Expr, scope: Scope,
               ) -> Dot | None:
        """The product of a parameter and a value, where each has the axes that it needs."""
        places = list(matrix.indices)
        axes = tuple(n for n, i in enumerate(places) if i in bound)
        free = tuple(i for i in places if i not in bound)
        name = self.arrays[matrix.tensor][0]
        if len(axes) != len(bound) or not set(free) <= set(scope) or \
                len(set(free)) < len(free) or not self.is_side(name, axes, len(places)):
            return None
        order = tuple(places[n] for n in axes)
        vector = self.value(others, (*scope, *order))
        if set(vector.indices) != set(order) or not self.build.batched(vector):
            return None
        if vector.indices != order or self.build.of(vector).view:  # h[3] has no memory of its own
            vector = self.build.spread(vector, order)
        if len(places) > 2:
            self.rows.setdefault(name, axes)
        return Dot(self.source(matrix.tensor), axes, vector, free)

    def is_side(self, name: str, axes: tuple[int, ...], count: int) -> bool:
        """Whether some of a parameter's axes are the rows, or the columns, of its matrix."""
        if count < 3 or name not in self.rows:
            return len(axes) == 1 or len(axes) < count
        rows = self.rows[name]
        return axes in (rows, tuple(n for n in range(count) if n not in rows))

    def is_matrix(self, factor: Expr, bound: list[Index]) -> bool:
        """Whether a factor is a parameter with an axis for each of some indices."""
        return isinstance(factor, heads.Element) and set(bound) <= set(factor.indices) and \
            factor.tensor.name in self.parameters

    def dots(self, pairs: list[Dot], scope: Scope) -> Value:
        """The sum of products of parameters and vectors, as one operation."""
        free = pairs[0].free
        rest = [p for p in pairs if p.free != free]
        if rest:
            first = self.dots([p for p in pairs if p.free == free], scope)
            return self.build.elementwise(Op.ADD, first, self.dots(rest, scope), scope=scope)
        operands = [Operand(source, (None,)) for p in pairs for source in (p.matrix,
                                                                           p.vector.source)]
        return self.build.assign(Op.DOTS, operands, free, detail=tuple(p.axes for p in pairs))
