"""Models of the paths that explain a sequence: HMM, CRF, CTC, Viterbi, beside all paths."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from itertools import groupby, pairwise, product
from typing import Any

import numpy as np
import pytest

import derive
from derive.arrays.recurrent.compiled_model import CompiledModel, Ready
from derive.arrays.recurrent.model_plan import Plan
from derive.arrays.targets.c.c_compiler import compiler
from derive.calculus.recurrence.model_composition import Composition, composed
from derive.calculus.recurrence.model_structure import checked
from derive.errors import ModelError
from derive.notation.reading.model_equations import read_model
from derive.tables.cell_table import Cell, find_cell
from derive.tables.model_table import find_model, models

TARGETS = ["numpy", pytest.param("c", marks=pytest.mark.skipif(
    compiler() is None, reason="no C compiler"))]
SIZES = {"H": 3, "K": 3, "D": 2, "S": 5}
T, B = 4, 2
Parameters = dict[str, Any]


@lru_cache
def plan(name: str) -> Plan:
    return Plan(read_model(find_model(name).text))


@lru_cache
def compiled(name: str, target: str = "numpy", dtype: Any = np.float64) -> CompiledModel:
    return CompiledModel(plan(name).model, SIZES, dtype, plan(name), target)


def run(ready: Ready) -> float:
    """The loss; the gradient is in the model then."""
    ready.begin()
    with np.errstate(over="ignore", invalid="ignore"):
        ready.outputs()
        loss = ready.loss()
        ready.gradient()
    return loss


def drawn(name: str, model: CompiledModel, steps: int, seed: int = 1, spread: float = 1.5) -> Ready:
    """Random parameters and data."""
    rng, ready = np.random.default_rng(seed), model.ready(steps, B)
    for array in model.parameters.values():
        array[...] = spread * rng.standard_normal(array.shape)
    for key, array in ready.data.items():
        ready.put(key, rng.standard_normal(array.shape) if array.dtype.kind == "f" else
                  rng.integers(0, SIZES["K"], array.shape))
    if name == "ctc":
        ready.put("z", np.array([[0, 1, 0, 2, 0], [0, 1, 0, 1, 0]]))
        ready.put("n", np.array([4, 2]))
    return ready


# All paths


def log_softmax(u: Any) -> Any:
    shifted = u - u.max(-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(-1, keepdims=True))


def log_sum(values: Any) -> Any:
    values = np.array(values)
    most = values.max()
    return most + np.log(np.exp(values - most).sum())


def hmm(p: Parameters, data: Parameters) -> float:
    start, move, say = (log_softmax(p[n]) for n in "sAB")
    return -log_sum([
        start[path[0]] + sum(move[i, j] for i, j in pairwise(path))
        + sum(say[i, y] for i, y in zip(path, data["y"], strict=True))
        for path in product(range(3), repeat=T)])


def scores(p: Parameters, data: Parameters) -> tuple[Any, float]:
    """The scores of all label sequences, and that of the true one."""
    o = p["c"] + data["x"] @ p["V"].T

    def score(path: Any) -> float:
        return float(p["s"][path[0]] + sum(o[t, k] for t, k in enumerate(path)) + sum(
            p["A"][i, j] for i, j in pairwise(path)))

    return np.array([score(path) for path in product(range(3), repeat=T)]), score(data["y"])


def crf(p: Parameters, data: Parameters) -> float:
    every, true = scores(p, data)
    return float(log_sum(every) - true)


def perceptron(p: Parameters, data: Parameters) -> float:
    every, true = scores(p, data)
    return float(every.max() - true)


def ctc(p: Parameters, data: Parameters) -> float:
    o = log_softmax(p["c"] + data["x"] @ p["V"].T)
    labels = [k for k in data["z"][:data["n"] + 1] if k]
    return -log_sum([sum(o[t, k] for t, k in enumerate(path))
                     for path in product(range(3), repeat=T)
                     if [k for k, _ in groupby(path) if k] == labels])


EVERY: dict[str, Callable[[Parameters, Parameters], float]] = {
    "hmm": hmm, "crf": crf, "ctc": ctc, "structured-perceptron": perceptron}


@pytest.mark.parametrize("name", EVERY)
def test_a_model_is_the_sum_over_all_paths(name: str) -> None:
    model = compiled(name)
    ready = drawn(name, model, T)

    def exact() -> float:
        total = 0.0
        for b in range(B):
            data = {k: v[:, b] if plan(name).graph.inputs[k][0] == "step" else v[b]
                    for k, v in ready.data.items()}
            total += EVERY[name](model.parameters, data)
        return total

    assert run(ready) == pytest.approx(exact(), abs=1e-12)
    for key, array in model.parameters.items():
        slopes = np.zeros(array.shape)
        for at in np.ndindex(array.shape):
            kept = array[at]
            ends = []
            for step in (1e-5, -1e-5):
                array[at] = kept + step
                ends.append(exact())
            array[at] = kept
            slopes[at] = (ends[0] - ends[1]) / 2e-5
        np.testing.assert_allclose(model.gradients[key], slopes, atol=2e-8)


def test_every_model_of_the_catalogue_is_tried() -> None:
    assert {m.name for m in models()} == set(EVERY)


@pytest.mark.parametrize(("name", "target"), [(n, "auto") for n in EVERY] + [("ctc", "numpy")])
def test_a_thousand_steps_in_float32(name: str, target: str) -> None:
    """Compiled to C where there is a compiler."""
    narrow, wide = compiled(name, target, np.float32), compiled(name)
    losses = [run(drawn(name, model, 1000, spread=3)) for model in (wide, narrow)]
    assert losses[1] == pytest.approx(losses[0], rel=2e-5)
    for key, slope in wide.gradients.items():
        np.testing.assert_allclose(narrow.gradients[key], slope, atol=3e-3*np.abs(slope).max())


@pytest.mark.parametrize("target", TARGETS)
def test_states_that_no_path_reaches(target: str) -> None:
    model = CompiledModel(HIDDEN, {"H": 3, "K": 3}, np.float64, target=target)
    ready = drawn("", model, T)
    model.parameters["A"][:, 0] = -np.inf  # nothing leads to the first state
    model.parameters["A"][1] = -np.inf     # nor away from the second
    loss = run(ready)
    p = {k: np.array(v) for k, v in model.parameters.items()}
    exact = -sum(log_sum([p["s"][path[0]] + p["B"][path[0], y[0]] + sum(
        p["A"][path[t-1], path[t]] + p["B"][path[t], y[t]] for t in range(1, T))
        for path in product(range(3), repeat=T)]) for y in ready.data["y"].T)
    assert loss == pytest.approx(exact, rel=1e-14)
    assert model.gradients["s"].sum() == pytest.approx(-B)
    assert model.gradients["A"].sum() == pytest.approx(-B*(T - 1))
    assert (model.gradients["A"][:, 0] == 0).all()


HIDDEN = """
y: label(K)[T]
s: real[H]
A: real[H, H]
B: real[H, K]
a, e: real[T, H]
e[-1] = s
a[t, i] = B[i, y[t]] + e[t-1, i]
e[t, j] = log(sum(exp(a[t, i] + A[i, j]) for i in H))
p = log(sum(exp(a[T-1, i]) for i in H))
L = -p
"""
MASKED = """
x: real[T, K]
m: binary[T]
y: label(K)[T]
s: real[K]
A: real[K, K]
a, e, g: real[T, K]
q: real[T]
e[-1] = s
g[-1] = s
a[t, j] = x[t, j] + e[t-1, j] if m[t] == 1 else a[t-1, j]
e[t, j] = logsumexp(a[t, i] + A[i, j] for i in K) if m[t] == 1 else e[t-1, j]
q[t] = x[t, y[t]] + g[t-1, y[t]] if m[t] == 1 else q[t-1]
g[t, j] = q[t] + A[y[t], j] if m[t] == 1 else g[t-1, j]
p = logsumexp(a[T-1, j] for j in K)
r = q[T-1]
L = p - r
"""


@pytest.mark.parametrize("target", TARGETS)
def test_padded_steps_change_nothing(target: str) -> None:
    model = CompiledModel(MASKED, SIZES, np.float64, target=target)
    lengths = np.array([6, 3])
    found = []
    for steps in (6, 13):
        ready = drawn("", model, 6)
        data = {k: np.array(v) for k, v in ready.data.items()}
        longer = model.ready(steps, B)
        for key, values in data.items():
            padded = np.full((steps, *values.shape[1:]), 2, values.dtype)
            padded[:6] = values
            longer.put(key, padded)
        longer.put("m", (np.arange(steps)[:, None] < lengths).astype(float))
        found.append((run(longer), {k: v.copy() for k, v in model.gradients.items()}))
    (loss, slopes), (padded, same) = found
    assert padded == pytest.approx(loss, abs=1e-15)
    for key, slope in slopes.items():
        np.testing.assert_allclose(same[key], slope, atol=1e-15)


def test_two_steps_are_the_kernel_of_the_unrolled_formula() -> None:


    model = CompiledModel(HIDDEN, {"H": 3, "K": 3}, np.float64)
    ready = drawn("", model, 2)
    loss = run(ready)
    unrolled = derive.kernel(
        "-log(sum(sum(exp(s[i] + B[i, y] + A[i, j] + B[j, z]) for i in H) for j in H))",
        given=["s: real[H]", "A: real[H, H]", "B: real[H, K]", "y, z: label(K)"], wrt="A")
    p = model.parameters
    values, slopes = unrolled.value_and_grad(
        *(np.broadcast_to(p[n], (B, *p[n].shape)) for n in "sAB"), *ready.data["y"])
    assert loss == pytest.approx(values.sum(), rel=1e-14)
    np.testing.assert_allclose(model.gradients["A"], slopes.sum(0), atol=1e-15)


@pytest.mark.parametrize("target", TARGETS)
def test_an_equation_of_the_last_step_gives_it_a_gradient(target: str) -> None:
    """What an equation without time gives the last step is kept in memory."""
    model = CompiledModel("x: real[T, H]\nv: real[H]\nh: real[T, H]\nh[t] = v*x[t] + h[t-1]\n"
                          "p = sum(exp(h[T-1, i]) for i in H)\nL = p", {"H": 2}, target=target)
    ready = model.ready(1, 1)
    ready.put("x", np.array([[[1.0, 2.0]]], np.float32))
    run(ready)
    np.testing.assert_allclose(model.gradients["v"], [1, 2])


# Shifts along an index


@pytest.mark.parametrize(("read", "said"), [
    ("h[t-1, i-1]", r"place -1 of H where i is 0.* if i > 0 else 0"),
    ("h[t-1, i+1]", r"if i \+ 1 < H else 0"),
    ("(h[t-1, i-2] if i > 0 else 0)", r"place -1 of H where i is 1"),
    ("sum(h[t-1, k-1] for k in H)", "place -1 of H"),
    ("(h[t-1, i-1] if v[i] > 0 else 0)", "place -1 of H"),
])
def test_reads_beyond_an_axis_are_refused_with_the_remedy(read: str, said: str) -> None:
    text = f"x, h: real[T, H]\nv: real[H]\nh[t, i] = tanh(x[t, i] + v[i]*{read})\n" \
           "l[t] = sum(h[t])\nL = sum(l)"
    with pytest.raises(ModelError, match=said):
        Plan(read_model(text))


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize(("read", "shift"), [
    ("(h[t-1, i-1] if i > 0 else 0)", 1), ("(h[t-1, i-2] if i > 1 else 0)", 2),
    ("(h[t-1, i+1] if i + 1 < H else 0)", -1),
    ("(0 if i < 1 or x[t, i] > 99 else h[t-1, i-1])", 1)])
def test_shifts_along_an_index(read: str, shift: int, target: str) -> None:
    text = f"x, h: real[T, H]\nv: real[H]\nh[t, i] = x[t, i] + v[i]*{read}\n" \
           "l[t] = sum(h[t]**2)\nL = sum(l)"
    model = CompiledModel(text, {"H": 4}, np.float64, target=target)
    ready = drawn("", model, 3)
    loss = run(ready)
    moved = np.eye(4, k=-shift)  # what place i gets from place i - shift
    x, v = ready.data["x"], model.parameters["v"]
    h = np.zeros((B, 4))
    states = []
    for t in range(3):
        h = x[t] + v*(h @ moved.T)
        states.append(h)
    assert loss == pytest.approx(sum((s**2).sum() for s in states))
    back, slope = np.zeros((B, 4)), np.zeros(4)
    for t in (2, 1, 0):
        back = 2*states[t] + (back*v) @ moved
        slope += (back*((states[t-1] if t else 0*h) @ moved.T)).sum(0)
    np.testing.assert_allclose(model.gradients["v"], slope, rtol=1e-12)


# PyTorch


@pytest.mark.peers
@pytest.mark.parametrize("target", TARGETS)
def test_ctc_is_that_of_pytorch(target: str) -> None:
    torch = pytest.importorskip("torch")
    steps, classes, most = 200, 12, 30
    model = CompiledModel(plan("ctc").model, {"K": classes, "S": 2*most + 1, "D": 3}, np.float64,
                          plan("ctc"), target)
    rng, ready = np.random.default_rng(5), model.ready(steps, B)
    for array in model.parameters.values():
        array[...] = rng.standard_normal(array.shape)
    x, labels = rng.standard_normal((steps, B, 3)), rng.integers(1, classes, (B, most))
    labels[:, 1] = labels[:, 0]  # a label twice needs a blank between
    lengths = np.array([most, 7])
    z = np.zeros((B, 2*most + 1), int)
    z[:, 1::2] = labels
    ready.put("x", x)
    ready.put("z", z)
    ready.put("n", 2*lengths)
    loss = run(ready)
    c, v = (torch.tensor(model.parameters[n].copy(), requires_grad=True) for n in "cV")
    peer = torch.nn.functional.ctc_loss(
        (c + torch.tensor(x) @ v.T).log_softmax(-1), torch.tensor(labels),
        torch.full((B,), steps), torch.tensor(lengths), reduction="sum")
    peer.backward()
    assert loss == pytest.approx(peer.item(), rel=1e-13)
    for key, array in (("c", c), ("V", v)):
        np.testing.assert_allclose(model.gradients[key], array.grad.numpy(), atol=1e-10)


# A head with a recurrence of its own


def test_the_steps_of_a_crf_head_add_up_to_the_crf() -> None:
    """The cell computes scores; the losses of the steps telescope to log Z less the score."""
    text = composed(Composition(Cell("scores", "", ("x: real[T, D]", "h: real[T, H]",
                                                    "U: real[H, D]"),
                                     ("h[t] = U @ x[t]",), "h"), "crf"))
    model = CompiledModel(text, SIZES, np.float64)
    ready = drawn("", model, T)
    loss = run(ready)
    p = {k: np.array(v) for k, v in model.parameters.items()}
    scores_of = {"c": p["c"], "V": p["V"] @ p["U"], "s": p["s"], "A": p["A"]}
    exact = sum(crf(scores_of, {"x": ready.data["x"][:, b], "y": ready.data["y"][:, b]})
                for b in range(B))
    assert loss == pytest.approx(exact, rel=1e-13)


def test_names_of_a_crf_head_give_way_to_those_of_a_cell() -> None:
    lines = composed(Composition(find_cell("lstm"), "crf", masked=True, weighted=True)).splitlines()
    checked(read_model("\n".join(lines)))
    assert sum(line.startswith("g[t]") for line in lines) == 1


def test_a_crf_head_labels_every_step() -> None:
    with pytest.raises(ModelError, match="labels every step"):
        composed(Composition(find_cell("rnn"), "crf", last=True))


def test_an_adjoint_may_read_a_label_beyond_the_last_step() -> None:
    """What it multiplies is 0 there."""
    found = derive.bptt("x: real[T, K]\ny: label(K)[T]\nv: real[K]\ng: real[T, K]\n"
                        "q[t] = x[t, y[t]] + g[t-1, y[t]]\ng[t, j] = q[t]*v[j]\nL = sum(q)")
    assert found.verify().verification.worst < 1e-40


def test_steps_of_no_weight_change_nothing_behind_a_crf_head() -> None:
    model = CompiledModel(composed(Composition(find_cell("rnn"), "crf", weighted=True)),
                          {**SIZES, "D": 2}, np.float64)
    found = []
    for steps in (T, T + 5):
        ready = drawn("", model, T)
        data = {k: np.array(v) for k, v in ready.data.items()}
        longer = model.ready(steps, B)
        for key, values in data.items():
            padded = np.ones((steps, *values.shape[1:]), values.dtype)
            padded[:T] = 1 if key == "w" else values
            longer.put(key, padded)
        longer.put("w", (np.arange(steps)[:, None] < T) * np.ones((1, B)))
        found.append((run(longer), {k: v.copy() for k, v in model.gradients.items()}))
    (loss, slopes), (same, others) = found
    assert same == pytest.approx(loss, abs=1e-15)
    for key, slope in slopes.items():
        np.testing.assert_allclose(others[key], slope, atol=1e-15)
