"""Lowering of one step: products with parameters, and sums over all steps and sequences."""

from __future__ import annotations

from dataclasses import replace
from itertools import groupby
from typing import TYPE_CHECKING, Any

from sympy import Integer, Mul, true

from derive.arrays.lowering.index_lowering import Lowering
from derive.arrays.lowering.product_lowering import opened
from derive.arrays.program import Node, Operand, Program, Value
from derive.arrays.targets.numpy import buffers
from derive.calculus.recurrence.model_structure import components
from derive.core import heads
from derive.core.atoms import Index, Tensor, Variable
from derive.core.indexing import leaves, occurs
from derive.notation.reading.model_equations import reads

if TYPE_CHECKING:
    from derive.arrays.lowering.node_building import Scope
    from derive.arrays.recurrent.step_graph import Stepper

_ALONG = frozenset({"sum", "prod", "max", "min", "argmax", "contract", "np.median", "below-max"})


class StepProgram(Program):
    """A program in which whatever is computed has an axis for rows in front, parameters aside.

    What is computed from parameters alone has one row.
    """

    def assign(self, node: Node) -> int:
        """The number of a node; an equal one is not added again."""
        computed = node.op not in ("input", "size", "iota", "batch-sum", "outer", "scatter")
        if computed and node.kind != "s" and not buffers.view(node):
            node = replace(node, batched=True)
            if node.op in _ALONG and not any(self.nodes[s].batched for s in node.sources):
                node = replace(node, operands=tuple(self.in_a_row(o) for o in node.operands))
        return super().assign(node)

    def in_a_row(self, operand: Operand) -> Operand:
        """A parameter as what has one row."""
        if operand.number:
            return operand
        dims = self.nodes[operand.source].dims
        whole = Operand(operand.source, tuple(range(len(dims))))
        return replace(operand, source=self.assign(Node("spread", (whole,), dims)))


