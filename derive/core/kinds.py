"""Kinds: what a declared name may hold, its shape, and the interval of its values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

Dimension = Any  # a core.atoms.Dim or a SymPy Integer
Bound = Fraction | float


@dataclass(frozen=True)
class Interval:
    """A real interval; `inf` and `-inf` are floats, finite ends are exact fractions."""

    low: Bound = float("-inf")
    high: Bound = float("inf")
    low_open: bool = True
    high_open: bool = True

    @property
    def positive(self) -> bool:
        """Every value is > 0."""
        return self.low > 0 or (self.low == 0 and self.low_open)

    @property
    def negative(self) -> bool:
        """Every value is < 0."""
        return self.high < 0 or (self.high == 0 and self.high_open)

    @property
    def nonnegative(self) -> bool:
        """Every value is >= 0."""
        return self.low >= 0


REAL = Interval()
_UNIT = Interval(Fraction(0), Fraction(1), False, False)

# The scalar domains of the notation and the values that they hold.
DOMAINS: dict[str, Interval] = {
    "real": REAL,
    "positive": Interval(Fraction(0), float("inf"), True, True),
    "nonnegative": Interval(Fraction(0), float("inf"), False, True),
    "negative": Interval(float("-inf"), Fraction(0), True, True),
    "probability": Interval(Fraction(0), Fraction(1), True, True),
    "integer": REAL,
    "count": Interval(Fraction(0), float("inf"), False, True),
    "binary": _UNIT,
    "label": Interval(Fraction(0), float("inf"), False, True),
    "simplex": _UNIT,
    "onehot": _UNIT,
    "index": Interval(Fraction(0), float("inf"), False, True),
    "symmetric": REAL,
    "spd": REAL,
    "lower": REAL,
    "diagonal": REAL,
}
DISCRETE = frozenset({"integer", "count", "binary", "label", "onehot", "index"})
OVER_A_DIMENSION = frozenset({"label", "simplex", "onehot", "index"})
VECTORS = frozenset({"simplex", "onehot"})
MOST_AXES = 16
MATRICES = frozenset({"symmetric", "spd", "lower", "diagonal"})  # square in their last two axes


@dataclass(frozen=True)
class Kind:
    """A declared type: `real[H, D]`, `label(K)[T]`, `simplex(K)`.

    `shape` lists every axis; for `simplex(K)[T]` it is (T, K). `over` is the K of `label(K)`.
    """

    domain: str
    shape: tuple[Dimension, ...] = ()
    over: Dimension | None = None

    @property
    def interval(self) -> Interval:
        """The interval of the values of one element."""
        return DOMAINS[self.domain]

    @property
    def differentiable(self) -> bool:
        """Whether a derivative with respect to such a variable makes sense."""
        return self.domain not in DISCRETE

    def __str__(self) -> str:
        text, axes = self.domain, self.shape
        if self.over is not None:
            text += f"({self.over})"
        if self.domain in VECTORS:
            axes = axes[:-1]
        if axes:
            text += f"[{', '.join(str(a) for a in axes)}]"
        return text


def fault_of_shape(domain: str, axes: Sequence[Dimension]) -> str:
    """Why a type cannot have these axes: a matrix of that type is square; empty if it can."""
    if len(axes) > MOST_AXES:
        return f"an array has at most {MOST_AXES} axes, not {len(axes)}"
    if domain not in MATRICES or (len(axes) > 1 and axes[-1] == axes[-2]):
        return ""
    given = f", not one of shape ({', '.join(map(str, axes))})" if axes else ""
    return f"a {domain} matrix is square{given}; write {domain}[N, N]"


def narrowest(values: Interval) -> str:
    """The narrowest domain that holds every value of an interval."""
    if values.positive:
        within_unit = values.high < 1 or (values.high == 1 and values.high_open)
        return "probability" if within_unit else "positive"
    if values.negative:
        return "negative"
    return "nonnegative" if values.nonnegative else "real"
