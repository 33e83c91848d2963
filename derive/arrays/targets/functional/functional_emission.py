"""Array program → statements of a function of arrays, for libraries that NumPy's names fit.

Values that are read once stand inside the statement that reads them; others have a name, and the
term of the formula behind them. Batch axes lead and are never named: axes are counted from the
end.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from derive.arrays.operations import Op
from derive.arrays.program import Node, Operand, Program
from derive.arrays.targets.functional.array_dialect import Dialect
from derive.arrays.targets.functional.constant_values import constant_value
from derive.arrays.targets.functional.functional_text import (
    ATOM,
    Text,
    folded,
    literal,
    number_code,
    short_name,
    widened,
)
from derive.arrays.targets.functional.program_terms import Terms
from derive.core.atoms import Dim
from derive.core.kinds import Dimension

RESULTS = ("value", "gradient", "factor", "row")
WIDTH, LONGEST = 95, 56  # of a line, of an expression that stands inside another
LABEL, SHORT = 12, 12  # of a name before a statement, of what gets none for a line's sake


@dataclass
class FunctionBody:
    """Writes one function: from the arguments to some results.

    `names` are those of the arguments in the code, `first` is an argument that has the dtype and
    the batch, with so many axes of its own; `over` says whether arrays are computed in place,
    `named` whether each of several results has a name. Statements have lines of a `width`.
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
    named: bool = True
    width: int = WIDTH

    def __post_init__(self) -> None:
        self.order = self.program.needed(list(self.outputs.values()))
        self.texts: dict[int, Text] = {}
        self.left: Counter[int] = Counter()  # references that no statement holds yet
        self.inner: dict[int, list[int]] = {}  # of a value that has no name: what its text reads
        for number in self.order:
            self.left.update(self.dialect.read_by(self.program.nodes[number]))
        self.left.update(self.outputs.values())
        self.uses = dict(self.left)
        self.shared = self._shared()
        self.terms = Terms(self.program, self.names)
        self.reading: list[int] = []
        self.kept: dict[object, Text] = {}  # what writers gave a name beside the values

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
            return number_code(operand.source, self.dialect.infinity)
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

    def like(self, dims: Sequence[Dimension]) -> str:
        """An argument with just these axes and the batch's; empty where there is none."""
        nodes = (n for n in self.program.nodes if n.op is Op.INPUT and n.detail[0] in self.names)
        return next((self.names[n.detail[0]] for n in nodes
                     if n.batched and n.kind == "f" and n.dims == tuple(dims)), "")

    def shape(self, dims: Sequence[Dimension]) -> str:
        """The shape of a value with all its axes."""
        if like := self.like(dims):
            return self.dialect.shape.format(like)
        name, rank = self.first
        batch = self.dialect.shape.format(name) + (f"[:-{rank}]" if rank else "")
        return batch if not dims else f"(*{batch}, {', '.join(map(self.size, dims))})"

    # What is written

    def body(self) -> list[str]:
        """The statements, and what is returned."""
        return [*self.statements(), f"return {', '.join(self.results)}"]

    def statements(self) -> list[str]:
        """The statements."""
        for number in self.order:
            self.emit(number)
        return self.lines

    @property
    def results(self) -> list[str]:
        """The results: their names, or expressions."""
        return [self.texts[n].code for n in self.outputs.values()]

    def emit(self, number: int) -> None:
        """One value: a statement, or a text for the statement that reads it."""
        node = self.program.nodes[number]
        if node.op is Op.INPUT:
            self.texts[number] = Text(self.names[node.detail[0]])
            return
        text = self.written(number, node)
        while self.dialect.short and len(text.code) > self.width - LABEL and \
                self.named_part(node):
            text = self.written(number, node)
        if node.kind == "s" and not self.dialect.short and not self._sized(number):
            infinity = self.dialect.infinity
            text = literal(constant_value(text.code, infinity), infinity)
        reads = self._reads()
        if self.inside(number, text):
            self.texts[number], self.inner[number] = text, reads
            return
        self.left.subtract(reads)
        alone = len(self.outputs) == 1 or not self.named
        if alone and number in self.outputs.values() and self.uses[number] == 1:
            self.texts[number] = text
            return
        self.define(number, text)

    def written(self, number: int, node: Node) -> Text:
        """The text of a value."""
        self.reading = []
        return self.dialect.writers[node.op](self, number, node)

    def named_part(self, node: Node) -> bool:
        """Gives a name to the longest part of a text that is too long, if it has any."""
        parts = [(len(self.texts[n].code), n) for n in node.sources if n in self.inner]
        length, longest = max(parts, default=(0, 0))
        if length > SHORT:
            self.define(longest, self.texts[longest])
            del self.inner[longest]
        return length > SHORT

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
        own = result in RESULTS or (result and self.dialect.short and self.named)
        name = short_name(result if own else self.terms.name(number), self.taken)
        line = f"{name} = {text.code}"
        term = "" if self.dialect.short else self.terms.named(number, name)
        own = self.owns(node) and number not in self.shared
        self.texts[number] = Text(name, ATOM, own)
        remark = f"  # {term}" if term and term != text.code else ""
        if len(line) + len(remark) + 4 <= self.width:
            self.lines.append(line + remark)
        else:
            self.lines += [f"# {term}"] if remark and len(term) < self.width - 8 else []
            self.lines += folded(line, self.width)

    def keep(self, key: object, text: Text, stem: str) -> Text:
        """A name for what several statements read and no value of the program is."""
        if key not in self.kept:
            name = short_name(stem, self.taken)
            self.lines.append(f"{name} = {text.code}")
            self.kept[key] = Text(name)
        return self.kept[key]

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
        place = next(n for n, o in enumerate(node.operands)
                     if not o.number and o.source == number)
        code = self.dialect.functions(node.detail[0]) if node.op is Op.FUNCTION else \
            self.dialect.calls.get(node.op, "")
        return code.count(f"{{{place}}}") > 1

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
        return literal(float(value), self.dialect.infinity).code

    def made(self, node: Node, code: str, level: int = ATOM) -> Text:
        """A text that owns its memory where its value does."""
        return Text(code, level, self.owns(node))

