"""Numbers at which a rule is tried: special ones of each kind, and functions about a point."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any

from derive.core.kinds import DISCRETE, DOMAINS, Interval
from derive.judge.precision import mp
from derive.judge.rules.exact_arithmetic import Exact, plus, rounded, times

_NEAR = Fraction(1, 1 << 24)  # just beside a number
MAGNITUDES = (-44, -30, -20, -10, 10, 20, 34)
MODERATE = (-10, -5, 3)
_PLAIN = (Fraction(0), Fraction(1), Fraction(-1), Fraction(2), Fraction(1, 2), Fraction(-3, 2))


class Smooth:
    """A random smooth function with a given value at one point: most are polynomials, and exact."""

    def __init__(self, draw: random.Random, value: Fraction, at: Fraction) -> None:
        self.value, self.at = value, at
        self.slope, self.bend, self.wave = (
            draw.choice((0, 1, 1, 1)) * Fraction(draw.randrange(-24, 25), 16) for _ in range(3))
        self.wave *= draw.choice((0, 0, 1))

    def __call__(self, x: Exact, *others: Exact) -> Any:
        gap = plus(x, -self.at)[0]
        rest = times(gap, plus(self.slope, times(self.bend, gap))[0])
        if self.wave:
            rest = plus(rest, rounded(self.wave) * mp.sin(rounded(gap)))[0]
        for other in others:
            rest = plus(rest, other)[0]
        return plus(self.value, rest)[0]


def allows(kind: str, value: Fraction) -> bool:
    """Whether a number is a value of a kind."""
    values: Interval = DOMAINS.get(kind, DOMAINS["real"])
    if kind in DISCRETE and value.denominator != 1:
        return False
    if kind == "probability":
        return 0 < value < 1
    above = value > values.low or (value == values.low and not values.low_open)
    return above and (value < values.high or (value == values.high and not values.high_open))


def special(kind: str, marks: Sequence[Fraction], magnitudes: Sequence[int]) -> list[Fraction]:
    """The special values of a kind: about the rule's own numbers, 0, 1, tiny and huge ones."""
    values = dict.fromkeys((*_about(marks, kind in DISCRETE), *_usual(kind, magnitudes)))
    if kind == "probability":
        values |= dict.fromkeys([1 - v for v in values])
    return [v for v in values if allows(kind, v)]


def _about(marks: Sequence[Fraction], discrete: bool) -> Iterator[Fraction]:
    """Values at numbers and just beside them; of whole ones, their neighbours."""
    beside, steps = ((0,), (0, 1, -1, 2)) if discrete else ((0, _NEAR, -_NEAR), (0,))
    for mark in marks:
        for sign in (1, -1):
            yield from (sign * mark * (1 + b) + s for b in beside for s in steps)


def _usual(kind: str, magnitudes: Sequence[int]) -> Iterator[Fraction]:
    """The ends and the middle of a kind."""
    if kind == "probability":
        edge = [*(Fraction(1, 10**n) for n in (1, 3, 6, 12)), Fraction(1, 2)]
        yield from (v for e in edge for v in (e, 1 - e))
    elif kind in DISCRETE:
        yield from map(Fraction, (*range(-3, 10), 20, 57))
    else:
        yield from _PLAIN
        yield from (s * Fraction(2) ** n for n in magnitudes for s in (1, -1))
