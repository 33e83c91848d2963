"""Kernels: every loss of the catalogue against mpmath, batches, dtypes, stability, arguments."""

from __future__ import annotations

import sys
from itertools import product
from typing import Any

import numpy as np
import pytest
from mpmath import mpf

from derive.arrays import Kernel
from derive.core.atoms import Dim
from derive.core.indexing import free_names
from derive.errors import KernelError
from derive.judge.trees.evaluate import Point, evaluate
from derive.tables.loss_table import losses
from tests.conftest import made_kernel, quick_share

NAMES = [e.name for e in losses()]
BATCH, SIZE = 4, 3


@pytest.fixture(autouse=True)
def no_scipy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing but NumPy is there for a kernel, as in a bare install."""
    monkeypatch.setitem(sys.modules, "scipy", None)


def arguments(kernel: Kernel, rng: np.random.Generator, batch: tuple[int, ...]) -> list[Any]:
    """Random arguments that meet the conditions of every entry."""
    return [draw(a, (*batch, *(SIZE for _ in a.kind.shape)), rng) for a in kernel.arguments]


def draw(argument: Any, shape: tuple[int, ...], rng: np.random.Generator) -> Any:
    domain, scalar = argument.kind.domain, not argument.kind.shape
    if domain == "label":
        return rng.integers(0, SIZE, shape)
    if domain == "binary":
        drawn = rng.integers(0, 2, shape).astype(float)
        if argument.name == "r":  # somebody is at risk
            drawn[..., 0] = 1
        return drawn
    if domain == "count":  # y <= n
        return rng.integers(0, 4, shape) + 4.0 * (argument.name == "n")
    if domain == "simplex":
        return rng.dirichlet(np.ones(SIZE), shape[:-1])
    if domain == "real":  # l < u, lo < hi
        return rng.normal(size=shape) + 6.0 * (argument.name in ("u", "hi") and scalar)
    return rng.uniform(0.05, 0.95, shape)


@pytest.mark.parametrize("name", quick_share(NAMES, 2))
def test_value_and_gradient_equal_the_judge(name: str) -> None:
    kernel = made_kernel(name)
    given = arguments(kernel, np.random.default_rng(1), (BATCH,))
    values, gradients = kernel.value_and_grad(*given)
    found = kernel.derivation
    for entry in range(BATCH):
        point = _point(kernel, given, entry)
        loss = float(evaluate(found.start.args[0], point, 30))
        assert np.isclose(values[entry], loss, rtol=1e-10, atol=1e-13)
        _compare(gradients[entry], found.start, found.indices, point)


# Each derivation of a Hessian is judged in test_catalogue.py; here is the code made from it.
@pytest.mark.parametrize("name", quick_share(NAMES, 4))
def test_the_hessian_equals_the_judge(name: str) -> None:
    kernel = made_kernel(name)
    given = arguments(kernel, np.random.default_rng(1), (BATCH,))
    curvatures = kernel.hessian(*given)
    second = kernel.formula.second
    for entry in range(BATCH):
        _compare(curvatures[entry], second.result, second.indices, _point(kernel, given, entry))


def _compare(made: Any, truth: Any, indices: Any, point: Point) -> None:
    """Each element of an array beside the value of an expression there."""
    for at in product(range(SIZE), repeat=len(indices)):
        due = float(evaluate(truth, _at(point, indices, at), 25))
        assert np.isclose(made[at], due, rtol=1e-9, atol=1e-13)


def _at(point: Point, indices: Any, at: tuple[int, ...]) -> Point:
    here = dict(zip(indices, at, strict=True))
    return Point(point.sizes, {**point.scalars, **here}, point.tensors)


def _point(kernel: Kernel, given: list[Any], entry: int) -> Point:
    scalars, tensors = {}, {}
    leaves: dict[str, Any] = {leaf.name: leaf for leaf in free_names(kernel.derivation.start)}
    for argument, array in zip(kernel.arguments, given, strict=True):
        exact = int if argument.integral else (lambda v: mpf(float(v)))
        leaf = leaves[argument.name]
        if argument.kind.shape:
            tensors[leaf] = {at: exact(array[(entry, *at)]) for at in np.ndindex(array.shape[1:])}
        else:
            scalars[leaf] = exact(array[entry])
    sizes = {leaf: SIZE for leaf in leaves.values() if isinstance(leaf, Dim)}
    return Point(sizes, scalars, tensors)


@pytest.mark.parametrize("name", ["softmax-nll", "crammer-singer", "class-weighted-softmax-nll",
                                  "huber", "weston-watkins"])
@pytest.mark.parametrize("batch", [(), (1,), (5,), (2, 3), (0,)])
def test_any_number_of_batch_axes(name: str, batch: tuple[int, ...]) -> None:
    kernel = made_kernel(name)
    given = arguments(kernel, np.random.default_rng(2), batch)
    values, gradients = kernel.value_and_grad(*given)
    assert values.shape == batch
    assert gradients.shape[: len(batch)] == batch
    for at in np.ndindex(batch):
        one, slope = kernel.value_and_grad(*(a[at] for a in given))
        assert np.allclose(values[at], one)
        assert np.allclose(gradients[at], slope)


def test_weights_without_batch_axes_are_shared() -> None:
    kernel = made_kernel("class-weighted-softmax-nll")
    rng = np.random.default_rng(3)
    z, y, w = rng.normal(size=(6, 3)), rng.integers(0, 3, 6), np.array([0.5, 1.0, 2.0])
    order = [a.name for a in kernel.arguments]
    shared = kernel.value(*({"z": z, "y": y, "w": w}[n] for n in order))
    each = kernel.value(*({"z": z, "y": y, "w": np.tile(w, (6, 1))}[n] for n in order))
    assert np.array_equal(shared, each)


def test_a_matrix_gradient() -> None:
    kernel = made_kernel("sum((W @ x - t)**2)", wrt="W",
                           given=["W: real[H, D]", "x: real[D]", "t: real[H]"])
    rng = np.random.default_rng(4)
    W, x, t = rng.normal(size=(5, 2, 3)), rng.normal(size=(5, 3)), rng.normal(size=(5, 2))
    value, grad = kernel.value_and_grad(W, x, t)
    residual = np.einsum("bhd,bd->bh", W, x) - t
    assert np.allclose(value, (residual**2).sum(-1))
    assert np.allclose(grad, 2 * residual[:, :, None] * x[:, None, :])


def test_float32_stays_float32() -> None:
    kernel = made_kernel("softmax-nll")
    values, gradients = kernel.value_and_grad(np.zeros((2, 3), np.float32), [0, 1])
    assert values.dtype == gradients.dtype == np.float32
    assert kernel.value(np.zeros((2, 3)), [0, 1]).dtype == np.float64


@pytest.mark.parametrize(("logits", "label", "value", "gradient"), [
    ([1000.0, 0.0, -1000.0], 0, 0.0, [0.0, 0.0, 0.0]),
    ([1000.0, 0.0, -1000.0], 1, 1000.0, [1.0, -1.0, 0.0]),
    ([-1e5, -1e5], 0, np.log(2), [-0.5, 0.5]),
])
def test_softmax_does_not_overflow(logits, label, value, gradient) -> None:
    values, gradients = made_kernel("softmax-nll").value_and_grad(np.array(logits), label)
    assert np.isclose(values, value)
    assert np.allclose(gradients, gradient)


@pytest.mark.parametrize("z", [-800.0, -40.0, 0.0, 40.0, 800.0])
@pytest.mark.parametrize("y", [0.0, 1.0])
def test_the_logistic_loss_does_not_overflow(z: float, y: float) -> None:
    value, grad = made_kernel("bernoulli-ce").value_and_grad(z, y)
    assert np.isfinite(value)
    assert np.isclose(grad, (1.0 if z > 0 else 0.0) - y, atol=0.51 if z == 0 else 1e-15)


def test_no_loop_and_no_one_hot_matrix() -> None:
    source = made_kernel("softmax-nll").source
    for block in ("value_and_grad_rows", "value_and_grad_columns"):
        body = source.partition(f"def {block}(")[2].partition("\n\n\n")[0]
        assert "for " not in body
    assert "np.eye" not in source
    assert "one_hot" not in source


def test_inputs_are_not_written() -> None:
    o = np.arange(6.0).reshape(2, 3)
    o.flags.writeable = False
    made_kernel("softmax-nll").value_and_grad(o, [0, 1])
    assert np.array_equal(o, np.arange(6.0).reshape(2, 3))


def test_lengths_must_agree() -> None:
    kernel = made_kernel("sum((o - s)**2)", given=["o, s: real[K]"], wrt="o")
    with pytest.raises(ValueError, match="s has length 4 along K"):
        kernel.value(np.zeros(3), np.zeros(4))


def test_what_cannot_be_lowered_is_refused_in_words() -> None:
    with pytest.raises(KernelError, match="a label inside its own axis"):
        made_kernel("sum((o[k] + (1 if k == y[k] else 0))**2 for k in K)",
                      given=["o: real[K]", "y: label(K)[K]"], wrt="o")
