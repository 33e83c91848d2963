"""How names that are not declared are used in formulas: as numbers, arrays, labels, dimensions."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Mapping
from dataclasses import field
from functools import reduce
from typing import Any

from derive.core.atoms import Index, Tensor, Variable
from derive.deferred_dataclass import dataclass
from derive.functions.function_records import Function
from derive.notation.operator_table import BIG_OPERATORS
from derive.notation.reading.array_words import WORDS
from derive.notation.reading.scope import Scope
from derive.notation.reading.undeclared_axes import Axis, Shape, Shaped, Unsettled, Use
from derive.notation.reading.undeclared_words import shape_of_word

_REDUCTIONS = frozenset({*(o.word for o in BIG_OPERATORS), "mean", "unique_maximum"})
_SCALAR: Shape = ()
_NUMBER: Shaped = _SCALAR


@dataclass
class Uses:
    """The uses of undeclared names, gathered from the formulas of a specification.

    `uses` are those names, `defined` the shapes of definitions, `bound` the indices around the
    place, `ranges` the axes by the names of dimensions, `asking` names whose use is not enough.
    """

    scope: Scope
    uses: dict[str, Use]
    defined: dict[str, Shaped] = field(default_factory=dict)
    bound: Mapping[str, Axis] = field(default_factory=dict)
    ranges: dict[str, Axis] = field(default_factory=dict)
    first: bool = True  # the first pass: subscripts are counted
    settled: bool = False  # the last pass: what stands beside arrays is noted

    def axis(self, dim: object) -> Axis:
        """The axis of a dimension by its name or number."""
        return self.ranges.setdefault(str(dim), Axis(str(dim)))

    def shape(self, node: ast.AST) -> Shaped:
        """The shape of a formula, as far as it is known; notes the uses in it."""
        reader = _READERS.get(type(node))
        if reader is not None:
            return reader(self, node)
        for child in ast.iter_child_nodes(node):
            self.shape(child)
        return _SCALAR

    def name(self, node: ast.Name) -> Shaped:
        name = node.id
        if name in self.bound or name in self.defined:
            return _SCALAR if name in self.bound else self.defined[name]
        leaf = self.scope.names.get(name)
        if isinstance(leaf, Tensor):
            return tuple(self.axis(d) for d in leaf.kind.shape)
        use = self.uses.get(name)
        if leaf is not None or use is None:
            return _SCALAR
        return use.axes if use.axes is not None else _SCALAR if use.over is not None else \
            Unsettled(frozenset((name,)))

    def over(self, node: ast.AST) -> Axis | None:
        """The axis of which a formula is a place: that of an index, of a label."""
        base = node.value if isinstance(node, ast.Subscript) else node
        if not isinstance(base, ast.Name):
            return None
        if base.id in self.bound:
            return self.bound[base.id]
        leaf = self.scope.names.get(base.id)
        if isinstance(leaf, Index):
            return self.axis(leaf.dim)
        if isinstance(leaf, (Variable, Tensor)):
            return None if leaf.kind.over is None or leaf.kind.domain == "simplex" else \
                self.axis(leaf.kind.over)
        use = self.uses.get(base.id)
        return None if use is None else use.over

    def place(self, node: ast.AST, axis: Axis) -> None:
        """Notes that a formula is a place on an axis: a subscript of an array there."""
        if isinstance(node, ast.BinOp) and isinstance(node.right, ast.Constant):
            self.place(node.left, axis)
            return
        base = node.value if isinstance(node, ast.Subscript) else node
        self.shape(node)
        known = self.over(node)
        if known is not None:
            known.join(axis)
        if isinstance(base, ast.Name) and base.id in self.uses and base.id not in self.bound:
            use = self.uses[base.id]
            if isinstance(node, ast.Subscript) or use.axes is None:
                use.label(axis)

    def binary(self, node: ast.BinOp) -> Shaped:
        if isinstance(node.op, ast.MatMult):
            return self.product(node)
        if isinstance(node.op, ast.Sub):
            self.residual(node.left, node.right)
            self.residual(node.right, node.left)
        terms = isinstance(node.op, (ast.Add, ast.Sub))
        return self.together(self.shape(node.left), self.shape(node.right), terms)

    def residual(self, product: ast.expr, node: ast.expr) -> None:
        """What stands beside a product of matrices in a difference has its shape: y - X @ w."""
        use = self.uses.get(node.id) if isinstance(node, ast.Name) else None
        if use is None or use.name in self.bound or use.axes is not None or not (
                isinstance(product, ast.BinOp) and isinstance(product.op, ast.MatMult)):
            return
        shape = self.product(product)
        if not isinstance(shape, Unsettled) and shape:
            use.axes = shape

    def together(self, left: Shaped, right: Shaped, terms: bool = False) -> Shaped:
        """The shape of an operation, entry by entry."""
        if isinstance(left, Unsettled) and isinstance(right, Unsettled):
            mixed = left.mixed or right.mixed or not terms
            return Unsettled(left.names | right.names, mixed, left.elements | right.elements)
        if isinstance(left, Unsettled) or isinstance(right, Unsettled):
            unsettled, known = (left, right) if isinstance(left, Unsettled) else (right, left)
            assert isinstance(unsettled, Unsettled)
            if not known:
                return unsettled
            for name in unsettled.names if self.settled else ():
                self.uses[name].beside = True
            return known
        for a, b in zip(reversed(left), reversed(right), strict=False):
            a.join(b)
        return max(left, right, key=len)

    def product(self, node: ast.BinOp) -> Shaped:
        """`W @ x`: a capital letter is a matrix, a small one a vector."""
        left, right = (self.of_rank(self.shape(side), None) for side in (node.left, node.right))
        if not left or not right:
            return _SCALAR
        left[-1].join(right[max(0, len(right) - 2)])
        return (*left[:-1], *right[1:])

    def of_rank(self, shape: Shaped, rank: int | None) -> Shape:
        """The shape of what has to be an array; names that it depends on get their axes.

        Without a rank a capital letter is a matrix, a small one a vector.
        """
        if not isinstance(shape, Unsettled):
            return shape
        if self.first:
            return _SCALAR
        capital = {name[0].isupper() and not self.uses[name].slots for name in shape.names}
        if (shape.mixed and len(shape.names) > 1) or (rank is None and len(capital) > 1):
            self.ask(shape)
            return _SCALAR
        rank = rank or (2 if capital == {True} else 1)
        axes = [self.uses[name].array(rank, name in shape.elements)
                for name in sorted(shape.names)]
        for other in axes[1:]:
            for a, b in zip(axes[0], other, strict=False):
                a.join(b)
        return axes[0]

    def sign(self, node: ast.UnaryOp) -> Shaped:
        return self.shape(node.operand)

    def ask(self, value: Shaped) -> None:
        """Notes that the use of names does not decide what they are."""
        for name in value.names if self.settled and isinstance(value, Unsettled) else ():
            self.uses[name].asked = True

    def compared(self, node: ast.Compare) -> Shaped:
        sides = (node.left, *node.comparators)
        for side in sides:
            self.shape(side)
        for op, left, right in zip(node.ops, sides, sides[1:], strict=False):
            if isinstance(op, (ast.Eq, ast.NotEq)):
                self.alike(left, right)
        return _SCALAR

    def alike(self, left: ast.expr, right: ast.expr) -> None:
        """Two places of one axis: k == y, delta(k, y)."""
        for place, other in ((left, right), (right, left)):
            axis = self.over(place)
            if axis is not None and isinstance(other, (ast.Name, ast.Subscript)):
                self.place(other, axis)

    def case(self, node: ast.IfExp) -> Shaped:
        self.shape(node.test)
        return self.together(self.shape(node.body), self.shape(node.orelse), True)

    def subscript(self, node: ast.Subscript) -> Shaped:
        slots = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        use = self.uses.get(node.value.id) if isinstance(node.value, ast.Name) else None
        if use is not None and use.axes is None and use.name not in self.bound:
            use.slots = max(use.slots, len(slots))
            for slot in slots:
                self.shape(slot)
            name = frozenset((use.name,))
            return Unsettled(name, False, name)
        axes = self.of_rank(self.shape(node.value), len(slots))
        for slot, axis in zip(slots, axes, strict=False):
            self.place(slot, axis)
        return axes[len(slots):]

    def attribute(self, node: ast.Attribute) -> Shaped:
        """A.T: of a capital letter a matrix, of a small one a vector."""
        return tuple(reversed(self.of_rank(self.shape(node.value), None)))

    def call(self, node: ast.Call) -> Shaped:
        name = node.func.id if isinstance(node.func, ast.Name) else ""
        if name == "delta" and len(node.args) == 2:
            self.alike(*node.args)
            if not any(self.over(argument) for argument in node.args):
                self.ask(self.all_together(map(self.shape, node.args)))
            return _SCALAR
        values = [self.shape(argument) for argument in node.args]
        if len(values) == 1 and name in _REDUCTIONS:
            return self.reduced(values[0])
        function = self.scope.functions.get(name)
        if name in WORDS or (function is not None and function.takes_matrix):
            return shape_of_word(self, name, values)
        if function is not None and function.takes_vector:
            return self.of_vectors(function, values)
        return self.all_together(values)

    def all_together(self, values: Iterable[Shaped]) -> Shaped:
        """The shape of a function of numbers, entry by entry."""
        return reduce(lambda shape, value: self.together(shape, value), values, _NUMBER)

    def reduced(self, value: Shaped) -> Shaped:
        """sum(x): a vector, where it is x alone, and no capital letter."""
        if isinstance(value, Unsettled) and (len(value.names) > 1 or any(
                n[0].isupper() and not self.uses[n].slots for n in value.names)):
            self.ask(value)
            return _SCALAR
        self.of_rank(value, 1)
        return _SCALAR

    def of_vectors(self, function: Function, values: list[Shaped]) -> Shaped:
        """A function of whole vectors, along the last axis."""
        shapes = [self.of_rank(value, 1) for value in values]
        for other in shapes[1:]:
            if shapes[0] and other:
                shapes[0][-1].join(other[-1])
        if not shapes or not shapes[0]:
            return _SCALAR
        if not function.vector_valued:
            return shapes[0][:-1]
        shapes[0][-1].root.own_classes = True  # scores of classes
        return shapes[0]

    def family(self, node: ast.GeneratorExp) -> Shaped:
        """`f(k) for k in K`: K is a dimension."""
        outside = self.bound
        axes = []
        for generator in node.generators:
            if isinstance(generator.target, ast.Name):
                over = generator.iter
                name = over.id if isinstance(over, ast.Name) else ast.unparse(over)
                axes.append(self.axis(name))
                self.bound = {**self.bound, generator.target.id: axes[-1]}
            for test in generator.ifs:
                self.shape(test)
        self.shape(node.elt)
        self.bound = outside
        return tuple(axes)

    def settle_elements(self) -> None:
        """Names of which only elements stand in the formulas have as many axes as subscripts."""
        for use in self.uses.values():
            if use.slots:
                use.array(0, True)

    def defined_by(self, name: str, letters: list[str], body: ast.expr,
                   ranges: Mapping[str, str]) -> None:
        """Notes a definition `p = softmax(o)` or `h[j] = …`."""
        if not letters:
            self.defined[name] = self.shape(body)
            return
        known = self.defined.get(name)
        axes = known if isinstance(known, tuple) and len(known) == len(letters) else \
            tuple(self.axis(ranges[n]) if n in ranges else Axis() for n in letters)
        outside = self.bound
        self.bound = {**outside, **dict(zip(letters, axes, strict=True))}
        self.shape(body)
        self.bound, self.defined[name] = outside, axes


_READERS: dict[type, Callable[[Uses, Any], Shaped]] = {
    ast.Name: Uses.name, ast.BinOp: Uses.binary, ast.Compare: Uses.compared, ast.IfExp: Uses.case,
    ast.Subscript: Uses.subscript, ast.Attribute: Uses.attribute, ast.Call: Uses.call,
    ast.GeneratorExp: Uses.family,
    ast.UnaryOp: Uses.sign,
}
