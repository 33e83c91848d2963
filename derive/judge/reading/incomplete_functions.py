"""The incomplete gamma and beta functions to any digits, also of large orders.

mpmath sums hypergeometric series, which for large orders takes very long; there the continued
fractions of DLMF 8.9.2 and 8.17.22, and the series 8.11.4, are gone through.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count, islice
from typing import Any

from mpmath.ctx_mp import MPContext

from derive.errors import TooLargeError
from derive.judge.precision import Number
from derive.limits import tick

_LARGE = 100  # an order from which on mpmath is left alone
_MOST_STEPS = 30_000
_FURTHER_DIGITS = 12


class IncompleteFunctions:
    """gammainc and betainc of mpmath, with its arguments, in one of its contexts."""

    def __init__(self, ctx: MPContext) -> None:
        self.ctx = ctx
        self.table: dict[str, Callable[..., Any]] = {
            "gammainc": self.gammainc, "betainc": self.betainc}

    def gammainc(self, z: Number, low: Number = 0, high: Number | None = None,
                 regularised: Number = 0) -> Any:
        """The integral of t**(z - 1) exp(-t) from low to high; regularised, over all of it."""
        if low == 0 and high is not None and high < 0 and z < _LARGE:  # mpmath turns these forever
            value = self.ctx.power(high, z) * self.ctx.hyp1f1(z, z + 1, -high) / z
            return value * self.ctx.rgamma(z) if regularised else value
        if z < _LARGE or (low != 0 and high is not None):
            return self.ctx.gammainc(z, low, high, bool(regularised))
        value = self._gamma(z, low, False) if high is None else self._gamma(z, high, True)
        return value if regularised else value * self.ctx.gamma(z)

    def betainc(self, a: Number, b: Number, low: Number = 0, high: Number = 1,
                regularised: Number = 0) -> Any:
        """The integral of t**(a - 1) (1 - t)**(b - 1) from low to high; regularised, over all."""
        if max(a, b) < _LARGE or low != 0 or high in (0, 1):
            return self.ctx.betainc(a, b, low, high, bool(regularised))
        value = self._regularised_beta(a, b, high)
        return value if regularised else value * self.ctx.beta(a, b)

    def _gamma(self, a: Number, u: Number, lower: bool) -> Any:
        """The regularised lower or upper function."""
        c = self.ctx
        if u < 0:
            raise ValueError("an incomplete gamma function of a negative number")
        if u == 0:
            return c.mpf(0 if lower else 1)
        with c.extradps(_FURTHER_DIGITS + int(c.mag(a)) // 3):
            weight = c.exp(a * c.ln(u) - u - c.loggamma(a))
            below = u < a + 1
            smaller = weight * (self._series(a, u) if below else
                                1 / self._fraction(u + 1 - a, _gamma_steps(a, u)))
            value = smaller if below == lower else 1 - smaller
        return +value

    def _series(self, a: Number, u: Number) -> Any:
        term = total = 1 / self.ctx.mpf(a)
        for n in _steps():
            term *= u / (a + n)
            total += term
            if term < self.ctx.eps * total:
                return total
        raise _too_large()

    def _regularised_beta(self, a: Number, b: Number, u: Number) -> Any:
        c = self.ctx
        if not 0 < u < 1:
            raise ValueError("an incomplete beta function outside of 0 to 1")
        with c.extradps(_FURTHER_DIGITS + int(c.mag(a + b)) // 3):
            if u > (a + 1) / (a + b + 2):
                value = 1 - self._beta(b, a, 1 - u, u)
            else:
                value = self._beta(a, b, u, 1 - u)
        return +value

    def _beta(self, a: Number, b: Number, u: Number, v: Number) -> Any:
        c = self.ctx
        weight = c.exp(a * c.ln(u) + b * c.ln(v) + c.loggamma(a + b) - c.loggamma(a)
                       - c.loggamma(b))
        return weight / (a * self._fraction(c.one, _beta_steps(a, b, u)))

    def _fraction(self, first: Number, steps: Iterator[tuple[Any, Any]]) -> Any:
        """first + n1/(d1 + n2/(d2 + …)), by the method of Lentz."""
        c = self.ctx
        least = c.mpf(10) ** (-10 * c.dps)
        value = behind = first or least
        ahead = c.zero
        for _, (numerator, denominator) in zip(_steps(), steps, strict=False):
            ahead = 1 / ((denominator + numerator * ahead) or least)
            behind = (denominator + numerator / behind) or least
            value *= behind * ahead
            if abs(behind * ahead - 1) < c.eps:
                return value
        raise _too_large()


def _gamma_steps(a: Number, u: Number) -> Iterator[tuple[Any, Any]]:
    return ((n * (a - n), u + 2 * n + 1 - a) for n in count(1))


def _beta_steps(a: Number, b: Number, u: Number) -> Iterator[tuple[Any, Any]]:
    yield -(a + b) * u / (a + 1), 1
    for m in count(1):
        two = a + 2 * m
        yield m * (b - m) * u / ((two - 1) * two), 1
        yield -(a + m) * (a + b + m) * u / (two * (two + 1)), 1


def _steps() -> Iterator[int]:
    for n in islice(count(1), _MOST_STEPS):
        tick("evaluating an incomplete gamma or beta function")
        yield n


def _too_large() -> TooLargeError:
    return TooLargeError("an incomplete gamma or beta function has too large an order")
