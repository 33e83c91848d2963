"""The tables of numbers in the special functions of derive/arrays/runtime, computed from mpmath.

    python benchmarks/special_coefficients.py            prints every table as it stands there
    python benchmarks/special_coefficients.py --check    compares them, and tells their errors

A row of a table is a quotient of polynomials that goes through a function at Chebyshev's points of
an interval, in 60 digits, then rounded to floats: near the best one of its degrees. What is
approximated is the function without its roots, poles and growth, which are put back in plain
floats.
"""

from __future__ import annotations

import argparse
import textwrap
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np
from mpmath import mp, mpf

from derive.arrays.runtime.function_pieces import quotient_table

DIGITS = 60
Real = Callable[[mpf], mpf]


@dataclass(frozen=True)
class Piece:
    """A function between two places, and the degrees of numerator and denominator.

    What is approximated is the function less a `centre`, which makes the rounding errors of the
    quotient smaller; None is for the number that makes them smallest. `place` takes the interval
    of Chebyshev's points to that of the function: the points then lie closely where it changes
    quickly.
    """

    function: Real
    low: mpf | float
    high: mpf | float
    degrees: tuple[int, int]
    place: Real = lambda s: s
    centre: float | None = 0.0

    def middle(self) -> float:
        """The centre, of few digits where it can be chosen."""
        if self.centre is not None:
            return self.centre
        first, *_, last = map(self.function, self.points(100))
        return round(float(2 / (1 / first + 1 / last)) * 64) / 64

    def points(self, count: int) -> list[mpf]:
        """Chebyshev's points of the interval, taken to their places."""
        middle, half = (mpf(self.low) + self.high) / 2, (mpf(self.high) - self.low) / 2
        return [self.place(middle + half * mp.cos(mp.pi * (2 * k + 1) / (2 * count)))
                for k in range(count)]

    def row(self) -> tuple[float, list[float], list[float]]:
        """The centre, and the coefficients of numerator and denominator, the lowest power first."""
        (top, bottom), centre = self.degrees, self.middle()
        points = self.points(top + bottom + 1)
        values = [self.function(t) - centre for t in points]
        rows = [[*(t**k for k in range(top + 1)), *(-y * t**k for k in range(1, bottom + 1))]
                for t, y in zip(points, values, strict=True)]
        solved = [float(c) for c in mp.lu_solve(mp.matrix(rows), mp.matrix(values))]
        return centre, solved[:top + 1], [1.0, *solved[top + 1:]]

    def error(self) -> mpf:
        """The largest error of the row, relative to the largest value, computed exactly."""
        points, (centre, *parts) = self.points(300), self.row()
        values = [self.function(t) for t in points]
        worst = mpf(0)
        for t, value in zip(points, values, strict=True):
            top, bottom = (mp.polyval([mpf(c) for c in part[::-1]], t) for part in parts)
            worst = max(worst, abs(centre + top / bottom - value))
        return worst / max(map(abs, values))


def series(terms: list[mpf], t: mpf) -> mpf:
    """A power series."""
    return mp.polyval(terms[::-1], t)


def scaled_erfc(x: mpf) -> mpf:
    """exp(x**2) erfc(x)."""
    return mp.exp(x * x) * mp.erfc(x)


def near_erf(q: mpf) -> mpf:
    """erf(x) / x at q = x**2."""
    return mp.erf(mp.sqrt(q)) / mp.sqrt(q) if q else 2 / mp.sqrt(mp.pi)


def far_erfc(w: mpf) -> mpf:
    """x exp(x**2) erfc(x) at w = 1/x**2."""
    if w < mpf(1) / 2500:
        return series([mp.fac2(2 * k - 1) / mpf(-2)**k for k in range(20)], w) / mp.sqrt(mp.pi)
    return scaled_erfc(1 / mp.sqrt(w)) / mp.sqrt(w)


def scaled_integral(x: mpf) -> mpf:
    """exp(x) E1(x)."""
    return mp.exp(x) * mp.e1(x)


def far_integral(s: mpf) -> mpf:
    """x exp(x) E1(x) at s = 1/x."""
    if s < mpf(1) / 500:
        return series([(-1)**k * mp.factorial(k) for k in range(30)], s)
    return scaled_integral(1 / s) / s


def far_bessel(order: int) -> Real:
    """sqrt(x) exp(-x) I(x) at x = 16 / (w + 1)."""
    def scaled(w: mpf) -> mpf:
        s = (w + 1) / 16
        if s > mpf(1) / 200:
            return mp.exp(-1 / s) * mp.besseli(order, 1 / s) / mp.sqrt(s)
        term = total = mpf(1)
        for k in range(1, 25):
            term *= -(4 * order**2 - (2 * k - 1)**2) * s / (8 * k)
            total += term
        return total / mp.sqrt(2 * mp.pi)

    return scaled


def far_gamma(order: int) -> Real:
    """What Stirling's formula lacks for loggamma (order 0), digamma (1) and trigamma (2).

    It is times x, -x**2, x**3, as a function of w = 1/x**2.
    """
    def rest(w: mpf) -> mpf:
        if w < mpf(1) / 2500:
            return series([mp.bernoulli(2 * n) / (1, 2 * n, 2 * n * (2 * n - 1))[2 - order]
                           for n in range(1, 20)], w)
        x = 1 / mp.sqrt(w)
        if order == 0:
            return x * (mp.loggamma(x) - (x - 0.5) * mp.log(x) + x - mp.log(2 * mp.pi) / 2)
        if order == 1:
            return x**2 * (mp.log(x) - 1 / (2 * x) - mp.digamma(x))
        return x**3 * (mp.psi(1, x) - 1 / x - 1 / (2 * x**2))

    return rest


