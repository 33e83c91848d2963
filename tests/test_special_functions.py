"""The special functions of kernels: against mpmath, at the ends, as functions of arrays."""

from __future__ import annotations

import math
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from mpmath import mp, mpf

from derive.arrays.recurrent.complex_numpy import NAMES
from derive.arrays.targets.numpy.executing import runtime_names
from derive.errors import NoComplexStep
from derive.functions.function_records import standard_functions

DIGITS = 60
LEAST = float(np.nextafter(0, 1))


def exact_logPhi(x: mpf) -> mpf:
    return mp.log1p(-mp.ncdf(-x)) if x > 0 else mp.log(mp.ncdf(x))


def erfc_inverse(q: mpf) -> mpf:
    """The x at which erfc(x) is q, from both sides of it."""
    low, high = mpf(-6), mpf(28)
    for _ in range(180):
        middle = (low + high) / 2
        low, high = (middle, high) if mp.erfc(middle) > q else (low, middle)
    return low


EXACT: dict[str, Callable[[mpf], mpf]] = {
    "loggamma": mp.loggamma, "digamma": mp.digamma, "trigamma": lambda x: mp.psi(1, x),
    "erf": mp.erf, "Phi": mp.ncdf, "logPhi": exact_logPhi,
    "mills": lambda x: mp.npdf(x) / mp.ncdf(x),
    "besseli0": lambda x: mp.besseli(0, x), "besseli1": lambda x: mp.besseli(1, x),
    "besseli0e": lambda x: mp.besseli(0, x) * mp.exp(-abs(x)),
    "E1": mp.e1, "li": lambda u: -mp.e1(-mp.log(u)),
    "erfinv": lambda y: mp.sign(y) * erfc_inverse(1 - abs(y)),
    "probit": lambda p: -mp.sqrt(2) * erfc_inverse(2 * p),
}
ROOT = 1.4616321449683623  # of digamma
TINY = [LEAST, 3e-310, 2.3e-308, 1e-200, 1e-20, 1e-9]
UNIT = [1e-4, 0.1, 0.24999, 0.25, 0.3, 0.49999, 0.5, 0.50001, 0.7, 0.75, 0.9, 0.999, 1 - 1e-12,
        1 - 2**-53]
LINE = [1e-5, 0.3, 0.6999, 0.7072, 0.99, 1.0, 1.0001, 1.4, 2.3, 3.53, 3.54, 5.5, 8.25, 15.2, 27.4]
POSITIVE = [*TINY, *UNIT, 1 + 1e-15, 1 + 1e-9, 1.3, ROOT - 1e-9, ROOT, ROOT + 2**-52, 1.6,
            2 - 1e-12, 2 + 1e-12, 2.2, 3.7, 5.49999, 5.5, 7.1, 30.3, 1e5, 1e20]
POINTS: dict[str, list[float]] = {
    "loggamma": [*POSITIVE, 1e300], "digamma": [*POSITIVE[2:], 1e300],
    "trigamma": [x for x in POSITIVE if x > 1e-150],
    **{name: [s * x for x in [*TINY, *LINE] for s in (1, -1)]
       for name in ("erf", "Phi", "logPhi", "mills")},
    **{name: [s * x for x in [*TINY, *LINE, 7.99, 8, 100.5, 712.5] for s in (1, -1)]
       for name in ("besseli0", "besseli1", "besseli0e")},
    "E1": [*TINY, *UNIT, *LINE, 300, 700], "li": [*TINY, *UNIT],
    "erfinv": [s * x for x in [*TINY, *UNIT] for s in (1, -1) if x > 1e-20 or s > 0],
    "probit": [p for p in (*TINY, *UNIT) if p != 0.5],
}


def ulps(value: Any, truth: mpf) -> float:
    """The error in units of the last place; infinite where only one of both is 0 or finite."""
    nearest = type(value)(float(truth))
    if not np.isfinite(value) or (value == 0) != (nearest == 0):
        return math.inf
    return float(abs(mpf(float(value)) - truth) / mpf(float(np.spacing(abs(nearest)))))


def exact(name: str, x: Any) -> mpf:
    if name == "erfinv" and abs(x) < 1e-8:
        return mp.sqrt(mp.pi) / 2 * (mpf(float(x)) + mp.pi * mpf(float(x))**3 / 12)
    return EXACT[name](mpf(float(x)))


def array(name: str, dtype: Any = np.float64) -> Any:
    with np.errstate(over="ignore", under="ignore"):
        made = np.array(POINTS[name]).astype(dtype)
    limits = np.finfo(dtype)
    inside = (abs(made) < 1) if name in ("li", "probit", "erfinv") else abs(made) < 80 if \
        dtype == np.float32 and "bessel" in name else made == made
    if dtype == np.float32 and name == "trigamma":
        inside = made > 1e-19
    return made[np.isfinite(made) & (abs(made) >= limits.smallest_subnormal) & inside]


