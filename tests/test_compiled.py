"""Compiled models against a plain interpreter and the complex step; models that once went wrong."""

from __future__ import annotations

import numpy as np
import pytest

from derive.arrays.recurrent.compiled_model import CompiledModel
from derive.errors import DeriveError, KernelError
from tests.judged import OWN_CELLS, SIZES, Judged, cell, plan, text_of

CELLS = ("rnn", "lstm", "gru", "gru-reset-before", "mgu", "lstm-peephole", "relu-rnn", *OWN_CELLS)
HEADS = ("bernoulli", "gaussian", "gaussian-scale", "huber(delta=1)")
SMALL = {"H": 3, "D": 2, "K": 2, "S": 4}


def with_all_heads(name: str) -> str:
    """A cell with four losses a step, summed: what each needs is in one model."""
    h = cell(name).output
    lines = text_of(name).splitlines()
    more = ["v1, v2, v3, v4: real[H]", "y1: binary[T]", "y2: real[T]",
            f"z1[t] = dot(v1, {h}[t])", "l1[t] = log(1 + exp(z1[t])) - y1[t]*z1[t]",
            f"z2[t] = dot(v2, {h}[t])", f"z3[t] = dot(v3, {h}[t])",
            "l2[t] = z3[t] + (y2[t] - z2[t])**2*exp(-2*z3[t])/2",
            f"e[t] = dot(v4, {h}[t]) - y2[t]",
            "l3[t] = e[t]**2/2 if abs(e[t]) <= 1 else abs(e[t]) - 1/2"]
    return "\n".join([*lines[:-1], *more, "L = sum(w*l) + sum(w*l1) + sum(w*l2)/2 + sum(w*l3)"])


def sound(text: str, steps: int = 3, batch: int = 2, sizes=SMALL) -> None:
    judged = Judged(text, steps, batch, sizes)
    assert judged.value_error() <= 1e-13
    assert judged.slope_error() <= 1e-11
    assert judged.complex_error() <= 1e-12
    first, second = judged.run(), judged.run()
    assert first[0] == second[0]
    assert all(np.array_equal(first[1][n], second[1][n]) for n in first[1])


# Cells and heads

@pytest.mark.parametrize("name", CELLS)
def test_every_cell_with_all_heads_at_once(name: str) -> None:
    text = with_all_heads(name)
    for batch in (1, 3):
        sound(text, 3, batch)
        assert Judged(text, 3, batch, SMALL).central_error() <= 1e-7


@pytest.mark.parametrize("head", HEADS)
def test_every_head_by_itself(head: str) -> None:
    for batch in (1, 3):
        sound(text_of("rnn", head=head), 3, batch)


@pytest.mark.parametrize("name", ["lstm", "gru", "ring"])
def test_one_target_a_sequence_with_masks(name: str) -> None:
    text = text_of(name, last=True, masked=True, labels=True, embed=True)
    for batch in (1, 3):
        sound(text, 3, batch)


def test_layers_in_both_directions() -> None:
    sound(text_of("rnn", layers=2, bidirectional=True, masked=True))


@pytest.mark.parametrize("sizes", [
    {"H": 1, "D": 1, "K": 1, "S": 1}, {"H": 2, "D": 5, "K": 3, "S": 40},
    {"H": 5, "D": 2, "K": 4, "S": 2}])
@pytest.mark.parametrize(("steps", "batch"), [(1, 1), (1, 2), (2, 5), (7, 1), (7, 2)])
def test_sizes(sizes, steps: int, batch: int) -> None:
    sound(text_of("rnn"), steps, batch, sizes)
    sound(text_of("gru", labels=True), steps, batch, sizes)


def test_more_rows_than_a_one_hot_product_takes() -> None:
    text = text_of("rnn", labels=True, embed=True)
    judged = Judged(text, 20, 15, SMALL, scale=0.3)
    assert judged.value_error() <= 1e-13
    assert judged.slope_error() <= 1e-11


@pytest.mark.parametrize("name", ["lstm", "gru"])
def test_single_precision_is_close(name: str) -> None:
    double, single = (Judged(text_of(name), 7, 3, SIZES, kind) for kind in (np.float64, np.float32))
    (loss, slopes), (near, others) = double.run(), single.run()
    assert single.model.gradient.dtype == np.float32
    assert near == pytest.approx(loss, rel=1e-5)
    for n, slope in slopes.items():
        assert np.abs(others[n] - slope).max() <= 1e-5*max(1, np.abs(slope).max())


