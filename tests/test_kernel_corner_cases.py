"""Corners of kernels: labels over time, sums that overflow, memory, threads, options."""

from __future__ import annotations

import os
import signal
import warnings
from typing import Any

import numpy as np
import pytest

import derive
from tests.platforms import needs_fork

O = np.array([[0.3, -1.2, 0.7]])  # noqa: E741
RNG = np.random.default_rng(0)


@pytest.mark.parametrize(("formula", "given", "wrt", "args", "gradient"), [
    # A constant is not the node with its number.
    ("(z - a)**2", ["z, a: real"], "z", (np.array([-1.2]), np.array([3.0])), [-8.4]),
    ("o[u]**2", ["o: real[K]", "u: label(K)"], "o", (O, [1]), [[0, -2.4, 0]]),
    # What a filter leaves out is no maximum, and no minimum.
    ("max(o[k] for k in K if k != y)", ["o: real[K]", "y: label(K)"], "o",
     (np.array([[-1.0, -2, -3]]), [0]), [[0, 1, 0]]),
    ("min(o[k] for k in K if k != y)", ["o: real[K]", "y: label(K)"], "o",
     (np.array([[1.0, 2, 3]]), [0]), [[0, 1, 0]]),
    # An index as a number.
    ("sum((k + 1)*o[k]**2 for k in K)", ["o: real[K]"], "o", (O,), [[0.6, -4.8, 4.2]]),
    # Labels with an axis of their own.
    ("sum(o[y[t]]**2 for t in T)", ["o: real[K]", "y: label(K)[T]"], "o",
     (O, [[0, 0, 2, 2]]), [[1.2, 0, 2.8]]),
    # Arguments with the names of outputs.
    ("sum((value[k] - grad)**2*scale[k] for k in N)", ["value, scale: real[N]", "grad: real"],
     "value", (O, O, np.array([1.0])), [[-0.42, 5.28, -0.42]]),
])
def test_gradients(formula: str, given: list[str], wrt: str, args: Any, gradient: Any) -> None:
    for accuracy in ("fast", "faithful"):
        kernel = derive.kernel(formula, given=given, wrt=wrt, accuracy=accuracy)
        assert np.allclose(kernel.grad(*args), gradient)
        assert np.allclose(kernel.value_and_grad(*args)[1], gradient)


@pytest.mark.parametrize("formula", ["sum((h[t] - h[t-1])**2 for t in T if t >= 1)",
                                     "sum(h[t]*tanh(h[t-1]) for t in T if t >= 1)"])
def test_hessians_along_time(formula: str) -> None:
    kernel = derive.kernel(formula, given="h: real[T]")
    h, v = RNG.normal(size=(4, 5)), RNG.normal(size=(4, 5))
    step = (kernel.grad(h + 1e-6 * v) - kernel.grad(h - 1e-6 * v)) / 2e-6
    assert np.allclose(np.einsum("nij,nj->ni", kernel.hessian(h), v), step, atol=1e-8)
    assert np.allclose(kernel.hvp(h, v), step, atol=1e-8)


def test_labels_over_time_equal_one_label_at_a_time() -> None:
    kernel = derive.kernel("sum(-log(softmax(o)[y[t]]) for t in T)",
                           given=["o: real[K]", "y: label(K)[T]"], wrt="o")
    o, y = RNG.normal(size=(300, 4)), RNG.integers(0, 4, (300, 3))
    one = derive.kernel("softmax-nll")
    assert np.allclose(kernel.value(o, y), sum(one.value(o, y[:, t]) for t in range(3)))
    assert np.allclose(kernel.grad(o, y), sum(one.grad(o, y[:, t]) for t in range(3)))


def test_a_suffix_of_exponentials_does_not_vanish() -> None:
    value, grad = derive.kernel("listmle").value_and_grad(np.array([[1e-12, 1e-300, -1e200]]))
    assert np.isclose(value[0], np.log(2))
    assert np.allclose(grad, [[-0.5, 0.5, 0]])


@pytest.mark.parametrize(("args", "reduction", "expected"), [
    (([1.0, 1.0], [np.inf, -np.inf]), "sum", np.nan), (([1e308] * 3, [1.0] * 3), "sum", np.inf),
    (([1e308] * 3, [1.0] * 3), "mean", 1e308)])
@pytest.mark.parametrize("accuracy", ["fast", "faithful"])
def test_sums_that_overflow(args: Any, reduction: str, expected: float, accuracy: str) -> None:
    kernel = derive.kernel("a*b", given=["a, b: real"], wrt="a", accuracy=accuracy)
    found = kernel.value(*map(np.array, args), reduction=reduction)
    assert np.isclose(found, expected, equal_nan=True)


def test_a_large_number_among_float32_is_infinite_without_a_warning() -> None:
    kernel = derive.kernel("(z - y)**2/2", given=["z, y: real"], wrt="z")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert np.isinf(kernel.value(np.ones(2, np.float32), 1e300)).all()


