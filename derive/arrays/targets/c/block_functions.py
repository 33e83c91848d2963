"""The C function that computes a range of examples in one layout: loops over rows or tiles."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from derive.arrays.operations import Op
from derive.arrays.targets.c.loop_groups import CONTRACTIONS, REDUCTIONS, Grouping
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
        lines += [f"const {element_type(argument, real)} *{name}", f"ptrdiff_t {name}_step"]
    lines += [f"const {real} *scale", "ptrdiff_t scale_step"]
    lines += [f"{real} *{name}" for name in signed.results.values()]
    return [*lines, "double *total", "unsigned char *flagged"]


def element_type(argument: Argument, real: str) -> str:
    """The type of an argument's elements."""
    return "int64_t" if argument.integral else real


@dataclass
class BlockFunction:
    """Writes the function of one plan in one layout and dtype; each layout has its own loop."""

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
        inside = self.examples()
        head = [f"static int {self.name}(", *on_lines(parameters(self.design, self.plan,
                                                                  self.dtype))]
        if self.layout != "rows":
            head = [f"#define LANES {LANES[self.layout]}", *head]
        tail = ["#undef LANES"] if self.layout != "rows" else []
        body = [*self._scalars(), *self._memory(), f"{self.values.integer} flag_all = 0;", *fixed,
                "(void)flag_all, (void)flagged, (void)scale, (void)scale_step, (void)total;",
                *inside, "free(memory);", "return 0;"]
        return [*head, "{", *(b if b.startswith("#") else f"    {b}" for b in body), "}", *tail, ""]

    def examples(self) -> list[str]:
        """The loop over all examples."""
        raise NotImplementedError

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
                    self.array(f"u{number}", node.dims, values.type_of(number), 1)
                self.own_memory(number, 1)
            lines += Nest(values, group, self.guards).lines()
        values.layout = self.layout
        return [line.replace("flag |=", "flag_all |=").replace("|:flag)", "|:flag_all)")
                for line in lines]

    # Memory

    def array(self, name: str, dims: Sequence[Dimension], kind: str, lanes: int) -> None:
        size = self.values.size(dims)
        self.arrays.append((kind, name, f"({size}) * {lanes}"))

    def own_memory(self, number: int, lanes: int) -> None:
        """The further arrays that an operation needs beside its result."""
        node = self.design.program.nodes[number]
        rows = lanes == 1
        rank = len(self.values.own(number).looped_dims(node))
        if node.op is Op.BELOW_MAX:
            rest = [*node.dims[:node.detail[0]], *node.dims[node.detail[0] + 1:]]
            if rest or not rows:
                self.array(f"d{number}", rest, self.real, lanes)
        if node.op in REDUCTIONS and not (rows and (
                node.op in CONTRACTIONS or node.detail[0] == rank - 1)):
            if node.op is Op.ARGMAX:
                self.array(f"m{number}", node.dims, self.real, lanes)
            elif any(n == number for n, _ in self.guards):
                self.array(f"c{number}", node.dims, self.real, lanes)

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

    def copied(self, result: str, number: int, row: str) -> list[str]:
        """The statements that write a result of one row where it belongs."""
        values, dims = self.values, self.design.program.nodes[number].dims
        target, loops = self.signed.results[result], [f"i{n}" for n in range(len(dims))]
        place = values.place(dims, loops)
        index = f"{row} * ({values.size(dims)}) + {place}" if place else row
        reader = self.design.program.nodes[number]
        lines = [f"{target}[{index}] = ({self.real}){values.cast(number, loops, reader)};"]
        for loop, dim in reversed(list(zip(loops, dims, strict=True))):
            lines = loop_of(loop, values.dim(dim), lines)
        return [f"if ({target}) {{", *indented(lines), "}"]

    def total_start(self) -> list[str]:
        return ["double sum[2] = {0, 0};"] if "value" in self.results else []

    def total_end(self) -> list[str]:
        return ["if (total) *total = sum[0] + sum[1];"] if "value" in self.results else []

    def used(self) -> list[Argument]:
        """The arguments that the results rest on."""
        nodes = (self.design.program.nodes[n] for n in self.order)
        names = {node.detail[0] for node in nodes if node.op is Op.INPUT}
        return [a for a in self.design.taken(self.plan) if a.name in names]


def on_lines(taken: Sequence[str]) -> list[str]:
    """Parameters, one a line."""
    return [f"    {p}{')' if n == len(taken) else ','}" for n, p in enumerate(taken, 1)]


def indented(lines: Iterable[str]) -> list[str]:
    """Statements inside of a block; pragmas stand in front."""
    return [line if line.startswith("#") else f"    {line}" for line in lines]


def loop_of(name: str, bound: str, body: Sequence[str], kind: str = "ptrdiff_t", before: str = "",
          step: str = "") -> list[str]:
    """Statements in a loop."""
    forward = f"{name} += {step}" if step else f"{name}++"
    return [f"{before}for ({kind} {name} = 0; {name} < {bound}; {forward}) {{", *indented(body),
            "}"]
