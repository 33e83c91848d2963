"""Index formula → array program: indices become axes, sums reductions, deltas indexed updates.

Every value carries the batch axes first and then one axis for each index in scope, of length 1
where the value does not depend on that index; NumPy's broadcasting does the rest.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sympy import Add, EulerGamma, Integer, Mul, Pow, Rational, Symbol, pi, true
from sympy.core.numbers import Rational as Number
from sympy.logic.boolalg import BooleanFalse, BooleanTrue

from derive.errors import KernelError
from derive.expressions import heads
from derive.expressions.atoms import Dim, Index, Variable
from derive.expressions.functions import standard_functions
from derive.expressions.indexing import index_dimension, occurs
from derive.kernels.program import Op, Program
from derive.notation.plain import plain

Scope = tuple[Index, ...]


class Lowering:
    """Lowers formulas into one program, so that equal parts are computed once.

    `arrays` maps each declared name to the program's name for it, `sizes` each dimension.
    """

    def __init__(self, arrays: Mapping[Any, Any], sizes: Mapping[Any, Any]) -> None:
        self.program, self.arrays, self.sizes = Program(), arrays, sizes

    def value(self, node: Any, scope: Scope = ()) -> Any:
        """The program's name (or number) for a formula, with an axis for each index in scope."""
        for kind in type(node).__mro__:
            if kind in _LOWER:
                return _LOWER[kind](self, node, scope)
        raise KernelError(f"no array code for {type(node).__name__} yet: {plain(node)}")

    def op(self, template: str, *operands: Any) -> Any:
        """Assigns an operation and returns its name."""
        return self.program.assign(Op(template, *operands))

    def widened(self, name: Any, scope: Scope) -> Any:
        """A value with batch axes only, with an axis of length 1 for each index in scope."""
        if not scope or name.is_number:
            return name
        return self.op("{0}[..., " + ", ".join(["None"] * len(scope)) + "]", name)

    # Leaves

    def variable(self, node: Variable, scope: Scope) -> Any:
        return self.widened(self.arrays[node], scope)

    def index(self, node: Index, scope: Scope) -> Any:
        """The values 0, 1, … of an index along its own axis."""
        if node not in scope:
            raise KernelError(f"the index {node.name} is free here")
        after = len(scope) - 1 - scope.index(node)
        tail = f"[{', '.join([':'] + ['None'] * after)}]" if after else ""
        return self.op("np.arange({0})" + tail, self.size(node.dim))

    def size(self, dim: Any) -> Any:
        """The length of a dimension. Raises KernelError where no argument tells it."""
        if isinstance(dim, Dim) and dim.fixed:
            return Integer(dim.fixed)
        if isinstance(dim, Dim) and dim not in self.sizes:
            raise KernelError(f"no argument of the formula tells the size of {dim}")
        return self.sizes.get(dim, dim)

    def element(self, node: Any, scope: Scope) -> Any:
        """An element: indices in scope become axes, labels and numbers are picked."""
        array, left = self.arrays[node.tensor], list(node.indices)
        for index in [i for i in left if i.is_Integer]:
            axis = left.index(index) - len(left)
            left.remove(index)
            array = self.op(f"np.take({{0}}, {{1}}, axis={axis})", array, index)
        kept = [i for i in scope if i in left]
        labels = [i for i in left if i not in scope]
        if len(kept) + len(labels) < len(left):
            raise KernelError("an array is read along its diagonal; this is not lowered yet")
        array = self.axes(array, left, [*kept, *labels], scope, len(labels))
        for rest in reversed(range(len(labels))):
            label = self.value(labels[rest], scope)
            if rest:
                label = self.op("{0}[..., " + ", ".join(["None"] * rest) + "]", label)
            reader = "shifted" if isinstance(labels[rest], Add) else "pick"
            array = self.op(f"{reader}({{0}}, {{1}})", array, label)
        return array

    def axes(self, array: Any, have: list[Any], want: list[Any], scope: Scope, extra: int) -> Any:
        """The axes `have` put into the order `want`, and one of length 1 for each other of scope.

        The last `extra` axes of `want` are not of the scope and stay last.
        """
        if have != want:
            source = [have.index(i) - len(have) for i in want]
            array = self.op(f"np.moveaxis({{0}}, {source}, {list(range(-len(want), 0))})", array)
        slots = [":" if i in want else "None" for i in scope] + [":"] * extra
        return self.op("{0}[..., " + ", ".join(slots) + "]", array) if "None" in slots else array

    # Arithmetic

    def add(self, node: Any, scope: Scope) -> Any:
        """A sum; terms with a delta of an index in scope become indexed updates."""
        plain_terms: list[Any] = []
        updates: list[Any] = []
        for term in node.args:
            found = self.delta_of(term, scope)
            (updates if found else plain_terms).append(found or term)
        total: Any = Integer(0)
        for term in plain_terms:
            total = self.added(total, term, scope)
        for index, label, factor in updates:
            total = self.update(total, index, label, factor, scope)
        return total

    def added(self, total: Any, term: Any, scope: Scope) -> Any:
        """`total + term`, or `total - …` for a negative term."""
        coefficient, rest = term.as_coeff_Mul()
        if isinstance(coefficient, Number) and coefficient < 0:
            positive = self.value(Mul(-coefficient, rest), scope)
            return self.op("-{0}", positive) if total == 0 else \
                self.op("{0} - {1}", total, positive)
        value = self.value(term, scope)
        return value if total == 0 else self.op("{0} + {1}", total, value)

    def delta_of(self, term: Any, scope: Scope) -> tuple[Any, Any, Any] | None:
        """(index, label, factor) of a term factor * delta(index, label), index in scope."""
        for factor in Mul.make_args(term):
            if isinstance(factor, heads.Delta):
                inside = [a for a in factor.args if a in scope]
                label = [a for a in factor.args if a not in scope]
                if len(inside) == 1 and label:
                    return inside[0], label[0], Mul(*(f for f in Mul.make_args(term)
                                                      if f is not factor))
        return None

    def update(self, total: Any, index: Any, label: Any, factor: Any, scope: Scope) -> Any:
        """`total` with `factor` added where the index equals the label."""
        amount = self.value(heads.substitute(factor, {index: label}), scope)
        place = self.op(f"np.full({(1,) * len(scope)}, {{0}})", label) if label.is_Integer else \
            self.value(label, scope)
        axis = scope.index(index) - len(scope)
        base = self.op("np.zeros((1,) * {0}.ndim, DTYPE)", place) if total == 0 else total
        return self.op(f"add_at({{0}}, {{1}}, {{2}}, {axis}, {{3}})", base, place, amount,
                       self.size(index_dimension(index)))

    def mul(self, node: Any, scope: Scope) -> Any:
        """A product: numerator over denominator, deltas as updates of zero."""
        found = self.delta_of(node, scope)
        if found:
            return self.update(Integer(0), *found, scope)
        above: Any = None
        below: Any = None
        for factor in node.args:
            if isinstance(factor, Pow) and factor.args[1].is_Rational and factor.args[1] < 0:
                value = self.value(Pow(factor.args[0], -factor.args[1]), scope)
                below = value if below is None else self.op("{0} * {1}", below, value)
            elif factor != -1:
                value = self.value(factor, scope)
                above = value if above is None else self.op("{0} * {1}", above, value)
        if below is not None:
            above = self.op("{0} / {1}", Integer(1) if above is None else above, below)
        return self.op("-{0}", above) if -1 in node.args else above

    def power(self, node: Any, scope: Scope) -> Any:
        base, exponent = node.args
        if exponent.is_Rational and exponent < 0:
            return self.op("1 / {0}", self.value(Pow(base, -exponent), scope))
        value = self.value(base, scope)
        if exponent == Rational(1, 2):
            return self.op("np.sqrt({0})", value)
        if exponent == 2:
            return self.op("np.square({0})", value)
        return self.op("{0}**{1}", value, self.value(exponent, scope))

    # Binders

    def family(self, lam: Any, scope: Scope) -> tuple[Any, Any, Scope]:
        """The terms of a binder along a new last axis, and the mask of its condition or None."""
        index = Index(f"\u00b7k{len(scope)}", lam.dim)
        body, where = lam.open(index)
        inner = (*scope, index)
        terms = self.value(body, inner)
        if not occurs(index, body):
            shape = ", ".join([*["1"] * len(scope), "{1}"]) + ","
            terms = self.op("np.broadcast_to({0}, np.broadcast_shapes(np.shape({0}), (" + shape
                            + ")))", terms, self.size(lam.dim))
        return terms, None if where is true else self.value(where, inner), inner

    def reduction(self, node: Any, scope: Scope) -> Any:
        name, neutral = _REDUCTIONS[type(node)]
        terms, mask, _ = self.family(node.args[0], scope)
        if mask is not None:
            terms = self.op(f"np.where({{0}}, {{1}}, {neutral})", mask, terms)
        return self.op(f"{name}({{0}}, axis=-1)", terms)

    def apply(self, node: Any, scope: Scope) -> Any:
        if node.name not in standard_functions():
            raise KernelError(f"{node.name} is a function of which nothing is known")
        function = standard_functions()[node.name]
        if not function.numpy:
            raise KernelError(f"the function {node.name} has no NumPy code in functions.toml")
        if not function.takes_vector:
            return self.op(function.numpy, *(self.value(a, scope) for a in node.args[1:]))
        lam = node.args[1]
        if function.vector_valued and node.args[2] in scope and occurs(node.args[2], lam):
            raise KernelError(f"{plain(node)} reads its vector along the diagonal; "
                              "this is not lowered yet")
        terms, _, inner = self.family(lam, scope)
        result = self.op(function.numpy, terms)
        return self.component(result, node.args[2], inner, scope) if function.vector_valued \
            else result

    def component(self, vector: Any, at: Any, inner: Scope, scope: Scope) -> Any:
        """The component of a vector (along the last axis) at an index in scope or at a label."""
        if at in scope:
            axis = scope.index(at) - len(inner)
            return self.op(f"np.swapaxes({{0}}, {axis}, -1)[..., 0]", vector)
        if at.is_Integer:
            return self.op("{0}[..., {1}]", vector, at)
        return self.op("pick({0}, {1})", vector, self.value(at, scope))

    # Conditions

    def compare(self, node: Any, scope: Scope) -> Any:
        sign = _SIGNS[type(node)]
        return self.op(f"{{0}} {sign} {{1}}", *(self.value(a, scope) for a in node.args))

    def conditional(self, node: Any, scope: Scope) -> Any:
        return self.op("np.where({0}, {1}, {2})", *(self.value(a, scope) for a in node.args))

    def delta(self, node: Any, scope: Scope) -> Any:
        """A delta that is no term of a sum: a comparison."""
        found = self.delta_of(node, scope)
        if found:
            return self.update(Integer(0), *found, scope)
        return self.op("({0} == {1}) * ONE", *(self.value(a, scope) for a in node.args))


