"""Corners of the simplex, masked logits, zero weights: kernels give the limits, and quickly."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import pytest
from mpmath import mp, mpf

import derive
from derive.arrays.wide import exponential, pair_functions, pair_numbers, wide_numbers

INF = np.inf
SOFT = ("softmax-ce-soft", "listnet", "kl-softmax", "softmax-brier")


@pytest.fixture(scope="module")
def kernels() -> dict[str, Any]:
    """Kernels that were made for an earlier test."""
    return {}


def kernel(made: dict[str, Any], target: str, **options: Any) -> Any:
    """The kernel of a loss or formula, made once."""
    if target not in made:
        made[target] = derive.kernel(target, **options)
    return made[target]


def exact(loss: str, z: list[float], t: list[float]) -> tuple[Any, list[Any]]:
    """Value and gradient of a loss of softmax(z) and a target, in 60 digits."""
    powers = [mp.exp(mpf(float(x))) for x in z]
    p = [w / sum(powers) for w in powers]
    target = [mpf(float(x)) for x in t]
    if loss == "softmax-brier":
        r = [a - b for a, b in zip(p, target, strict=True)]
        mean = sum(a * b for a, b in zip(p, r, strict=True))
        return sum(x * x for x in r), [2 * a * (b - mean) for a, b in zip(p, r, strict=True)]
    value = -sum(b * mp.log(a) for a, b in zip(p, target, strict=True))
    if loss == "kl-softmax":
        value += sum(b * mp.log(b) for b in target if b)
    return value, [a - b for a, b in zip(p, target, strict=True)]


def off(found: Any, truth: Any) -> float:
    """The relative error."""
    if truth == 0:
        return 0.0 if found == 0 else INF
    return float(abs((mpf(float(found)) - truth) / truth))


@pytest.mark.parametrize("loss", SOFT)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize(("z", "t"), [
    ([12, 0, 0], [1, 0, 0]), ([20, 0, 0], [1, 0, 0]), ([0, 40, 0], [0, 1, 0]),
    ([-3, 2, 33, 1], [0, 0, 1, 0]), ([17, 0], [1, 0]), ([17, 0], [0, 1]),
    ([25, 25, 0], [0.5, 0.5, 0]), ([30, 1, 2], [0.875, 0.125, 0]), ([1, 1, 1], [0, 1, 0])])
def test_targets_at_corners_and_faces_keep_their_digits(kernels: Any, loss: str, dtype: Any,
                                                        z: list[float], t: list[float]) -> None:
    value, grad = kernel(kernels, loss).value_and_grad(np.array(z, dtype), np.array(t, dtype))
    with mp.workdps(60):
        truth, slope = exact(loss, z, t)
        bound = 1e-12 if dtype == np.float64 else 1e-4
        assert off(value, truth) < bound
        assert max(off(a, b) for a, b in zip(grad, slope, strict=True)) < bound


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_the_smallest_brier_score_is_not_a_third_of_itself(kernels: Any, dtype: Any) -> None:
    made = kernel(kernels, "softmax-brier")
    found = made.value(np.array([20, 0, 0], dtype), np.array([1, 0, 0], dtype))
    assert found == pytest.approx(2.549e-17, rel=1e-3)


@pytest.mark.parametrize("loss", ["softmax-ce-soft", "kl-softmax", "listnet"])
@pytest.mark.parametrize(("z", "t"), [
    ([1, -INF, 0], [0.5, 0, 0.5]), ([-INF, -INF, 3], [0, 0, 1]), ([2, -INF], [1, 0]),
    ([-INF, 0, 0, 1], [0, 0.25, 0.25, 0.5]), ([5, 4, -INF], [1, 0, 0])])
def test_a_masked_logit_with_target_zero_is_as_if_it_were_not_there(
        kernels: Any, loss: str, z: list[float], t: list[float]) -> None:
    made, there = kernel(kernels, loss), np.isfinite(z)
    value, grad = made.value_and_grad(np.array(z, float), np.array(t))
    less, slope = made.value_and_grad(np.array(z, float)[there], np.array(t)[there])
    assert value == pytest.approx(less, rel=1e-14, abs=0)
    assert np.allclose(grad[there], slope, rtol=1e-14, atol=1e-16)
    assert not grad[~there].any()


@pytest.mark.parametrize(("target", "given", "arguments", "value", "grad"), [
    ("multinomial-nll", (), ([1.0, -INF, 0], [2.0, 0, 1]), 1.9397850625546686, None),
    ("label-smoothed-softmax-nll", (), ([1.0, -INF, 0], 0, 0.0), 0.31326168751822286, None),
    ("poisson-nll", (), (-INF, 0.0), 0.0, 0.0),
    ("exp(z) - 3*n*z", ("z: real", "n: count"), (-INF, 0.0), 0.0, 0.0),
    ("w*z**2", ("z: real", "w: nonnegative"), (INF, 0.0), 0.0, 0.0),
    ("sum(w[k]*exp(z[k]) for k in K)", ("z: real[K]", "w: nonnegative[K]"),
     ([INF, 1.0], [0.0, 2.0]), 2 * np.e, None),
    ("sum(b[k]*softplus(z[k]) for k in K)", ("z: real[K]", "b: binary[K]"),
     ([INF, 0.0], [0.0, 1.0]), np.log(2), None)])
def test_what_does_not_count_adds_nothing_however_large(
        target: str, given: Any, arguments: Any, value: float, grad: Any) -> None:
    made = derive.kernel(target, given=given, wrt="z")
    found, slope = made.value_and_grad(*map(np.asarray, arguments))
    assert found == pytest.approx(value, rel=1e-13)
    assert np.isfinite(slope).all()
    assert grad is None or slope == grad


@pytest.mark.parametrize(("target", "arguments"), [
    ("softmax-ce-soft", ([1.0, np.nan, 0], [0.5, 0, 0.5])), ("poisson-nll", (np.nan, 0.0)),
    ("softmax-ce-soft", ([1.0, 2, 0], [0.5, np.nan, 0.5])),
    ("multinomial-nll", ([1.0, np.nan, 0], [2.0, 0, 1])),
    ("label-smoothed-softmax-nll", ([np.nan, 0.0], 1, 0.0))])
def test_nan_is_no_limit(kernels: Any, target: str, arguments: Any) -> None:
    value, grad = kernel(kernels, target).value_and_grad(*map(np.asarray, arguments))
    assert np.isnan(value)
    assert np.isnan(grad).any()


def test_a_masked_logit_with_a_target_is_infinitely_wrong(kernels: Any) -> None:
    made = kernel(kernels, "softmax-ce-soft")
    value, grad = made.value_and_grad(np.array([1, -INF, 0]), np.array([0.5, 0.25, 0.25]))
    assert value == INF
    assert grad[1] == -0.25


@pytest.mark.parametrize("reduction", ["none", "sum", "mean"])
@pytest.mark.parametrize("target", ["softmax-nll", "poisson-nll"])
def test_an_infinite_loss_of_weight_zero_counts_as_zero(kernels: Any, target: str,
                                                        reduction: str) -> None:
    made = kernel(kernels, target)
    z = np.array([[0.5, -INF, 1], [1, 2, 3]]) if target == "softmax-nll" else np.array([-INF, 1])
    y = np.array([1, 1]) if target == "softmax-nll" else np.array([2.0, 2])
    value, grad = made.value_and_grad(z, y, weight=np.array([0.0, 2]), reduction=reduction)
    alone = made.value(z[1:], y[1:], weight=np.array([2.0]), reduction="sum")
    assert np.sum(value) * (2 if reduction == "mean" else 1) == pytest.approx(alone)
    assert not grad[0].any()
    assert grad[1].any()


def test_nan_of_weight_zero_stays(kernels: Any) -> None:
    value, grad = kernel(kernels, "poisson-nll").value_and_grad(
        np.array([np.nan, 1]), np.array([2.0, 2]), weight=np.array([0.0, 1]))
    assert np.isnan(value[0])
    assert np.isnan(grad[0])


@pytest.mark.parametrize(("z", "r"), [([0.3, 2, 1], [1, 0, 0]), ([-900, 2, 1], [1, 0, 0]),
                                      ([5, 900, 900], [1, 0, 0]), ([1e-9, 3, 4], [1, 0, 0])])
def test_one_at_risk_costs_nothing(kernels: Any, z: list[float], r: list[float]) -> None:
    value, grad = kernel(kernels, "cox-partial-nll").value_and_grad(
        np.array(z, float), 0, np.array(r, float))
    assert value == 0
    assert not grad.any()


# Faithful results at roots


@pytest.mark.parametrize(("formula", "given", "wrt", "result", "point", "truth"), [
    ("exp(z) - y*z", ["z: real", "y: count"], "z", "grad", (2.5649493574615367, 13.0),
     lambda z, y: mp.exp(z) - y),
    ("log(2*pi)/2 + s + (x-mu)**2/(2*exp(s)**2)", ["x, mu, s: real"], "s", "value",
     (0.3291745019486391, 0.1428061920290735, -2.1169251616643296),
     lambda x, mu, s: mp.log(2 * mp.pi) / 2 + s + (x - mu)**2 / (2 * mp.exp(s)**2)),
    ("log(1 + exp(z)) - y*z", ["z: real", "y: probability"], "z", "grad",
     (-300.1071374407404, 4.625154341207914e-131), lambda z, y: 1 / (1 + mp.exp(-z)) - y),
    ("z - log(z + 1) - c", ["z: positive", "c: real"], "z", "value", (1.0, 0.3068528194400547),
     lambda z, c: z - mp.log(z + 1) - c),
    ("sum(w[k]*exp(z[k]) for k in K) - c", ["w, z: real[K]", "c: real"], "z", "value",
     ([1.0, -1, 2], [1.0, 2, 0.5], -2.3732617281330605),
     lambda w, z, c: sum(a * mp.exp(b) for a, b in zip(w, z, strict=True)) - c)])
def test_faithful_results_at_roots_are_within_4_ulp(formula: str, given: list[str], wrt: str,
                                                    result: str, point: Any, truth: Any) -> None:
    made = derive.kernel(formula, given=given, wrt=wrt, accuracy="faithful")
    found = getattr(made, result)(*map(np.asarray, point))
    with mp.workdps(90):
        exactly = truth(*([mpf(x) for x in p] if isinstance(p, list) else mpf(p) for p in point))
        ulp = mpf(float(np.spacing(abs(float(exactly)))))
        assert abs(mpf(float(found)) - exactly) <= 4 * ulp


def test_half_of_a_square_is_finite_where_the_square_is_not(kernels: Any) -> None:
    z = np.float32(2.2e19)
    assert kernel(kernels, "gaussian-mse").value(z, np.float32(0)) == pytest.approx(2.42e38)


# Examples that are computed again


def ratio(made: Any, usual: Any, other: Any) -> float:
    """How much longer some arguments take than others, in processor time; the least of some."""
    def least(arguments: Any) -> float:
        best = INF
        for _ in range(5):
            start = time.thread_time()
            made.value_and_grad(*arguments, threads=1)
            best = min(best, time.thread_time() - start)
        return best

    made.value_and_grad(*other, threads=1)
    made.value_and_grad(*usual, threads=1)
    return least(other) / least(usual)


@pytest.mark.parametrize(("loss", "margin"), [
    ("softmax-focal", 14), ("softmax-focal", 40), ("listmle", 14), ("cox-partial-nll", 20),
    ("label-smoothed-softmax-nll", 20), ("softmax-brier", 40), ("listnet", 100)])
def test_a_margin_costs_no_more_than_usual_logits(kernels: Any, loss: str, margin: float) -> None:
    rng = np.random.default_rng(5)
    made, z = kernel(kernels, loss), rng.standard_normal((1000, 10))
    label, risk = rng.integers(0, 10, 1000), np.ones((1000, 10))
    target = rng.dirichlet([0.5] * 10, 1000)
    rest = {"softmax-focal": (label, np.full(1000, 2.0)), "listmle": (),
            "cox-partial-nll": (label, risk), "softmax-brier": (target,), "listnet": (target,),
            "label-smoothed-softmax-nll": (label, np.full(1000, 0.1))}[loss]
    far = z.copy()
    far[np.arange(1000), label] += margin
    assert ratio(made, (z, *rest), (far, *rest)) < 5


@pytest.mark.parametrize("loss", ["softmax-ce-soft", "listnet"])
def test_targets_that_are_met_cost_no_wide_numbers(kernels: Any, loss: str) -> None:
    rng = np.random.default_rng(6)
    z = 3 * rng.standard_normal((2000, 10))
    powers = np.exp(z - z.max(axis=1, keepdims=True))
    met = powers / powers.sum(axis=1, keepdims=True)
    made = kernel(kernels, loss)
    assert ratio(made, (z, rng.dirichlet([0.5] * 10, 2000)), (z, met)) < 40  # 85 with them
    grad = made.grad(z[:3], met[:3])
    with mp.workdps(60):
        for row in range(3):
            slope = exact(loss, z[row], met[row])[1]
            assert max(off(a, b) for a, b in zip(grad[row], slope, strict=True)) < 1e-9


@pytest.mark.parametrize(("name", "least"), [("exp", 97), ("expm1", 83), ("log", 95),
                                             ("log1p", 83)])
@pytest.mark.parametrize("scale", [1e-9, 1e-4, 0.3, 30])
def test_functions_of_pairs(name: str, least: float, scale: float) -> None:
    rng = np.random.default_rng(8)
    high = scale * rng.standard_normal(40)
    if name.startswith("log"):
        high = np.abs(high)
    low = high * 2.0**-54 * rng.uniform(-1, 1, 40)
    with np.errstate(all="ignore"):
        found = getattr(pair_functions, f"pair_{name}")(pair_numbers.Pair(high, low))
    with mp.workprec(300):
        for n in range(40):
            truth = getattr(mp, name)(mpf(float(high[n])) + mpf(float(low[n])))
            value = mpf(float(found.high[n])) + mpf(float(found.low[n]))
            assert abs(value - truth) <= abs(truth) * mpf(2) ** -least


@pytest.mark.parametrize("name", ["add", "subtract", "multiply", "divide", "maximum", "minimum"])
def test_arithmetic_of_pairs_is_that_of_wide_numbers(name: str) -> None:
    rng = np.random.default_rng(9)
    x, y = rng.standard_normal((2, 200)) * 10.0 ** rng.uniform(-30, 30, (2, 200))
    quick = getattr(pair_numbers, f"pair_{name}")(pair_numbers.pair_of(x), pair_numbers.pair_of(y))
    home = wide_numbers if hasattr(wide_numbers, f"wide_{name}") else derive_order()
    wide = getattr(home, f"wide_{name}")(wide_numbers.wide_of(x), wide_numbers.wide_of(y))
    assert np.array_equal(quick.high, wide_numbers.wide_float(wide))


def derive_order() -> Any:
    """The module of comparisons."""
    from derive.arrays.wide import order

    return order


def test_pairs_give_up_where_they_lose_digits() -> None:
    with np.errstate(all="ignore"):
        small = pair_functions.pair_exp(pair_numbers.pair_of(np.array([-500.0, -1.0])))
        product = pair_numbers.pair_of(np.array([1e-150])) * pair_numbers.pair_of(1e-150)
        assert np.isnan(small.high).tolist() == [True, False]
        assert np.isnan(product.high).all()
        assert (pair_numbers.pair_of(np.array([0.0])) * pair_numbers.pair_of(1e-150)).high == 0
        with pytest.raises(FloatingPointError, match="beyond the range"):
            pair_numbers.pair_less(small, pair_numbers.pair_of(0.0))
        wide = exponential.wide_exp(wide_numbers.wide_of(-500.0))
        assert wide_numbers.wide_float(wide) == np.exp(-500.0)


def test_float32_is_computed_again_in_float64(kernels: Any) -> None:
    made = kernel(kernels, "softmax-ce-soft")
    rng = np.random.default_rng(7)
    z = (3 * rng.standard_normal((500, 4))).astype(np.float32)
    powers = np.exp(z - z.max(axis=1, keepdims=True))
    met = powers / powers.sum(axis=1, keepdims=True)
    double = made.grad(z.astype(float), met.astype(float), check=False)
    assert np.allclose(made.grad(z, met), double, rtol=1e-3, atol=0)
