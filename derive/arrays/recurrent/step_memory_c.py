"""Where a C function of a recurrent model finds its values: pointers, and steps between them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from derive.arrays.operations import Op
from derive.arrays.program import Node
from derive.arrays.recurrent.views import Parameter, Place, Views
from derive.core.kinds import Dimension

TYPES = {"f": "real", "i": "int64_t", "b": "uint8_t"}


@dataclass(frozen=True)
class Pointer:
    """One array that a function is given: its name in C, and the text of the array in Python.

    `timed` has a step for each time, `rows` a row for each sequence.
    """

    name: str
    array: str
    kind: str
    dims: tuple[Dimension, ...]
    timed: bool
    rows: bool


@dataclass
class StepMemory:
    """The pointers of a function, by what they point to."""

    views: Views
    pointers: dict[str, Pointer] = field(default_factory=dict)
    constants: set[str] = field(default_factory=set)

    def dim(self, dim: Dimension) -> str:
        """A dimension. A fixed one is an argument, too: compilers unroll loops of known lengths,
        which are no vector code then."""
        text = self.views.dim(dim)
        if text.isdecimal() and int(text) > 1:
            name = f"size_{text}"
            self.constants.add(self.views.fixed.setdefault(name, text))
            return name
        return text

    @property
    def sizes(self) -> list[str]:
        """The names of all lengths, but for those of time and of a batch."""
        return [*self.views.sizes.values(), *(f"size_{text}" for text in sorted(self.constants))]

    def size(self, dims: Sequence[Dimension]) -> str:
        """The number of elements along some dimensions."""
        return " * ".join(map(self.dim, dims)) or "1"

    def place(self, dims: Sequence[Dimension], at: Sequence[str]) -> str:
        """The place of an element in an array."""
        text = "0"
        for dim, index in zip(dims, at, strict=True):
            text = index if text == "0" else f"({text}) * {self.dim(dim)} + {index}"
        return text

    def new(self, array: str, kind: str, dims: tuple[Dimension, ...], timed: bool,
            rows: bool) -> Pointer:
        """The pointer to an array."""
        made = Pointer(f"p{len(self.pointers)}", array, kind, dims, timed, rows)
        return self.pointers.setdefault(array, made)

    def scratch(self, use: object, array: str) -> Pointer:
        """The pointer to memory for one use alone."""
        made = Pointer(f"p{len(self.pointers)}", array, "f", (), False, False)
        return self.pointers.setdefault(f"scratch for {use}", made)

    def of_value(self, number: int, node: Node) -> Pointer:
        """The pointer to a value that has a row for each sequence, or one for all."""
        array, plane, first, dims, rows, _ = self.views.place(number)
        return self.new(_array(Place(array, plane, first, dims, rows)), node.kind, dims,
                        rows == "step", rows != "parameter")

    def of_parameter(self, name: str, which: str = "weights") -> tuple[Pointer, Parameter]:
        """The pointer to a parameter, and where it lies."""
        mine = self.views.parameters[name]
        return self.new(f"{which}[{mine.stack}][{mine.plane}, ...]", "f",
                        tuple(mine.dims[n] for n in mine.order), False, False), mine

    def element(self, number: int, at: Sequence[str]) -> str:
        """An element of a value in memory, for the step and sequence at hand."""
        node = self.views.schedule.nodes[number]
        if node.op is Op.INPUT and not node.batched:
            pointer, mine = self.of_parameter(node.detail[0])
            return f"{pointer.name}[{self.place(pointer.dims, [at[n] for n in mine.order])}]"
        pointer = self.of_value(number, node)
        return f"{self.row(pointer)}[{self.place(pointer.dims, at)}]"

    def row(self, pointer: Pointer) -> str:
        """The row of an array for the step and sequence at hand."""
        return pointer.name.replace("p", "q") if pointer.timed or pointer.rows else pointer.name

    def row_text(self, pointer: Pointer) -> str:
        """The statement that defines the row."""
        parts = [pointer.name]
        parts += [f"t * step_{pointer.name}"] if pointer.timed else []
        parts += [f"b * ({self.size(pointer.dims)})"] if pointer.rows else []
        return f"{TYPES[pointer.kind]} *const {self.row(pointer)} = {' + '.join(parts)};"

    def step(self, number: int) -> tuple[str, str]:
        """All rows of a value at the step at hand, and how far apart they lie."""
        pointer = self.of_value(number, self.views.schedule.nodes[number])
        text = f"{pointer.name} + t * step_{pointer.name}" if pointer.timed else pointer.name
        return text, f"({self.size(pointer.dims)})" if pointer.rows else "0"


def _array(place: Place) -> str:
    """The array of a value as text of Python, the steps in front where there are any."""
    at = [] if place.plane < 0 else [str(place.plane)]
    if place.rows == "step":
        at.append(f"{place.first}:T + {place.first}")
    elif place.rows in ("first", "last"):
        at.append(str(place.first) if place.rows == "first" else f"T + {place.first - 1}")
    return f"{place.array}[{', '.join([*at, '...'])}]"
