"""The test of a file for Keras."""

from __future__ import annotations

from derive.adapters.data_columns import drawn, normal
from derive.adapters.estimators.linear_parts import LinearLoss, fixed_size
from derive.tables.library_losses import own_losses

_TEXT = '''"""Gradient, weights, reduction and training of {module}.py{beside}.

{provenance}
"""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest
from {module} import {name}

SEEDS = range(3)
K = {size}


def data(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Labels and margins."""
    rng = np.random.default_rng(seed)
    X = np.zeros(30)
    {draw}
    return y, 2 * rng.normal(size={shape})


def value(loss: Any, y: np.ndarray, z: np.ndarray, weight: Any = None) -> np.ndarray:
    return keras.ops.convert_to_numpy(loss(y, z, sample_weight=weight))


def gradient(loss: Any, y: np.ndarray, z: np.ndarray) -> np.ndarray:
    """The gradient as the backend takes it."""
    if keras.backend.backend() == "torch":
        import torch

        at = torch.tensor(z, requires_grad=True)
        loss(y, at).backward()
        return at.grad.numpy()
    if keras.backend.backend() == "jax":
        import jax

        with jax.experimental.enable_x64():
            return np.asarray(jax.grad(lambda at: loss(y, at))(z))
    pytest.skip("no gradient is taken on this backend")


@pytest.mark.parametrize("seed", SEEDS)
def test_the_gradient_is_the_slope_of_the_loss(seed: int) -> None:
    y, z = data(seed)
    loss = {name}(reduction="sum", dtype="float64")
    if keras.backend.backend() != "torch":
        pytest.skip("differences need float64, which the other backends switch on globally")
    slopes = np.empty(z.size)
    for n in range(z.size):
        step = 1e-6 * np.eye(1, z.size, n).reshape(z.shape)
        slopes[n] = (value(loss, y, z + step) - value(loss, y, z - step)) / 2e-6
    np.testing.assert_allclose(gradient(loss, y, z).ravel(), slopes, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("seed", SEEDS)
def test_weights_multiply_and_the_mean_divides_by_the_rows(seed: int) -> None:
    y, z = data(seed)
    weight = np.random.default_rng(seed).uniform(0.5, 2, len(z))
    each = value({name}(reduction=None), y, z)
    assert each.shape == (len(z),)
    np.testing.assert_allclose(value({name}(), y, z, weight), np.mean(weight * each), rtol=1e-5)


def test_a_column_of_labels_is_no_square() -> None:
    y, z = data(0)
    column = y if y.ndim > 1 else y[:, None]
    margins = z if z.ndim > 1 else z[:, None]
    np.testing.assert_allclose(value({name}(), column, margins), value({name}(), y, z), rtol=1e-6)


def test_a_model_learns_and_is_saved_with_it(tmp_path: Any) -> None:
    y, z = data(1)
    keras.utils.set_random_seed(1)
    model = keras.Sequential([keras.layers.Dense({units})])
    model.compile(optimizer=keras.optimizers.Adam(0.05), loss={name}())
    X = np.hstack([z.reshape(len(z), -1), np.ones((len(z), 1))]).astype("float32")
    history = model.fit(X, y, epochs=15, verbose=0).history["loss"]
    assert np.isfinite(history).all()
    assert history[-1] < history[0]
    again = {name}.from_config({name}(reduction="sum").get_config())
    assert again.reduction == "sum"
'''
_OWN = '''

@pytest.mark.parametrize("seed", SEEDS)
def test_it_is_keras_own(seed: int) -> None:
    y, z = data(seed)
    own = {own}
    if z.ndim == 1:
        y, z = y[:, None], z[:, None]
    weight = np.random.default_rng(seed).uniform(0.5, 2, len(z))
    np.testing.assert_allclose(value({name}(), y, z, weight), {factor}value(own, y, z, weight),
                               rtol=2e-5, atol=1e-6)
'''


def keras_test(loss: LinearLoss, name: str) -> str:
    """The text of the test, for a file of the name `{module}`."""
    own = own_losses("keras").get(loss.loss.entry.name) if loss.loss.entry else None
    expression = own.own if own else ""
    for parameter, number in loss.loss.values.items():
        expression = expression.replace("{" + parameter + "}", number)
    text = _TEXT + (_OWN if own else "")
    draws = "\n    ".join(drawn(loss.label, "y", normal(loss.label)))
    return text.replace("{size}", str(fixed_size(loss) or 3)).replace("{draw}", draws) \
        .replace("{shape}", "(30, K)" if loss.several else "30") \
        .replace("{units}", "K" if loss.several else "1").replace("{own}", expression) \
        .replace("{factor}", f"{own.given} * " if own and own.given else "") \
        .replace("{beside}", ", beside Keras' own" if own else "") \
        .replace("{provenance}", loss.request.provenance).replace("{name}", name)
