"""The number system in which typed texts are evaluated: mpmath's floats."""

from __future__ import annotations

from typing import Any

from derive.judge.reading.array_operations import ARITHMETIC, Numbers, compared
from derive.judge.reading.central_differences import slope
from derive.judge.reading.function_numerics import Numerics
from derive.judge.reading.lazy_arrays import Run, finite

_KINKED = ("fabs", "sign")


def numerics(run: Run) -> Numerics:
    """The functions of a run's context, made once for it."""
    try:
        made: Numerics = run.ctx.derive_numerics
    except AttributeError:
        made = run.ctx.derive_numerics = Numerics(run.ctx)
    return made


def _function(run: Run, name: str, *values: Any) -> Any:
    run.count()
    if name in _KINKED:
        run.branch(values[0])
    return finite(run.ctx, numerics(run)[name](*values))


def _along(run: Run, name: str, rows: list[list[Any]]) -> Any:
    run.count(len(rows[0]))
    return numerics(run)[name](*rows)


FLOATS = Numbers(lambda run, value: run.ctx.mpf(value.numerator) / value.denominator, ARITHMETIC,
                 compared, _function, _along, slope)
