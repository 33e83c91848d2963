"""Where each value of a step lies: in a block for all steps or one, or in another's place."""

from __future__ import annotations

from dataclasses import dataclass, field

from derive.arrays.program import Node
from derive.arrays.recurrent.loop_schedule import Region, Schedule
from derive.arrays.recurrent.stacks import Stacks
from derive.core.kinds import Dimension
from derive.lazy import cached_property
from derive.short_reprs import Brief

Key = tuple[str, int, tuple[Dimension, ...], str]  # rows, region, dims, kind


@dataclass
class Slab:
    """A block of memory: `planes` arrays of the same shape, one after the other.

    `rows` says along what an array varies besides `dims`: step (steps and sequences), sequence,
    parameter (nothing), or loop (sequences, for the step at hand). With `lead` and `tail` there
    is a place before the first step and after the last.
    """

    number: int
    rows: str
    dims: tuple[Dimension, ...]
    kind: str
    planes: int = 1
    lead: int = 0
    tail: int = 0
    time: Dimension | None = None  # the steps, where they are not those of the model


@dataclass
class Storage(Brief):
    """The slab and plane of each node that has a value of its own."""

    schedule: Schedule
    stacks: Stacks
    slabs: list[Slab] = field(default_factory=list)
    home: dict[int, tuple[int, int]] = field(default_factory=dict)
    last: dict[int, int] = field(default_factory=dict)
    pool: dict[Key, list[tuple[int, int]]] = field(default_factory=dict)
    scratch: dict[int, int] = field(default_factory=dict)  # slabs of one region alone → its number
    living: dict[tuple[int, int], list[int]] = field(default_factory=dict)  # home → nodes

    def __post_init__(self) -> None:
        self.last = self._last_uses()
        self._neighbours()
        self._stacked()
        self._backwards()
        self._forwards()

    # What a node is

    def node(self, number: int) -> Node:
        return self.schedule.nodes[number]

    def stored(self, number: int) -> bool:
        """Whether a node has memory at all."""
        return self.node(number).stored

    def region(self, number: int) -> Region:
        return self.schedule.region[number]

    def local(self, number: int) -> bool:
        """Whether a value of a loop is read by the same step of the same loop alone."""
        region = self.region(number)
        if not region.step or number in self.kept:
            return False
        return all(self.region(r) == region for r in self.seen(number)) and \
            self._carry_only(number)

    def seen(self, number: int) -> list[int]:
        """Who reads a value at the same step, or a view of it."""
        readers = self.schedule.readers[number]
        return readers + [r for n in readers if self.node(n).view for r in self.seen(n)]

    @cached_property
    def kept(self) -> set[int]:
        """Values that are read from outside: outputs, states, ends."""
        graph = self.schedule.graph
        ends = {graph.named[name] for name, _ in graph.edges.values()}
        states = {graph.named[d.source] for d in graph.delays.values()
                  if d.state and d.source in graph.named}
        across = {graph.named[name] for name in graph.across.values() if name in graph.named}
        return {*self.schedule.outputs, *ends, *states, *across, *self.schedule.spread}

    @cached_property
    def past(self) -> set[int]:
        """The values that are read while their loop computes them."""
        read = {self.schedule.other_rows(n) for n in self.schedule.order if self.schedule.past(n)}
        return {n for n in read if n is not None}

    def _carry_only(self, number: int) -> bool:
        """Whether the steps that read a value later do so in the same loop."""
        region = self.region(number)
        return all(self.region(r) == region for n in self.delayed(number)
                   for r in (n, *self.seen(n)))

    def delayed(self, number: int) -> list[int]:
        """The inputs that are this value at a neighbouring step."""
        return self._inputs.get(number, [])

    @cached_property
    def _inputs(self) -> dict[int, list[int]]:
        graph = self.schedule.graph
        inputs: dict[int, list[int]] = {}
        for number in self.schedule.order:
            delay = self.schedule.delay(number)
            if delay is not None and delay.source in graph.named:
                inputs.setdefault(graph.named[delay.source], []).append(number)
        return inputs

    def rows(self, number: int) -> str:
        kind = self.schedule.kinds[number]
        return "loop" if kind == "step" and self.local(number) else kind

    def key(self, number: int) -> Key:
        """Values of the same key may take each other's place."""
        rows = self.rows(number)
        region = self.schedule.regions.index(self.region(number)) if rows == "loop" else -1
        if rows == "step":
            region = -1 - self.times.index(self.schedule.times[number])
        return rows, region, self.node(number).dims, self.node(number).kind

    @cached_property
    def times(self) -> list[Dimension | None]:
        """The axes of time of the values."""
        return list(dict.fromkeys((None, *self.schedule.times.values())))

    def _last_uses(self) -> dict[int, int]:
        """The place in the order at which each value is read last, at any step.

        A step's part of a value from outside a loop is dead after its last reader in the loop.
        """
        order, graph = self.schedule.order, self.schedule.graph
        edges = {d.edge for d in graph.delays.values() if d.edge is not None}
        kept = {n for n in order if self.delayed(n)} | self.kept | edges
        totals = {n: self._written(n) for n in order if self.node(n).op.total}
        return graph.program.last_uses(order, kept, totals)

    def _written(self, total: int) -> int:
        """The place in the order before which a total is written: at the end of its function."""
        phase = self.region(total).phase
        return sum(len(r.nodes) for r in self.schedule.regions if r.phase <= phase)

    # Homes

    def _put(self, number: int, home: tuple[int, int]) -> None:
        """Gives a node its place."""
        self.home[number] = home
        self.living.setdefault(home, []).append(number)

    def new(self, rows: str, dims: tuple[Dimension, ...], kind: str, planes: int = 1, lead: int = 0,
            tail: int = 0, region: int = -1) -> int:
        time = self.times[-1 - region] if rows == "step" else None
        self.slabs.append(Slab(len(self.slabs), rows, dims, kind, planes, lead, tail, time))
        if rows == "loop":
            self.scratch[len(self.slabs) - 1] = region
        return len(self.slabs) - 1

    def _make(self, number: int, planes: int = 1, lead: int = 0, tail: int = 0) -> int:
        rows, region, dims, kind = self.key(number)
        return self.new(rows, dims, kind, planes, lead, tail, region)

    def _neighbours(self) -> None:
        """Values that other steps read have a place beyond the ends."""
        for number in self.schedule.order:
            inputs = self.delayed(number)
            if number in self.schedule.spread and not inputs and self.stored(number):
                self._put(number, (self._make(number), 0))
            if inputs and self.stored(number):
                shifts = {self.schedule.graph.delays[self.node(n).detail[0]].shift
                          for n in inputs}
                self._put(number, (self._make(number, 1, int(-1 in shifts), int(1 in shifts)), 0))

    def _stacked(self) -> None:
        """Values that lie side by side."""
        for group in self.stacks.values:
            if any(n in self.home or not self.stored(n) for n in group) or \
                    len({self.key(n) for n in group}) > 1:
                continue
            slab = self._make(group[0], len(group))
            for plane, number in enumerate(group):
                self._put(number, (slab, plane))

    def dying(self, number: int) -> list[int]:
        """The operands that are read here for the last time, and could hold the result."""
        node = self.node(number)
        return [o.source for o in node.reusable() if self.stored(o.source)
                and self.last[o.source] == self.schedule.position[number]
                and self.node(o.source).dims == node.dims
                and self.node(o.source).kind == node.kind and node.sources.count(o.source) == 1]

    def _backwards(self) -> None:
        """A value that dies in the making of one with a home is computed there already."""
        for number in reversed(self.schedule.order):
            if number not in self.home or not self.stored(number):
                continue
            slab = self.slabs[self.home[number][0]]
            for source in self.dying(number):
                if source not in self.home and self._fits(source, slab, number):
                    self._put(source, self.home[number])
                    break

    def _fits(self, source: int, slab: Slab, number: int) -> bool:
        """Whether a value may lie in a slab that is another's home."""
        if self.region(source).phase != self.region(number).phase or number in self.past:
            return False
        if slab.rows == "loop":
            return self.key(source)[:2] == ("loop", self.scratch[slab.number]) and \
                self.region(source) == self.region(number) and not self.delayed(number)
        if slab.rows == "step":
            return self.schedule.kinds[source] == "step" and \
                self.schedule.times[source] == slab.time
        return self.rows(source) == slab.rows

    def _forwards(self) -> None:
        """Other values take the place of an operand that dies, or of any value that is dead."""
        ending: dict[int, list[int]] = {}
        for number in self.schedule.order:
            ending.setdefault(self._released(number), []).append(number)
        for place, number in enumerate(self.schedule.order):
            if self.stored(number) and number not in self.home:
                self._settle(number)
            for dead in ending.get(place, ()):
                home = self.home.get(dead)
                if home is not None and self._ephemeral(dead, home, place):
                    self.pool.setdefault(self.key(dead), []).append(home)

    def _released(self, number: int) -> int:
        """The place in the order from which on the whole of a value is dead."""
        last = self.last[number]
        if last >= len(self.schedule.order):
            return last
        reader = self.region(self.schedule.order[last])
        if reader.step and self.region(number) != reader:
            return self.schedule.position[reader.nodes[-1]]
        return last

    def _ephemeral(self, dead: int, home: tuple[int, int], place: int) -> bool:
        """Whether nobody else will need the place of a dead value."""
        slab = self.slabs[home[0]]
        if slab.planes > 1 or slab.lead or slab.tail:
            return False
        same = self.living[home]
        return all(self._released(n) <= place and self.schedule.position[n] <= place
                   for n in same)

    def _settle(self, number: int) -> None:
        mine = self.key(number)
        for source in self.dying(number):
            home = self.home.get(source)
            if home is None or self._shared(source, number):
                continue
            slab = self.slabs[home[0]]
            inside = slab.rows == mine[0] or (slab.rows == "step" and mine[0] == "loop")
            if inside and not slab.lead and not slab.tail and (
                    slab.rows != "loop" or self.scratch[slab.number] == mine[1]):
                self._put(number, home)
                return
        free = self.pool.get(mine)
        self._put(number, free.pop() if free else (self._make(number), 0))

    def _shared(self, source: int, number: int) -> bool:
        """Whether another value that is still needed lies in the same place."""
        home, here = self.home[source], self.schedule.position[number]
        return any(n != source and self.last[n] > here for n in self.living[home])
