"""Where the values of a program lie in C: in a variable of a loop, or in memory, tile by tile.

Three layouts. `flat`: no value has index axes; one loop over the examples of a tile. `lanes`:
short axes; the examples of a tile lie side by side, innermost. `rows`: long axes; one example
after the other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from derive.arrays.operations import Op
from derive.arrays.program import Node, Operand, Program
from derive.arrays.targets.c.c_operations import called, function_name, number_text
from derive.arrays.targets.c.element_places import ElementPlaces
from derive.arrays.targets.c.loop_groups import Group, Grouping
from derive.core.kinds import Dimension

REALS = {"float64": "double", "float32": "float"}
WHOLES = {"float64": "int64_t", "float32": "int32_t"}  # as wide as the floats beside them
PREFIXES = {"float64": "f64", "float32": "f32"}


@dataclass
class CValues(ElementPlaces):
    """The values of one function in one layout, as text.

    `sizes` are the symbolic dimensions and their names, `inputs` those of the arguments. `loops`
    are the variables of the loops that are open, `here` the nodes with a variable in them.
    """

    program: Program
    batched: Grouping
    fixed: Grouping  # what does not vary with the examples
    sizes: Mapping[Dimension, str]
    inputs: Mapping[str, str]
    dtype: str
    layout: str
    loops: tuple[str, ...] = ()
    group: Group | None = None
    here: set[int] = field(default_factory=set)
    used: dict[str, None] = field(default_factory=dict)  # functions of mathematics

    @property
    def real(self) -> str:
        """The type of floats."""
        return REALS[self.dtype]

    @property
    def bound(self) -> str:
        """The number of examples of a tile that are computed."""
        return "lanes" if self.layout == "flat" else "LANES"

    @property
    def integer(self) -> str:
        """The type of integers and conditions."""
        return WHOLES[self.dtype]

    def type_of(self, number: int) -> str:
        """The type of a value."""
        return self.real if self.program.nodes[number].kind == "f" else self.integer

    def own(self, number: int) -> Grouping:
        """The groups to which a node belongs."""
        return self.batched if self.program.nodes[number].batched else self.fixed

    def memory(self, name: str, dims: Sequence[Dimension], at: Sequence[str]) -> str:
        """An element of an array that has one for each example of a tile, or of one row."""
        place = self.place(dims, at)
        if self.layout == "rows":
            return f"{name}[{place or '0'}]"
        return f"{name}[({place}) * LANES + r]" if place else f"{name}[r]"

    def element(self, number: int, at: Sequence[str]) -> str:
        """An element of a value where it is stored."""
        node = self.program.nodes[number]
        if not node.batched and node.op is not Op.INPUT:
            return f"u{number}[{self.place(node.dims, at)}]" if node.dims else f"u{number}"
        if node.op is Op.INPUT:
            return self.memory(self.inputs[node.detail[0]], node.dims, at)
        if self.layout == "rows" and not node.dims:
            return f"t{number}"
        return self.memory(f"b{number}", node.dims, at)

    def read(self, number: int, at: Sequence[str]) -> str:
        """A value at some places of its axes."""
        node = self.program.nodes[number]
        if node.op is Op.SIZE or node.kind == "s":
            return f"s{number}"
        if self.own(number).inline(number):
            return self.inlined(node, at)
        if number in self.here and tuple(at) == self.loops:
            return f"t{number}"
        return self.element(number, at)

    def inlined(self, node: Node, at: Sequence[str]) -> str:
        """A value of integers that does not vary, written out."""
        if node.op is Op.IOTA:
            return f"({self.integer})({at[0]})"
        return f"({self.called(node, [self.operand(o, at, node) for o in node.operands])})"

    def operand(self, operand: Operand, at: Sequence[str], reader: Node) -> str:
        """An operand of a node, at the places of that node's axes."""
        if operand.number:
            return str(int(operand.source)) if reader.kind == "i" else \
                number_text(operand.source, self.real)
        axes = {axis: at[loop] for loop, axis in enumerate(operand.axes) if axis is not None}
        return self.cast(operand.source, [axes[n] for n in range(len(axes))], reader)

    def cast(self, number: int, at: Sequence[str], reader: Node) -> str:
        """A value for a node: an integer is made a float where floats are computed."""
        text = self.read(number, at)
        kind = self.program.nodes[number].kind
        floats = reader.kind == "f" or (reader.kind == "b" and any(
            o.number or self.program.node(o).kind in "fs" for o in reader.operands))
        return f"({self.real}){text}" if kind in "is" and floats else text

    def called(self, node: Node, operands: Sequence[str]) -> str:
        """The expression that computes a node."""
        return self.call(function_name(node), operands)

    def call(self, function: str, operands: Sequence[str]) -> str:
        """An expression with its operands, or a call of a function of mathematics."""
        if "{" not in function:
            self.used[function] = None
        return called(function, list(operands), PREFIXES[self.dtype])
