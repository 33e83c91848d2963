"""An array program: operations on arrays in order, equal ones computed once.

A value has the batch axis (where an argument varies along it) and one axis for each index that
it depends on, no more. An operand of an operation says which axis of the result each of its own
axes is; NumPy's broadcasting does the rest.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


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

    `op` names it: an elementwise function such as `np.exp`, or one of the words that
    `derive/arrays/targets/numpy/block_emission.py` has a writer for.
    `dims` are the dimensions of its axes beside the batch,
    `kind` is f (float), i (integer), b (condition) or s (one number for the whole call),
    `detail` is what else the operation needs, such as the axis of a sum.
    """

    op: str
    operands: tuple[Operand, ...] = ()
    dims: tuple[Any, ...] = ()
    kind: str = "f"
    detail: tuple[Any, ...] = ()
    batched: bool = True

    @property
    def sources(self) -> tuple[int, ...]:
        """The nodes that it reads."""
        return tuple(o.source for o in self.operands if not o.number)


@dataclass
class Program:
    """Nodes in order of their computation."""

    nodes: list[Node] = field(default_factory=list)
    known: dict[Node, int] = field(default_factory=dict)

    def assign(self, node: Node) -> int:
        """The number of a node; an equal one is not added again."""
        if node not in self.known:
            self.known[node] = len(self.nodes)
            self.nodes.append(node)
        return self.known[node]

    def needed(self, results: list[int]) -> list[int]:
        """The nodes that the results rest on, in order."""
        wanted = set(results)
        for place in range(len(self.nodes) - 1, -1, -1):
            if place in wanted:
                wanted.update(self.nodes[place].sources)
        return sorted(wanted)


@dataclass(frozen=True)
class Value:
    """What a formula was lowered to: a node with the index of each of its axes, or a number."""

    source: Any
    indices: tuple[Any, ...] = ()

    @property
    def number(self) -> bool:
        """Whether it is an exact number."""
        return not isinstance(self.source, int)

    def along(self, indices: tuple[Any, ...]) -> Operand:
        """The value as an operand of a result with these indices."""
        if self.number:
            return Operand(self.source, (), True)
        return Operand(self.source, tuple(self.indices.index(i) if i in self.indices else None
                                          for i in indices))
