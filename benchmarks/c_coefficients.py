"""The polynomials in the C functions of derive/arrays/targets/c/math, computed from mpmath.

    python -m benchmarks.c_coefficients            prints every array as it stands there
    python -m benchmarks.c_coefficients --check    compares them, and tells their errors

A polynomial is the one whose largest weighted error in an interval is least, by Remez's exchange in
40 digits. Its coefficients are rounded to floats from the lowest on; after each, the others are
computed again, so that they make up for its rounding.
"""

from __future__ import annotations

import argparse
import re
import textwrap
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from mpmath import mp, mpf

from benchmarks.special_coefficients import Piece
from derive.arrays.targets.c.math.c_functions import c_texts

DIGITS = 40
Real = Callable[[mpf], mpf]


@dataclass(frozen=True)
class Polynomial:
    """The polynomial of a degree whose error times weight in an interval is least.

    `first` are lowest coefficients that are given. The coefficients are floats of `dtype`.
    """

    function: Real
    low: Any
    high: Any
    degree: int
    weight: Real = lambda t: mpf(1)
    first: tuple[float, ...] = ()
    dtype: Any = np.float64

    def grid(self) -> list[mpf]:
        """Points of the interval, dense at its ends."""
        count = 40 * (self.degree + 2) + 1
        middle, half = (mpf(self.low) + self.high) / 2, (mpf(self.high) - self.low) / 2
        return [middle - half * mp.cos(mp.pi * k / count) for k in range(count + 1)]

    def row(self) -> list[float]:
        """The coefficients, the lowest power first."""
        grid, made = self.grid(), list(self.first)
        weights = [self.weight(t) for t in grid]
        rest = [self.function(t) - mp.polyval([mpf(c) for c in made[::-1]], t) if made
                else self.function(t) for t in grid]
        best = _exchanged(grid, rest, weights, len(made), self.degree)
        while best:
            made.append(float(self.dtype(float(best[0]))))
            error, best = best[0] - mpf(made[-1]), best[1:]
            if best and self.dtype is not np.float64:
                best = _made_up(grid, weights, error, len(made) - 1, best)
        return made

    def error(self) -> mpf:
        """The largest weighted error of the rounded coefficients."""
        row = [mpf(c) for c in self.row()]
        return max(abs(self.weight(t) * (mp.polyval(row[::-1], t) - self.function(t)))
                   for t in self.grid())


def _exchanged(grid: list[mpf], rest: list[mpf], weights: list[mpf], start: int, degree: int,
               ) -> list[mpf]:
    """The coefficients from t**start on of the polynomial with the least largest error."""
    unknown = degree + 1 - start
    step = (len(grid) - 1) / (unknown + 1.0)
    places = [min(len(grid) - 1, round(k * step * 0.995)) for k in range(unknown + 1)]
    solved: list[mpf] = []
    for _ in range(40):
        rows = [[*(weights[p] * grid[p]**k for k in range(start, degree + 1)), mpf(-1)**n]
                for n, p in enumerate(places)]
        *solved, level = mp.lu_solve(mp.matrix(rows),
                                     mp.matrix([weights[p] * rest[p] for p in places]))
        errors = [w * (y - t**start * mp.polyval(solved[::-1], t))
                  for t, y, w in zip(grid, rest, weights, strict=True)]
        if max(map(abs, errors)) <= abs(level) * mpf("1.001"):
            return solved
        places = _extremes(errors, unknown + 1)
    raise ArithmeticError("the exchange did not come to an end; change the interval")


def _made_up(grid: list[mpf], weights: list[mpf], error: mpf, power: int, best: list[mpf],
             ) -> list[mpf]:
    """Further coefficients that make up for the error of one, by least squares."""
    points = range(1, len(grid) - 1, 3)
    rows = [[weights[p] * grid[p]**(power + 1 + k) for k in range(len(best))] for p in points]
    values = [weights[p] * error * grid[p]**power for p in points]
    change = mp.qr_solve(mp.matrix(rows), mp.matrix(values))[0]
    return [b + c for b, c in zip(best, change, strict=True)]


def _extremes(errors: Sequence[mpf], count: int) -> list[int]:
    """The places of the largest errors between changes of sign; the lesser ends are dropped."""
    runs: list[int] = []
    for place, error in enumerate(errors):
        if runs and (errors[runs[-1]] > 0) == (error > 0):
            if abs(error) > abs(errors[runs[-1]]):
                runs[-1] = place
        else:
            runs.append(place)
    while len(runs) > count:
        runs.pop(0 if abs(errors[runs[0]]) < abs(errors[runs[-1]]) else -1)
    if len(runs) < count:
        raise ArithmeticError("the exchange lost a change of sign; change the interval")
    return runs


def exp_rest(r: mpf) -> mpf:
    """(exp(r) - 1 - r) / r**2."""
    return (mp.expm1(r) - r) / r**2 if r else mpf(1) / 2


def log_rest(w: mpf) -> mpf:
    """(2 atanh(s) / s - 2) / s**2 at w = s**2."""
    s = mp.sqrt(w)
    return 2 * (mp.atanh(s) / s - 1) / w if w else mpf(2) / 3


