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
    return list(node.sources)


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

        def visit(number: int) -> None:
            if number in done:
                return
            if self.nodes[number].op is not Op.INPUT:
                for other in self.nodes[number].sources:
                    if other in inside:
                        visit(other)
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
    def kinds(self) -> dict[int, str]:
        """step, sequence, parameter or total: along what the value of a node varies."""
        kinds: dict[int, str] = {}
        neighbours = {self.graph.named[d.source] for d in self.graph.delays.values()
                      if d.source in self.graph.named}
        for number in sorted(self.order):
            node = self.nodes[number]
            if number in neighbours:  # even a zero has a place at each step then
                kinds[number] = "step"
            elif node.op is Op.INPUT:
                kinds[number] = self.graph.inputs[node.detail[0]][0]
            elif node.op.total:
                kinds[number] = "total"
            else:
                below = {kinds[s] for s in node.sources if s in kinds}
                kinds[number] = "step" if "step" in below else \
                    "sequence" if "sequence" in below else "parameter"
        for name, (source, _) in self.graph.edges.items():
            if source in self.graph.named and kinds.get(self.graph.named[source]) == "parameter":
                raise KernelError(f"{name} does not vary in time")
        return kinds
