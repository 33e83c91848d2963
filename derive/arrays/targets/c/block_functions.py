"""The C function that computes a range of examples in one layout: loops over rows or tiles."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from derive.arrays.operations import Op
from derive.arrays.targets.c.loop_groups import REDUCTIONS, Grouping
from derive.arrays.targets.c.loop_nests import Nest
from derive.arrays.targets.c.loop_values import PREFIXES, REALS, CValues
from derive.arrays.targets.numpy.kernel_module import Argument, Design
from derive.core.kinds import Dimension

LANES = {"flat": 256, "lanes": 32, "rows": 1}


@dataclass
class CSignature:
    """The names of a C function's parameters."""

    arguments: Mapping[str, str]  # of the formula → in C
    sizes: Mapping[Dimension, str]
    results: Mapping[str, str]


def signature_of(design: Design, plan: str) -> CSignature:
    """The parameters of a plan."""
    taken = design.taken(plan)
    names = {a.name: a.safe if a.safe.isascii() else f"argument{n}" for n, a in enumerate(taken)}
    sizes = {dim: f"n_{name}" if name.isascii() else f"n_{n}"
             for n, (dim, name) in enumerate(design.sizes(plan).items())}
    return CSignature({n: f"p_{c}" for n, c in names.items()}, sizes,
                      {o: f"r_{o}" for o in design.plans[plan]})


def parameters(design: Design, plan: str, dtype: str) -> list[str]:
    """The parameters of a function, which are the same in all layouts."""
    real, signed = REALS[dtype], signature_of(design, plan)
    lines = ["ptrdiff_t n", *(f"ptrdiff_t {s}" for s in signed.sizes.values())]
    for argument in design.taken(plan):
        name = signed.arguments[argument.name]
        lines += [f"const {_element(argument, real)} *{name}", f"ptrdiff_t {name}_step"]
    lines += [f"const {real} *scale", "ptrdiff_t scale_step"]
    lines += [f"{real} *{name}" for name in signed.results.values()]
    return [*lines, "double *total", "unsigned char *flagged"]


def _element(argument: Argument, real: str) -> str:
    return "int64_t" if argument.integral else real


