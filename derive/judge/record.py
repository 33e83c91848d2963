"""The record of a verification."""

from __future__ import annotations

from derive.deferred_dataclass import dataclass
from derive.short_reprs import Brief


@dataclass(frozen=True)
class EndToEnd(Brief, by=("summary",)):
    """What was typed against what is printed: values and points compared, digits, worst error."""

    values: int
    points: int
    sizes: tuple[tuple[str, tuple[int, ...]], ...]
    digits: int
    worst: float
    largest: float = 0.0  # in size, of the values that were drawn

    @property
    def summary(self) -> str:
        """A part of the sentence of a verification."""
        where = " and ".join(f"{d} = {_ranges(s)}" for d, s in self.sizes)
        error = "0" if self.worst == 0 else f"{self.worst:.0e}"
        return (f"the result against the formula as typed: {self.values} "
                f"value{'s' * (self.values != 1)} at {self.points} "
                f"point{'s' * (self.points != 1)}{f' for {where}' if where else ''}, "
                f"{self.digits} digits, worst relative error {error}")

    @property
    def looked_at(self) -> str:
        """The values and sizes that were looked at, in words."""
        where = [f"{d} = {_ranges(s)}" for d, s in self.sizes]
        return ", ".join([f"values up to {self.largest:.3g} in size", *where])


def _ranges(sizes: tuple[int, ...]) -> str:
    """Sizes in words: 1 to 9, 12."""
    runs: list[list[int]] = []
    for size in sizes:
        if runs and size == runs[-1][-1] + 1:
            runs[-1].append(size)
        else:
            runs.append([size])
    parts = [[f"{r[0]} to {r[-1]}"] if len(r) > 2 else [str(n) for n in r] for r in runs]
    return ", ".join(p for part in parts for p in part)


@dataclass(frozen=True)
class Verification(Brief, by=("summary",)):
    """What was verified: points and lines compared, sizes, digits, the worst relative error."""

    points: int
    lines: int
    sizes: tuple[tuple[str, tuple[int, ...]], ...]
    digits: int
    worst: float
    seed: int
    cases: tuple[str, ...] = ()
    integral_digits: int = 0  # of lines with integrals, where there are any
    of: str = ""  # of what the points are, where it is not the formula
    ends: tuple[EndToEnd, ...] = ()  # the typed text against the printed results
    unjudged: str = ""  # why the typed text was not compared with the result
    unproved: tuple[str, ...] = ()  # what was compared by numbers, and is proved by no rule

    @property
    def label(self) -> str:
        """How a reader is to take it."""
        return "by numbers" if self.unproved else "verified"

    @property
    def summary(self) -> str:
        """One sentence for the end of a derivation."""
        where = [f"{name} = {', '.join(map(str, sizes))}" for name, sizes in self.sizes]
        over = f" for {' and '.join(where)}" if where else ""
        index = ", index equal and unequal" if len(self.cases) > 1 else ""
        error = "0" if self.worst == 0 else f"{self.worst:.0e}"
        count = f"{self.points} point{'s' * (self.points != 1)}"
        less = f" ({self.integral_digits} for integrals)" if self.integral_digits else ""
        lines = (f"{self.lines} lines at {count}{self.of}{over}{index}, {self.digits} digits"
                 f"{less}, worst relative error {error}")
        return "; ".join((*self._grounds, lines, *(end.summary for end in self.ends),
                          *([self.unjudged] if self.unjudged else [])))

    @property
    def _grounds(self) -> list[str]:
        """What is not proved, and what was looked at instead."""
        if not self.unproved:
            return []
        seen = " and ".join(dict.fromkeys(end.looked_at for end in self.ends))
        return [f"not proved: it rests on {' and '.join(self.unproved)}",
                *([f"looked at: {seen}"] if seen else [])]
