"""Scaled double-double arithmetic against mpmath at 60 digits and more."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from mpmath import mp, mpf

from derive.arrays.wide import (
    bessel,
    circular,
    exponential,
    gamma,
    gamma_rising,
    hyperbolic,
    normal,
    normal_between,
    order,
    pairs,
    wide_numbers,
)
from derive.arrays.wide.wide_numbers import Wide, wide_float, wide_multiply, wide_of

# Beside 2**-1000, mpmath needs more digits than 60 to know 1 + x.
DIGITS = {"log1p": 400, "expm1": 60, "softplus": 700}
ARITHMETIC, SPECIAL = mpf(2) ** -90, mpf(2) ** -80
SPECIALS = [np.inf, -np.inf, np.nan, 0.0, 1.0, -1.0, 1e300, -1e300]


@pytest.fixture(autouse=True)
def quiet():
    with np.errstate(all="ignore"), mp.workdps(60):
        yield


def exact(w: Wide) -> list[mpf]:
    """Each number as an mpf, at a precision that holds it."""
    with mp.workprec(1200):
        return [mp.ldexp(mpf(float(h)) + mpf(float(lo)), int(e)) if np.isfinite(h) else mpf(h)
                for h, lo, e in zip(*map(np.ravel, w), strict=True)]


def worst(w: Wide, wanted: list[mpf]) -> mpf:
    """The largest relative error; the form of every number is checked beside."""
    high, low, exponent = map(np.asarray, w)
    assert (high.dtype, low.dtype, exponent.dtype) == (np.float64, np.float64, np.int64)
    usual = np.isfinite(high) & (high != 0)
    assert np.all((np.abs(high) >= 0.5) & (np.abs(high) < 1) | ~usual)
    assert np.all(high + low == high)
    assert np.all(((low == 0) & (exponent == 0)) | usual)
    errors = [abs(g - v) / abs(v) if v else abs(g)
              for g, v in zip(exact(w), wanted, strict=True)]
    assert not any(map(mp.isnan, errors))
    return max(errors)


def numbers_of(floats: np.ndarray, rng: np.random.Generator) -> Wide:
    """The floats, half of them with something in their low half."""
    part = rng.uniform(-1, 1, floats.shape) * 2.0**-54 * (rng.random(floats.shape) < 0.5)
    return wide_numbers.wide_add(wide_of(floats), wide_multiply(wide_of(floats), wide_of(part)))


def spread(low: float, high: float, size: int = 60, seed: int = 0) -> Wide:
    """Numbers of both signs, log-uniform between two powers of ten."""
    rng = np.random.default_rng(seed + 10000 + int(low * 7 + high))
    floats = 10 ** rng.uniform(low, high, size) * rng.choice([-1, 1], size)
    return numbers_of(floats, rng)


def around(*centres: float, size: int = 20) -> Wide:
    """Numbers close to these, at all distances."""
    rng = np.random.default_rng(5)
    step = 10 ** rng.uniform(-25, -1, (len(centres), size)) * rng.choice([-1, 1], size)
    centre = np.broadcast_to(np.array(centres)[:, None], step.shape)
    return wide_numbers.wide_add(wide_of(centre.ravel()), numbers_of(step.ravel(), rng))


def beyond(power: int = 7) -> Wide:
    """Numbers far outside the floats."""
    return order.wide_integer_power(spread(100, 300), power)


def joined(*parts: Wide) -> Wide:
    return Wide(*(np.concatenate(arrays) for arrays in zip(*parts, strict=True)))


TWO: dict[str, tuple[Callable, Callable]] = {
    "add": (wide_numbers.wide_add, lambda a, b: a + b),
    "subtract": (wide_numbers.wide_subtract, lambda a, b: a - b),
    "multiply": (wide_numbers.wide_multiply, lambda a, b: a * b),
    "divide": (wide_numbers.wide_divide, lambda a, b: a / b),
    "maximum": (order.wide_maximum, max), "minimum": (order.wide_minimum, min),
}


@pytest.mark.parametrize("name", TWO)
def test_arithmetic(name: str) -> None:
    function, plain = TWO[name]
    a = joined(spread(-300, 300, 300), beyond(), beyond(-7), spread(-1, 1), around(1, -3))
    b = joined(spread(-300, 300, 300, 1), beyond(-6), beyond(9), around(1, -2, 3),
               spread(-2, 0, 40))
    cancelling = wide_numbers.wide_add(a, wide_multiply(a, joined(spread(-33, -1, 300), spread(
        -33, -1, 220))))
    for other in (b, cancelling, wide_numbers.wide_negative(cancelling)):
        with mp.workprec(4000):
            wanted = [plain(x, y) for x, y in zip(exact(a), exact(other), strict=True)]
        assert worst(function(a, other), wanted) <= ARITHMETIC


def test_square_root_and_powers() -> None:
    a = wide_numbers.wide_abs(joined(spread(-300, 300, 200), beyond(), beyond(-8)))
    assert worst(wide_numbers.wide_sqrt(a), [mp.sqrt(x) for x in exact(a)]) <= ARITHMETIC
    for n in (-1001, -3, -2, -1, 0, 1, 2, 3, 7, 30, 1000):
        assert worst(order.wide_integer_power(a, n), [x**n for x in exact(a)]) <= ARITHMETIC
    base = wide_numbers.wide_abs(joined(spread(-10, 10), around(1, 2, 0.5)))
    power = spread(-5, 1.4, 120)
    wanted = [x**y for x, y in zip(exact(base), exact(power), strict=True)]
    assert worst(hyperbolic.wide_power(base, power), wanted) <= ARITHMETIC
    got = hyperbolic.wide_power(
        wide_of([0, 0, 0, -2, -2, -2, -8, 2, 1, np.inf, 3.0]),
        wide_of([0, 2, -1, 3, -2, 0.5, 1 / 3, np.inf, np.inf, -2, -np.inf]))
    np.testing.assert_allclose(
        wide_float(got), [1, 0, np.inf, -8, 0.25, np.nan, np.nan, np.inf, 1, 0, 0], rtol=1e-16)


@pytest.mark.parametrize("end", [np.inf, -np.inf])
@pytest.mark.parametrize("exponent", [-5000, -1001, 1001, 5000, 10**15])
def test_infinity_stays_beside_numbers_beyond_the_floats(end: float, exponent: int) -> None:
    far = Wide(np.array([0.75]), np.zeros(1), np.array([exponent]))
    infinity = wide_of([end])
    for got, right in ((infinity + far, end), (far + infinity, end), (infinity - far, end),
                       (far - infinity, -end), (infinity * far, end), (infinity / far, end),
                       (far / infinity, 0.0)):
        assert wide_float(got).tolist() == [right]


def test_special_values_of_arithmetic() -> None:
    a, b = np.meshgrid([0.0, 1.0, -2.0, np.inf, -np.inf, np.nan], [0.0, -1.0, np.inf, np.nan])
    for function, plain in ((wide_numbers.wide_add, np.add),
                            (wide_numbers.wide_subtract, np.subtract),
                            (wide_numbers.wide_multiply, np.multiply),
                            (wide_numbers.wide_divide, np.divide), (order.wide_maximum, np.maximum),
                            (order.wide_minimum, np.minimum)):
        np.testing.assert_array_equal(wide_float(function(wide_of(a), wide_of(b))), plain(a, b))
    for function, plain in ((order.wide_less, np.less), (order.wide_equal, np.equal),
                            (order.wide_less_equal, np.less_equal),
                            (order.wide_not_equal, np.not_equal)):
        np.testing.assert_array_equal(function(wide_of(a), wide_of(b)), plain(a, b))
    for function, plain in ((wide_numbers.wide_abs, np.abs),
                            (wide_numbers.wide_negative, np.negative),
                            (wide_numbers.wide_sign, np.sign), (wide_numbers.wide_sqrt, np.sqrt)):
        np.testing.assert_array_equal(wide_float(function(wide_of(a))), plain(a))
    np.testing.assert_array_equal(wide_numbers.wide_isfinite(wide_of(a)), np.isfinite(a))


def test_comparison_is_exact() -> None:
    a = joined(spread(-2, 2, 60), spread(-300, 300), beyond(), beyond(-7))
    for b in (a, wide_numbers.wide_add(a, wide_multiply(a, spread(-36, -29, 240))),
              wide_of(a.high), joined(beyond(-7), beyond(), spread(-1, 1, 120))):
        pairs = list(zip(exact(a), exact(b), strict=True))
        assert order.wide_less(a, b).tolist() == [x < y for x, y in pairs]
        assert order.wide_equal(a, b).tolist() == [x == y for x, y in pairs]


def test_to_and_from_floats() -> None:
    rng = np.random.default_rng(2)
    floats = rng.integers(0, 2**64, 2000, dtype=np.uint64).view(np.float64)
    floats = np.append(floats, [0.0, -0.0, 5e-324, -1.5e-323, 2.2e-308, 1.7e308, np.inf])
    np.testing.assert_array_equal(wide_float(wide_of(floats)), floats)
    for integers in (np.array([2**63 - 1, -2**63, 2**53 + 1, 0, -7]),
                     np.array([2**64 - 1, 2**63, 2**53 + 1, 0], np.uint64)):
        assert exact(wide_of(integers)) == [int(n) for n in integers]
    small = np.array([-3, 100])
    for kind in (np.int8, np.int32, np.float16, np.float32):
        assert exact(wide_of(small.astype(kind))) == [-3, 100]
    assert exact(wide_of(True)) == [1]


def test_rounding_to_floats_is_right_below_the_normal_range() -> None:
    rng = np.random.default_rng(3)
    high = np.append(rng.uniform(0.5, 1, 500), np.arange(65, 128, 2) / 128)
    high = np.repeat(high * rng.choice([-1, 1], high.size), 3)
    low = high * 2.0**-54 * np.tile([-0.5, 0, 0.5], high.size // 3)
    cut = rng.integers(-1080, -1015, high.size)
    cut[-96:] = -1068  # Here the last bits of the floats stand half way between subnormals.
    w = Wide(high, low, cut)
    for got, value in zip(wide_float(w), exact(w), strict=True):
        with mp.workprec(2000):
            near = [mpf(float(np.nextafter(got, s))) for s in (-np.inf, np.inf)]
            distance = abs(mpf(float(got)) - value)
            assert all(distance <= abs(n - value) for n in near)
    assert wide_float(order.wide_integer_power(wide_of(10.0), 400)) == np.inf
    assert wide_float(order.wide_integer_power(wide_of(10.0), -400)) == 0


def test_exponents_do_not_wrap_round() -> None:
    w, small = wide_of([1.5, -3.0]), wide_of([0.3, -0.2])
    for _ in range(70):
        w, small = wide_multiply(w, w), wide_multiply(small, small)
    assert wide_float(w).tolist() == [np.inf, np.inf]
    assert wide_float(small).tolist() == [0, 0]


@pytest.mark.parametrize("length", [1, 2, 3, 7, 64, 101])
def test_reductions(length: int) -> None:
    a = spread(-20, 20, length * 6)
    a = wide_numbers.wide_map(a, lambda x: x.reshape(2, length, 3))
    flat = np.array(exact(a), dtype=object).reshape(2, length, 3)
    for axis in (1, -2):
        assert order.wide_argmax(a, axis).tolist() == np.argmax(flat, 1).tolist()
        for function, plain in ((order.wide_product, np.prod), (order.wide_max, np.max),
                                (order.wide_min, np.min)):
            assert worst(function(a, axis), plain(flat, axis=1).ravel()) <= ARITHMETIC
        total = order.wide_sum(a, axis)
        assert total.high.shape == (2, 3)
        size = np.abs(flat).sum(axis=1).ravel()
        for got, value, s in zip(exact(total), flat.sum(axis=1).ravel(), size, strict=True):
            assert abs(got - value) <= s * ARITHMETIC


def test_reductions_of_nothing_and_of_ties() -> None:
    none = wide_of(np.zeros((2, 0)))
    assert wide_float(order.wide_sum(none, 1)).tolist() == [0, 0]
    assert wide_float(order.wide_product(none, 1)).tolist() == [1, 1]
    assert wide_float(order.wide_sum(none, 0)).shape == (0,)
    rows = wide_of([[1.0, 3, 3], [np.nan, 2, np.nan], [4, np.inf, 9]])
    assert order.wide_argmax(rows, 1).tolist() == [1, 0, 1]
    assert wide_float(wide_numbers.wide_index(rows, (0, slice(1, None)))).tolist() == [3, 3]
    assert wide_float(wide_numbers.wide_where([True, False, True], rows, wide_of(0.0)))[0, 1] == 0


def sigmoid(x: mpf) -> mpf:
    return 1 / (1 + mp.exp(-x))


def softplus(x: mpf) -> mpf:
    return mp.log1p(mp.exp(x))


def distribution(x: mpf) -> mpf:
    return mp.erfc(-x / mp.sqrt(2)) / 2


def density(x: mpf) -> mpf:
    return mp.exp(-x * x / 2) / mp.sqrt(2 * mp.pi)


def module_of(name: str):
    return next(m for m in (wide_numbers, exponential, circular, hyperbolic, normal, gamma, bessel)
                if hasattr(m, f"wide_{name}")
                and getattr(m, f"wide_{name}").__module__ == m.__name__)


def positive(*parts: Wide) -> Wide:
    return wide_numbers.wide_abs(joined(*parts))


# Arguments made when asked for: name → the function of mpmath, arguments, values at SPECIALS.
NAN, INF = np.nan, np.inf
GRID = np.arange(-64, 65) / 64 + 1 / 300
FUNCTIONS: dict[str, tuple[Callable, Callable, list[float]]] = {
    "exp": (mp.exp, lambda: joined(spread(-300, 3), spread(0, 17), around(0, .5), wide_of(GRID)),
            [INF, 0, NAN, 1, np.e, 1 / np.e, INF, 0]),
    "expm1": (mp.expm1, lambda: joined(spread(-300, 3), spread(0, 17), around(0), wide_of(GRID)),
              [INF, -1, NAN, 0, np.e - 1, 1 / np.e - 1, INF, -1]),
    "log": (mp.log, lambda: positive(spread(-300, 300), beyond(), beyond(-99), around(1),
                                     wide_of(GRID)),
            [INF, NAN, NAN, -INF, 0, NAN, 690.775527898213704, NAN]),
    "log1p": (mp.log1p, lambda: joined(positive(spread(-300, 300), beyond(), around(0, 1)),
                                       wide_numbers.wide_negative(positive(spread(-300, -.01))),
                                       wide_of(GRID[1:] * .99)),
              [INF, NAN, NAN, 0, np.log(2), -INF, 690.775527898213704, NAN]),
    "sin": (mp.sin, lambda: joined(spread(-300, 1), spread(0, 13), wide_of(
        np.arange(-40, 40) * np.pi / 2)), [NAN, NAN, NAN, 0, np.sin(1), np.sin(-1), None, None]),
    "cos": (mp.cos, lambda: joined(spread(-300, 1), spread(0, 13), wide_of(
        np.arange(-40, 40) * np.pi / 2)), [NAN, NAN, NAN, 1, np.cos(1), np.cos(-1), None, None]),
    "tan": (mp.tan, lambda: joined(spread(-300, 1), spread(0, 13), wide_of(
        np.arange(-40, 40) * np.pi / 2)), [NAN, NAN, NAN, 0, np.tan(1), np.tan(-1), None, None]),
    "atan": (mp.atan, lambda: joined(spread(-300, 300), beyond(), beyond(-7), around(1, -1),
                                     wide_of(GRID)),
             [np.pi / 2, -np.pi / 2, NAN, 0, np.pi / 4, -np.pi / 4, np.pi / 2, -np.pi / 2]),
    "sinh": (mp.sinh, lambda: joined(spread(-300, 3), spread(-3, 9)),
             [INF, -INF, NAN, 0, np.sinh(1), -np.sinh(1), INF, -INF]),
    "cosh": (mp.cosh, lambda: joined(spread(-300, 3), spread(-3, 9)),
             [INF, INF, NAN, 1, np.cosh(1), np.cosh(1), INF, INF]),
    "tanh": (mp.tanh, lambda: joined(spread(-300, 3), spread(-3, 3)),
             [1, -1, NAN, 0, np.tanh(1), -np.tanh(1), 1, -1]),
    "coth": (mp.coth, lambda: joined(spread(-300, 3), spread(-3, 3)),
             [1, -1, NAN, INF, 1 / np.tanh(1), -1 / np.tanh(1), 1, -1]),
    "asinh": (mp.asinh, lambda: joined(spread(-300, 300), beyond(), spread(-3, 3)),
              [INF, -INF, NAN, 0, np.arcsinh(1), -np.arcsinh(1), 691.46867507877364955,
               -691.46867507877364955]),
    "atanh": (mp.atanh, lambda: joined(spread(-300, -.001), wide_numbers.wide_subtract(
        wide_of(1.0), positive(spread(-29, -.1)))), [NAN, NAN, NAN, 0, INF, -INF, NAN, NAN]),
    "sigmoid": (sigmoid, lambda: joined(spread(-300, 3), spread(-3, 9)),
                [1, 0, NAN, .5, float(1 / (1 + np.exp(-1))), float(1 / (1 + np.e)), 1, 0]),
    "softplus": (softplus, lambda: joined(spread(-300, 3), spread(-3, 3)),
                 [INF, 0, NAN, np.log(2), 1.3132616875182228, .31326168751822284, 1e300, 0]),
    "erf": (mp.erf, lambda: joined(spread(-300, 0), spread(-1, 1.2), wide_of(GRID * 8)),
            [1, -1, NAN, 0, .84270079294971487, -.84270079294971487, 1, -1]),
    "erfc": (mp.erfc, lambda: joined(spread(-300, 0), spread(-1, 2.5), wide_of(GRID * 10)),
             [0, 2, NAN, 1, .15729920705028513, 1.8427007929497149, 0, 2]),
    "Phi": (distribution, lambda: joined(spread(-300, 0), spread(-1, 2.5), wide_of(GRID * 14)),
            [1, 0, NAN, .5, .84134474606854293, .15865525393145707, 1, 0]),
    "phi": (density, lambda: joined(spread(-300, 1), spread(-1, 8)),
            [0, 0, NAN, .3989422804014327, .24197072451914334, .24197072451914334, 0, 0]),
    "loggamma": (mp.loggamma, lambda: positive(spread(-300, 1.3), spread(-1, 2), spread(1, 300),
                                               around(1, 2, .75, 1.25, 1.75, 2.25, 16)),
                 [INF, NAN, NAN, INF, 0, NAN, 6.8977552789821371e302, NAN]),
    "digamma": (mp.digamma, lambda: positive(spread(-300, 1.3), spread(-1, 2), spread(1, 300),
                                             around(1.4616321449683623, 1.43, 1.493, 16)),
                [INF, NAN, NAN, -INF, -.57721566490153286, NAN, 690.77552789821371, NAN]),
    "trigamma": (lambda x: mp.psi(1, x), lambda: positive(
        spread(-300, 1.3), spread(-1, 2), spread(1, 300), around(1, 16)),
        [0, NAN, NAN, INF, 1.6449340668482264, NAN, 1e-300, NAN]),
    "besseli0": (lambda x: mp.besseli(0, x), lambda: joined(
        spread(-300, 1), spread(0, 5), around(40, -40), spread(1.5, 1.7)),
        [INF, INF, NAN, 1, 1.2660658777520084, 1.2660658777520084, INF, INF]),
    "besseli1": (lambda x: mp.besseli(1, x), lambda: joined(
        spread(-300, 1), spread(0, 5), around(40, -40), spread(1.5, 1.7)),
        [INF, -INF, NAN, 0, .56515910399248503, -.56515910399248503, INF, -INF]),
}
ELEMENTARY = list(FUNCTIONS)[:list(FUNCTIONS).index("erf")]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_function(name: str) -> None:
    truth, arguments, special = FUNCTIONS[name]
    function = getattr(module_of(name), f"wide_{name}")
    w = arguments()
    with mp.workdps(DIGITS.get(name, 60)):
        wanted = [truth(x) for x in exact(w)]
    assert worst(function(w), wanted) <= (ARITHMETIC if name in ELEMENTARY else SPECIAL)
    got = wide_float(function(wide_of(SPECIALS)))
    known = [n for n, v in enumerate(special) if v is not None]
    np.testing.assert_allclose(got[known], [special[n] for n in known], rtol=3e-16)
    # One number, and a table of them, as well as a row.
    assert np.shape(function(wide_of(0.25)).high) == ()
    table = wide_numbers.wide_map(w, lambda a: a[:6].reshape(2, 1, 3))
    assert np.array_equal(np.ravel(function(table).low), function(w).low[:6], equal_nan=True)


def test_huge_angles_are_those_of_plain_floats() -> None:
    x = spread(14, 300)
    for name, plain in (("sin", np.sin), ("cos", np.cos), ("tan", np.tan)):
        got = wide_float(getattr(circular, f"wide_{name}")(wide_of(wide_float(x))))
        np.testing.assert_allclose(got, plain(wide_float(x)), rtol=1e-15)


def test_far_tail_of_the_normal_distribution() -> None:
    x = numbers_of(10 ** np.linspace(2.5, 8, 30), np.random.default_rng(1))

    def tail(v: mpf) -> mpf:
        terms = [(-1) ** k * mp.fac2(2 * k - 1) / (2 * v * v) ** k for k in range(14)]
        return mp.exp(-v * v) / (v * mp.sqrt(mp.pi)) * mp.fsum(terms)

    values = exact(x)
    assert worst(normal.wide_erfc(x), [tail(v) for v in values]) <= SPECIAL
    phi = normal.wide_Phi(wide_numbers.wide_negative(x))
    assert worst(phi, [tail(v / mp.sqrt(2)) / 2 for v in values]) <= SPECIAL


def constants() -> dict[str, list]:
    """What the constants are, as pairs and longer sums of floats."""
    count, root = range, mp.findroot(mp.digamma, mpf("1.4616"))
    tail = [[mp.fprod((2 * j - 1) ** 2 - 4 * m * m for j in count(1, k + 1))
             / (mp.factorial(k) * 8**k) for k in count(54)] for m in (0, 1)]
    bernoulli = [mp.bernoulli(2 * n) for n in count(1, 23)]
    return {
        "exponential.WIDE_EXP_TABLE": [mp.exp(mpf(j) / 32) for j in count(-12, 13)],
        "exponential.WIDE_LOG_TABLE": [mp.log(mpf(j) / 32) for j in count(22, 47)],
        "exponential.WIDE_EXP_TERMS": [1 / mp.factorial(n + 1) for n in count(14)],
        "exponential.WIDE_ODD_TERMS": [mpf(1) / (2 * n + 1) for n in count(13)],
        "circular.WIDE_ATAN_TABLE": [mp.atan(mpf(j) / 32) for j in count(33)],
        "circular.WIDE_SIN_TERMS": [(-1) ** n / mp.factorial(2 * n + 1) for n in count(15)],
        "circular.WIDE_COS_TERMS": [(-1) ** n / mp.factorial(2 * n) for n in count(15)],
        "normal.WIDE_ERF_TERMS": [(-1) ** n / mp.factorial(n) / (2 * n + 1) for n in count(23)],
        "normal.WIDE_ERFC_TABLE": [2 * mp.exp(-mpf(k * k) / 8) for k in count(1, 25)],
        "gamma.WIDE_TRIGAMMA_TERMS": bernoulli,
        "gamma.WIDE_DIGAMMA_TERMS": [b / (2 * n) for n, b in enumerate(bernoulli, 1)],
        "gamma.WIDE_LOGGAMMA_TERMS": [
            b / (2 * n * (2 * n - 1)) for n, b in enumerate(bernoulli, 1)],
        "gamma.WIDE_GAMMA_AT_2": [1 - mp.euler, *(
            (-1) ** k * (mp.zeta(k) - 1) / k for k in count(2, 42))],
        "gamma.WIDE_DIGAMMA_AT_ROOT": [
            mp.psi(k, root) / mp.factorial(k) for k in count(1, 23)],
        "bessel.WIDE_BESSELI0_TERMS": [mp.factorial(k) ** -2 for k in count(76)],
        "bessel.WIDE_BESSELI1_TERMS": [
            1 / (mp.factorial(k) * mp.factorial(k + 1)) for k in count(76)],
        "bessel.WIDE_BESSELI0_TAIL": tail[0], "bessel.WIDE_BESSELI1_TAIL": tail[1],
        "exponential.WIDE_LOG_2": mp.log(2), "circular.WIDE_HALF_PI": mp.pi / 2,
        "gamma.WIDE_DIGAMMA_ROOT": root, "gamma.WIDE_STIRLING": (mp.log(2 * mp.pi) - 1) / 2,
        "normal.WIDE_TWO_BY_ROOT_PI": 2 / mp.sqrt(mp.pi),
        "normal.WIDE_ROOT_HALF": mp.sqrt(0.5), "normal.WIDE_ERFC_STEP": 1 / mp.sqrt(8) / mp.pi,
        "normal.WIDE_ROOT_TWO_PI_INVERSE": 1 / mp.sqrt(2 * mp.pi),
        "normal.WIDE_ERFC_POLE": 2 * mp.pi * mp.sqrt(8),
        "bessel.WIDE_TWO_PI_INVERSE": 1 / (2 * mp.pi),
        "hyperbolic.WIDE_LOG1PMX_TERMS": [mpf(-1) ** (k + 1) / k for k in count(2, 12)],
        "hyperbolic.WIDE_EXPM1MX_TERMS": [1 / mp.factorial(k) for k in count(2, 12)],
        "gamma_rising.WIDE_GAUSS_OF_TWO": [(1 + s / mp.sqrt(3)) / 2 for s in (-1, 1)],
    }


def test_every_constant() -> None:
    rooms = {m.__name__.rpartition(".")[2]: m
             for m in (exponential, circular, hyperbolic, normal, gamma, bessel, gamma_rising,
                       normal_between)}
    plain = {"gamma.WIDE_BERNOULLI", "hyperbolic.WIDE_SMALL", "gamma_rising.WIDE_STEPS_UP",
             "gamma_rising.WIDE_TINY", "normal_between.WIDE_SHORT"}
    with mp.workdps(100):
        known = constants()
        for place, wanted in known.items():
            room, name = place.split(".")
            got = getattr(rooms[room], name)
            if not isinstance(wanted, list):
                got, wanted = [got], [wanted]
            assert len(got) == len(wanted)
            for floats, value in zip(got, wanted, strict=True):
                total = mp.fsum(map(float, floats))
                assert abs(total - value) <= abs(value) * mpf(2) ** (-52 * len(floats) - 1), place
    imported = {*vars(wide_numbers), *vars(pairs)}
    found = {f"{room}.{name}" for room, module in rooms.items() for name in vars(module)
             if name.startswith("WIDE_") and name not in imported
             and not any(f"{r}.{name}" in known for r in rooms if r != room)}
    assert found == set(known) | plain
