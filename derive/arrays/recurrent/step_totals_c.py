"""Sums over all steps and sequences in C, for batches that are small; NumPy's for others."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from derive.arrays.operations import Op
from derive.arrays.program import Node
from derive.arrays.recurrent.stacks import sides as sides_of
from derive.arrays.recurrent.step_function_c import StepFunction
from derive.arrays.recurrent.step_memory_c import Pointer
from derive.arrays.recurrent.views import Parameter


class StepTotals:
    """Writes the gradients of all parameters as the body of one function."""

    def __init__(self, function: StepFunction, parameters: dict[str, Parameter],
                 gradients: dict[str, list[int]]) -> None:
        self.function, self.parameters, self.gradients = function, parameters, gradients
        self.memory, self.nodes = function.memory, function.nodes
        self.kinds = function.grouping.schedule.kinds

    def body(self) -> None:
        """One parameter after the other, all terms of each."""
        for name, numbers in self.gradients.items():
            mine = self.parameters[name]
            out, _ = self.memory.of_parameter(name, "slopes")
            outer = [n for n in numbers if self.nodes[n].op is Op.OUTER]
            others = [n for n in numbers if n not in outer]
            if others or not numbers:
                self.write(f"for (int64_t k = 0; k < {self.memory.size(out.dims)}; k++) "
                           f"{out.name}[k] = 0;")
            for number in others:
                self._summed(self.nodes[number], out, mine)
            for turn, number in enumerate(outer):
                self._outer(self.nodes[number], out, mine, bool(others or turn))

    def write(self, line: str) -> None:
        self.function.write(line)

    def _rows(self, sources: Sequence[int], written: Callable[[], None]) -> None:
        """What is done for each step and sequence along which some values vary."""
        kinds = {self.kinds[n] for n in sources}
        times = "T" if "step" in kinds else "1"
        rows = "B" if kinds & {"step", "sequence"} else "1"
        function = self.function
        with function.block(f"for (int64_t t = 0; t < {times}; t++)"), \
                function.block(f"for (int64_t b = 0; b < {rows}; b++)"):
            function.with_rows(written)

    def _summed(self, node: Node, out: Pointer, mine: Parameter) -> None:
        """Adds a sum of values, each to its own place or to that of a label."""
        value = node.sources[-1]
        once = " * (real)B" if {self.kinds[n] for n in node.sources} == {"parameter"} else ""

        def written() -> None:
            function, memory = self.function, self.memory
            rest = self.nodes[value].dims
            loops = [f"k{n}" for n in range(len(rest))]
            at = list(loops)
            if node.op is Op.SCATTER:
                at.insert(node.detail[0], f"({function.values.index(node.operands[0], [])})")
            for loop, dim in zip(loops, rest, strict=True):
                self.write(f"for (int64_t {loop} = 0; {loop} < {memory.dim(dim)}; {loop}++)")
                function.depth += 1
            place = memory.place(out.dims, [at[n] for n in mine.order])
            self.write(f"{out.name}[{place}] += {function.values.value(value, loops)}{once};")
            function.depth -= len(loops)

        self._rows(node.sources, written)

    def _each(self, number: int, written: Callable[[str, str], str]) -> None:
        """What is done with each element of a value, at its place."""
        dims = self.nodes[number].dims
        loops = [f"k{n}" for n in range(len(dims))]
        heads = "".join(f"for (int64_t {loop} = 0; {loop} < {self.memory.dim(dim)}; {loop}++) "
                        for loop, dim in zip(loops, dims, strict=True))
        self.write(heads + written(self.memory.place(dims, loops),
                                   self.function.values.value(number, loops)))

    def _outer(self, node: Node, out: Pointer, mine: Parameter, add: bool) -> None:
        """The sum of outer products: one of matrices, whose rows are steps and sequences."""
        kinds = {self.kinds[n] for n in node.sources}
        count = "T * B" if "step" in kinds else "B" if "sequence" in kinds else "1"
        rows, columns = (f"({self.memory.size(dims)})" for dims in mine.stored)
        # Large batches are NumPy's, and need none of this.
        panels = self.memory.scratch(("panels", columns),
                                     f"panels(N if few else 0, {columns}, real)")
        with self.function.block(""):
            self.write(f"const int64_t count = {count};")
            sides = zip(("left", "right"), sides_of(node, mine.axes), (rows, columns), strict=True)
            copies = [self._matrix(side, number, width, kinds) for side, number, width in sides]
            for copied, written in copies:
                with self.function.block(f"if ({copied})"):
                    self._rows(node.sources, written)
            if kinds == {"parameter"}:
                self.write(f"for (int64_t k = 0; k < {rows}; k++) left_copy[k] *= (real)B;")
            self.write(f"pack({panels.name}, right, count, {columns}, right_step, 1);")
            self.write(f"by_panels({out.name}, left, 1, left_step, {panels.name}, {rows}, count, "
                       f"{columns}, {int(add)});")

    def _matrix(self, side: str, number: int, width: str, kinds: set[str],
                ) -> tuple[str, Callable[[], None]]:
        """The rows of a value as a matrix: where they lie, or copied; when, and by what."""
        memory = self.memory
        copy = memory.scratch((side, width), f"np.empty(N * {width} if few else 0, real)")
        source = memory.of_value(number, self.nodes[number])
        self.write(f"real *const {side}_copy = {copy.name};")
        if source.timed and source.rows and kinds == {"step"}:
            step = f"step_{source.name}"
            self.write(f"const int {side}_apart = B > 1 && {step} != B * {width};")
            self.write(f"const real *const {side} = {side}_apart ? {copy.name} : {source.name};")
            self.write(f"const int64_t {side}_step = B > 1 ? {width} : {step};")
            copied = f"{side}_apart"
        else:
            self.write(f"const real *const {side} = {copy.name};")
            self.write(f"const int64_t {side}_step = {width};")
            copied = "1"

        def written() -> None:
            self._each(number, lambda k, value: (
                f"{side}_copy[(t * B + b) * {width} + {k}] = {value};"))

        return copied, written
