"""Making nodes of a program, and reading or setting places along an axis."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sympy import Add, Integer, Mul

from derive.arrays.program import Node, Operand, Program, Value
from derive.core import heads
from derive.core.atoms import Dim, Index
from derive.core.walk import substitute
from derive.errors import KernelError

Scope = tuple[Index, ...]


class Building:
    """A program under construction.

    `arrays` maps each declared name to (the argument's name, its kind); `sizes` are the
    dimensions that some argument tells.
    """

    def __init__(self, arrays: Mapping[Any, Any], sizes: Any) -> None:
        self.program, self.arrays, self.sizes = Program(), arrays, set(sizes)

    def value(self, node: Any, scope: Scope = ()) -> Value:
        """The value of a formula; `scope` are the indices that are open around it."""
        raise NotImplementedError

    def node(self, op: str, values: list[Value], indices: Scope, kind: str = "f",
             detail: tuple[Any, ...] = (), own: tuple[Any, ...] | None = None) -> Value:
        """An operation with an axis for each of the indices."""
        batched = any(not v.number and self.program.nodes[v.source].batched for v in values)
        if op == "scale":
            batched = True
        elif not indices and kind != "b" and values and all(
                v.number or self.program.nodes[v.source].kind == "s" for v in values):
            kind = "s"
        dims = tuple(i.dim for i in indices) if own is None else own
        made = Node(op, tuple(v.along(indices) for v in values), dims, kind, detail,
                    batched)
        return Value(self.program.assign(made), indices)

    def elementwise(self, op: str, *values: Value, kind: str = "f",
                    scope: Scope = ()) -> Value:
        """An operation on elements; its axes are those of the operands, in the scope's order."""
        return self.node(op, list(values), self.order(scope, *values), kind)

    def order(self, scope: Scope, *values: Value) -> Scope:
        """The indices of the values, in the order of the scope."""
        have = {i for v in values for i in v.indices}
        return tuple(i for i in scope if i in have)

    def spread(self, value: Value, indices: Scope) -> Value:
        """A value of its own with all of the indices as axes."""
        made = Node("spread", (value.along(indices),), tuple(i.dim for i in indices))
        return Value(self.program.assign(made), indices)

    def size(self, dim: Any, scope: Scope = ()) -> Value:
        """The length of a dimension. Raises KernelError where no argument tells it."""
        if isinstance(dim, Dim) and dim.fixed:
            return Value(Integer(dim.fixed))
        if not isinstance(dim, Dim):
            return Value(dim)
        if dim not in self.sizes:
            raise KernelError(f"no argument of the formula tells the size of {dim}")
        return Value(self.program.assign(Node("size", (), (), "s", (dim,), False)))

    # Places along an axis

    def place(self, label: Any, scope: Scope) -> Value:
        """A label, or another integer that tells a place along an axis."""
        if label.is_Integer:
            return Value(label)
        if isinstance(label, Add):
            number, rest = label.as_coeff_Add()
            return self.elementwise("np.add", self.place(rest, scope), Value(number), kind="i",
                                    scope=scope)
        return self.value(label, scope)

    def pick(self, vector: Value, axis: Index, label: Value, scope: Scope,
             shifted: bool = False) -> Value:
        """The elements along one axis at a label. Where `shifted`, NaN outside of the axis."""
        rest = tuple(i for i in vector.indices if i != axis)
        out = tuple(i for i in (*scope, *rest) if i in rest or i in label.indices)
        out = tuple(dict.fromkeys(out))
        if not label.number and self.program.nodes[label.source].kind != "i":
            raise KernelError("a subscript must be a label or an index")
        own = tuple(i.dim for i in out)
        detail = (vector.indices.index(axis), shifted,
                  tuple(None if i == axis else out.index(i) for i in vector.indices))
        batched = any(not v.number and self.program.nodes[v.source].batched
                      for v in (vector, label))
        operand = Operand(vector.source, tuple(range(len(vector.indices))))
        made = Node("pick", (operand, label.along(out)), own,
                    self.program.nodes[vector.source].kind, detail, batched)
        return Value(self.program.assign(made), out)

    def delta_of(self, term: Any, scope: Scope) -> tuple[Any, Any, Any] | None:
        """(index, label, factor) of a term factor * delta(index, label), index in scope."""
        for factor in Mul.make_args(term):
            if isinstance(factor, heads.Delta):
                inside = [a for a in factor.args if a in scope]
                if inside and not any(isinstance(a, Add) for a in factor.args):
                    index = max(inside, key=scope.index)
                    label = next(a for a in factor.args if a != index)
                    return index, label, Mul(*(f for f in Mul.make_args(term) if f is not factor))
        return None

    def update(self, total: Value, index: Any, label: Any, factor: Any, scope: Scope) -> Value:
        """`total` with `factor` added where the index equals the label."""
        amount = self.value(substitute(factor, {index: label}), scope)
        here = self.at(total, index, label, scope) if index in total.indices else total
        amount = amount if here.number and here.source == 0 else \
            self.elementwise("np.add", here, amount, scope=scope)
        return self.put(total, index, label, amount, scope)

    def at(self, value: Value, index: Index, label: Any, scope: Scope) -> Value:
        """A value where one of its indices is a label or another index."""
        if label not in scope:
            return self.pick(value, index, self.place(label, scope), scope)
        if label not in value.indices:
            return Value(value.source, tuple(label if i == index else i for i in value.indices))
        rest = tuple(i for i in value.indices if i != index)
        order = tuple(i for i in scope if i in rest)
        detail = (value.indices.index(index), value.indices.index(label))
        if order != rest:
            raise KernelError("a diagonal of such axes is not lowered yet")
        operand = Operand(value.source, tuple(range(len(value.indices))))
        made = Node("diagonal", (operand,), tuple(i.dim for i in order), "f", detail,
                    self.program.nodes[value.source].batched)
        return Value(self.program.assign(made), order)

    def put(self, base: Value, index: Index, label: Any, amount: Value, scope: Scope) -> Value:
        """`base` with `amount` in the places where the index equals the label."""
        where = Value(Integer(0)) if label in scope else self.place(label, scope)
        want = {index, *base.indices, *amount.indices, *where.indices,
                *((label,) if label in scope else ())}
        indices = tuple(i for i in scope if i in want)
        self.size(index.dim)
        axis = indices.index(index)
        if label in scope:
            other = indices.index(label)
            rest = tuple(i for i in indices if i != index)
            return self.placed("put-diagonal", base, indices, [amount.along(rest)], (axis, other))
        rest = tuple(i for i in indices if i != index)
        if set(where.indices) - set(rest):
            raise KernelError("a label inside its own axis is not lowered yet")
        return self.placed("put", base, indices, [where.along(rest), amount.along(rest)], (axis,))

    def placed(self, op: str, base: Value, indices: Scope, operands: list[Operand],
               detail: tuple[Any, ...]) -> Value:
        made = Node(op, (base.along(indices), *operands), tuple(i.dim for i in indices), "f",
                    detail)
        return Value(self.program.assign(made), indices)
