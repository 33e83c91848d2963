"""Index formula → array program: indices become axes, sums reductions, deltas indexed updates."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sympy import Add, EulerGamma, Integer, Mul, Pow, Rational, pi
from sympy.core.numbers import Rational as Number
from sympy.logic.boolalg import BooleanFalse, BooleanTrue

from derive.arrays.lowering import product_lowering
from derive.arrays.lowering.node_building import Building, Scope
from derive.arrays.program import Node, Value
from derive.core import heads
from derive.core.atoms import Dim, Index, Variable
from derive.core.indexing import index_dimension
from derive.core.walk import substitute
from derive.errors import KernelError
from derive.functions.function_records import function_of
from derive.notation.printing.plain import plain

SCALE = Variable("\u00b7scale")  # the weight of an example, a factor of its derivatives


class Lowering(Building):
    """Lowers formulas into one program, so that equal parts are computed once."""

    def value(self, node: Any, scope: Scope = ()) -> Value:
        """The value of a formula; `scope` are the indices that are open around it."""
        for kind in type(node).__mro__:
            if kind in _LOWER:
                return _LOWER[kind](self, node, scope)
        raise KernelError(f"no array code for {type(node).__name__} yet: {plain(node)}")

    def result(self, node: Any, indices: Scope = ()) -> int:
        """The node of a whole result, with an axis for each of the indices."""
        found = self.value(node, indices)
        if not found.number and found.indices == indices and \
                self.program.nodes[found.source].kind == "f" and \
                self.program.nodes[found.source].op != "input":
            return int(found.source)
        return int(self.spread(found, indices).source)

    # Leaves

    def variable(self, node: Variable, scope: Scope) -> Value:
        if node == SCALE:
            return self.node("scale", [Value(Integer(1))], ())
        return Value(self.source(node))

    def source(self, leaf: Any) -> int:
        """The node that holds a declared name."""
        name, kind = self.arrays[leaf]
        integral = "i" if kind.domain == "label" else "f"
        return self.program.assign(Node("input", (), kind.shape, integral, (name,)))

    def index(self, node: Index, scope: Scope) -> Value:
        """The values 0, 1, … of an index along its own axis."""
        if node not in scope:
            raise KernelError(f"the index {node.name} is free here")
        self.size(node.dim, scope)
        made = Node("iota", (), (node.dim,), "i", (), False)
        return Value(self.program.assign(made), (node,))

    def element(self, node: Any, scope: Scope) -> Value:
        """An element: indices in scope become axes, labels and numbers are picked."""
        kind, source = self.arrays[node.tensor][1], self.source(node.tensor)
        own = [i if i in scope else Index(f"\u00b7axis{n}", dim)
               for n, (i, dim) in enumerate(zip(node.indices, kind.shape, strict=True))]
        found = Value(source, tuple(own))
        if len(set(own)) < len(own):
            raise KernelError(f"{plain(node).replace(chr(183), '')} reads its array along the "
                              "diagonal; "
                              "this is not lowered yet")
        for place, (index, axis) in enumerate(zip(node.indices, own, strict=True)):
            if index not in scope:
                found = self.pick(found, axis, self.place(index, scope), scope,
                                  shifted=isinstance(node.indices[place], Add))
        return found

    # Arithmetic

    def add(self, node: Any, scope: Scope) -> Value:
        """A sum; terms with a delta of an index in scope become indexed updates."""
        terms: list[Any] = []
        updates: list[tuple[Any, Any, Any]] = []
        for term in node.args:
            found = self.delta_of(term, scope)
            if found:
                updates.append(found)
            else:
                terms.append(term)
        total = Value(Integer(0))
        for term in product_lowering.ordered_terms(terms) if terms else []:
            total = self.added(total, term, scope)
        for index, label, factor in updates:
            total = self.update(total, index, label, factor, scope)
        return total

    def added(self, total: Value, term: Any, scope: Scope) -> Value:
        """`total + term`, or `total - …` for a negative term."""
        coefficient, rest = term.as_coeff_Mul()
        if isinstance(coefficient, Number) and coefficient < 0:
            positive = self.value(Mul(-coefficient, rest), scope)
            if total.number and total.source == 0:
                return self.negative(positive, scope)
            return self.elementwise("np.subtract", total, positive, scope=scope)
        value = self.value(term, scope)
        return value if total.number and total.source == 0 else \
            self.elementwise("np.add", total, value, scope=scope)

    def negative(self, value: Value, scope: Scope) -> Value:
        if value.number:
            return Value(-value.source)
        return self.elementwise("np.negative", value, scope=scope)

    def mul(self, node: Any, scope: Scope) -> Value:
        """A product; deltas become updates of zero."""
        found = self.delta_of(node, scope)
        if found:
            return self.update(Value(Integer(0)), *found, scope)
        return product_lowering.product(self, node, scope)

    def power(self, node: Any, scope: Scope) -> Value:
        base, exponent = node.args
        if exponent.is_Rational and exponent < 0:
            return self.elementwise("np.divide", Value(Integer(1)),
                                    self.value(Pow(base, -exponent), scope), scope=scope)
        value = self.value(base, scope)
        if exponent == Rational(1, 2):
            return self.elementwise("np.sqrt", value, scope=scope)
        if exponent == 2:
            return self.elementwise("np.multiply", value, value, scope=scope)
        if exponent == 3:
            square = self.elementwise("np.multiply", value, value, scope=scope)
            return self.elementwise("np.multiply", square, value, scope=scope)
        if exponent == Rational(3, 2):
            root = self.elementwise("np.sqrt", value, scope=scope)
            return self.elementwise("np.multiply", value, root, scope=scope)
        return self.elementwise("np.power", value, self.value(exponent, scope), scope=scope)

    def reduction(self, node: Any, scope: Scope) -> Value:
        return product_lowering.reduction(self, node, scope)

    def apply(self, node: Any, scope: Scope) -> Value:
        if node.args[0].unknown is not None:
            raise KernelError(f"{node.name} is a function of which nothing is known")
        function = function_of(node)
        if function.takes_vector:
            return product_lowering.vector_function(self, node, function, scope)
        if not function.numpy:
            raise KernelError(f"the function {node.name} has no NumPy code; give its entry a "
                              "'definition'")
        values = [self.value(a, scope) for a in node.args[1:]]
        return self.elementwise(function.numpy, *values, scope=scope)

    # Conditions

    def compare(self, node: Any, scope: Scope) -> Value:
        values = [self.value(a, scope) for a in node.args]
        return self.elementwise(_SIGNS[type(node)], *values, kind="b", scope=scope)

    def conditional(self, node: Any, scope: Scope) -> Value:
        """A case distinction; one on an index being a label is an indexed update."""
        test, then, other = node.args
        if isinstance(test, heads.NotEqual):
            test, then, other = heads.Equal(*test.args), other, then
        if isinstance(test, heads.Equal):
            inside = [a for a in test.args if a in scope]
            if inside:
                index = max(inside, key=scope.index)
                label = next(a for a in test.args if a != index)
                if not isinstance(label, Add) and (
                        index_dimension(label) is not None or label.is_Integer):
                    amount = self.value(substitute(then, {index: label}), scope)
                    return self.put(self.value(other, scope), index, label, amount, scope)
        values = [self.value(a, scope) for a in (test, then, other)]
        return self.elementwise("where", *values, scope=scope)

    def delta(self, node: Any, scope: Scope) -> Value:
        """A delta that is no term of a sum."""
        found = self.delta_of(node, scope)
        if found:
            return self.update(Value(Integer(0)), *found, scope)
        test = self.elementwise("np.equal", *(self.value(a, scope) for a in node.args), kind="b",
                                scope=scope)
        return self.elementwise("where", test, Value(Integer(1)), Value(Integer(0)), scope=scope)

    def logical(self, op: str, node: Any, scope: Scope) -> Value:
        return self.elementwise(op, *(self.value(a, scope) for a in node.args), kind="b",
                                scope=scope)


_SIGNS: dict[type, str] = {heads.Less: "np.less", heads.LessEqual: "np.less_equal",
                           heads.Equal: "np.equal", heads.NotEqual: "np.not_equal"}
def _method(name: str) -> Callable[[Lowering, Any, Scope], Value]:
    """The method of that name, of the class that does the lowering."""
    return lambda run, node, scope: getattr(run, name)(node, scope)


_LOWER: dict[type, Callable[[Lowering, Any, Scope], Value]] = {
    Number: lambda run, node, scope: Value(node),
    type(pi): lambda run, node, scope: Value(node),
    type(EulerGamma): lambda run, node, scope: Value(node),
    BooleanTrue: lambda run, node, scope: run.elementwise(
        "np.equal", Value(Integer(0)), Value(Integer(0)), kind="b"),
    BooleanFalse: lambda run, node, scope: run.elementwise(
        "np.not_equal", Value(Integer(0)), Value(Integer(0)), kind="b"),
    Dim: lambda run, node, scope: run.size(node, scope),
    Variable: _method("variable"), Index: _method("index"), heads.Element: _method("element"),
    Add: _method("add"), Mul: _method("mul"), Pow: _method("power"),
    heads.Reduction: _method("reduction"), heads.Apply: _method("apply"),
    heads.Cond: _method("conditional"), heads.Delta: _method("delta"),
    heads.Less: _method("compare"), heads.LessEqual: _method("compare"),
    heads.Equal: _method("compare"), heads.NotEqual: _method("compare"),
    heads.Both: lambda run, node, scope: run.logical("np.logical_and", node, scope),
    heads.Either: lambda run, node, scope: run.logical("np.logical_or", node, scope),
    heads.Not: lambda run, node, scope: run.logical("np.logical_not", node, scope),
}
__all__ = ["SCALE", "Lowering", "Scope"]
