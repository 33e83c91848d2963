"""The names of a recurrent program's values in code: those of the model, or of what reads them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from derive.arrays.recurrent.loop_schedule import Schedule
from derive.lazy import cached_property


@dataclass
class StepNames:
    """Names of values. `equations` are the lines of the model by the names that they define,
    `sums` the names of sums over all steps."""

    schedule: Schedule
    equations: Mapping[str, str]
    sums: dict[int, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.named = self.schedule.graph.named
        self.names = {n: name for name, n in self.named.items()}

    def remarks(self, kept: list[int], place: Mapping[int, int]) -> dict[int, str]:
        """The equations of values, by their places in another program."""
        return {place[n]: self.equations[self.names[n]] for n in kept
                if self.names.get(n) in self.equations}

    def name(self, number: int) -> str:
        """The name of a value in code: that of the model, `h_slope` of ∂L/∂h, `h_carry` of what
        a step gives to the next one's; else that of what reads it."""
        name = self.names.get(number)
        if name is None:
            return f"{self.reader(number)}_part"
        stem, mark, shift = name.partition("'")
        if stem not in self.equations and number not in self._own and stem in self.named:
            stem = f"{self.reader(self.named[stem])}_input"
        end = "" if not mark else "_carry" if shift else "_slope"
        return f"{clean(stem)}{end}"

    @cached_property
    def _own(self) -> set[int]:
        """The values that equations of the model define."""
        return {self.named[n] for n in self.equations if n in self.named}

    def reader(self, number: int) -> str:
        """The name of the first value with one that rests on a value."""
        rank = [number]
        seen = {number}
        while rank:
            following = [r for n in rank for r in self.schedule.readers[n] if r not in seen]
            seen |= set(following)
            for reader in following:
                name = self.names.get(reader, "")
                if self.schedule.nodes[reader].op.total:
                    continue
                stem = name.partition("'")[0]
                if name and stem in self.equations:
                    return self.name(reader)
            rank = following
        return "value"

    def stem(self, number: int, at_step: bool) -> str:
        """The name of a value: that of the model where it has one there."""
        if number in self.sums:
            return self.sums[number]
        return self.name(number) + ("_t" if at_step else "")


def clean(name: str) -> str:
    """A name of the model as one of code."""
    return "".join(c if c.isalnum() or c == "_" else "_" for c in name).strip("_") or "value"
