"""What a model predicts follows from its loss, however that is spelled, or from its own line."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest

import derive
from derive.calculus.recurrence.cell_parts import own_cell
from derive.calculus.recurrence.decoding_text import decoding_text
from derive.calculus.recurrence.model_composition import Composition
from derive.calculus.recurrence.model_structure import checked
from derive.calculus.recurrence.predictions import prediction_of
from derive.errors import DeriveError, TrainingError
from derive.notation.reading.model_equations import read_model
from derive.tables.cell_table import find_cell, heads
from derive.tables.loss_table import entry_for
from derive.tables.prediction_kinds import PredictedOutput, predicted_by_loss
from derive.training.stated_predictions import of_head, of_model
from derive.training.tasks.metrics import Metric

NAMES = ("V: real[K, H]", "c: real[K]", "v, s: real[H]", "b: real")
STEP = """x: real[T, D]
h: real[T, H]
W: real[H, H]
U: real[H, D]
{}
y: {}
w: nonnegative[T]
h[t] = tanh(W @ h[t-1] + U @ x[t])
{}
L = sum(w*l)
"""


def predicted(target: str, lines: str) -> PredictedOutput | None:
    """The prediction of a model with these lines after its state; what they read is declared."""
    words = set(re.findall(r"\w+", lines))
    given = [f"{name}: {kind}" for line in NAMES for names, _, kind in [line.partition(": ")]
             for name in names.split(", ") if name in words]
    return prediction_of(checked(read_model(STEP.format("\n".join(given), target, lines))))


CLASSES = [
    ("scores", "o", "o[t] = V @ h[t] + c\nl[t] = -log(softmax(o[t])[y[t]])"),
    ("scores", "o", "o[t] = V @ h[t] + c\nl[t] = log(sum(exp(o[t, k]) for k in K)) - o[t, y[t]]"),
    ("scores", "predict", "l[t] = -log(softmax(V @ h[t])[y[t]])"),
    ("scores", "q", "q[t] = log(softmax(V @ h[t]))\n"
                    "l[t] = -sum(q[t, k]*delta(k, y[t]) for k in K)"),
    ("probabilities", "p", "p[t] = softmax(V @ h[t])\nl[t] = -log(p[t, y[t]])"),
    ("probabilities", "p", "o[t] = V @ h[t]\np[t, k] = exp(o[t, k])/sum(exp(o[t, j]) for j in K)\n"
                           "l[t] = -log(p[t, y[t]])"),
    ("probabilities", "predict", "o[t] = V @ h[t]\nl[t] = -exp(c[y[t]])*log(softmax(o[t])[y[t]])"),
    ("probabilities", "predict", "o[t] = V @ h[t]\nl[t] = -log(softmax(o[t])[y[t]])\n"
                                 "predict = softmax(o[t])"),
    ("margins", "o", "o[t] = V @ h[t]\n"
                     "l[t] = max(o[t, k] + 1 - delta(k, y[t]) for k in K) - o[t, y[t]]")]
FLAGS = [
    ("log-odds", "z", "z[t] = dot(v, h[t])\nl[t] = log(1 + exp(-(2*y[t] - 1)*z[t]))"),
    ("log-odds", "z", "z[t] = dot(v, h[t])\n"
                      "l[t] = 3*y[t]*softplus(-z[t]) + (1 - y[t])*softplus(z[t])"),
    ("log-odds", "predict", "l[t] = softplus(dot(v, h[t])) - y[t]*dot(v, h[t])"),
    ("log-odds", "predict", "z[t] = dot(v, h[t])\n"
                            "l[t] = -log(Phi(z[t])) if y[t] == 1 else -log(1 - Phi(z[t]))"),
    ("probability", "p", "p[t] = sigmoid(dot(v, h[t]))\n"
                         "l[t] = -(y[t]*log(p[t]) + (1 - y[t])*log(1 - p[t]))"),
    ("margin", "z", "z[t] = dot(v, h[t])\nl[t] = max(0, 1 - (2*y[t] - 1)*z[t])")]
NUMBERS = [
    ("number", "predict", "l[t] = (y[t] - dot(v, h[t]) - b)**2/2"),
    ("number", "predict", "e[t] = 2*y[t] - 2*dot(v, h[t]) - 3\nl[t] = abs(e[t])"),
    ("number", "mu", "mu[t] = dot(v, h[t])\nl[t] = y[t]**2 - 2*mu[t]*y[t] + mu[t]**2"),
    ("number", "predict", "l[t] = (dot(v, h[t]) - y[t])**2*exp(-2*dot(s, h[t]))/2 + dot(s, h[t])"),
    ("location", "predict", "l[t] = 0.9*max(0, y[t] - b - dot(v, h[t])) "
                            "+ 0.1*max(0, dot(v, h[t]) + b - y[t])")]
COUNTS = [
    ("log-mean", "predict", "l[t] = exp(dot(v, h[t])) - y[t]*dot(v, h[t])"),
    ("mean", "mu", "mu[t] = exp(dot(v, h[t]))\nl[t] = mu[t] - y[t]*log(mu[t])"),
    ("mean", "predict", "z[t] = dot(v, h[t])\nl[t] = softplus(z[t]) - y[t]*log(softplus(z[t]))")]
ALL = [(target, *case) for target, cases in (
    ("label(K)[T]", CLASSES), ("binary[T]", FLAGS), ("real[T]", NUMBERS), ("count[T]", COUNTS))
    for case in cases]


@pytest.mark.parametrize(("target", "kind", "name", "lines"), ALL)
def test_any_spelling_of_a_loss_tells_what_is_predicted(target: str, kind: str, name: str,
                                                        lines: str) -> None:
    known = predicted(target, lines)
    assert known is not None
    assert (known.kind, known.name) == (kind, name)


@pytest.mark.parametrize("lines", ["l[t] = (log(y[t]**2 + 1) - dot(v, h[t]))**2",
                                   "l[t] = (y[t] - dot(v, h[t]))**3"])
def test_what_no_loss_tells_is_open(lines: str) -> None:
    known = predicted("real[T]", lines)
    assert known is None or known.kind == "location"


def test_a_model_without_a_prediction_is_refused_with_the_remedy() -> None:
    text = STEP.format("v: real[H]", "real[T]", "l[t] = (log(y[t]**2 + 1) - dot(v, h[t]))**2")
    with pytest.raises(TrainingError, match=r"write it as a line of the model, such as predict"):
        derive.train("mackey-glass", model=text, steps=1, hidden=4)


@pytest.mark.parametrize("tail", [
    "l[t] = (dot(v, h[t]) + b - y[t])**2/2", "e[t] = y[t] - b - dot(v, h[t])\nl[t] = e[t]**2/2",
    "mu[t] = dot(v, h[t]) + b\nl[t] = (mu[t] - y[t])**2/2",
    "predict[t] = dot(v, h[t]) + b\nl[t] = (predict[t] - y[t])**2/2"])
def test_rmse_of_any_spelling_is_that_of_the_raw_predictions(tail: str) -> None:
    text = STEP.format("b: real\nv: real[H]", "real[T]", tail)
    run = derive.train("mackey-glass", model=text, steps=8, hidden=4, bptt=16, batch=4,
                       dtype="float64")
    at, data = run.network.parameters, run.run.data
    state, given = np.zeros(4), []
    for step in np.concatenate([data.train.inputs[-32:], data.held_out.inputs]):
        state = np.tanh(at["W"] @ state + at["U"] @ step)
        given.append(float(at["v"] @ state + at["b"]))
    errors = np.array(given[32:]) - data.held_out.targets
    assert run.metric == ("rmse", pytest.approx(np.sqrt(np.mean(errors**2)), rel=1e-2))


@pytest.mark.parametrize(("kind", "given"), [
    ("probability", lambda p: p), ("log-odds", lambda p: np.log(p / (1 - p)))])
def test_f1_is_taken_at_a_half_of_a_probability_and_at_0_of_log_odds(kind: str, given) -> None:
    p = np.array([0.9, 0.6, 0.4, 0.2, 0.55])
    metric = Metric("f1", "bernoulli", PredictedOutput(kind, "z"))
    metric.update({"z": given(p)}, {"y": np.array([1, 0, 1, 0, 1])})
    assert metric.value() == pytest.approx(2*2/(3 + 3))


def test_probabilities_are_measured_as_they_are() -> None:
    p = np.array([[0.5, 0.25, 0.25], [0.125, 0.75, 0.125]])
    metric = Metric("bits", "softmax", PredictedOutput("probabilities", "p"))
    metric.update({"p": p}, {"y": np.array([1, 1])})
    assert metric.value() == pytest.approx((2 - np.log2(0.75)) / 2)


TEXT = """x: label(S)[T]
h: real[T, H]
E: real[S, H]
W: real[H, H]
V: real[K, H]
y: label(K)[T]
w: nonnegative[T]
h[t] = tanh(W @ h[t-1] + E[x[t]])
o[t] = V @ h[t]
{}
L = sum(w*l)
"""


def sampled(tail: str, tmp_path) -> str:
    path = tmp_path / "text.txt"
    path.write_text("the rain in spain stays mainly in the plain. " * 40)
    run = derive.train(data=str(path), model=TEXT.format(tail), steps=20, hidden=8, bptt=16,
                       batch=4)
    return run.sample(80)


def test_symbols_are_drawn_from_probabilities_as_from_scores(tmp_path) -> None:
    spelled = ("l[t] = -log(softmax(o[t])[y[t]])", "p[t] = softmax(o[t])\nl[t] = -log(p[t, y[t]])")
    scores, probabilities = (sampled(tail, tmp_path) for tail in spelled)
    assert scores == probabilities


def test_no_symbols_are_drawn_from_margins(tmp_path) -> None:
    with pytest.raises(TrainingError, match="no symbols can be drawn: the model predicts o"):
        sampled("l[t] = max(o[t, k] + 1 - delta(k, y[t]) for k in K) - o[t, y[t]]", tmp_path)


def test_the_table_of_predictions_names_losses_of_the_catalogue() -> None:
    own = {head.name for head in heads() if getattr(head, "equations", ())}
    for name, (_, formula) in predicted_by_loss().items():
        if name in own:
            continue  # its names are those of its own equations
        names = {n.strip() for line in entry_for(name).given for n in line.partition(":")[0]
                 .split(",")}
        read = re.findall(r"[a-z_]+\b(?!\()", formula)
        assert set(read) - {"pi"} <= names


def test_a_parameter_named_predict_is_no_prediction() -> None:
    """Where the head adds the line `predict`, it is refused; else it is a name like any other."""
    cell = find_cell("rnn")
    own = replace(cell, given=tuple(line.replace("b:", "predict:") for line in cell.given),
                  equations=tuple(line.replace("b +", "predict +") for line in cell.equations))
    with pytest.raises(TrainingError, match=r"the model declares predict.* adds the line predict"):
        of_head(Composition(own, "weibull", weighted=True))
    assert of_head(Composition(own, "softmax", weighted=True))[1].name == "o"


GATED = """x: real[T, D]
h, o: real[T, H]
W, A: real[H, H]
U: real[H, D]
o[t] = sigmoid(A @ h[t-1])
h[t] = o[t]*tanh(W @ h[t-1] + U @ x[t])
"""


@pytest.mark.parametrize("head", [head.name for head in heads()])
def test_every_named_head_has_a_prediction(head: str) -> None:
    text, known = of_head(Composition(find_cell("lstm"), head, weighted=True))
    model = checked(read_model(text))
    decoded = decoding_text(text)
    assert known.name == "predict" if known.line or decoded else model.scope.names[known.name]


def test_a_gate_of_a_cell_is_not_its_prediction() -> None:
    text, known = of_head(Composition(own_cell(GATED), "softmax", weighted=True))
    assert known.name == "o_out"
    assert "o_out[t] = " in text


def test_hostile_lines_are_refused() -> None:
    with pytest.raises(DeriveError):
        predicted("real[T]", "predict = \nl[t] = (dot(v, h[t]) - y[t])**2")


def test_a_line_whose_kind_is_open_is_not_asked_for_again() -> None:
    lines = ("q[t] = dot(v, h[t])\npredict[t] = q[t]\n"
             "l = sum((q[t] - y[t])**2 for t in T)/T\nL = l")
    text = STEP.format("v: real[H]", "real[T]", lines).replace("w: nonnegative[T]\n", "")
    with pytest.raises(TrainingError, match=r"what predict is, .* does not follow from the loss"):
        of_model(text.removesuffix("L = sum(w*l)\n"))
