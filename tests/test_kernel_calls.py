"""What a kernel's functions take and give: options, special values, wrong calls, threads."""

from __future__ import annotations

import copy
import pickle
import warnings
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest

import derive

INF, NAN = np.inf, np.nan


@pytest.fixture(scope="module")
def softmax() -> Any:
    return derive.kernel("softmax-nll")


@pytest.fixture(scope="module")
def logistic() -> Any:
    return derive.kernel("bernoulli-ce")


def examples(n: int = 7, size: int = 4, dtype: Any = float) -> tuple[Any, Any]:
    rng = np.random.default_rng(n)
    return rng.normal(size=(n, size)).astype(dtype), rng.integers(0, size, n)


# Options


def test_the_mean_and_the_sum_are_those_of_the_values(softmax: Any) -> None:
    o, y = examples()
    values, gradients = softmax.value_and_grad(o, y)
    total, slopes = softmax.value_and_grad(o, y, reduction="sum")
    assert np.isclose(total, values.sum(), rtol=1e-15)
    assert np.array_equal(slopes, gradients)
    mean, slopes = softmax.value_and_grad(o, y, reduction="mean")
    assert np.isclose(mean, values.mean(), rtol=1e-15)
    assert np.allclose(slopes, gradients / 7, rtol=1e-15)


def test_a_weight_multiplies_the_value_and_the_derivatives(softmax: Any) -> None:
    o, y = examples()
    w = np.random.default_rng(1).uniform(size=7)
    values, gradients = softmax.value_and_grad(o, y)
    weighted, slopes = softmax.value_and_grad(o, y, weight=w)
    assert np.allclose(weighted, w * values, rtol=1e-15)
    assert np.allclose(slopes, w[:, None] * gradients, rtol=1e-15)
    assert np.isclose(softmax.value(o, y, weight=w, reduction="mean"), (w * values).mean())
    assert np.allclose(softmax.hessian(o, y, weight=w), w[:, None, None] * softmax.hessian(o, y))


def test_masked_examples_do_not_count(softmax: Any) -> None:
    o, y = examples()
    mask = np.array([1, 0, 1, 1, 0, 1, 1], bool)
    o[~mask] = NAN
    values, gradients = softmax.value_and_grad(o, y, mask=mask)
    assert not values[~mask].any()
    assert not gradients[~mask].any()
    mean = softmax.value(o, y, mask=mask, reduction="mean")
    assert np.isclose(mean, softmax.value(o[mask], y[mask]).mean())


def test_ignored_labels_do_not_count_and_may_lie_outside(softmax: Any) -> None:
    o, y = examples()
    y[[1, 4]] = -100
    assert np.isclose(softmax.value(o, y, ignore_label=-100, reduction="mean"),
                      softmax.value(o[y >= 0], y[y >= 0]).mean())


def test_over_no_examples_the_mean_is_zero(softmax: Any) -> None:
    o, y = examples()
    value, grad = softmax.value_and_grad(o, y, mask=np.zeros(7, bool), reduction="mean")
    assert value == 0
    assert not grad.any()
    assert softmax.value(o[:0], y[:0], reduction="mean") == 0
    assert softmax.grad(o[:0], y[:0]).shape == (0, 4)


def test_label_smoothing_is_a_parameter_of_the_formula() -> None:
    kernel = derive.kernel("label-smoothed-softmax-nll")
    o, y = examples()
    plain = derive.kernel("softmax-nll")
    every = np.mean([plain.value(o, np.full(7, k)) for k in range(4)], axis=0)
    assert np.allclose(kernel.value(o, y, 0.1), 0.9 * plain.value(o, y) + 0.1 * every)


def test_results_go_into_the_arrays_that_are_given(softmax: Any) -> None:
    o, y = examples()
    out = np.empty(7), np.empty((7, 4))
    found = softmax.value_and_grad(o, y, out=out)
    assert all(a is b for a, b in zip(found, out, strict=True))
    assert np.array_equal(out[1], softmax.grad(o, y))
    wide = np.empty((7, 8))[:, ::2]
    softmax.grad(o, y, out=wide)
    assert np.array_equal(wide, softmax.grad(o, y))
    total = np.empty(())
    assert softmax.value(o, y, reduction="sum", out=total) is total


