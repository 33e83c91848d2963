"""A recurrent model as functions of a library of arrays: values, the loss, the gradients."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from derive.arrays.operations import Op
from derive.arrays.program import Node, Program
from derive.arrays.recurrent.edge_values import NumbersByIndex
from derive.arrays.recurrent.export_layout import listed
from derive.arrays.recurrent.indexed_starts import by_index
from derive.arrays.recurrent.loop_schedule import Region, Schedule
from derive.arrays.recurrent.region_reads import RegionReads
from derive.arrays.recurrent.step_dialects import StepDialect
from derive.arrays.recurrent.step_names import StepNames
from derive.arrays.recurrent.step_operations import StepBody
from derive.arrays.targets.functional.functional_text import short_name
from derive.errors import KernelError

# What has the dtype, and the axes of all steps, or of one.
ROWS, ROW = ("rows", 0), ("row", 0)

WIDTH = 87  # of a statement, which may stand in a loop


@dataclass
class StepFunctions:
    """Writes the regions of a schedule, in order.

    `outer` are the names of values of all steps. `equations` are the lines of the model by the
    names that they define.
    """

    schedule: Schedule
    dialect: StepDialect
    equations: dict[str, str]
    arguments: dict[str, str]  # data and parameters, by their names in the model
    # Of states and data beyond an end, by name and shift: a parameter in code, or numbers.
    initial: dict[tuple[str, int], str | float | NumbersByIndex]
    outer: dict[int, str] = field(default_factory=dict)
    needs: set[str] = field(default_factory=set)
    taken: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.nodes, self.graph = self.schedule.nodes, self.schedule.graph
        self.naming = StepNames(self.schedule, self.equations)
        self.names = self.naming.names
        self.regions = RegionReads(self.schedule)
        self.before: list[str] = []  # statements that must stand before those at hand

    # Regions

    def phase(self, phase: int) -> list[str]:
        """The statements of all regions of a phase."""
        return [line for region in self.schedule.regions if region.phase == phase
                for line in (self.loop(region) if region.step else self.all_steps(region))]

    def all_steps(self, region: Region) -> list[str]:
        """Statements for all steps at once."""
        lines: list[str] = []
        for part in self.regions.cut(region):
            inside = set(part.nodes)
            numbers = [n for n in self.regions.computed(part) if not self.nodes[n].op.total]
            kept = [n for n in numbers if self.regions.read_elsewhere(n, region) or n in self.names
                    or not inside.issuperset(self.schedule.readers[n])]
            inputs = {n: self._input(n) for n in self.regions.inputs(part)}
            made = self._statements(numbers, kept, self.outer, inputs, ROWS)
            lines += [*self._first(), *made]
        return lines

    def _first(self) -> list[str]:
        lines, self.before = self.before, []
        return lines

    def loop(self, region: Region) -> list[str]:
        """A loop over steps, forwards or backwards in time."""
        forwards = region.step > 0
        numbers = self.regions.computed(region)
        carried = self.regions.carried(region, numbers)
        kept = list(dict.fromkeys([*carried.values(), *(
            n for n in numbers if self.regions.read_elsewhere(n, region))]))
        word = "before" if forwards else "after"
        before = {n: short_name(f"{self.naming.name(source)}_{word}", self.taken)
                  for n, source in carried.items()}
        inner: dict[int, str] = {}
        read: dict[str, str] = {}  # names of values at the step, where the library has a scan
        texts = {n: before.get(n) or self._at_step(n, read) for n in self.regions.inputs(region)}
        lines = self._statements(numbers, kept, inner, texts, ROW)
        starts = [self._beyond(n) for n in before]
        write = self._scan if self.dialect.scan else self._repeat
        made = write(forwards, lines, dict(zip(before.values(), starts, strict=True)),
                     [inner[n] for n in carried.values()], {n: inner[n] for n in kept}, read)
        return [*self._first(), *made]

    def _repeat(self, forwards: bool, lines: list[str], starts: dict[str, str], last: list[str],
                kept: dict[int, str], read: dict[str, str]) -> list[str]:
        """A loop as a statement of Python, the values of its steps in lists."""
        lists = {n: short_name(f"all_{self.naming.name(n)}", self.taken) for n in kept}
        times = "range(T)" if forwards else "reversed(range(T))"
        lines = [*lines, *(f"{lists[n]}.append({kept[n]})" for n in kept),
                 *(f"{name} = {value}" for name, value in zip(starts, last, strict=True))]
        turned = "" if forwards else "[::-1]"
        return [*(f"{name} = {start}" for name, start in starts.items()),
                *(f"{name} = []" for name in lists.values()), f"for t in {times}:",
                *(f"    {line}" for line in lines),
                *(f"{self._stacked(n)} = {self.dialect.stack.format(name + turned)}"
                  for n, name in lists.items())]

    def _scan(self, forwards: bool, lines: list[str], starts: dict[str, str], last: list[str],
              kept: dict[int, str], read: dict[str, str]) -> list[str]:
        """A loop as a function of what is carried and of what is read at a step."""
        step = short_name("step" if forwards else "step_back", self.taken)
        head = [f"{listed(starts)} = before", *([f"{listed(read)} = given"] if read else [])]
        reverse = "" if forwards else ", reverse=True"
        given = f"({listed(read.values())})" if read else "None, T"
        carry, values = f"({listed(last)})", f"({listed(kept.values())})"
        return [f"def {step}(before: Any, given: Any) -> tuple[Any, Any]:",
                *(f"    {line}" for line in (*head, *lines)),
                f"    return {carry}, {values}", "",
                f"_, ({listed(map(self._stacked, kept))}) = lax.scan({step}, "
                f"({listed(starts.values())}), {given}{reverse})"]

    def _stacked(self, number: int) -> str:
        """The name of the values of all steps."""
        self.outer[number] = short_name(self.naming.name(number), self.taken)
        return self.outer[number]

    def totals(self, results: dict[str, list[int]]) -> tuple[list[str], dict[str, str]]:
        """Sums over all steps and sequences: the statements, and the sum of each result's terms."""
        numbers = [n for terms in results.values() for n in terms]
        self.naming.sums = {n: f"{name}_slope" if name in self.graph.gradients else name
                     for name, terms in results.items() for n in terms}
        made: dict[int, str] = {}
        sources = dict.fromkeys(s for n in numbers for s in self.nodes[n].sources)
        lines = self._statements(numbers, numbers, made, {
            s: self._input(s) for s in sources if s not in numbers}, ROWS)
        sums = {name: " + ".join(made[n] for n in terms) for name, terms in results.items()
                if terms}
        return [*self._first(), *lines], sums

    # Statements

    def _statements(self, numbers: Iterable[int], kept: list[int], names: dict[int, str],
                    inputs: dict[int, str], first: tuple[str, int]) -> list[str]:
        """Statements that compute some nodes; the names of those that are kept are noted."""
        program = Program()
        place: dict[int, int] = {}
        kinds: dict[int, str] = {}
        for number in (*inputs, *numbers):
            node = self.nodes[number]
            if number in inputs:
                node = Node(Op.INPUT, (), node.dims, node.kind, (f"n{number}",), node.batched)
            else:
                missing = [o.source for o in node.operands if not o.number
                           and o.source not in place]
                for source in missing:  # numbers for the whole call, written where they are read
                    self._copied(source, program, place, kinds)
                node = replace(node, operands=tuple(
                    o if o.number else replace(o, source=place[o.source])
                    for o in node.operands))
            place[number] = program.assign(node)
            kinds[place[number]] = self.schedule.kinds.get(number, "parameter")
        stems = {place[n]: self.naming.stem(n, first == ROW) for n in kept}
        body = StepBody(program, {f"n{n}": place[n] for n in kept}, self.dialect.operations,
                        {f"n{n}": text for n, text in inputs.items()}, first, taken=self.taken,
                        kinds=kinds, stems=stems, remarks=self.naming.remarks(kept, place))
        body.width = WIDTH
        for number in body.order:
            body.emit(number)
        self.needs |= body.needs
        names.update({n: body.texts[place[n]].code for n in kept})
        return body.lines

    def _copied(self, number: int, program: Program, place: dict[int, int],
                kinds: dict[int, str]) -> None:
        node = self.nodes[number]
        if node.op is Op.INPUT:
            raise KernelError(f"{node.detail[0]} is not known here")
        for operand in node.operands:
            if not operand.number and operand.source not in place:
                self._copied(operand.source, program, place, kinds)
        node = replace(node, operands=tuple(
            o if o.number else replace(o, source=place[o.source]) for o in node.operands))
        place[number] = program.assign(node)
        kinds[place[number]] = self.schedule.kinds.get(number, "parameter")

    # Values

    def _input(self, number: int) -> str:
        """A value for all steps at once."""
        node = self.nodes[number]
        if number in self.outer:
            return self.outer[number]
        if node.op is not Op.INPUT:
            raise KernelError(f"{self.naming.name(number)} is not kept")
        name = node.detail[0]
        if name in self.graph.spans or name in self.graph.across:
            return self._turned(number, name)
        if name in self.graph.edges:
            source, end = self.graph.edges[name]
            return f"{self._source(source)}[{0 if end == 'first' else -1}]"
        if name not in self.graph.delays:
            return self.arguments[name]
        delay = self.graph.delays[name]
        ends = "before" if delay.shift < 0 else "after"
        name = short_name(f"{self._source(delay.source)}_{ends}", self.taken)
        self.before.append(f"{name} = shifted({self._source(delay.source)}, {delay.shift}, "
                           f"{self._beyond(number)})")
        self.outer[number] = name
        return name

    def _turned(self, number: int, name: str) -> str:
        """All steps of a value, with the sequences first, or the other way round."""
        source = self._source(self.graph.spans[name].source if name in self.graph.spans
                              else self.graph.across[name])
        self.outer[number] = turned = short_name(f"{source}_turned", self.taken)
        self.before.append(f"{turned} = {self.dialect.module}.swapaxes({source}, 0, 1)")
        return turned

    def _at_step(self, number: int, read: dict[str, str]) -> str:
        """A value at the step of a loop."""
        text = self._input(number)
        if self.schedule.kinds[number] != "step":
            return text
        if not self.dialect.scan:
            return f"{text}[t]"
        known = {value: name for name, value in read.items()}
        if text not in known:
            known[text] = short_name(f"{text}_t", self.taken)
            read[known[text]] = text
        return known[text]

    def _source(self, name: str) -> str:
        if name in self.graph.named:
            return self._input(self.graph.named[name])
        return self.arguments[name]

    def _beyond(self, number: int) -> str:
        """What stands beyond the first or last step of a delayed value, for each sequence."""
        node, delay = self.nodes[number], self.graph.delays[self.nodes[number].detail[0]]
        names = ["B", *(StepBody.size(self, d) for d in node.dims)]  # type: ignore[arg-type]
        shape = f"({', '.join(names)}{',' * (len(names) == 1)})"
        if delay.edge is not None:
            return self.dialect.expand.format(self._input(delay.edge), shape)
        given = self.initial.get((delay.source, delay.shift))
        if not delay.state and (given is not None or node.kind == "i"):
            code: str = self.dialect.like.format(
                self._source(delay.source), f"{given:g}" if isinstance(given, float) else "0")
            return code
        if given is None:
            return self.dialect.zeros.format(shape)
        if isinstance(given, NumbersByIndex):
            lines, given = by_index(given, self.dialect, self.taken)
            self.before += lines
        if isinstance(given, str):
            return self.dialect.expand.format(given, shape)
        return self.dialect.full.format(shape, repr(given))
