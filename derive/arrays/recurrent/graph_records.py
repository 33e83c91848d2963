"""The program of a step, and what it reads of other steps."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from derive.arrays.program import Program
from derive.core.kinds import Dimension, Kind
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


@dataclass(frozen=True)
class Steps:
    """An input that is the value of another name at all steps, with an axis for them.

    With a `shift` it is read while a loop computes it: -1 by later steps, 1 by earlier ones.
    """

    source: str
    shift: int = 0


@dataclass
class Graph(Brief):
    """The program of a step: nodes by name, inputs that are delayed, gradients, the loss.

    `spans` are inputs that hold all steps of a value as an axis, `across` those that hold one
    step of a value with such an axis, `clocks` those that hold the number of the step.
    `times` has the dimension of the steps of a name, where it is not that of the model.
    """

    program: Program
    named: dict[str, int] = field(default_factory=dict)
    delays: dict[str, Delay] = field(default_factory=dict)
    edges: dict[str, tuple[str, str]] = field(default_factory=dict)  # input → (name, first|last)
    gradients: dict[str, list[int]] = field(default_factory=dict)
    loss: list[int] = field(default_factory=list)
    inputs: dict[str, tuple[str, Kind]] = field(default_factory=dict)  # name → (class, kind)
    spans: dict[str, Steps] = field(default_factory=dict)
    across: dict[str, str] = field(default_factory=dict)
    clocks: dict[str, Dimension] = field(default_factory=dict)
    times: dict[str, Dimension] = field(default_factory=dict)
    derived: frozenset[str] = frozenset()  # parameters that others give
    clock: str = ""  # the input that is the number of the step, from 0
    axes: set[str] = field(default_factory=set)  # names of which time is an axis

    @property
    def plain(self) -> bool:
        """Whether nothing but neighbouring steps is read."""
        return not (self.spans or self.across or self.clocks or self.times)

    def time_of(self, name: str) -> Dimension | None:
        """The steps of a name, its adjoint or its neighbour; None for those of the model."""
        return self.times.get(re.split(r"['@]", name)[0])

    def is_value(self, name: str) -> bool:
        """Whether an input is another value, and no data."""
        return any(name in names for names in (self.delays, self.edges, self.spans, self.across,
                                               self.clocks))

    @property
    def data(self) -> list[str]:
        """The inputs that a batch brings: no parameters, and no other values."""
        return [n for n, (rows, _) in self.inputs.items() if rows in ("step", "sequence")
                and not self.is_value(n)]
