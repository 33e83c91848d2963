"""NumPy for complex numbers with a tiny imaginary part, for the complex step.

A derivative by the complex step (Squire & Trapp 1998) needs functions that are analytic where
they are evaluated: the largest of two numbers, the absolute value and comparisons go by the real
parts here.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from derive.arrays.runtime.array_functions import into


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


def difference(u: Any, v: Any, out: Any) -> Any:
    """The difference of u and v."""
    return np.subtract(u, v, out=out)


class Special:
    """What generated code calls as `special`: SciPy's functions that take complex numbers."""

    def __getattr__(self, name: str) -> Any:
        from scipy import special

        return getattr(special, "loggamma" if name == "gammaln" else name)


NAMES: dict[str, Any] = {"np": Analytic(), "special": Special(),
                         "below_max": below_max, "difference": difference}