@dataclass
class BlockFunction:
    """Writes the function of one plan in one layout and dtype."""

    design: Design
    plan: str
    dtype: str
    layout: str
    arrays: list[tuple[str, str, str]] = field(default_factory=list)  # type, name, elements
    first: list[str] = field(default_factory=list)  # statements before the first tile

    def __post_init__(self) -> None:
        program = self.design.program
        self.signed = signature_of(self.design, self.plan)
        self.results = {o: self.design.results[o][0] for o in self.design.plans[self.plan]}
        self.order = program.needed(list(self.results.values()))
        kept = frozenset(self.results.values())
        batched, fixed = (Grouping(program, self.order, kept, b) for b in (True, False))
        self.guards = self.design.guards.get(self.plan, frozenset())
        inputs = {a: f"in_{c[2:]}" for a, c in self.signed.arguments.items()}
        self.values = CValues(program, batched, fixed, self.signed.sizes, inputs, self.dtype,
                              self.layout)
        self.scalars = CValues(program, batched, fixed, self.signed.sizes, inputs, "float64",
                               "rows")
        self.prefix, self.real = PREFIXES[self.dtype], REALS[self.dtype]

    @property
    def name(self) -> str:
        """The function's name."""
        return f"{self.plan}_{self.layout}_{self.prefix}"

    def lines(self) -> list[str]:
        """The text of the function."""
        fixed = self._fixed()
        inside = self._row() if self.layout == "rows" else self._tile()
        head = [f"static int {self.name}(", *_indented(parameters(self.design, self.plan,
                                                                  self.dtype))]
        if self.layout != "rows":
            head = [f"#define LANES {LANES[self.layout]}", *head]
        tail = ["#undef LANES"] if self.layout != "rows" else []
        body = [*self._scalars(), *self._memory(), f"{self.values.whole} flag_all = 0;", *fixed,
                "(void)flag_all, (void)flagged, (void)scale, (void)scale_step;", *inside,
                "free(memory);", "return 0;"]
        return [*head, "{", *(b if b.startswith("#") else f"    {b}" for b in body), "}", *tail, ""]

    # What is computed once

    def _scalars(self) -> list[str]:
        """The numbers that are one for the call, in float64."""
        lines = []
        for number in self.order:
            node = self.design.program.nodes[number]
            if node.op is Op.SIZE:
                lines.append(f"const double s{number} = (double){self.values.dim(node.detail[0])};")
            elif node.kind == "s":
                operands = [self.scalars.operand(o, (), node) for o in node.operands]
                lines.append(f"const double s{number} = {self.scalars.called(node, operands)};")
        return lines

    def _fixed(self) -> list[str]:
        """What does not vary with the examples."""
        values = self.values
        values.layout = "rows"
        lines: list[str] = []
        for group in values.fixed.groups:
            for number in group.nodes:
                node = values.program.nodes[number]
                if node.dims:
                    self._array(f"u{number}", node.dims, values.type_of(number), 1)
                self._own_memory(number, 1)
            lines += Nest(values, group, self.guards).lines()
        values.layout = self.layout
        return [line.replace("flag |=", "flag_all |=").replace("|:flag)", "|:flag_all)")
                for line in lines]

    # Memory

    def _array(self, name: str, dims: Sequence[Dimension], kind: str, lanes: int) -> None:
        size = self.values.size(dims)
        self.arrays.append((kind, name, f"({size}) * {lanes}"))

    def _own_memory(self, number: int, lanes: int) -> None:
        """The further arrays that an operation needs beside its result."""
        node = self.design.program.nodes[number]
        rows = lanes == 1
        rank = len(self.values.own(number).looped_dims(node))
        if node.op is Op.BELOW_MAX:
            rest = [*node.dims[:node.detail[0]], *node.dims[node.detail[0] + 1:]]
            if rest or not rows:
                self._array(f"d{number}", rest, self.real, lanes)
        if node.op in REDUCTIONS and not (rows and (
                node.op is Op.CONTRACT or node.detail[0] == rank - 1)):
            if node.op is Op.ARGMAX:
                self._array(f"m{number}", node.dims, self.real, lanes)
            elif any(n == number for n, _ in self.guards):
                self._array(f"c{number}", node.dims, self.real, lanes)

    def _memory(self) -> list[str]:
        """The memory of all arrays, and their places in it."""
        sizes = [f"padded((size_t)({count}) * sizeof({kind}))" for kind, _, count in self.arrays]
        total = " + ".join(sizes) or "0"
        lines = [f"const size_t bytes = {total};" if len(sizes) < 2 else
                 f"const size_t bytes = {sizes[0]}", *(f"    + {size}" for size in sizes[1:]),
                 *([";"] if len(sizes) > 1 else []), "_Alignas(64) char near[1 << 15];",
                 "char *memory = NULL, *at = near;",
                 "if (bytes > sizeof near) {",
                 "    memory = malloc(bytes + 64);",
                 "    if (!memory) return 1;",
                 "    at = (char *)(((uintptr_t)memory + 63) & ~(uintptr_t)63);",
                 "}"]
        for (kind, name, _), size in zip(self.arrays, sizes, strict=True):
            lines += [f"{kind} *const {name} = ({kind} *)at;", f"at += {size};"]
        return [*lines, "(void)at;"]

    # One row

    def _row(self) -> list[str]:
        values, program = self.values, self.design.program
        delivered = self._in_place()
        for number in values.batched.of:
            node = program.nodes[number]
            if node.dims and number in values.batched.stored and number not in delivered.values():
                self._array(f"b{number}", node.dims, values.type_of(number), 1)
            self._own_memory(number, 1)
        body = [f"const {self.real} weight = scale ? scale[row * scale_step] : 1;",
                f"{values.whole} flag = flag_all;"]
        for argument in self._used():
            name = self.signed.arguments[argument.name]
            body.append(f"const {_element(argument, self.real)} *const "
                        f"{values.inputs[argument.name]} = {name} + row * {name}_step;")
        for result, number in delivered.items():
            size = values.size(program.nodes[number].dims)
            body.append(f"{self.real} *const b{number} = {self.signed.results[result]} + "
                        f"row * ({size});")
        for group in values.batched.groups:
            body += Nest(values, group, self.guards).lines()
        for result, number in self.results.items():
            if result not in delivered:
                body += self._copied(result, number, "row")
        body += self._totals_of_rows()
        body += ["if (flagged) flagged[row] |= flag != 0;", "(void)weight;"]
        return [*self._total_start(), *_loop("row", "n", body), *self._total_end()]

    def _in_place(self) -> dict[str, int]:
        """The results that are computed where they belong: arrays, each by one name."""
        made: dict[str, int] = {}
        for result, number in self.results.items():
            node = self.design.program.nodes[number]
            if node.dims and number in self.values.batched.of and number not in made.values():
                made[result] = number
        return made

    def _copied(self, result: str, number: int, row: str) -> list[str]:
        """The statements that write a result of one row where it belongs."""
        values, dims = self.values, self.design.program.nodes[number].dims
        target, loops = self.signed.results[result], [f"i{n}" for n in range(len(dims))]
        place = values.place(dims, loops)
        index = f"{row} * ({values.size(dims)}) + {place}" if place else row
        reader = self.design.program.nodes[number]
        lines = [f"{target}[{index}] = ({self.real}){values.cast(number, loops, reader)};"]
        for loop, dim in reversed(list(zip(loops, dims, strict=True))):
            lines = _loop(loop, values.dim(dim), lines)
        return [f"if ({target}) {{", *_in(lines), "}"]

    def _totals_of_rows(self) -> list[str]:
        number = self.results.get("value")
        if number is None:
            return []
        text = self.values.cast(number, (), self.design.program.nodes[number])
        return [f"if (total) added(sum, (double){text});"]

    def _total_start(self) -> list[str]:
        return ["double sum[2] = {0, 0};"] if "value" in self.results else []

    def _total_end(self) -> list[str]:
        return ["if (total) *total = sum[0] + sum[1];"] if "value" in self.results else []

    def _used(self) -> list[Argument]:
        """The arguments that the results rest on."""
        nodes = (self.design.program.nodes[n] for n in self.order)
        names = {node.detail[0] for node in nodes if node.op is Op.INPUT}
        return [a for a in self.design.taken(self.plan) if a.name in names]

    # One tile

    def _tile(self) -> list[str]:
        values, program, flat = self.values, self.design.program, self.layout == "flat"
        lanes = LANES[self.layout]
        body = ["const int m = n - start < LANES ? (int)(n - start) : LANES;"]
        if flat:
            body.append("const int lanes = (m + 15) & ~15;")
        body += [line for argument in self._used() for line in self._gathered(argument)]
        body += self._weights()
        results = set(self.results.values())
        for number in values.batched.of:
            node = program.nodes[number]
            if number in values.batched.stored:
                name = f"own{number}" if flat and number in results else f"b{number}"
                self._array(name, node.dims, values.type_of(number), lanes)
            self._own_memory(number, lanes)
        if flat:
            body += self._targets()
        if self.guards:
            self.arrays.append((values.whole, "flags", str(lanes)))
            body += _loop("r", values.bound, ["flags[r] = flag_all;"], "int")
        for group in values.batched.groups:
            body += Nest(values, group, self.guards).lines()
        for result, number in self.results.items():
            body += self._delivered(result, number)
        if self.guards:
            body.append("if (flagged) for (int r = 0; r < m; r++) "
                        "flagged[start + r] |= flags[r] != 0;")
        return [*self._total_start(), *self._first_weights(), *self.first,
                *_loop("start", "n", body, step="LANES"),
                *self._total_end()]

    def _gathered(self, argument: Argument) -> list[str]:
        """The examples of a tile of one argument, side by side."""
        values, name = self.values, self.signed.arguments[argument.name]
        own, dims = values.inputs[argument.name], argument.kind.shape
        kind = values.whole if argument.integral else self.real
        what = "labels" if argument.integral else "columns"
        into = own if dims else f"{own}_lanes"
        self._array(into, dims, kind, LANES[self.layout])
        size = values.size(dims)

        def moved(at: str, m: str) -> str:
            return f"{self.prefix}_{what}({name}{at}, {name}_step, {size}, {m}, LANES, {into});"

        here = moved(f" + start * {name}_step", "m")
        self.first.append(f"if (!{name}_step) {moved('', 'LANES')}")
        if dims:
            return [f"if ({name}_step) {here}"]
        if argument.integral:
            return [f"if ({name}_step) {here}", f"const {kind} *const {own} = {into};"]
        return [f"const {kind} *{own} = {into};",
                f"if ({name}_step == 1 && m == LANES) {own} = {name} + start;",
                f"else if ({name}_step) {here}"]

    def _weighted(self) -> bool:
        nodes = self.design.program.nodes
        return any(nodes[n].op is Op.SCALE for n in self.order)

    def _weights(self) -> list[str]:
        """The weights of a tile; what is one for all was laid out before the first."""
        if not self._weighted():
            return []
        return [f"const {self.real} *weight = weight_lanes;",
                "if (scale && scale_step == 1 && m == LANES) weight = scale + start;",
                f"else if (scale && scale_step) {self.prefix}_columns(scale + start * scale_step, "
                "scale_step, 1, m, LANES, weight_lanes);"]

    def _first_weights(self) -> list[str]:
        if not self._weighted():
            return []
        self.arrays.append((self.real, "weight_lanes", str(LANES[self.layout])))
        return ["for (int r = 0; r < LANES; r++) weight_lanes[r] = scale ? scale[0] : 1;"]

    def _targets(self) -> list[str]:
        """Where results of a tile without axes are computed: where they belong, if they fill it."""
        lines, seen = [], set()
        for result, number in self.results.items():
            if number in self.values.batched.of and number not in seen:
                target = self.signed.results[result]
                lines.append(f"{self.real} *const b{number} = {target} && m == LANES ? "
                             f"{target} + start : own{number};")
                seen.add(number)
        return lines

    def _delivered(self, result: str, number: int) -> list[str]:
        """The statements that write a tile of a result where it belongs."""
        values, node = self.values, self.design.program.nodes[number]
        target, dims = self.signed.results[result], node.dims
        lines: list[str] = []
        if number not in values.batched.of or node.kind != "f":
            lines = _loop("r", "m", self._copied(result, number, "(start + r)"), "int")
        elif dims:
            size = values.size(dims)
            lines = [f"{self.prefix}_rows(b{number}, {size}, m, LANES, {target} + "
                     f"start * ({size}));"]
        else:
            lines = [f"if ({target} && b{number} != {target} + start) "
                     f"memcpy({target} + start, b{number}, (size_t)m * sizeof({self.real}));"]
        if result == "value":
            text = values.cast(number, (), node)
            stored = number in values.batched.of and not dims
            if stored:
                lines.append(f"if (total) added(sum, {self.prefix}_sum(b{number}, m));")
            else:
                lines.append(f"if (total) for (int r = 0; r < m; r++) added(sum, (double){text});")
        return lines


def _indented(taken: Sequence[str]) -> list[str]:
    """Parameters, one a line."""
    return [f"    {p}{')' if n == len(taken) else ','}" for n, p in enumerate(taken, 1)]


def _in(lines: Iterable[str]) -> list[str]:
    return [line if line.startswith("#") else f"    {line}" for line in lines]


def _loop(name: str, bound: str, body: Sequence[str], kind: str = "ptrdiff_t", before: str = "",
          step: str = "") -> list[str]:
    forward = f"{name} += {step}" if step else f"{name}++"
    return [f"{before}for ({kind} {name} = 0; {name} < {bound}; {forward}) {{", *_in(body), "}"]
