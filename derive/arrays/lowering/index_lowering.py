"""Index formula → array program: indices become axes, sums reductions, deltas indexed updates."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from sympy import Add, Basic, EulerGamma, Expr, Mul, Pow, Rational, pi
from sympy.core.numbers import Rational as Number
from sympy.logic.boolalg import BooleanFalse, BooleanTrue

from derive.arrays.lowering import matrix_lowering, product_lowering
from derive.arrays.lowering.nan_passing import NanPaths
from derive.arrays.lowering.node_building import UNIT, ZERO, Builder, Scope
from derive.arrays.lowering.product_lowering import SCALE
from derive.arrays.lowering.sum_order import in_order
from derive.arrays.operations import Op
from derive.arrays.program import Node, Program, Value
from derive.core import heads
from derive.core.atoms import Dim, Index, Tensor, Variable
from derive.core.indexing import index_dimension
from derive.core.kinds import Dimension, Kind
from derive.core.walk import substitute
from derive.errors import KernelError
from derive.functions.function_records import function_of
from derive.notation.printing.plain import plain

Leaf = Variable | Tensor


class Update(NamedTuple):
    """A term factor * delta(index, label), with the index in scope."""

    index: Index
    label: Expr
    factor: Expr


class Lowering:
    """Lowers formulas into one program, so that equal parts are computed once.

    `arrays` maps each declared name to (the argument's name, its kind); `sizes` are the
    dimensions that some argument tells. With `bounded`, the arguments that are never infinite, a
    case distinction is NaN where its test compares NaN.
    """

    limits = True  # 0 times infinity is 0 where the 0 is an argument's

    def __init__(self, arrays: Mapping[Leaf, tuple[str, Kind]], sizes: Iterable[Dimension],
                 program: Program | None = None, bounded: Iterable[str] | None = None) -> None:
        self.program = program or Program()
        self.build = Builder(sizes, self.program)
        self.nan = None if bounded is None else NanPaths(self.build, bounded)
        self.arrays = dict(arrays)
        self.named: Mapping[Expr, str] = {}

    def value(self, node: Basic, scope: Scope = ()) -> Value:
        """The value of a formula; `scope` are the indices that are open around it."""
        for kind in type(node).__mro__:
            if kind in _LOWER:
                return _LOWER[kind](self, node, scope)
        raise KernelError(f"no array code for {type(node).__name__} yet: {plain(node)}")

    def result(self, node: Basic, indices: Scope = ()) -> int:
        """The node of a whole result, with an axis for each of the indices."""
        value = self.value(in_order(node), indices)
        if not value.number and value.indices == indices and \
                self.build.of(value).kind == "f" and self.build.of(value).op is not Op.INPUT:
            return int(value.source)
        return int(self.build.spread(value, indices).source)

    # Leaves

    def variable(self, node: Variable, scope: Scope) -> Value:
        return self.build.node(Op.SCALE, [UNIT], ()) if node == SCALE else Value(self.source(node))

    def source(self, leaf: Leaf) -> int:
        """The node that holds a declared name."""
        name, kind = self.arrays[leaf]
        return self.input(name, kind)

    def input(self, name: str, kind: Kind, batched: bool = True) -> int:
        """The node of an argument."""
        integral = "i" if kind.domain == "label" else "f"
        return self.program.assign(Node(Op.INPUT, (), kind.shape, integral, (name,), batched))

    def index(self, node: Index, scope: Scope) -> Value:
        """The values 0, 1, … of an index along its own axis."""
        if node not in scope:
            raise KernelError(f"the index {node.name} is free here")
        self.build.size(node.dim)
        return self.build.assign(Op.IOTA, (), (node,), batched=False)

    def element(self, node: heads.Element, scope: Scope) -> Value:
        """An element: indices in scope become axes, labels and numbers are picked."""
        kind, source = self.arrays[node.tensor][1], self.source(node.tensor)
        own: list[Index] = []
        for n, (index, dim) in enumerate(zip(node.indices, kind.shape, strict=True)):
            plainly = index in scope and index not in own
            own.append(index if plainly else Index(f"\u00b7axis{n}", dim))
        value = Value(source, tuple(own))
        for index, axis in zip(node.indices, own, strict=True):
            if index in scope and axis != index:
                value = self.build.diagonal(value, axis, index)
            elif index not in scope:
                end = self.from_end(index, axis.dim)
                value = self.build.pick(value, axis, end or self.place(index, scope), scope,
                                        shifted=isinstance(index, Add) and end is None)
        return value

    def from_end(self, place: Expr, dim: Dimension) -> Value | None:
        """A place that counts from the end of an axis, as a negative number."""
        return None

    # Arithmetic

    def add(self, node: Expr, scope: Scope) -> Value:
        """A sum; terms with a delta of an index in scope become indexed updates."""
        terms: list[Expr] = []
        updates: list[Update] = []
        for term in node.args:
            update = self.delta_of(term, scope)
            if update:
                updates.append(update)
            else:
                terms.append(term)
        total = ZERO
        for term in product_lowering.ordered_terms(terms) if terms else []:
            total = self.added(total, term, scope)
        for update in updates:
            total = self.updated(total, update, scope)
        return total

    def added(self, total: Value, term: Expr, scope: Scope) -> Value:
        """`total + term`, or `total - …` for a negative term."""
        coefficient, rest = term.as_coeff_Mul()
        negative = isinstance(coefficient, Number) and coefficient < 0
        value = self.value(Mul(-coefficient, rest) if negative else term, scope)
        if total.zero:
            return self.build.negative(value, scope) if negative else value
        return self.build.elementwise(Op.SUBTRACT if negative else Op.ADD, total, value,
                                      scope=scope)

    def mul(self, node: Expr, scope: Scope) -> Value:
        """A product; deltas become updates of zero."""
        update = self.delta_of(node, scope)
        if update:
            return self.updated(ZERO, update, scope)
        return product_lowering.product(self, node, scope)

    def power(self, node: Expr, scope: Scope) -> Value:
        base, exponent = node.args
        build = self.build
        if exponent.is_Rational and exponent < 0:
            return build.elementwise(Op.DIVIDE, UNIT, self.value(Pow(base, -exponent), scope),
                                     scope=scope)
        value = self.value(base, scope)
        if exponent == Rational(1, 2):
            return build.elementwise(Op.SQRT, value, scope=scope)
        if exponent in (2, 3):
            square = build.elementwise(Op.MULTIPLY, value, value, scope=scope)
            return square if exponent == 2 else \
                build.elementwise(Op.MULTIPLY, square, value, scope=scope)
        if exponent == Rational(3, 2):
            root = build.elementwise(Op.SQRT, value, scope=scope)
            return build.elementwise(Op.MULTIPLY, value, root, scope=scope)
        return build.elementwise(Op.POWER, value, self.value(exponent, scope), scope=scope)

    def reduction(self, node: heads.Reduction, scope: Scope) -> Value:
        solved = matrix_lowering.solution(self, node, scope)
        return solved or product_lowering.reduction(self, node, scope)

    def apply(self, node: heads.Apply, scope: Scope) -> Value:
        if node.args[0].unknown is not None:
            raise KernelError(f"{node.name} is a function of which nothing is known")
        if matrix_lowering.is_matrix_function(node):
            return matrix_lowering.matrix_function(self, node, scope)
        function = function_of(node)
        if function.takes_matrix:
            raise KernelError(f"kernels have no {node.name} of a matrix")
        if function.takes_vector:
            return product_lowering.vector_function(self, node, function, scope)
        if not function.numpy:
            raise KernelError(f"the function {node.name} has no NumPy code: it has no kernel")
        values = [self.value(a, scope) for a in node.args[1:]]
        return self.build.elementwise(Op.FUNCTION, *values, scope=scope, detail=(function.name,))

    def elementwise(self, op: Op, node: Basic, scope: Scope) -> Value:
        """An operation on the values of all arguments."""
        return self.build.elementwise(op, *(self.value(a, scope) for a in node.args), scope=scope)

    # Conditions, deltas

    def conditional(self, node: heads.Cond, scope: Scope) -> Value:
        """A case distinction; one on an index being a label is an indexed update."""
        test, then, other = node.args
        if isinstance(test, heads.NotEqual):
            test, then, other = heads.Equal(*test.args), other, then
        if isinstance(test, heads.Equal) and test.args[0] == test.args[1]:
            return self.value(then, scope)
        inside = [a for a in test.args if a in scope] if isinstance(test, heads.Equal) else []
        if inside:
            index = max(inside, key=scope.index)
            label = next(a for a in test.args if a != index)
            if not isinstance(label, Add) and (
                    index_dimension(label) is not None or label.is_Integer):
                amount = self.value(substitute(then, {index: label}), scope)
                return self.put(self.value(other, scope), index, label, amount, scope)
        return self.choose(self.value(test, scope), self.value(then, scope),
                           self.value(other, scope), scope)

    def choose(self, test: Value, then: Value, other: Value, scope: Scope) -> Value:
        """One of two values, by a condition."""
        if self.nan is not None:
            return self.nan.choose(test, then, other, scope)
        return self.build.elementwise(Op.WHERE, test, then, other, scope=scope)

    def delta(self, node: heads.Delta, scope: Scope) -> Value:
        """A delta that is no term of a sum."""
        update = self.delta_of(node, scope)
        if update:
            return self.updated(ZERO, update, scope)
        test = self.elementwise(Op.EQUAL, node, scope)
        return self.choose(test, UNIT, ZERO, scope)

    def delta_of(self, term: Expr, scope: Scope) -> Update | None:
        """A term factor * delta(index, label), index in scope, if it is one."""
        for factor in Mul.make_args(term):
            inside = [a for a in factor.args if a in scope] \
                if isinstance(factor, heads.Delta) else []
            if inside and not any(isinstance(a, Add) for a in factor.args):
                index = max(inside, key=scope.index)
                label = next(a for a in factor.args if a != index)
                return Update(index, label, Mul(*(f for f in Mul.make_args(term)
                                                  if f is not factor)))
        return None

    def updated(self, total: Value, update: Update, scope: Scope) -> Value:
        """`total` with the factor added where the index equals the label."""
        index, label, factor = update
        amount = self.value(substitute(factor, {index: label}), scope)
        here = self.at(total, index, label, scope) if index in total.indices else total
        if not here.zero:
            amount = self.build.elementwise(Op.ADD, here, amount, scope=scope)
        return self.put(total, index, label, amount, scope)

    # Places along an axis

    def place(self, label: Expr, scope: Scope) -> Value:
        """A label, or another integer that tells a place along an axis."""
        if label.is_Integer:
            return Value(label)
        if isinstance(label, Add):
            number, rest = label.as_coeff_Add()
            return self.build.elementwise(Op.ADD, self.place(rest, scope), Value(number),
                                          kind="i", scope=scope)
        return self.value(label, scope)

    def at(self, value: Value, index: Index, label: Expr, scope: Scope) -> Value:
        """A value where one of its indices is a label or another index."""
        if label in scope:
            return self.build.diagonal(value, index, label)
        return self.build.pick(value, index, self.place(label, scope), scope)

    def put(self, base: Value, index: Index, label: Expr, amount: Value, scope: Scope) -> Value:
        """`base` with `amount` in the places where the index equals the label."""
        if label in scope:
            return self.build.put_diagonal(base, index, label, amount, scope)
        return self.build.put(base, index, self.place(label, scope), amount, scope)


Lowered = Callable[[Lowering, Any, Scope], Value]


def _method(name: str) -> Lowered:
    """The method of that name, of the class that does the lowering."""
    return lambda run, node, scope: getattr(run, name)(node, scope)


def _operation(op: Op) -> Lowered:
    return lambda run, node, scope: run.elementwise(op, node, scope)


def _number(run: Lowering, node: Any, scope: Scope) -> Value:
    return Value(node)


_LOWER: dict[type, Lowered] = {
    Number: _number, type(pi): _number, type(EulerGamma): _number,
    BooleanTrue: lambda run, node, scope: run.build.elementwise(Op.EQUAL, ZERO, ZERO),
    BooleanFalse: lambda run, node, scope: run.build.elementwise(Op.NOT_EQUAL, ZERO, ZERO),
    Dim: lambda run, node, scope: run.build.size(node),
    Variable: _method("variable"), Index: _method("index"), heads.Element: _method("element"),
    Add: _method("add"), Mul: _method("mul"), Pow: _method("power"),
    heads.Reduction: _method("reduction"), heads.Apply: _method("apply"),
    heads.Cond: _method("conditional"), heads.Delta: _method("delta"),
    heads.Less: _operation(Op.LESS), heads.LessEqual: _operation(Op.LESS_EQUAL),
    heads.Equal: _operation(Op.EQUAL), heads.NotEqual: _operation(Op.NOT_EQUAL),
    heads.Both: _operation(Op.AND), heads.Either: _operation(Op.OR), heads.Not: _operation(Op.NOT),
}
