"""The text of a compiled model: one function that makes all views, and those that compute."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from derive.arrays.operations import Op
from derive.arrays.recurrent.loop_schedule import PHASES, Region, Schedule
from derive.arrays.recurrent.packs import Packer
from derive.arrays.recurrent.readable_names import readable
from derive.arrays.recurrent.step_totals import Totals
from derive.arrays.recurrent.step_writers import StepWriters
from derive.arrays.recurrent.view_values import ViewValues
from derive.arrays.recurrent.views import Views
from derive.arrays.targets.numpy.emission import Emitter, lines

_HEAD = '''def make(weights, slopes, data, memory, sizes, T, B, real):
    """Makes every view for T steps of B sequences; returns the functions."""
    N = T * B'''


class ModelText:
    """Writes the functions of a compiled model, region by region."""

    def __init__(self, schedule: Schedule, views: Views,
                 equations: Mapping[str, str] | None = None) -> None:
        self.schedule, self.views, equations = schedule, views, equations or {}
        self.values = ViewValues(views)
        self.writers = StepWriters(self.values)
        self.aliases: dict[str, str] = {}  # NumPy's functions by their names in the code
        self.defined: set[tuple[int, object]] = set()
        storage, program = views.storage, schedule.graph.program
        self.emitter = Emitter(
            program, self.values, self.writers.table, schedule.order, storage.last,
            named=lambda number: number not in storage.home, function=self.alias, positional=True)
        self.remarks = {n: equations[name] if name in equations else f"∂L/∂{name[:-1]}"
                        for name, n in schedule.graph.named.items()
                        if name in equations or (name[:-1] in equations and name.endswith("'"))}
        self.totals = Totals(self.emitter, self.values, self.prepare)

    def alias(self, function: str) -> str:
        """The name of a NumPy function in the code: a local one is quicker."""
        if not function.startswith("np.") or function.count(".") > 1:
            return function
        return self.aliases.setdefault(function, function.replace(".", "_"))

    def text(self) -> str:
        """The module."""
        bodies = [self.function(phase) for phase in PHASES]
        views, made = self.views, [f"    {name} = {text}" for name, text in
                                   self.views.fixed.items()]
        for place, names in views.stepped.items():
            region = self.schedule.regions[place]
            count = views.steps(region.nodes)
            steps = f"range({count})" if region.step > 0 else f"range({count} - 1, -1, -1)"
            made.append(f"    loop{place} = [({', '.join(names)},) for t in {steps}]")
        sizes = [f"    {text} = sizes[{str(dim)!r}]" for dim, text in views.sizes.items()
                 if text != "T"]
        for time in views.storage.times[1:]:
            sizes += [f"    N_{time} = T_{time} * B", f"    places_{time} = np.arange(N_{time})"]
        aliases = [f"    {name} = {function}" for function, name in sorted(self.aliases.items())]
        return "\n".join([
            _HEAD, *sizes, "    places, sequences = np.arange(N), np.arange(B)", *aliases, *made,
            *(line for body in bodies for line in body),
            "", f"    return {', '.join(PHASES)}", ""])

    def function(self, phase: str) -> list[str]:
        """One of the functions."""
        self.defined = set()
        body: list[str] = []
        for place, region in enumerate(self.schedule.regions):
            if PHASES[region.phase] == phase:
                body += self.region(place, region)
        self.begin(None)
        result = []
        if phase == "gradient":
            self.gradients()
        elif phase == "loss":
            result = [f"return {self.totals.loss()}"]
        body += [*self.written(), *result]
        return ["", f"    def {phase}():", *(f"        {line}" for line in body or ["pass"])]

    def gradients(self) -> None:
        """The gradients of all parameters."""
        self.totals.gradients()

    def begin(self, region: int | None) -> None:
        """Begins what is written for a loop, or for all steps."""
        self.emitter.statements, self.views.region = [], region
        self.values.rows = "N" if region is None else "B"

    def written(self) -> list[str]:
        return lines(self.emitter.statements, kept=True)

    def region(self, place: int, region: Region) -> list[str]:
        """The statements of a region; a loop stands behind what it needs made before."""
        self.begin(None)
        self.edges(region)
        if not region.step:
            self.statements(region)
            return self.written()
        before = self.written()
        self.begin(place)
        self.statements(region)
        names = self.views.stepped.get(place, {}).values()
        for copy, turn in self.views.copies.items():
            before += ["if B > 1:", f"    {self.emitter.call('np.copyto', copy, turn)}"]
        self.views.copies = {}
        return [*before, f"for {', '.join(names)}{',' * (len(names) == 1)} in loop{place}:",
                *(f"    {line}" for line in self.written())]

    def edges(self, region: Region) -> None:
        """What stands beyond the ends of time for the values that a region carries."""
        graph, self.values.rows = self.schedule.graph, "B"
        for number in region.nodes:
            if number in self.views.storage.past:
                self.emitter.write(f"{self.views.beside_edges(number)}.fill(0)")
            delay = self.schedule.delay(number)
            if delay is None or delay.source not in graph.named or (
                    delay.state and delay.edge is None):
                continue
            beyond = self.views.beyond(graph.named[delay.source],
                                       "first" if delay.shift < 0 else "last")
            if delay.edge is not None:
                self.prepare([delay.edge])
                self.emitter.copy(beyond, self.emitter.name(delay.edge))
            else:
                self.emitter.write(f"{beyond}.fill(0)")

    def statements(self, region: Region) -> None:
        """The operations of a region, those of the same form together."""
        nodes = self.schedule.nodes
        numbers = [n for n in region.nodes if nodes[n].op is not Op.INPUT
                   and not nodes[n].op.total and nodes[n].kind != "s"]
        for pack in Packer(self.views).packs(numbers):
            node = nodes[pack[0]]
            if self.views.region is None:
                self.values.rows = self.views.rows(pack[0])
            self.prepare(s for n in pack for s in nodes[n].sources)
            if len(pack) == 1:
                self.emit(pack[0])
            elif node.op is Op.DOTS:
                self.writers.packed_dots(self.emitter, pack)
            else:
                self.writers.packed(self.emitter, pack)
            self.remark(pack)

    def remark(self, pack: Iterable[int]) -> None:
        """Says behind the last statement of an equation which it is."""
        equations = [self.remarks[n] for n in pack if n in self.remarks]
        statements = self.emitter.statements
        if equations and statements and "  # " not in statements[-1].text:
            statements[-1] = replace(statements[-1],
                                     text=f"{statements[-1].text}  # {'; '.join(equations)}")

    def emit(self, number: int) -> None:
        """Writes one operation; what has no memory is written where it is read."""
        self.values.integral = self.schedule.nodes[number].kind == "i"
        if number in self.values.homes:
            self.emitter.emit(number)
        self.values.integral = False

    def prepare(self, sources: Iterable[int]) -> None:
        """Makes values ready to be read for the rows at hand, and for the next operation alone."""
        self.values.repeated = {}
        for source in dict.fromkeys(sources):
            self._ready(source)

    def _ready(self, number: int) -> None:
        node, key = self.schedule.nodes[number], (number, self.values.scope)
        if node.kind == "s" or (node.op is Op.INPUT and not node.batched):
            return
        if number in self.values.homes or node.op is Op.INPUT:
            if self.values.once_a_sequence(number) and number not in self.values.repeated:
                self.emitter.copy(*self.values.repeat(number))
        elif key not in self.defined:
            self.defined.add(key)
            for source in node.sources:
                self._ready(source)
            self.emitter.emit(number)


def model_text(schedule: Schedule, views: Views, equations: Mapping[str, str]) -> str:
    """The text of the module of a compiled model, in its names, with its `equations`."""
    text = ModelText(schedule, views, equations).text()
    return readable(text, schedule, views, equations)
