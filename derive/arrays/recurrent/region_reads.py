"""What a region of a schedule computes, reads, and gives to other regions and other steps."""

from __future__ import annotations

from dataclasses import dataclass, replace

from derive.arrays.operations import Op
from derive.arrays.recurrent.loop_schedule import Region, Schedule
from derive.lazy import cached_property


@dataclass
class RegionReads:
    """The values that the regions of a schedule read and give."""

    schedule: Schedule

    def __post_init__(self) -> None:
        self.nodes, self.graph = self.schedule.nodes, self.schedule.graph

    def cut(self, region: Region) -> list[Region]:
        """The region in parts, of which none reads at another step what it computes itself."""
        parts: list[list[int]] = [[]]
        for number in region.nodes:
            node = self.nodes[number]
            if node.op is Op.INPUT and set(self.schedule.needs(number)) & set(parts[-1]):
                parts.append([])
            parts[-1].append(number)
        return [replace(region, nodes=tuple(part)) for part in parts]

    def computed(self, region: Region) -> list[int]:
        """The arrays that a region computes; numbers for a call stand where they are read."""
        return [n for n in region.nodes if self.nodes[n].op is not Op.INPUT
                and self.nodes[n].kind != "s"]

    def inputs(self, region: Region) -> list[int]:
        """What the nodes of a region read that is not computed in it."""
        inside = {n for n in region.nodes if self.nodes[n].op is not Op.INPUT}
        read = dict.fromkeys(s for n in inside if not self.nodes[n].op.total
                             for s in self.nodes[n].sources if s not in inside)
        return [n for n in read if self.nodes[n].kind != "s"
                and self.nodes[n].op not in (Op.SIZE, Op.IOTA)]

    def read_elsewhere(self, number: int, region: Region) -> bool:
        """Whether a value is read outside of its region, now or at another step."""
        if number in self.schedule.outputs or number in self._ends:
            return True
        readers = [*self.schedule.readers[number], *(
            reader for n in self._delayed.get(number, ()) for reader in self.schedule.readers[n])]
        return any(self.schedule.region[r] != region or self.nodes[r].op.total for r in readers)

    @cached_property
    def _ends(self) -> set[int]:
        """The values that are read at an end of time, or stand beyond one."""
        named = {self.graph.named[name] for name, _ in self.graph.edges.values()
                 if name in self.graph.named}
        return named | {d.edge for d in self.graph.delays.values() if d.edge is not None}

    @cached_property
    def _delayed(self) -> dict[int, list[int]]:
        """The inputs that are a value at another step, by that value."""
        made: dict[int, list[int]] = {}
        for number in self.schedule.order:
            delay = self.schedule.delay(number)
            if delay is not None and delay.source in self.graph.named:
                made.setdefault(self.graph.named[delay.source], []).append(number)
        return made

    def carried(self, region: Region, numbers: list[int]) -> dict[int, int]:
        """The inputs of a loop that are values of the step before, which the loop computes."""
        delays = {n: self.schedule.delay(n) for n in region.nodes}
        sources = {n: self.graph.named.get(d.source) for n, d in delays.items() if d is not None}
        return {n: source for n, source in sources.items()
                if source is not None and source in numbers}
