"""The special functions of kernels beside SciPy's: the largest error in ULP, and time.

    python benchmarks/special_functions.py [NAME ...] [--points 1000] [--seed 1]

An error is that of a result against mpmath in 60 digits or more, in units of the last place of the
true result rounded to the same floats. A false NaN, infinity or 0 is an infinite error. Points:
uniform, over all magnitudes, beside roots, where a result leaves the range of floats, subnormal.
Time is that of one element of 100,000, and of a whole call with 50. SciPy's column is empty where
SciPy is not installed.
"""

from __future__ import annotations

import argparse
import math
import time
import warnings
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from mpmath import mp, mpf
from numpy.typing import NDArray

from derive.arrays.targets.numpy.executing import runtime_names

Array = NDArray[Any]
Real = Callable[[mpf], mpf]
try:
    from scipy import special
except ImportError:
    special = None


def spread(rng: Any, low: float, high: float, count: int) -> Array:
    """Numbers over all magnitudes between two."""
    made: Array = np.exp(rng.uniform(math.log(low), math.log(high), count))
    return made


def beside(rng: Any, place: float, count: int) -> Array:
    """Numbers at all distances from a place."""
    return place + rng.choice([-1, 1], count) * spread(rng, 1e-17, 0.3, count)


def positive(rng: Any, n: int) -> Array:
    """Arguments of the gamma functions."""
    return np.concatenate([
        rng.uniform(0, 12, n), *(beside(rng, p, n // 4) for p in (1, 2, 1.4616321449683623, 8)),
        spread(rng, 1e-307, 2e305, n), spread(rng, 5e-324, 3e-308, 20), [0.75, 8, 5e-324, 1e308]])


def real(rng: Any, n: int) -> Array:
    """Arguments of erf and of the normal distribution."""
    size = spread(rng, 1e-307, 1e153, n)
    return np.concatenate([
        rng.normal(0, 1, n), rng.uniform(-40, 40, n), size, -size, rng.uniform(-39, -37, n // 4),
        rng.uniform(37, 39, n // 4), rng.uniform(5, 9, n // 4), beside(rng, -1, n // 4),
        spread(rng, 5e-324, 3e-308, 20), [0.0, -1e154, 1e308, -1e308]])


def moderate(rng: Any, n: int) -> Array:
    """Arguments of the Bessel functions."""
    size = spread(rng, 1e-307, 1e300, n)
    return np.concatenate([
        rng.uniform(-12, 12, n), rng.uniform(-720, 720, n), size, -size, beside(rng, 8, n // 4),
        spread(rng, 5e-324, 3e-308, 20), [0.0]])


def integral(rng: Any, n: int) -> Array:
    """Arguments of E1."""
    return np.concatenate([rng.uniform(0, 5, n), rng.uniform(0, 745, n), beside(rng, 0.5, n // 4),
                           spread(rng, 1e-307, 1e3, n), spread(rng, 5e-324, 3e-308, 20)])


def probability(rng: Any, n: int) -> Array:
    """Numbers between 0 and 1, some of them close to one of these."""
    made = np.concatenate([rng.uniform(0, 1, n), spread(rng, 1e-307, 1, n),
                           *(beside(rng, p, n // 4) for p in (0.25, 0.5, 0.75)),
                           1 - spread(rng, 1e-16, 0.5, n), spread(rng, 5e-324, 3e-308, 20)])
    return made[(made > 0) & (made < 1)]


def between(rng: Any, n: int) -> Array:
    """Numbers between -1 and 1."""
    made = probability(rng, n)
    return made * rng.choice([-1.0, 1.0], len(made))


def exact_Phi(x: mpf) -> mpf:
    return mp.erfc(-x / mp.sqrt(2)) / 2 if x > -1e3 else mpf(0)


def exact_logPhi(x: mpf) -> mpf:
    if x < -1e3:
        return -x * x / 2 - mp.log(-x * mp.sqrt(2 * mp.pi)) - 1 / x**2 + 5 / (2 * x**4)
    return mp.log1p(-exact_Phi(-x)) if x > 0 else mp.log(exact_Phi(x))


def exact_mills(x: mpf) -> mpf:
    if x < -1e3:
        return -x / (1 - 1 / x**2 + 3 / x**4 - 15 / x**6)
    return mp.npdf(x) / exact_Phi(x)


def exact_bessel(order: int, scaled: bool = False) -> Real:
    def exact(x: mpf) -> mpf:
        x, sign = abs(x), mp.sign(x)**order
        if not scaled:
            return sign * (mp.besseli(order, x) if x < 1e4 else mp.inf)
        if x < 1e6:
            return mp.besseli(order, x) * mp.exp(-x)
        term = total = mpf(1)
        for k in range(1, 12):
            term *= -(4 * order**2 - (2 * k - 1)**2) / (8 * k * x)
            total += term
        return total / mp.sqrt(2 * mp.pi * x)

    return exact


def exact_trigamma(x: mpf) -> mpf:
    return mp.psi(1, x) if x < 1e20 else 1 / x + 1 / (2 * x * x)


def exact_erfinv(y: mpf) -> mpf:
    if abs(y) < mpf(10)**-20:
        return mp.sqrt(mp.pi) / 2 * y
    return mp.sign(y) * erfc_inverse(1 - abs(y))


def exact_probit(p: mpf) -> mpf:
    return -mp.sqrt(2) * erfc_inverse(2 * p) if p <= 0.5 else mp.sqrt(2) * erfc_inverse(2 - 2 * p)


def erfc_inverse(q: mpf) -> mpf:
    """The x at which erfc(x) is q, for q <= 1: Newton's method for its logarithm."""
    if q == 1:
        return mpf(0)
    log, x = mp.log(q), mpf(math.sqrt(-math.log(float(q)))) if q < 0.1 else mpf(1 - float(q))
    for _ in range(200):
        tail = mp.erfc(x)
        step = (mp.log(tail) - log) * tail * mp.exp(x * x) * mp.sqrt(mp.pi) / 2
        x += step
        if abs(step) < mpf(10)**-40 * abs(x):
            return x
    raise AssertionError(q)


def exact_li(u: mpf) -> mpf:
    return -mp.e1(-mp.log(u))


@dataclass(frozen=True)
class Function:
    """A function of the runtime: where it is tried, the truth, SciPy's, and usual arguments."""

    points: Callable[[Any, int], Array]
    exact: Real
    scipy: Callable[[Any], Any]
    usual: tuple[float, float]


FUNCTIONS: dict[str, Function] = {
    "loggamma": Function(positive, mp.loggamma, lambda x: special.gammaln(x), (0.1, 20)),
    "digamma": Function(positive, mp.digamma, lambda x: special.digamma(x), (0.1, 20)),
    "trigamma": Function(positive, exact_trigamma, lambda x: special.polygamma(1, x), (0.1, 20)),
    "erf": Function(real, mp.erf, lambda x: special.erf(x), (-6, 6)),
    "Phi": Function(real, exact_Phi, lambda x: special.ndtr(x), (-6, 6)),
    "logPhi": Function(real, exact_logPhi, lambda x: special.log_ndtr(x), (-6, 6)),
    "mills": Function(real, exact_mills, lambda x: math.sqrt(2 / math.pi) / special.erfcx(
        -x / math.sqrt(2)), (-6, 6)),
    "besseli0": Function(moderate, exact_bessel(0), lambda x: special.i0(x), (-20, 20)),
    "besseli1": Function(moderate, exact_bessel(1), lambda x: special.i1(x), (-20, 20)),
    "besseli0e": Function(moderate, exact_bessel(0, True), lambda x: special.i0e(x), (-20, 20)),
    "E1": Function(integral, mp.e1, lambda x: special.exp1(x), (0.1, 20)),
    "li": Function(probability, exact_li, lambda u: special.expi(np.log(u)), (0, 1)),
    "erfinv": Function(between, exact_erfinv, lambda y: special.erfinv(y), (-1, 1)),
    "probit": Function(probability, exact_probit, lambda p: special.ndtri(p), (0, 1)),
}


def errors(compute: Callable[[Array], Array], exact: Real, points: Array) -> Array:
    """The error of each result in ULP of the points' floats."""
    return np.array([ulps(v, exact(mpf(float(x)))) for x, v in zip(points, compute(points),
                                                                  strict=True)])


def ulps(value: Any, truth: mpf) -> float:
    """The error of a float in units of the last place of the true number."""
    kind = type(value)
    largest = float(np.finfo(kind).max)
    with np.errstate(over="ignore"):
        nearest = kind(float(truth)) if abs(truth) < 1.1 * mpf(largest) else kind(
            math.copysign(math.inf, mp.sign(truth)))
    if value == nearest and (np.isinf(value) or value == 0):
        return 0.5 if truth != value else 0.0
    edge = np.isinf(value) and value * float(mp.sign(truth)) > 0 and abs(truth) > (
        1 - 8 * mpf(float(np.finfo(kind).eps))) * mpf(largest)
    if edge:  # within rounding of the end of the floats
        return 4.0
    false_zero = value == 0 and abs(nearest) > 4 * np.finfo(kind).smallest_subnormal
    if not np.isfinite(value) or not np.isfinite(nearest) or false_zero:
        return math.inf
    return float(abs(mpf(float(value)) - truth) / mpf(float(np.spacing(abs(nearest)))))


def clock(work: Callable[[Array], Any], array: Array) -> float:
    """The seconds of the processor for one call, the best of several."""
    best = math.inf
    for _ in range(7):
        start = time.process_time()
        for _ in range(max(1, 20000 // array.size)):
            work(array)
        best = min(best, (time.process_time() - start) / max(1, 20000 // array.size))
    return best


def row(name: str, points: int, seed: int) -> str:
    """The line of one function."""
    function, ours = FUNCTIONS[name], runtime_names()[name]
    rng = np.random.default_rng(seed)
    double = function.points(rng, points)
    with np.errstate(over="ignore"):
        single = double.astype(np.float32)
    single = single[np.isfinite(single) & ((single != 0) | (double == 0))][::3]
    single = single[(abs(single) < 1) | (abs(double).max() > 1)]
    rows = [errors(ours, function.exact, double), errors(ours, function.exact, single)]
    found = [f"{e.max():.3g}" for e in rows]
    usual = rng.uniform(*function.usual, 100_000)
    seconds = [clock(ours, usual) * 1e4, clock(ours, usual[:50]) * 1e6]
    if special is not None:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            found.append(f"{errors(function.scipy, function.exact, double).max():.3g}")
            seconds += [clock(function.scipy, usual) * 1e4, clock(function.scipy, usual[:50]) * 1e6]
    worst = double[rows[0].argmax()]
    theirs = f"{found[2]:>9} {seconds[2]:>7.1f} {seconds[0] / seconds[2]:>6.2f} " \
             f"{seconds[3]:>7.1f}" if special is not None else " " * 32
    return f"{name:<10}{found[0]:>8} {found[1]:>8} {seconds[0]:>7.1f} {seconds[1]:>7.1f} {theirs}" \
           f"   {worst!r}"


def main(arguments: Iterable[str] | None = None) -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.
                                     RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", choices=[*FUNCTIONS, []], metavar="NAME")
    parser.add_argument("--points", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args(arguments)
    mp.dps = 60
    print(f"seed {asked.seed}, NumPy {np.__version__}; ULP; ns of one element, us of a call of 50")
    print("           float64  float32      ns  50: us   SciPy's      ns  ratio  50: us   worst at")
    for name in asked.names or FUNCTIONS:
        print(row(name, asked.points, asked.seed), flush=True)


if __name__ == "__main__":
    main()
