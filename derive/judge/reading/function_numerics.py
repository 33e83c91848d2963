"""The functions of the notation as numbers, for one context of mpmath."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mpmath.ctx_mp import MPContext

from derive.errors import NotationError, TooLargeError
from derive.judge.precision import Number
from derive.judge.reading.error_functions import ErrorFunctions
from derive.judge.reading.incomplete_functions import IncompleteFunctions
from derive.judge.reading.matrix_numerics import MatrixNumerics

_OF_MPMATH = frozenset((
    "exp", "expm1", "ln", "log", "log1p", "sqrt", "cbrt", "fabs", "sign", "floor", "ceil",
    "sin", "cos", "tan", "cot", "sec", "csc", "sinc", "asin", "acos", "atan", "acot", "atan2",
    "sinh", "cosh", "tanh", "coth", "sech", "csch", "asinh", "acosh", "atanh", "acoth",
    "erf", "erfc", "erfi", "erfinv", "npdf", "ncdf", "gamma", "rgamma", "loggamma", "factorial",
    "psi", "digamma", "harmonic", "beta", "binomial", "gammainc", "betainc", "zeta", "altzeta",
    "polylog", "lerchphi", "clsin", "clcos", "e1", "ei", "li", "expint", "si", "ci", "shi", "chi",
    "besselj", "bessely", "besseli", "besselk", "airyai", "airybi", "struveh", "struvel",
    "lambertw", "ellipk", "ellipe", "ellipf", "hyp0f1", "hyp1f1", "hyp2f1", "hyperu", "pcfd",
    "legendre", "hermite", "laguerre", "chebyt", "agm", "fresnels", "fresnelc"))
_LARGEST_EXPONENT = 10**15  # to reduce a larger one would take all memory


class Numerics:
    """Functions by name, in one context: those that want a form of their own, and mpmath's.

    A vector arrives as a list; a function that returns a vector gives a list. A matrix is a list
    of its rows.
    """

    def __init__(self, ctx: MPContext) -> None:
        self.ctx = ctx
        c = ctx
        self.table: dict[str, Callable[..., Any]] = {
            "exp": self.exp, "median": self.median, "threshold": self.threshold,
            "sigmoid": self.sigmoid, "softplus": self.softplus,
            "softmax": self.softmax, "logsumexp": self.logsumexp,
            "below_max": lambda u: [v - max(u) for v in u],
            "exp_below_max": lambda u: [self.exp(v - max(u)) for v in u],
            "trigamma": lambda u: c.psi(1, u),
            "probit": lambda u: c.sqrt(2) * c.erfinv(2 * u - 1),
            "logPhi": lambda u: c.ln(self["ncdf"](u)),
            "mills": lambda u: c.npdf(u) / self["ncdf"](u),
            "log1pmx": lambda u: c.log1p(u) - u,
            "expm1mx": lambda u: c.expm1(u) - u,
            "acot": lambda u: c.pi / 2 - c.atan(u),
            "xlogx": lambda u: u * c.ln(u) if u else c.zero,
            "expm1quotient": lambda u: u / c.expm1(u) if u else c.one,
            "besseli0": lambda u: c.besseli(0, u), "besseli1": lambda u: c.besseli(1, u),
            **MatrixNumerics(ctx).table,
            "besseli0e": lambda u: self.exp(-abs(u)) * c.besseli(0, u),
        }
        self.far_out = {**IncompleteFunctions(ctx).table, **ErrorFunctions(ctx).table}

    def __getitem__(self, name: str) -> Callable[..., Any]:
        """The function of that name: one of these, else mpmath's own."""
        own = self.table.get(name) or self.far_out.get(name)
        return own if own is not None else getattr(self.ctx, name)

    def exp(self, u: Number) -> Any:
        """exp, but for exponents that cannot be reduced."""
        if abs(u) > _LARGEST_EXPONENT:
            raise TooLargeError("an exponential is too large or too small")
        return self.ctx.exp(u)

    def sigmoid(self, u: Number) -> Any:
        """1 / (1 + exp(-u)); for u < 0 in the form that keeps all digits."""
        if u < 0:
            e = self.exp(u)
            return e / (1 + e)
        return 1 / (1 + self.exp(-u))

    def softplus(self, u: Number) -> Any:
        """log(1 + exp(u))."""
        return max(u, 0) + self.ctx.log1p(self.exp(-abs(u)))

    def softmax(self, u: list[Number]) -> list[Any]:
        """exp(u[k]) / sum of all of them."""
        top = max(u)
        powers = [self.exp(v - top) for v in u]
        total = self.ctx.fsum(powers)
        return [p / total for p in powers]

    def logsumexp(self, u: list[Number]) -> Any:
        """The logarithm of the sum of exponentials."""
        top = max(u)
        return top + self.ctx.ln(self.ctx.fsum(self.exp(v - top) for v in u))

    def median(self, u: list[Number]) -> Any:
        """The middle value, or the mean of the two in the middle."""
        ordered = sorted(u)
        middle = len(u) // 2
        if len(u) % 2:
            return ordered[middle]
        return self.ctx.mpf(ordered[middle - 1] + ordered[middle]) / 2

    def threshold(self, u: list[Number]) -> Any:
        """The tau for which the parts above it sum to 1."""
        total, tau = self.ctx.mpf(-1), None
        for count, value in enumerate(sorted(u, reverse=True), 1):
            if tau is not None and value <= tau:
                break
            total += value
            tau = total / count
        return tau


# Functions that are computed here, in a form that keeps their digits.
KNOWN = frozenset(Numerics(MPContext()).table)


def check_known(name: str) -> None:
    """Raises NotationError for what is neither computed here nor by mpmath."""
    if name not in KNOWN and name not in _OF_MPMATH:
        raise NotationError(f"{name!r} is no function of mpmath that is read here")
