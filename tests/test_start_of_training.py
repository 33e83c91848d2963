"""What is looked at before the first step of a run, and what is said where a value is no number."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import derive
from derive.arrays.recurrent.step_graph import Stepper
from derive.calculus.recurrence import adjoint_recurrence
from derive.calculus.recurrence.adjoint_recurrence import Adjoints
from derive.errors import TrainingError
from derive.training.gradient_check import compared, floor_in_words, passed
from derive.training.network_building import RecurrentNetwork
from derive.training.start_check import small_sizes

GIVEN = """x: real[T, D]
h: real[T, H]
b, v, a: real[H]
c: real
W: real[H, H]
U: real[H, D]
y: real[T]
w: nonnegative[T]
"""
CELL = "h[t] = tanh(b + W @ h[t-1] + U @ x[t] + a)\n"
LOSS = "o[t] = c + dot(v, h[t])\nl[t] = (o[t] - y[t])**2\npredict[t] = o[t]\nL = sum(w*l)"
OPTIONS = {"steps": 2, "hidden": 5, "bptt": 4, "batch": 2, "target": "numpy", "seed": 1}


def train(model: str, **more):
    return derive.train("mackey-glass", model=model, **OPTIONS, **more)


def network(model: str) -> RecurrentNetwork:
    return RecurrentNetwork(model, {"H": 4, "D": 1}, np.float64)


# Planted errors

def test_a_wrong_factor_stops_the_run_and_names_a_parameter(monkeypatch) -> None:
    right = adjoint_recurrence.put_in
    monkeypatch.setattr(adjoint_recurrence, "put_in", lambda start, parts, rulebook: right(
        2*start if "h" in str(start) else start, parts, rulebook))
    with pytest.raises(TrainingError, match=r"the gradient of \w is wrong: .* report the model"):
        train(GIVEN + CELL + LOSS)


def test_a_dropped_term_stops_the_run(monkeypatch) -> None:
    users = Adjoints._users
    monkeypatch.setattr(Adjoints, "_users", lambda self, symbol: [
        u for u in users(self, symbol) if not u.shift])
    with pytest.raises(TrainingError, match=r"the gradient of \w is wrong"):
        train(GIVEN + CELL + LOSS)


def test_a_gradient_that_is_left_out_stops_the_run(monkeypatch) -> None:
    gradient = Stepper.gradient

    def forgetting(self, parameter):
        gradient(self, parameter)
        if parameter.name == "U":
            self.graph.gradients["U"] = []

    monkeypatch.setattr(Stepper, "gradient", forgetting)
    with pytest.raises(TrainingError, match="the gradient of U is wrong"):
        train(GIVEN + CELL + LOSS)


# Parameters without influence

def test_a_parameter_without_influence_is_named_once() -> None:
    model = GIVEN + CELL.replace("+ a)", "+ sign(a))") + LOSS
    assert train(model).run.notices == [
        "the loss does not depend on a: the gradient is 0 at random parameters"]
    assert not train(GIVEN + CELL + LOSS).run.notices


def test_a_loss_without_parameters_is_refused() -> None:
    model = ("x: real[T, D]\ny: real[T]\nw: nonnegative[T]\nc: real\n"
             "l[t] = (sign(c)*sum(x[t]) - y[t])**2\nL = sum(w*l)")
    with pytest.raises(TrainingError, match="the loss depends on no parameter"):
        train(model)


def test_the_small_model_has_the_sizes_of_data_and_all_places_that_are_read() -> None:
    net = RecurrentNetwork(GIVEN + CELL + LOSS.replace("c +", "c + h[t, 11] +"),
                           {"H": 64, "D": 20}, np.float64)
    assert small_sizes(net) == {"H": 12, "D": 20}


# The floor of the check of every entry

def test_a_gradient_of_zero_is_not_accused_for_rounding() -> None:
    net = network(GIVEN + CELL.replace(" + a)", ")")
                  + LOSS.replace("dot(v, h[t])", "dot(v, h[t]) + sum(softmax(a))"))
    rng = np.random.default_rng(0)
    net.theta[...] = rng.normal(size=net.theta.shape)
    batch = {"x": rng.normal(size=(3, 2, 1)), "y": rng.normal(size=(3, 2))}
    rows = compared(net, batch)
    assert passed(rows)
    assert "is rounding beside the loss" in floor_in_words(rows)
    assert not passed([replace(rows[0], error=1e-9)])


# What is no number

@pytest.mark.parametrize(("lines", "words"), [
    ("g[t] = exp(500 + sum(x[t]))\no[t] = c + dot(v, h[t]) + g[t]",
     r"g is inf at time step 0 of row 0, .* in g\[t\] = .*; exp of more than 88.7 is infinite"),
    ("g[t] = log(sum(h[t])*v[0])\no[t] = c + dot(v, h[t]) + g[t]",
     r"g is nan at time step . of row ., .*; log has no value at 0 and below"),
    ("q[t] = sum(h[t])*10**30\ng[t] = q[t]**2\no[t] = c + dot(v, h[t]) + g[t]",
     "g is inf at time")])
def test_the_first_value_that_is_no_number_is_named(lines: str, words: str) -> None:
    model = GIVEN + CELL + LOSS.replace("o[t] = c + dot(v, h[t])", lines)
    with pytest.raises(TrainingError, match=words) as raised:
        train(model)
    assert "step 1: the loss is" in str(raised.value)
    assert "the rate is too high" not in str(raised.value)


def test_a_state_that_grows_is_named_at_its_step() -> None:
    loss = LOSS.replace("(o[t] - y", "(sin(o[t]) - y")
    model = GIVEN + CELL.replace("tanh(", "10**9*(1 + ") + loss
    with pytest.raises(TrainingError, match=r"h is (-?inf|nan) at time step [3-6] of row"):
        derive.train("mackey-glass", model=model, **{**OPTIONS, "bptt": 12})


def test_the_rate_is_blamed_where_the_loss_had_risen() -> None:
    with pytest.raises(TrainingError, match="the rate is too high for it"):
        derive.train("mackey-glass", model=GIVEN + CELL.replace("tanh", "") + LOSS,
                     **{**OPTIONS, "steps": 300}, lr=5.0, clip=0.0, optimizer="sgd")