@pytest.mark.parametrize("make", [
    lambda o: np.asfortranarray(o), lambda o: o[::-1][::-1], lambda o: np.repeat(o, 2, 1)[:, ::2],
    lambda o: o.astype(">f8"), lambda o: o.tolist(), lambda o: np.ma.masked_array(o),
])
def test_any_memory_layout(softmax: Any, make: Any) -> None:
    o, y = examples()
    assert np.array_equal(softmax.grad(make(o), y), softmax.grad(o, y))


@pytest.mark.parametrize("dtype", "bBhHiIlLqQ")
def test_labels_of_any_integer_width(softmax: Any, dtype: str) -> None:
    o, y = examples()
    assert np.array_equal(softmax.grad(o, y.astype(dtype)), softmax.grad(o, y))


@pytest.mark.parametrize("size", [1, 2, 3, 31, 33, 700])
@pytest.mark.parametrize("batch", [(1,), (257,), (3, 100), (20000,)])
def test_layout_blocks_and_threads_change_nothing(softmax: Any, size: int,
                                                  batch: tuple[int, ...]) -> None:
    if np.prod(batch) * size > 2_000_000:
        batch = (3000,)
    rng = np.random.default_rng(size)
    o, y = rng.normal(size=(*batch, size)), rng.integers(0, size, batch)
    values, gradients = softmax.value_and_grad(o, y, threads=1)
    again = softmax.value_and_grad(o, y, threads=3)
    assert np.array_equal(values, again[0])
    assert np.array_equal(gradients, again[1])
    for at in ((0,) * len(batch), tuple(n - 1 for n in batch)):
        one = softmax.value_and_grad(o[at], y[at])
        assert np.allclose(values[at], one[0], rtol=1e-13, atol=0)
        assert np.allclose(gradients[at], one[1], rtol=1e-13, atol=0)


def test_a_product_with_the_hessian_needs_no_matrix(softmax: Any) -> None:
    o, y = examples()
    v = np.random.default_rng(2).normal(size=(7, 4))
    expected = np.einsum("nij,nj->ni", softmax.hessian(o, y), v)
    assert np.allclose(softmax.hvp(o, y, v), expected, rtol=1e-12)
    assert "(n, K, K)" not in softmax.source_of(("hvp",))


def test_kernels_pickle_and_copy(softmax: Any) -> None:
    o, y = examples()
    for twin in (pickle.loads(pickle.dumps(softmax)), copy.deepcopy(softmax)):
        assert np.array_equal(twin.grad(o, y), softmax.grad(o, y))


def test_one_kernel_serves_many_threads(softmax: Any) -> None:
    o, y = examples(500, 10)
    expected = softmax.grad(o, y)
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: softmax.grad(o, y), range(64)))
    assert all(np.array_equal(f, expected) for f in found)


# Special values: the limits where there are any


@pytest.mark.parametrize("repeat", [1, 300])
@pytest.mark.parametrize("accuracy", ["fast", "faithful"])
@pytest.mark.parametrize(("logits", "label", "value", "gradient"), [
    ([1, -INF, 1], 0, np.log(2), [-0.5, 0, 0.5]),
    ([1, -INF, 1], 1, INF, [0.5, -1, 0.5]),
    ([-INF, -INF, -INF], 1, NAN, [NAN, NAN, NAN]),
    ([1, INF, 2], 1, 0, [0, 0, 0]),
    ([1, INF, 2], 0, INF, [-1, 1, 0]),
    ([INF, INF, 2], 0, NAN, [NAN, NAN, NAN]),
    ([NAN, 1, 2], 1, NAN, [NAN, NAN, NAN]),
    ([40, 0, 0], 0, 8.496709e-18, [-8.496709e-18, 4.248354e-18, 4.248354e-18]),
])
def test_special_logits(logits: Any, label: int, value: float, gradient: Any, accuracy: str,
                        repeat: int) -> None:
    kernel = derive.kernel("softmax-nll", accuracy=accuracy)
    o, y = np.tile(np.array(logits, float), (repeat, 1)), np.full(repeat, label)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        values, gradients = kernel.value_and_grad(o, y)
    assert np.allclose(values, value, rtol=1e-6, atol=0, equal_nan=True)
    assert np.allclose(gradients, np.tile(gradient, (repeat, 1)), rtol=1e-6, atol=0,
                       equal_nan=True)