def erfc_inverse(t: mpf) -> mpf:
    """The x at which erfc(x) is exp(-t**2), by Newton's method for the logarithms."""
    x = t
    for _ in range(100):
        tail = mp.erfc(x)
        step = (mp.log(tail) + t * t) * tail * mp.exp(x * x) * mp.sqrt(mp.pi) / 2
        x += step
        if abs(step) < mpf(10)**-50 * abs(x):
            break
    return x


def in_square(function: Real, at_zero: Real) -> Real:
    """f(x) / x as a function of x**2."""
    return lambda q: function(mp.sqrt(q)) / mp.sqrt(q) if q else at_zero(q)


def closely(function: Real, places: tuple[float, ...],
            degrees: tuple[int, int] = (7, 7)) -> list[Piece]:
    """Between places, in the distance from the first of two; the points lie evenly in log(x)."""
    def piece(first: float, last: float) -> Piece:
        return Piece(lambda s: function(s + first), mp.log(mpf(first)), mp.log(mpf(last)),
                     degrees, lambda s: mp.exp(s) - first, None)

    return [piece(*ends) for ends in pairwise(places)]


def gamma_pieces(order: int, near: Real, middle: Real, degrees: tuple[int, int]) -> list[Piece]:
    """From 3/4 to 2 in x - 3/4, from 2 to 5.5 in x - 2, from 5.5 on in 1/x**2."""
    return [*closely(near, (0.75, 2), degrees), *closely(middle, (2, 5.5), degrees),
            Piece(far_gamma(order), 0, 1 / mpf(5.5)**2, (7, 0))]


def bessel_pieces(order: int, near: Real) -> list[Piece]:
    """Up to 4 in x**2, from 4 to 8 in 16/x - 3, from 8 on in 16/x - 1."""
    far = far_bessel(order)
    return [Piece(near, 0, 16, (12, 0)),
            *(Piece(f, -1, 1, (23, 0), centre=0.40625) for f in (lambda w: far(w + 2), far))]


def tables() -> dict[str, list[Piece]]:
    """All tables by their names in derive/arrays/runtime."""
    root = mp.findroot(mp.digamma, mpf("1.4616"))

    def digamma(x: mpf) -> mpf:
        return mp.digamma(x) / (x - root)

    def trigamma(x: mpf) -> mpf:
        return mp.psi(1, x)

    return {
        "LOGGAMMA_TABLE": gamma_pieces(0, lambda x: mp.loggamma(x) / ((x - 1) * (x - 2)),
                                       lambda x: mp.loggamma(x) / (x - 2), (7, 7)),
        "DIGAMMA_TABLE": gamma_pieces(1, digamma, digamma, (7, 7)),
        "TRIGAMMA_TABLE": gamma_pieces(2, trigamma, trigamma, (6, 7)),
        "ERF_TABLE": [Piece(lambda q: near_erf(q) - 1, 0, 0.25, (4, 4)),
                      Piece(lambda s: scaled_erfc(s + 0.5), 0, 2, (7, 7), centre=None),
                      Piece(far_erfc, 0, mpf(4) / 25, (7, 7), centre=0.5641895835477563)],
        "BESSELI0_TABLE": bessel_pieces(0, lambda q: mp.besseli(0, mp.sqrt(q))),
        "BESSELI1_TABLE": bessel_pieces(1, lambda q: mp.besseli(1, mp.sqrt(q)) / mp.sqrt(q)
                                        if q else mpf(0.5)),
        "E1_TABLE": [Piece(lambda x: (mp.e1(x) + mp.log(x) + mp.euler) / x, 1e-30, 0.5, (4, 4)),
                     *closely(scaled_integral, (0.5, 2, 8)),
                     Piece(far_integral, 0, 0.125, (7, 7), centre=1.0)],
        "ERFINV_TABLE": [Piece(lambda q: mp.erfinv(mp.sqrt(q)) / mp.sqrt(q), 1e-30, 0.25, (5, 5),
                               centre=None),
                         *closely(erfc_inverse, (0.8325, 2, 5, 13, 27.5))],
    }


def literal(name: str, rows: list[tuple[float, list[float], list[float]]]) -> str:
    """A table as it stands in the source."""
    lines = []
    for row in rows:
        lines += textwrap.wrap(f"{row!r},", 95, initial_indent="    ", subsequent_indent="     ")
    return "\n".join([f"{name} = quotient_table(", *lines, ")"])


@cache
def source() -> Mapping[str, Any]:
    """The names of the runtime."""
    from derive.arrays.targets.numpy.executing import runtime_names

    return runtime_names()


def main() -> None:
    """Prints the tables, or compares them with those of the source."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.
                                     RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true")
    check, wrong = parser.parse_args().check, 0
    mp.dps = DIGITS
    for name, pieces in tables().items():
        rows = [piece.row() for piece in pieces]
        if not check:
            print(literal(name, rows))
            continue
        same = all(map(np.array_equal, source()[name], quotient_table(*rows)))
        wrong += not same
        errors = [mp.nstr(piece.error(), 2) for piece in pieces]
        print(f"{name:<15} {'as computed' if same else 'DIFFERS'}   relative errors "
              f"{', '.join(errors)}")
    raise SystemExit(min(wrong, 1))


if __name__ == "__main__":
    main()
