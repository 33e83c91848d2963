"""Kernels far in the tails, and where differences of special functions cancel, against mpmath."""

from __future__ import annotations

import math
from functools import cache
from typing import Any

import numpy as np
import pytest
from mpmath import mp, mpf

import derive
from derive.arrays.certificate.reference_values import truth
from derive.arrays.targets.numpy.executing import runtime_names
from derive.arrays.wide import (
    gamma_rising,
    hyperbolic,
    normal_between,
    pair_functions,
    pair_numbers,
)
from derive.arrays.wide.wide_numbers import wide_float, wide_of

DIGITS = 250


def close(found: Any, right: Any, ulp: float = 1024) -> bool:
    """Within so many units of the last place."""
    nearest = float(right)
    return bool(abs(mpf(float(found)) - right) <= ulp * mpf(float(np.spacing(abs(nearest)))))


def interval(upper: mpf, lower: mpf) -> mpf:
    """The standard normal probability between two points."""
    upper, lower = (upper, lower) if upper + lower > 0 else (-lower, -upper)
    return (mp.erfc(lower / mp.sqrt(2)) - mp.erfc(upper / mp.sqrt(2))) / 2


@cache
def kernel_of(target: str, *given: str, wrt: str | None = None) -> derive.Kernel:
    """A kernel, made once."""
    return derive.kernel(target, given=given, wrt=wrt)


