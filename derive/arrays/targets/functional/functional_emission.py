"""Array program → statements of a function of arrays, for libraries that NumPy's names fit.

Values that are read once stand inside the statement that reads them; others have a name, and the
term of the formula behind them. Batch axes lead and are never named: axes are counted from the
end.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from derive.arrays.operations import Op
from derive.arrays.program import Node, Operand, Program
from derive.arrays.targets.functional.constant_values import constant_value
from derive.arrays.targets.functional.functional_text import ATOM, UNARY, Text, folded, short_name
from derive.arrays.targets.functional.program_terms import Terms
from derive.arrays.targets.numpy.numpy_operations import number_text
from derive.core.atoms import Dim
from derive.core.kinds import Dimension

RESULTS = ("value", "gradient", "factor", "row")
WIDTH, LONGEST = 95, 56  # of a line, of an expression that stands inside another
Writer = Callable[["FunctionBody", int, Node], Text]


@dataclass(frozen=True)
class Dialect:
    """One library: its name, how it writes each operation, its functions.

    `calls` are templates of the operands, `writers` what needs more; `functions` the key of the
    function table; `in_place` whether arrays may be written over.
    """

    name: str
    array: str  # the type of arrays in annotations
    calls: Mapping[Op, str]
    writers: Mapping[Op, Writer]
    functions: Callable[[str], str]
    in_place: bool
    infinity: str
    moved: str  # the function that moves axes
    last: str  # what gives a value one more axis, the last
    float_like: str  # integers as numbers of the dtype of an argument
    full: str  # an array of a shape, a number, like an argument
    broadcast: str  # the function that gives an array a shape


@dataclass
class FunctionBody:
    """Writes one function: from the arguments to some results.

    `names` are those of the arguments in the code, `first` is an argument that has the dtype and
    the batch, with so many axes of its own; `over` says whether arrays are computed in place.
    """

    program: Program
    outputs: Mapping[str, int]
    dialect: Dialect
    names: Mapping[str, str]
    first: tuple[str, int]
    over: bool = False
    taken: set[str] = field(default_factory=set)
    lines: list[str] = field(default_factory=list)
    needs: set[str] = field(default_factory=set)  # autocast, where it must be off
    vector: str = ""  # the argument in which results are linear

    def __post_init__(self) -> None:
        self.order = self.program.needed(list(self.outputs.values()))
        self.texts: dict[int, Text] = {}
        self.left: Counter[int] = Counter()  # references that no statement holds yet
        self.inner: dict[int, list[int]] = {}  # of a value that has no name: what its text reads
        for number in self.order:
            self.left.update(self.program.nodes[number].sources)
        self.left.update(self.outputs.values())
        self.uses = dict(self.left)
        self.shared = self._shared()
        self.terms = Terms(self.program, self.names)
        self.reading: list[int] = []

    def _shared(self) -> set[int]:
        """The values that a view of them, or an argument, shares its memory with."""
        nodes = self.program.nodes
        views = {Op.SPREAD, Op.DIAGONAL}
        shared = {s for n in self.order for s in nodes[n].sources
                  if nodes[n].op in views or nodes[n].view}
        return shared | {n for n in self.order
                         if nodes[n].op in (*views, Op.INPUT) or nodes[n].view}

    # What writers read

    def node(self, operand: Operand) -> Node:
        """The node of an operand."""
        return self.program.node(operand)

    def operand(self, operand: Operand) -> Text:
        """An operand, its axes along those of the result."""
        if operand.number:
            return number(operand.source, self.dialect)
        text, node = self.read(operand.source), self.node(operand)
        if node.kind == "s":
            return text
        turned = self.turned(text, [a for a in operand.axes if a is not None])
        suffix = widened(operand.axes, node.batched, self.dialect.last)
        return Text(turned.within(ATOM) + suffix) if suffix else turned

    def turned(self, text: Text, order: list[int]) -> Text:
        """A value with its own axes in another order."""
        if order == sorted(order):
            return text
        if len(order) == 2:
            return Text(f"{text.within(ATOM)}.mT")
        ends = [a - len(order) for a in order]
        return Text(f"{self.dialect.moved}({text.code}, {ends}, {list(range(-len(order), 0))})")

    def real(self, operand: Operand) -> Text:
        """An operand that is computed with: integers as numbers of the dtype."""
        text = self.operand(operand)
        if operand.number or self.node(operand).kind != "i":
            return text
        return Text(self.dialect.float_like.format(text.within(ATOM), self.first[0]))

    def read(self, number: int) -> Text:
        """A value with its own axes: its name, or the code that computes it."""
        self.reading.append(number)
        return self.texts[number]

    def size(self, dim: Dimension) -> str:
        """The length of a dimension, from an argument that has it."""
        if not isinstance(dim, Dim) or dim.fixed:
            return str(dim.fixed if isinstance(dim, Dim) else int(dim))
        return self.sizes.get(dim, dim.name)

    @property
    def sizes(self) -> dict[Dimension, str]:
        """Where each symbolic dimension is read."""
        sizes: dict[Dimension, str] = {}
        for node in self.program.nodes:
            if node.op is Op.INPUT and node.detail[0] in self.names:
                for place, dim in enumerate(node.dims):
                    name = self.names[node.detail[0]]
                    sizes.setdefault(dim, f"{name}.shape[{place - len(node.dims)}]")
        return sizes

    @property
    def batch(self) -> str:
        """The lengths of the batch's axes."""
        name, rank = self.first
        return f"{name}.shape" if rank == 0 else f"{name}.shape[:-{rank}]"

    def shape(self, dims: Sequence[Dimension]) -> str:
        """The shape of a value with all its axes."""
        return self.batch if not dims else f"(*{self.batch}, {', '.join(map(self.size, dims))})"

    # What is written

    def body(self) -> list[str]:
        """The statements, and what is returned."""
        for number in self.order:
            self.emit(number)
        results = ", ".join(self.texts[n].code for n in self.outputs.values())
        return [*self.lines, f"return {results}"]

    def emit(self, number: int) -> None:
        """One value: a statement, or a text for the statement that reads it."""
        node = self.program.nodes[number]
        if node.op is Op.INPUT:
            self.texts[number] = Text(self.names[node.detail[0]])
            return
        self.reading = []
        text = self.dialect.writers[node.op](self, number, node)
        if node.kind == "s" and not self._sized(number):
            text = literal(constant_value(text.code, self.dialect.infinity), self.dialect)
        reads = self._reads()
        if self.inside(number, text):
            self.texts[number], self.inner[number] = text, reads
            return
        self.left.subtract(reads)
        if number in self.outputs.values() and self.uses[number] == 1 and len(self.outputs) == 1:
            self.texts[number] = text
            return
        self.define(number, text)

    def linear(self, node: Node) -> bool:
        """Whether a value is linear in the vector: then no case may depend on it."""
        nodes = self.program.nodes
        return any(nodes[n].op is Op.INPUT and nodes[n].detail[0] == self.vector
                   for n in self.program.needed(list(node.sources)))

    def _sized(self, number: int) -> bool:
        """Whether one number for the whole call depends on the size of an argument."""
        return any(self.program.nodes[n].op is Op.SIZE for n in self.program.needed([number]))

    def _reads(self) -> list[int]:
        """The references of a text, those of the texts inside it among them."""
        reads: list[int] = []
        for number in self.reading:
            reads += [number, *self.inner.get(number, ())]
        return reads

    def define(self, number: int, text: Text) -> None:
        """A statement that names a value, with its term."""
        node = self.program.nodes[number]
        result = next((o for o, n in self.outputs.items() if n == number), "")
        stem = result if result in RESULTS else self.terms.name(number)
        name = short_name(stem, self.taken)
        line, term = f"{name} = {text.code}", self.terms.named(number, name)
        own = self.owns(node) and number not in self.shared
        self.texts[number] = Text(name, ATOM, own)
        remark = f"  # {term}" if term and term != text.code else ""
        if len(line) + len(remark) + 4 <= WIDTH:
            self.lines.append(line + remark)
        else:
            self.lines += [f"# {term}"] if remark and len(term) < WIDTH - 8 else []
            self.lines += folded(line, WIDTH)

    def inside(self, number: int, text: Text) -> bool:
        """Whether a value stands inside the statement that reads it."""
        node = self.program.nodes[number]
        if node.kind == "s" or node.op in (Op.SIZE, Op.IOTA):
            return True
        if self.uses[number] != 1 or number in self.outputs.values():
            return False
        reader = next(n for n in self.order if number in self.program.nodes[n].sources)
        return len(text.code) <= LONGEST and not self.twice(reader, number)

    def twice(self, reader: int, number: int) -> bool:
        """Whether a reader's code has an operand more than once."""
        node = self.program.nodes[reader]
        if node.op is Op.FUNCTION:
            return self.dialect.functions(node.detail[0]).count("{0}") > 1
        place = next(n for n, o in enumerate(node.operands)
                     if not o.number and o.source == number)
        return self.dialect.calls.get(node.op, "").count(f"{{{place}}}") > 1

    def owns(self, node: Node) -> bool:
        """Whether a value is an array of its own that may be computed in."""
        return self.over and node.batched and node.kind == "f" and \
            node.op not in (Op.INPUT, Op.SPREAD, Op.DIAGONAL) and not node.view

    def free(self, operand: Operand, node: Node) -> bool:
        """Whether a result may be computed in the memory of an operand."""
        if operand.number or not self.owns(node) or operand.axes != tuple(range(len(node.dims))):
            return False
        source = operand.source
        return self.texts[source].owned and source not in self.shared and self.left[source] == 1

    def overwritten(self, node: Node) -> bool:
        """Whether a reduction may write the place that it leaves out: all who read on set it."""
        vector, label = node.operands
        source, nodes = vector.source, self.program.nodes
        if label.number or not self.texts[source].owned or source in self.shared:
            return False
        later = [nodes[n] for n in self.order if nodes[n] is not node and
                 source in nodes[n].sources and nodes[n].op is Op.PUT]
        again = [n for n in later if n.operands[0].source == source
                 and n.operands[1].source == label.source and n.detail == node.detail
                 and source not in n.sources[1:]]
        return len(later) == len(again) == self.left[source] - 1

    def neutral(self, node: Node) -> str:
        """What a reduction of nothing gives."""
        value = node.op.neutral
        return number(value, self.dialect).code if isinstance(value, float) else f"{value}.0"

    def made(self, node: Node, code: str, level: int = ATOM) -> Text:
        """A text that owns its memory where its value does."""
        return Text(code, level, self.owns(node))


def widened(axes: tuple[int | None, ...], batched: bool, last: str) -> str:
    """What gives a value axes that it has not, as text behind it."""
    slots = ["None" if a is None else ":" for a in axes]
    if not batched:
        while slots and slots[0] == "None":
            slots = slots[1:]
    if "None" not in slots:
        return ""
    slots = slots[slots.index("None"):]
    return last if slots == ["None"] else f"[..., {', '.join(slots)}]"


def literal(value: float, dialect: Dialect) -> Text:
    """A float as code."""
    sign = "-" if value < 0 else ""
    size = repr(abs(value))  # or inf, or nan
    code = size if math.isfinite(value) else dialect.infinity.replace("inf", size)
    return Text(sign + code, UNARY if sign else ATOM)


def number(value: Any, dialect: Dialect) -> Text:
    """An exact number as code."""
    if isinstance(value, float):
        return literal(value, dialect)
    code = str(int(value)) if getattr(value, "is_Integer", False) else number_text(value)
    return Text(code, UNARY if code.startswith("-") else ATOM)

