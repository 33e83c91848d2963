"""Which buffer holds each value of a program: used again as soon as its value is dead."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field

from derive.arrays.program import Node, Program
from derive.core.kinds import Dimension

Shape = tuple[tuple[Dimension, ...], str]  # dimensions and kind


@dataclass
class Buffers:
    """The buffer of each node, and the shapes of all buffers."""

    of: dict[int, int] = field(default_factory=dict)
    shapes: list[Shape] = field(default_factory=list)

    def new(self, shape: Shape) -> int:
        """One more buffer."""
        self.shapes.append(shape)
        return len(self.shapes) - 1


def assign(program: Program, order: Sequence[int], last: Mapping[int, int],
           kept: Container[int] = ()) -> Buffers:
    """Buffers for the nodes of an order; those in `kept` are never written over.

    `last` is the place in the order at which each value is read last.
    """
    buffers = Buffers()
    free: dict[Shape, list[int]] = {}
    for place, number in enumerate(order):
        node = program.nodes[number]
        dying = [s for s in dict.fromkeys(node.sources)
                 if s in buffers.of and last[s] == place and s not in kept]
        if node.batched and node.stored:
            shape = (node.dims, node.kind)
            heir = None if number in kept else _heir(node, buffers, dying, shape)
            if heir is not None:
                buffers.of[number] = buffers.of[heir]
                dying.remove(heir)
            elif free.get(shape):
                buffers.of[number] = free[shape].pop()
            else:
                buffers.of[number] = buffers.new(shape)
        for source in dying:
            free.setdefault(buffers.shapes[buffers.of[source]], []).append(buffers.of[source])
    return buffers


def _heir(node: Node, buffers: Buffers, dying: list[int], shape: Shape) -> int | None:
    """A dying operand whose buffer the node can be computed in."""
    return next((int(o.source) for o in node.reusable() if o.source in dying
                 and buffers.shapes[buffers.of[o.source]] == shape), None)