# Models that users write

RNN = ["x: real[T, D]", "h: real[T, H]", "b: real[H]", "W: real[H, H]", "U: real[H, D]",
       "V: real[K, H]", "c: real[K]", "y: label(K)[T]", "w: nonnegative[T]"]
HEAD = "o[t] = c + V @ h[t]\nl[t] = -log(softmax(o[t])[y[t]])\nL = sum(w*l)"
TANH = "h[t] = tanh(b + W @ h[t-1] + U @ x[t])"


def model(cell: str, more: str = "", head: str = HEAD, without: str = "") -> str:
    given = [line for line in RNN if line.partition(":")[0] not in without.split()]
    return "\n".join([*given, more, cell, head])


CORNER_CASES = {
    "values that totals read are kept to the end":
        "x: real[T]\ns: real[T]\na, b, c: real\ny: real[T]\nw: nonnegative[T]\n"
        "s[t] = tanh(a*s[t-1] + b*x[t] + c)\nl[t] = (s[t] - y[t])**2\nL = sum(w*l)",
    "a carried adjoint that other regions read too": model(
        "h[t] = tanh(b + W @ s[t-1] + U @ x[t])\ns[t] = sigmoid(A @ h[t] + a*s[t-1])",
        "s: real[T, H]\nA: real[H, H]\na: real[H]"),
    "a state that only adds up": model(
        f"{TANH}\ns[t] = s[t-1] + h[t]", "s: real[T, H]",
        "o = c + V @ s[T-1]\nl = -log(softmax(o)[y])\nL = w*l").replace(
        "y: label(K)[T]", "y: label(K)").replace("nonnegative[T]", "nonnegative"),
    "a head that reads the state of two steps": model(
        TANH, head=HEAD.replace("V @ h[t]", "V @ h[t-1] + V @ h[t]")),
    "data of the step before alone": model("h[t] = tanh(b + W @ h[t-1] + U @ x[t-1])"),
    "the spread written out inside the cell": model(
        "a[t] = b + W @ h[t-1] + U @ x[t]\nh[t] = tanh(g*(a[t] - mean(a[t, i] for i in H))/"
        "sqrt(mean((a[t, i] - mean(a[t, j] for j in H))**2 for i in H) + 1/100))", "g: real[H]"),
    "a penalty on parameters": model(TANH, head=HEAD + " + sum(W**2)/100 + sum(b*b)"),
    "a softmax of parameters": model("h[t] = tanh(softmax(b)*(W @ h[t-1]) + U @ x[t])"),
    "logits that are parameters":
        "y: label(K)[T]\nc: real[K]\nw: nonnegative[T]\nl[t] = -log(softmax(c)[y[t]])\n"
        "L = sum(w*l)",
    "a loss without any data but weights":
        "x: real[T, D]\nv: real[D]\nb: real\nl[t] = dot(v, x[t]) + b\nL = sum(l)",
    "one label for all steps": model(
        "h[t] = tanh(b + W @ h[t-1] + U @ x[t] + E[s])", "s: label(S)\nE: real[S, H]"),
    "one label for all steps, outside of the loop": model(
        "e[t] = tanh(U @ x[t] + E[s])\nh[t] = tanh(b + W @ h[t-1] + e[t])",
        "e: real[T, H]\ns: label(S)\nE: real[S, H]"),
    "a matrix for each symbol": model(
        "h[t] = tanh(b + W3[z[t]] @ h[t-1] + U @ x[t])", "z: label(S)[T]\nW3: real[S, H, H]",
        without="W"),
    "an element of the state": model(
        "h[t] = tanh(b + W @ h[t-1] + U @ x[t] + h[t-1, 0]*h[t-1])"),
    "elements of parameters": model(
        "h[t] = tanh(b + W @ h[t-1] + U @ x[t] + W[0]*b[1] + W[1, 0])"),
    "a product of the states around a step": model(
        TANH, head=HEAD.replace("V @ h[t]", "V @ (h[t+1] + h[t-1]*h[t])")),
    "a bracket with sums over time":
        "y: real[T]\nr, a: real\nm: real[T]\nk[t] = exp(r)*m[t-1]\nm[t] = k[t] + a*y[t]\n"
        "l[t] = log(1 + exp(r)) + (y[t] - k[t])**2/(1 + exp(r))\nL = sum(l)",
    "a parameter inside a case by mask": model(
        "h[t] = tanh(W @ h[t-1] + U @ x[t]) + (b if m[t] == 1 else h[t-1]/2)", "m: binary[T]"),
    "the end of a state that runs backwards, read forwards": model(
        "h[T] = h0\nh[t] = tanh(b + W @ h[t+1] + U @ x[t])", "h0: real[H]",
        HEAD.replace("V @ h[t]", "V @ h[t-1]")),
    "a tied table":
        "x: label(S)[T]\nE: real[S, H]\nW: real[H, H]\nh: real[T, H]\ny: label(S)[T]\n"
        "w: nonnegative[T]\nh[t] = tanh(E[x[t]] + W @ h[t-1])\n"
        "l[t] = -log(softmax(E @ h[t])[y[t]])\nL = sum(w*l)",
    "a mean of the losses, weighted": model(TANH, head=HEAD.replace("sum(w*l)",
                                                                     "sum(w*l)/sum(w)")),
    "a function of the sum of the losses": model(TANH, head=HEAD.replace("sum(w*l)",
                                                                          "sqrt(sum(w*l))")),
    "a number once a sequence that every step reads": model(
        f"n = sqrt(sum(W**2))\n{TANH.replace('W @', '(W/n) @')}"),
    "a number of the data that every step reads": model(
        f"n = sqrt(sum(x[0]**2))\n{TANH.replace('W @', '(W/n) @')}"),
    "the number of the step": model("h[t] = tanh(b + W @ h[t-1] + U @ x[t]*t)"),
    "dimensions that are numbers":
        "x: real[T, 20]\nh: real[T, 12]\nW: real[12, 12]\nU: real[12, 20]\nv: real[12]\n"
        "y: real[T]\nw: nonnegative[T]\nh[t] = tanh(W @ h[t-1] + U @ x[t])\n"
        "l[t] = (dot(v, h[t]) - y[t])**2\nL = sum(w*l)",
}


