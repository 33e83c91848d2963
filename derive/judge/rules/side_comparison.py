"""The two sides of a rule at one instance, at more and more bits until it is decided."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from derive.errors import EvaluationError, TooLargeError, VerificationError
from derive.judge.precision import Number, mp
from derive.judge.reading.array_operations import Call
from derive.judge.reading.lazy_arrays import NO_ERROR, Run
from derive.judge.rules.exact_arithmetic import (
    SPARE,
    Exact,
    magnitude,
    minus,
    rounded,
)
from derive.judge.rules.rule_instances import Instance
from derive.rulebook.rule import Rule


@dataclass
class Comparison:
    """The comparison of two sides at an instance, at more bits until it is decided."""

    rule: Rule
    sides: tuple[Call, Call]
    instance: Instance
    bits: int
    quadrature: bool = False  # a total that is not found says nothing of the other side
    value: Any = None     # of the left side, where the two agreed
    error: float = 0.0    # … and by how much they differed, relatively

    def agreed(self) -> bool:
        """True where both sides have one value; False where the instance says nothing.

        Raises VerificationError where the sides differ, or one alone has a value.
        """
        before: tuple[Any, Any] | None = None
        bits = self.bits
        while bits <= 8 * self.bits:
            with mp.workprec(bits):
                try:
                    (left, error), (right, other) = self._side(0), self._side(1)
                except TooLargeError:
                    return False
                if left is None or right is None:
                    if (error if left is None else other) == NO_ERROR:
                        return self._without_value(left, right)
                    bits *= 2  # rounding may have decided
                    continue
                error = max(error, other)
                gap, largest = self._gap(left, right)
                if gap <= largest * mp.mpf(2) ** (SPARE - bits):
                    self._note(left, gap / largest if largest else gap)
                    return True
                clear = magnitude(gap) > error + bits // 2
                if before and clear and self._stable(before, (left, right), gap):
                    raise self._wrong(f"{_shown(left)} against {_shown(right)}")
                before = (left, right)
            bits = 2 * bits if clear else max(2 * bits, error + bits - magnitude(gap) + 2 * SPARE)
        return not self.instance.names

    def _gap(self, left: Any, right: Any) -> tuple[Any, Any]:
        """The difference of two values, and the larger of them."""
        return rounded(abs(minus(left, right))), max(abs(rounded(left)), abs(rounded(right)))

    def _stable(self, before: tuple[Exact, Exact], now: tuple[Exact, Exact], gap: Number) -> bool:
        """Whether each side changed by far less than the sides differ."""
        return all(self._gap(a, b)[0] <= gap / 1024 for a, b in zip(before, now, strict=True))

    def _side(self, which: int) -> tuple[Any, int]:
        """The value of a side, None where it has none, and the exponent of the error in it."""
        run = Run(mp, self.instance.point())
        try:
            return self.sides[which](run), run.error
        except TooLargeError:
            raise
        except EvaluationError:
            return None, run.error

    def _without_value(self, left: Any, right: Any) -> bool:
        """What it means that a side has no value.

        Where a metavariable stands for something without a value the right side may have one
        all the same: it has dropped it.
        """
        if left is None and (right is None or self.quadrature):
            return False
        if left is not None:
            raise self._wrong("the right side has no value, the left side has one")
        if not self.instance.partial and not self.rule.extends:
            raise self._wrong("the left side has no value, the right side has one")
        return False

    def _note(self, value: Exact, error: Number) -> None:
        self.value, self.error = mp.nstr(rounded(value), 8), float(error)

    def _wrong(self, what: str) -> VerificationError:
        rule = self.rule
        return VerificationError(f"rule {rule.name} is wrong: {rule.from_} is not {rule.to}\n"
                                 f"  at {_described(self.instance)}: {what}")


def _shown(value: Exact) -> str:
    return mp.nstr(rounded(value), 12) if not isinstance(value, bool) else str(value)


def _described(instance: Instance) -> str:
    """The values of an instance, for a message."""
    shown = []
    for name, value in instance.names.items():
        if value is None:
            shown.append(f"{name} without a value")
        elif isinstance(value, (int, Fraction)):
            shown.append(f"{name} = {value if isinstance(value, (bool, int)) else _shown(value)}")
        elif isinstance(value, dict):
            entries = ", ".join(_shown(v) for v in list(value.values())[:9])
            shown.append(f"{name} = [{entries}]")
        elif hasattr(value, "shown"):
            shown.append(f"{name} = {value.shown()}")
    return ", ".join(shown) or "every point"
