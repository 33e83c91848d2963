"""A model names its prediction in a line `predict = …`; everything else is as without it."""

from __future__ import annotations

import numpy as np
import pytest

import derive
from derive.arrays.recurrent.compiled_model import CompiledModel
from derive.calculus.recurrence.model_structure import checked
from derive.errors import ModelError
from derive.notation.reading.model_equations import read_model

CLASSES = """
x: real[T, D]
h: real[T, H]
W: real[H, H]
U: real[H, D]
V: real[K, H]
y: label(K)[T]
w: nonnegative[T]
h[t] = tanh(W @ h[t-1] + U @ x[t])
o[t] = V @ h[t]
{}
l[t] = -log(softmax(o[t])[y[t]])
L = sum(w*l)
"""
NUMBERS = """
x: real[T, D]
h: real[T, H]
v: real[H]
W: real[H, H]
U: real[H, D]
y: real[T]
h[t] = tanh(W @ h[t-1] + U @ x[t])
{}
l[t] = (predict[t] - y[t])**2/2
L = sum(l)
"""


def softmax(scores: np.ndarray) -> np.ndarray:
    powers = np.exp(scores - scores.max(-1, keepdims=True))
    return powers / powers.sum(-1, keepdims=True)


def values(text: str, target: str) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """The prediction of random data, the scores of the classes by NumPy alone; the gradient."""
    model = CompiledModel(text, {"H": 3, "D": 2, "K": 4}, np.float64, target=target)
    rng = np.random.default_rng(5)
    model.theta[...] = rng.normal(size=model.theta.size)
    ready, x = model.ready(5, 2), rng.normal(size=(5, 2, 2))
    for name, data in (("x", x), ("y", rng.integers(0, 4, (5, 2))), ("w", 1)):
        ready.put(name, data)
    ready.begin()
    ready.outputs()
    ready.predict()
    predicted = ready.value("predict").copy()
    ready.loss()
    ready.gradient()
    ready.predict()
    assert (ready.value("predict") == predicted).all()
    states, state = [np.zeros((2, 3))], np.zeros((2, 3))
    for step in x:
        state = np.tanh(state @ model.parameters["W"].T + step @ model.parameters["U"].T)
        states.append(state)
    scores = np.array(states) @ model.parameters["V"].T
    return predicted, scores[1:], scores[:-1], model.gradient.copy()


@pytest.mark.parametrize("target", ["numpy", "c"])
@pytest.mark.parametrize("line", [
    "predict[t] = softmax(o[t])", "predict = softmax(o[t])", "predict[t] = softmax(V @ h[t])",
    "predict[t, k] = exp(o[t, k])/sum(exp(o[t, j]) for j in K)",
    "p[t] = softmax(o[t])\npredict = p", "q[t] = 2*o[t]\np[t] = softmax(q[t]/2)\npredict = p"])
def test_a_prediction_is_a_value_of_every_step(line: str, target: str) -> None:
    predicted, scores, _, _ = values(CLASSES.format(line), target)
    np.testing.assert_allclose(predicted, softmax(scores), rtol=1e-12)


def test_a_prediction_may_read_the_step_before() -> None:
    predicted, _, before, _ = values(CLASSES.format("predict = softmax(V @ h[t-1])"), "numpy")
    np.testing.assert_allclose(predicted, softmax(before), rtol=1e-12)


def test_a_prediction_may_be_of_the_sequence() -> None:
    predicted, scores, _, _ = values(CLASSES.format("predict = softmax(V @ h[T-1])"), "numpy")
    np.testing.assert_allclose(predicted, softmax(scores[-1]), rtol=1e-12)


def test_a_prediction_leaves_the_gradient_as_it_is() -> None:
    with_it = values(CLASSES.format("predict = softmax(o[t])"), "numpy")[3]
    other = values(CLASSES.format("predict = o"), "numpy")[3]
    assert (with_it == other).all()


@pytest.mark.parametrize("line", ["predict[t] = dot(v, h[t])", "predict = dot(v, h[t])"])
def test_an_equation_may_read_the_prediction(line: str) -> None:
    model = checked(read_model(NUMBERS.format(line)))
    assert model.predict in model.equations
    verified = derive.bptt(NUMBERS.format(line)).verify().verification
    assert verified.ends
    assert verified.worst < 1e-40


@pytest.mark.parametrize("place", ["before", "after"])
def test_derived_and_judged_as_without_the_line(place: str) -> None:
    text = NUMBERS.format("mu[t] = dot(v, h[t])").replace("predict", "mu")
    line = "predict = mu\n"
    loss = text.rstrip() + "\n"
    found = derive.bptt(loss + line if place == "after" else
                        loss.replace("l[t]", line + "l[t]"))
    assert found.verify().verification.ends
    bare = derive.bptt(text)
    assert [d.notation for d in (found, *found.others)] == [
        d.notation for d in (bare, *bare.others)]


@pytest.mark.parametrize(("line", "reason"), [
    ("predict = B @ h[t]\nB: real[K, H]", "depend"),
    ("s: real[T, H]\ns[t] = 0.9*s[t-1] + h[t]\npredict = V @ s[t]", "other steps"),
    ("predict = softmax(V @ h[t-2])", "shift of -2")])
def test_what_a_prediction_cannot_read(line: str, reason: str) -> None:
    line = "\n".join(sorted(line.split("\n"), key=lambda part: ":" not in part))
    with pytest.raises(ModelError, match=reason):
        checked(read_model(CLASSES.format(line)))
