"""Integrals over two or three numbers at once, for the independent judge.

Each number is mapped to the real line so that the integrand falls off doubly exponentially, where
the trapezoidal rule needs few places. Two sums, over grids that are moved against each other by
random fractions of a step, differ by about the error of each.

Source: Takahasi & Mori (1974); Sloan & Joe (1994), Lattice methods for multiple integration,
chapter 2, on random shifts.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from itertools import product
from typing import Any

from derive.errors import EvaluationError, TooManyDimensionsError
from derive.judge.precision import Number, mp, mpf
from derive.limits import tick

_STEPS = (0.5, 0.4, 0.3, 0.2, 0.14)
_MOST_PLACES = 15_000
_AGREE = {2: 1e-8}   # relative difference of two sums over so many numbers
_ROUGHLY = 1e-4      # … over more
_NEGLIGIBLE = 1e-12  # against the largest term on an axis
_FAR = 9.0
Axis = list[tuple[Any, Any]]  # places, and the weight of each
Formula = Callable[[Sequence[Any]], Any]


def over_grid(formula: Formula, domains: Sequence[str]) -> Any:
    """The integral of a formula over some numbers of those domains.

    Over two it is known to about eight digits, over three to four.

    Raises TooManyDimensionsError where no grid that can be afforded is fine enough.
    """
    with mp.workdps(30):
        middle, scales = _middle(formula, domains)
        draw, last = random.Random(11), None
        for step in _STEPS:
            axes = [_axis(formula, domains, middle, scales, n, mpf(step), draw)
                    for n in range(len(domains))]
            places = 1
            for axis in axes:
                places *= len(axis)
            if places > _MOST_PLACES:
                break
            total = _sum(formula, axes)
            apart = _AGREE.get(len(axes), _ROUGHLY) * abs(total)
            if last is not None and abs(total - last) <= apart:
                return total
            last = total
    raise TooManyDimensionsError("no grid that can be afforded is fine enough")


def _sum(formula: Formula, axes: Sequence[Axis]) -> Any:
    terms = []
    for chosen in product(*axes):
        tick("integrating over several numbers")
        weight = mpf(1)
        for _, w in chosen:
            weight *= w
        terms.append(weight * formula([x for x, _ in chosen]))
    return mp.fsum(terms)


def _place(domain: str, t: Number, middle: Number, scale: Number) -> tuple[Any, Any]:
    """The number for a place on the real line, and its derivative."""
    if domain == "real":
        return middle + scale * mp.sinh(t), scale * mp.cosh(t)
    if domain == "probability":
        inner = mp.pi / 2 * mp.sinh(t)
        part = 1 / (1 + mp.exp(-2 * inner))
        return part, mp.pi * mp.cosh(t) * part / (1 + mp.exp(2 * inner))
    sign = -1 if domain == "negative" else 1
    value = scale * mp.exp(t - mp.exp(-t))
    return sign * value, value * (1 + mp.exp(-t))


def _middle(formula: Formula, domains: Sequence[str]) -> tuple[list[Any], list[Any]]:
    """Where most of the integrand lies, and its width there, one number after the other."""
    draw = random.Random(7)
    starts = [[mpf(0) if d == "real" else mpf(1) / 2 if d == "probability" else
               mpf(-1 if d == "negative" else 1) for d in domains]]
    starts += [[_drawn(d, draw) for d in domains] for _ in range(30)]
    here = max(starts, key=lambda x: abs(formula(x)))
    best, step = abs(formula(here)), mpf(1)
    if not best:
        raise EvaluationError("no numbers were found at which the formula is positive")
    while step > mpf(2) ** -7:
        improved = False
        for n, domain in enumerate(domains):
            for sign in (1, -1):
                other = list(here)
                other[n] += sign * step if domain == "real" else \
                    other[n] * (mp.exp(sign * step) - 1)
                if domain == "probability" and not 0 < other[n] < 1:
                    continue
                size = abs(formula(other))
                if size > best:
                    here, best, improved = other, size, True
        step = step if improved else step / 2
    return here, [_width(formula, here, best, n) if d == "real" else abs(here[n])
                  for n, d in enumerate(domains)]


def _drawn(domain: str, draw: random.Random) -> Any:
    part = mpf(draw.randrange(1, 2**12)) / 2**12
    if domain == "probability":
        return part
    value = part * draw.choice((1, 4, 20))
    return -value if domain == "negative" or (domain == "real" and draw.random() < 0.5) else value


def _width(formula: Formula, here: Sequence[Any], best: Number, n: int) -> Any:
    """How far one number goes until the integrand is a third."""
    def height(x: Number) -> Any:
        return abs(formula([*here[:n], here[n] + x, *here[n + 1:]]))

    width = mpf(2) ** -10
    while width < 64 and max(height(width), height(-width)) > best / 3:
        width *= mpf(3) / 2
    return width


def _axis(formula: Formula, domains: Sequence[str], middle: Sequence[Any], scales: Sequence[Any],
          n: int, step: Number, draw: random.Random) -> Axis:
    """The places on one axis: outwards until the integrand is negligible, whatever the others."""
    shift = step * mpf(draw.randrange(2**12)) / 2**12
    others = [[_place(d, mpf(k) / 2, m, s)[0] for k in (-2, 0, 2)] if k_ != n else [None]
              for k_, (d, m, s) in enumerate(zip(domains, middle, scales, strict=True))]
    axis: Axis = []
    largest = mpf(0)
    for sign in (1, -1):
        t, small = shift if sign > 0 else shift - step, 0
        while abs(t) < _FAR and small < 3:
            x, slope = _place(domains[n], t, middle[n], scales[n])
            size = max(abs(formula([x if v is None else v for v in chosen])) * slope
                       for chosen in product(*others))
            largest = max(largest, size)
            small = small + 1 if size <= _NEGLIGIBLE * largest and abs(t) > 1 else 0
            axis.append((x, slope * step))
            t += sign * step
    return axis
