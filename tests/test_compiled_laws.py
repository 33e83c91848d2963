"""Laws of compiled models: masks, chunks, order, weights, reductions, the form of the program."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from derive.arrays.operations import Op
from derive.arrays.recurrent.loss_weights import Weights
from derive.calculus.recurrence.model_composition import Composition, composed
from derive.errors import DataError, TrainingError
from derive.tables.cell_table import Cell, cells, find_reduction
from derive.training.gradient_check import compared as check
from derive.training.network_building import RecurrentNetwork
from tests.judged import SIZES, Judged, plan, text_of
from tests.model_interpreter import Interpreter

DERIVE = Path(__file__).resolve().parent.parent/"derive"


def network(text: str, dtype=np.float64, reduction: str = "mean") -> RecurrentNetwork:
    found = RecurrentNetwork(text, SIZES, dtype, reduction, plan(text))
    rng = np.random.default_rng(2)
    found.initialise(rng)
    found.theta += (rng.normal(size=found.theta.size)*0.3).astype(dtype)
    return found


def batch(steps: int = 5, count: int = 3, last: bool = False) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(3)
    return {"x": rng.normal(size=(steps, count, SIZES["D"])),
            "y": rng.integers(0, SIZES["K"], count if last else (steps, count))}


def measured(net: RecurrentNetwork, data, state=None) -> tuple[float, np.ndarray]:
    loss, _ = net.loss_and_gradient(data, state)
    return loss, net.gradient.copy()


def padded(data, more: int, last: bool):
    rng = np.random.default_rng(4)
    steps, count = data["x"].shape[:2]
    found = {"x": np.concatenate([data["x"], rng.normal(size=(more, count, SIZES["D"]))]),
             "y": data["y"], "m": np.ones((steps + more, count))}
    found["m"][steps:] = 0
    if not last:
        found["y"] = np.concatenate([data["y"], rng.integers(0, SIZES["K"], (more, count))])
    return found


# Masks

@pytest.mark.parametrize("last", [False, True])
@pytest.mark.parametrize("both", [False, True])
@pytest.mark.parametrize("more", [1, 4])
def test_padding_changes_nothing(last: bool, both: bool, more: int) -> None:
    net = network(text_of("gru", masked=True, last=last, bidirectional=both))
    data = batch(last=last)
    loss, slope = measured(net, data)
    again, other = measured(net, padded(data, more, last))
    assert abs(again - loss) <= 1e-15*max(1, abs(loss))
    assert np.abs(other - slope).max() <= 1e-15*max(1, np.abs(slope).max())


def test_an_all_masked_sequence_is_finite_and_contributes_nothing() -> None:
    net = network(text_of("gru", masked=True, bidirectional=True))
    data = batch()
    loss, slope = measured(net, data)
    more = {n: np.concatenate([a, a[:, :1]*0 + (7 if n == "x" else 0)], 1) for n, a in data.items()}
    more["m"] = np.ones(more["y"].shape)
    more["m"][:, -1] = 0
    again, other = measured(net, more)
    assert again == pytest.approx(loss, rel=1e-14)
    assert np.abs(other - slope).max() <= 1e-14
    more["m"][:] = 0
    loss, slope = measured(net, more)
    assert loss == 0
    assert not slope.any()


# States

@pytest.mark.parametrize("name", ["rnn", "lstm", "gru"])
def test_chunks_with_carried_state_are_one_run(name: str) -> None:
    net, data = network(text_of(name)), batch(7)
    outputs, end = net.outputs(data)
    first, state = net.outputs({n: a[:3] for n, a in data.items()})
    second, last = net.outputs({n: a[3:] for n, a in data.items()}, state)
    assert net.carries
    assert np.array_equal(np.concatenate([first["o"], second["o"]]), outputs["o"])
    assert all(np.array_equal(end[n], last[n]) for n in end)
    assert set(state) == set(net.zero_state(3))


def initial(value: str, given: str = "", own: str = "") -> str:
    line = f"h[t] = tanh(b + W @ h[t-1] + U @ x[t]{own})"
    return text_of("rnn").replace("h[t] = tanh(b + W @ h[t-1] + U @ x[t])",
                                  f"{given}\nh[-1] = {value}\n{line}")


@pytest.mark.parametrize("own", ["", " + h0"])
def test_initial_values_and_states_that_override_them(own: str) -> None:
    net, data = network(initial("h0", "h0: real[H]", own)), batch()
    assert max(row.error for row in check(net, data)) <= 1e-12
    state = {"h": np.random.default_rng(5).normal(size=(3, SIZES["H"]))}
    assert max(row.error for row in check(net, data, state)) <= 1e-12
    assert np.any(net.gradients["h0"]) == bool(own)
    assert np.array_equal(net.zero_state(3)["h"], np.tile(net.parameters["h0"], (3, 1)))
    text = net.equations
    weighted = {**data, "w": np.full((5, 3), 1/15)}
    assert net.loss(data, state)[0] == pytest.approx(
        Interpreter(text, SIZES).value(net.parameters, weighted, state), rel=1e-13)


def test_a_number_as_initial_value() -> None:
    half, zero = network(initial("1/2")), network(text_of("rnn"))
    state = {"h": np.full((3, SIZES["H"]), 0.5)}
    assert half.loss(batch())[0] == zero.loss(batch(), state)[0]
    assert half.loss(batch(), {"h": np.zeros((3, SIZES["H"]))})[0] == zero.loss(batch())[0]


def test_what_looks_beyond_a_chunk_is_not_carried() -> None:
    text = text_of("rnn")
    assert not network(text.replace("x[t]", "x[t-1]", 1)).carries
    assert not network(text.replace("V @ h[t]", "V @ h[t+1]")).carries
    assert not network(text_of("rnn", bidirectional=True)).carries


# Batches

def test_twice_is_the_same_and_order_does_not_matter() -> None:
    net, data = network(text_of("lstm")), batch(count=4)
    loss, slope = measured(net, data)
    again, other = measured(net, data)
    assert (again, True) == (loss, np.array_equal(slope, other))
    order = [2, 0, 3, 1]
    mixed = {n: a[:, order] for n, a in data.items()}
    assert np.allclose(net.outputs(mixed)[0]["o"], net.outputs(data)[0]["o"][:, order], 0, 1e-15)
    turned, other = measured(net, mixed)
    assert turned == pytest.approx(loss, rel=1e-14)
    assert np.abs(other - slope).max() <= 1e-14


def test_a_batch_of_two_equal_sequences() -> None:
    net, data = network(text_of("lstm")), batch(count=1)
    loss, slope = measured(net, data)
    again, other = measured(net, {n: np.repeat(a, 2, 1) for n, a in data.items()})
    assert again == pytest.approx(loss, rel=1e-14)
    assert np.abs(other - slope).max() <= 1e-14


def test_the_gradient_is_linear_in_the_weights() -> None:
    judged, rng = Judged(text_of("gru"), 5, 3), np.random.default_rng(6)
    first, second = rng.uniform(size=(2, 5, 3))

    def slope(weights) -> np.ndarray:
        judged.data["w"] = weights
        return np.concatenate([a.ravel() for a in judged.run()[1].values()])

    assert np.allclose(slope(2*first + second), 2*slope(first) + slope(second), 0, 1e-13)


# Reductions

def means(losses: np.ndarray, m: np.ndarray) -> dict[str, float]:
    """Their definitions; the losses and the mask m are (T, N)."""
    steps, count = losses.shape
    real = m*losses
    return {"mean": real.sum()/max(1, m.sum()),
            "sequence-mean": np.mean(real.sum(0)/np.maximum(1, m.sum(0))),
            "example-mean": real.sum()/count, "padded-mean": real.sum()/(count*steps),
            "unmasked-mean": losses.sum()/(count*steps)}


@pytest.mark.parametrize("name", means(np.ones((1, 1)), np.ones((1, 1))))
def test_reductions_equal_their_definitions(name: str) -> None:
    rng = np.random.default_rng(7)
    losses, m = rng.normal(size=(6, 3)), np.ones((6, 3))
    for n, length in enumerate((6, 2, 4)):
        m[length:, n] = 0
    weights = Weights(find_reduction(name))(m)
    assert (weights*losses).sum() == pytest.approx(means(losses, m)[name], rel=1e-14)
    for place in ((0, 0), (3, 1), (5, 2)):
        up, down = losses.copy(), losses.copy()
        up[place] += 1e-3
        down[place] -= 1e-3
        slope = (means(up, m)[name] - means(down, m)[name])/2e-3
        assert weights[place] == pytest.approx(slope, abs=1e-11)


@pytest.mark.parametrize("reduction", ["mean", "example-mean", "sequence-mean"])
def test_gradients_are_those_of_the_reduction(reduction: str) -> None:
    net = network(text_of("rnn", masked=True), reduction=reduction)
    data = padded(batch(), 2, False)
    data["m"][2:, 1] = 0
    assert max(row.error for row in check(net, data)) <= 1e-12


# The form of the program

def operations(text: str, step: int) -> list[str]:
    schedule = plan(text).schedule
    return [schedule.nodes[n].op.label for r in schedule.regions if r.step == step for n in r.nodes
            if schedule.nodes[n].op is not Op.INPUT]


def test_loops_hold_what_hangs_on_the_neighbour_alone() -> None:
    assert operations(text_of("rnn"), 1) == ["dots", "add", "function"]
    assert operations(text_of("rnn"), -1) == ["add", "multiply", "dots"]
    for name in ("lstm", "gru", "mgu"):
        found = plan(text_of(name)).schedule
        inputs = {n for n in found.order if found.nodes[n].op is Op.DOTS
                  and any(found.nodes[s].op is Op.INPUT and found.nodes[s].detail[0] == "x"
                          for s in found.nodes[n].sources)}
        assert inputs
        assert not any(found.region[n].step for n in inputs)
        sums = [n for n in found.order if found.nodes[n].op.total]
        assert not any(found.region[n].step for n in sums)


def test_without_a_neighbour_there_is_no_loop() -> None:
    text = text_of("rnn").replace("W @ h[t-1] + ", "").replace("W: real[H, H]\n", "")
    assert not any(r.step for r in plan(text).schedule.regions)


def test_one_text_for_every_length() -> None:
    net = network(text_of("gru"))
    for steps in (1, 2, 50):
        net.loss_and_gradient(batch(steps))
    assert len({id(r.model.plan.text) for r in net.model._ready.values()}) == 1
    assert len(net.model.plan.text.splitlines()) < 200


def test_memory_for_many_lengths_is_bounded() -> None:
    net = network(text_of("rnn"))
    for steps in range(1, 400):
        net.loss(batch(steps, 1))
    assert sum(r.bytes for r in net.model._ready.values()) < 2**26


def test_no_cell_is_named_in_the_machine() -> None:
    names = {c.name for c in cells()} | {a for c in cells() for a in c.aliases}
    for path in (DERIVE/"kernels").rglob("*.py"):
        words = set(path.read_text().replace('"', " ").replace("'", " ").split())
        assert not words & names, path.name


# Data that does not fit

@pytest.mark.parametrize(("change", "message"), [
    ({"x": np.zeros((5, 3, 1))}, "x has shape"), ({"x": np.zeros((5, 3), int)}, "x has shape"),
    ({"y": np.zeros((3,), int)}, "y has shape"), ({"y": np.zeros((5, 3))}, "y has the dtype"),
    ({"x": np.zeros((0, 3, 3))}, "one step"), ({"x": np.zeros((5, 0, 3))}, "one step"),
    ({"y": np.full((5, 3), 2)}, "labels from 2 to 2"), ({"y": np.full((5, 3), -1)}, "labels from"),
    ({"x": np.full((5, 3, 3), "1")}, "x has the dtype"), ({"x": np.zeros(())}, "one step")])
def test_data_that_does_not_fit(change, message: str) -> None:
    with pytest.raises(DataError, match=message):
        network(text_of("rnn")).loss({**batch(), **change})


def test_a_state_that_does_not_fit() -> None:
    with pytest.raises(DataError, match="the state h has shape"):
        network(text_of("rnn")).loss(batch(), {"h": np.zeros((2, 4))})


def test_any_layout_of_data() -> None:
    net, data = network(text_of("rnn")), batch()
    loss = net.loss(data)[0]
    fixed = data["x"].copy()
    fixed.flags.writeable = False
    for x in (data["x"].tolist(), np.asfortranarray(data["x"]), fixed, data["x"][::-1][::-1]):
        assert net.loss({"x": x, "y": data["y"].astype(np.int8)})[0] == loss
    assert net.loss({**data, "x": data["x"].astype(np.float16)})[0] == pytest.approx(loss, rel=1e-2)


@pytest.mark.parametrize(("old", "new", "message"), [
    ("sum(w*l)", "sum(l)", "has no w"), ("x[t])", "x[t]*k[t])", "reads k")])
def test_models_that_cannot_be_trained(old: str, new: str, message: str) -> None:
    text = text_of("rnn").replace(old, new, 1).replace("w: nonnegative[T]\n", "" if new == "sum(l)"
                                                       else "w: nonnegative[T]\nk: binary[T]\n")
    text = text.replace("U @ x[t]*k[t]", "(U @ x[t])*k[t]")
    with pytest.raises(TrainingError, match=message):
        RecurrentNetwork(text, SIZES, np.float64)


@pytest.mark.parametrize("batch", [1, 3])
def test_a_head_reads_the_last_step_of_a_name_that_is_no_state(batch: int) -> None:
    """Its adjoint is 0 but at the last step, and that comes from beyond the end."""
    cell = Cell("own", "", (
        "x: real[T, D]", "s, h: real[T, H]", "b: real[H]", "W: real[H, H]", "U: real[H, D]"),
        ("s[t] = tanh(b + W @ s[t-1] + U @ x[t])", "h[t] = s[t]*s[t]"), "h")
    text = composed(Composition(cell, last=True, masked=True, weighted=True))
    network = RecurrentNetwork(text, {"H": 4, "D": 3, "K": 3}, np.float64)
    rng = np.random.default_rng(0)
    network.initialise(rng)
    network.theta[...] += rng.normal(0, 0.3, network.theta.shape)
    data = {"x": rng.normal(size=(6, batch, 3)), "y": rng.integers(0, 3, batch)}
    assert max(row.error for row in check(network, data)) < 1e-12
    assert np.abs(network.gradient).max() > 1e-3
