"""The error functions of the judge to many digits: those of mpmath, without its work."""

from __future__ import annotations

import time

import pytest
from mpmath.ctx_mp import MPContext

from derive.judge.reading.error_functions import ErrorFunctions


@pytest.mark.parametrize("x", [1.01, -2.2, 11.0, 25.3, -30.1, 44.0, 0.3, 200.0, -200.0])
@pytest.mark.parametrize("name", ["erf", "erfc", "ncdf"])
def test_they_are_those_of_mpmath(name: str, x: float) -> None:
    ctx = MPContext()
    for bits in (1500, 3000):
        ctx.prec = bits + 50
        truth = getattr(ctx, name)(ctx.mpf(x))
        ctx.prec = bits
        value = ErrorFunctions(ctx).table[name](ctx.mpf(x))
        assert abs(value - truth) <= abs(truth) * ctx.mpf(2) ** (2 - bits)


def test_far_out_they_take_a_part_of_the_time_of_mpmath() -> None:
    ctx = MPContext()
    ctx.prec = 9_000
    x = ctx.mpf(50) / 1.01

    def seconds(function) -> float:
        start = time.process_time()
        function(x)
        return time.process_time() - start

    assert 2 * seconds(ErrorFunctions(ctx).erf) < seconds(ctx.erf)
