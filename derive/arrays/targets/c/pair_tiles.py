"""Tiles of examples in pairs of doubles with bounds of their error: where their values lie in C."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from derive.arrays.program import Node, Operand
from derive.arrays.targets.c.block_functions import signature_of
from derive.arrays.targets.c.element_places import ElementPlaces
from derive.arrays.targets.numpy.kernel_module import Design
from derive.core.kinds import Dimension
from derive.errors import KernelError
from derive.judge.precision import mp, mpf

LANES = 32
# The bound that a result may have, of its size. Bounds are larger than errors by a factor of some
# 50, so that the first keeps 1024 ULP. What cancels more deeply, of functions that wide numbers
# have to as many bits, those know no better, unless nothing at all is left of it.
KNOWN, DEEPLY_KNOWN = "0x1p-38", "0x1p-3"


def number_pair(value: object) -> str:
    """An exact number. Raises KernelError for one that is too large."""
    if isinstance(value, float):
        return f"pair_of({'-' if value < 0 else ''}INFINITY)"
    with mp.workdps(80):
        exact = mpf(str(value.evalf(80)))  # type: ignore[attr-defined]
        sign = -1 if exact < 0 else 1
        rest = Fraction(int(value.p), int(value.q)) if value.is_Rational else (  # type: ignore[attr-defined]
            sign * int(exact.man) * Fraction(2) ** int(exact.exp))
    try:
        high = float(rest)
    except OverflowError:
        raise KernelError("a number in the formula is beyond those of float64") from None
    low = float(rest - Fraction(high))
    lost = float(abs(rest - Fraction(high) - Fraction(low)))
    return f"((pair){{{high!r}, {low!r}, {2*lost!r}}})"


@dataclass
class PairTiles(ElementPlaces):
    """Where the values of one plan lie, for the results that are computed again."""

    design: Design
    plan: str
    special: set[int] = field(default_factory=set)  # nodes of functions not built of exp and log
    loops: tuple[str, ...] = ()
    body: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        design = self.design
        self.program, self.signed = design.program, signature_of(design, self.plan)
        self.sizes = self.signed.sizes
        self.results = {o: design.results[o][0] for o in design.results_again(self.plan)}
        self.order = self.program.needed(list(self.results.values()))

    def lines(self) -> list[str]:
        """The text of the function."""
        taken = self.design.taken(self.plan)
        names = [(self.signed.arguments[a.name], "int64_t" if a.integral else "double")
                 for a in taken]
        parameters = ["ptrdiff_t n", *(f"ptrdiff_t {s}" for s in self.sizes.values()),
                      *(f"const {kind} *{name}" for name, kind in names),
                      *(f"double *{self.signed.results[o]}" for o in self.results),
                      "unsigned char *known"]
        for number in self.order:
            self.write(number, self.program.nodes[number])
        body = [*self.body, *self.delivered()]
        memory, places = self.memory()
        return [f"int {self.plan}_pairs({', '.join(parameters)})", "{",
                *(f"    {line}" for line in memory),
                *(f"    (void){name};" for name, _ in names),
                f"    for (ptrdiff_t start = 0; start < n; start += {LANES}) {{",
                f"        const int m = n - start < {LANES} ? (int)(n - start) : {LANES};",
                *(f"        {line}" for line in places),
                f"        int64_t odd[{LANES}] = {{0}};",
                *(line if line.startswith("#") else f"        {line}" for line in body),
                "    }", "    free(memory);", "    return 0;", "}"]

    def memory(self) -> tuple[list[str], list[str]]:
        """Statements that find memory for all values: each in the place of one that is not read."""
        last = self.program.last_uses(self.order, set(self.results.values()))
        free: dict[str, list[int]] = {}
        slots: list[str] = []
        of: dict[int, int] = {}
        for place, number in enumerate(self.order):
            node = self.program.nodes[number]
            size = f"({self.size(node.dims)}) * {LANES if self.integral(node) else 3 * LANES}"
            if not free.get(size):
                slots.append(size)
                free.setdefault(size, []).append(len(slots) - 1)
            of[number] = free[size].pop()
            for other in self.order[:place]:
                if last[other] == place and other in of and other != number:
                    free.setdefault(slots[of[other]], []).append(of[other])
        total = " + ".join(f"({size})" for size in slots)
        lines = [f"double *const memory = malloc((size_t)({total}) * sizeof(double));",
                 "if (!memory) return 1;", "double *at = memory;"]
        for n, size in enumerate(slots):
            lines += [f"double *const slot{n} = at;", f"at += {size};"]
        places = [f"{self.kind(n)} *const v{n} = ({self.kind(n)} *)slot{slot};"
                  for n, slot in of.items()]
        return [*lines, "(void)at;"], places

    # Texts

    def integral(self, node: Node) -> bool:
        """Whether a value is integers or conditions."""
        return node.kind in "ib"

    def kind(self, number: int) -> str:
        """The type of a value's parts."""
        return "int64_t" if self.integral(self.program.nodes[number]) else "double"

    def tile_place(self, dims: Sequence[Dimension], at: Sequence[str]) -> str:
        """The place of an element of the example r in an array for a tile."""
        place = self.place(dims, at)
        return f"({place}) * {LANES} + r" if place else "r"

    def element(self, number: int, at: Sequence[str]) -> str:
        """An element of a value: a pair, or an integer."""
        node = self.program.nodes[number]
        place = self.tile_place(node.dims, at)
        if self.integral(node):
            return f"v{number}[{place}]"
        step = f"({self.size(node.dims)}) * {LANES}"
        return (f"((pair){{v{number}[{place}], v{number}[{place} + {step}], "
                f"v{number}[{place} + 2 * {step}]}})")

    def operand(self, operand: Operand, at: Sequence[str], integral: bool = False) -> str:
        """An operand at some places of its reader's axes."""
        if operand.number:
            return str(int(operand.source)) if integral else number_pair(operand.source)
        axes = {axis: at[loop] for loop, axis in enumerate(operand.axes) if axis is not None}
        text = self.element(operand.source, [axes[n] for n in range(len(axes))])
        own = self.integral(self.program.nodes[operand.source])
        return f"pair_of((double){text})" if own and not integral else text

    def stored(self, number: int, text: str, at: Sequence[str] | None = None) -> list[str]:
        """The statements that keep a value."""
        node = self.program.nodes[number]
        place = self.tile_place(node.dims, self.loops if at is None else at)
        if self.integral(node):
            return [f"v{number}[{place}] = {text};"]
        step = f"({self.size(node.dims)}) * {LANES}"
        return [f"const pair x = {text};", f"v{number}[{place}] = x.h;",
                f"v{number}[{place} + {step}] = x.l;", f"v{number}[{place} + 2 * {step}] = x.e;"]

    def looped(self, dims: Sequence[Dimension], statements: Sequence[str]) -> None:
        """Adds statements for all examples of a tile at all places of some axes."""
        inner = ["#pragma omp simd", f"for (int r = 0; r < {LANES}; r++) {{", *statements, "}"]
        heads = [f"for (ptrdiff_t i{n} = 0; i{n} < {self.dim(d)}; i{n}++) {{"
                 for n, d in enumerate(dims)]
        self.body += [*heads, *inner, *["}"] * len(heads)]

    def write(self, number: int, node: Node) -> None:
        """Adds the statements of a node. Raises KernelError where it has none."""
        raise NotImplementedError

    def gathered(self, number: int, node: Node) -> None:
        """An argument: the examples of a tile side by side; the last is repeated."""
        size, step = self.size(node.dims), f"({self.size(node.dims)}) * {LANES}"
        name = self.signed.arguments[node.detail[0]]
        lines = ["const double x = row[k];" if not self.integral(node) else
                 "const int64_t x = row[k];", f"v{number}[k * {LANES} + r] = x;"]
        if not self.integral(node):
            lines += [f"v{number}[k * {LANES} + r + {step}] = 0.0;",
                      f"v{number}[k * {LANES} + r + 2 * {step}] = 0.0;"]
        kind = "int64_t" if self.integral(node) else "double"
        self.body += [f"for (int r = 0; r < {LANES}; r++) {{",
                      f"    const {kind} *const row = {name} + (start + (r < m ? r : m - 1)) * "
                      f"({size});", f"    for (ptrdiff_t k = 0; k < {size}; k++) {{",
                      *(f"        {line}" for line in lines), "    }", "}"]

    def delivered(self) -> list[str]:
        """The statements that round results, and tell which are known."""
        self.body = []
        for result, number in self.results.items():
            node = self.program.nodes[number]
            deep = self.special.isdisjoint(self.program.needed([number]))
            share = DEEPLY_KNOWN if deep else KNOWN
            self.loops = tuple(f"i{n}" for n in range(len(node.dims)))
            text = self.operand(Operand(number, tuple(range(len(node.dims)))), self.loops)
            self.looped(node.dims, [f"odd[r] |= !pair_known({text}, {share});"])
            row = f"(start + r) * ({self.size(node.dims)})"
            index = f"{row} + ({self.place(node.dims, self.loops)})" if node.dims else row
            heads = [f"for (ptrdiff_t {i} = 0; {i} < {self.dim(d)}; {i}++) {{"
                     for i, d in zip(self.loops, node.dims, strict=True)]
            self.body += [*heads, "for (int r = 0; r < m; r++) {",
                          f"{self.signed.results[result]}[{index}] = {text}.h;",
                          "}", *["}"] * len(heads)]
        return [*self.body, "for (int r = 0; r < m; r++) known[start + r] = !odd[r];"]
