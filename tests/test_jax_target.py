"""Losses in JAX: its own checks of derivatives, its transforms, and numbers of mpmath."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from derive.arrays.certificate.reference_values import drawn, truth
from derive.arrays.targets.functional.framework_kernels import FrameworkKernel, executed_text
from derive.arrays.targets.functional.jax_module import JaxModule
from derive.tables.loss_table import losses
from tests.conftest import made_kernel
from tests.printed_functions import printed_functions

jax = pytest.importorskip("jax")
jnp = jax.numpy
pytestmark = [pytest.mark.peers, pytest.mark.filterwarnings("ignore")]

QUICK = ("softmax-nll", "bernoulli-ce", "huber", "probit-nll")
ALL = [entry.name for entry in losses()]


@pytest.fixture(autouse=True)
def double() -> Iterator[None]:
    """float64 is there."""
    before = jax.config.jax_enable_x64
    jax.config.update("jax_enable_x64", True)
    yield
    jax.config.update("jax_enable_x64", before)


def kernel(name: str) -> FrameworkKernel:
    made = made_kernel(name, target="jax")
    assert isinstance(made, FrameworkKernel)
    return made


def points(made: FrameworkKernel, count: int = 6, seed: int = 5) -> list[Any]:
    """Arguments inside the domain at which the loss has a value."""
    formula = made.formula
    holds = formula.holds({leaf: (leaf.name, leaf.kind) for leaf in
                           (*formula.leaves, formula.vector)})
    blocks = drawn(formula.arguments, "typical", count, seed, holds, formula.size)
    there = np.isfinite(np.asarray(made.value(*blocks)))
    return [jnp.asarray(block[there]) for block in blocks]


def check_derivatives(made: FrameworkKernel, loss: Any) -> None:
    from jax.test_util import check_grads

    given = points(made)
    names = {made.written.variable.name, *made.written.mixed}
    places = [n for n, a in enumerate(made.arguments) if a.name in names]

    def of_moved(*moved: Any) -> Any:
        full = list(given)
        for place, x in zip(places, moved, strict=True):
            full[place] = x
        return loss(*full, reduction="none")

    check_grads(of_moved, [given[n] for n in places], order=2, eps=1e-6, atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("name", QUICK)
def test_first_and_second_derivatives_are_those_of_the_value(name: str) -> None:
    made = kernel(name)
    check_derivatives(made, made.loss)


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted({*ALL} - {*QUICK}))
def test_derivatives_of_each_loss(name: str) -> None:
    made = kernel(name)
    check_derivatives(made, made.loss)


@pytest.mark.parametrize("name", ["probit-nll", "softmax-ce-soft", "softmax-focal", "infonce"])
def test_the_product_of_the_hessian_is_transposed(name: str) -> None:
    """Reverse over reverse asks for it: nothing in it may choose by the vector."""
    made = kernel(name)
    place, given = made.written.place, points(made)

    def loss(at: Any) -> Any:
        return made.loss(*given[:place], at, *given[place + 1:], reduction="sum")

    vector = jnp.linspace(0.5, 1.5, given[place].size).reshape(given[place].shape)
    again = jax.grad(lambda at: (jax.grad(loss)(at) * vector).sum())(given[place])
    np.testing.assert_allclose(again, made.hvp(*given, vector), rtol=1e-10)


def test_a_planted_error_is_seen() -> None:
    """Of one per cent, in the product of the Hessian."""
    made = kernel("bernoulli-ce")
    before, name, after = made.written.text("").partition("def formula_hvp(")
    wrong = before + name + after.replace("return ", "return 1.01 * ", 1)
    with pytest.raises(AssertionError):
        check_derivatives(made, executed_text(wrong, "jax").loss)


@pytest.mark.parametrize("name", ["softmax-nll", "poisson-nll", "student-t-nll", "focal"])
def test_values_and_gradients_are_true(name: str) -> None:
    made = kernel(name)
    arrays = points(made, seed=31)
    value, slope = made.value_and_grad(*arrays)
    blocks = [np.asarray(x) for x in arrays]
    for row in range(len(value)):
        for got, result in ((value[row], "value"), (slope[row], "gradient")):
            due = np.array(truth(made.formula, result, blocks, row), dtype=object)
            error = np.abs(np.asarray(np.asarray(got), dtype=object) - due) / (np.abs(due) + 1e-300)
            assert np.max(np.asarray(error, dtype=float)) < 1e-11


@pytest.fixture
def example() -> tuple[Any, Any]:
    return jnp.asarray(np.random.default_rng(1).standard_normal((5, 4))), jnp.arange(5) % 4


def own(o: Any, y: Any) -> Any:
    """The mean by JAX's own functions."""
    return -jnp.take_along_axis(jax.nn.log_softmax(o), y[..., None], -1).mean()


