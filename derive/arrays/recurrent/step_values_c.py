"""Values of a step as expressions of C: variables of the loops at hand, or memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from derive.arrays.operations import Op
from derive.arrays.program import Node, Operand
from derive.arrays.recurrent.step_groups_c import REDUCTIONS, Grouping
from derive.arrays.recurrent.step_memory_c import StepMemory
from derive.arrays.targets.c.c_operations import (
    STARTS,
    called,
    chosen,
    function_name,
    number_text,
    shifted,
)


@dataclass
class StepValues:
    """What is known of the values where the text stands now.

    `loops` are the variables of the loops that are open, `local` the values that have a variable;
    `used` the mathematical functions that are called, `prefix` how their names begin: f32 or f64.
    """

    grouping: Grouping
    memory: StepMemory
    prefix: str
    used: set[str] = field(default_factory=set)
    loops: tuple[str, ...] = ()
    local: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.nodes = self.grouping.nodes

    def call(self, function: str, operands: list[str]) -> str:
        """A call of a function, which is noted, or an expression."""
        if "{" not in function:
            self.used.add(function)
        return called(function, operands, self.prefix)

    def place(self, number: int, at: Sequence[str]) -> str:
        """An element of a value in memory."""
        return self.memory.element(number, at)

    def index(self, operand: Operand, at: Sequence[str]) -> str:
        """A label."""
        if operand.number:
            return str(int(operand.source))
        return self.value(operand.source, self._along(operand, at))

    def read(self, operand: Operand, at: Sequence[str], reader: Node) -> str:
        """An operand at a place of its reader's loops."""
        if operand.number:
            if reader.kind == "i":
                return f"({int(operand.source)})"
            return number_text(operand.source, "real")
        text = self.value(operand.source, self._along(operand, at))
        kind = self.nodes[operand.source].kind
        return f"(real){text}" if kind == "i" and reader.kind == "f" else text

    def _along(self, operand: Operand, at: Sequence[str]) -> list[str]:
        axes = {axis: place for place, axis in zip(at, operand.axes, strict=False)
                if axis is not None}
        rank = len(self.nodes[operand.source].dims)
        if self.nodes[operand.source].kind == "s":
            return []
        return [axes[n] for n in range(rank)]

    def value(self, number: int, at: Sequence[str]) -> str:
        """A value at a place of its axes."""
        node = self.nodes[number]
        if node.op is Op.SIZE:
            return f"((real){self.memory.dim(node.detail[0])})"
        if node.kind == "s":
            operands = [self.read(o, at, node) for o in node.operands]
            return f"({self.call(function_name(node), operands)})"
        if node.op is Op.IOTA:
            return f"({at[0]})"
        if node.view:
            return self._viewed(node, at)
        if number in self.local and tuple(at) == (self.loops if node.dims else ()):
            return f"t{number}"
        return self.place(number, at)

    def _viewed(self, node: Node, at: Sequence[str]) -> str:
        """A value at a fixed place along an axis, or on the diagonal of two."""
        source, axis = node.operands[0].source, node.detail[0]
        dims, places = self.nodes[source].dims, list(at)
        if node.op is Op.DIAGONAL:
            other = node.detail[1]
            place = at[other - (other > axis)]
        else:
            number = int(node.operands[1].source)  # a negative one counts from the end
            place = str(number) if number >= 0 else f"({self.memory.dim(dims[axis])} - {-number})"
        return self.value(source, [*places[:axis], place, *places[axis:]])

    # Operations

    def operation(self, number: int, node: Node) -> str:
        """An operation as an expression."""
        at, op = list(self.loops), node.op
        if op is Op.PICK:
            return self._pick(node, at)
        if op is Op.PUT:
            base, label, amount = node.operands
            axis = node.detail[0]
            rest = [a for n, a in enumerate(at) if n != axis]
            return chosen(f"{at[axis]} == {self.index(label, rest)}",
                          self.read(amount, rest, node), self.read(base, at, node))
        if op in REDUCTIONS:
            value = self.read(node.operands[0], at, node)
            if len(node.operands) == 1:
                return value
            axis = node.detail[0]
            rest = [a for n, a in enumerate(at) if n != axis]
            return chosen(f"{at[axis]} == {self.index(node.operands[1], rest)}",
                          f"(real){STARTS[op]}", value)
        operands = [self.read(o, at, node) for o in node.operands]
        if op is Op.SPREAD:
            return operands[0]
        return self.call(function_name(node), operands)

    def _pick(self, node: Node, at: list[str]) -> str:
        """The element at a label; NaN where a shifted place is outside of the axis."""
        vector, label = node.operands
        inner, (axis, beyond, along) = self.nodes[vector.source], node.detail
        place = self.index(label, at)

        def element(place: str) -> str:
            return self.value(vector.source, [place if n == axis else at[along[n]]
                                              for n in range(len(inner.dims))])

        return f"({shifted(place, self.memory.dim(inner.dims[axis]), element)})" if beyond else \
            element(f"({place})")
