"""Equal operations on values that lie side by side, taken together as one call."""

from __future__ import annotations

from collections.abc import Sequence

from derive.arrays.operations import BY_ELEMENT, Op
from derive.arrays.program import Node, Operand
from derive.arrays.recurrent.views import Views
from derive.arrays.targets.numpy.numpy_operations import function_text


class Packer:
    """Finds, among the operations of a region, those that one call can do."""

    def __init__(self, views: Views) -> None:
        self.views, self.nodes = views, views.schedule.nodes
        self.home = views.storage.home

    def packs(self, numbers: list[int]) -> list[tuple[int, ...]]:
        """The operations in order, joined where they can be."""
        left = list(numbers)
        packs: list[tuple[int, ...]] = []
        while left:
            number = left.pop(0)
            pack: tuple[int, ...] = (number,)
            if number in self.home and self.packable(number):
                pack = self.around(number, left)
            for other in pack:
                if other != number:
                    left.remove(other)
            packs.append(pack)
        return packs

    def packable(self, number: int) -> bool:
        """Whether an operation may be taken together with others: all of it has the same rows."""
        node, kinds = self.nodes[number], self.views.schedule.kinds
        if {kinds[s] for s in node.sources} - {kinds[number], "parameter"}:
            return False
        if node.op is Op.DOTS:
            return len(node.operands) == 2 and len(node.dims) == 1 and len(node.detail[0]) == 1
        full = tuple(range(len(node.dims)))
        return _simple(node) and all(o.number or o.axes == full for o in node.operands)

    def around(self, number: int, left: list[int]) -> tuple[int, ...]:
        """The longest run of equal operations that contains one."""
        node, (slab, plane) = self.nodes[number], self.home[number]
        mates = {plane: number}
        for other in left:
            here = self.nodes[other]
            if other in self.home and self.home[other][0] == slab and \
                    (here.op, here.dims, here.detail) == (node.op, node.dims, node.detail) and \
                    len(here.operands) == len(node.operands) and self.packable(other) and \
                    self.may_move(other, number, left):
                mates.setdefault(self.home[other][1], other)
        run = [number]
        for step in (1, -1):
            place = plane + step
            while place in mates and self.alike(run, mates[place], step):
                run = [*run, mates[place]] if step > 0 else [mates[place], *run]
                place += step
        return tuple(run)

    def may_move(self, number: int, place: int, left: list[int]) -> bool:
        """Whether an operation may be done earlier than it stands."""
        before = left[:left.index(number)]
        sources = self.nodes[number].sources
        if place in sources or any(s in before for s in sources):
            return False
        home = self.home[number]
        for other in (place, *before):
            if other in self.home and self.home[other] == home:
                return False
            if any(self.home.get(s) == home for s in self.nodes[other].sources):
                return False
        return True

    def alike(self, run: list[int], other: int, step: int) -> bool:
        """Whether the operands of a further operation lie beside those of a run, or are shared."""
        longer = [*run, other] if step > 0 else [other, *run]
        return all(self.joined([self.nodes[n].operands[k] for n in longer])
                   for k in range(len(self.nodes[other].operands)))

    def joined(self, operands: list[Operand]) -> bool:
        """Whether operands are one and the same, or lie side by side."""
        if shared(operands):
            return True
        if any(o.number for o in operands):
            return False
        sources = [o.source for o in operands]
        nodes = [self.nodes[s] for s in sources]
        if all(n.op is Op.INPUT and not n.batched for n in nodes):
            names = [n.detail[0] for n in nodes]
            return self.views.in_a_row(names) and not self.views.parameters[names[0]].merged
        if all(s in self.home for s in sources):
            return self.views.side_by_side(sources)
        return False


def shared(operands: Sequence[Operand]) -> bool:
    """Whether the operands of a pack are one and the same."""
    return all(o == operands[0] for o in operands)


def _simple(node: Node) -> bool:
    """Whether an operation is one call of NumPy, element by element."""
    return node.op.family in BY_ELEMENT and \
        node.op not in (Op.WHERE, Op.SCALE, Op.BELOW_MAX) and \
        function_text(node).startswith("np.")
