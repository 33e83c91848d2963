"""Which buffer holds each value of a program: used again as soon as its value is dead."""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass, field
from typing import Any

from derive.arrays.program import Node, Program

Shape = tuple[tuple[Any, ...], str]  # dimensions and kind

_NO_BUFFER = frozenset({"input", "size", "iota", "diagonal"})
_IN_PLACE = {"put": 0, "put-diagonal": 0, "where": 2, "below-max": 0, "scale": 0}
_OWN = frozenset({"sum", "prod", "max", "min", "argmax", "pick", "contract", "spread"})


@dataclass
class Buffers:
    """The buffer of each node, and the shapes of all buffers."""

    of: dict[int, int] = field(default_factory=dict)
    shapes: list[Shape] = field(default_factory=list)
    last: dict[int, int] = field(default_factory=dict)

    def new(self, shape: Shape) -> int:
        """One more buffer."""
        self.shapes.append(shape)
        return len(self.shapes) - 1


def view(node: Node) -> bool:
    """Whether the value is a view of its first operand."""
    return node.op == "diagonal" or (node.op == "pick" and node.operands[1].number)


def buffered(node: Node) -> bool:
    """Whether the value has a buffer of its own."""
    return node.batched and node.kind != "s" and node.op not in _NO_BUFFER and not view(node)


def assign(program: Program, order: Sequence[int], results: Container[int],
           kept: Container[int] = ()) -> Buffers:
    """Buffers for the nodes of an order; those in `kept` are never written over."""
    found = Buffers(last=_last_uses(program, order, results))
    free: dict[Shape, list[int]] = {}
    for place, number in enumerate(order):
        node = program.nodes[number]
        dying = [s for s in dict.fromkeys(node.sources)
                 if s in found.of and found.last[s] == place and s not in kept]
        if buffered(node):
            shape = (node.dims, node.kind)
            heir = None if number in kept else _heir(program, node, found, dying, shape)
            if heir is not None:
                found.of[number] = found.of[heir]
                dying.remove(heir)
            elif free.get(shape):
                found.of[number] = free[shape].pop()
            else:
                found.of[number] = found.new(shape)
        for source in dying:
            free.setdefault(found.shapes[found.of[source]], []).append(found.of[source])
    return found


def _heir(program: Program, node: Node, found: Buffers, dying: list[int],
          shape: Shape) -> int | None:
    """A dying operand whose buffer the node can be computed in."""
    if node.op in _OWN or "{" in node.op:
        return None
    places = [_IN_PLACE[node.op]] if node.op in _IN_PLACE else range(len(node.operands))
    for place in places:
        operand = node.operands[place]
        if operand.source in dying and operand.axes == tuple(range(len(node.dims))) and \
                found.shapes[found.of[operand.source]] == shape:
            return int(operand.source)
    return None


def _last_uses(program: Program, order: Sequence[int], results: Container[int]) -> dict[int, int]:
    """The place in the order at which each value is read last; views keep their source alive."""
    last = {number: (len(order) if number in results else place)
            for place, number in enumerate(order)}
    for place, number in enumerate(order):
        for source in program.nodes[number].sources:
            last[source] = max(last[source], place)
    for number in reversed(order):
        node = program.nodes[number]
        if view(node):
            source = node.operands[0].source
            last[source] = max(last[source], last[number])
    return last