def check(kernel: derive.Kernel, point: list[float], formula: Any, by: int = 0,
          digits: int = DIGITS) -> None:
    """Value and gradient of a kernel at a point, against a formula in mpmath."""
    value, slope = kernel.value_and_grad(*point)
    with mp.workdps(digits):
        numbers = [mpf(x) for x in point]
        step = mpf(10) ** -(digits // 3)

        def moved(sign: int) -> mpf:
            return formula(*numbers[:by], numbers[by] + sign * step, *numbers[by + 1:])

        assert close(value, formula(*numbers)), (point, value)
        assert close(slope, (moved(1) - moved(-1)) / (2 * step)), (point, slope)


@pytest.mark.parametrize(("formula", "sign", "turn"), [
    ("log((exp(u) - 1)/u) - y*u", 1, 1), ("log(expm1(u)/u) - y*u", 1, 1),
    ("log((1 - exp(-u))/u) - y*u", 1, -1), ("y*u + log(u/(exp(u) - 1))", -1, 1),
    ("y*u + log(u/(1 - exp(-u)))", -1, -1)])
def test_the_log_of_a_mean_exponential_beyond_all_digits(formula: str, sign: int, turn: int,
                                                         ) -> None:
    """1 + u/2 is 1 for wide numbers too, so that no guard helps."""
    kernel = derive.kernel(formula, given=["u: real", "y: probability", "u != 0"], wrt="u",
                           outputs=["value"], target="numpy")
    u, y = np.array([1e-82, -3e-40, 1e-9, 0.3, -0.7, 2.0, -30.0, 900.0]), 0.3
    with mp.workdps(DIGITS):
        for at, found in zip(u, kernel.value(u, y), strict=True):
            mean = mp.expm1(turn * mpf(at)) / (turn * mpf(at))
            assert close(found, sign * (mp.log(mean) - mpf(y) * mpf(at))), at


def test_a_continuous_bernoulli_law_at_and_beside_its_uniform_case() -> None:
    """At 0 its formula has no value, and fits begin there."""
    kernel = derive.kernel("continuous-bernoulli-nll")
    z, y = np.array([0.0, 1e-300, -1e-9, 1e-5]), 0.3
    assert kernel.value(z, y) == pytest.approx(0.2 * z + z * z / 24, rel=1e-12, abs=0)
    assert kernel.grad(z, y) == pytest.approx(0.2 + z / 12, rel=1e-12)
    assert kernel.hessian(z, y) == pytest.approx(1 / 12 - z * z / 240, rel=1e-12)


@pytest.mark.parametrize(("formula", "given", "point", "due"), [
    ("-log(phi((y - z)*exp(-s)))", "z, y, s: real", (3.0, 1.0, -200.0), 2 * math.exp(400)),
    ("-log(phi((y - z)/s)/s)", "z, y, s: real; 0 < s", (3.0, 1.0, 1e-150), 2e300),
    ("-log(exp(-(y - z)**2/s)*s)", "z, y, s: real; 0 < s", (3.0, 1.0, 1e-40), 4e40),
    ("-log(w*exp(-exp(z))/(1 + w))", "z: real; w: positive", (700.0, 2.0), math.exp(700)),
    ("-d*log(phi(z)) - (1 - d)*log(Phi(-z))", "z: real; d: binary", (1e150, 1.0), 5e299)])
def test_the_log_of_a_density_is_never_that_of_its_exponential(
        formula: str, given: str, point: tuple[float, ...], due: float) -> None:
    """Beyond 2**59 an exponent has no exponential in any numbers."""
    kernel = derive.kernel(formula, given=given.split("; "), wrt="z", outputs=["value"],
                           target="numpy")
    by_name = dict(zip(("z", "d") if "d:" in given else ("z", "w") if "w:" in given else
                       ("z", "y", "s"), point, strict=True))
    found = float(kernel.value(*(by_name[a.name] for a in kernel.arguments)))
    assert found == pytest.approx(due, rel=1e-12)


@pytest.mark.parametrize(("name", "point", "result", "due"), [
    ("zero-inflated-poisson-nll", {"w": 0.3, "z": -625.0, "y": 0.0}, "value",
     math.exp(-625) / (1 + math.exp(0.3))),
    ("zero-truncated-poisson-nll", {"z": -189.0, "y": 1.0}, "gradient", math.exp(-189) / 2),
    ("generalised-poisson-nll", {"theta": 4e-76, "lam": 0.3, "y": 0.0}, "value", 4e-76),
    ("generalised-poisson-nll", {"theta": 4e-76, "lam": 0.3, "y": 0.0}, "gradient", 1.0),
    ("multinomial-nll", {"z": [0.0, 690.0, -9.0], "y": [0.0, 5.0, 0.0]}, "value",
     5 * (math.exp(-690) + math.exp(-699))),
    ("multinomial-nll", {"z": [0.0, 690.0, 0.0], "y": [0.0, 5.0, 0.0]}, "gradient",
     [5 * math.exp(-690), -10 * math.exp(-690), 5 * math.exp(-690)]),
    ("class-weighted-softmax-nll-soft", {"z": [0.0, 300.0, 0.0], "t": [0.0, 1.0, 0.0],
                                         "w": [1.0, 3.0, 2.0]}, "gradient",
     [3 * math.exp(-300), -6 * math.exp(-300), 3 * math.exp(-300)]),
    ("softmax-focal-soft", {"z": [0.0, 696.0, 0.0], "t": [1.0, 0.0, 0.0], "gamma": 1e-20},
     "gradient", [-1.0, 1.0, math.exp(-696)])])
def test_what_is_beyond_wide_numbers_has_a_form_that_does_not_need_them(
        name: str, point: dict[str, Any], result: str, due: Any) -> None:
    """Each is a difference smaller than 2**-100 of its terms where it is computed as typed."""
    kernel = kernel_of(name)
    pair = kernel.value_and_grad(*(point[a.name] for a in kernel.arguments))
    assert pair[result == "gradient"].tolist() == pytest.approx(due, rel=1e-12, abs=0)


def test_no_infinity_on_the_way_is_taken_for_the_result() -> None:
    """Of single floats an intermediate value overflows though the slope does not."""
    kernel = kernel_of("gumbel-nll")
    point = {"mu": -0.3032048, "log_b": 2.089144, "y": -718.73962}
    given = [np.array([point[a.name]], np.float32) for a in kernel.arguments]
    z = (float(given[0][0]) if kernel.arguments[0].name == "y" else -718.73962) + 0.3032048
    slope = kernel.grad(*given)
    assert slope.dtype == np.float32
    assert np.isfinite(slope).all()
    assert abs(float(slope[0])) == pytest.approx(math.exp(-z / math.exp(2.089144) - 2.089144),
                                                 rel=1e-3)


@pytest.mark.parametrize("point", [
    [-50.0, 1.0, 1.0, 2.0], [0.01, 0.2, 99.9, 100.1], [50.0, 1.0, -2.0, -1.0],
    [0.0, 1.0, -9.0, 9.5], [3.0, 1.0, 3.0, 3.0000001], [1.0, 0.5, 12.0, 12.000000001]])
def test_an_interval_censored_normal_is_right_in_both_tails(point: list[float]) -> None:
    check(kernel_of("interval-censored-normal-nll"), point,
          lambda z, s, lo, hi: -mp.log(interval((hi - z) / s, (lo - z) / s)))


def test_an_interval_without_an_end_is_a_tail() -> None:
    k = kernel_of("interval-censored-normal-nll")
    for z, lo, hi in ((-30.0, 0.0, math.inf), (30.0, -math.inf, 0.0)):
        value, slope = k.value_and_grad(z, 1.0, lo, hi)
        with mp.workdps(60):
            assert close(value, -mp.log(mp.ncdf(-30)))
            assert close(abs(slope), mp.npdf(30) / mp.ncdf(-30))


@pytest.mark.parametrize("formula", [
    "-log(Phi((hi - z)/s) - Phi((lo - z)/s))", "-log((erf((hi - z)/s) - erf((lo - z)/s))/2)",
    "-log(sigmoid((hi - z)/s) - sigmoid((lo - z)/s))",
    "-log(tanh((hi - z)/s) - tanh((lo - z)/s))"])
@pytest.mark.parametrize("point", [[-30.0, 1.0, 1.0, 2.0], [12.0, 0.5, 2.0, 3.0],
                                   [0.0, 2.0, -1.0, 40.0]])
def test_a_typed_difference_of_distribution_functions(formula: str, point: list[float]) -> None:
    functions = {"Phi": mp.ncdf, "erf": mp.erf, "tanh": mp.tanh, "log": mp.log,
                 "sigmoid": lambda u: 1 / (1 + mp.exp(-u))}
    check(kernel_of(formula, "z: real", "s: positive", "lo, hi: real", "lo < hi", wrt="z"), point,
          lambda z, s, lo, hi: eval(formula, functions, {"z": z, "s": s, "lo": lo, "hi": hi}),
          digits=650)


@pytest.mark.parametrize("formula", [
    "(u-m)**2/(2*s**2) + log(s) + log(1 - tanh(u)**2)", "log(1 - tanh(u)) + (u - m)/s",
    "log(1 + tanh(-u)) - m*s", "s - m - log(1 - Phi(u/s))", "m + s - log(1 - erf(u/100))"])
@pytest.mark.parametrize("u", [-400.0, 20.0, 300.0])
def test_the_log_of_what_is_left_to_one(formula: str, u: float) -> None:
    functions = {"Phi": lambda u: mp.erfc(-u / mp.sqrt(2)) / 2, "erf": mp.erf, "tanh": mp.tanh,
                 "log": mp.log}
    check(kernel_of(formula, "u, m: real", "s: positive", wrt="u"), [u, 1.0, 10.0],
          lambda u, m, s: eval(formula, functions, {"u": u, "m": m, "s": s}), digits=650)


@pytest.mark.parametrize("point", [[2.0, -70.0, 5], [1.0, -100.0, 7], [-3.0, 30.0, 2],
                                   [0.5, -20.0, 100000], [4.0, -1.0, 0]])
def test_the_negative_binomial_beside_its_limits(point: list[float]) -> None:
    check(kernel_of("negative-binomial-nll"), point, lambda z, log_alpha, y: (
        mp.loggamma(mp.exp(-log_alpha)) + mp.loggamma(y + 1) - mp.loggamma(y + mp.exp(-log_alpha))
        - y * (log_alpha + z) + (y + mp.exp(-log_alpha)) * mp.log1p(mp.exp(log_alpha + z))))


@pytest.mark.parametrize("point", [[2.0, -80.0, 5], [1.0, -100.0, 1], [-3.0, 30.0, 2]])
def test_the_linear_negative_binomial_beside_its_limits(point: list[float]) -> None:
    def formula(z: mpf, log_delta: mpf, y: mpf) -> mpf:
        r = mp.exp(z - log_delta)
        soft = mp.log1p(mp.exp(log_delta))
        return mp.loggamma(r) + mp.loggamma(y + 1) - mp.loggamma(y + r) - y * (
            log_delta - soft) + r * soft

    check(kernel_of("negative-binomial-1-nll"), point, formula)


@pytest.mark.parametrize("nu", [1e30, 1e8, 0.5])
def test_student_t_becomes_normal(nu: float) -> None:
    check(kernel_of("student-t-nll"), [1.0, 0.0, 2.0, nu], lambda mu, log_sigma, y, nu: (
        mp.loggamma(nu / 2) - mp.loggamma((nu + 1) / 2) + mp.log(nu * mp.pi) / 2 + log_sigma
        + (nu + 1) / 2 * mp.log1p((y - mu) ** 2 * mp.exp(-2 * log_sigma) / nu)))


@pytest.mark.parametrize("point", [[215.0, 3.0], [60.0, -2.0], [-5.0, 1.0], [1.0, 0.0]])
def test_the_score_of_the_degrees_of_freedom(point: list[float]) -> None:
    check(kernel_of("student-t-nll-degrees"), point, lambda log_nu, u: (
        mp.loggamma(mp.exp(log_nu) / 2) - mp.loggamma((mp.exp(log_nu) + 1) / 2) + log_nu / 2
        + mp.log(mp.pi) / 2 + (mp.exp(log_nu) + 1) / 2 * mp.log1p(u**2 * mp.exp(-log_nu))),
          digits=350)


def log_beta(a: mpf, b: mpf) -> mpf:
    return mp.loggamma(a) + mp.loggamma(b) - mp.loggamma(a + b)


@pytest.mark.parametrize("point", [[100.0, 90.0, 9, 4], [-20.0, 3.0, 50, 0], [2.0, 80.0, 6, 6],
                                   [1.0, 1.5, 100000, 40000]])
def test_the_beta_binomial_with_parameters_of_any_size(point: list[float]) -> None:
    kernel = kernel_of("beta-binomial-nll")
    assert [a.name for a in kernel.arguments] == ["log_a", "log_b", "n", "y"]
    check(kernel, point, lambda log_a, log_b, n, y: (
        mp.loggamma(y + 1) + mp.loggamma(n - y + 1) - mp.loggamma(n + 1) - log_beta(
            y + mp.exp(log_a), n - y + mp.exp(log_b)) + log_beta(mp.exp(log_a), mp.exp(log_b))))


@pytest.mark.parametrize("formula", [
    "loggamma(a + n) - loggamma(a) - n*log(a)", "n*digamma(a) - n*digamma(a + n)",
    "loggamma(a) + loggamma(n) - loggamma(a + n)",
    "loggamma(n + 1) - loggamma(a + 1) - loggamma(n - a + 1) - n"])
@pytest.mark.parametrize("point", [[1e8, 3.0], [0.25, 7.5], [12.0, 1e-9], [1e5, 2e5]])
def test_typed_differences_of_gamma_functions(formula: str, point: list[float]) -> None:
    functions = {"loggamma": mp.loggamma, "digamma": mp.digamma, "log": mp.log}
    if "n - a" in formula and point[0] > point[1]:
        point = [2.0, 1e18]
    kernel = kernel_of(formula, "a: positive", "n: positive", *(
        ["a <= n"] if "n - a" in formula else []), wrt="a")
    with mp.workdps(120):
        right = eval(formula, functions, {"a": mpf(point[0]), "n": mpf(point[1])})
        assert close(kernel.value(*point), right), (kernel.value(*point), right)


def rise(function: Any) -> Any:
    return lambda u, v: function(u + v) - function(u)


EXACT = {
    "loggamma_rise": rise(mp.loggamma), "digamma_rise": rise(mp.digamma),
    "trigamma_rise": rise(lambda u: mp.psi(1, u)), "logB": log_beta,
    "loggamma_bend": lambda u, v, w: rise(mp.loggamma)(u + v, w) - rise(mp.loggamma)(u, w),
    "langevin": lambda u: mp.coth(u) - 1 / u,
    "digamma_half_rise": lambda u: u * (mp.digamma(u + mpf(1) / 2) - mp.digamma(u)) - mpf(1) / 2,
    "logPhi_between": lambda u, v, w: mp.log(interval(u, v)),
    "mills_between": lambda u, v, w: mp.npdf(u) / interval(u, v),
    "mean_between": lambda u, v, w: (mp.npdf(v) - mp.npdf(u)) / interval(u, v),
}


def arguments(name: str, count: int) -> list[np.ndarray]:
    """Arguments of all sizes; those of intervals are short and long, in both tails."""
    rng = np.random.default_rng(len(name))
    if name.endswith("between"):
        v = rng.choice([1, 12], count) * rng.standard_normal(count)
        w = 2.0 ** rng.integers(-20, 5, count)
        v = np.round(v * 2**20) / 2**20
        return [v + w, v, w]
    first = np.exp(rng.uniform(-20, 40, count))
    if name == "langevin":
        return [rng.choice([-1, 1], count) * np.exp(rng.uniform(-30, 6, count))]
    rest = [np.exp(rng.uniform(-20, 20, count)) for _ in range(2)]
    return [first, *rest][:1 if "half" in name else 3 if "bend" in name else 2]


@pytest.mark.parametrize("name", EXACT)
def test_a_difference_has_its_digits(name: str) -> None:
    given = arguments(name, 25)
    plain = runtime_names()[name](*given)
    module = next(m for m in (normal_between, gamma_rising, hyperbolic)
                  if hasattr(m, f"wide_{name}"))
    with np.errstate(all="ignore"):
        wide = wide_float(getattr(module, f"wide_{name}")(*map(wide_of, given)))
    with mp.workdps(250):
        right = [EXACT[name](*map(mpf, row)) for row in zip(*given, strict=True)]
    assert all(close(found, exact, 0.51) for found, exact in zip(wide, right, strict=True))
    assert all(close(found, exact, 64) for found, exact in zip(plain, right, strict=True))


@pytest.mark.parametrize(("name", "given", "value"), [
    ("loggamma_rise", (0.0, 1.0), -np.inf), ("loggamma_rise", (3.0, 0.0), 0.0),
    ("loggamma_rise", (5.0, -2.0), -math.log(12)), ("loggamma_rise", (1.0, -2.0), np.nan),
    ("digamma_rise", (2.0, 0.0), 0.0), ("logB", (-1.0, 2.0), np.nan),
    ("logPhi_between", (np.inf, -np.inf, np.inf), 0.0), ("mean_between", (1.0, -1.0, 2.0), 0.0),
    ("logPhi_between", (1.0, 2.0, -1.0), np.nan), ("mills_between", (np.inf, 0.0, np.inf), 0.0),
    ("logPhi_between", (2.0, 2.0, 0.0), -np.inf), ("langevin", (np.inf,), 1.0),
    ("loggamma_bend", (3.0, 0.0, 2.0), 0.0), ("langevin", (0.0,), 0.0),
    ("loggamma_bend", (1.0, 1e20, 1e20), 2e20 * math.log(2)), ("digamma_half_rise", (0.0,), 0.5)])
def test_ends_of_the_domains(name: str, given: tuple[float, ...], value: float) -> None:
    np.testing.assert_allclose(runtime_names()[name](*given), value, rtol=1e-15)
    assert np.isnan(runtime_names()[name](*([np.nan] * len(given))))


def test_counts_that_float32_would_round_are_refused() -> None:
    kernel = kernel_of("poisson-nll")
    single = np.array([17.0], np.float32)
    assert kernel.value(single, np.array([2**24])).dtype == np.float32
    with pytest.raises(ValueError, match="y has numbers above 2\\*\\*24, which float32 rounds"):
        kernel.value(single, np.array([2**24 + 1]))
    assert np.isfinite(kernel.value(single.astype(float), np.array([2**24 + 1])))


def test_pairs_of_floats_know_where_they_have_lost_their_digits() -> None:
    pair_numbers.pair_may_lose(pair_numbers.PAIR_LOST)
    one, tiny = pair_numbers.pair_of(1.0), pair_numbers.pair_of(3e-10)
    third = pair_numbers.pair_divide(one, pair_numbers.pair_of(3.0))
    assert np.isnan(pair_numbers.pair_subtract(third, pair_numbers.pair_of(1 / 3)).high)
    assert pair_numbers.pair_subtract(one + tiny, one).high == 3e-10 or np.isnan(
        pair_numbers.pair_subtract(one + tiny, one).high)
    assert pair_numbers.pair_subtract(one, one).high == 0
    assert np.isnan(pair_functions.pair_log1p(third - pair_numbers.pair_of(1 + 1 / 3)).high)


def test_pairs_may_cancel_as_far_as_their_functions_are_exact() -> None:
    third = pair_numbers.pair_divide(pair_numbers.pair_of(1.0), pair_numbers.pair_of(3.0))
    for share, known in ((pair_numbers.PAIR_LOST, False), (pair_numbers.PAIR_LOST_OF_EXP, True)):
        pair_numbers.pair_may_lose(share)
        rest = pair_numbers.pair_subtract(third, pair_numbers.pair_of(1 / 3)).high
        assert np.isfinite(rest) == known


def test_a_hessian_of_differences_of_trigammas_has_a_stable_form() -> None:
    log_a, log_b, n, y = 20.0, 0.3, 5, 2
    with mp.workdps(50):
        a, b = mp.exp(log_a), mp.exp(log_b)
        due = a * (mp.psi(0, a) + mp.psi(0, n + a + b) - mp.psi(0, y + a) - mp.psi(0, a + b)
                   + a * (mp.psi(1, a) + mp.psi(1, n + a + b) - mp.psi(1, y + a)
                          - mp.psi(1, a + b)))
    found = kernel_of("beta-binomial-nll").hessian(log_a, log_b, n, y)
    assert abs(float(found) / float(due) - 1) < 1e-12


def test_small_shapes_are_right_where_a_power_is_steep() -> None:
    point = [np.float64(v) for v in (-1.6, -0.3, 2e-4, 4.7)]
    mu, log_s, xi, y = map(mpf, map(float, point))
    with mp.workdps(50):
        t = 1 + xi * (y - mu) * mp.exp(-log_s)
        due = (1 + xi) * mp.exp(-2 * log_s) * (t**(-1 / xi) - xi) / t**2
    found = kernel_of("gev-nll").hessian(*point)
    assert abs(float(found) - float(due)) <= 1024 * np.spacing(abs(float(due)))


@pytest.mark.parametrize("point", [[-0.5, 0.5, 0.9999999999999907], [0.5, 2.0, 1 - 2.0**-40]])
def test_what_is_computed_again_in_pairs_is_right(point: list[float]) -> None:
    check(kernel_of("kumaraswamy-nll"), point, lambda log_a, log_b, y: (
        -log_a - log_b - (mp.exp(log_a) - 1) * mp.log(y)
        - (mp.exp(log_b) - 1) * mp.log(1 - y**mp.exp(log_a))), by=1)


def test_a_tie_has_no_truth_by_differences() -> None:
    formula = kernel_of("pinball").formula
    tied, apart = ([np.array([z]), np.array([1.0]), np.array([0.25])] for z in (1.0, 2.0))
    assert truth(formula, "gradient", tied, 0) is None
    assert truth(formula, "gradient", apart, 0) == 0.75


def test_truth_is_looked_for_until_digits_agree() -> None:
    formula = kernel_of("student-t-nll-degrees").formula
    slope = truth(formula, "gradient", [np.array([215.0]), np.array([3.0])], 0)
    assert 0 < abs(slope) < 1e-80
