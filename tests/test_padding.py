"""What is measured depends on the data alone, not on how its steps are put together in batches."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from derive.training import setup
from derive.training.evaluation import evaluator, measured
from derive.training.network import Network
from derive.training.run_options import Options
from derive.training.run_records import Measured
from derive.training.tasks.task_data import Data

STATES = """x: real[T, D]
h, g: real[T, H]
W, A: real[H, H]
U: real[H, D]
v: real[H]
y: real[T]
w: nonnegative[T]
h[t] = tanh(W @ h[t-1] + U @ x[t])
g[t] = tanh(A @ g[t+1] + U @ x[t])
"""
STEPS = "l[t] = (q[t] - y[t])**2\nL = sum(w*l)\n"
READ = {
    "the next state": "q[t] = dot(v, h[t+1])",
    "the next input": "q[t] = dot(v, h[t])*x[t+1, 0]",
    "backwards": "q[t] = dot(v, h[t] + g[t])",
    "the last state": "q[t] = dot(v, h[t] + h[T-1])",
    "the mean": "c = mean(h[s] for s in T)\nq[t] = dot(v, h[t] + c)",
    "the greatest": "c = max(h[s] for s in T)\nq[t] = dot(v, h[t] + c)",
    "attention": "e: real[T]\ne[t] = dot(v, h[t])\na = softmax(e)\n"
                 "c = sum(a[s]*h[s] for s in T)\nq[t] = dot(v, h[t] + c)",
    "how many steps": "q[t] = dot(v, h[t])*T/10",
    "how many are left": "q[t] = dot(v, h[t])*(T - t)/10",
}


def model(lines: str) -> str:
    """The model with what its lines read."""
    text = STATES + lines + "\n" + STEPS
    return text if "g[" in lines else text.replace("h, g:", "h:").replace("W, A:", "W:").replace(
        "g[t] = tanh(A @ g[t+1] + U @ x[t])\n", "")


def begun(path: Path, **options: Any) -> tuple[Network, Data, Options]:
    """A network with random parameters, and its data."""
    chosen = Options(data=str(path), hidden=4, dtype="float64", target="numpy", **options)
    data = setup.load_data(chosen)
    network = setup.compiled_network(data, chosen)
    network.initialise(np.random.default_rng(1))
    network.theta[...] = np.random.default_rng(2).normal(size=network.theta.shape)/2
    return network, measured(data, network), chosen


@pytest.fixture
def stream(tmp_path: Path) -> Path:
    """A stream whose held-out 70 steps are no multiple of 16."""
    walk = np.random.default_rng(0).normal(size=700).cumsum()/10
    np.savez(tmp_path / "stream.npz", x=walk, y=np.roll(walk, 1) + np.roll(walk, -1))
    return tmp_path / "stream.npz"


def sequences(folder: Path, **targets: Any) -> Path:
    rng = np.random.default_rng(0)
    lengths = rng.integers(1, 9, 40)
    shape = 40 if targets.pop("last", False) else lengths.sum()
    y = rng.integers(0, targets["classes"], shape) if targets else rng.normal(size=shape)
    np.savez(folder / "s.npz", x=rng.normal(size=(lengths.sum(), 2)), y=y, lengths=lengths)
    return folder / "s.npz"


def by_pieces(network: Network, data: Data, steps: int) -> Measured:
    """Loss and RMSE of a stream, each piece computed by itself with as many steps as it has."""
    part, loss, squares = data.held_out, 0.0, 0.0
    for at in range(0, len(part), steps):
        x, y = (values[at:at + steps, None] for values in (part.inputs, part.targets))
        made = network.outputs({"x": x})[0][network.prediction.name]
        loss += network.loss({"x": x, "y": y})[0]*len(x)
        squares += np.sum((made - y)**2)
    return Measured(loss/len(part), np.sqrt(squares/len(part)))


@pytest.mark.parametrize("lines", READ.values(), ids=READ)
def test_the_last_piece_of_a_stream_is_as_long_as_it_is(lines: str, stream: Path) -> None:
    network, data, options = begun(stream, model=model(lines), batch=3, bptt=16)
    assert not network.carries
    np.testing.assert_allclose(evaluator(network, data, options)(),
                               by_pieces(network, data, 16), rtol=1e-12)


def test_a_cell_that_reads_backwards_begins_at_the_last_step(stream: Path) -> None:
    network, data, options = begun(stream, cell="gru", bidirectional=True, batch=3, bptt=16)
    np.testing.assert_allclose(evaluator(network, data, options)(),
                               by_pieces(network, data, 16), rtol=1e-12)


def same_in_any_batch(path: Path, **options: Any) -> None:
    network, data, chosen = begun(path, **options)
    alone, *more = (evaluator(network, data, replace(chosen, batch=b))() for b in (1, 3, 50))
    for other in more:
        np.testing.assert_allclose(other, alone, rtol=1e-12)


@pytest.mark.parametrize("lines", READ.values(), ids=READ)
def test_sequences_of_other_lengths_beside_one_do_not_change_it(lines: str, tmp_path: Path,
                                                                ) -> None:
    same_in_any_batch(sequences(tmp_path), model=model(lines))


@pytest.mark.parametrize("lines", ["q = dot(v, h[T-1])", "c = mean(h[s] for s in T)\nq = dot(v, c)",
                                   "c = max(h[s] for s in T)\nq = dot(v, c)",
                                   "m: nonnegative[T]\nc = sum(m[s]*h[s] for s in T)/sum(m)\n"
                                   "q = dot(v, c)",
                                   "m: nonnegative[T]\nq = dot(v, h[T-1])*sum(m)/T"])
def test_pooled_states_are_those_of_the_sequence(lines: str, tmp_path: Path) -> None:
    text = model(lines + "\nl = (q - y)**2\nL = w*l").replace(STEPS, "")
    same_in_any_batch(sequences(tmp_path, last=True), model=text.replace(
        "y: real[T]\nw: nonnegative[T]", "y: real\nw: nonnegative"))


@pytest.mark.parametrize("more", [{}, {"bidirectional": True}])
@pytest.mark.parametrize(("head", "targets"), [
    ("softmax", {"classes": 3}), ("softmax", {"classes": 3, "last": True}),
    ("crf", {"classes": 3}), ("bernoulli", {"classes": 2}), ("gaussian-scale", {})])
def test_heads_measure_the_steps_that_there_are(head: str, targets: dict[str, Any],
                                                more: dict[str, Any], tmp_path: Path) -> None:
    same_in_any_batch(sequences(tmp_path, **targets), cell="gru", head=head, **more)


@pytest.mark.parametrize("loss", ["L = sum((q[t] - y[t])**2 for t in T)/T",
                                  "m: nonnegative[T]\n"
                                  "L = sum(m[t]*(q[t] - y[t])**2 for t in T)/sum(m)"])
def test_a_loss_of_a_sequence_is_measured_at_its_steps(loss: str, tmp_path: Path) -> None:
    text = model("q[t] = dot(v, h[t])\npredict[t] = q[t]\n" + loss).replace(STEPS, "")
    same_in_any_batch(sequences(tmp_path), model=text.replace("w: nonnegative[T]\n", ""))