def test_labels_of_foreign_byte_order_are_checked() -> None:
    with pytest.raises(ValueError, match="the label -1"):
        derive.kernel("softmax-nll").value(np.zeros((2, 3)), np.array([-1, 0], ">i8"))


def test_an_axis_without_labels_twice() -> None:
    kernel = derive.kernel("sum(a[t]*o[y[t]] for t in T)",
                           given=["o: real[K]", "a: real[T]", "y: label(K)[T]"], wrt="a")
    for _ in range(2):
        assert kernel.grad(np.zeros((2, 3)), np.zeros((2, 0)),
                           np.zeros((2, 0), int)).shape == (2, 0)


@needs_fork
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_forked_process_starts_threads_of_its_own() -> None:
    kernel = derive.kernel("softmax-nll")
    o, y = RNG.normal(size=(20000, 40)), RNG.integers(0, 40, 20000)
    kernel.grad(o, y, threads=2)
    child = os.fork()
    if not child:
        signal.alarm(20)
        kernel.grad(o, y, threads=2)
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0


SHARED = np.empty(3)
VIEW = np.zeros((3, 2))


@pytest.mark.parametrize(("options", "word"), [
    ({"out": (SHARED, SHARED)}, "shares memory with another out"),
    ({"out": (np.broadcast_to(SHARED[:1], 3), None)}, "elements that share memory|read-only"),
    ({"weight": [np.nan, 1, 1]}, "nor NaN"), ({"reduction": ["sum"]}, "reduction must be"),
    ({"ignore_label": 1.5}, "ignore_label must be an integer"),
    ({"mask": [[1], [1, 2]]}, "mask is not an array of numbers"),
    ({"threads": 1.5}, "threads must be")])
def test_wrong_options_are_named_on_every_call(options: dict[str, Any], word: str) -> None:
    kernel = derive.kernel("(z - y)**2/2", given=["z, y: real"], wrt="z")
    kernel.value_and_grad(np.zeros(3), np.ones(3))
    for _ in range(2):
        with pytest.raises((TypeError, ValueError), match=word):
            kernel.value_and_grad(np.zeros(3), np.ones(3), **options)


def test_memory_is_shared_only_where_elements_are() -> None:
    kernel = derive.kernel("(z - y)**2/2", given=["z, y: real"], wrt="z")
    assert np.array_equal(kernel.grad(VIEW[:, 0], np.ones(3), out=VIEW[:, 1]), [-1, -1, -1])
    with pytest.raises(ValueError, match="shares memory with an argument"):
        kernel.grad(memoryview(SHARED), np.ones(3), out=SHARED)


def test_a_strided_out_of_any_batch() -> None:
    kernel = derive.kernel("softmax-nll")
    out = np.empty((2, 2, 6))[..., ::2]
    kernel.grad(np.zeros((2, 2, 3)), np.zeros((2, 2), int), out=out)
    assert np.allclose(out, [-2 / 3, 1 / 3, 1 / 3])
    one = np.empty(6)[::2]
    assert np.allclose(kernel.grad(np.zeros(3), 0, out=one), [-2 / 3, 1 / 3, 1 / 3])


def test_masked_arrays_are_not_taken_for_whole_ones() -> None:
    with pytest.raises(TypeError, match="o has masked elements"):
        derive.kernel("softmax-nll").value(np.ma.masked_array(O, O > 0), [0])


def test_a_mean_whose_sum_overflows_is_the_same_on_every_call() -> None:
    kernel = derive.kernel("gaussian-mse")
    mu, y = np.full(3, 1.3e154), np.zeros(3)
    found = [kernel.value(mu, y, reduction="mean") for _ in range(3)]
    assert np.allclose(found, 8.45e307)


def test_the_vector_of_a_product_goes_by_its_name() -> None:
    kernel = derive.kernel("(v - a)**2", given=["v, a: real"], wrt="v")
    assert kernel.hvp(np.zeros(2), np.ones(2), vector=np.full(2, 3.0)).tolist() == [6, 6]


@pytest.mark.parametrize(("formula", "given"), [
    ("log(sum(o[k]**2 for k in 5))", ["o: real[5]", "0 < sum(o[k]**2 for k in 5)"]),
    ("log(sum((k + 1)*o[k] for k in K))", ["o: real[K]", "0 < sum((k + 1)*o[k] for k in K)"]),
])
def test_conditions_on_whole_vectors(formula: str, given: list[str]) -> None:
    kernel = derive.kernel(formula, given=given, wrt="o")
    o = np.arange(1.0, 6.0)
    numeric = [(kernel.value(o + d) - kernel.value(o - d)) / 2e-6 for d in 1e-6 * np.eye(5)]
    assert np.allclose(kernel.grad(o), numeric)
