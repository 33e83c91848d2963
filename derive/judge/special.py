"""Functions that mpmath lacks, in mpmath, for the independent judge.

Each takes values at the current working precision; a vector arrives as a list.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from derive.judge.precision import mp


def _softmax(values: list[Any], at: int) -> Any:
    return mp.exp(values[at]) / mp.fsum(mp.exp(v) for v in values)


def _threshold(values: list[Any]) -> Any:
    """The tau for which the parts of the values above it sum to 1; from the sorted values."""
    total = mp.mpf(-1)
    tau = None
    for count, value in enumerate(sorted(values, reverse=True), 1):
        if tau is not None and value <= tau:
            break
        total += value
        tau = total / count
    return tau


_LARGEST_EXPONENT = 10**15


def _exp(u: Any) -> Any:
    """exp, but for exponents so large that reducing them would take all memory."""
    if abs(u) > _LARGEST_EXPONENT:
        if u > 0:
            raise OverflowError("an exponential is too large")
        u = mp.mpf(-_LARGEST_EXPONENT)
    return mp.exp(u)


def power(base: Any, exponent: Any) -> Any:
    """A power of two real numbers, but for one so large that computing it would take all memory.

    Raises ValueError for a broken power of a negative number.
    """
    exponent = mp.mpf(exponent)
    if base < 0 and not mp.isint(exponent):
        raise ValueError("a broken power of a negative number")
    if base == 0 or abs(exponent) * max(1, abs(mp.mag(base))) < _LARGEST_EXPONENT:
        return mp.power(base, exponent)
    value = _exp(exponent * mp.ln(abs(base)))
    odd = exponent._mpf_[2] == 0  # the mantissa is odd, with no power of 2 beside it
    return -value if base < 0 and odd else value


def _median(values: list[Any]) -> Any:
    ordered = sorted(values)
    middle = len(values) // 2
    return ordered[middle] if len(values) % 2 else (ordered[middle - 1] + ordered[middle]) / 2


SPECIAL: dict[str, Callable[..., Any]] = {
    "exp": _exp,
    "median": _median,
    "sigmoid": lambda u: 1 / (1 + mp.exp(-u)),
    "softplus": lambda u: mp.ln(1 + mp.exp(u)),
    "trigamma": lambda u: mp.psi(1, u),
    "probit": lambda u: mp.sqrt(2) * mp.erfinv(2 * u - 1),
    "logPhi": lambda u: mp.ln(mp.ncdf(u)),
    "mills": lambda u: mp.npdf(u) / mp.ncdf(u),
    "log1pmx": lambda u: mp.log1p(u) - u,
    "acot": lambda u: mp.acot(u) if u > 0 else (mp.pi / 2 if u == 0 else mp.pi + mp.acot(u)),
    "besseli0e": lambda u: mp.exp(-abs(u)) * mp.besseli(0, u),
    "xlogx": lambda u: u * mp.ln(u) if u else mp.mpf(0),
    "expm1quotient": lambda u: u / mp.expm1(u) if u else mp.mpf(1),
    "expm1mx": lambda u: mp.expm1(u) - u,
    "besseli0": lambda u: mp.besseli(0, u),
    "besseli1": lambda u: mp.besseli(1, u),
    "threshold": _threshold,
    "largest": max,
    "smallest": min,
    "softmax": _softmax,
    "below_max": lambda values, at: values[at] - max(values),
    "exp_below_max": lambda values, at: mp.exp(values[at] - max(values)),
    "logsumexp": lambda values: mp.ln(mp.fsum(mp.exp(v) for v in values)),
}


def evaluator(name: str) -> Callable[..., Any]:
    """The function that evaluates `name`: ours if listed here, else mpmath's."""
    return SPECIAL[name] if name in SPECIAL else getattr(mp, name)
