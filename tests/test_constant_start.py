"""Outputs start at the best constant of the training data, by the head's own loss."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import derive
from derive.calculus.recurrence.model_composition import Composition, composed
from derive.tables.cell_table import find_cell
from derive.training.constant_start import lowest_by_slopes, start_at_constant
from derive.training.network_building import RecurrentNetwork
from derive.training.tasks.task_data import Array, Split

COUNT = 4000
SIZES = {"H": 3, "D": 2, "K": 4}


def network(head: str, last: bool = False) -> RecurrentNetwork:
    text = composed(Composition(find_cell("rnn"), head, weighted=True, last=last))
    return of(text)


def of(text: str) -> RecurrentNetwork:
    made = RecurrentNetwork(text, SIZES, np.float32)
    made.initialise(np.random.default_rng(0))
    return made


def started(head: str, targets: Array, last: bool = False) -> tuple[dict[str, Array], str]:
    """The biases of the outputs, and what is said."""
    made = network(head, last)
    said = start_at_constant(made, Split(np.zeros((COUNT, 2)), targets))
    return {n: a.copy() for n, a in made.parameters.items() if n.startswith("c")}, said


RNG = np.random.default_rng(0)
COUNTS = RNG.poisson(500, COUNT)
FLAGS = (RNG.random(COUNT) < 0.1).astype(np.int64)
CLASSES = RNG.choice(3, COUNT, p=[0.6, 0.3, 0.1])  # a fourth one never occurs


@pytest.mark.parametrize("last", [False, True])
def test_counts_start_at_the_logarithm_of_their_mean(last: bool) -> None:
    biases, _ = started("log-rate", COUNTS, last)
    assert biases["c"] == pytest.approx(np.log(COUNTS.mean()), rel=1e-5)


def test_flags_start_at_the_log_odds() -> None:
    biases, said = started("bernoulli", FLAGS)
    assert biases["c"] == pytest.approx(np.log(FLAGS.mean()/(1 - FLAGS.mean())), rel=1e-2)
    assert said.startswith("c starts at the best constant for the training data, with a loss of")


def test_classes_start_at_their_frequencies() -> None:
    biases, _ = started("softmax", CLASSES)
    made = np.exp(biases["c"])/np.exp(biases["c"]).sum()
    assert made[:3] == pytest.approx(np.bincount(CLASSES)/COUNT, rel=2e-2)
    assert 0 < made[3] < 10/COUNT


def test_amounts_start_where_every_slope_vanishes() -> None:
    amounts = RNG.gamma(2, 300, COUNT)
    biases, _ = started("gamma", amounts)
    shape, rate = (np.exp(float(biases[n])) for n in ("c_log_shape", "c_log_rate"))
    assert shape/rate == pytest.approx(amounts.mean(), rel=1e-3)
    assert shape == pytest.approx(2, rel=0.1)


def test_numbers_that_are_standardised_start_at_0() -> None:
    biases, said = started("gaussian", RNG.standard_normal(COUNT))
    assert not said
    assert biases["c"] == 0


MODEL = """
x: real[T, D]
y: count[T]
w: nonnegative[T]
h: real[T, H]
W: real[H, H]
U: real[H, D]
v: real[H]
c: real
h[t] = tanh(W @ h[t-1] + U @ x[t])
z[t] = dot(v, h[t]) + c
l[t] = exp(z[t]) - y[t]*z[t]
L = sum(w*l)
"""
LEFT = {
    "a line of the user": MODEL + "init c: 0\n",
    "a bias that is not learned": MODEL + "frozen c\n",
    "a bias that is read elsewhere": MODEL.replace("U @ x[t])", "U @ x[t] + c)"),
    "no bias": MODEL.replace("c: real\n", "").replace(" + c", ""),
    "a loss that reads the state": MODEL.replace("y[t]*z[t]", "y[t]*z[t] + sum(h[t]**2)"),
    "an output that reads its own past": MODEL.replace("- y[t]*z[t]", "- y[t]*z[t] + z[t-1]**2"),
}


def test_whole_models_start_so_too() -> None:
    made = of(MODEL)
    start_at_constant(made, Split(np.zeros((COUNT, 2)), COUNTS))
    assert made.parameters["c"] == pytest.approx(np.log(COUNTS.mean()), rel=1e-5)


@pytest.mark.parametrize("name", LEFT)
def test_what_has_no_bias_of_its_own_is_left(name: str) -> None:
    made = of(LEFT[name])
    before = made.theta.copy()
    assert not start_at_constant(made, Split(np.zeros((COUNT, 2)), COUNTS))
    assert np.array_equal(made.theta, before)


def test_a_run_of_counts_begins_at_the_loss_of_a_constant(tmp_path: Path) -> None:
    path = tmp_path / "counts.csv"
    path.write_text("x,y\n" + "".join(f"{n % 3},{y}\n" for n, y in enumerate(COUNTS[:300])))
    done = derive.train(data=str(path), columns="x", predict="y", head="log-rate", hidden=4,
                        steps=2)
    assert any("best constant" in notice for notice in done.run.notices)
    assert done.loss < 30


def test_the_search_ends_at_the_least_value() -> None:
    matrix = np.array([[4.0, 1], [1, 3]])
    place = np.array([1000.0, -2])

    def bowl(at: Array) -> tuple[float, Array]:
        return float((at - place) @ matrix @ (at - place)/2), matrix @ (at - place)

    assert lowest_by_slopes(bowl, np.zeros(2)) == pytest.approx(place, rel=1e-6)
