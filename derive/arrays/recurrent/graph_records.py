"""The program of a step, and what it reads of other steps."""

from __future__ import annotations

from dataclasses import dataclass, field

from derive.arrays.program import Program
from derive.core.kinds import Kind
from derive.short_reprs import Brief


@dataclass(frozen=True)
class Delay:
    """An input that is the value of another name at a neighbouring step: value(t + shift).

    `edge` is the node of what stands beyond the first or last step; None for zero, or for the
    state that is given.
    """

    name: str
    source: str
    shift: int
    edge: int | None = None
    state: bool = False


@dataclass
class Graph(Brief):
    """The program of a step: nodes by name, inputs that are delayed, gradients, the loss."""

    program: Program
    named: dict[str, int] = field(default_factory=dict)
    delays: dict[str, Delay] = field(default_factory=dict)
    edges: dict[str, tuple[str, str]] = field(default_factory=dict)  # input → (name, first|last)
    gradients: dict[str, list[int]] = field(default_factory=dict)
    loss: list[int] = field(default_factory=list)
    inputs: dict[str, tuple[str, Kind]] = field(default_factory=dict)  # name → (class, kind)
    derived: frozenset[str] = frozenset()  # parameters that others give
    clock: str = ""  # the input that is the number of the step, from 0
    length: str = ""  # the input that is the number of steps of a sequence

    @property
    def data(self) -> list[str]:
        """The inputs that a batch brings: no parameters, and nothing of another step."""
        return [n for n, (rows, _) in self.inputs.items() if rows in ("step", "sequence")
                and n not in self.delays and n not in self.edges]
