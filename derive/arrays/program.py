"""An array program: operations on arrays in order, equal ones computed once.

A value has the batch axis (where an argument varies along it) and one axis for each index that
it depends on, no more. An operand of an operation says which axis of the result each of its own
axes is; NumPy's broadcasting does the rest.
"""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from derive.arrays.operations import Family, Op
from derive.core.atoms import Index
from derive.core.kinds import Dimension
from derive.short_reprs import Brief


@dataclass(frozen=True)
class Operand:
    """An operand: a node of the program, or an exact number.

    `axes` has one entry for each axis of the result: the axis of the operand that lies along
    it, or None. A number has no axes.
    """

    source: Any
    axes: tuple[int | None, ...] = ()
    number: bool = False  # an exact 2 is not the node 2, though the two are equal


@dataclass(frozen=True)
class Node:
    """One operation.

    `dims` are the dimensions of its axes beside the batch,
    `kind` is f (float), i (integer), b (condition) or s (one number for the whole call),
    `detail` is what else the operation needs, such as the axis of a sum.
    """

    op: Op
    operands: tuple[Operand, ...] = ()
    dims: tuple[Dimension, ...] = ()
    kind: str = "f"
    detail: tuple[Any, ...] = ()
    batched: bool = True

    @property
    def sources(self) -> tuple[int, ...]:
        """The nodes that it reads."""
        return tuple(o.source for o in self.operands if not o.number)

    @property
    def view(self) -> bool:
        """Whether the value is a view of its first operand."""
        return self.op is Op.DIAGONAL or (self.op is Op.PICK and self.operands[1].number)

    @property
    def stored(self) -> bool:
        """Whether the value needs memory of its own."""
        return self.kind != "s" and not self.view and \
            self.op.family not in (Family.SOURCE, Family.TOTAL)

    def reusable(self) -> list[Operand]:
        """The operands with all its axes, in whose memory it may be computed."""
        full = tuple(range(len(self.dims)))
        return [o for o in self.operands[self.op.reused] if not o.number and o.axes == full]


@dataclass
class Program(Brief):
    """Nodes in order of their computation."""

    nodes: list[Node] = field(default_factory=list)
    known: dict[Node, int] = field(default_factory=dict)

    def assign(self, node: Node) -> int:
        """The number of a node; an equal one is not added again."""
        if node not in self.known:
            self.known[node] = len(self.nodes)
            self.nodes.append(node)
        return self.known[node]

    def node(self, operand: Operand | Value) -> Node:
        """The node of an operand, or of a value."""
        return self.nodes[int(operand.source)]

    def needed(self, results: list[int]) -> list[int]:
        """The nodes that the results rest on, in order."""
        needed = set(results)
        for place in range(len(self.nodes) - 1, -1, -1):
            if place in needed:
                needed.update(self.nodes[place].sources)
        return sorted(needed)

    def own_place(self, number: int) -> Operand | None:
        """The label at which a node is exactly 0: it is a vector less its own element there."""
        node = self.nodes[number]
        if node.op is not Op.SUBTRACT or len(node.dims) != 1 or any(
                o.number for o in node.operands):
            return None
        for own, other in (node.operands, node.operands[::-1]):
            made, picked = self.nodes[own.source], self.nodes[other.source]
            if picked.op is Op.PICK and picked.operands[0].source == own.source:
                label: Operand = picked.operands[1]
            elif made.op is Op.PUT and made.operands[2].source == other.source:
                label = made.operands[1]
            else:
                continue
            if not label.number and self.nodes[label.source].batched and not label.axes:
                return label
        return None

    @property
    def linear(self) -> bool:
        """Whether it has functions of matrices, which compute in float64 and watch themselves."""
        return any(node.op.family is Family.LINEAR for node in self.nodes)

    def last_uses(self, order: Sequence[int], kept: Container[int],
                  later: Mapping[int, int] | None = None) -> dict[int, int]:
        """The place in an order at which each value is read last; views keep their source alive.

        Those in `kept` are read after all others; those in `later` are computed where it says.
        """
        last = {n: (len(order) if n in kept else place) for place, n in enumerate(order)}
        for place, number in enumerate(order):
            for source in self.nodes[number].sources:
                last[source] = max(last[source], (later or {}).get(number, place))
        for number in reversed(order):
            if self.nodes[number].view:
                source = self.nodes[number].operands[0].source
                last[source] = max(last[source], last[number])
        return last


@dataclass(frozen=True)
class Value:
    """What a formula was lowered to: a node with the index of each of its axes, or a number."""

    source: Any
    indices: tuple[Index, ...] = ()

    @property
    def number(self) -> bool:
        """Whether it is an exact number."""
        return not isinstance(self.source, int)

    @property
    def zero(self) -> bool:
        """Whether it is the number 0."""
        return self.number and bool(self.source == 0)

    def along(self, indices: tuple[Index, ...]) -> Operand:
        """The value as an operand of a result with these indices."""
        if self.number:
            return Operand(self.source, (), True)
        return Operand(self.source, tuple(self.indices.index(i) if i in self.indices else None
                                          for i in indices))

    def alone(self) -> Operand:
        """The value as an operand with its own axes."""
        return self.along(self.indices)
