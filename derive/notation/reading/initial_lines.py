"""How a parameter starts, read from a text: a number, or a method of `rules/initials.toml`."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from difflib import get_close_matches
from fractions import Fraction

from derive.core.kinds import Kind
from derive.errors import ModelError
from derive.tables.initial_table import Method, methods

_METHOD = re.compile(r"\s*([a-z]\w*)\s*(?:\((.*)\))?\s*\Z", re.S)
# Which numbers a parameter of a domain may start at; those of other domains are no parameters.
_BOUNDS: dict[str, tuple[Callable[[Fraction], bool], str, tuple[int, ...]]] = {
    "real": (lambda _: True, "", ()), "positive": (lambda v: v > 0, "above 0", (0,)),
    "nonnegative": (lambda v: v > 0, "above 0", (0,)),
    "negative": (lambda v: v < 0, "below 0", (0,)),
    "probability": (lambda v: 0 < v < 1, "between 0 and 1", (0, 1))}
LEARNED = tuple(_BOUNDS)  # the domains that a parameter may have


@dataclass(frozen=True)
class Initial:
    """How a parameter starts: by a method with its numbers, or at one number."""

    method: Method | None
    numbers: tuple[Fraction, ...] = ()

    @property
    def text(self) -> str:
        """As it is written in a model."""
        if self.method is None:
            return str(self.numbers[0])
        listed = ", ".join(map(str, self.numbers))
        return f"{self.method.name}({listed})" if listed else self.method.name


def read_initial(text: str, line: str = "", place: int = 1) -> Initial:
    """A method such as `glorot`, with its numbers, or a number. Raises ModelError."""
    number = _number(text)
    if number is not None:
        return Initial(None, (number,))
    match = _METHOD.match(text)
    method = methods().get(match.group(1)) if match is not None else None
    if match is None or method is None:
        near = get_close_matches(match.group(1) if match else "", methods(), 1, 0.7)
        calls = dict.fromkeys(m.call for m in methods().values())
        hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(calls)}, and numbers"
        raise ModelError(f"{text!r} is no way to start a parameter; {hint}", line, place, len(text))
    fault, numbers = _numbers(method, match.group(2))
    if fault:
        raise ModelError(fault, line, place, len(text))
    return Initial(method, numbers)


def _numbers(method: Method, written: str | None) -> tuple[str, tuple[Fraction, ...]]:
    """What is wrong with the numbers of a method, or nothing, and the numbers."""
    parts = [_number(part) for part in written.split(",")] if written else []
    numbers = tuple(n for n in parts if n is not None)
    if len(parts) != len(numbers) or len(numbers) != len(method.numbers):
        if not method.numbers:
            return f"{method.name} takes no numbers; write init W: {method.name}", ()
        return f"{method.name} takes numbers: {method.call}, as in {method.example}", ()
    if method.draw == "between" and numbers[0] >= numbers[1]:
        turned = f"{method.name}({numbers[1]}, {numbers[0]})"
        remedy = turned if numbers[0] > numbers[1] else str(numbers[0])
        return f"the first number of {method.call} is below the second; write {remedy}", ()
    if method.draw == "around" and numbers[1] <= 0:
        return f"the second number of {method.call} is above 0", ()
    return "", numbers


def _number(text: str) -> Fraction | None:
    """A number such as 1, -0.5, 1e-3 or 1/3; None for another text."""
    text = text.replace(" ", "").replace("\u2212", "-")
    if len(text) > 40 or not re.fullmatch(r"[-+]?[\d.]+(/\d+|e[-+]?\d\d?)?", text):
        return None
    try:
        return Fraction(text)
    except (ValueError, ZeroDivisionError):
        return None


def fault_of_start(kind: Kind, initial: Initial | None) -> str | None:
    """Why a parameter of a type cannot start so, or can be none."""
    if kind.domain not in _BOUNDS:
        way = "the softmax of a real parameter" if kind.domain == "simplex" else \
            "real, positive, negative or a probability"
        return f"is {kind.domain}: a parameter that is learned is {way}"
    if initial is None:
        return None
    method = initial.method
    if method is not None and len(kind.shape) < method.axes:
        others = [m.example for m in methods().values() if m.example]
        axes = "is one number" if not kind.shape else "has one axis"
        return f"{axes}, and {method.name} is for matrices; write a number, or {others[0]}"
    return _fault_of_values(kind, initial)


def _fault_of_values(kind: Kind, initial: Initial) -> str | None:
    """Why a parameter of a domain cannot have the numbers at which it starts."""
    method = initial.method
    fits, words, edges = _BOUNDS[kind.domain]
    values: tuple[object, ...] = initial.numbers
    if method is not None and method.draw != "between":
        values = (Fraction(method.value),) if method.draw == "fixed" else ()
    if kind.domain != "real" and not values:
        return (f"is {kind.domain}, and {initial.text} draws other numbers too; write a number "
                f"{words}")
    ends = edges if method is not None and method.draw == "between" else ()
    if not all(fits(v) or v in ends for v in values):  # type: ignore[arg-type]
        return f"is {kind.domain}; it starts {words}, not at {initial.text}"
    return None
