"""Array program → the text of a NumPy function for one block of examples."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from derive.arrays.program import Node, Operand
from derive.arrays.targets.numpy import buffers
from derive.arrays.targets.numpy.axis_layout import arange
from derive.arrays.targets.numpy.axis_places import Places
from derive.arrays.targets.numpy.block_writer import NEUTRAL

Guard = tuple[int, str]  # a node, and what is watched there
GUARDS = ("root", "cancel", "closer", "strict", "range", "sensitive", "delicate")
# How much smaller than its terms a sum is, how much faster than its operands a function moves.
FACTORS = {"root": 2**20, "cancel": 256, "closer": 32, "strict": 4, "sensitive": 256,
           "delicate": 32}


@dataclass
class Block(Places):
    """Writes one block function: from blocks of the arguments to blocks of the results.

    `outputs` maps the name of a result's array to its node; `guards` is what is watched at which
    node.
    """

    guards: frozenset[Guard] = frozenset()

    def __post_init__(self) -> None:
        super().__post_init__()
        results = set(self.outputs.values())
        keep = set(self.order) if self.kept else self._guarded()
        self.buffers = buffers.assign(self.program, self.order, results | keep, keep)
        self.targets = self._targets(results)

    def _guarded(self) -> set[int]:
        """Values that a guard still reads after the difference was taken."""
        return {s for n, _ in self.guards if n in self.order for s in self.program.nodes[n].sources}

    def _targets(self, results: set[int]) -> dict[int, str]:
        """The result array that takes the place of a buffer, where the layouts agree."""
        found: dict[int, str] = {}
        for name, number in self.outputs.items():
            node = self.program.nodes[number]
            buffer = self.buffers.of.get(number)
            if buffer is None or buffer in found or (self.layout.columns and node.dims):
                continue
            found[buffer] = name
        return found

    # The function

    def body(self) -> list[str]:
        """The statements, in order."""
        for number in self.order:
            node = self.program.nodes[number]
            _WRITERS.get(node.op, Block.elementwise)(self, number, node)
            for kind in GUARDS:
                if (number, kind) in self.guards:
                    self.say(f"flagged |= {self.guard(number, kind)}")
        for name, number in self.outputs.items():
            self.deliver(name, number)
        return self.lines

    def deliver(self, name: str, number: int) -> None:
        """Puts a result into its array, unless it was computed there."""
        node = self.program.nodes[number]
        if self.kept or self.targets.get(self.buffers.of.get(number, -1)) == name:
            return
        text = self.name(number)
        if self.layout.columns and node.dims:
            rank = len(node.dims)
            text = f"{text}.transpose({', '.join(map(str, (rank, *range(rank))))})"
        self.say(f"np.copyto({name}, {text})")

    def guard(self, number: int, kind: str) -> str:
        """Code that tells at which examples a node may be wrong."""
        node = self.program.nodes[number]
        axes, name = self.layout.others(len(node.dims)), self.name(number)
        if kind == "range":
            return f"failed({name}, {axes})"
        operands = [self.text(o) for o in node.operands]
        if kind in ("sensitive", "delicate"):
            names = "uvw"[:len(operands)]
            function = node.op if "{" not in node.op else \
                f"lambda {', '.join(names)}: {node.op.format(*names)}"
            return f"sensitive({function}, {name}, ({', '.join(operands)},), {axes}, " \
                   f"{FACTORS[kind]})"
        if node.op == "sum":
            axis = self.layout.axis(node.detail[0])
            terms = f"np.add.reduce(np.abs({self.name(node.operands[0].source)}), axis={axis})"
        elif node.op == "contract":
            terms = f"np.einsum({self.subscripts(node)}, " + ", ".join(
                f"np.abs({self.name(o.source)})" for o in node.operands) + ")"
        else:
            terms = next(t for t, o in zip(operands, node.operands, strict=True) if not o.number)
        return f"cancelled({name}, {terms}, {axes}, {FACTORS[kind]})"

    # Operations

    def input(self, number: int, node: Node) -> None:
        pass

    def size(self, number: int, node: Node) -> None:
        self.define(number, self.dim(node.detail[0]))

    def iota(self, number: int, node: Node) -> None:
        self.define(number, arange(self.dim(node.dims[0]), 0, 1, self.layout))

    def elementwise(self, number: int, node: Node) -> None:
        operands = [self.place_text(o) if node.kind == "i" else self.text(o)
                    for o in node.operands]
        if node.kind == "s":
            self.define(number, f"float({self.called(node.op, operands)})")
        elif number not in self.buffers.of:
            self.define(number, f"np.asarray({self.called(node.op, operands)}, real)"
                        if node.kind == "f" else self.called(node.op, operands))
        elif "{" in node.op:
            self.define(number, f"into({self.buffer(number)}, {self.called(node.op, operands)})")
        else:
            self.define(number, f"{node.op}({', '.join(operands)}, out={self.buffer(number)})")

    @staticmethod
    def called(op: str, operands: list[str]) -> str:
        return op.format(*operands) if "{" in op else f"{op}({', '.join(operands)})"

    def scale(self, number: int, node: Node) -> None:
        text, rank = self.text(node.operands[0]), len(node.dims)
        scale = "scale"
        if rank and not self.layout.columns:
            scale = f"along(scale, {rank})"
        buffer, operand = self.buffer(number), node.operands[0]
        scaled = f"np.multiply({text}, {scale}, out={buffer})"
        if not operand.number and self.buffers.of.get(operand.source) == self.buffers.of[number]:
            self.define(number, f"{text} if scale is None else {scaled}")
        else:
            self.define(number, f"into({buffer}, {text}) if scale is None else {scaled}")

    def spread(self, number: int, node: Node) -> None:
        self.define(number, f"into({self.buffer(number)}, {self.text(node.operands[0])})")

    def where(self, number: int, node: Node) -> None:
        text = f"np.where({', '.join(map(self.text, node.operands))})"
        if number in self.buffers.of:
            text = f"into({self.buffer(number)}, {text})"
        self.define(number, text)

    def reduce(self, number: int, node: Node) -> None:
        source = node.operands[0].source
        axis = self.layout.axis(node.detail[0])
        call = _REDUCE.get(node.op, node.op + "({0}, axis={1})")
        out = f", out={self.buffer(number)}" if number in self.buffers.of else ""
        if node.op not in _REDUCE:
            self.define(number, f"into({self.buffer(number)}, "
                                f"{call.format(self.name(source), axis)})")
        elif len(node.operands) == 1:
            self.define(number, call.format(self.name(source), axis, out))
        else:
            self.without(number, node, call, out)

    def without(self, number: int, node: Node, call: str, out: str) -> None:
        """A reduction that leaves out one place of its axis."""
        source, label = node.operands[0].source, node.operands[1]
        inner = self.program.nodes[source]
        name, neutral = self.name(source), NEUTRAL.get(node.op, "0.0")
        owned = source in self.buffers.of and not self.kept
        if not owned:
            copied = self.scratch(self.dims(inner), "f")
            self.say(f"np.copyto({copied}, {self.name(source)})")
            name = copied
        target = self.target(name, inner, node.detail[0], label)
        last = owned and (self.buffers.last[source] == self.order.index(number)
                          or self.set_again(source, number, label))
        if owned and not last:
            saved = self.scratch(tuple(self.dim(d) for d in node.dims), "f")
            self.say(f"np.copyto({saved}, {target})")
        self.say(f"{target} = {neutral}")
        self.define(number, call.format(name, self.layout.axis(node.detail[0]), out))
        if owned and not last:
            self.say(f"{target} = {saved}")

    def contract(self, number: int, node: Node) -> None:
        operands = ", ".join(self.name(o.source) for o in node.operands)
        self.define(number, f"np.einsum({self.subscripts(node)}, {operands}, "
                            f"out={self.buffer(number)})")

    def subscripts(self, node: Node) -> str:
        """The letters of a contraction's axes."""
        first, second, out = node.detail
        words = [self.layout.letters(letters, self.program.nodes[o.source].batched)
                 for letters, o in zip((first, second), node.operands, strict=True)]
        return f"\"{','.join(words)}->{self.layout.letters(out, True)}\""

    def set_again(self, source: int, number: int, label: Operand) -> bool:
        """Whether all later readers of a value first set the place that was left out here."""
        nodes = self.program.nodes
        later = [nodes[n] for n in self.order if n > number and source in nodes[n].sources]
        return all(node.op == "put" and node.operands[0].source == source
                   and node.operands[1].source == label.source
                   and node.detail == nodes[number].detail
                   and source not in node.sources[1:] for node in later)

    def below_max(self, number: int, node: Node) -> None:
        terms, top = (self.text(o) for o in node.operands)
        self.define(number, f"below_max({terms}, {top}, {self.layout.axis(node.detail[0])}, "
                            f"{self.buffer(number)})")

    def shapes(self) -> Sequence[tuple[tuple[str, ...], str]]:
        """The buffers that the function needs, with their kinds."""
        work = [(tuple(self.dim(d) for d in dims), kind)
                for n, (dims, kind) in enumerate(self.buffers.shapes) if n not in self.targets]
        return [*work, *self.extra]

    def work(self) -> list[str]:
        """The names of the buffers, in the order of their shapes."""
        own = [f"w{n}" for n in range(len(self.buffers.shapes)) if n not in self.targets]
        return [*own, *(f"x{n}" for n in range(len(self.extra)))]


_REDUCE = {"sum": "np.add.reduce({0}, axis={1}{2})", "prod": "np.multiply.reduce({0}, axis={1}{2})",
           "max": "np.maximum.reduce({0}, axis={1}{2})",
           "min": "np.minimum.reduce({0}, axis={1}{2})",
           "argmax": "np.argmax({0}, axis={1}{2})"}
_WRITERS: dict[str, Callable[[Block, int, Node], None]] = {
    "input": Block.input, "size": Block.size, "iota": Block.iota, "scale": Block.scale,
    "spread": Block.spread, "where": Block.where, "pick": Block.pick, "put": Block.put,
    "put-diagonal": Block.put_diagonal, "diagonal": Block.diagonal, "contract": Block.contract,
    "below-max": Block.below_max,
    **dict.fromkeys([*_REDUCE, "np.median"], Block.reduce),
}