@pytest.mark.parametrize(("dtype", "most"), [(np.float64, 4.0), (np.float32, 0.501)])
@pytest.mark.parametrize("name", EXACT)
def test_a_function_is_off_by_few_units_of_the_last_place(name: str, dtype: Any,
                                                          most: float) -> None:
    points = array(name, dtype)
    with mp.workdps(DIGITS):
        wrong = [(x, error) for x, value in zip(points, runtime_names()[name](points), strict=True)
                 if not (error := ulps(value, exact(name, x))) <= most]
    assert not wrong
    assert len(points) > 12


INF, NAN = math.inf, math.nan


@pytest.mark.parametrize(("name", "x", "value"), [
    ("loggamma", 0, INF), ("loggamma", -0.0, INF), ("loggamma", INF, INF), ("loggamma", 1, 0),
    ("loggamma", 2, 0), ("loggamma", -0.5, NAN), ("loggamma", -INF, NAN), ("loggamma", 1e308, INF),
    ("digamma", 0, -INF), ("digamma", -0.0, -INF), ("digamma", INF, INF), ("digamma", -1.5, NAN),
    ("digamma", LEAST, -INF), ("trigamma", 0, INF), ("trigamma", INF, 0), ("trigamma", -1, NAN),
    ("trigamma", 1e-200, INF), ("erf", INF, 1), ("erf", -INF, -1), ("erf", 0, 0), ("erf", 1e300, 1),
    ("Phi", INF, 1), ("Phi", -INF, 0), ("Phi", 0, 0.5), ("Phi", -1e300, 0), ("Phi", -38.6, 0),
    ("logPhi", INF, 0), ("logPhi", -INF, -INF), ("logPhi", -1e200, -INF), ("logPhi", 50, 0),
    ("logPhi", -2.0**500, -2.0**999), ("mills", INF, 0), ("mills", -INF, INF),
    ("mills", -1e308, 1e308), ("mills", 1e300, 0), ("besseli0", INF, INF),
    ("besseli0", -INF, INF), ("besseli0", 0, 1),
    ("besseli0", 714, INF), ("besseli1", INF, INF), ("besseli1", -INF, -INF), ("besseli1", 0, 0),
    ("besseli0e", INF, 0), ("besseli0e", 0, 1), ("E1", 0, INF), ("E1", INF, 0), ("E1", 1e300, 0),
    ("E1", -1, NAN), ("li", 0, 0), ("li", 1, -INF), ("erfinv", 1, INF), ("erfinv", -1, -INF),
    ("erfinv", 0, 0), ("erfinv", 1.5, NAN), ("probit", 0, -INF), ("probit", 1, INF),
    ("probit", 0.5, 0), ("probit", -0.1, NAN), ("probit", 1.1, NAN),
])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_the_ends_of_the_domain(name: str, x: float, value: float, dtype: Any) -> None:
    if abs(x) < 1e38 or math.isinf(x):
        found = runtime_names()[name](np.array([x], dtype))
        assert found.dtype == dtype
        if abs(x) > 1e-45 or x == 0:
            np.testing.assert_array_equal(found, np.array([value], dtype))
    if dtype == np.float64:
        np.testing.assert_array_equal(runtime_names()[name](x), value)


@pytest.mark.parametrize("name", EXACT)
def test_nan_gives_nan_and_nothing_warns(name: str) -> None:
    given = np.array([NAN, 0.3, NAN])
    with np.errstate(all="raise"):
        assert np.isnan(runtime_names()[name](given)).tolist() == [True, False, True]


@pytest.mark.parametrize("name", EXACT)
def test_an_element_does_not_depend_on_its_neighbours(name: str) -> None:
    function = runtime_names()[name]
    points = np.random.default_rng(3).permutation(np.resize(array(name), 20_010))
    together = function(points)
    assert together[:300].tolist() == [float(function(x)) for x in points[:300]]
    assert (function(points.reshape(-1, 30)[:, ::3]) == together.reshape(-1, 30)[:, ::3]).all()


@pytest.mark.parametrize("name", EXACT)
def test_results_go_into_an_array(name: str) -> None:
    function, points = runtime_names()[name], array(name)[:12]
    expected = function(points)
    here, turned, spread = points.copy(), np.empty((3, 4)).T, np.empty((2, 12))
    assert function(here, here) is here
    assert (here == expected).all()
    assert function(points.reshape(4, 3), out=turned) is turned
    assert (turned == expected.reshape(4, 3)).all()
    assert (function(points, out=spread) == expected).all()
    assert function(np.empty((0, 3))).shape == (0, 3)
    assert function(np.array([1, 1])).dtype == np.float64