def test_transforms(example: tuple[Any, Any]) -> None:
    o, y = example
    loss = kernel("softmax-nll").module().loss
    np.testing.assert_allclose(jax.jit(loss)(o, y), own(o, y), rtol=1e-14)
    np.testing.assert_allclose(jax.jit(jax.grad(loss))(o, y), jax.grad(own)(o, y), atol=1e-15)
    np.testing.assert_allclose(jax.vmap(jax.grad(loss))(o, y), jax.vmap(jax.grad(own))(o, y),
                               atol=1e-15)
    due = jax.hessian(own)(o, y)
    for second in (jax.hessian(loss), jax.jacrev(jax.grad(loss)), jax.jit(jax.jacfwd(jax.grad(
            loss)))):
        np.testing.assert_allclose(second(o, y), due, atol=1e-15)
    _, along = jax.jvp(lambda o: loss(o, y), (o,), (o,))
    np.testing.assert_allclose(along, (jax.grad(own)(o, y) * o).sum(), rtol=1e-13)


def test_third_derivatives(example: tuple[Any, Any]) -> None:
    o, y = example[0][0], example[1][0]

    def third(loss: Any) -> Any:
        return jax.jacfwd(jax.hessian(loss))(o, y)

    np.testing.assert_allclose(third(kernel("softmax-nll").module().loss), third(own), atol=1e-15)


def test_dtypes(example: tuple[Any, Any]) -> None:
    o, y = example
    loss = kernel("softmax-nll").loss
    for dtype in (jnp.float32, jnp.bfloat16, jnp.float16):
        value, slope = jax.value_and_grad(loss)(o.astype(dtype), y)
        assert value.dtype == slope.dtype == dtype
    value, _ = kernel("softmax-nll").value_and_grad(jnp.asarray([20.0, 0, 0], jnp.float32), 0)
    assert float(value) == pytest.approx(2 * np.exp(-20), rel=1e-6)


def test_left_out_examples_may_hold_anything(example: tuple[Any, Any]) -> None:
    o, y = example[0].at[0].set(jnp.nan), example[1].at[0].set(-100)
    loss = kernel("softmax-nll").loss
    value, slope = jax.value_and_grad(lambda o: loss(o, y, ignore_index=-100))(o)
    np.testing.assert_allclose(value, own(o[1:], y[1:]), rtol=1e-14)
    assert not np.any(slope[0])


def test_a_label_out_of_range_gives_nan(example: tuple[Any, Any]) -> None:
    o, _ = example
    out = [True, False, True, True, False]
    for ignored in (None, -100):
        value, slope = kernel("softmax-nll").value_and_grad(
            o, jnp.asarray([-1, 0, 4, 2**32, 2]), ignore_index=ignored)
        assert np.isnan(value).tolist() == np.isnan(slope).any(-1).tolist() == out


@pytest.mark.parametrize(("arguments", "error", "words"), [
    (lambda: (jnp.zeros((2, 3)), jnp.zeros(2)), TypeError, "y are labels"),
    (lambda: (jnp.asarray(1.0), 0), ValueError, "o needs 1 trailing axes"),
])
def test_wrong_arguments_are_refused_by_name(arguments: Any, error: Any, words: str) -> None:
    with pytest.raises(error, match=words):
        kernel("softmax-nll").loss(*arguments())


def test_what_has_no_derivative_is_never_0() -> None:
    loss = kernel("bernoulli-ce").module().loss
    z, y = jnp.asarray([1.0, 2.0]), jnp.asarray([0.0, 1.0])
    with pytest.raises(ValueError, match="no derivative by y: it is declared binary"):
        jax.grad(loss, 1)(z, y)
    with pytest.raises(ValueError, match="no derivative by y"):
        jax.jit(jax.grad(lambda y: loss(z, y)))(y)
    assert jax.jit(jax.grad(loss))(z, y).shape == (2,)


@pytest.mark.parametrize("function", ["mills", "log1pmx", "expm1quotient", "expm1mx", "langevin"])
def test_a_special_function_has_a_slope_wherever_it_has_a_value(function: str) -> None:
    """What overflows on the way, or stands in the other case, makes NaN of slopes alone."""
    called = printed_functions(JaxModule)[function]
    sizes = [1e-30, 1e-3, 0.3, 1.0, 3.0, 12.0, 36.0, 40.0, 90.0, 300.0, 800.0]
    least = -1.0 if function == "log1pmx" else -np.inf
    u = jnp.array([x for y in sizes for x in (-y, y) if x > least], dtype=jnp.float32)
    value = called(u)
    slope = jax.grad(lambda x: called(x).sum())(u)
    assert not (np.isfinite(value) & np.isnan(slope)).any()
