"""A run of a step's operations as one function of C: over steps, over sequences, along axes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from derive.arrays.operations import Op
from derive.arrays.program import Node
from derive.arrays.recurrent.step_groups_c import REDUCTIONS, Group, Part
from derive.arrays.recurrent.step_memory_c import TYPES
from derive.arrays.recurrent.step_values_c import StepValues
from derive.arrays.targets.c.c_operations import CLAUSES, EXTREMA, STARTS, stepped
from derive.core.kinds import Dimension

_ROW = re.compile(r"\bq\d+\b")
_NESTED = REDUCTIONS | {Op.CONTRACT}


@dataclass
class StepFunction:
    """Writes one function.

    `step` is 1 or -1 for steps forwards or backwards in time; `rows` says along what its values
    vary (step, sequence, parameter). In a `loop` a step waits for another. `packed` is what packs
    a parameter, by its memory.
    """

    name: str
    values: StepValues
    step: int
    rows: str
    loop: bool = False
    packed: dict[str, str] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)
    depth: int = 1

    def __post_init__(self) -> None:
        self.grouping, self.memory = self.values.grouping, self.values.memory
        self.nodes = self.grouping.nodes

    # Text

    def text(self) -> list[str]:
        """The lines of the function; its pointers are known when it is written."""
        return self.around(self.all_steps if self._at_once else self._body)

    def around(self, body: Callable[[], object]) -> list[str]:
        """The lines of a function with a body."""
        body()
        sizes = ["T", "B", *self.memory.sizes]
        head = [f"int64_t {name} = n[{place}];" for place, name in enumerate(sizes)]
        for place, pointer in enumerate(self.memory.pointers.values()):
            head.append(f"{TYPES[pointer.kind]} *const {pointer.name} = a[{place}];")
            if pointer.timed:
                head.append(f"const int64_t step_{pointer.name} = n[{len(sizes) + place}];")
        head += [f"(void){name};" for name in sizes]
        return [f"void {self.name}(void *const *a, const int64_t *n)", "{",
                *(f"    {line}" for line in (*head, *self.packed.values())), *self.lines, "}", ""]

    @property
    def _at_once(self) -> bool:
        """Whether it is one product that no step waits for."""
        parts = self.grouping.parts
        return self.rows == "step" and not self.loop and len(parts) == 1 and \
            parts[0].product is not None

    def all_steps(self) -> None:
        """A product for all steps at once, where the rows of one step follow those of another."""
        number = self.grouping.parts[0].product
        assert number is not None
        node = self.nodes[number]
        pointers = [self.memory.of_value(n, self.nodes[n]) for n in (number, *node.sources[1::2])]
        joined = [f"step_{p.name} == B * ({self.memory.size(p.dims)})" for p in pointers
                  if p.timed and p.rows]
        with self.block(f"if ({' && '.join(joined)})"):
            self.write("const int64_t t = 0;")
            self._product(number, "T * B" if len(joined) == len(pointers) else "B")
        with self.block("else for (int64_t t = 0; t < T; t++)"):
            self._product(number, "B")

    def _body(self) -> None:
        times = "int64_t t = 0; t < T; t++" if self.step > 0 else \
            "int64_t t = T - 1; t >= 0; t--"
        if self.rows == "step":
            with self.block(f"for ({times})"):
                self._parts()
        else:
            self._parts()

    def _parts(self) -> None:
        for part in self.grouping.parts:
            if part.product is not None:
                self._product(part.product, "B" if self.rows != "parameter" else "1")
            else:
                self._rows(part)

    def write(self, line: str) -> None:
        """Adds a line."""
        self.lines.append("    " * self.depth + line)

    @contextmanager
    def block(self, head: str) -> Iterator[None]:
        """What is written meanwhile stands in a block."""
        self.write(head + " {")
        self.depth += 1
        yield
        self.depth -= 1
        self.write("}")

    # Products

    def _product(self, number: int, rows: str) -> None:
        """The sum of products of parameters and vectors, for so many rows from those of t on."""
        node, memory = self.nodes[number], self.memory
        out, _ = memory.step(number)
        for turn, axes in enumerate(node.detail):
            matrix, vector = node.sources[2 * turn], node.sources[2 * turn + 1]
            packed, inner, columns = self._packed(matrix, axes, node.dims)
            left, step = memory.step(vector)
            self.write(f"multiplied({out}, {left}, {step}, {packed}, {rows}, {inner}, {columns}, "
                       f"{int(turn > 0)});")

    def _packed(self, matrix: int, axes: tuple[int, ...], dims: Sequence[Dimension],
                ) -> tuple[str, str, str]:
        """The packed form of a parameter, made once a call, and its lengths."""
        memory = self.memory
        pointer, mine = memory.of_parameter(self.nodes[matrix].detail[0])
        inner, columns = memory.size([mine.dims[n] for n in axes]), memory.size(dims)
        row_step, column_step = (columns, "1") if mine.axes[0] == axes else ("1", inner)
        if len(mine.dims) == 1:
            row_step = column_step = "1"
        to = memory.scratch((matrix, axes), f"panels({inner}, {columns}, real)")
        self.packed.setdefault(to.name, f"pack({to.name}, {pointer.name}, {inner}, {columns}, "
                                        f"{row_step}, {column_step});")
        return to.name, inner, columns

    # Rows

    def _rows(self, part: Part) -> None:
        """The operations of one sequence after the other."""
        if self.rows != "parameter":
            with self.block("for (int64_t b = 0; b < B; b++)"):
                self._row(part)
        else:
            with self.block(""):
                self._row(part)

    def _row(self, part: Part) -> None:
        self.values.local = set()

        def written() -> None:
            for group in part.groups:
                self._group(group)

        self.with_rows(written)

    def with_rows(self, written: Callable[[], object]) -> None:
        """What is written, after the rows that it reads and writes."""
        before, self.lines = self.lines, []
        written()
        made, self.lines = self.lines, before
        names = set(_ROW.findall("\n".join(made)))
        for pointer in self.memory.pointers.values():
            row = self.memory.row(pointer)
            if row != pointer.name and row in names:
                self.write(self.memory.row_text(pointer))
        self.lines += made

    def _group(self, group: Group) -> None:
        nodes = [n for n in group.nodes if not self._silent(n)]
        reduced = [n for n in nodes if self.grouping.in_loop(self.nodes[n])]
        for n in reduced:
            self._start(n)
        inner = set(self.values.local)
        self._nest(group.dims, nodes, reduced)
        self.values.local = inner | set(reduced) | (set(nodes) if not group.dims else set())
        for n in reduced:
            self._end(n)

    def _nest(self, dims: Sequence[Dimension], nodes: Sequence[int], reduced: Sequence[int],
              ) -> None:
        """The loops over the axes of a group, and its operations inside."""
        if not nodes:
            return
        self.values.loops = tuple(f"k{n}" for n in range(len(dims)))
        opened = 0
        nested = any(self.nodes[n].op in _NESTED and (
            self.nodes[n].dims or self.nodes[n].op is Op.ARGMAX) for n in nodes)
        length = self.memory.views.dim if nested else self.memory.dim
        for loop, dim in zip(self.values.loops, dims, strict=True):
            if loop == self.values.loops[-1] and not nested:
                signs = "".join(f" reduction({CLAUSES[self.nodes[n].op]}:t{n})" for n in reduced)
                signs += "".join(f" reduction(|:nan_t{n})" for n in reduced
                                 if self.nodes[n].op in EXTREMA)
                self.write(f"#pragma omp simd{signs}")
            self.write(f"for (int64_t {loop} = 0; {loop} < {length(dim)}; {loop}++) {{")
            self.depth += 1
            opened += 1
        for n in nodes:
            self._node(n)
        for _ in range(opened):
            self.depth -= 1
            self.write("}")
        self.values.loops = ()

    def _silent(self, number: int) -> bool:
        """Whether a node is written where it is read."""
        node = self.nodes[number]
        return node.op in (Op.INPUT, Op.SIZE, Op.IOTA) or node.kind == "s" or node.view

    def _node(self, number: int) -> None:
        node = self.nodes[number]
        if node.op is Op.CONTRACT:
            self._contract(number, node)
            return
        if node.op in REDUCTIONS and node.dims:
            self._reduced(number, node)
            return
        value = self.values.operation(number, node)
        if node.op in REDUCTIONS:
            self._step(number, value)
            return
        kind = {"f": "real", "i": "int64_t", "b": "int"}[node.kind]
        self.write(f"const {kind} t{number} = {value};")
        self.values.local.add(number)
        self._store(number)

    def _contract(self, number: int, node: Node) -> None:
        """Sums of products along axes, in loops of their own."""
        *words, out = node.detail
        where = dict(zip(out, self.values.loops, strict=True))
        lengths = {letter: dim for word, o in zip(words, node.operands, strict=True)
                   for letter, dim in zip(word, self.nodes[o.source].dims, strict=True)}
        inner = [letter for letter in lengths if letter not in out]
        self.write(f"real t{number} = 0;")
        for letter in inner:
            if letter == inner[-1] and all(w.endswith(letter) for w in words if letter in w):
                self.write(f"#pragma omp simd reduction(+:t{number})")
            where[letter] = f"c{letter}"
            self.write(f"for (int64_t c{letter} = 0; c{letter} < "
                       f"{self.memory.views.dim(lengths[letter])}; c{letter}++)")
            self.depth += 1
        factors = [self.values.value(o.source, [where[letter] for letter in word])
                   for word, o in zip(words, node.operands, strict=True)]
        self.write(f"t{number} += {' * '.join(factors)};")
        self.depth -= len(inner)
        self.values.local.add(number)
        self._store(number)

    def _reduced(self, number: int, node: Node) -> None:
        """A reduction along one of several axes, in a loop of its own."""
        axis, outer = node.detail[0], self.values.loops
        self.values.loops = (*outer[:axis], "c", *outer[axis:])
        dim = self.memory.dim(self.nodes[node.operands[0].source].dims[axis])
        self._start(number)
        with self.block(f"for (int64_t c = 0; c < {dim}; c++)"):
            self._step(number, self.values.operation(number, node))
        self.values.loops = outer
        self.values.local.add(number)
        self._end(number)

    def _start(self, number: int) -> None:
        """The variables of a reduction."""
        if self.nodes[number].op is Op.ARGMAX:
            self.write(f"int64_t t{number} = 0;")
            self.write(f"real most{number} = -INFINITY;")
            return
        self.write(f"real t{number} = {STARTS[self.nodes[number].op]};")
        if self.nodes[number].op in EXTREMA:
            self.write(f"int nan_t{number} = 0;")

    def _step(self, number: int, term: str) -> None:
        """One more term of a reduction."""
        self.write(f"const real x{number} = {term};")
        if self.nodes[number].op is Op.ARGMAX:
            axis = self.nodes[number].detail[0]
            self.write(f"if (x{number} > most{number}) {{ most{number} = x{number}; "
                       f"t{number} = {self.values.loops[axis]}; }}")
            return
        for line in stepped(self.nodes[number].op, f"t{number}", f"x{number}", f"nan_t{number}"):
            self.write(line)

    def _end(self, number: int) -> None:
        """The result of a reduction."""
        if self.nodes[number].op in EXTREMA:
            self.write(f"if (nan_t{number}) t{number} = NAN;")
        self._store(number)

    def _store(self, number: int) -> None:
        """Puts a value into memory, where it is read elsewhere."""
        if self.grouping.stored(number):
            cast = "(uint8_t)" if self.nodes[number].kind == "b" else ""
            self.write(f"{self.values.place(number, self.values.loops)} = {cast}t{number};")
