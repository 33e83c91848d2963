"""The C functions: what each computes, where it is tried, and how far it may be from the truth.

A point is drawn uniformly from where a function changes, from all magnitudes, beside the places
where another form begins or a result has a root, and from the subnormal numbers.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from mpmath import mp, mpf
from numpy.typing import NDArray

from benchmarks import special_functions as special

Array = NDArray[Any]
Real = Callable[..., mpf]
HALF_LOG_2 = 0.34657359027997264


@dataclass(frozen=True)
class CFunction:
    """A function: its truth, where it changes, its domain, special places, and bounds in ULP.

    The bounds are for float64 and for float32.
    """

    exact: Real
    changes: tuple[float, float]
    bounds: tuple[float, float]
    places: tuple[float, ...] = ()
    domain: tuple[float, float] = (-np.inf, np.inf)

    def points(self, rng: Any, count: int, dtype: Any) -> tuple[Array, ...]:
        """Arguments of all kinds inside the domain, about `count` of each kind."""
        limits, places = np.finfo(dtype), np.array([0.0, *self.places])
        low, high = np.log(float(limits.smallest_subnormal)), np.log(float(limits.max))
        sizes = np.exp(rng.uniform(low + 1e-9, high - 1e-9, count)) * rng.choice([-1, 1], count)
        beside = rng.choice(places, count)
        beside = beside + rng.choice([-1, 1], count) * np.exp(rng.uniform(-40, -1, count)) * \
            np.where(beside == 0, 1, np.abs(beside))
        tiny = rng.integers(1, 1 << (limits.nmant + 1), count // 4) * limits.smallest_subnormal
        first, last = self.changes
        made = np.concatenate([rng.uniform(first, last, count), sizes, beside, tiny, -tiny, places,
                               np.nextafter(places.astype(dtype), dtype(np.inf)),
                               np.nextafter(places.astype(dtype), dtype(-np.inf))]).astype(dtype)
        return (made[(made > self.domain[0]) & (made < self.domain[1]) & np.isfinite(made)],)


@dataclass(frozen=True)
class Power(CFunction):
    """x**y, whose second argument is drawn so that most results are floats."""

    def points(self, rng: Any, count: int, dtype: Any) -> tuple[Array, ...]:
        """Pairs of arguments."""
        base, = super().points(rng, count, dtype)
        size = np.log(float(np.finfo(dtype).max)) * 1.05
        with np.errstate(all="ignore"):
            most = size / np.abs(np.log(np.abs(base.astype(np.float64))))
        most = np.minimum(most, 1e30)
        exponent = (rng.uniform(-1, 1, len(base)) * most).astype(dtype)
        whole = rng.uniform(0, 1, len(base)) < 0.4
        exponent = np.where((base < 0) | whole, np.round(exponent), exponent).astype(dtype)
        return base, exponent


def bounded(function: Real, most: float = 3000) -> Real:
    """A function whose values from `most` on are those there: infinite, or constant, in floats."""
    return lambda x: function(mp.mpf(min(max(x, -most), most)))


def sigmoid(x: mpf) -> mpf:
    return 1 / (1 + mp.exp(-x))


def softplus(x: mpf) -> mpf:
    return mp.log1p(mp.exp(x)) if x < 700 else x + mp.exp(-min(x, mpf(10)**5))


def log_sigmoid(x: mpf) -> mpf:
    return -softplus(-x)


def tanh(x: mpf) -> mpf:
    return x - x**3 / 3 if abs(x) < mpf(10)**-12 else mp.tanh(x) if abs(x) < 50 else mp.sign(x)


def asinh(x: mpf) -> mpf:
    size = abs(x)
    return mp.sign(x) * (size - size**3 / 6 if size < mpf(10)**-12 else mp.asinh(size))


def atanh(x: mpf) -> mpf:
    return (mp.log1p(x) - mp.log1p(-x)) / 2


def log1pmx(x: mpf) -> mpf:
    if abs(x) < mpf(10)**-8:
        return sum((-1)**(k + 1) * x**k / k for k in range(2, 8))
    return mp.log1p(x) - x


def expm1mx(x: mpf) -> mpf:
    if abs(x) < mpf(10)**-8:
        return sum(x**k / mp.factorial(k) for k in range(2, 8))
    return mp.expm1(min(x, mpf(3000))) - x


def expm1quotient(x: mpf) -> mpf:
    return x / mp.expm1(min(x, mpf(3000))) if x else mpf(1)


def xlogx(x: mpf) -> mpf:
    return x * mp.log(x) if x else mpf(0)


def acot(x: mpf) -> mpf:
    return mp.atan2(1, x)


def erfcx(x: mpf) -> mpf:
    if x > 3000:
        return (1 - 1 / (2 * x**2) + 3 / (4 * x**4) - 15 / (8 * x**6)) / (x * mp.sqrt(mp.pi))
    return mp.exp(x * x) * mp.erfc(x) if x > -30 else mp.inf


def erfc(x: mpf) -> mpf:
    return mp.erfc(min(x, mpf(1000)))


def power(x: mpf, y: mpf) -> mpf:
    size = mp.log(abs(x)) * y if x else mp.inf * (-1 if y > 0 else 1)
    value = mp.exp(min(max(size, mpf(-3000)), mpf(3000))) if y else mpf(1)
    return -value if x < 0 and y % 2 == 1 else value


def loggamma(x: mpf) -> mpf:
    return mp.loggamma(x) if x < mpf(10)**30 else x * (mp.log(x) - 1) - mp.log(x) / 2


def langevin(x: mpf) -> mpf:
    if abs(x) < mpf(10)**-6:
        return x / 3 - x**3 / 45 + 2 * x**5 / 945
    return (mp.coth(x) if abs(x) < 100 else mp.sign(x)) - 1 / x


def digamma_half_rise(x: mpf) -> mpf:
    if x > 10**6:
        return (1 / x - 1 / (8 * x**3) + 1 / (16 * x**5)) / 8
    return x * (mp.digamma(x + 0.5) - mp.digamma(x)) - 0.5


POSITIVE, UNIT = (0.0, np.inf), (-1.0, 1.0)
EXP_ENDS = (709.782712893384, -708.3964185322641, -744.4400719213812, 88.72283, -87.33654,
            -103.27893)
LINE = (-0.7071, 0.7071, 0.5, -0.5, 1.0, -1.0, 2.5, 3.5355, -3.5355, -37.5, -38.4, 26.5, -13.0)
C_FUNCTIONS: dict[str, CFunction] = {
    "exp": CFunction(bounded(mp.exp), (-745, 710), (0.8, 0.8), (HALF_LOG_2, -1.0, 1.0, *EXP_ENDS)),
    "expm1": CFunction(bounded(mp.expm1), (-3, 3), (1.0, 1.0),
                       (HALF_LOG_2, -HALF_LOG_2, -37.4, 36.5, *EXP_ENDS)),
    "log": CFunction(mp.log, (0, 3), (1.0, 1.0), (1.0, 2.0, 0.7071, 1.4142), POSITIVE),
    "log1p": CFunction(mp.log1p, (-1, 3), (1.0, 1.0), (-1.0, 1.0, -0.2929, 0.4142, 2.0**53),
                       (-1.0, np.inf)),
    "power": Power(power, (0, 5), (0.8, 0.51), (1.0, 2.0, -1.0)),
    "tanh": CFunction(tanh, (-3, 3), (1.5, 1.5), (0.625, -0.625, 22.0, 10.0)),
    "sigmoid": CFunction(sigmoid, (-50, 50), (1.2, 1.2), EXP_ENDS),
    "softplus": CFunction(softplus, (-50, 50), (1.2, 1.2), (0.88, -0.88, *EXP_ENDS)),
    "log_sigmoid": CFunction(log_sigmoid, (-50, 50), (1.2, 1.2), (0.88, -0.88, *EXP_ENDS)),
    "sinh": CFunction(bounded(mp.sinh), (-3, 3), (1.2, 0.51), (HALF_LOG_2, 18.4, 710.47, 89.4)),
    "cosh": CFunction(bounded(mp.cosh), (-3, 3), (1.2, 0.51), (HALF_LOG_2, 18.4, 710.47, 89.4)),
    "asinh": CFunction(asinh, (-9, 9), (2.0, 0.51), (2.0**28,)),
    "atanh": CFunction(atanh, (-1, 1), (2.0, 0.51), (1.0, -1.0), UNIT),
    "sin": CFunction(mp.sin, (-9, 9), (1.0, 0.51), (3.141592653589793,)),
    "cos": CFunction(mp.cos, (-9, 9), (1.0, 0.51), (1.5707963267948966,)),
    "tan": CFunction(mp.tan, (-9, 9), (1.0, 0.51), (1.5707963267948966, 3.141592653589793)),
    "atan": CFunction(mp.atan, (-3, 3), (1.0, 1.0), (0.4375, 0.6875, 1.1875, 2.4375)),
    "asin": CFunction(mp.asin, (-1, 1), (1.2, 0.51), (1.0, -1.0, 0.5), UNIT),
    "acos": CFunction(mp.acos, (-1, 1), (1.2, 0.51), (1.0, -1.0, 0.5), UNIT),
    "acot": CFunction(acot, (-9, 9), (1.7, 0.51), (1.0, 0.42, -2.3)),
    "log1pmx": CFunction(log1pmx, (-1, 3), (3.0, 0.51), (-1.0, -0.2929, 0.4142), (-1.0, np.inf)),
    "expm1mx": CFunction(expm1mx, (-3, 3), (2.5, 0.51), (0.25, -0.25, HALF_LOG_2, *EXP_ENDS)),
    "expm1quotient": CFunction(expm1quotient, (-9, 9), (2.5, 0.51), (40.0, -50.0, *EXP_ENDS)),
    "xlogx": CFunction(xlogx, (0, 3), (2.0, 0.51), (1.0,), POSITIVE),
    "erf": CFunction(mp.erf, (-6, 6), (2.0, 0.51), LINE),
    "erfc": CFunction(erfc, (-6, 27), (4.0, 0.51), LINE),
    "erfcx": CFunction(erfcx, (-26, 27), (4.0, 0.51), LINE),
    "Phi": CFunction(special.exact_Phi, (-39, 9), (4.0, 0.51), LINE),
    "logPhi": CFunction(special.exact_logPhi, (-39, 9), (4.0, 0.51), LINE),
    "mills": CFunction(special.exact_mills, (-39, 39), (4.0, 0.51), LINE),
    "loggamma": CFunction(loggamma, (0, 9), (4.0, 0.51), (0.75, 1.0, 2.0, 5.5), POSITIVE),
    "digamma": CFunction(mp.digamma, (0, 9), (4.0, 0.51),
                         (0.75, 1.0, 1.4616321449683623, 2.0, 5.5), POSITIVE),
    "trigamma": CFunction(special.exact_trigamma, (0, 9), (4.0, 0.51), (0.75, 2.0, 5.5), POSITIVE),
    "digamma_half_rise": CFunction(digamma_half_rise, (0, 9), (8.0, 0.51), (6.0,), POSITIVE),
    "langevin": CFunction(langevin, (-9, 9), (5.0, 0.51), (1.5,)),
    "besseli0": CFunction(special.exact_bessel(0), (-20, 20), (4.0, 0.51), (4.0, 8.0, 713.0)),
    "besseli1": CFunction(special.exact_bessel(1), (-20, 20), (4.0, 0.51), (4.0, 8.0, 713.0)),
    "besseli0e": CFunction(special.exact_bessel(0, True), (-20, 20), (4.0, 0.51), (4.0, 8.0)),
    "E1": CFunction(lambda x: mp.e1(min(x, mpf(3000))), (0, 9), (4.0, 0.51),
                    (0.5, 2.0, 8.0, 700.0, 738.0), POSITIVE),
    "li": CFunction(lambda u: -mp.e1(-mp.log(u)), (0, 1), (4.0, 0.51), (0.606, 0.135, 0.5),
                    (0.0, 1.0)),
    "erfinv": CFunction(special.exact_erfinv, (-1, 1), (4.0, 0.51), (0.5, -0.5, 1.0, -1.0), UNIT),
    "probit": CFunction(special.exact_probit, (0, 1), (4.0, 0.51), (0.25, 0.5, 0.75), (0.0, 1.0)),
}


def in_ulps(value: Any, truth: mpf) -> float:
    """The error in units of the last place; infinite for a false NaN or 0.

    Infinity counts as the number behind the largest float.
    """
    kind = type(value)
    if np.isnan(value):
        return np.inf
    largest = np.finfo(kind).max
    with np.errstate(over="ignore"):
        nearest = kind(float(truth))
    if (value == 0) != (nearest == 0):
        return np.inf
    near = min(abs(nearest), np.nextafter(largest, kind(0)))
    unit = mpf(float(np.nextafter(near, largest) - near))
    edge = mpf(float(largest)) + unit
    size = min(max(truth, -edge), edge) if np.isinf(value) else truth
    given = mp.sign(float(value)) * edge if np.isinf(value) else mpf(float(value))
    return float(abs(given - size) / unit)


def worst(name: str, values: Array, arguments: tuple[Array, ...]) -> tuple[float, tuple[Any, ...]]:
    """The largest error of some values against mpmath in 60 digits, and where it is."""
    exact, most, where = C_FUNCTIONS[name].exact, 0.0, tuple(a[0] for a in arguments)
    with mp.workdps(60):
        for value, *point in zip(values, *arguments, strict=True):
            error = in_ulps(value, exact(*(mpf(float(x)) for x in point)))
            assert error >= 0, point
            if error > most:
                most, where = error, tuple(point)
    return most, where
