"""One option of a run: its kind, its bounds, its help; and the check of a value."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
from numbers import Real
from typing import Any

from derive.errors import TrainingError


@dataclass(frozen=True)
class Option:
    """What there is to know of an option.

    A number is `least` or more, or `above` a bound; a text is one of `choices`. A resumed run may
    have another value where that is `free`, or `noted` for the user.
    """

    kind: type
    help: str
    metavar: str = "N"
    least: int = 0
    above: float | None = None
    choices: tuple[str, ...] = ()
    free: bool = False
    noted: bool = False
    flag: str = ""  # on the command line, where it is not the name

    def takes(self, value: Any) -> bool:
        """Whether a value is of the kind of this option, or none."""
        if value is None or self.kind is tuple:
            return value is None or all(isinstance(part, str) for part in value)
        number = self.kind in (int, float)
        return isinstance(value, (int, float) if number else self.kind) and not (
            number and isinstance(value, bool))

    def check(self, flag: str, value: Any) -> None:
        """Raises TrainingError for a value that cannot be."""
        if self.kind in (int, float):
            is_number = isinstance(value, Real)
            fits = is_number and value < inf and (
                value >= self.least if self.above is None else value > self.above)
            if not fits or (self.kind is int and value % 1):
                number = "whole number" if self.kind is int else "number"
                bound = f"of at least {self.least}" if self.above is None else \
                    f"above {self.above:g}"
                raise TrainingError(f"{flag} is a {number} {bound}, not {value!r}")
        if self.choices and value not in self.choices:
            raise TrainingError(f"{flag} is {' or '.join(self.choices)}, not {value!r}")
