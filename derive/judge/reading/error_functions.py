"""The error function and Phi to many digits, far out.

Where 1 - erf(x) is to be felt at x = 80, it takes thousands of digits. There mpmath multiplies
numbers of full length once for each of some ten thousand terms; here that is done once for each
row of terms (Paterson & Stockmeyer 1973).
Series: DLMF 7.6.2.
"""

from __future__ import annotations

from collections.abc import Callable
from math import isqrt, log2
from typing import Any

from mpmath.ctx_mp import MPContext

from derive.judge.precision import Number
from derive.limits import tick

_MANY = 1500  # bits from which on mpmath is left alone
_SPARE = 40  # bits beyond those asked for


class ErrorFunctions:
    """erf, erfc and ncdf of mpmath in one of its contexts."""

    def __init__(self, ctx: MPContext) -> None:
        self.ctx = ctx
        self.table: dict[str, Callable[..., Any]] = {
            "erf": self.erf, "erfc": self.erfc, "ncdf": self.ncdf}

    def erf(self, x: Number) -> Any:
        """The error function."""
        if self.ctx.prec < _MANY or abs(x) <= 1:
            return self.ctx.erf(x)
        if self._is_saturated(x):
            return self.ctx.sign(x)
        with self.ctx.extraprec(_SPARE):
            square = self.ctx.mpf(x) ** 2
            factor = 2 * x * self.ctx.exp(-square) / self.ctx.sqrt(self.ctx.pi)
            value = factor * self._series(2 * square)
        return +value

    def erfc(self, x: Number) -> Any:
        """1 - erf(x), to its own digits."""
        if self.ctx.prec < _MANY or x <= 1 or self._is_saturated(x):
            return self.ctx.erfc(x)
        with self.ctx.extraprec(int(1.4427 * float(x) ** 2) + _SPARE):  # erfc(x) ~ exp(-x**2)
            value = 1 - self.erf(x)
        return +value

    def ncdf(self, x: Number) -> Any:
        """Phi, (1 + erf(x/sqrt(2)))/2."""
        if self.ctx.prec < _MANY:
            return self.ctx.ncdf(x)
        with self.ctx.extraprec(_SPARE):
            scaled = x / self.ctx.sqrt(2)
            value = (1 + self.erf(scaled) if x > 0 else self.erfc(-scaled)) / 2
        return +value

    def _is_saturated(self, x: Number) -> bool:
        """Whether erf(x) is 1 or -1 in all digits; there the asymptotic series of erfc is enough.
        """
        return bool(1.4426 * abs(x) ** 2 > self.ctx.prec + 1)

    def _series(self, y: Number) -> Any:
        """The sum of y**k / (3 * 5 * ... * (2 k + 1)) for y > 0, each term by the next."""
        bits, rise, term, count = int(self.ctx.prec), log2(float(y)), 0.0, 0
        while term > -bits or count < float(y):
            count += 1
            term += rise - log2(2 * count + 1)
        fixed, row = int(self.ctx.ldexp(y, bits)), isqrt(count) + 1
        powers = [1 << bits]
        for _ in range(row):
            powers.append(powers[-1] * fixed >> bits)
        total = 0
        for k in reversed(range(count)):
            if (k + 1) % row == 0:
                tick("computing an error function")
                total = total * powers[row] >> bits
            total = powers[k % row] + total // (2 * k + 3)
        return self.ctx.ldexp(self.ctx.mpf(total), -bits)
