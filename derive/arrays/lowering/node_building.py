"""Making nodes of a program: operations on values, and reading or setting places along an axis."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sympy import Integer

from derive.arrays.operations import Op
from derive.arrays.program import Node, Operand, Program, Value
from derive.core.atoms import Dim, Index
from derive.core.kinds import Dimension
from derive.errors import KernelError

Scope = tuple[Index, ...]
ZERO, UNIT = Value(Integer(0)), Value(Integer(1))


class Builder:
    """A program under construction; `sizes` are the dimensions that some argument tells."""

    def __init__(self, sizes: Iterable[Dimension], program: Program) -> None:
        self.program, self.sizes = program, set(sizes)

    def of(self, value: Value) -> Node:
        """The node of a value."""
        return self.program.node(value)

    def batched(self, *values: Value) -> bool:
        """Whether one of the values varies with the examples."""
        return any(not v.number and self.of(v).batched for v in values)

    def assign(self, op: Op, operands: Iterable[Operand], indices: Scope, kind: str = "",
               detail: tuple[Any, ...] = (), batched: bool = True) -> Value:
        """The value of an operation with an axis for each of the indices."""
        node = Node(op, tuple(operands), tuple(i.dim for i in indices), kind or op.kinds[0],
                    detail, batched)
        return Value(self.program.assign(node), indices)

    def node(self, op: Op, values: list[Value], indices: Scope, kind: str = "",
             detail: tuple[Any, ...] = ()) -> Value:
        """An operation whose operands are broadcast to the indices."""
        constant = all(v.number or self.of(v).kind == "s" for v in values)
        if constant and not indices and "s" in op.kinds:
            kind = "s"
        batched = op is Op.SCALE or self.batched(*values)
        return self.assign(op, [v.along(indices) for v in values], indices, kind, detail, batched)

    def elementwise(self, op: Op, *values: Value, scope: Scope = (), kind: str = "",
                    detail: tuple[Any, ...] = ()) -> Value:
        """An operation on elements; its axes are those of the operands, in the scope's order."""
        return self.node(op, list(values), self.order(scope, *values), kind, detail)

    def order(self, scope: Scope, *values: Value) -> Scope:
        """The indices of the values, in the order of the scope."""
        have = {i for v in values for i in v.indices}
        return tuple(i for i in scope if i in have)

    def negative(self, value: Value, scope: Scope) -> Value:
        """A value with the other sign."""
        if value.number:
            return Value(-value.source)
        return self.elementwise(Op.NEGATIVE, value, scope=scope)

    def spread(self, value: Value, indices: Scope) -> Value:
        """A value of its own with all of the indices as axes."""
        return self.assign(Op.SPREAD, [value.along(indices)], indices)

    def filled(self, value: Value, index: Index, scope: Scope) -> Value:
        """A value that has an axis for the index."""
        if index in value.indices:
            return value
        return self.spread(value, tuple(i for i in scope if i in value.indices or i == index))

    def size(self, dim: Dimension) -> Value:
        """The length of a dimension. Raises KernelError where no argument tells it."""
        if isinstance(dim, Dim) and dim.fixed:
            return Value(Integer(dim.fixed))
        if not isinstance(dim, Dim):
            return Value(dim)
        if dim not in self.sizes:
            raise KernelError(f"no argument of the formula tells the size of {dim}")
        return self.assign(Op.SIZE, (), (), "s", (dim,), False)

    def reduced(self, op: Op, terms: Value, index: Index, left_out: Value | None = None) -> Value:
        """Terms reduced along an index, but for one place of it."""
        rest = tuple(i for i in terms.indices if i != index)
        operands = [terms.alone(), *([] if left_out is None else [left_out.along(rest)])]
        return self.assign(op, operands, rest, detail=(terms.indices.index(index),))

    # Places along an axis

    def pick(self, vector: Value, axis: Index, label: Value, scope: Scope,
             shifted: bool = False) -> Value:
        """The elements along one axis at a label. Where `shifted`, NaN outside of the axis."""
        rest = tuple(i for i in vector.indices if i != axis)
        out = tuple(dict.fromkeys(
            i for i in (*scope, *rest) if i in rest or i in label.indices))
        if not label.number and self.of(label).kind != "i":
            raise KernelError("a subscript must be a label or an index")
        detail = (vector.indices.index(axis), shifted,
                  tuple(None if i == axis else out.index(i) for i in vector.indices))
        return self.assign(Op.PICK, (vector.alone(), label.along(out)), out,
                           self.of(vector).kind, detail, self.batched(vector, label))

    def diagonal(self, value: Value, index: Index, other: Index) -> Value:
        """A value where one of its indices equals another index."""
        if other not in value.indices:
            return Value(value.source, tuple(other if i == index else i for i in value.indices))
        rest = tuple(i for i in value.indices if i != index)
        detail = (value.indices.index(index), value.indices.index(other))
        return self.assign(Op.DIAGONAL, [value.alone()], rest, self.of(value).kind, detail,
                           self.batched(value))

    def put(self, base: Value, index: Index, label: Value, amount: Value, scope: Scope) -> Value:
        """`base` with `amount` in the places where the index equals the label."""
        indices = self._around(base, index, label, amount, scope)
        rest = tuple(i for i in indices if i != index)
        if set(label.indices) - set(rest):
            raise KernelError("a label inside its own axis is not lowered yet")
        return self.assign(Op.PUT, (base.along(indices), label.along(rest), amount.along(rest)),
                           indices, detail=(indices.index(index),))

    def put_diagonal(self, base: Value, index: Index, other: Index, amount: Value,
                     scope: Scope) -> Value:
        """`base` with `amount` where one index equals another."""
        indices = self._around(base, index, Value(0, (other,)), amount, scope)
        rest = tuple(i for i in indices if i != index)
        return self.assign(Op.PUT_DIAGONAL, (base.along(indices), amount.along(rest)), indices,
                           detail=(indices.index(index), indices.index(other)))

    def _around(self, base: Value, index: Index, label: Value, amount: Value,
                scope: Scope) -> Scope:
        self.size(index.dim)
        return self.order(scope, base, label, amount, Value(0, (index,)))