@pytest.mark.parametrize(("z", "y", "value", "gradient"), [
    (INF, 1, 0, 0), (-INF, 0, 0, 0), (INF, 0, INF, 1), (-INF, 1, INF, -1), (NAN, 1, NAN, NAN),
    (-34.5, 0, 1.0395380e-15, 1.0395380e-15), (745, 1, 4.94066e-324, -4.94066e-324)])
def test_special_logits_of_two_classes(logistic: Any, z: float, y: int, value: float,
                                       gradient: float) -> None:
    found = logistic.value_and_grad(z, y)
    assert np.allclose(found, [value, gradient], rtol=1e-5, atol=0, equal_nan=True)


@pytest.mark.parametrize(("p", "y", "value", "gradient"), [
    (0, 1, INF, -INF), (0, 0, 0, 1), (1, 1, 0, -1), (1, 0, INF, INF)])
def test_special_probabilities(p: float, y: int, value: float, gradient: float) -> None:
    found = derive.kernel("bernoulli-ce-probability").value_and_grad(float(p), y)
    assert np.allclose(found, [value, gradient])


# Wrong calls


@pytest.mark.parametrize(("change", "word"), [
    ({"o": np.float64(3)}, "o needs 1 trailing axes"),
    ({"o": np.zeros((7, 4), complex)}, "o must be real numbers, not complex128"),
    ({"o": np.array([["a"] * 4] * 7)}, "o must be real numbers"),
    ({"o": np.array([[None] * 4] * 7)}, "o must be real numbers, not object"),
    ({"y": np.zeros(7)}, "y are labels and must be integers, not float64"),
    ({"y": np.array([0, 1, 2, 3, 4, 0, 0])}, r"y has the label 4, outside of \[0, 4\)"),
    ({"y": np.array([0, -1, 2, 3, 3, 0, 0])}, r"y has the label -1, outside of \[0, 4\)"),
    ({"y": np.zeros(6, int)}, "the batch axes of y"),
    ({"weight": -np.ones(7)}, "weight must not be negative"),
    ({"weight": np.ones((2, 7))}, "weight has the shape"),
    ({"mask": np.ones(7)}, "mask must be an array of bool"),
    ({"reduction": "average"}, "reduction must be one of none, sum, mean"),
    ({"threads": 0}, "threads must be a positive integer"),
    ({"out": np.empty((7, 4), np.float32)}, "out for gradient must be float64, not float32"),
    ({"out": np.empty((7, 3))}, r"out for gradient must have the shape \(7, 4\)"),
    ({"out": [0.0]}, "out for gradient must be an array"),
    ({"scale": 1}, "no argument 'scale'"),
])
def test_a_wrong_call_names_what_is_wrong(softmax: Any, change: dict[str, Any], word: str) -> None:
    o, y = examples()
    call = {"o": o, "y": y, **change}
    with pytest.raises((TypeError, ValueError), match=word):
        softmax.grad(call.pop("o"), call.pop("y"), **call)


def test_an_out_that_is_an_argument_is_refused_and_nothing_is_written(softmax: Any) -> None:
    o, y = examples()
    before = o.copy()
    with pytest.raises(ValueError, match="out for gradient shares memory with an argument"):
        softmax.grad(o, y, out=o)
    assert np.array_equal(o, before)
    out = np.full((7, 4), 5.0)
    with pytest.raises(ValueError, match="label"):
        softmax.grad(o, y + 4, out=out)
    assert (out == 5).all()


def test_a_kernel_by_all_variables_is_refused() -> None:
    with pytest.raises(derive.DeriveError, match="a kernel has one variable; name it"):
        derive.kernel("x @ y", wrt="all")