class StepLowering(Lowering):
    """Lowers the formulas of one step.

    `bound` holds the nodes of names that are computed. Terms and factors are taken together by
    when they are known: those of the data first, then those of earlier layers, adjoints last, so
    that as much as can be leaves the loop over time.
    """

    def __init__(self, stepper: Stepper) -> None:
        model = stepper.model
        dims = {d for leaf in model.scope.names.values() if isinstance(leaf, Tensor)
                for d in leaf.kind.shape}
        super().__init__({}, dims)
        self.program = StepProgram()
        self.arrays: dict[Any, Any] = {}
        self.bound: dict[str, int] = {}
        self.parts: dict[int, tuple[Scope, Value, Value]] = {}
        self.parameters = {leaf.name for leaf in model.parameters}
        needs = {e.symbol: [s for s, _ in reads(e.body, model)] for e in model.equations}
        circles = components(needs, lambda n: [s for s in needs[n] if s in needs])
        self.ranks = {str(s): n for n, circle in enumerate(circles, 1) for s in circle}
        self.arrays.update({leaf: (leaf.name, leaf.kind) for leaf in model.scope.names.values()
                            if not model.timed(leaf)})

    def source(self, leaf: Any) -> int:
        name, kind = self.arrays[leaf]
        if name in self.bound:
            return self.bound[name]
        integral = "i" if kind.domain == "label" else "f"
        return self.program.assign(Node("input", (), kind.shape, integral, (name,),
                                        name not in self.parameters))

    # When something is known

    def rank(self, node: Any) -> tuple[int, int]:
        """0 for data and parameters; forward names by their circle; adjoints after them."""
        found = (0, 0)
        for leaf in leaves(node):
            if isinstance(leaf, (Tensor, Variable)):
                name = leaf.name.partition("@")[0]
                plain = name.partition("'")[0]
                if "'" in name:
                    found = max(found, (2, -self.ranks.get(plain, 0)))
                elif plain in self.ranks:
                    found = max(found, (1, self.ranks[plain]))
        return found

    def grouped(self, parts: list[Any]) -> list[list[Any]]:
        """Parts by when they are known, earliest first."""
        ordered = sorted(parts, key=self.rank)
        return [list(group) for _, group in groupby(ordered, key=self.rank)]

    def add(self, node: Any, scope: Scope) -> Value:
        if any(self.delta_of(term, scope) for term in node.args):
            return super().add(node, scope)
        total: Value | None = None
        for group in self.grouped(list(node.args)):
            total = self.group(total, group, scope)
        assert total is not None
        return total

    def group(self, total: Value | None, terms: list[Any], scope: Scope) -> Value:
        """The sum of terms that are known at the same time; products with parameters joined."""
        pairs: list[Any] = []
        rest: list[Any] = []
        for term in terms:
            pair = self.dot(term, scope)
            (pairs if pair else rest).append(pair or term)
        if pairs:
            value = self.dots(pairs, scope)
            total = value if total is None else \
                self.elementwise("np.add", total, value, scope=scope)
        for term in sorted(rest, key=lambda t: bool(t.as_coeff_Mul()[0] < 0)):
            total = self.added(total or Value(Integer(0)), term, scope)
        assert total is not None
        return total

    def mul(self, node: Any, scope: Scope) -> Value:
        if self.delta_of(node, scope):
            return super().mul(node, scope)
        coefficient, rest = node.as_coeff_Mul()
        groups = self.grouped(list(Mul.make_args(rest)))
        if len(groups) < 2:
            return super().mul(node, scope)
        groups = [part for group in groups for part in self.by_axes(group, scope)]
        early = self.value(Mul(coefficient, *groups[0]), scope)
        for group in groups[1:-1]:
            early = self.elementwise("np.multiply", early, self.value(Mul(*group), scope),
                                     scope=scope)
        return self.parted(early, self.value(Mul(*groups[-1]), scope), scope)

    @staticmethod
    def by_axes(factors: list[Any], scope: Scope) -> list[list[Any]]:
        """Factors by how many axes they have, few first: numbers of a row before vectors."""
        def axes(factor: Any) -> int:
            return sum(occurs(i, factor) for i in scope)

        ordered = sorted(factors, key=axes)
        return [list(group) for _, group in groupby(ordered, key=axes)]

    def parted(self, early: Value, late: Value, scope: Scope) -> Value:
        """A product of what is known early and late; (a * (b * late)) becomes ((a * b) * late)."""
        if late.source in self.parts and not late.number:
            made, first, last = self.parts[late.source]
            there = dict(zip(made, late.indices, strict=True))
            first, last = (Value(v.source, tuple(there[i] for i in v.indices))
                           for v in (first, last))
            return self.parted(self.elementwise("np.multiply", early, first, scope=scope), last,
                               scope)
        total = self.elementwise("np.multiply", early, late, scope=scope)
        self.parts[total.source] = (total.indices, early, late)
        return total

    # Products with parameters

    def reduction(self, node: Any, scope: Scope) -> Value:
        pair = self.dot(node, scope)
        return self.dots([pair], scope) if pair else super().reduction(node, scope)

    def dot(self, term: Any, scope: Scope) -> tuple[int, int, Value, Any] | None:
        """(parameter, its summed axis, vector, free index) of Σ_k W[i, k] u[k], if it is one."""
        if not isinstance(term, heads.Sum):
            return None
        index, body, where, inner = opened(term.family, scope)
        factors = list(Mul.make_args(body))
        matrices = [f for f in factors if isinstance(f, heads.Element)
                    and f.tensor.name in self.parameters and index in f.indices]
        if where is not true or len(matrices) != 1:
            return None
        matrix = matrices[0]
        others = [f for f in factors if f is not matrix]
        free = [i for i in matrix.indices if i != index]
        if len(matrix.indices) > 2 or any(i not in scope for i in free) or not others \
                or list(matrix.indices).count(index) != 1:
            return None
        if any(occurs(i, f) for i in scope for f in others):
            return None
        vector = self.value(Mul(*others), inner)
        if vector.number or vector.indices != (index,) or \
                not self.program.nodes[vector.source].batched:
            return None
        return (self.source(matrix.tensor), list(matrix.indices).index(index), vector,
                free[0] if free else None)

    def dots(self, pairs: list[Any], scope: Scope) -> Value:
        """The sum of products of parameters and vectors, as one operation."""
        free = pairs[0][3]
        if any(p[3] != free for p in pairs):
            first = self.dots([p for p in pairs if p[3] == free], scope)
            rest = self.dots([p for p in pairs if p[3] != free], scope)
            return self.elementwise("np.add", first, rest, scope=scope)
        operands = tuple(o for matrix, _, vector, _ in pairs
                         for o in (Operand(matrix, (None,)), Operand(vector.source, (None,))))
        dims = () if free is None else (free.dim,)
        made = Node("dots", operands, dims, "f", tuple(p[1] for p in pairs), True)
        return Value(self.program.assign(made), () if free is None else (free,))

    def summed(self, parts: list[Value], indices: tuple[Index, ...]) -> int:
        """The sum of values, with all axes."""
        total = parts[0]
        for part in parts[1:]:
            total = self.elementwise("np.add", total, part, scope=indices)
        if total.number or total.indices != indices:
            total = self.spread(total, indices)
        return int(total.source)

    # Sums over all steps and sequences

    def over_batch(self, values: list[Value], dims: tuple[Any, ...]) -> int:
        """The sum over steps and sequences of one value."""
        value = values[0]
        if value.number or not self.program.nodes[value.source].batched:
            value = self.spread(value, value.indices)
        operand = Operand(value.source, tuple(range(len(value.indices))), value.number)
        return self.program.assign(Node("batch-sum", (operand,), dims, "f", (), False))

    def over_steps(self, term: Any, indices: tuple[Index, ...]) -> list[int]:
        """The nodes whose sum is Σ over steps and sequences of a term, with the indices as axes."""
        found = self.delta_of(term, indices)
        if found:
            index, label, factor = found
            rest = tuple(i for i in indices if i != index)
            value = self.exactly(self.value(factor, rest), rest)
            place = self.place(label, rest)
            made = Node("scatter", (place.along(()), value.along(rest)),
                        tuple(i.dim for i in indices), "f", (indices.index(index),), False)
            return [self.program.assign(made)]
        if len(indices) == 2:
            return [self.outer(term, indices)]
        value = self.exactly(self.value(term, indices), indices)
        return [self.over_batch([value], tuple(i.dim for i in indices))]

    def outer(self, term: Any, indices: tuple[Index, ...]) -> int:
        """Σ u[i] v[j] as one matrix product; what cannot be parted is summed as it stands."""
        first, second = indices
        coefficient, rest = term.as_coeff_Mul()
        factors = list(Mul.make_args(rest))
        right = [f for f in factors if occurs(second, f)]
        left = [f for f in factors if f not in right]
        dims = tuple(i.dim for i in indices)
        if any(occurs(first, f) for f in right):
            value = self.exactly(self.value(term, indices), indices)
            return self.over_batch([value], dims)
        rows = self.exactly(self.value(Mul(coefficient, *left), (first,)), (first,))
        columns = self.exactly(self.value(Mul(*right), (second,)), (second,))
        operands = (Operand(rows.source, (0, None)), Operand(columns.source, (None, 0)))
        return self.program.assign(Node("outer", operands, dims, "f", (), False))

    def exactly(self, value: Value, indices: tuple[Index, ...]) -> Value:
        """The value with just these axes."""
        if value.number or value.indices != indices or \
                not self.program.nodes[value.source].batched:
            return self.spread(value, indices)
        return value

