"""Partial derivatives by central differences at raised precision, in a run's own context."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from derive.judge.values import Place, Run

_GUARD = 10


def partial(run: Run, body: Callable[[Run], Any], name: str, place: Place) -> Any:
    """The derivative of a formula by a number of the point.

    The step h errs by h**2, cancellation costs -log10(h) digits; the step shrinks with the
    variable, so that log(x) near 0 is no worse than elsewhere.
    """
    ctx = run.ctx
    digits = int(ctx.dps)
    value = run.named(name)
    here = abs(value.at(place) if place else value)
    shrunk = max(0, -int(ctx.mag(here))) if here else 0
    with ctx.workdps(digits + digits // 2 + 2 * _GUARD + shrunk // 3):
        step = ctx.ldexp(1, -int(digits * 1.67) - _GUARD - shrunk)
        above, below = (body(run.at(run.point.moved(name, place, s))) for s in (step, -step))
        slope = (above - below) / (2 * step)
    return +slope
