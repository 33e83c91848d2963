"""A kernel's program as the text of a NumPy function for one block of examples."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from derive.arrays.operations import Op
from derive.arrays.program import Operand, Program
from derive.arrays.targets.numpy import buffers
from derive.arrays.targets.numpy.axis_layout import Layout
from derive.arrays.targets.numpy.emission import Emitter, lines
from derive.arrays.targets.numpy.numpy_operations import function_text, number_text
from derive.arrays.targets.numpy.operation_writers import WRITERS, subscripts
from derive.core.kinds import Dimension

Guard = tuple[int, str]  # a node, and what is watched there
GUARDS = ("faded", "root", "cancel", "closer", "strict", "range", "sensitive", "delicate",
          "outweighed", "infinite", "steep")
# How much smaller than its terms a sum is, how much faster than its operands a function moves.
FACTORS = {"faded": 256, "root": 2**20, "cancel": 256, "closer": 32, "strict": 4, "sensitive": 256,
           "delicate": 32, "outweighed": 2**14, "steep": 2**14}


@dataclass(frozen=True)
class Signature:
    """A block function's arguments and results.

    `outputs` maps the name of a result's array to its node, `names` the arguments to their names
    in the code, `sizes` the symbolic dimensions to theirs.
    """

    outputs: Mapping[str, int]
    names: Mapping[str, str]
    sizes: Mapping[Dimension, str]


@dataclass
class BlockValues:
    """The values of a block: in buffers, or in the arrays of the results."""

    program: Program
    layout: Layout
    signature: Signature
    buffers: buffers.Buffers
    targets: Mapping[int, str]  # the result array that takes the place of a buffer
    kept: bool
    places: str = "places"
    scope: None = None
    extra: list[tuple[tuple[str, ...], str]] = field(default_factory=list)

    def name(self, number: int) -> str:
        """A value with its own axes."""
        node = self.program.nodes[number]
        return self.signature.names[node.detail[0]] if node.op is Op.INPUT else f"t{number}"

    def text(self, operand: Operand) -> str:
        """An operand, its axes along those of the result."""
        if operand.number:
            return number_text(operand.source)
        node, name = self.program.nodes[operand.source], self.name(operand.source)
        return name if node.kind == "s" else \
            name + self.layout.suffix(operand.axes, node.batched)

    def home(self, number: int) -> int | None:
        """The number of a value's buffer."""
        return self.buffers.of.get(number)

    def buffer(self, number: int) -> str:
        """The array into which a value is computed."""
        buffer = self.buffers.of[number]
        return self.targets.get(buffer, f"w{buffer}")

    def scratch(self, dims: tuple[str, ...], kind: str) -> str:
        """One more buffer, for a temporary value of this place alone."""
        self.extra.append((dims, kind))
        return f"x{len(self.extra) - 1}"

    def writable(self, source: int, number: int) -> bool:
        """Whether a node may write into an operand and restore it."""
        return source in self.buffers.of and not self.kept

    def dim(self, dim: Dimension) -> str:
        """A dimension."""
        return self.signature.sizes.get(dim, str(dim))


class Block:
    """Writes one block function: from blocks of the arguments to blocks of the results.

    With `kept`, no buffer is used twice and the function returns all values by name; `guards` is
    what is watched at which node.
    """

    def __init__(self, program: Program, layout: Layout, signature: Signature, kept: bool = False,
                 guards: frozenset[Guard] = frozenset()) -> None:
        self.program, self.layout, self.signature = program, layout, signature
        self.kept, self.guards = kept, guards
        results = set(signature.outputs.values())
        self.order = program.needed(list(results))
        guarded = {s for n, _ in guards if n in self.order for s in program.nodes[n].sources}
        places = [program.own_place(n) for n, _ in guards if n in self.order]
        guarded |= {place.source for place in places if place is not None}
        keep = set(self.order) if kept else guarded
        last = program.last_uses(self.order, results | keep)
        own = buffers.assign(program, self.order, last, keep)
        self.targets = {} if kept else self._targets(own)
        self.values = BlockValues(program, layout, signature, own, self.targets, kept)
        self.emitter = Emitter(program, self.values, WRITERS, self.order, last, layout)

    def _targets(self, own: buffers.Buffers) -> dict[int, str]:
        """The result array that takes the place of a buffer, where the layouts agree."""
        targets: dict[int, str] = {}
        for name, number in self.signature.outputs.items():
            buffer = own.of.get(number)
            if buffer is not None and not (self.layout.columns and self.program.nodes[number].dims):
                targets.setdefault(buffer, name)
        return targets

    def body(self) -> list[str]:
        """The statements, in order."""
        for number in self.order:
            self.emitter.emit(number)
            for kind in GUARDS:
                if (number, kind) in self.guards:
                    self.emitter.write(f"flagged |= {self.guard(number, kind)}")
        if not self.kept:
            for name, number in self.signature.outputs.items():
                self._deliver(name, number)
        return lines(self.emitter.statements, self.kept)

    def _deliver(self, name: str, number: int) -> None:
        """Puts a result into its array, unless it was computed there."""
        rank = len(self.program.nodes[number].dims)
        if self.targets.get(self.values.buffers.of.get(number, -1)) != name:
            turn = f".transpose({', '.join(map(str, (rank, *range(rank))))})" \
                if self.layout.columns and rank else ""
            self.emitter.copy(name, self.emitter.name(number) + turn)

    def guard(self, number: int, kind: str) -> str:
        """Code that tells at which examples a node may be wrong."""
        node, emitter = self.program.nodes[number], self.emitter
        axes, name = self.layout.others(len(node.dims)), emitter.name(number)
        label = self.program.own_place(number)
        exact = "" if label is None else f", {emitter.name(label.source)}"
        if kind == "range":
            return f"failed({name}, {axes}{exact})"
        if kind == "infinite":
            return f"infinite({name}, {axes})"
        if kind in ("sensitive", "delicate", "steep"):
            function, names = function_text(node), "uvw"[:len(node.operands)]
            if "{" in function:
                function = f"lambda {', '.join(names)}: {function.format(*names)}"
            operands = ", ".join(map(emitter.text, node.operands))
            return f"sensitive({function}, {name}, ({operands},), {axes}, {FACTORS[kind]})"
        if kind in ("faded", "outweighed"):
            return f"outweighed({name}, {self._terms(number)}, {axes}, {FACTORS[kind]})"
        return f"cancelled({name}, {self._terms(number)}, {axes}, {FACTORS[kind]}{exact})"

    def _terms(self, number: int) -> str:
        """What a sum is compared with, to see whether it cancels."""
        node, name = self.program.nodes[number], self.emitter.name
        if node.op is Op.SUM:
            axis = self.layout.axis(node.detail[0])
            return f"np.add.reduce(np.abs({name(node.operands[0].source)}), axis={axis})"
        if node.op in (Op.CONTRACT, Op.LIMIT_CONTRACT):
            sizes = ", ".join(f"np.abs({name(o.source)})" for o in node.operands)
            return f"np.einsum({subscripts(self.emitter, node)}, {sizes})"
        return next(self.emitter.text(o) for o in node.operands if not o.number)

    def work(self) -> dict[str, tuple[tuple[str, ...], str]]:
        """The buffers that the function needs: their dimensions and kinds, by name."""
        dim = self.values.dim
        own = {f"w{n}": (tuple(map(dim, dims)), kind)
               for n, (dims, kind) in enumerate(self.values.buffers.shapes)
               if n not in self.targets}
        return own | {f"x{n}": shape for n, shape in enumerate(self.values.extra)}