@pytest.mark.parametrize("name", CORNER_CASES)
def test_a_model_in_a_corner_of_the_notation_agrees_with_the_interpreter(name: str) -> None:
    for steps, batch in ((4, 2), (1, 1), (5, 1)):
        sound(CORNER_CASES[name], steps, batch, SIZES)


@pytest.mark.parametrize("text", [
    model("h[n] = tanh(h[n-1] @ W + U @ x[n] + b)", head=HEAD.replace("[t]", "[n]")),
    model("h[t, i] = tanh(b[i] + sum(W[i, j]*h[t-1, j] for j in H) + sum(U[i, k]*x[t, k] "
          "for k in D))"),
    model("h[t] = tanh(b + W @ h[t-1] + W @ tanh(b + U @ x[t]))"),
    model("h[t] = tanh(W @ tanh(b + W @ h[t-1] + U @ x[t]) + h[t-1] @ W)"),
    model("h[t] = (1 + (b + W @ h[t-1] + U @ x[t])**2)**(1/3)*max(h[t-1, i] for i in H) + x[t, 0]"),
    model(f"h[-1] = tanh(h0)\n{TANH}", "h0: real[H]"),
])
def test_other_spellings(text: str) -> None:
    sound(text, sizes=SIZES)


@pytest.mark.parametrize(("text", "message"), [
    (model(TANH, head=HEAD + " + sum((h[t, i] - h[t-1, i])**2 for t in T for i in H)"),
     "reads h of the step before"),
])
def test_a_model_that_is_not_compiled_is_refused_in_words(text: str, message: str) -> None:
    with pytest.raises(DeriveError, match=message):
        plan(text)


def test_sizes_that_are_missing() -> None:
    with pytest.raises(KernelError, match="the dimension D has no size"):
        CompiledModel(model(TANH), {"H": 2, "K": 2}, plan=plan(model(TANH)))
    with pytest.raises(KernelError, match="size 0"):
        CompiledModel(model(TANH), {"H": 2, "K": 2, "D": 0}, plan=plan(model(TANH)))
    ready = CompiledModel(model(TANH), SIZES, plan=plan(model(TANH)))
    with pytest.raises(KernelError, match="one step and one sequence"):
        ready.ready(0, 3)
