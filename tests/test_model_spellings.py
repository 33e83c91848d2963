"""Spellings of recurrent models that are compiled, and those that are refused in one line."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pytest

import derive
from derive.arrays.recurrent.compiled_model import CompiledModel
from derive.arrays.targets.c.c_compiler import compiler
from derive.errors import KernelError, ModelError, UnknownNameError

SIZES = {"H": 3, "D": 2, "K": 4}
TYPES = {"x": "real[T, D]", "h": "real[T, H]", "b": "real[H]", "v": "real[H]", "W": "real[H, H]",
         "U": "real[H, D]", "c": "real", "y": "real[T]", "G": "real[H, H, D]"}
STATE = "h[t] = tanh(b + W @ h[t-1] + U @ x[t])"
LOSS = "l[t] = (dot(v, h[t]) - y[t])**2/2"


def model(equations: Sequence[str], loss: str = LOSS, total: str = "sum(l)", **types: str) -> str:
    """A model with the declarations of what it reads."""
    body = "\n".join([*equations, *([loss] if loss else []), f"L = {total}"])
    read = {n: t for n, t in (TYPES | types).items()
            if any(word == n for word in "".join(s if s.isalnum() else " " for s in body).split())}
    return "\n".join([*(f"{n}: {t}" for n, t in read.items()), body])


def slope_error(text: str, target: str = "numpy", steps: int = 4, count: int = 2) -> float:
    """How far the gradient along a direction is from a difference quotient of the loss."""
    compiled = CompiledModel(text, SIZES, np.float64, target=target)
    batch, rng = compiled.ready(steps, count), np.random.default_rng(7)
    for name, array in batch.data.items():
        top = SIZES["K"] if compiled.plan.graph.inputs[name][1].domain == "label" else 0
        array[...] = rng.integers(0, top, array.shape) if top else rng.normal(size=array.shape)
    theta, way = (rng.normal(size=compiled.theta.shape) for _ in range(2))

    def loss(at: float) -> float:
        compiled.theta[:] = 0.5*theta + at*way
        batch.begin()
        batch.outputs()
        return float(np.sum(batch.loss()))

    far = (loss(1e-5) - loss(-1e-5))/2e-5
    loss(0)
    batch.gradient()
    return abs(float(compiled.gradient @ way) - far)/max(1, abs(far))


COMPILED = {
    "attention as a quotient of sums of exponentials": model(
        [STATE, "a[t, i] = sum(exp(dot(h[t], h[s]))*h[s, i] for s in T)/"
                "sum(exp(dot(h[t], h[s])) for s in T)"],
        "l[t] = (dot(v, a[t]) - y[t])**2", a="real[T, H]"),
    "the step of a maximum": model(
        [STATE, "q[t] = log(sum(exp(dot(h[t], h[s])) for s in T))"], "", "sum(q)"),
    "a fixed step of the data": model([STATE], total="sum(l) + dot(x[2], U[0])"),
    "a step from the end": model([STATE], total="sum(l) + sum(h[T-3])"),
    "the last element": model([STATE], "l[t] = (h[t, H-1]*x[t, D-1] - y[t])**2"),
    "the last but one of a parameter": model(["h[t] = tanh(b[H-2] + W @ h[t-1] + U @ x[t])"]),
    "a rotation": model(["h[t, i] = tanh((h[t-1, i-1] if i > 0 else h[t-1, H-1]) + "
                         "dot(U[i], x[t]))"]),
    "the last row": model([STATE], "l[t] = (dot(U[H-1], x[t])*dot(v, h[t]) - y[t])**2"),
    "the diagonal": model(["h[t] = tanh(diag(W)*h[t-1] + U @ x[t])"]),
    "a penalty on the diagonal": model([STATE], total="sum(l) + sum(W[i, i]**2 for i in H)"),
    "identity less a parameter": model(["h[t] = (eye(H) - W) @ h[t-1] + U @ x[t]"]),
    "a trace": model(["h[t] = tanh(trace(W)*h[t-1] + U @ x[t])"]),
    "the number of classes": model(["h[t] = tanh(exp(c/K)*(W @ h[t-1]) + U @ x[t])"],
                                   "l[t] = (dot(v, h[t]) - y[t]/K)**2", y="label(K)[T]"),
    "a dimension of the data in a parameter": model(
        ["h[t] = tanh((exp(c/D)/sqrt(H)*W) @ h[t-1] + U @ x[t])"]),
    "a parameter's rows before the steps": model(
        ["A[i] = softmax(W[i])", "h[t] = tanh(A @ h[t-1] + U @ x[t])"], A="real[H, H]"),
}


@pytest.mark.parametrize("name", COMPILED)
def test_a_compiled_gradient_is_the_slope_of_the_loss(name: str) -> None:
    assert slope_error(COMPILED[name]) < 1e-7


@pytest.mark.skipif(compiler() is None, reason="no C compiler")
@pytest.mark.parametrize("name", ["the diagonal", "the last element"])
def test_the_same_in_c(name: str) -> None:
    assert slope_error(COMPILED[name], "c") < 1e-7


@pytest.mark.parametrize(("place", "total"), [("h[t, 5]", "sum(l)"), ("h[t, H-5]", "sum(l)"),
                                              ("h[t, 0]", "sum(l) + sum(h[6])")])
def test_a_place_beyond_an_axis_is_refused(place: str, total: str) -> None:
    text = model([STATE], f"l[t] = ({place} - y[t])**2", total)
    with pytest.raises(KernelError, match=r"the model reads place [567] along [HT]"):
        CompiledModel(text, SIZES).ready(4, 2)


@pytest.mark.parametrize(("kind", "formula"), [
    ("binary[T]", "sigmoid(dot(b, h[t]))"), ("integer[T]", "dot(b, h[t])"),
    ("count[T]", "h[t, 0]**2"), ("label(H)[T]", "dot(b, h[t])"), ("count[T]", "-1"),
    ("binary[T]", "2 if y[t] > 0 else 0")])
def test_a_declaration_does_not_end_a_derivative(kind: str, formula: str) -> None:
    text = model([STATE, f"k[t] = {formula}"], "l[t] = (k[t] - y[t] + dot(v, h[t]))**2", k=kind)
    for read in (derive.bptt, lambda text: CompiledModel(text, SIZES)):
        with pytest.raises(ModelError, match=r"k is declared .* declare k: real"):
            read(text)


@pytest.mark.parametrize(("kind", "formula"), [
    ("binary[T]", "1 if dot(b, x[t] @ U.T) > 0 else 0"), ("integer[T]", "sign(h[t, 0])"),
    ("count[T]", "k[t-1] + 1"), ("label(H)[T]", "2 if y[t] > 0 else 0"),
    ("binary[T]", "1 - k[t-1]")])
def test_equations_of_integers(kind: str, formula: str) -> None:
    text = model([STATE, f"k[t] = {formula}"], "l[t] = (k[t]*dot(v, h[t]) - y[t])**2", k=kind)
    assert slope_error(text) < 1e-7


@pytest.mark.parametrize(("equations", "loss", "place"), [
    ([STATE], "l[t] = Ei(1 + dot(v, h[t])**2)", "the equation of l: the function Ei"),
    ([STATE], "l[t] = trigamma(1 + dot(v, h[t])**2)",
     "the derivative by l: the function polygamma"),
    (["h[t] = W @ Ei(h[t-1]) + U @ x[t]"], LOSS, "the equation of h: the function Ei"),
])
def test_a_function_without_code_is_refused_with_its_equation(equations, loss, place) -> None:
    with pytest.raises(KernelError, match=place):
        CompiledModel(model(equations, loss), SIZES)


def test_an_unknown_model_is_answered_with_the_cells_and_the_models() -> None:
    with pytest.raises(UnknownNameError, match=r"no cell 'nosuch'; there are rnn, .* ctc"):
        derive.bptt("nosuch")


@pytest.mark.parametrize(("spelled", "meant"), [
    ("mean(c/(1 + d**2) for k in H)", "c/(1 + d**2)"), ("sum(c*d for k in K)", "4*c*d"),
    ("sum(sum(c*d for j in D) for k in H)", "6*c*d"),
    ("mean(c*b[i] for k in K)*b[i]", "c*b[i]**2"),
    ("sum(sum(b[j]*c for j in H) for k in D)", "2*c*sum(b[j] for j in H)"),
    ("sum(c*y[t] for k in D)", "2*c*y[t]")])
def test_an_index_that_no_factor_has_counts_its_terms(spelled: str, meant: str) -> None:
    def loss(amount: str) -> float:
        text = model([f"h[t, i] = tanh({amount} + dot(U[i], x[t]) + b[i] + h[t-1, i])"],
                     total="sum(l) + c*d + q[0]", c="real", d="real", q="real[K]")
        compiled = CompiledModel(text, SIZES, np.float64)
        batch, rng = compiled.ready(3, 2), np.random.default_rng(5)
        for array in (*batch.data.values(), *compiled.parameters.values()):
            array[...] = rng.normal(size=array.shape)
        batch.begin()
        batch.outputs()
        return float(np.sum(batch.loss()))

    assert loss(spelled) == pytest.approx(loss(meant), rel=1e-12)


@pytest.mark.parametrize("target", ["numpy", *(["c"] if compiler() else [])])
@pytest.mark.parametrize(("reduction", "meant"), [
    ("sum", np.sum), ("mean", np.mean), ("prod", np.prod), ("max", np.max), ("min", np.min)])
def test_each_row_leaves_out_its_own_term_of_what_all_rows_share(
        target: str, reduction: str, meant: Callable[..., float]) -> None:
    text = model([f"z[t] = {reduction}(q[k] for k in K if k != r[t])*x[t, 0]"],
                 "l[t] = (z[t] - y[t])**2", z="real[T]", q="real[K]", r="label(K)[T]")
    compiled = CompiledModel(text, SIZES, np.float64, target=target)
    batch, rng = compiled.ready(4, 2), np.random.default_rng(3)
    for name, array in (*batch.data.items(), *compiled.parameters.items()):
        array[...] = rng.integers(0, 4, array.shape) if name == "r" else \
            rng.normal(size=array.shape)
    batch.begin()
    batch.outputs()
    rows = np.moveaxis(np.broadcast_arrays(batch.data["x"][..., 0], batch.data["y"],
                                           batch.data["r"]), 0, -1).reshape(-1, 3)
    q = compiled.parameters["q"]
    due = sum((meant(np.delete(q, int(r))) * x - y)**2 for x, y, r in rows)
    assert float(np.sum(batch.loss())) == pytest.approx(due, rel=1e-12)


@pytest.mark.parametrize("target", ["numpy", *(["c"] if compiler() else [])])
@pytest.mark.parametrize("total", [
    "sum(log(b[i])*h[t, i] for i in H if b[i] > 0)", "sum(h[t, i]/b[i] for i in H if 0 < b[i])",
    "sum(b[i]*h[t, i+1]*W[i, 0] for i in H if i < H-1)",
    "sum(q[i]*h[t, i] for i in H if b[i] > 0)", "mean(h[t, i]/b[i] for i in H if b[i] != 0)"])
def test_a_filter_guards_all_that_has_no_value_outside_of_it(target: str, total: str) -> None:
    logs = ["q[i] = log(b[i])"]*("q[i]" in total)
    text = model([STATE, *logs, f"z[t] = {total}"], "l[t] = (z[t] - y[t])**2", z="real[T]",
                 q="real[H]")
    with np.errstate(invalid="ignore", divide="ignore"):  # both sides of a choice are computed
        assert slope_error(text, target) < 1e-6


@pytest.mark.parametrize("target", ["numpy", *(["c"] if compiler() else [])])
@pytest.mark.parametrize("state", [
    "h[t, i] = min(b[i], h[t-1, i])", "h[t, i] = max(h[t+1, i], b[i])",
    "h[t, i] = -max(-h[t-1, i], -b[i])", "h[t, i] = min(b[i] + 0*t, h[t-1, i]/1)"])
def test_a_running_extreme_that_meets_itself_again_moves(target: str, state: str) -> None:
    text = model([state, "z[t] = dot(v, h[t])"], "l[t] = (z[t] - y[t])**2", z="real[T]")
    assert slope_error(text, target) < 1e-6


def test_numbers_that_only_parameters_read_are_computed_before() -> None:
    text = model(["h[t] = tanh(exp2(tanh(square(b)))) + h[t-1]/3"])
    assert slope_error(text) < 1e-6
