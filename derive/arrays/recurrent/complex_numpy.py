"""NumPy for complex numbers with a tiny imaginary part, for the complex step.

A derivative by the complex step (Squire & Trapp 1998) needs functions that are analytic where
they are evaluated: the largest of two numbers, the absolute value and comparisons go by the real
parts here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from derive.arrays.runtime import (
    exponential_integrals,
    gamma_differences,
    gamma_functions,
    incomplete_beta,
    incomplete_gamma,
    modified_bessel,
    normal_distribution,
    normal_intervals,
    normal_quantiles,
)
from derive.arrays.runtime.array_functions import into
from derive.errors import NoComplexStep


class Choice:
    """The larger (or smaller) of two numbers by their real parts, with its reduction."""

    def __init__(self, real: Any, which: Any) -> None:
        self.real, self.which = real, which

    def __call__(self, first: Any, second: Any, out: Any = None) -> Any:
        """The chosen one of each pair."""
        first, second = np.asarray(first), np.asarray(second)
        return into(out, np.where(self.real(first.real, second.real), first, second))

    def reduce(self, array: Any, axis: Any = 0, out: Any = None) -> Any:
        """The chosen one along an axis."""
        place = np.expand_dims(self.which(array.real, axis=axis), axis)
        return into(out, np.take_along_axis(array, place, axis).squeeze(axis))


def _compared(function: Any) -> Any:
    return lambda first, second, out=None: function(np.real(first), np.real(second), out=out)


class Analytic:
    """What generated code calls as `np`, for complex numbers."""

    maximum = Choice(np.greater_equal, np.argmax)
    minimum = Choice(np.less_equal, np.argmin)
    less, less_equal = staticmethod(_compared(np.less)), staticmethod(_compared(np.less_equal))
    equal = staticmethod(_compared(np.equal))
    not_equal = staticmethod(_compared(np.not_equal))

    @staticmethod
    def abs(u: Any, out: Any = None) -> Any:
        """|u| continued: u or -u."""
        return into(out, np.where(np.real(u) < 0, -u, u))

    @staticmethod
    def sign(u: Any, out: Any = None) -> Any:
        """The sign of the real part."""
        return into(out, np.sign(np.real(u)))

    @staticmethod
    def arctan2(y: Any, x: Any, out: Any = None) -> Any:
        """The angle of (x, y), its imaginary part to first order."""
        a, b = np.real(x), np.real(y)
        moved = (a * np.imag(y) - b * np.imag(x)) / (a * a + b * b)
        return into(out, np.arctan2(b, a) + 1j * moved)

    @staticmethod
    def expm1(u: Any, out: Any = None) -> Any:
        """exp(u) - 1, its imaginary part by the exponential."""
        real, imaginary = np.real(u), np.imag(u)
        return into(out, np.expm1(real) + 1j * np.exp(real) * imaginary)

    @staticmethod
    def log1p(u: Any, out: Any = None) -> Any:
        """log(1 + u), its imaginary part to first order."""
        real, imaginary = np.real(u), np.imag(u)
        return into(out, np.log1p(real) + 1j * imaginary / (1 + real))

    def __getattr__(self, name: str) -> Any:
        return getattr(np, name)


def below_max(u: Any, top: Any, _axis: int, out: Any) -> Any:
    """u less its largest element."""
    return np.subtract(u, top, out=out)


def difference(u: Any, v: Any, out: Any = None) -> Any:
    """The difference of u and v."""
    return np.subtract(u, v, out=out)


def _continued(function: Any, slope: Any) -> Any:
    """A function of real numbers continued to a tiny imaginary part, by its derivative."""
    def continued(u: Any, out: Any = None) -> Any:
        real = np.real(u)
        return into(out, function(real) + 1j * np.imag(u) * slope(real))

    return continued


def _continued_in(function: Any, *slopes: Callable[..., Any]) -> Any:
    """A function of several numbers continued to tiny imaginary parts, by its slopes."""
    def continued(*given: Any, out: Any = None) -> Any:
        numbers, rest = given[:len(slopes)], given[len(slopes):]
        real = [np.real(number) for number in numbers]
        moved = sum(np.imag(number) * slope(*real)
                    for number, slope in zip(numbers, slopes, strict=True))
        return into(rest[0] if rest else out, function(*real) + 1j * moved)

    return continued


def _normal(x: Any) -> Any:
    """The density of the standard normal distribution."""
    return np.exp(-x * x / 2) / np.sqrt(2 * np.pi)


def _none(*_given: Any) -> float:
    """The slope by what the function does not depend on."""
    return 0.0


_SLOPES: dict[Any, Callable[[Any], Any]] = {
    gamma_functions.loggamma: gamma_functions.digamma,
    gamma_functions.digamma: gamma_functions.trigamma,
    normal_distribution.erf: lambda x: 2 / np.sqrt(np.pi) * np.exp(-x * x),
    normal_distribution.Phi: _normal,
    normal_distribution.logPhi: normal_distribution.mills,
    normal_distribution.mills: lambda x: -normal_distribution.mills(x) * (
        x + normal_distribution.mills(x)),
    normal_quantiles.erfinv: lambda y: np.sqrt(np.pi) / 2 * np.exp(
        normal_quantiles.erfinv(y)**2),
    normal_quantiles.probit: lambda p: 1 / _normal(normal_quantiles.probit(p)),
    exponential_integrals.E1: lambda x: -np.exp(-x) / x,
    exponential_integrals.li: lambda u: 1 / np.log(u),
    modified_bessel.besseli0: modified_bessel.besseli1,
    modified_bessel.besseli1: lambda x: modified_bessel.besseli0(x) - np.where(
        x == 0, 0.5, modified_bessel.besseli1(x) / np.where(x == 0, 1, x)),
    modified_bessel.besseli0e: lambda x: np.exp(-np.abs(x)) * modified_bessel.besseli1(x)
    - np.sign(x) * modified_bessel.besseli0e(x),
    gamma_differences.digamma_half_rise: lambda u: gamma_differences.digamma_rise(u, 0.5)
    + u * gamma_differences.trigamma_rise(u, 0.5),
}
_ALL_SLOPES: dict[Any, tuple[Callable[..., Any], ...]] = {
    gamma_differences.loggamma_rise: (
        gamma_differences.digamma_rise, lambda u, d: gamma_functions.digamma(u + d)),
    gamma_differences.digamma_rise: (
        gamma_differences.trigamma_rise, lambda u, d: gamma_functions.trigamma(u + d)),
    gamma_differences.logB: (
        lambda u, v: -gamma_differences.digamma_rise(u, v),
        lambda u, v: -gamma_differences.digamma_rise(v, u)),
    gamma_differences.loggamma_bend: (
        lambda u, v, w: gamma_differences.digamma_rise(u + v, w)
        - gamma_differences.digamma_rise(u, w),
        lambda u, v, w: gamma_differences.digamma_rise(u + v, w),
        lambda u, v, w: gamma_differences.digamma_rise(u + w, v)),
    normal_intervals.logPhi_between: (
        normal_intervals.mills_between,
        lambda u, v, w: -normal_intervals.mills_between(-v, -u, w), _none),
    normal_intervals.mills_between: (
        lambda u, v, w: -normal_intervals.mills_between(u, v, w) * (
            u + normal_intervals.mills_between(u, v, w)),
        lambda u, v, w: normal_intervals.mills_between(u, v, w)
        * normal_intervals.mills_between(-v, -u, w), _none),
    normal_intervals.mean_between: (
        lambda u, v, w: normal_intervals.mills_between(u, v, w) * (
            u - normal_intervals.mean_between(u, v, w)),
        lambda u, v, w: normal_intervals.mills_between(-v, -u, w) * (
            normal_intervals.mean_between(u, v, w) - v), _none),
}


class Unknown:
    """A function whose slope is not known by some argument: no complex step goes through that."""

    def __init__(self, function: Any, slopes: Mapping[int, Callable[..., Any]]) -> None:
        self.function, self.slopes = function, slopes

    def __call__(self, *given: Any, out: Any = None) -> Any:
        """The function, as far as it is known."""
        count = self.function.__code__.co_argcount - 1
        numbers, rest = given[:count], given[count:]
        real = [np.real(number) for number in numbers]
        moved: Any = 0
        for place, number in enumerate(numbers):
            if place in self.slopes:
                moved = moved + np.imag(number) * self.slopes[place](*real)
            elif np.any(np.imag(number)):
                raise NoComplexStep(f"the slope of {self.function.__name__} is not known here; no "
                                    "complex step goes through it")
        return into(rest[0] if rest else out, self.function(*real) + 1j * moved)


def _gammainc_slope(a: Any, u: Any) -> Any:
    return np.exp((a - 1) * np.log(u) - u - gamma_functions.loggamma(a))


def _betainc_slope(a: Any, b: Any, u: Any) -> Any:
    return np.exp((a - 1) * np.log(u) + (b - 1) * np.log1p(-u) - gamma_differences.logB(a, b))


_PARTLY: dict[Any, Mapping[int, Callable[..., Any]]] = {
    gamma_functions.trigamma: {},
    gamma_differences.trigamma_rise: {},
    incomplete_gamma.gammainc: {1: _gammainc_slope},
    incomplete_gamma.gammaincc: {1: lambda a, u: -_gammainc_slope(a, u)},
    incomplete_beta.betainc: {2: _betainc_slope},
}
NAMES: dict[str, Any] = {"np": Analytic(), "below_max": below_max, "difference": difference,
                         **{f.__name__: _continued(f, slope) for f, slope in _SLOPES.items()},
                         **{f.__name__: _continued_in(f, *slopes)
                            for f, slopes in _ALL_SLOPES.items()},
                         **{f.__name__: Unknown(f, slopes) for f, slopes in _PARTLY.items()}}
