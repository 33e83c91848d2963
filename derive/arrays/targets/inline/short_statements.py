"""A program as statements on whole arrays: what is read once stands inside what reads it.

Batch axes lead, indices follow. Nothing is guarded and no memory is used twice: this is the text
for files in which a person reads the loss, beside code of a library that does the heavy work.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from derive.arrays.operations import Family, Op
from derive.arrays.program import Node, Operand, Program
from derive.arrays.targets.inline.dialects import ATOM, PRODUCT, TEST, Dialect
from derive.core.kinds import Dimension
from derive.errors import KernelError

WIDTH, MOST = 64, 80  # an expression longer than that gets a name; a statement, names for its parts
SHORT = 12  # what is not worth a name
_HINTS = {Op.MAX: "top", Op.MIN: "least", Op.SUM: "total", Op.PRODUCT: "product",
          Op.BELOW_MAX: "below", Op.PICK: "own", Op.SUBTRACT: "difference", Op.ADD: "total",
          Op.DIFFERENCE: "difference", Op.MULTIPLY: "product",
          Op.LIMIT_MULTIPLY: "product", Op.DIVIDE: "ratio",
          Op.WHERE: "chosen", Op.PUT: "terms", Op.SQRT: "root", Op.POWER: "power",
          Op.ARGMAX: "best", Op.CONTRACT: "product", Op.NEGATIVE: "minus"}


class Text(NamedTuple):
    """An expression, with the level of its outermost operator."""

    text: str
    level: int = ATOM

    def inside(self, level: int) -> str:
        """It as an operand of an operator of that level."""
        return self.text if self.level >= level else f"({self.text})"


class Statements:
    """Writes the statements for some results of a program.

    `names` are the arguments' names in the code, `taken` further names that may not be used,
    `absent` the arguments of the program that are not there to tell a shape.
    """

    def __init__(self, program: Program, dialect: Dialect, names: Mapping[str, str],
                 writers: Mapping[Op, Writer], taken: Sequence[str] = (),
                 absent: Sequence[str] = ()) -> None:
        self.absent = frozenset(absent)
        self.program, self.dialect, self.names, self.writers = program, dialect, names, writers
        self.lines: list[str] = []
        self.taken = {*names.values(), *taken, "np", "ops", "special", "math"}
        self.named: dict[object, Text] = {}
        self.uses: Counter[int] = Counter()
        self.vary: list[bool] = []  # of each node, whether it has the batch axes
        for node in program.nodes:
            own = [self.vary[s] for s in node.sources]
            self.vary.append(node.batched if node.op is Op.INPUT else any(own))

    def write(self, results: Mapping[str, int]) -> list[str]:
        """The statements that assign each result to its name."""
        order = self.program.needed(list(results.values()))
        self.uses = Counter(s for n in order for s in _read_by(self.program.nodes[n]))
        self.uses.update(results.values())
        self.taken |= {*results}
        asked = {number: name for name, number in results.items()}
        for number in order:
            if number in asked:
                node = self.program.nodes[number]
                text = self._written(node)
                if not self.vary[number] and node.op is not Op.SPREAD:
                    text = Text(f"{text.inside(PRODUCT)} * {self.ones(node)}", PRODUCT)
                self.lines.append(f"{asked[number]} = {text.text}")
                self.named[number] = Text(asked[number])
        self.lines += [f"{name} = {asked[number]}" for name, number in results.items()
                       if asked[number] != name]
        return self.lines

    def text(self, number: int) -> Text:
        """A value, written where it stands or under its name."""
        if number in self.named:
            return self.named[number]
        node = self.program.nodes[number]
        text = self._written(node)
        used = self.uses[number] > 1 and node.op.family is not Family.SOURCE
        if used or len(text.text) > WIDTH:
            text = self.assign(number, text, self._hint(node))
        return text

    def assign(self, key: object, text: Text, hint: str) -> Text:
        """A statement that gives an expression a name of its own."""
        name, count = hint, 1
        while name in self.taken:
            count += 1
            name = f"{hint}{count}"
        self.taken.add(name)
        self.lines.append(f"{name} = {text.text}")
        self.named[key] = Text(name)
        return self.named[key]

    def _hint(self, node: Node) -> str:
        if node.op is Op.FUNCTION:
            name = str(node.detail[0])
            return {"exp": "e", "abs": "size", "log": "logs", "max": "upper",
                    "min": "lower"}.get(name, name)
        if node.op is Op.MULTIPLY and node.operands[0] == node.operands[1]:
            return "squared"
        return _HINTS.get(node.op, "term")

    def operand(self, operand: Operand) -> Text:
        """An operand with its axes along those of the result."""
        if operand.number:
            return Text(*self.dialect.number(operand.source))
        text, vary = self.text(operand.source), self.vary[operand.source]
        own = [a for a in operand.axes if a is not None]
        if own != sorted(own):
            raise KernelError("axes in another order are not written in short code yet")
        slots = ["None" if a is None else ":" for a in operand.axes]
        if not vary:
            while slots and slots[0] == "None":
                slots.pop(0)
        if "None" not in slots:
            return text
        start = ["..."] if vary else []
        return Text(f"{text.inside(ATOM)}[{', '.join([*start, *slots])}]")

    def _written(self, node: Node) -> Text:
        writer = self.writers.get(node.op)
        if writer is None:
            raise KernelError(f"short code has no operation '{node.op.label}', which this loss "
                              "needs; `derive kernel` writes a module for NumPy that has")
        text = writer(self, node)
        while len(text.text) > MOST:
            parts = [(len(self.text(n).text), n) for n in node.sources if n not in self.named
                     and self.program.nodes[n].op.family is not Family.SOURCE]
            if not parts or max(parts)[0] < SHORT:
                return text
            number = max(parts)[1]
            self.assign(number, self.text(number), self._hint(self.program.nodes[number]))
            text = writer(self, node)
        return text

    def size(self, dim: Dimension) -> str:
        """The length of a dimension: of an argument that has it."""
        for node in self.program.nodes:
            if self._there(node) and dim in node.dims:
                place = node.dims.index(dim) - len(node.dims)
                return f"{self.names[node.detail[0]]}.shape[{place}]"
        return str(dim)

    def _there(self, node: Node) -> bool:
        return node.op is Op.INPUT and node.detail[0] not in self.absent

    def ones(self, node: Node) -> str:
        """Ones in the shape of a value for each example. Raises KernelError where none is known."""
        for other in self.program.nodes:
            if self._there(other) and other.batched:
                name, rank = self.names[other.detail[0]], len(other.dims)
                if other.dims == node.dims:
                    return f"{self.dialect.prefix}.ones_like({name})"
                batch = f"{name}.shape[:-{rank}]" if rank else f"{name}.shape"
                sizes = ", ".join([f"*{batch}", *map(self.size, node.dims)])
                return f"{self.dialect.prefix}.ones(({sizes},))"
        raise KernelError("no argument has the axes of the result")

    def places(self, axis: int, inner: Node, label: Operand) -> str:
        """A condition along the axis: whether a place is that of the label."""
        key = ("places", label.source, str(inner.dims[axis]), axis - len(inner.dims))
        if key not in self.named:
            behind = len(inner.dims) - 1 - axis
            where = f"{self.dialect.prefix}.arange({self.size(inner.dims[axis])})"
            if behind:
                where += f"[{', '.join([':', *['None'] * behind])}]"
            mark = "..., " if not label.number and self.vary[label.source] else ""
            at = self.operand(label)
            own = at.text if label.number else \
                f"{at.inside(ATOM)}[{mark}{', '.join(['None'] * (behind + 1))}]"
            self.assign(key, Text(f"{where} == {own}", TEST), "at_label")
        return self.named[key].text


def _read_by(node: Node) -> list[int]:
    """The values that stand in the text of a node; one that is squared stands there once."""
    squared = node.op is Op.MULTIPLY and node.operands[0] == node.operands[1]
    return [*node.sources[:1]] if squared else [*node.sources]


Writer = Callable[[Statements, Node], Text]