_REDUCTIONS: dict[type, tuple[str, str]] = {
    heads.Sum: ("np.sum", "0"), heads.Product: ("np.prod", "1"),
    heads.Maximum: ("np.max", "-np.inf"), heads.Minimum: ("np.min", "np.inf"),
    heads.ArgMax: ("np.argmax", "-np.inf"),
}
_SIGNS: dict[type, str] = {heads.Less: "<", heads.LessEqual: "<=", heads.Equal: "==",
                           heads.NotEqual: "!="}
_LOWER: dict[type, Callable[[Lowering, Any, Scope], Any]] = {
    Number: lambda run, node, scope: node,
    BooleanTrue: lambda run, node, scope: run.op("np.bool_(True)"),
    BooleanFalse: lambda run, node, scope: run.op("np.bool_(False)"),
    type(pi): lambda run, node, scope: Symbol("np.pi"),
    type(EulerGamma): lambda run, node, scope: Symbol("np.euler_gamma"),
    Dim: lambda run, node, scope: run.size(node),
    Variable: Lowering.variable, Index: Lowering.index, heads.Element: Lowering.element,
    Add: Lowering.add, Mul: Lowering.mul, Pow: Lowering.power,
    heads.Reduction: Lowering.reduction, heads.Apply: Lowering.apply,
    heads.Cond: Lowering.conditional, heads.Delta: Lowering.delta,
    heads.Less: Lowering.compare, heads.LessEqual: Lowering.compare,
    heads.Equal: Lowering.compare, heads.NotEqual: Lowering.compare,
    heads.Both: lambda run, node, scope: run.op(
        "{0} & {1}", *(run.op("({0})", run.value(a, scope)) for a in node.args)),
    heads.Either: lambda run, node, scope: run.op(
        "{0} | {1}", *(run.op("({0})", run.value(a, scope)) for a in node.args)),
    heads.Not: lambda run, node, scope: run.op("~({0})", run.value(node.args[0], scope)),
}
