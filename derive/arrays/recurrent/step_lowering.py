"""Lowering of one step: products with parameters, and sums over all steps and sequences."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from sympy import Add, Expr, Integer, Mul

from derive.arrays.lowering.index_lowering import Leaf
from derive.arrays.lowering.node_building import ZERO, Scope
from derive.arrays.operations import Op
from derive.arrays.program import Node, Operand, Value
from derive.arrays.recurrent.filtered_sums import filtered
from derive.arrays.recurrent.fixed_places import known_lengths
from derive.arrays.recurrent.label_lowering import LabelLowering
from derive.arrays.recurrent.parameter_products import ParameterProducts
from derive.arrays.recurrent.step_program import Dot, StepProgram
from derive.arrays.recurrent.varying_values import varies
from derive.calculus.recurrence.model_structure import components
from derive.core import heads
from derive.core.atoms import Tensor, Variable
from derive.core.indexing import leaves, occurs
from derive.core.kinds import Dimension
from derive.core.walk import substitute
from derive.functions.function_records import function_of
from derive.notation.reading.model_equations import Model, reads

_OF_MARGINS = frozenset({"exp", "abs"})  # functions of how far numbers are apart


class StepLowering(LabelLowering, ParameterProducts):
    """Lowers the formulas of one step.

    `bound` holds the nodes of names that are computed. Terms and factors are taken together by
    when they are known: those of the data first, then those of earlier layers, adjoints last, so
    that as much as can be leaves the loop over time.
    """

    limits = False  # gates are no targets, and nothing in a step is infinite
    kept: frozenset[str] = frozenset()  # functions that stay as they are
    partial: frozenset[Expr] = frozenset()  # names that may have no value; see filtered_sums

    def __init__(self, model: Model) -> None:
        dims = known_lengths(model)
        super().__init__({leaf: (leaf.name, leaf.kind) for leaf in model.scope.names.values()
                          if not model.timed(leaf)}, dims, StepProgram())
        self.bound: dict[str, int] = {}
        self.margins = False
        self.parts: dict[int, tuple[Scope, Value, Value]] = {}
        self.parameters = {leaf.name for leaf in model.weights}
        self.rows = {}
        needs = {e.symbol: [s for s, _ in reads(e.body, model)] for e in model.equations}
        circles = components(needs, lambda n: [s for s in needs[n] if s in needs])
        self.ranks = {str(s): n for n, circle in enumerate(circles, 1) for s in circle}

    def source(self, leaf: Leaf) -> int:
        name, kind = self.arrays[leaf]
        if name in self.bound:
            return self.bound[name]
        return self.input(name, kind, name not in self.parameters)

    def in_each_row(self, number: int, indices: Scope) -> int:
        """What is computed from parameters alone as a value that has a place in each row."""
        return number if varies(self.program, number) else \
            int(self.build.spread(Value(number, indices), indices).source)

    def from_end(self, place: Expr, dim: Dimension) -> Value | None:
        number = place - dim if isinstance(place, Add) else place
        return Value(number) if number.is_Integer and number < 0 else None

    # When something is known

    def rank(self, node: Expr) -> tuple[int, int]:
        """0 for data and parameters; forward names by their circle; adjoints after them."""
        return max((self._rank(leaf.name.partition("@")[0]) for leaf in leaves(node)
                    if isinstance(leaf, (Tensor, Variable))), default=(0, 0))

    def _rank(self, name: str) -> tuple[int, int]:
        plain, prime, _ = name.partition("'")
        if prime:
            return 2, -self.ranks.get(plain, 0)
        return (1, self.ranks[plain]) if plain in self.ranks else (0, 0)

    def grouped(self, parts: list[Expr]) -> list[list[Expr]]:
        """Parts by when they are known, earliest first."""
        ordered = sorted(parts, key=self.rank)
        return [list(group) for _, group in groupby(ordered, key=self.rank)]

    def apply(self, node: heads.Apply, scope: Scope) -> Value:
        """A function; what exponentials are taken of is 0 where it is of equal infinities.

        Where no path leads, log-weights are -inf, and so is the largest of them.
        """
        before, self.margins = self.margins, self.margins or node.name in _OF_MARGINS
        value = self.turned(node, scope) or self.computed(node, scope)
        self.margins = before
        return value

    def computed(self, node: heads.Apply, scope: Scope) -> Value:
        """A function of values; one that a library has stays as it is."""
        if node.name not in self.kept:
            return super().apply(node, scope)
        values = [self.value(a, scope) for a in node.args[1:]]
        return self.build.elementwise(Op.FUNCTION, *values, scope=scope, detail=(node.name,))

    def turned(self, node: heads.Apply, scope: Scope) -> Value | None:
        """The function of the same numbers, if it is computed already, with its axes turned."""
        function = function_of(node) if len(node.args) == 2 else None
        if function is None or function.takes_vector or function.takes_matrix:
            return None
        value = self.value(node.args[1], scope)
        made = Node(Op.FUNCTION, (value.alone(),), tuple(i.dim for i in value.indices),
                    detail=(node.name,), batched=True)
        return Value(self.program.known[made], value.indices) if made in self.program.known else \
            None

    def added(self, total: Value, term: Expr, scope: Scope) -> Value:
        coefficient, rest = term.as_coeff_Mul()
        if not self.margins or total.zero or not coefficient.is_Rational or coefficient >= 0:
            return super().added(total, term, scope)
        value = self.value(Mul(-coefficient, rest), scope)
        return self.build.elementwise(Op.DIFFERENCE, total, value, scope=scope)

    def add(self, node: Expr, scope: Scope) -> Value:
        if any(self.delta_of(term, scope) for term in node.args):
            return super().add(node, scope)
        total: Value | None = None
        for group in self.grouped(list(node.args)):
            total = self.group(total, group, scope)
        assert total is not None
        return total

    def group(self, total: Value | None, terms: list[Expr], scope: Scope) -> Value:
        """The sum of terms that are known at the same time; products with parameters joined."""
        pairs: list[Dot] = []
        rest: list[Expr] = []
        for term in terms:
            pair = self.dot(term, scope)
            (pairs if pair else rest).append(pair or term)
        if pairs:
            value = self.dots(pairs, scope)
            total = value if total is None else \
                self.build.elementwise(Op.ADD, total, value, scope=scope)
        for term in sorted(rest, key=lambda t: bool(t.as_coeff_Mul()[0] < 0)):
            total = self.added(total or ZERO, term, scope)
        assert total is not None
        return total

    def mul(self, node: Expr, scope: Scope) -> Value:
        if self.delta_of(node, scope):
            return super().mul(node, scope)
        delta = next((f for f in node.args if isinstance(f, heads.Delta)), None)
        if delta is not None:  # where places differ there is no product, such as 0 times infinity
            rest = Mul(*(f for f in node.args if f is not delta))
            return self.conditional(heads.Cond(heads.Equal(*delta.args), rest, Integer(0)), scope)
        coefficient, rest = node.as_coeff_Mul()
        groups = self.grouped(list(Mul.make_args(rest)))
        if len(groups) < 2:
            return super().mul(node, scope)
        groups = [part for group in groups for part in self.by_axes(group, scope)]
        early = self.value(Mul(coefficient, *groups[0]), scope)
        for group in groups[1:-1]:
            early = self.build.elementwise(Op.MULTIPLY, early, self.value(Mul(*group), scope),
                                           scope=scope)
        return self.parted(early, self.value(Mul(*groups[-1]), scope), scope)

    @staticmethod
    def by_axes(factors: list[Expr], scope: Scope) -> list[list[Expr]]:
        """Factors by how many axes they have, few first: numbers of a row before vectors."""
        def axes(factor: Expr) -> int:
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
            return self.parted(self.build.elementwise(Op.MULTIPLY, early, first, scope=scope), last,
                               scope)
        total = self.build.elementwise(Op.MULTIPLY, early, late, scope=scope)
        self.parts[total.source] = (total.indices, early, late)
        return total

    def reduction(self, node: heads.Reduction, scope: Scope) -> Value:
        pair = self.dot(node, scope)
        if pair:
            return self.dots([pair], scope)
        return super().reduction(filtered(node, scope, self.partial), scope)

    def summed(self, parts: list[Value], indices: Scope) -> int:
        """The sum of values, with all axes."""
        total = parts[0]
        for part in parts[1:]:
            total = self.build.elementwise(Op.ADD, total, part, scope=indices)
        if total.number or total.indices != indices:
            total = self.build.spread(total, indices)
        return int(total.source)

    # Sums over all steps and sequences

    def over_batch(self, value: Value) -> int:
        """The sum over steps and sequences of one value."""
        if not self.build.batched(value):
            value = self.build.spread(value, value.indices)
        return self.total(Op.BATCH_SUM, [value.alone()], value.indices)

    def total(self, op: Op, operands: list[Operand], indices: Scope,
              detail: tuple[Any, ...] = ()) -> int:
        return int(self.build.assign(op, operands, indices, "f", detail, False).source)

    def over_steps(self, term: Expr, indices: Scope, parameter: str) -> list[int]:
        """The nodes whose sum is Σ over steps and sequences of a term, with the indices as axes."""
        update = self.delta_of(term, indices)
        if update and not any(occurs(i, update.label) for i in indices):
            index, label, factor = update
            rest = tuple(i for i in indices if i != index)
            place = self.place(label, rest)
            if place.indices:  # a label of its own for each of the other indices
                return [self.over_batch(self.exactly(self.value(term, indices), indices))]
            value = self.exactly(self.value(substitute(factor, {index: label}), rest), rest)
            return [self.total(Op.SCATTER, [place.along(()), value.along(rest)], indices,
                               (indices.index(index),))]
        axes = self.rows.get(parameter, (0,)[:len(indices) == 2])
        if axes and not update:
            return [self.outer(term, indices, axes)]
        return [self.over_batch(self.exactly(self.value(term, indices), indices))]

    def outer(self, term: Expr, indices: Scope, axes: tuple[int, ...]) -> int:
        """Σ u[i] v[j] as one matrix product; what cannot be parted is summed as it stands.

        `axes` are those of u, of the axes of all indices.
        """
        first = tuple(indices[n] for n in axes)
        second = tuple(i for i in indices if i not in first)
        coefficient, rest = term.as_coeff_Mul()
        factors = list(Mul.make_args(rest))
        right = [f for f in factors if any(occurs(i, f) for i in second)]
        left = [f for f in factors if f not in right]
        if any(occurs(i, f) for f in right for i in first):
            return self.over_batch(self.exactly(self.value(term, indices), indices))
        rows = self.exactly(self.value(Mul(coefficient, *left), first), first)
        columns = self.exactly(self.value(Mul(*right), second), second)
        return self.total(Op.OUTER, [rows.along(indices), columns.along(indices)], indices, (axes,))

    def exactly(self, value: Value, indices: Scope) -> Value:
        """The value with just these axes, in memory of its own."""
        if value.indices != indices or not self.build.batched(value) or \
                self.build.of(value).view:
            return self.build.spread(value, indices)
        return value
