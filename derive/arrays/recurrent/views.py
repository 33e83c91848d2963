"""Arrays and views of the generated code: all are made once, and have names."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from derive.arrays.recurrent.loop_schedule import Schedule
from derive.arrays.recurrent.stacks import Stacks, turned_parameters
from derive.arrays.recurrent.value_storage import Storage

COUNTS = {"step": "N", "sequence": "B", "parameter": "1"}  # how many rows a value has


@dataclass(frozen=True)
class Parameter:
    """Where a parameter lies: stack, plane, and whether it is stored transposed."""

    stack: int
    plane: int
    turned: bool
    dims: tuple[Any, ...]


def parameters(schedule: Schedule, stacks: Stacks) -> dict[str, Parameter]:
    """Where each parameter lies. A matrix has the axis first along which it is summed or picked."""
    turned = turned_parameters(schedule)
    found = {}
    for number, stack in enumerate(stacks.parameters):
        for plane, name in enumerate(stack):
            shape = schedule.graph.inputs[name][1].shape
            found[name] = Parameter(number, plane, turned.get(name, False) and len(shape) == 2,
                                    tuple(shape))
    return found


@dataclass
class Views:
    """Names for views: `fixed` are made once for a size, `stepped` are one for each step.

    `region` is the loop that is written now, or None outside of loops.
    """

    schedule: Schedule
    storage: Storage
    parameters: dict[str, Parameter]
    sizes: dict[Any, str]
    fixed: dict[str, str] = field(default_factory=dict)
    stepped: dict[int, dict[str, str]] = field(default_factory=dict)
    region: int | None = None
    beside: set[str] = field(default_factory=set)  # arrays of which loops read planes together

    def once(self, text: str) -> str:
        """The name of something that is made once."""
        if text not in self.fixed:
            self.fixed[text] = f"v{len(self.fixed)}"
        return self.fixed[text]

    def each(self, text: str) -> str:
        """The name of something that is made once for each step, of the loop at hand."""
        assert self.region is not None
        mine = self.stepped.setdefault(self.region, {})
        if text not in mine:
            mine[text] = f"s{len(mine)}"
        return mine[text]

    def dims(self, dims: tuple[Any, ...]) -> str:
        return "".join(f", {self.sizes.get(d, str(d))}" for d in dims)

    # Values

    def place(self, number: int) -> tuple[str, int, int, tuple[Any, ...], str]:
        """(array, plane, first step, dims, rows) of a value."""
        node = self.schedule.nodes[number]
        graph = self.schedule.graph
        if node.op != "input":
            home, plane = self.storage.home[number]
            slab = self.storage.slabs[home]
            return f"memory[{home}]", plane, slab.lead, slab.dims, slab.rows
        name = node.detail[0]
        if name in graph.delays:
            delay = graph.delays[name]
            if delay.source in graph.named:
                array, plane, first, dims, rows = self.place(graph.named[delay.source])
                return array, plane, first + (delay.shift if rows == "step" else 0), dims, rows
            return f"data[{delay.source!r}]", -1, 1 + delay.shift, node.dims, "step"
        if name in graph.edges:
            source, end = graph.edges[name]
            array, plane, first, dims, _ = self.place(graph.named[source])
            return array, plane, first, dims, end
        lead = int(any(d.source == name for d in graph.delays.values()))
        return f"data[{name!r}]", -1, lead, node.dims, self.schedule.kinds[number]

    def view(self, number: int, suffix: str = "", planes: int = 0) -> str:
        """The name of a value, or of `planes` values side by side, where the code stands now.

        `suffix` aligns its axes with those of a result.
        """
        array, plane, first, dims, rows = self.place(number)
        at = "" if plane < 0 else f"{plane}, " if not planes else f"{plane}:{plane + planes}, "
        lead = f"{planes}, " if planes else ""
        if rows in ("loop", "sequence", "parameter"):
            inner = at.rstrip(", ")
            return self.once(f"{array}[{inner}, ...]{suffix}" if inner else f"{array}{suffix}")
        if rows in ("first", "last"):
            step = first if rows == "first" else f"T + {first - 1}"
            return self.once(f"{array}[{at}{step}]{suffix}")
        if self.region is None:
            return self.once(f"{array}[{at}{first}:T + {first}]"
                             f".reshape({lead}N{self.dims(dims)}){suffix}")
        if planes:
            self.beside.add(array)
        return self.each(f"{array}[{at}t + {first}]{suffix}")

    def beyond(self, number: int, end: str) -> str:
        """The place before the first step of a value, or after the last."""
        array, plane, first, _, rows = self.place(number)
        if rows == "loop":
            return self.once(f"{array}[{plane}]")
        return self.once(f"{array}[{plane}, {0 if end == 'first' else f'T + {first}'}]")

    # Parameters

    def natural(self, name: str, suffix: str = "", which: str = "weights") -> str:
        """A parameter as it was declared."""
        one = self.parameters[name]
        turn = ".T" if one.turned else ""
        return self.once(f"{which}[{one.stack}][{one.plane}, ...]{turn}{suffix}")

    def stored(self, names: list[str], which: str = "weights") -> str | None:
        """One parameter as it is stored, or several if they lie side by side in this order."""
        mine = [self.parameters[n] for n in names]
        if len(mine) == 1:
            return self.once(f"{which}[{mine[0].stack}][{mine[0].plane}, ...]")
        if not self.in_a_row(names):
            return None
        first = mine[0].plane
        return self.once(f"{which}[{mine[0].stack}][{first}:{first + len(mine)}]")

    def in_a_row(self, names: list[str]) -> bool:
        """Whether parameters lie side by side in this order."""
        mine = [self.parameters[n] for n in names]
        return all(p.stack == mine[0].stack and p.plane == mine[0].plane + n
                   for n, p in enumerate(mine))

    def side_by_side(self, numbers: list[int]) -> bool:
        """Whether values lie side by side in this order."""
        places = [self.place(n) for n in numbers]
        first = places[0]
        return all(p[0] == first[0] and p[1] == first[1] + n and p[1] >= 0
                   and p[2:] == first[2:] for n, p in enumerate(places))
