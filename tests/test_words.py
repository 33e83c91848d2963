"""Words of other languages for mathematics are read as what they mean, by parser and judge."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import derive
from derive.errors import KindError
from derive.judge.reading.formula_reader import read
from derive.judge.reading.lazy_arrays import Point, new_context
from derive.notation.printing.plain import plain
from derive.notation.reading.specification import specify

GIVEN = ["z, a, b: real", "x: real[K]", "y: label(K)", "p: probability"]
VALUES = {"z": "0.75", "a": "-0.5", "b": "2", "p": "0.3", "y": 1,
          "x": {(0,): "0.25", (1,): "-1.5", (2,): "2", (3,): "-1"}}
WRITTEN = [
    ("log2(p)", "log(p)/log(2)"), ("log10(p)", "log(p)/log(10)"), ("exp2(z)", "2**z"),
    ("square(z)", "z**2"), ("reciprocal(p)", "1/p"), ("logit(p)", "log(p/(1 - p))"),
    ("gelu(z)", "z*Phi(z)"), ("silu(z)", "z*sigmoid(z)"), ("swish(z)", "z*sigmoid(z)"),
    ("mish(z)", "z*tanh(softplus(z))"), ("hardtanh(b)", "max(-1, min(1, b))"),
    ("clip(z, -a, b)", "max(-a, min(b, z))"), ("clamp(z, 0, 1)", "max(0, min(1, z))"),
    ("leaky_relu(a, 0.1)", "a if a > 0 else 0.1*a"), ("elu(a, 2)", "a if a > 0 else 2*expm1(a)"),
    ("logsigmoid(z)", "log(sigmoid(z))"), ("log_sigmoid(z)", "log(sigmoid(z))"),
    ("logaddexp(z, b)", "log(exp(z) + exp(b))"), ("hypot(z, b)", "sqrt(z**2 + b**2)"),
    ("log_softmax(x)[y]", "log(softmax(x)[y])"), ("logsoftmax(x)[2]", "log(softmax(x)[2])"),
    ("softmin(x)[y]", "softmax(-x)[y]"), ("cumsum(x)[y]", "sum(x[k] for k in K if k <= y)"),
    ("sum(cumsum(x*z)**2)", "sum(sum(x[j]*z for j in K if j <= k)**2 for k in K)"),
    ("var(x)", "mean((x - mean(x))**2)"), ("std(x)", "sqrt(mean((x - mean(x))**2))"),
    ("var(z*x[k] for k in K)", "mean((z*x[k] - mean(z*x[j] for j in K))**2 for k in K)"),
    ("var(x[k] for k in K if x[k] > -1.2)",
     "mean((x[k] - mean(x[j] for j in K if x[j] > -1.2))**2 for k in K if x[k] > -1.2)"),
    ("x[argmin(x)]", "x[argmax(-x)]"), ("x[argmin(x[k]**2 for k in K)]", "x[argmax(-x**2)]"),
    ("where(a > 0, z, b)", "z if a > 0 else b"),
    ("sum(where(x > 0, x, a*x))", "sum((x[k] if x[k] > 0 else a*x[k]) for k in K)"),
    ("sum(x**2 if not x < z else b)", "sum((x[k]**2 if not x[k] < z else b) for k in K)"),
    ("mean(where(x > -1.2 and x < 1, x, 3))",
     "mean((x[k] if x[k] > -1.2 and x[k] < 1 else 3) for k in K)"),
    ("sum(where(-1.2 < x < 1, 1, x))", "sum((1 if -1.2 < x[k] < 1 else x[k]) for k in K)"),
    ("ln(p)", "log(p)"), ("arctan(z)", "atan(z)"), ("arcsin(p)", "asin(p)"),
    ("arccos(p)", "acos(p)"), ("lgamma(b)", "loggamma(b)"), ("lse(x)", "logsumexp(x)"),
    ("maximum(z, a)", "max(z, a)"), ("expit(z)", "sigmoid(z)"),
]


def value(text: str) -> Any:
    ctx = new_context(30)
    there = {name: {at: ctx.mpf(v) for at, v in given.items()} if isinstance(given, dict) else
             given if name == "y" else ctx.mpf(given) for name, given in VALUES.items()}
    return read(text, GIVEN).value(Point({"K": 4}, there), ctx)


@pytest.mark.parametrize(("word", "written"), WRITTEN)
def test_a_word_is_what_it_means(word: str, written: str) -> None:
    assert specify(word, GIVEN).loss == specify(written, GIVEN).loss


@pytest.mark.parametrize(("word", "written"), WRITTEN)
def test_the_judge_reads_a_word_by_itself(word: str, written: str) -> None:
    assert abs(value(word) - value(written)) < 1e-25


@pytest.mark.parametrize("word", [w for w, _ in WRITTEN if "argmin" not in w])
def test_the_gradient_of_a_word_is_verified(word: str) -> None:
    wrt = next(name for name in "xzapb" if name in specify(word, GIVEN).loss.__str__())
    assert derive.grad(word, given=GIVEN, wrt=wrt).verify().verification


@pytest.mark.parametrize(("text", "result"), [
    ("clip(z, 0, 1)", "1 if 0 < z and z < 1 else 0"),
    ("hardtanh(z)", "1 if -1 < z and z < 1 else 0"),
    ("gelu(z)", "Phi(z) + z * phi(z)"), ("-log_softmax(x)[y]", "softmax(x)[i] - delta(i, y)"),
    ("asin(z)", "1 / sqrt(1 - z**2)"), ("log2(p)", "1 / (p * log(2))"),
    ("cumsum(x)[y]", "1 if i <= y else 0"),
])
def test_results_are_as_in_a_book(text: str, result: str) -> None:
    wrt = next(name for name in "xzp" if f"{name})" in text or f"({name}" in text)
    assert derive.grad(text, given=GIVEN, wrt=wrt).notation == result


def test_the_domain_of_an_arc_sine_is_stated_once() -> None:
    gradient = derive.grad("asin(z)", given=GIVEN, wrt="z").verify()
    assert gradient.show("text", ascii=True).count("where") == 1
    assert "-1 < z and z < 1" in gradient.show("text", ascii=True)


@pytest.mark.parametrize(("text", "message"), [
    ("sum(x > 0)", "a number was expected, this is a condition"),
    ("x > 0", "condition for each element"), ("where(x, 1, 2)", "a condition was expected"),
    ("sum(x[k] for k in K if x > 0)", "condition for each element"),
    ("var(z)", "takes a whole array"), ("where(x > 0, x)", "where"),
])
def test_conditions_and_numbers_are_kept_apart(text: str, message: str) -> None:
    with pytest.raises(Exception, match=message):
        specify(text, GIVEN)


def test_shapes_of_a_choice_fit() -> None:
    with pytest.raises(KindError, match="do not match"):
        specify("sum(where(x > 0, w, 1))", [*GIVEN, "w: real[D]"])


def test_kernels_choose_element_by_element() -> None:
    kernel = derive.kernel("sum(where(x > 0, x**2, a*x))", given=GIVEN, wrt="x")
    x = np.array([0.5, -2.0, 3.0])
    value_, slope = kernel.value_and_grad(x=x, a=.1)
    np.testing.assert_allclose(value_, np.sum(np.where(x > 0, x**2, .1*x)))
    np.testing.assert_allclose(slope, np.where(x > 0, 2*x, .1))


@pytest.mark.parametrize(("text", "point"), [
    ("asin(z)", .9), ("acos(z)", -.9), ("acos(z)", .999999)])
def test_kernels_of_arcs_agree_with_numpy(text: str, point: float) -> None:
    value_, slope = derive.kernel(text, given="z: real", wrt="z").value_and_grad(point)
    sign = 1 if text == "asin(z)" else -1
    np.testing.assert_allclose(value_, getattr(np, text.replace("a", "arc", 1)[:-3])(point), 1e-14)
    np.testing.assert_allclose(slope, sign / np.sqrt((1 - point)*(1 + point)), 1e-12)


def test_results_read_back() -> None:
    loss = specify("sum(clip(x, 0, 1)) + asin(p) + std(x)", GIVEN).loss
    assert specify(plain(loss), GIVEN).loss == loss
