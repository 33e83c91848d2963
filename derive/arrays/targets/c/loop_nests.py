"""A group of operations as a nest of loops in C: statements, reductions, and what is watched."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from derive.arrays.operations import Op
from derive.arrays.program import Node
from derive.arrays.targets.c.c_operations import (
    CLAUSES,
    EXTREMA,
    LIMIT_PRODUCT,
    STARTS,
    STEPS,
    chosen,
    stepped,
)
from derive.arrays.targets.c.guard_writers import CANCELLING, watched
from derive.arrays.targets.c.loop_groups import CONTRACTIONS, REDUCTIONS, Group
from derive.arrays.targets.c.loop_values import CValues
from derive.arrays.targets.c.loop_writers import WRITERS, at_label, elementwise
from derive.arrays.targets.numpy.block_emission import Guard

SUMS = frozenset({Op.SUM, *CONTRACTIONS})
BLOCK = 256  # terms that are added up in floats before their sum is added in float64


@dataclass
class Nest:
    """Writes one group.

    Reductions along the innermost loop of rows are kept in variables (`inside`), others in
    memory. `outer` are the loops around the innermost one.
    """

    values: CValues
    group: Group
    guards: frozenset[Guard]
    before: list[str] = field(default_factory=list)
    opening: list[str] = field(default_factory=list)  # before the innermost loop
    body: list[str] = field(default_factory=list)
    closing: list[str] = field(default_factory=list)  # behind it
    after: list[str] = field(default_factory=list)
    inside: list[int] = field(default_factory=list)
    reduced: dict[str, list[str]] = field(default_factory=dict)  # by their operator

    @property
    def lanes(self) -> bool:
        """Whether the examples of a tile lie innermost."""
        return self.values.layout != "rows"

    def lines(self) -> list[str]:
        """The statements."""
        values, rank = self.values, len(self.group.dims)
        values.group, values.here = self.group, set()
        values.loops = tuple(f"i{n}" for n in range(rank))
        for number in self.group.nodes:
            node = values.program.nodes[number]
            if node.op in REDUCTIONS:
                self.reduce(number, node)
            else:
                self.compute(number, node)
        text = [*self.before, *self.looped(), *self.after]
        values.group, values.here, values.loops = None, set(), ()
        return text

    # Elements

    def compute(self, number: int, node: Node) -> None:
        """The statement of an operation on elements."""
        values = self.values
        if node.op is Op.BELOW_MAX:
            self.equals(number, node)
        values.here.discard(number)
        text = WRITERS.get(node.op, elementwise)(values, number, node)
        if not self.lanes and not self.group.dims:
            self.body.append(f"const {values.type_of(number)} {self.row_name(number)} = {text};")
        else:
            self.body.append(f"const {values.type_of(number)} t{number} = {text};")
            if number in values.own(number).stored:
                self.body.append(f"{values.element(number, values.loops)} = t{number};")
            values.here.add(number)
        self.body += watched(values, number, values.loops, self.guards)

    def row_name(self, number: int) -> str:
        """The variable of a value without axes, which lives as long as its row."""
        return self.values.element(number, ())

    def equals(self, number: int, node: Node) -> None:
        """What the differences of equal numbers are: 0, NaN between several infinite ones."""
        values, axis = self.values, node.detail[0]
        dims = [*node.dims[:axis], *node.dims[axis + 1:]]
        rest = [*values.loops[:axis], *values.loops[axis + 1:]]
        loops, values.loops = values.loops, ()
        term, top = node.operands
        axes = {a: loops[loop] for loop, a in enumerate(top.axes) if a is not None}
        largest = values.cast(top.source, [axes[n] for n in range(len(axes))], node)
        scalar = not self.lanes and not rest
        place = f"d{number}" if scalar else values.memory(f"d{number}", dims, rest)
        here = values.operand(term, loops, node)
        inner = ["ptrdiff_t alone = 0;",
                 *_for([(loops[axis], values.dim(node.dims[axis]))],
                       [f"alone += {here} == {largest};"]),
                 f"if (alone == 1) {place} = 0;"]
        bounds = [(loop, values.dim(dim)) for loop, dim in zip(rest, dims, strict=True)]
        declared = f"{values.real} {place}" if scalar else place
        seldom = [f"if ({largest} == INFINITY) {{", *_in(inner), "}"]
        if scalar:
            self.before += [f"{declared} = {largest} - {largest};", *seldom]
        else:
            self.before += [
                f"{values.integer} odd{number} = 0;",
                *self.over(bounds, [f"{declared} = {largest} - {largest};",
                                    f"odd{number} |= {largest} == INFINITY;"], True,
                           f" reduction(|:odd{number})"),
                f"if (odd{number}) {{", *_in(self.over(bounds, seldom, False)), "}"]
        values.loops = loops

    def over(self, bounds: Sequence[tuple[str, str]], body: Sequence[str], vector: bool,
             clauses: str = "") -> list[str]:
        """Statements for all places of some axes, and all examples of a tile."""
        if self.lanes:
            pragma = [f"#pragma omp simd{clauses}"] if vector else []
            body = [*pragma, *_for([("r", self.values.bound)], body)]
        return _for(bounds, body)

    # Reductions

    def reduce(self, number: int, node: Node) -> None:
        """The statements of a reduction."""
        values, loops = self.values, self.values.loops
        axis = len(loops) - 1 if node.op in CONTRACTIONS else node.detail[0]
        rest = [*loops[:axis], *loops[axis + 1:]]
        if node.op in CONTRACTIONS:
            factors = [self.factor(node, n) for n in range(len(node.operands))]
            limits = node.op is Op.LIMIT_CONTRACT
            term = LIMIT_PRODUCT.format(*factors) if limits else " * ".join(factors)
        else:
            term = values.operand(node.operands[0], loops, node)
            if len(node.operands) > 1:
                left_out = at_label(values, loops[axis], node.operands[1], rest)
                term = chosen(left_out, STARTS[node.op], term)
        self.body.append(f"const {values.real} x{number} = {term};")
        if not self.lanes and axis == len(loops) - 1:
            self.in_variable(number, node, rest)
        else:
            self.in_memory(number, node, axis, rest)

    def factor(self, node: Node, place: int) -> str:
        """A factor of a contraction."""
        values, operand = self.values, node.operands[place]
        along = values.own(operand.source).places(node, operand) or ()
        return values.cast(operand.source, [values.loops[n] for n in along], node)

    def in_memory(self, number: int, node: Node, axis: int, rest: list[str]) -> None:
        """A reduction whose results so far lie in memory."""
        values, dims = self.values, node.dims
        bounds = [(loop, values.dim(dim)) for loop, dim in zip(rest, dims, strict=True)]
        place = values.element(number, rest)
        if not dims and not self.lanes:
            self.before.append(f"{values.type_of(number)} {place};")
        largest = values.memory(f"m{number}", dims, rest)
        start = [f"{largest} = -INFINITY;", f"{place} = 0;"] if node.op is Op.ARGMAX else \
            [f"{place} = {STARTS[node.op]};"]
        sizes = values.memory(f"c{number}", dims, rest)
        cancels = self.cancels(number)
        if cancels:
            start.append(f"{sizes} = 0;")
            self.body.append(f"{sizes} += {values.call('abs', [f'x{number}'])};")
        self.before += self.over(bounds, start, True)
        if node.op is Op.ARGMAX:
            kind = values.integer
            self.body += [f"const {kind} c{number} = x{number} > {largest} || "
                          f"(x{number} != x{number} && {largest} == {largest});",
                          f"{largest} = c{number} ? x{number} : {largest};",
                          f"{place} = c{number} ? ({kind}){values.loops[axis]} : {place};"]
        else:
            step = values.call(STEPS[node.op], [place, f"x{number}"])
            self.body.append(f"{place} = {step};")
        checks = watched(values, number, rest, self.guards, sizes if cancels else "")
        if checks:
            self.after += self.over(bounds, checks, True)

    def cancels(self, number: int) -> bool:
        """Whether a sum is compared with the sum of the sizes of its terms."""
        return self.values.program.nodes[number].op in SUMS and any(
            n == number and kind in CANCELLING for n, kind in self.guards)

    def in_variable(self, number: int, node: Node, rest: list[str]) -> None:
        """A reduction along the innermost loop of a row."""
        values, real = self.values, self.values.real
        self.inside.append(number)
        result = values.element(number, rest)
        declared = "" if node.dims else f"{values.type_of(number)} "
        self.opening.append(f"{real} a{number} = {STARTS[node.op]};")
        if node.op is Op.ARGMAX:
            self.opening.append(f"{values.integer} k{number} = 0;")
            self.body.append(f"if (x{number} > a{number} || (x{number} != x{number} && "
                             f"a{number} == a{number})) {{ a{number} = x{number}; k{number} = "
                             f"({values.integer}){values.loops[-1]}; }}")
            final = f"k{number}"
        else:
            final = f"({real})total{number}" if node.op in SUMS else f"a{number}"
            self._step(node.op, f"a{number}", f"x{number}", f"q{number}")
        if node.op in EXTREMA:
            self.opening.append(f"{values.integer} q{number} = 0;")
            self.reduced.setdefault("|", []).append(f"q{number}")
            final = chosen(f"q{number}", "NAN", final)
        elif self.cancels(number):
            self.opening.append(f"{real} c{number} = 0;")
            self._step(Op.SUM, f"c{number}", values.call("abs", [f"x{number}"]))
        self.closing.append(f"{declared}{result} = {final};")
        self.closing += watched(values, number, rest, self.guards,
                                f"sizes{number}" if self.cancels(number) else "")

    def _step(self, op: Op, name: str, term: str, nan: str = "") -> None:
        """One more term of a reduction in a variable."""
        self.body += stepped(op, name, term, nan)
        self.reduced.setdefault(CLAUSES[op], []).append(name)

    # Loops

    def looped(self) -> list[str]:
        """The loops with what is in them."""
        values = self.values
        bounds = [(loop, values.dim(dim)) for loop, dim in zip(values.loops, self.group.dims,
                                                               strict=True)]
        if not self.body:
            return []
        if self.lanes:
            return _for(bounds, ["#pragma omp simd", *_for([("r", self.values.bound)], self.body)])
        if not bounds:
            return self.body
        inner = self.summed(bounds[-1]) if self.sums else [*self.opening, *self.vector(*bounds[-1])]
        return _for(bounds[:-1], [*inner, *self.closing])

    @property
    def sums(self) -> list[int]:
        """The sums along the innermost loop."""
        return [n for n in self.inside if self.values.program.nodes[n].op in SUMS]

    def vector(self, loop: str, bound: str, first: str = "0") -> list[str]:
        """The innermost loop of a row."""
        reduced = dict(self.reduced)
        if any(line.startswith("flag |=") for line in self.body):
            reduced["|"] = [*reduced.get("|", []), "flag"]
        clauses = "".join(f" reduction({sign}:{', '.join(names)})"
                          for sign, names in reduced.items())
        pragma = [] if self.group.serial else [f"#pragma omp simd{clauses}"]
        return [*pragma, *_for([(loop, bound)], self.body, first)]

    def summed(self, innermost: tuple[str, str]) -> list[str]:
        """The innermost loop in blocks, whose sums are added in float64."""
        loop, bound = innermost
        names = list(self.reduced["+"])
        sums = {name: f"{'total' if name[0] == 'a' else 'sizes'}{name[1:]}" for name in names}
        own = [line for line in self.opening if line.split()[1] in names]
        rest = [line for line in self.opening if line not in own]
        block = [f"const ptrdiff_t end = first + {BLOCK} < {bound} ? first + {BLOCK} : {bound};",
                 *own, *self.vector(loop, "end", "first"),
                 *(f"{total} += {name};" for name, total in sums.items())]
        return [*rest, *(f"double {total} = 0;" for total in sums.values()),
                f"for (ptrdiff_t first = 0; first < {bound}; first += {BLOCK}) {{", *_in(block),
                "}"]


def _in(lines: Sequence[str]) -> list[str]:
    return [line if line.startswith("#") else f"    {line}" for line in lines]


def _for(bounds: Sequence[tuple[str, str]], body: Sequence[str], first: str = "0") -> list[str]:
    """Statements in loops."""
    lines = list(body)
    for loop, bound in reversed(bounds):
        kind = "int" if loop == "r" else "ptrdiff_t"
        lines = [f"for ({kind} {loop} = {first}; {loop} < {bound}; {loop}++) {{", *_in(lines), "}"]
    return lines


