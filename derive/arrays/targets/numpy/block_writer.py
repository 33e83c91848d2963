"""What every writer of a block function needs: names, buffers, operands as text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sympy import Float

from derive.arrays.program import Node, Operand, Program
from derive.arrays.targets.numpy.axis_layout import Layout
from derive.arrays.targets.numpy.buffers import Buffers
from derive.errors import KernelError


def number_text(value: Any) -> str:
    """An exact number as Python's nearest float. Raises KernelError for one that is too large."""
    if isinstance(value, float):
        return {float("inf"): "np.inf", float("-inf"): "-np.inf"}.get(value, repr(value))
    try:
        return repr(float(value if not isinstance(value, Float) else str(value)))
    except OverflowError:
        raise KernelError("a number in the formula is beyond those of float64") from None


NEUTRAL = {"max": "-np.inf", "argmax": "-np.inf", "min": "np.inf", "prod": "1.0"}


@dataclass
class Writer:
    """Writes statements of a block function.

    `names` are the arguments' names in the code, `sizes` those of the dimensions. With `kept`,
    no buffer is used twice and the function returns all values by name.
    """

    program: Program
    layout: Layout
    outputs: Mapping[str, int]
    names: Mapping[str, str]
    sizes: Mapping[Any, str]
    kept: bool = False
    lines: list[str] = field(default_factory=list)
    places: dict[tuple[int, Any], str] = field(default_factory=dict)
    extra: list[tuple[tuple[str, ...], str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.order: list[int] = self.program.needed(list(self.outputs.values()))
        self.buffers = Buffers()
        self.targets: dict[int, str] = {}

    def dim(self, dim: Any) -> str:
        return self.sizes.get(dim, str(dim))

    def dims(self, node: Node) -> tuple[str, ...]:
        return tuple(self.dim(d) for d in node.dims)

    def name(self, number: int) -> str:
        node = self.program.nodes[number]
        return self.names[node.detail[0]] if node.op == "input" else f"t{number}"

    def buffer(self, number: int) -> str:
        buffer = self.buffers.of[number]
        return self.targets.get(buffer, f"w{buffer}")

    def scratch(self, dims: tuple[str, ...], kind: str) -> str:
        """One more buffer, for a temporary value of this place alone."""
        self.extra.append((dims, kind))
        return f"x{len(self.extra) - 1}"

    def text(self, operand: Operand) -> str:
        """An operand, its axes along those of the result."""
        if operand.number:
            return number_text(operand.source)
        node = self.program.nodes[operand.source]
        name = self.name(operand.source)
        if node.kind == "s":
            return name
        return self.layout.aligned(name, operand.axes, len(operand.axes), node.batched)

    def say(self, line: str) -> None:
        self.lines.append(line)

    def define(self, number: int, text: str) -> None:
        self.say(f"t{number} = {text}")
