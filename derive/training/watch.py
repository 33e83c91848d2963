"""Watches a run for a loss that diverges."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from math import isfinite
from typing import Any

from derive.errors import TrainingError

_START = 20  # steps whose mean loss is the measure
_TIMES = 10.0
_MANY = 50  # steps in a row beyond it
_GROWN = 2.0  # times its start, at which a loss has risen before it was lost


@dataclass(frozen=True)
class Undefined:
    """What is no finite number, in words; `cause` is one of parameter, data, equation."""

    cause: str
    says: str


class DivergedError(TrainingError):
    """A run whose loss or gradient left the numbers, or the neighbourhood of its start."""


@dataclass
class Watch:
    """The mean loss of the start, and for how many steps the loss has been far above it."""

    steps: int = 0
    start: float = 0.0
    beyond: int = 0
    first: float = 0.0
    last: float = 0.0

    def look(self, step: int, loss: float, norm: float,
             explain: Callable[[], Undefined | None] = lambda: None) -> None:
        """Takes note of a step's loss and gradient norm, before the parameters move.

        Raises DivergedError, with a cause to look for; `explain` finds the first undefined value.
        """
        if not isfinite(loss) or not isfinite(norm):
            raise DivergedError(f"step {step}: {self._undefined(loss, norm, explain())}")
        if self.steps < _START:
            self.first = self.first if self.steps else loss
            # A loss that has left its start already must not become the measure.
            counted = min(loss, 2 * max(abs(self.first), 0.5))
            self.start += (counted - self.start) / (self.steps + 1)
        self.steps, self.last = self.steps + 1, loss
        # A loss may start near 0 or below, as that of a density does: then the measure is its size.
        limit = _TIMES * max(abs(self.start), 0.1)
        self.beyond = self.beyond + 1 if self.steps > _START and loss > limit else 0
        if self.beyond >= _MANY:
            raise DivergedError(f"step {step}: for {_MANY} steps the loss has been more than "
                                f"{_TIMES:g} times as far from 0 as at the start (now {loss:.4g}, "
                                f"then {self.start:.4g}); try a lower --lr or a smaller --clip")

    def _undefined(self, loss: float, norm: float, origin: Undefined | None) -> str:
        """What is no number, where it arises, and what to do; the rate is blamed where it shows."""
        what = f"the loss is {loss}" if not isfinite(loss) else f"the gradient's norm is {norm}"
        where = "" if origin is None else f": {origin.says}"
        if origin is not None and origin.cause == "data":
            return what + where
        remedy = "try a lower --lr, a smaller --clip, or --dtype float64"
        grown = self.steps > 1 and self.last > _GROWN * max(abs(self.start), 0.1)
        if grown or (origin is not None and origin.cause == "parameter"):
            rose = f" (the loss had risen from {self.start:.4g} to {self.last:.4g})" * grown
            return f"{what}{where}; the rate is too high for it{rose}: {remedy}"
        if self.steps < 1 and origin is not None:
            return f"{what}{where}; it is so at the first step: the equations or the data do it"
        return f"{what}{where}; {remedy}"

    def to_json(self) -> dict[str, Any]:
        """The watch as JSON data; `Watch(**data)` goes on."""
        return asdict(self)
