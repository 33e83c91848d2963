"""The order of a step's operations: what hangs on itself at other steps becomes a loop over time.

A value that hangs on its own neighbour in time, through whatever circle, is computed step by
step. Everything else is computed for all steps at once.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from derive.arrays.operations import Op
from derive.arrays.program import Node
from derive.arrays.recurrent.graph_records import Delay, Graph
from derive.calculus.recurrence.model_structure import components
from derive.core.kinds import Dimension
from derive.errors import KernelError
from derive.lazy import cached_property
from derive.notation.reading.declaration_lines import PREDICTION

PHASES = ("outputs", "loss", "gradient", "predict")


def needs(graph: Graph, number: int) -> list[int]:
    """The nodes that a node rests on, at whichever step."""
    node = graph.program.nodes[number]
    delay = graph.delays.get(node.detail[0]) if node.op is Op.INPUT else None
    if delay is not None:
        source = [graph.named[delay.source]] if delay.source in graph.named else []
        return source + ([] if delay.edge is None else [delay.edge])
    if node.op is Op.INPUT and node.detail[0] in graph.edges:
        return [graph.named[graph.edges[node.detail[0]][0]]]
    other = other_rows(graph, number)
    return list(node.sources) if other is None else [other]


def other_rows(graph: Graph, number: int) -> int | None:
    """The value that an input is, in other rows: all its steps as an axis, or one of them."""
    node = graph.program.nodes[number]
    if node.op is not Op.INPUT:
        return None
    name = node.detail[0]
    source = graph.spans[name].source if name in graph.spans else graph.across.get(name)
    return None if source is None else graph.named.get(source)


def rested(graph: Graph, roots: Iterable[int]) -> dict[int, None]:
    """All nodes that some nodes rest on, themselves first."""
    nodes: dict[int, None] = {}
    stack = list(roots)
    while stack:
        number = stack.pop()
        if number not in nodes:
            nodes[number] = None
            stack += needs(graph, number)
    return nodes


@dataclass(frozen=True)
class Region:
    """Nodes that are computed together: for all steps, or in a loop over time.

    `step` is 1 for a loop forwards in time, -1 backwards, 0 for all steps at once. `phase` is
    the place in PHASES of the function that the region belongs to.
    """

    nodes: tuple[int, ...]
    step: int
    phase: int


class Schedule:
    """The regions of a graph, in order, and where each node stands."""

    def __init__(self, graph: Graph, outputs: Iterable[str]) -> None:
        self.graph = graph
        self.nodes: list[Node] = graph.program.nodes
        self.outputs = [graph.named[name] for name in outputs]
        self.phases = self._phases()
        self.regions = self._regions()
        self.order = [n for region in self.regions for n in region.nodes]
        self.position = {n: place for place, n in enumerate(self.order)}
        self.region = {n: r for r in self.regions for n in r.nodes}

    def delay(self, number: int) -> Delay | None:
        """What a node reads of a neighbouring step, if it is an input that does."""
        node = self.nodes[number]
        return self.graph.delays.get(node.detail[0]) if node.op is Op.INPUT else None

    def needs(self, number: int) -> list[int]:
        """The nodes that a node rests on, at whichever step."""
        return needs(self.graph, number)

    def other_rows(self, number: int) -> int | None:
        """The value that an input is, in other rows: all its steps as an axis, or one of them."""
        return other_rows(self.graph, number)

    def past(self, number: int) -> int:
        """Which way an input lies that holds the steps of a loop computed so far; 0 for another."""
        node = self.nodes[number]
        steps = self.graph.spans.get(node.detail[0]) if node.op is Op.INPUT else None
        return steps.shift if steps is not None else 0

    def _phases(self) -> dict[int, int]:
        """For each node that is needed, the first function that needs it."""
        gradients = [n for nodes in self.graph.gradients.values() for n in nodes]
        phases: dict[int, int] = {}
        predicted = [self.graph.named[n] for n in (PREDICTION,) if n in self.graph.named]
        for phase, roots in enumerate((self.outputs, self.graph.loss, gradients, predicted)):
            for number in rested(self.graph, roots):
                phases.setdefault(number, phase)
        return phases

    def _regions(self) -> list[Region]:
        """The circles as loops, in an order in which all is known; runs between them joined."""
        numbers = sorted(self.phases, key=lambda n: (self.phases[n], n))
        regions: list[Region] = []
        for circle in components(numbers, self.needs):
            step = self._direction(circle)
            phase = min(self.phases[n] for n in circle)
            if step:
                regions.append(Region(self._within(circle), step, phase))
            elif regions and regions[-1].step == 0 and regions[-1].phase == phase and \
                    not self._has_edge(circle[0]):
                regions[-1] = Region((*regions[-1].nodes, *circle), 0, phase)
            else:
                regions.append(Region(tuple(circle), 0, phase))
        regions.sort(key=lambda r: r.phase)
        return regions

    def _has_edge(self, number: int) -> bool:
        """Whether an input has a value beyond the ends, which must be computed before."""
        delay = self.delay(number)
        return delay is not None and delay.edge is not None

    def _direction(self, circle: list[int]) -> int:
        """Which way a circle runs in time; 0 for a single node that hangs on itself nowhere."""
        if len(circle) == 1 and circle[0] not in self.needs(circle[0]):
            return 0
        shifts = {delay.shift for delay in map(self.delay, circle) if delay is not None}
        shifts |= {shift for shift in map(self.past, circle) if shift}
        if len(shifts) != 1:
            raise KernelError("equations that run forwards and backwards in time at once are not "
                              "compiled")
        return -shifts.pop()

    def _within(self, circle: list[int]) -> tuple[int, ...]:
        """The nodes of a loop in the order of one step; what is carried on comes last."""
        inside = set(circle)
        carried = {self.graph.named[delay.source] for delay in map(self.delay, circle)
                   if delay is not None}
        done: dict[int, None] = {}
        begun: set[int] = set()

        def visit(number: int) -> None:
            if number in done:
                return
            if self.nodes[number].op is not Op.INPUT:
                for other in self.nodes[number].sources:
                    if other in inside:
                        visit(other)
            elif self.past(number):
                source = self.other_rows(number)
                if source is not None and source not in begun:
                    begun.add(source)
                    visit(source)
            done[number] = None

        late = [n for n in circle if n in carried]
        for number in sorted(circle):
            if number not in late:
                visit(number)
        for number in late:
            visit(number)
        return tuple(done)

    @cached_property
    def readers(self) -> dict[int, list[int]]:
        """Who reads a node's value at the same step."""
        readers: dict[int, list[int]] = {n: [] for n in self.order}
        for number in self.order:
            for source in self.nodes[number].sources:
                readers[source].append(number)
        return readers

    @cached_property
    def times(self) -> dict[int, Dimension | None]:
        """The dimension of the steps of each value of every step; None for that of the model."""
        times: dict[int, Dimension | None] = {}
        names = {number: name for name, number in self.graph.named.items()}
        for number in sorted(self.order):
            node = self.nodes[number]
            own = node.detail[0] if node.op is Op.INPUT else names.get(number)
            below = {times[s] for s in node.sources if s in times and self.kinds[s] == "step"}
            if len(below) > 1:
                raise KernelError("an equation reads steps of two axes of time at once; this is "
                                  "not compiled")
            times[number] = below.pop() if below else \
                None if own is None else self.graph.time_of(own)
        return times

    @cached_property
    def spread(self) -> set[int]:
        """The values of every step of which all steps are read at once."""
        return {self.graph.named[s.source] for s in self.graph.spans.values()
                if s.source in self.graph.named}

    def _kind(self, number: int, kinds: dict[int, str]) -> str:
        """Along what a value varies, by its operands."""
        node = self.nodes[number]
        if node.op is Op.INPUT:
            return self.graph.inputs[node.detail[0]][0]
        if node.op.total:
            return "total"
        below = {kinds[s] for s in node.sources if s in kinds}
        return "step" if "step" in below else "sequence" if "sequence" in below else "parameter"

    @cached_property
    def kinds(self) -> dict[int, str]:
        """step, sequence, parameter or total: along what the value of a node varies."""
        kinds: dict[int, str] = {}
        neighbours = {self.graph.named[d.source] for d in self.graph.delays.values()
                      if d.source in self.graph.named}
        neighbours |= self.spread
        axes = {self.graph.named[name] for name in self.graph.axes if name in self.graph.named}
        for number in sorted(self.order):
            kinds[number] = "step" if number in neighbours else \
                "sequence" if number in axes else self._kind(number, kinds)
        for name, (source, _) in self.graph.edges.items():
            if source in self.graph.named and kinds.get(self.graph.named[source]) == "parameter":
                raise KernelError(f"{name} does not vary in time")
        return kinds
