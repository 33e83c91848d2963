"""The program of one step: values have an axis for rows, parameters have none."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

from derive.arrays.operations import Op
from derive.arrays.program import Node, Operand, Program, Value
from derive.core.atoms import Index


class Dot(NamedTuple):
    """Σ_k W[i, k] u[k]: the parameter, its summed axes, u with these axes, and the others, i."""

    matrix: int
    axes: tuple[int, ...]
    vector: Value
    free: tuple[Index, ...]


class StepProgram(Program):
    """A program in which whatever is computed has an axis for rows in front, parameters aside.

    What is computed from parameters alone has one row.
    """

    def assign(self, node: Node) -> int:
        """The number of a node; an equal one is not added again."""
        if node.stored:
            node = replace(node, batched=True)
            if node.op.along and not any(self.nodes[s].batched for s in node.sources):
                node = replace(node, operands=tuple(self.in_a_row(o) for o in node.operands))
        return super().assign(node)

    def in_a_row(self, operand: Operand) -> Operand:
        """A parameter as what has one row."""
        if operand.number:
            return operand
        dims = self.nodes[operand.source].dims
        own = Operand(operand.source, tuple(range(len(dims))))
        return replace(operand, source=self.assign(Node(Op.SPREAD, (own,), dims)))
