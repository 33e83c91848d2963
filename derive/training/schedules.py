"""Schedules of the learning rate: factors by step, written as text."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import cos, isfinite, pi

from derive.errors import TrainingError

FORMS = ("constant", "linear", "cosine", "step:FACTOR:STEPS", "exponential[:FACTOR:STEPS]",
         "warmup:STEPS,<one of these>")
_Factor = Callable[[int, int], float]


@dataclass(frozen=True)
class Schedule:
    """The factor on the learning rate at each step of a run.

    The rate rises over `warmup` steps; `after` is a function of the steps since then and of how
    many there are.
    """

    text: str
    warmup: int
    after: _Factor

    def factor(self, step: int, total: int) -> float:
        """The factor of step number `step`, from 0, of `total`."""
        if step < self.warmup:
            return (step + 1) / self.warmup
        return self.after(step - self.warmup, max(1, total - self.warmup))


def read_schedule(text: str) -> Schedule:
    """Reads `constant`, `linear` (to 0 over the run), `cosine`, `step:0.5:1000` (halved every 1000
    steps), `exponential:0.5:1000` (the same, smoothly; alone: to 1 % over the run), each with a
    prefix such as `warmup:100,`. Raises TrainingError.
    """
    warmup, rest = 0, text.strip()
    if rest.startswith("warmup"):
        head, _, rest = rest.partition(",")
        warmup = _steps(head.partition(":")[2], text)
        rest = rest.strip() or "constant"
    name, *arguments = rest.split(":")
    if name in ("step", "exponential") and len(arguments) == 2:
        factor, steps = _ratio(arguments[0], text), _steps(arguments[1], text)
        return Schedule(text, warmup, _decay(factor, steps, smooth=name == "exponential"))
    if arguments or name not in _PLAIN:
        raise _wrong(text)
    return Schedule(text, warmup, _PLAIN[name])


def _decay(factor: float, steps: int, *, smooth: bool) -> _Factor:
    if smooth:
        return lambda step, _total: factor ** (step / steps)
    return lambda step, _total: factor ** (step // steps)


_PLAIN: dict[str, _Factor] = {
    "constant": lambda _step, _total: 1.0,
    "linear": lambda step, total: max(0.0, 1 - step / total),
    "cosine": lambda step, total: (1 + cos(pi * min(1.0, step / total))) / 2,
    "exponential": lambda step, total: 0.01 ** (step / total),
}


def _ratio(text: str, written: str) -> float:
    try:
        value = float(text)
    except ValueError:
        raise _wrong(written) from None
    if not (isfinite(value) and 0 < value <= 1):
        raise _wrong(written, "the factor lies above 0 and is at most 1")
    return value


def _steps(text: str, written: str) -> int:
    if not text.strip().isdecimal() or int(text) == 0:
        raise _wrong(written, "the number of steps is a whole number of at least 1")
    return int(text)


def _wrong(text: str, why: str = "") -> TrainingError:
    says = f": {why}" if why else ""
    return TrainingError(f"--schedule cannot be {text!r}{says}; it reads {', '.join(FORMS)}")
