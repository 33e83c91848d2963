"""Which operations of a step one C function can compute, and which of them share a loop."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from derive.arrays.operations import BY_ELEMENT, Op
from derive.arrays.program import Node, Operand
from derive.arrays.recurrent.loop_schedule import Schedule
from derive.arrays.recurrent.value_storage import Storage
from derive.arrays.targets.c.c_operations import function_name
from derive.core.kinds import Dimension
from derive.errors import KernelError

REDUCTIONS = frozenset({Op.SUM, Op.PRODUCT, Op.MAX, Op.MIN, Op.ARGMAX})
_OTHERS = REDUCTIONS | {Op.SPREAD, Op.PICK, Op.PUT, Op.IOTA, Op.CONTRACT, Op.SIZE,
                        Op.INPUT}


@dataclass
class Group:
    """Operations in one nest of loops over the axes of a row."""

    dims: tuple[Dimension, ...]
    nodes: list[int] = field(default_factory=list)
    read: set[object] = field(default_factory=set)  # memory that is read at other places
    touched: set[object] = field(default_factory=set)  # all that it reads and writes


@dataclass
class Part:
    """What is done for one sequence after the other: groups; or one product, for all of them."""

    groups: list[Group] = field(default_factory=list)
    product: int | None = None

    @property
    def nodes(self) -> list[int]:
        """All operations."""
        return [n for group in self.groups for n in group.nodes] + (
            [] if self.product is None else [self.product])


def computable(node: Node) -> bool:
    """Whether there is C for an operation."""
    if node.op is Op.DOTS:
        return True
    if node.op is Op.BELOW_MAX or (
            node.op not in _OTHERS and node.op.family not in BY_ELEMENT):
        return False
    if node.op is Op.PICK and node.view and node.detail[1]:
        return False
    try:
        if node.op.family in BY_ELEMENT:
            function_name(node)
    except KernelError:
        return False
    return True


class Grouping:
    """The parts of a run of operations, in their order: memory is used again in that order."""

    def __init__(self, schedule: Schedule, storage: Storage, numbers: Iterable[int]) -> None:
        self.schedule, self.storage, self.nodes = schedule, storage, schedule.nodes
        graph = schedule.graph  # what others ask for, and what stands beyond the ends of time
        self.named = {*graph.named.values(), *(d.edge for d in graph.delays.values())}
        self.parts: list[Part] = []
        for number in numbers:
            self._add(number)
        self.part_of = {n: part for part in self.parts for n in part.nodes}
        self.group_of = {n: group for part in self.parts for group in part.groups
                         for n in group.nodes}

    def loop_dims(self, node: Node) -> tuple[Dimension, ...]:
        """The axes of the loops that compute a node."""
        return self.nodes[node.operands[0].source].dims if self.in_loop(node) else node.dims

    def in_loop(self, node: Node) -> bool:
        """Whether a node sums up the numbers of the loop that it stands in, to one number."""
        return node.op in REDUCTIONS and not node.dims

    def _add(self, number: int) -> None:
        node = self.nodes[number]
        if node.op is Op.DOTS:
            self.parts.append(Part(product=number))
            return
        if not self.parts or self.parts[-1].product is not None:
            self.parts.append(Part())
        groups, dims = self.parts[-1].groups, self.loop_dims(node)
        if not dims and groups and self._earlier(node, number, groups[-1]):
            if len(groups) < 2 or groups[-2].dims:
                groups.insert(len(groups) - 1, Group(()))
            self._put(node, number, groups[-2])
            return
        if not groups or groups[-1].dims != dims or self._serial(number) or \
                any(map(self._serial, groups[-1].nodes)) or \
                not self._fits(node, number, groups[-1]):
            groups.append(Group(dims))
        self._put(node, number, groups[-1])

    def _serial(self, number: int) -> bool:
        """Whether a node needs a loop of its own: one that is no vector code."""
        return self.nodes[number].op is Op.ARGMAX and self.in_loop(self.nodes[number])

    def _put(self, node: Node, number: int, group: Group) -> None:
        group.nodes.append(number)
        group.touched.add(self._home(number))
        for operand in node.operands:
            if not operand.number:
                group.touched.add(self._home(operand.source))
                if not self.flows(node, operand):
                    group.read.add(self._home(operand.source))

    def _earlier(self, node: Node, number: int, group: Group) -> bool:
        """Whether one number of a row can be computed before the loop that stands last."""
        return bool(group.dims) and self._home(number) not in group.touched and not any(
            self.origin(o.source) in group.nodes for o in node.operands if not o.number)

    def _fits(self, node: Node, number: int, group: Group) -> bool:
        """Whether a node can be computed in the loop of a group, at the place of each pass."""
        if self._home(number) in group.read and not self.in_loop(node):
            return False  # what a loop sums up is written after it
        return all(operand.number or self.origin(operand.source) not in group.nodes or (
            self.flows(node, operand) and not self.in_loop(self.nodes[operand.source]))
            for operand in node.operands)

    def flows(self, node: Node, operand: Operand) -> bool:
        """Whether a node reads an operand at the place of the loop alone."""
        first = operand is node.operands[0]
        if (node.op is Op.PICK and first) or self.nodes[operand.source].view:
            return False
        rank = len(self.loop_dims(node))
        if self.in_loop(node):
            return first
        if node.op is Op.CONTRACT or node.op in REDUCTIONS:
            return False
        return len(self.nodes[operand.source].dims) == rank and \
            operand.axes == tuple(range(rank))

    def origin(self, number: int) -> int:
        """What a view is a view of."""
        while self.nodes[number].view:
            number = self.nodes[number].operands[0].source
        return number

    def _home(self, number: int) -> object:
        """What stands for the memory of a value."""
        return self.storage.home.get(self.origin(number), number)

    def stored(self, number: int) -> bool:
        """Whether a value is read elsewhere than where it is computed."""
        readers = self.schedule.readers[number]
        if self.storage.delayed(number) or number in self.storage.kept or number in self.named:
            return True
        if any(self.nodes[reader].view for reader in readers):
            return True
        if not self.nodes[number].dims:
            return any(self.part_of.get(r) is not self.part_of[number] for r in readers) or \
                any(self.part_of[r].product is not None for r in readers)
        group = self.group_of.get(number)
        return any(self.group_of.get(r) is not group or not all(
            self.flows(self.nodes[r], o) for o in self.nodes[r].operands
            if not o.number and o.source == number) for r in readers)
