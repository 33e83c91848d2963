"""The text of a compiled model whose steps are functions of C, called from NumPy's text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from derive.arrays.operations import Op
from derive.arrays.recurrent.loop_schedule import Region, Schedule
from derive.arrays.recurrent.model_emission import ModelText
from derive.arrays.recurrent.step_function_c import StepFunction
from derive.arrays.recurrent.step_groups_c import Grouping, computable
from derive.arrays.recurrent.step_memory_c import StepMemory
from derive.arrays.recurrent.step_totals_c import StepTotals
from derive.arrays.recurrent.step_values_c import StepValues
from derive.arrays.recurrent.views import Views
from derive.arrays.targets.c.math.c_functions import INCLUDES, c_functions
from derive.arrays.targets.numpy.emission import lines

MANY, FEW = 16, 4  # gradients that one function computes, and where there are more
_NUMBER = re.compile(r"(?<=\bt)\d+|(?<=\bx)\d+|(?<=\bnan_t)\d+|(?<=\balone)\d+")
SMALL = 2**21  # products of numbers below which a library's call costs more than it saves


class SplitModelText(ModelText):
    """Writes a model as two texts: functions of C for the steps of loops and what is computed
    element by element; NumPy for the rest, which calls them."""

    def __init__(self, schedule: Schedule, views: Views, dtype: str) -> None:
        super().__init__(schedule, views)
        self.prefix = f"f{dtype[-2:]}"
        self.real, self.dtype = {"float64": "double", "float32": "float"}[dtype], dtype
        self.functions: list[str] = []
        self.alike: dict[str, str] = {}  # names of functions by their text
        self.used: set[str] = set()
        self.views.fixed["few"] = f"wide or N * max(w[0].size for w in weights) < {SMALL}"

    def c_text(self) -> str:
        """The functions of C."""
        return "\n".join([
            INCLUDES, "", f"typedef {self.real} real;", "",
            c_functions(sorted(self.used), self.dtype), "",
            (Path(__file__).parent / "packed_products.h").read_text(encoding="utf-8"),
            *self.functions])

    def region(self, place: int, region: Region) -> list[str]:
        """The statements of a region: one call, where C can compute all of a loop."""
        nodes = self.schedule.nodes
        numbers = self._operations(region)
        if not region.step or not all(computable(nodes[n]) for n in numbers):
            return super().region(place, region)
        self.begin(None)
        self.edges(region)
        before = self.written()
        return [*before, self.call(numbers, region.step, "step", loop=True)]

    def _operations(self, region: Region) -> list[int]:
        nodes = self.schedule.nodes
        return [n for n in region.nodes if nodes[n].op is not Op.INPUT and not nodes[n].op.total
                and nodes[n].kind != "s"]

    def statements(self, region: Region) -> None:
        """The operations for all steps at once: runs of C, and products by NumPy."""
        if region.step:
            super().statements(region)
            return
        run: list[int] = []
        for number in self._operations(region):
            node = self.schedule.nodes[number]
            if computable(node) and node.op is not Op.DOTS:
                if run and (self.schedule.kinds[run[0]] != self.schedule.kinds[number]
                            or self._beside(node.sources, run)):
                    self._flush(run)
                run.append(number)
            else:
                self._flush(run)
                self._alone(number, region)
        self._flush(run)

    def _beside(self, sources: Sequence[int], run: list[int]) -> bool:
        """Whether values are read at the step before or after that a run computes."""
        nodes, named = self.schedule.nodes, self.schedule.graph.named
        for source in sources:
            while nodes[source].view:
                source = nodes[source].sources[0]
            delay = self.schedule.delay(source)
            if delay is not None and named.get(delay.source) in run:
                return True
        return False

    def _alone(self, number: int, region: Region) -> None:
        """An operation by NumPy, or a product, which is quicker in C where it is small."""
        before, self.emitter.statements = self.emitter.statements, []
        super().statements(Region((number,), 0, region.phase))
        made, self.emitter.statements = self.emitter.statements, before
        if self.schedule.nodes[number].op is not Op.DOTS:
            self.emitter.statements += made
            return
        self._either([self.call([number], 1, self.schedule.kinds[number])], lines(made, True))

    def _either(self, few: list[str], many: list[str]) -> None:
        """Calls of C for small batches, other statements for large ones."""
        for line in ("if few:", *(f"    {line}" for line in few), "else:",
                     *(f"    {line}" for line in many)):
            self.emitter.write(line)

    def gradients(self) -> None:
        """The gradients of all parameters."""
        before, self.emitter.statements = self.emitter.statements, []
        super().gradients()
        made, self.emitter.statements = self.emitter.statements, before
        gradients = list(self.schedule.graph.gradients.items())
        size = MANY if len(gradients) <= MANY else FEW
        calls = []
        for place in range(0, len(gradients), size):
            function = self.function_of([], 1, "step", False)
            totals = StepTotals(function, self.views.parameters,
                                dict(gradients[place:place + size]))
            calls.append(self.bound(function, function.around(totals.body)))
        self._either(calls, lines(made, True))

    def _flush(self, run: list[int]) -> None:
        """Writes the call of a run of operations that C computes."""
        if run:
            call = self.call(run, 1, self.schedule.kinds[run[0]])
            if call:
                self.emitter.write(call)
            run.clear()

    def call(self, numbers: list[int], step: int, rows: str, loop: bool = False) -> str:
        """The call of the function that computes some operations; it is written and bound."""
        function = self.function_of(numbers, step, rows, loop)
        return self.bound(function, function.text())

    def function_of(self, numbers: list[int], step: int, rows: str, loop: bool) -> StepFunction:
        """The writer of a function."""
        values = StepValues(Grouping(self.schedule, self.views.storage, numbers),
                            StepMemory(self.views), self.prefix)
        return StepFunction(f"steps{len(self.functions)}", values, step, rows, loop)

    def bound(self, function: StepFunction, text: list[str]) -> str:
        """The call of a function that is written, bound to its arrays."""
        self.used |= function.values.used
        written = "\n".join(text).replace(f"void {function.name}(", "void (")
        name = self.alike.setdefault(_numbered(written), function.name)
        if name == function.name:  # layers of a deep model are computed by the same functions
            self.functions.append("\n".join(text))
        pointers = function.memory.pointers.values()
        if not pointers:  # indices alone, which are no values in memory
            return "pass"
        arrays = ", ".join(p.array for p in pointers)
        timed = "".join("01"[p.timed] for p in pointers)
        sizes = ", ".join(function.memory.sizes)
        return self.views.new(f"bind({name!r}, ({arrays},), {timed!r}, "
                              f"(T, B, {sizes}))") + "()"


def _numbered(text: str) -> str:
    """The text of a function with its values numbered as they occur."""
    numbers: dict[str, str] = {}
    return _NUMBER.sub(lambda m: numbers.setdefault(m.group(), str(len(numbers))), text)
