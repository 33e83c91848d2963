"""Arrays and views of the generated code: all are made once, and have names."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from derive.arrays.operations import Op
from derive.arrays.recurrent.loop_schedule import Schedule
from derive.arrays.recurrent.stacks import Axes, Stacks, layouts
from derive.arrays.recurrent.value_storage import Storage
from derive.arrays.targets.numpy.executing import Array
from derive.core.kinds import Dimension

COUNTS = {"step": "N", "sequence": "B", "parameter": "1"}  # how many rows a value has


@dataclass(frozen=True)
class Parameter:
    """Where a parameter lies: stack, plane, and of which of its axes those in memory are made."""

    stack: int
    plane: int
    axes: Axes
    dims: tuple[Dimension, ...]

    @property
    def order(self) -> tuple[int, ...]:
        """Its axes as they lie in memory."""
        return tuple(n for group in self.axes for n in group)

    @property
    def turned(self) -> bool:
        """Whether its axes lie in another order than they were declared."""
        return self.order != tuple(range(len(self.dims)))

    @property
    def merged(self) -> bool:
        """Whether an axis in memory is made of several."""
        return len(self.axes) < len(self.dims)

    @property
    def stored(self) -> tuple[tuple[Dimension, ...], ...]:
        """The lengths of which the length of each axis in memory is the product."""
        return tuple(tuple(self.dims[n] for n in group) for group in self.axes)

    def declared(self, array: Array, length: Callable[[Dimension], int]) -> Array:
        """What lies in memory with the axes that were declared."""
        if self.merged:
            array = array.reshape([length(self.dims[n]) for n in self.order])
        return array.transpose(np.argsort(self.order)) if self.turned else array


class Place(NamedTuple):
    """Where a value lies: its array, the plane or -1, the first step, and along what it varies."""

    array: str
    plane: int
    first: int
    dims: tuple[Dimension, ...]
    rows: str
    time: Dimension | None = None

    @property
    def steps(self) -> str:
        """How many steps there are."""
        return "T" if self.time is None else f"T_{self.time}"

    @property
    def all_rows(self) -> str:
        """How many steps and sequences there are."""
        return "N" if self.time is None else f"N_{self.time}"


def parameters(schedule: Schedule, stacks: Stacks) -> dict[str, Parameter]:
    """Where each parameter lies. A matrix has the axes first along which it is summed or picked."""
    axes = layouts(schedule)
    placed = {}
    for number, stack in enumerate(stacks.parameters):
        for plane, name in enumerate(stack):
            shape = schedule.graph.inputs[name][1].shape
            placed[name] = Parameter(number, plane, axes[name], tuple(shape))
    return placed


class Views:
    """Names for views: `fixed` are made once for a size, `stepped` are one for each step.

    `region` is the loop that is written now, or None outside of loops. `beside` are arrays of
    which loops read planes together, `copies` the transposed parameters that the loop at hand
    wants copied before it, by the name of the copy.
    """

    def __init__(self, schedule: Schedule, storage: Storage, parameters: dict[str, Parameter],
                 sizes: dict[Dimension, str]) -> None:
        self.schedule, self.storage, self.parameters = schedule, storage, parameters
        self.sizes = sizes
        self.fixed: dict[str, str] = {}  # name → text
        self.known: dict[str, str] = {}  # text → name
        self.stepped: dict[int, dict[str, str]] = {}
        self.region: int | None = None
        self.beside: set[str] = set()
        self.copies: dict[str, str] = {}

    def new(self, text: str) -> str:
        """The name of something that is made once, for this place alone."""
        name = f"v{len(self.fixed)}"
        self.fixed[name] = text
        return name

    def once(self, text: str) -> str:
        """The name of something that is made once."""
        if text not in self.known:
            self.known[text] = self.new(text)
        return self.known[text]

    def each(self, text: str) -> str:
        """The name of something that is made once for each step, of the loop at hand."""
        assert self.region is not None
        mine = self.stepped.setdefault(self.region, {})
        return mine.setdefault(text, f"s{len(mine)}")

    def dim(self, dim: Dimension) -> str:
        """A dimension."""
        return self.sizes.get(dim, str(dim))

    # Values

    def place(self, number: int) -> Place:
        """Where a value lies."""
        node, graph = self.schedule.nodes[number], self.schedule.graph
        if node.op is not Op.INPUT:
            home, plane = self.storage.home[number]
            slab = self.storage.slabs[home]
            return Place(f"memory[{home}]", plane, slab.lead, slab.dims, slab.rows,
                         self.schedule.times[number])
        name = node.detail[0]
        if name in graph.delays:
            delay = graph.delays[name]
            if delay.source not in graph.named:
                return Place(f"data[{delay.source!r}]", -1, 1 + delay.shift, node.dims, "step",
                             graph.time_of(name))
            place = self.place(graph.named[delay.source])
            return place._replace(
                first=place.first + (delay.shift if place.rows == "step" else 0))
        if name in graph.edges:
            source, end = graph.edges[name]
            return self.place(graph.named[source])._replace(rows=end)
        if name in graph.spans:
            return self.all_steps(graph.spans[name].source)
        if name in graph.across:
            return self.place(graph.named[graph.across[name]])._replace(
                rows="across", time=graph.time_of(name))
        lead = int(any(d.source == name for d in graph.delays.values()))
        return Place(f"data[{name!r}]", -1, lead, node.dims, self.schedule.kinds[number],
                     graph.time_of(name))

    def all_steps(self, source: str) -> Place:
        """Where all steps of a value lie, or of data."""
        graph = self.schedule.graph
        if source in graph.named:
            return self.place(graph.named[source])._replace(rows="axis")
        lead = int(any(d.source == source for d in graph.delays.values()))
        return Place(f"data[{source!r}]", -1, lead, graph.inputs[source][1].shape, "axis",
                     graph.time_of(source))

    def steps(self, numbers: tuple[int, ...]) -> str:
        """How many steps the values of a loop have."""
        time = next(self.schedule.times[n] for n in numbers if self.schedule.kinds[n] == "step")
        return "T" if time is None else f"T_{time}"

    def rows(self, number: int) -> str:
        """How many rows a value has: N (of steps and sequences), B or 1."""
        kind = self.schedule.kinds[number]
        time = self.schedule.times[number]
        return COUNTS[kind] if time is None or kind != "step" else f"N_{time}"

    def view(self, number: int, suffix: str = "", planes: int = 0) -> str:
        """The name of a value, or of `planes` values side by side, where the code stands now.

        `suffix` aligns its axes with those of a result.
        """
        place = self.place(number)
        array, plane, first, dims, rows, _ = place
        at = [] if plane < 0 else [f"{plane}:{plane + planes}" if planes else str(plane)]
        if rows in ("loop", "sequence", "parameter"):
            inner = f"[{', '.join([*at, '...'])}]" if at else ""
            return self.once(f"{array}{inner}{suffix}")
        if rows == "axis":
            steps = ", ".join([*at, f"{first}:{place.steps} + {first}"])
            return self.once(f"{array}[{steps}].swapaxes(0, 1){suffix}")
        if rows == "across" and self.region is not None:
            return self.each(f"{array}[{', '.join([*at, ':', 't'])}]{suffix}")
        if rows == "across":
            return self.once(f"{array}[{', '.join([*at, '...'])}].swapaxes(0, 1){suffix}")
        if rows in ("first", "last"):
            step = str(first) if rows == "first" else f"{place.steps} + {first - 1}"
            return self.once(f"{array}[{', '.join([*at, step])}]{suffix}")
        if self.region is None:
            shape = ", ".join([*([str(planes)] if planes else []), place.all_rows,
                               *map(self.dim, dims)])
            steps = ", ".join([*at, f"{first}:{place.steps} + {first}"])
            return self.once(f"{array}[{steps}].reshape({shape}){suffix}")
        if planes:
            self.beside.add(array)
        return self.each(f"{array}[{', '.join([*at, f't + {first}'])}]{suffix}")

    def beside_edges(self, number: int) -> str:
        """All steps of a value, without what stands before the first and after the last."""
        place = self.place(number)
        return self.once(f"{place.array}[{place.plane}, {place.first}:{place.steps} + "
                         f"{place.first}]")

    def beyond(self, number: int, end: str) -> str:
        """The place before the first step of a value, or after the last."""
        place = self.place(number)
        array, plane, first, _, rows, _ = place
        if rows == "loop":
            return self.once(f"{array}[{plane}]")
        return self.once(f"{array}[{plane}, {0 if end == 'first' else f'{place.steps} + {first}'}]")

    def side_by_side(self, numbers: list[int]) -> bool:
        """Whether values lie side by side in this order."""
        places = [self.place(n) for n in numbers]
        first = places[0]
        return all(p == first._replace(plane=first.plane + n) and p.plane >= 0
                   for n, p in enumerate(places))

    # Parameters

    def natural(self, name: str, suffix: str = "") -> str:
        """A parameter as it was declared."""
        mine = self.parameters[name]
        return self.once(f"weights[{mine.stack}][{mine.plane}, ...]{self.turn(mine)}{suffix}")

    def turn(self, mine: Parameter) -> str:
        """What gives an array in the order of a parameter's memory the axes that were declared."""
        if len(mine.dims) == 2 and not mine.merged:
            return ".T" if mine.turned else ""
        lengths = ", ".join(self.dim(mine.dims[n]) for n in mine.order)
        places = ", ".join(str(mine.order.index(n)) for n in range(len(mine.dims)))
        return f".reshape({lengths})" * mine.merged + f".transpose({places})" * mine.turned

    def stored(self, names: list[str], which: str = "weights") -> str | None:
        """One parameter as it is stored, or several if they lie side by side in this order."""
        first = self.parameters[names[0]]
        if len(names) == 1:
            return self.once(f"{which}[{first.stack}][{first.plane}, ...]")
        if not self.in_a_row(names):
            return None
        return self.once(f"{which}[{first.stack}][{first.plane}:{first.plane + len(names)}]")

    def in_a_row(self, names: list[str]) -> bool:
        """Whether parameters lie side by side in this order."""
        mine = [self.parameters[n] for n in names]
        return all(p.stack == mine[0].stack and p.plane == mine[0].plane + n
                   for n, p in enumerate(mine))

    def matrices(self, names: list[str], axes: tuple[int, ...]) -> str:
        """Parameters of one stack, with the axes of the sum first.

        In a loop the transposed ones are copied beforehand: small products want their second
        operand in order.
        """
        stored = self.stored(names)
        first = self.parameters[names[0]]
        if stored is None or len(first.dims) < 2 or first.axes[0] == axes:
            return stored or ""
        turn = f"{stored}.T" if len(names) == 1 else f"{stored}.transpose(0, 2, 1)"
        if self.region is None:
            return self.once(turn)
        copy = self.once(f"{turn} if B == 1 else np.ascontiguousarray({turn})")
        self.copies[copy] = turn
        return copy
