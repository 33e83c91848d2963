"""Array program → statements of NumPy: one table of writers, for whatever holds the values.

A kernel's block has buffers that are used again and again; a recurrent model has views of one
memory for all steps. Both pass what holds their values (`Values`), and their table of writers.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from derive.arrays.operations import Op
from derive.arrays.program import Node, Operand, Program
from derive.arrays.targets.numpy.axis_layout import Layout
from derive.arrays.targets.numpy.numpy_operations import called
from derive.core.kinds import Dimension


class Axes(Protocol):
    """The axes of a program's values, as text of the code that is written now."""

    @property
    def places(self) -> str:
        """The numbers of the examples."""

    def dim(self, dim: Dimension) -> str:
        """A dimension."""


class Values(Axes, Protocol):
    """Where the values of a program lie, as text of the code that is written now."""

    @property
    def scope(self) -> Hashable:
        """What is written now: what was computed for another scope is not there."""

    def name(self, number: int) -> str:
        """A value with its own axes."""

    def text(self, operand: Operand) -> str:
        """An operand, its axes along those of the result."""

    def home(self, number: int) -> Hashable | None:
        """What stands for the memory of a value; None where it has none of its own."""

    def buffer(self, number: int) -> str:
        """The array into which a value is computed."""

    def scratch(self, dims: tuple[str, ...], kind: str) -> str:
        """One more array, for a temporary value of this place alone."""

    def writable(self, source: int, number: int) -> bool:
        """Whether a node may write into an operand and restore it."""


@dataclass(frozen=True)
class Statement:
    """A line of code: the value that it names, and those that it reads.

    One that does nothing but name a value is `pure`: nobody misses it where nothing reads it.
    """

    text: str
    target: int | None = None
    reads: frozenset[int] = frozenset()
    pure: bool = False


_ROWS = Layout()
Writer = Callable[["Emitter", int, Node], None]


@dataclass
class Emitter:
    """Writes the operations of a program, each by the writer that the table has for it.

    `named` tells whether a value gets a name (t5) in the code; what does not is read where it
    lies. `function` gives the name of a NumPy function in the code, `positional` whether the
    array for a result is passed by position, which is quicker.
    """

    program: Program
    values: Values
    writers: Mapping[Op, Writer]
    order: Sequence[int]
    last: Mapping[int, int]  # the place in the order at which each value is read last
    layout: Layout = _ROWS
    named: Callable[[int], bool] = lambda number: True
    function: Callable[[str], str] = lambda name: name
    positional: bool = False
    statements: list[Statement] = field(default_factory=list)
    flat: dict[Hashable, str] = field(default_factory=dict)
    _reads: set[int] = field(default_factory=set)

    def node(self, operand: Operand) -> Node:
        """The node of an operand."""
        return self.program.node(operand)

    def emit(self, number: int) -> None:
        """Writes one operation."""
        node = self.program.nodes[number]
        self.writers[node.op](self, number, node)

    # What writers read

    def name(self, number: int) -> str:
        """A value with its own axes."""
        self._reads.add(number)
        return self.values.name(number)

    def text(self, operand: Operand) -> str:
        """An operand, its axes along those of the result."""
        if not operand.number:
            self._reads.add(operand.source)
        return self.values.text(operand)

    def label(self, operand: Operand) -> str:
        """An operand that is a place along an axis."""
        return str(int(operand.source)) if operand.number else self.text(operand)

    def dims(self, node: Node) -> tuple[str, ...]:
        """The dimensions of a node."""
        return tuple(map(self.values.dim, node.dims))

    # What they write

    def write(self, text: str) -> None:
        """A statement."""
        self.statements.append(Statement(text, None, frozenset(self._reads)))
        self._reads.clear()

    def define(self, number: int, text: str, pure: bool = False) -> None:
        """The statement that computes a value, or names it."""
        if self.named(number):
            self.statements.append(Statement(text, number, frozenset(self._reads), pure))
            self._reads.clear()
        elif not pure:
            self.write(text)

    def call(self, name: str, *operands: str) -> str:
        """A call of a NumPy function."""
        return f"{self.function(name)}({', '.join(operands)})"

    def copy(self, target: str, source: str, **options: str) -> None:
        """The statement that copies an array into another."""
        self.write(self.call("np.copyto", target, source,
                             *(f"{k}={v}" for k, v in options.items())))

    def computed(self, function: str, operands: list[str], out: str) -> str:
        """A call that writes into an array; by a template, into it after all is computed."""
        if "{" in function:
            return f"into({out}, {called(function, operands)})"
        positional = self.positional and function not in ("np.maximum", "np.minimum")
        return self.call(function, *operands, out if positional else f"out={out}")


def lines(statements: Sequence[Statement], kept: bool = False) -> list[str]:
    """The text of statements; what nothing reads gets no name, unless all are `kept`."""
    written: list[str] = []
    read: set[int] = set()
    for statement in reversed(statements):
        name = statement.target
        if name is not None and name not in read and not kept:
            if statement.pure:
                continue
            name = None
        read |= statement.reads
        written.append(statement.text if name is None else f"t{name} = {statement.text}")
    return written[::-1]
