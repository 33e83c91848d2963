"""The language of recurrent models: what may be written, in which order, and what it means."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import derive
from derive.arrays.recurrent.gain_parameters import gains
from derive.calculus.recurrence.cell_parts import own_cell
from derive.calculus.recurrence.model_composition import Composition, composed
from derive.calculus.recurrence.model_structure import checked
from derive.core.indexing import leaves
from derive.errors import DeriveError
from derive.notation.reading.initial_lines import read_initial
from derive.notation.reading.model_equations import read_model
from derive.premises import Typed
from derive.training.initial_values import drawn
from derive.training.network_building import RecurrentNetwork

GIVEN = "x: real[T, D]\ny: real[T]\nh: real[T, H]\nW: real[H, H]\nU: real[H, D]\nv: real[H]\n"
STEP = "h[t] = tanh(W @ h[t-1] + U @ x[t])\n"
LOSS = "l[t] = (dot(v, h[t]) - y[t])**2\n"
WHOLE = GIVEN + "w: nonnegative[T]\n" + STEP + LOSS + "L = sum(w*l)\n"
SIZES = {"D": 2, "H": 3, "K": 4, "R": 2}
CELL = "x: real[T, D]\nh: real[T, H]\nW: real[H, H]\nU: real[H, D]\n"


# The order of lines

def test_the_order_of_lines_changes_nothing() -> None:
    lines = (GIVEN + "h0: real[H]\nh[-1] = h0\n" + STEP + "o[t] = dot(v, h[t])\n"
             "l[t] = (o[t] - y[t])**2\nL = sum(l)").split("\n")
    found, turned = (derive.bptt("\n".join(x)) for x in (lines, lines[::-1]))
    assert {d.notation for d in (found, *found.others)} == {
        d.notation for d in (turned, *turned.others)}
    turned.verify()


@pytest.mark.parametrize("text", [
    GIVEN + STEP + LOSS + "sum(l)\n", "sum(l)\n" + GIVEN + STEP + LOSS,
    GIVEN + "C = sum(l)\n" + STEP + LOSS,
    GIVEN + "J = s + sum(l)\n" + STEP + LOSS + "s = sum(h[T-1])\n"])
def test_the_loss_is_the_line_without_time_that_nothing_reads(text: str) -> None:
    model = read_model(text)
    assert model.name in ("L", "C", "J")
    assert any(leaf.name == "l" for leaf in leaves(model.loss))
    assert model.name not in {e.name for e in model.equations}


@pytest.mark.parametrize(("text", "words"), [
    (GIVEN + STEP + LOSS, "y has a value at each step, and a cell reads x alone; end the model"),
    (GIVEN.replace("h: real[T, H]\n", "") + STEP + LOSS + "sum(l)",
     r"'h' is not defined yet: it reads itself, so declare it, as in h: real\[T, H\]"),
    (WHOLE + "q = 1\nr = 2\n" + "z[t] = 1\n", "one of them is the loss; put the loss last"),
    (WHOLE + "init W: xaver\n", "did you mean xavier"),
    (WHOLE + "init W: uniform(1, 0)\n", r"write uniform\(0, 1\)"),
    (WHOLE + "init v: orthogonal\n", "has one axis, and orthogonal is for matrices"),
    (WHOLE + "init h: 1\n", r"a line h\[-1\] = "),
    (WHOLE + "init q: 1\n", "q is not declared"),
    (WHOLE + "init x: 1\n", "it is data, and no parameter"),
    (WHOLE + "init W glorot\n", "an initial value reads init NAME: METHOD"),
    (WHOLE + "frozen W U\n", "with commas between them"),
    (WHOLE + "s: positive\ninit s: 0\n", "it starts above 0, not at 0"),
    (WHOLE + "s: simplex(K)\ninit s: 1\n", "the softmax of a real parameter"),
    (WHOLE.replace("h[t] = tanh", "h[t] = dropout(tanh").replace("x[t])\n", "x[t]), 2)\n"),
     "the part of dropout is a number from 0 to 1"),
    (CELL + "h[t] = tanh(W @ concat(h[t-1], x[t]) + U @ x[t])", "W: real.H, H . D., one dim")])
def test_what_cannot_be_is_refused_with_a_remedy(text: str, words: str) -> None:
    with pytest.raises(DeriveError, match=words):
        derive.bptt(text)


# How parameters start

def network(text: str, target: str = "numpy", **sizes: int) -> RecurrentNetwork:
    return RecurrentNetwork(text, {**SIZES, **sizes}, np.float64, target=target)


def test_initial_values_are_drawn_as_they_are_said() -> None:
    rng = np.random.default_rng(1)

    def values(text: str, *shape: int) -> Any:
        return drawn(read_initial(text), shape, shape[-1], rng)

    made = values("orthogonal", 5, 3)
    np.testing.assert_allclose(made.T @ made, np.eye(3), atol=1e-14)
    assert np.abs(values("glorot", 300, 500)).max() == pytest.approx((6 / 800) ** .5, rel=1e-3)
    assert values("he", 300, 500).var() == pytest.approx(2 / 500, rel=0.02)
    assert values("normal(1, 1/2)", 300, 300).std() == pytest.approx(0.5, rel=0.02)
    assert (values("identity", 3, 3) == np.eye(3)).all()
    assert (values("1/4", 2) == 0.25).all()
    assert values("uniform(2, 3)", 100).min() >= 2


def test_a_factor_without_which_nothing_is_read_starts_at_1() -> None:
    text = CELL + """g, b: real[H]
        a[t] = W @ h[t-1] + U @ x[t]
        n[t] = g*(a[t] - mean(a[t]))/std(a[t]) + b
        h[t] = tanh(n[t])
        sum(sum(h[t]) for t in T)"""
    assert gains(checked(read_model(text))) == {"g"}


def test_a_residual_gate_and_a_bias_start_at_0() -> None:
    text = CELL + "g, b: real[H]\nh[t] = h[t-1] + g*tanh(W @ h[t-1] + U @ x[t] + b)\n" \
        "sum(sum(h[t]) for t in T)"
    assert gains(checked(read_model(text))) == set()


def test_bounded_parameters_stay_in_their_bounds_and_frozen_ones_where_they_are() -> None:
    text = CELL + "s: positive\np: probability\nh[t] = p*h[t-1] + s*tanh(W @ h[t-1] + U @ x[t])\n" \
        "init s: 1/100\nlearned p\nfrozen U\ninit U: 2\n"
    run = derive.train("mackey-glass", model=text, hidden=4, bptt=8, batch=4, steps=20, lr=0.5,
                       init={"W": "orthogonal"})
    made = run.network.parameters
    assert made["s"] > 0
    assert 0 < made["p"] < 1
    assert (made["U"] == 2).all()
    rows = derive.check_gradients("mackey-glass", model=text)
    assert {row.name for row in rows} == {"W", "s", "p", "c", "V"}
    assert max(row.error for row in rows) < 1e-10


# Names, sizes, files

def test_names_of_a_user_are_kept_and_those_of_the_head_give_way() -> None:
    text = CELL.replace("U: real[H, D]", "y, m, w, E: real[H]\nK: real[H, D]") + \
        "h[t] = tanh(W @ h[t-1] + K @ x[t] + y*m + w*E)\n"
    found = derive.bptt(text, masked=True)
    assert {"y", "m", "w", "E", "K", "W"} <= {
        str(d.quantity.args[1]).partition("(")[2].partition(",")[0] for d in found.others}
    rows = derive.check_gradients("names", model=text, embed=3)
    assert {"y", "m", "w", "E", "K", "W"} <= {row.name for row in rows}


def test_an_output_has_any_dimension_and_sizes_are_given_by_name() -> None:
    text = CELL + "A: real[R, H]\n" + STEP + "o[t] = A @ h[t]\n"
    run = derive.train("mackey-glass", model=text, hidden=4, bptt=8, batch=2, steps=2,
                       sizes={"R": 5}, layers=2)
    assert run.network.parameters["V"].shape == (5,)
    assert run.network.parameters["U_2"].shape == (4, 5)
    for sizes, words in ({}, "R has no size; give it one, as in --size R=8"), (
            {"Q": 3}, "no dimension Q"), ({"R": 0}, "a whole number from 1, not '0'"):
        with pytest.raises(DeriveError, match=words):
            derive.train("mackey-glass", model=text, steps=1, sizes=sizes)


def test_a_cell_in_a_file_is_a_model(tmp_path: Path) -> None:
    path = tmp_path / "my.toml"
    path.write_text('[mine]\ntitle = "Mine"\noutput = "h"\nsource = "me"\n'
                    'given = ["x: real[T, D]", "h: real[T, H]", "W: real[H, H]", "U: real[H, D]"]\n'
                    'equations = ["h[t] = tanh(W @ h[t-1] + U @ x[t])"]\n')
    run = derive.train("mackey-glass", model=str(path), hidden=3, steps=1, bptt=4, batch=2)
    assert run.network.parameters["W"].shape == (3, 3)
    assert derive.bptt(path).notation


# Random masks

MASKED = CELL + "h[t] = zoneout(dropout(tanh(W @ h[t-1] + U @ x[t]), 1/4), h[t-1], 0.1)\n"


def test_masks_are_those_of_the_seed_and_the_step_and_means_in_evaluation(tmp_path: Path) -> None:
    options: dict[str, Any] = {"model": MASKED, "hidden": 4, "bptt": 8, "batch": 2,
                               "schedule": "constant"}
    whole = derive.train("mackey-glass", steps=6, **options)
    derive.train("mackey-glass", steps=3, save=tmp_path / "a.ckpt", **options)
    resumed = derive.train(resume=tmp_path / "a.ckpt", steps=6)
    assert np.array_equal(whole.network.theta, resumed.network.theta)
    made = network(composed(Composition(own_cell(MASKED), "gaussian", weighted=True)))
    batch = {"x": np.ones((5, 40, 2)), "y": np.zeros((5, 40))}
    made.initialise(np.random.default_rng(0))
    plain = made.loss(batch)[0]
    made.draw = (0, 1)
    drawn_loss = made.loss_and_gradient(batch)[0]
    ready = made.model.ready(5, 40)
    drop = ready.data["drop_1"][-6:-1] if len(ready.data["drop_1"]) > 5 else ready.data["drop_1"]
    assert set(np.unique(drop.round(12))) == {0, round(4 / 3, 12)}
    assert drawn_loss != plain == made.loss(batch)[0]


def test_masks_are_data_of_a_derivation_that_is_verified() -> None:
    found = derive.bptt(MASKED, head="gaussian").verify()
    assert "drop_1" in " ".join(d.notation for d in found.others)


# The derivation, verified by the judge's own reader

@pytest.mark.parametrize("text", [
    GIVEN.replace("y: real[T]", "y: label(K)[T]\nE, V: real[K, H]").replace("v: real[H]\n", "") +
    "y[-1] = 2\nh[t] = tanh(W @ h[t-1] + U @ x[t] + E[y[t-1]])\n"
    "l[t] = -log(softmax(V @ h[t])[y[t]])\nL = sum(l)",
    GIVEN + "h0: real[H]\nh[-1] = tanh(h0)\n" + STEP + LOSS + "L = sum(l)",
    GIVEN + STEP.replace("W @", "exp(-t)*W @").replace("U @", "t/T*U @") + LOSS + "L = sum(l)",
    GIVEN.replace("W: real[H, H]\nU: real[H, D]", "W: real[H, H + D]") +
    "h[t] = tanh(W @ concat(h[t-1], x[t]))\n" + LOSS + "L = sum(l)"],
    ids=["label at t-1", "computed start", "time as a number", "concat"])
def test_adjoints_are_verified(text: str) -> None:
    assert derive.bptt(text).verify().verification.worst < 1e-40


def test_the_judge_notices_another_start() -> None:
    """A derivation of one model is not one of another."""
    text = GIVEN + "h0: real[H]\nh[-1] = tanh(h0)\n" + STEP + LOSS + "L = sum(l)"
    found = derive.bptt(text)
    forged = replace(found, typed=Typed(text.replace("tanh(h0)", "sin(h0)")))
    with pytest.raises(DeriveError):
        forged.verify()


# Beside PyTorch, in float64

Reference = Callable[[Any, dict[str, Any], dict[str, Any]], Any]


def _start(torch: Any, p: dict[str, Any], d: dict[str, Any]) -> Any:
    h = (p["A"] @ torch.tanh(p["h0"])).expand(len(d["x"][0]), -1)
    total = 0.0
    for x, y in zip(d["x"], d["y"], strict=True):
        h = torch.tanh(h @ p["W"].T + x @ p["U"].T)
        total = total + ((h @ p["v"] - y) ** 2).sum()
    return total


def _time(torch: Any, p: dict[str, Any], d: dict[str, Any]) -> Any:
    h, total = torch.zeros(len(d["x"][0]), 3, dtype=torch.float64), 0.0
    for t, (x, y) in enumerate(zip(d["x"], d["y"], strict=True)):
        h = torch.tanh(h @ p["W"].T / (t + 1) + (t + 1) / len(d["x"]) * (x @ p["U"].T)
                       + torch.sin(t * p["v"]))
        total = total + ((h @ p["v"] - y) ** 2).sum()
    return total


def _label(torch: Any, p: dict[str, Any], d: dict[str, Any]) -> Any:
    h, total = torch.zeros(len(d["x"][0]), 3, dtype=torch.float64), 0.0
    before = torch.full((len(d["x"][0]),), 1)
    for x, y in zip(d["x"], d["y"], strict=True):
        h = torch.tanh(h @ p["W"].T + x @ p["U"].T + p["E"][before])
        total = total + torch.nn.functional.cross_entropy(h @ p["V"].T, y, reduction="sum")
        before = y
    return total


def _concat(torch: Any, p: dict[str, Any], d: dict[str, Any]) -> Any:
    h, total = torch.zeros(len(d["x"][0]), 3, dtype=torch.float64), 0.0
    matrix = torch.cat([p["W_a"], p["W_b"]], 1)
    for x, y in zip(d["x"], d["y"], strict=True):
        h = torch.tanh(torch.cat([h, x], 1) @ matrix.T)
        total = total + ((h @ p["v"] - y) ** 2).sum()
    return total


def _memory(torch: Any, p: dict[str, Any], d: dict[str, Any]) -> Any:
    h = torch.zeros(len(d["x"][0]), 3, dtype=torch.float64)
    memory, total = torch.zeros(len(h), 3, 3, dtype=torch.float64), 0.0
    for x, y in zip(d["x"], d["y"], strict=True):
        memory = 0.5 * memory + torch.einsum("bi,bj->bij", h, x @ p["U"].T)
        h = torch.tanh(h @ p["W"] + torch.einsum("bij,i->bj", memory, p["v"]) + x @ p["U"].T)
        total = total + ((h @ p["v"] - y) ** 2).sum()
    return total


NUMBERS = WHOLE.replace(STEP, "")
MODELS: dict[str, tuple[str, Reference]] = {
    "start": (WHOLE + "h0: real[H]\nA: real[H, H]\nh[-1] = A @ tanh(h0)\n", _start),
    "named start": (WHOLE + "h0: real[H]\nA: real[H, H]\ns = A @ tanh(h0)\nh[-1] = s\n", _start),
    "time": (NUMBERS + "h[t] = tanh(W @ h[t-1]/(t + 1) + (t + 1)/T*(U @ x[t]) + sin(t*v))\n",
             _time),
    "label": (NUMBERS.replace("y: real[T]", "y: label(K)[T]\nE, V: real[K, H]").replace(
        "v: real[H]\n", "").replace(LOSS, "l[t] = -log(softmax(V @ h[t])[y[t]])\n")
        + "y[-1] = 1\nh[t] = tanh(W @ h[t-1] + U @ x[t] + E[y[t-1]])\n", _label),
    "concat": (NUMBERS.replace("W: real[H, H]\nU: real[H, D]", "W: real[H, H + D]")
               + "z[t] = concat(h[t-1], x[t])\nh[t] = tanh(W @ z[t])\n", _concat),
    "memory": (NUMBERS + "M: real[T, H, H]\nM[t] = M[t-1]/2 + outer(h[t-1], U @ x[t])\n"
               "h[t] = tanh(W.T @ h[t-1] + M[t].T @ v + U @ x[t])\n", _memory)}


@pytest.mark.peers
@pytest.mark.parametrize("target", ["numpy", "c"])
@pytest.mark.parametrize("name", MODELS)
def test_loss_and_gradients_are_those_of_autograd(name: str, target: str) -> None:
    torch = pytest.importorskip("torch")
    text, reference = MODELS[name]
    made = network(text, target)
    rng = np.random.default_rng(3)
    made.theta[...] = rng.normal(0, 0.7, made.theta.shape)
    data = {"x": rng.normal(size=(4, 5, 2)), "y": rng.integers(0, 4, (4, 5)) if name == "label"
            else rng.normal(size=(4, 5))}
    loss, _ = made.loss_and_gradient(data)
    tensors = {n: torch.tensor(a.copy(), requires_grad=True) for n, a in made.parameters.items()}
    truth = reference(torch, tensors, {
        n: torch.tensor(a) for n, a in data.items()}) / 20
    truth.backward()
    assert loss == pytest.approx(truth.item(), rel=1e-12)
    for n, tensor in tensors.items():
        np.testing.assert_allclose(made.gradients[n], tensor.grad.numpy(), rtol=1e-10, atol=1e-12,
                                   err_msg=n)


@pytest.mark.peers
@pytest.mark.parametrize("name", MODELS)
def test_the_module_for_torch_is_the_same_function(name: str) -> None:
    torch = pytest.importorskip("torch")
    from derive.arrays.recurrent.model_export import exported_derivation
    text, _ = MODELS[name]
    space: dict[str, Any] = {}
    exec(exported_derivation(derive.bptt(text), "torch"), space)
    made = network(text)
    rng = np.random.default_rng(4)
    made.theta[...] = rng.normal(0, 0.7, made.theta.shape)
    data: dict[str, Any] = {"x": rng.normal(size=(4, 5, 2)), "y": rng.integers(
        0, 4, (4, 5)) if name == "label" else rng.normal(size=(4, 5))}
    loss, _ = made.loss_and_gradient(data)
    model = space["Model"](**{n: SIZES[n] for n in space["Model"].__init__.__annotations__
                              if n in SIZES}).double()
    with torch.no_grad():
        for n, parameter in model.named_parameters():
            parameter.copy_(torch.tensor(made.parameters[n].copy()))
    value = model(**{n: torch.tensor(a) for n, a in data.items()})
    value.backward()
    assert value.item() == pytest.approx(loss, rel=1e-12)
    for n, parameter in model.named_parameters():
        np.testing.assert_allclose(parameter.grad.numpy(), made.gradients[n], rtol=1e-10,
                                   atol=1e-12, err_msg=n)
