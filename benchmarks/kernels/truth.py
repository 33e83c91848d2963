"""Exact outputs: interval arithmetic at rising precision until the interval is narrow enough.

An interval proves its digits; two precisions that agree do not. What no precision tried decides
is left out and counted.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from mpmath import iv, mp
from mpmath.libmp import ComplexResult

from .cases import Case, Output, case_named
from .formats import FORMATS, Array, Format

DIGITS = (40, 100, 380, 720, 1500, 4000)
_NARROW = 66   # bits beyond which a truth is known
# Digits at which an interval without width is exact: below, exp of a tiny number is rounded to 1.
_SURE = 380
_TINY = -1200  # an interval within 2**_TINY of zero is zero in either format
_STEP = 30     # decimal digits of the step of a difference quotient


@dataclass(frozen=True)
class Exact:
    """A true value, as a multiple of the ulp of its format: whole + part, times 2**exponent."""

    whole: float
    part: float
    exponent: int
    known: bool = True


UNKNOWN = Exact(np.nan, 0.0, 0, False)


def in_ulps(value: Any, form: Format) -> Exact:
    """An mpf (or zero) in units of the last place of a format."""
    if not value:
        return Exact(0.0, 0.0, form.lowest)
    exponent = min(max(int(mp.mag(value)) - form.bits, form.lowest), form.highest)
    scaled = mp.ldexp(value, -exponent)
    if abs(scaled) > 1e300:
        return Exact(float(mp.sign(value)) * 1e300, 0.0, exponent)
    whole = mp.nint(scaled)
    return Exact(float(whole), float(scaled - whole), exponent)


def _plain(argument: Any, context: Any) -> Any:
    """An argument for a truth: labels as integers, numbers in the context."""
    if isinstance(argument, np.ndarray) and argument.ndim:
        return [_plain(a, context) for a in argument]
    if isinstance(argument, (np.integer, int)):
        return int(argument)
    return context.mpf(float(argument))


def _settled(interval: Any) -> Any:
    """The middle of a narrow interval, zero for one far below the formats, else None."""
    low, high = (mp.make_mpf(end) for end in interval._mpi_)
    if not (mp.isfinite(low) and mp.isfinite(high)):
        return None
    width, size = high - low, max(abs(low), abs(high))
    if not width:
        return low if iv.dps >= _SURE else None
    if mp.mag(size) < _TINY:
        return mp.zero
    if mp.mag(width) <= mp.mag(size) - _NARROW:
        return (low + high) / 2
    return None


def exact_row(output: Output, row: tuple[Any, ...], form: Format) -> list[Exact]:
    """The exact elements of one output at one point."""
    found: list[Any] = []
    for digits in DIGITS:
        iv.dps = digits
        with mp.workdps(digits + 10):
            try:
                result = output.truth(iv, *(_plain(a, iv) for a in row))
            except (ComplexResult, ZeroDivisionError):
                continue  # an interval that is still too wide for the function
            parts = result if isinstance(result, list) else [result]
            fresh = [_settled(iv.mpf(p)) for p in parts]
            old = found or [None] * len(fresh)
            found = [in_ulps(n, form) if o is None and n is not None else o
                     for o, n in zip(old, fresh, strict=True)]
        if all(f is not None for f in found):
            return found
    return [f or UNKNOWN for f in found] or [UNKNOWN]


def exact_task(task: tuple[str, str, tuple[Any, ...], str]) -> list[Exact]:
    """`exact_row`, for a pool of processes."""
    name, label, row, dtype = task
    output = next(o for o in case_named(name).outputs if o.label == label)
    return exact_row(output, row, FORMATS[dtype])


@lru_cache(maxsize=100_000)
def _conditioning(name: str, label: str, row: tuple[Any, ...], at: int) -> float:
    output = next(o for o in case_named(name).outputs if o.label == label)
    with mp.workdps(1500):
        step = mp.mpf(10) ** -_STEP

        def value(numbers: tuple[Any, ...]) -> Any:
            found = output.truth(mp, *(list(n) if isinstance(n, tuple) else n for n in numbers))
            return found[at] if isinstance(found, list) else found

        try:
            numbers = tuple(tuple(mp.mpf(x) for x in a) if isinstance(a, tuple)
                            else (a if isinstance(a, int) else mp.mpf(a)) for a in row)
            middle = value(numbers)
            if not middle:
                return float("inf")
            total = mp.zero
            for moved in _moves(numbers, 1 + step):
                total += abs((value(moved) - middle) / (step * middle))
            return float(total)
        except (ZeroDivisionError, OverflowError, ValueError):
            return float("inf")


def _moves(numbers: tuple[Any, ...], factor: Any) -> Any:
    """The point with each of its real numbers multiplied by the factor in turn."""
    for n, number in enumerate(numbers):
        if isinstance(number, tuple):
            for k, element in enumerate(number):
                moved = (*number[:k], element * factor, *number[k + 1:])
                yield (*numbers[:n], moved, *numbers[n + 1:])
        elif not isinstance(number, int):
            yield (*numbers[:n], number * factor, *numbers[n + 1:])


def conditioning(case: Case, output: Output, row: tuple[Any, ...], at: int) -> float:
    """The sum of |x df/dx| / |f| over the real inputs; that of long vectors in float64."""
    if case.size > 100:
        return _long_softmax(np.asarray(row[0], float), int(row[1]), output.order, at)
    hashable = tuple(tuple(float(x) for x in a) if isinstance(a, np.ndarray) and a.ndim
                     else (int(a) if isinstance(a, (int, np.integer)) else float(a)) for a in row)
    return _conditioning(case.name, output.label, hashable, at)


def _long_softmax(o: Array, y: int, order: int, at: int) -> float:
    with np.errstate(all="ignore"):
        top = o.max()
        powers = np.exp(o - top)
        others = powers.copy()
        others[at if order else y] = 0
        p = powers / powers.sum()
        if order == 0:
            hot = int(np.argmax(o))
            rest = powers.copy()
            rest[hot] = 0
            value = top - o[y] + np.log1p(rest.sum())
            slope = p.copy()
            slope[y] = -others.sum() / powers.sum()
            return float(np.sum(np.abs(o * slope)) / abs(value))
        share = others.sum() / powers.sum()  # 1 - p[at]
        factor = p[at] if at == y else 1.0   # d log g / d o: p_j - [j = at], or its complement's
        slope = p * (factor / share if at == y else 1.0)
        slope[at] = p[at] if at == y else share
        return float(np.sum(np.abs(o * slope)))