@pytest.mark.parametrize(("name", "law"), [
    ("loggamma", lambda f, x: (f(x + 1) - f(x), np.log(x))),
    ("digamma", lambda f, x: (f(x + 1) - f(x), 1 / x)),
    ("trigamma", lambda f, x: (f(x) - f(x + 1), 1 / x**2)),
    ("erf", lambda f, x: (f(-x), -f(x))),
    ("Phi", lambda f, x: (f(x) + f(-x), np.ones_like(x))),
    ("logPhi", lambda f, x: (np.exp(f(-x)), runtime_names()["Phi"](-x))),
    ("mills", lambda f, x: (f(-x) * runtime_names()["Phi"](-x) / f(x), runtime_names()["Phi"](x))),
    ("besseli0e", lambda f, x: (f(x) * np.exp(x), runtime_names()["besseli0"](x))),
    ("besseli1", lambda f, x: (f(-x), -f(x))),
    ("E1", lambda f, x: (-f(x), runtime_names()["li"](np.exp(-x)))),
    ("probit", lambda f, x: (f(runtime_names()["Phi"](-x)), -x)),
    ("erfinv", lambda f, x: (f(runtime_names()["erf"](x / 6)), x / 6)),
])
def test_laws(name: str, law: Any) -> None:
    x = np.random.default_rng(1).uniform(0.05, 9, 400)
    left, right = law(runtime_names()[name], x)
    np.testing.assert_allclose(left, right, rtol=2e-13)


# Arguments of functions, and which of them the complex step goes through.
MOVED: dict[str, tuple[tuple[float, ...], tuple[int, ...]]] = {
    "loggamma_rise": ((1.3, 0.7), (0, 1)), "digamma_rise": ((1.3, 0.7), (0, 1)),
    "loggamma_bend": ((1.3, 0.7, 0.4), (0, 1, 2)), "logB": ((1.3, 0.7), (0, 1)),
    "digamma_half_rise": ((1.3,), (0,)), "logPhi_between": ((0.9, 0.2, 0.7), (0, 1)),
    "mills_between": ((0.9, 0.2, 0.7), (0, 1)), "mean_between": ((0.9, 0.2, 0.7), (0, 1)),
    "trigamma": ((1.3,), ()), "trigamma_rise": ((1.3, 0.7), ()), "gammainc": ((1.3, 0.7), (1,)),
    "gammaincc": ((1.3, 0.7), (1,)), "betainc": ((1.3, 0.7, 0.4), (2,)),
    "log1pmx": ((0.3,), (0,)), "xlogx": ((0.3,), (0,)), "expm1quotient": ((0.3,), (0,)),
    "expm1mx": ((0.3,), (0,)), "langevin": ((0.3,), (0,)),
}


@pytest.mark.parametrize("name", [n for n in EXACT if n not in MOVED])
def test_the_complex_step_has_the_derivative(name: str) -> None:
    x = np.array([0.2, 0.6, 0.9])
    slope = NAMES[name](x + 1e-30j).imag / 1e-30
    function = runtime_names()[name]
    np.testing.assert_allclose(slope, (function(x + 1e-5) - function(x - 1e-5)) / 2e-5, rtol=1e-7)


def of_complex_numbers(name: str) -> Callable[..., Any]:
    function: Callable[..., Any] = {**runtime_names(), **NAMES}[name]
    return function


@pytest.mark.parametrize("name", MOVED)
def test_the_complex_step_has_the_slope_by_each_argument(name: str) -> None:
    """Or says that it has none: a real function would lose the imaginary part without a word."""
    at, known = MOVED[name]
    for place in range(2 if name.endswith("_between") else len(at)):
        step = np.eye(len(at))[place]
        if name.endswith("_between"):  # the third argument is the gap of the others
            step[2] = step[0] - step[1]
        moved = [np.array([u + 1e-30j * s]) for u, s in zip(at, step, strict=True)]
        if place not in known:
            with pytest.raises(NoComplexStep, match=name):
                of_complex_numbers(name)(*moved)
            continue
        function = runtime_names()[name]
        above, below = (function(*(np.array([u + d * s]) for u, s in zip(at, step, strict=True)))
                        for d in (1e-5, -1e-5))
        np.testing.assert_allclose(of_complex_numbers(name)(*moved).imag / 1e-30,
                                   (above - below) / 2e-5, rtol=1e-7)


def test_no_function_loses_an_imaginary_part() -> None:
    named = {f.numpy for f in standard_functions().values() if f.numpy.isidentifier()}
    assert named <= {*MOVED, *EXACT, "below_max"}


@pytest.mark.slow
def test_the_tables_are_those_that_the_script_computes() -> None:
    script = Path(__file__).parent.parent / "benchmarks" / "special_coefficients.py"
    done = subprocess.run([sys.executable, str(script), "--check"], capture_output=True, text=True,
                          cwd=script.parent.parent, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("as computed") == 8


def test_a_wrong_coefficient_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    from derive.arrays.runtime import gamma_functions

    coefficients, constants = gamma_functions.LOGGAMMA_TABLE
    spoilt = coefficients.copy()
    spoilt[0, 3, 0] *= 1 + 1e-13
    monkeypatch.setattr(gamma_functions, "LOGGAMMA_TABLE", (spoilt, constants))
    with pytest.raises(AssertionError):
        test_a_function_is_off_by_few_units_of_the_last_place("loggamma", np.float64, 4.0)