def log_cubic(f: mpf) -> mpf:
    """(log(1 + f) - f + f**2 / 2) / f**3."""
    if abs(f) < mpf(10)**-10:
        return mpf(1) / 3 - f / 4
    return (mp.log1p(f) - f + f * f / 2) / f**3


def pow_rest(w: mpf) -> mpf:
    """(log_rest(w) - 2/3) / w at w = s**2."""
    return (log_rest(w) - mpf(2) / 3) / w if w > mpf(10)**-8 else mpf(2) / 5 + 2 * w / 7


def atan_rest(w: mpf) -> mpf:
    """(atan(t) / t - 1) / t**2 at w = t**2."""
    t = mp.sqrt(w)
    return (mp.atan(t) / t - 1) / w if w > mpf(10)**-12 else -mpf(1) / 3 + w / 5


def asin_rest(w: mpf) -> mpf:
    """(asin(t) / t - 1) / t**2 at w = t**2."""
    t = mp.sqrt(w)
    return (mp.asin(t) / t - 1) / w if w > mpf(10)**-12 else mpf(1) / 6 + 3 * w / 40


def tanh_rest(w: mpf) -> mpf:
    """(tanh(x) / x - 1) / x**2 at w = x**2."""
    x = mp.sqrt(w)
    return (mp.tanh(x) / x - 1) / w if w > mpf(10)**-12 else -mpf(1) / 3 + 2 * w / 15


def polynomials() -> dict[str, Polynomial]:
    """All polynomials by the names of their arrays in C."""
    half = mp.log(2) / 2 * mpf("1.0001")
    root = mp.sqrt(2)
    most = ((root - 1) / (root + 1))**2
    f32 = np.float32
    return {
        "f64_exp_terms": Polynomial(exp_rest, -half, half, 10, lambda r: r * r),
        "f32_exp_terms": Polynomial(exp_rest, -half, half, 5, lambda r: r * r, dtype=f32),
        "f64_log_terms": Polynomial(log_rest, 0, most, 6,
                                    lambda w: w * mp.sqrt(w)),
        "f32_log_terms": Polynomial(log_cubic, 1 / root - 1, root - 1, 7,
                                    lambda f: f**3 / mp.log1p(f) if f else f, dtype=f32),
        "f64_power_terms": Polynomial(pow_rest, 0, most, 7, lambda w: w * w),
        "f64_short_log_terms": Polynomial(log_rest, 0, most, 3, lambda w: w),
        "f64_short_exp_terms": Polynomial(exp_rest, -half, half, 5, lambda r: r * r),
        "f64_atan_terms": Polynomial(atan_rest, 0, mpf(7)**2 / 256, 10, lambda w: w),
        "f64_asin_terms": Polynomial(asin_rest, 0, mpf("0.2501"), 12, lambda w: w),
        "f32_atan_terms": Polynomial(atan_rest, 0, mpf(7)**2 / 256, 4, lambda w: w, dtype=f32),
        "f32_tanh_terms": Polynomial(tanh_rest, 0, mpf(0.626)**2, 4, lambda w: w, dtype=f32),
    }


def quotients() -> dict[str, Piece]:
    """All quotients of polynomials: the numerators, and the denominators behind their 1."""
    return {"f64_tanh_terms": Piece(tanh_rest, 0, mpf(0.626)**2, (2, 3))}


def literal(name: str, row: list[float]) -> str:
    """An array as it stands in the source."""
    kind, suffix = ("float", "f") if name.startswith("f32") else ("double", "")
    numbers = ", ".join(f"{np.float32(c) if suffix else c!s}{suffix}" for c in row)
    lines = textwrap.wrap(numbers, 92)
    inner = "\n".join(f"    {line}" for line in lines)
    return f"static const {kind} {name}[{len(row)}] = {{\n{inner}}};"


def arrays() -> dict[str, list[float]]:
    """The arrays of the C text."""
    pattern = re.compile(r"static const (?:double|float) (\w+)\[\d+\] = \{([^}]*)\}")
    return {name: [float(c.strip().rstrip("f")) for c in numbers.split(",")]
            for name, numbers in pattern.findall("\n".join(c_texts()))}


def main() -> None:
    """Prints the arrays, or compares them with those of the source."""
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--check", action="store_true")
    given, wrong, source = parser.parse_args(), 0, arrays()
    mp.dps = DIGITS
    for name, polynomial in {**polynomials(), **quotients()}.items():
        if given.names and name not in given.names:
            continue
        row = polynomial.row()
        if isinstance(polynomial, Piece):
            _, top, bottom = row
            row = [*top, *bottom[1:]]
        if given.check:
            dtype = np.float32 if name.startswith("f32") else np.float64
            same = [float(dtype(c)) for c in source.get(name, ())] == row
            wrong += not same
            print(f"{name:<20} {'as computed' if same else 'DIFFERS'}   weighted error "
                  f"{mp.nstr(polynomial.error(), 2)}")
        else:
            print(f"/* error {mp.nstr(polynomial.error(), 2)} */\n{literal(name, row)}")
    raise SystemExit(min(wrong, 1))


if __name__ == "__main__":
    main()
