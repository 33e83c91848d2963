"""What a demonstration has recorded of PyTorch and Keras is what these libraries give."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from derive.teaching.demonstrations.demonstration_files import demo_for

pytestmark = [pytest.mark.peers, pytest.mark.filterwarnings("ignore")]
O = np.array([[[2.0, 0.0, -1.0], [1.0, 1.0, 0.0], [0.0, 3.0, -2.0]],  # noqa: E741
              [[-1.0, 0.5, 2.0], [0.0, 0.0, 0.0], [4.0, -1.0, 1.0]]])
Y, M = np.array([[0, 1, 2], [2, 0, 0]]), np.array([[1, 1, 1], [1, 0, 0]])
Z, T, W = np.array([1.5, -2.0, 0.5]), np.array([1.0, 0.0, 0.0]), np.array([1.0, 2.0, 0.5])


def recorded(library: str) -> dict[str, Any]:
    return {number: spec["recorded"] for block in demo_for("a-predefined-function").blocks
            for number, spec in block.get("of", {}).items() if number.startswith(library)}


def compare(library: str, theirs: dict[str, Any]) -> None:
    assert theirs.keys() == recorded(library).keys()
    for number, value in recorded(library).items():
        np.testing.assert_allclose(float(theirs[number]), value, rtol=0, atol=5.1e-7)


def test_pytorch_gives_what_is_recorded() -> None:
    torch = pytest.importorskip("torch")
    call = torch.nn.functional.cross_entropy
    o, first, labels = torch.tensor(O).transpose(1, 2), torch.tensor(O[0]), torch.tensor(Y[0])
    y, w = torch.tensor(np.where(M, Y, -100)), torch.tensor(W)
    compare("torch_", {
        "torch_sum": call(o, y, reduction="sum"), "torch_mean": call(o, y),
        "torch_unmasked": call(o, torch.tensor(Y)),
        "torch_weighted": call(first, labels, weight=w, reduction="sum"),
        "torch_weighted_mean": call(first, labels, weight=w),
        "torch_binary": torch.nn.functional.binary_cross_entropy_with_logits(
            torch.tensor(Z), torch.tensor(T)),
        "torch_squared": torch.nn.functional.mse_loss(torch.tensor(Z), torch.tensor(T))})


def test_keras_gives_what_is_recorded_and_documented() -> None:
    keras = pytest.importorskip("keras")
    before = keras.config.floatx()
    keras.config.set_floatx("float64")
    try:
        compare_keras(keras)
    finally:
        keras.config.set_floatx(before)


def compare_keras(keras: Any) -> None:
    def call(labels: Any = Y, outputs: Any = O, weights: Any = None, **options: Any) -> Any:
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True, **options)
        return loss(labels, outputs, sample_weight=weights)

    masked = keras.ops.convert_to_tensor(O)
    keras.src.backend.set_keras_mask(masked, keras.ops.convert_to_tensor(M.astype(bool)))
    compare("keras_", {
        "keras_default": call(), "keras_weight": call(weights=M),
        "keras_sum": call(weights=M, reduction="sum"),
        "keras_mean": call(weights=M, reduction="mean_with_sample_weight"),
        "keras_ignored": call(np.where(M, Y, -1), ignore_class=-1), "keras_masked": call(Y, masked),
        "keras_binary": keras.losses.BinaryCrossentropy(from_logits=True)(T, Z),
        "keras_squared": keras.losses.MeanSquaredError()(T, Z)})
    p, labels = np.array([[0.05, 0.95, 0.0], [0.1, 0.8, 0.1]]), np.array([1, 2])
    loss = keras.losses.SparseCategoricalCrossentropy()
    assert float(loss(labels, p)) == pytest.approx(recorded("doc_mean")["doc_mean"], abs=5e-4)
    assert float(loss(labels, p, sample_weight=np.array([0.3, 0.7]))) == pytest.approx(
        recorded("doc_weighted")["doc_weighted"], abs=5e-4)
