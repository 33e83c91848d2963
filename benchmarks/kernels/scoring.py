"""Errors in units in the last place, failures, and the worst of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from .cases import Case, Output
from .formats import Array, Format
from .truth import Exact, conditioning

LIMIT = 4.0     # units in the last place that an output may err
STEEP = 1e3     # conditioning beyond which a point counts as near a root
_MOST_LOOKS = 400


@dataclass(frozen=True)
class Truths:
    """The exact elements of an output over all points, as arrays."""

    whole: Array
    part: Array
    exponent: Array
    known: Array

    @classmethod
    def of(cls, rows: list[list[Exact]]) -> Truths:
        width = max(len(row) for row in rows)
        wide = [row if len(row) == width else row * width for row in rows]
        return cls(*(np.array([[getattr(e, name) for e in row] for row in wide])
                     for name in ("whole", "part", "exponent", "known")))


@dataclass
class Score:
    """What one column did on one output."""

    ulps: float = 0.0
    away: float = 0.0          # worst where the formula is well conditioned
    nonfinite: int = 0         # false NaN or infinity, in points
    zeros: int = 0             # false zeros, in points
    points: int = 0
    undecided: int = 0
    worst: str = ""
    note: str = ""             # why there is no number
    normal: bool = False       # passes where subnormal truths are left out
    by_regime: dict[str, float] = field(default_factory=dict)

    @property
    def failures(self) -> int:
        return self.nonfinite + self.zeros

    @property
    def passes(self) -> bool:
        return not self.note and not self.failures and self.ulps <= LIMIT


def errors(computed: Array, truths: Truths, form: Format) -> tuple[Array, Array, Array]:
    """Per element: the error in ulps, whether it is a false NaN or infinity, a false zero."""
    with np.errstate(all="ignore"):
        scaled = np.ldexp(computed.astype(np.float64), -truths.exponent)
        ulps = np.abs((scaled - truths.whole) - truths.part)
        edge = 2.0**form.bits - 0.5  # what rounds to infinity
        over = ((truths.exponent == form.highest)
                & (np.abs(truths.whole + truths.part) >= edge))
        right = over & np.isinf(computed) & (np.sign(computed) == np.sign(truths.whole))
        nonfinite = truths.known & ~np.isfinite(computed) & ~right
        zeros = truths.known & (computed == 0) & (np.abs(truths.whole + truths.part) >= 1)
        ulps = np.where(right, 0.0, np.where(truths.known & np.isfinite(computed), ulps, 0.0))
    return np.minimum(ulps, 1.7e308), nonfinite, zeros


def row_of(arrays: tuple[Array, ...], n: int) -> tuple[Any, ...]:
    return tuple(a[n] for a in arrays)


def shown(case: Case, row: tuple[Any, ...], at: int, width: int) -> str:
    """A point in full digits, with the element where there are several."""
    parts = []
    for name, value in zip(case.arguments, row, strict=True):
        if isinstance(value, np.ndarray) and value.ndim:
            text = ", ".join(f"{float(v)!r}" for v in value[:12])
            parts.append(f"{name} = [{text}{', …' if len(value) > 12 else ''}]")
        else:
            parts.append(f"{name} = {value.item()!r}")
    return "; ".join(parts) + (f"; element {at}" if width > 1 else "")


def score(case: Case, output: Output, arrays: tuple[Array, ...], regimes: Array,
          computed: Array, truths: Truths, form: Format) -> Score:
    """The score of computed elements against the truth at all points."""
    count, width = truths.whole.shape
    ulps, nonfinite, zeros = errors(computed.reshape(count, width), truths, form)
    found = Score(points=count, nonfinite=int(nonfinite.any(1).sum()),
                  zeros=int(zeros.any(1).sum()), undecided=int((~truths.known).any(1).sum()))
    rank = np.where(nonfinite, np.inf, ulps)
    order = np.argsort(-rank, axis=None, kind="stable")
    found.ulps = float(ulps.max())
    for regime in np.unique(regimes):
        found.by_regime[str(regime)] = float(ulps[regimes == regime].max())
    n, at = divmod(int(order[0]), width)
    found.worst = (f"{shown(case, row_of(arrays, n), at, width)} [{regimes[n]}{n}] "
                   f"computed {computed.reshape(count, width)[n, at]!r}")
    normal = np.abs(truths.whole) >= 2.0 ** (form.bits - 1)
    found.normal = not ((nonfinite | zeros | (ulps > LIMIT)) & normal).any()
    found.away = _away(case, output, arrays, ulps, width)
    return found


def _away(case: Case, output: Output, arrays: tuple[Array, ...], ulps: Array,
          width: int) -> float:
    """The worst finite error among well-conditioned points, NaN if the search was cut."""
    for flat in np.argsort(-ulps, axis=None, kind="stable")[:_MOST_LOOKS]:
        n, at = divmod(int(flat), width)
        worst = float(ulps[n, at])
        if worst <= 0.5 or conditioning(case, output, row_of(arrays, n), at) <= STEEP:
            return worst
    return float("nan")
