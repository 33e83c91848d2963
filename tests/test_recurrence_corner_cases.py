"""Corners of recurrent models and their training: time axes, masks, padding, files, messages."""

from __future__ import annotations

import io
import json
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

import derive
from derive.arrays.recurrent.loss_weights import Weights
from derive.calculus.recurrence.cell_parts import own_cell
from derive.calculus.recurrence.model_composition import Composition, composed
from derive.calculus.recurrence.model_structure import checked
from derive.calculus.recurrence.named_heads import find_head
from derive.errors import DataError, DeriveError, ModelError, TrainingError
from derive.notation.reading.model_equations import read_model
from derive.tables.cell_table import find_reduction
from derive.tables.prediction_kinds import PredictedOutput
from derive.training.network_building import RecurrentNetwork
from derive.training.progress import Bar, many, number
from derive.training.run_options import Options, changed
from derive.training.tasks.batching import Stream
from derive.training.tasks.metrics import Metric
from derive.training.tasks.registry import find_task
from derive.training.tasks.task_data import Split, moments
from derive.training.tasks.user_files import Options as Reading
from derive.training.tasks.user_files import read_file
from derive.training.watch import DivergedError, Watch

GIVEN = """x: real[T, D]
h: real[T, H]
b: real[H]
W: real[H, H]
U: real[H, D]
"""
RNN = GIVEN + "h[t] = tanh(b + W @ h[t-1] + U @ x[t])\n"
INDEXED = GIVEN + ("h[t, i] = tanh(b[i] + sum(W[i, j]*h[t-1, j] for j in H)"
                   " + sum(U[i, k]*x[t, k] for k in D))\n")
WHOLE = """W: real[H, H]
U: real[H, D]
V: real[H]
x: real[T, D]
y: real[T]
w: nonnegative[T]
h: real[T, H]
i[t] = sigmoid(W @ h[t-1])
h[t] = tanh(U @ x[t])*i[t]
l[t] = (dot(V, h[t]) - y[t])**2
L = sum(w*l)
"""


# --- equations ----------------------------------------------------------------------------------

@pytest.mark.parametrize(("text", "words"), [
    (GIVEN + "h[t] = tanh(b + W @ h[t-1] + U @ x[t]\n", "column 12: '[(]' is not closed"),
    (GIVEN, "no equation has a time index"),
    (GIVEN + "h[0] = b\n" + "h[t] = W @ h[t-1] + U @ x[t]\n", r"h\[0\] cannot be defined.*h\[-1\]"),
    (GIVEN + "h[-2] = b\n" + "h[t] = W @ h[t-1] + U @ x[t]\n", r"h\[-2\] cannot be defined"),
    (GIVEN + "h[t-1] = tanh(b + W @ h[t] + U @ x[t])\n", r"h\[t-1\] cannot be defined")])
def test_equations_that_cannot_be_are_named_where_they_stand(text: str, words: str) -> None:
    with pytest.raises(DeriveError, match=words):
        derive.bptt(text)


def test_time_is_the_axis_that_is_read_at_t_whatever_was_declared_first() -> None:
    model = checked(read_model(WHOLE))
    assert str(model.steps) == "T"
    gate = next(e for e in model.equations if e.name == "i")
    assert [str(d) for d in gate.symbol.kind.shape] == ["T", "H"]


@pytest.mark.parametrize(("head", "words"), [
    ("huber(delta=)", "delta in .* should be a number, as in delta=1, not ''"),
    ("huber(delta=x)", "should be a number"), ("huber(delta=1/0)", "should be a number"),
    ("huber(delta=-1)", "delta of the loss huber is positive, not -1"),
    ("huber(delt=1)", "has no delt; it has delta, y, z")])
def test_constants_of_a_head_are_numbers_in_their_range(head: str, words: str) -> None:
    with pytest.raises(ModelError, match=words):
        find_head(head)


def test_a_constant_may_be_a_fraction() -> None:
    assert find_head("huber(delta=1/2)")[2] == {"delta": "(1/2)"}


def small(text: str, **parts: bool) -> RecurrentNetwork:
    made = composed(Composition(own_cell(text), "gaussian", weighted=True, **parts))
    return RecurrentNetwork(made, {"H": 3, "D": 2}, np.float64)


def batch_of(rng: np.random.Generator, lengths: list[int], steps: int) -> dict[str, np.ndarray]:
    mask = (np.arange(steps)[:, None] < np.array(lengths)).astype(float)
    return {"x": rng.normal(size=(steps, len(lengths), 2)) * mask[..., None],
            "y": rng.normal(size=(steps, len(lengths))) * mask, "m": mask}


@pytest.mark.parametrize("backwards", [False, True])
def test_a_masked_cell_with_explicit_indices_is_the_cell_without(backwards: bool) -> None:
    plain, indexed = (small(text, masked=True, bidirectional=backwards)
                      for text in (RNN, INDEXED))
    plain.initialise(np.random.default_rng(1))
    indexed.theta[...] = plain.theta
    batch = batch_of(np.random.default_rng(2), [2, 5, 3], 5)
    assert indexed.loss_and_gradient(batch)[0] == pytest.approx(
        plain.loss_and_gradient(batch)[0], rel=1e-14)
    np.testing.assert_allclose(indexed.gradient, plain.gradient, rtol=1e-12, atol=1e-15)


def test_a_given_start_is_kept_by_masks_and_turned_by_a_second_direction() -> None:
    cell = own_cell(GIVEN + "h0: real[H]\nh[-1] = h0\n" + RNN.removeprefix(GIVEN))
    made = composed(Composition(cell, "gaussian", weighted=True, masked=True, bidirectional=True))
    lines = made.splitlines()
    assert "h[-1] = h0" in lines
    assert "h_back[T] = h0_back" in lines
    network = small("\n".join((*cell.given, *cell.equations)), masked=True, bidirectional=True)
    network.initialise(np.random.default_rng(1))
    network.parameters["h0_back"][...] = 0.5
    batch = batch_of(np.random.default_rng(2), [2, 3], 3)
    longer = {name: np.concatenate([a, np.zeros((2, *a.shape[1:]))]) for name, a in batch.items()}
    assert network.loss(longer)[0] == pytest.approx(network.loss(batch)[0], rel=1e-14)


def test_an_equation_of_a_cell_may_go_over_several_lines() -> None:
    cell = own_cell(GIVEN + "h[t] = tanh(b + W @ h[t-1]\n    + U @ x[t])\n")
    assert len(cell.equations) == 1
    assert cell.output == "h"


# --- reductions and batches ---------------------------------------------------------------------

@pytest.mark.parametrize(("name", "weights"), [
    ("masked-sum", [[1, 1], [1, 1], [0, 1]]), ("sum", [[1, 1], [1, 1], [1, 1]]),
    ("step-mean", np.full((3, 2), 1 / 3))])
def test_weights_of_a_reduction_of_one_sequence(name: str, weights: list[list[float]]) -> None:
    mask = np.array([[1, 1], [1, 1], [0, 1]], float)
    np.testing.assert_allclose(Weights(find_reduction(name))(mask), weights)


@pytest.mark.parametrize("name", ["sum", "masked-sum", "step-mean"])
def test_a_reduction_of_one_sequence_never_counts_padding(name: str) -> None:
    text = composed(Composition(own_cell(RNN), "gaussian", weighted=True))
    network = RecurrentNetwork(text, {"H": 3, "D": 2}, np.float64, name)
    network.initialise(np.random.default_rng(1))
    batch = batch_of(np.random.default_rng(2), [2, 4], 4)
    whole = network.reduced(batch)
    alone = sum(network.reduced({k: batch[k][:n, i : i + 1] for k in ("x", "y")})
                for i, n in enumerate((2, 4)))
    assert whole == pytest.approx(alone, rel=1e-14)


def test_a_batch_without_targets_is_named() -> None:
    network = small(RNN)
    with pytest.raises(DataError, match=r"the batch has no y"):
        network.loss({"x": np.zeros((2, 1, 2))})


def test_chunks_longer_than_the_data_are_not_padded_to_their_length() -> None:
    split = Split(np.zeros((10, 1)), np.zeros(10))
    batch = Stream(split, 1_000_000, 3).take()
    assert batch["x"].shape == (4, 3, 1)
    assert batch["m"].sum() == 10


def test_sequences_of_one_step_with_one_target_each(tmp_path: Path) -> None:
    path = tmp_path / "one.jsonl"
    path.write_text("".join(json.dumps({"x": [float(n % 3)], "y": "ab"[n % 2]}) + "\n"
                            for n in range(40)))
    run = derive.train(data=str(path), steps=3, hidden=3, batch=4)
    assert 0 <= run.metric[1] <= 1


# --- runs ---------------------------------------------------------------------------------------

def test_a_loss_that_leaves_its_start_at_once_is_not_the_measure() -> None:
    watch = Watch()
    watch.look(1, 0.7, 1.0)
    for step in range(2, 70):
        watch.look(step, 300.0, 1.0)
    with pytest.raises(DivergedError, match=r"at the start \(now 300, then 1\.3"):
        watch.look(70, 300.0, 1.0)
    again = Watch(**{**Watch().to_json(), "first": 0.7, "start": 1.0, "steps": 30})
    again.look(31, 0.5, 1.0)
    assert again.beyond == 0


@pytest.mark.filterwarnings("ignore")
def test_a_high_rate_is_stopped() -> None:
    with pytest.raises(TrainingError, match="try a lower --lr"):
        derive.train("mackey-glass", lr=100.0, steps=300, hidden=8)


def test_a_network_beyond_memory_is_one_line() -> None:
    with pytest.raises(TrainingError, match="not enough memory for a network with --hidden 10000"):
        derive.train("mackey-glass", hidden=100_000_000)


def test_two_classes_take_softmax_too() -> None:
    run = derive.train("spaces", head="softmax", hidden=2, steps=1, batch=2, bptt=4)
    assert run.run.data.head == "softmax"
    assert run.metric[0] == "f1"


def test_a_resumed_run_says_what_its_length_does(tmp_path: Path) -> None:
    path = tmp_path / "a.ckpt"
    small_run = {"steps": 4, "hidden": 2, "bptt": 8, "batch": 4, "schedule": "linear"}
    derive.train("mackey-glass", save=path, **small_run)
    assert "at its end, step 4; --steps N" in derive.train(resume=path).run.notices[0]
    notes = derive.train(resume=path, steps=6).run.notices
    assert "goes to step 6, not 4" in notes[0]
    assert "--schedule linear over 6 steps" in notes[0]


def test_a_resumed_run_keeps_its_task_and_its_data() -> None:
    with pytest.raises(TrainingError, match=r"made without --data, not 'a\.csv'"):
        changed(Options(task="names"), {"data": "a.csv"})
    with pytest.raises(TrainingError, match="made with the task 'names', not 'spaces'"):
        changed(Options(task="names"), {"task": "spaces"})


def test_a_task_that_is_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a.csv").write_text("a\n1\n")
    with pytest.raises(DeriveError, match=r"to train on the file, give --data a.csv"):
        find_task("a.csv")
    with pytest.raises(DeriveError, match=r"did you mean characters"):
        find_task("charactrs")


def test_numbers_for_a_reader() -> None:
    assert [number(v) for v in (12.0, 0.5, 0.0000317, 0.0, -0.0, -0.00125)] == \
        ["12.0000", "0.5000", "3.170e-05", "0.0000", "0.0000", "-0.001250"]
    assert [many(n, "epoch") for n in (1.0, 0.0893, 2000.0, 999.7, 1.5)] == \
        ["1 epoch", "0.0893 epochs", "2000 epochs", "1000 epochs", "1.5 epochs"]


@pytest.mark.parametrize("width", [40, 80, 120])
def test_a_bar_fits_its_terminal(width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    stream = io.StringIO()
    bar = Bar(stream)
    assert isinstance(bar._console, Console)
    with bar:
        bar.start(0, 400)
        bar.step(183, 0.01041)
        shown = bar._bar.get_renderable()
        text = Console(file=io.StringIO(), width=width)
        text.print(shown)
        lines = text.file.getvalue().splitlines()  # type: ignore[attr-defined]
    assert len(lines) == 1
    assert "step 183/400" in lines[0]
    assert "loss 0.01041" in lines[0]


# --- files --------------------------------------------------------------------------------------

def test_values_whose_squares_overflow_are_standardised(tmp_path: Path) -> None:
    path = tmp_path / "huge.csv"
    values = np.sin(np.arange(60.0))
    path.write_text("a\n" + "".join(f"{v * 2.0**1000!r}\n" for v in values.tolist()))
    data = read_file(path)
    assert np.isclose(data.train.inputs.std(), 1, atol=0.1)
    table = np.random.default_rng(0).normal(3, 2, (50, 4))
    assert np.array_equal(moments(table), (table.mean(0), table.std(0)))


@pytest.mark.parametrize(("name", "content", "reading", "words"), [
    ("a.txt", "a" * 50, Reading(), "all characters are 'a': nothing to learn"),
    ("a.jsonl", '{"x": [1.5, 2.5]}\n' * 9, Reading(targets=("y",)), "JSON lines file has no col"),
    ("a.csv", "n;p\n" + "1;0,5\n" * 30, Reading(targets=("p",)),
     "no number; it is one by --decimal ,"),
    ("a.csv", "a,b\n" + "1,2\n" * 30, Reading(), "by --columns and --predict"),
    ("a.jsonl", '{"x": "ab", "y": "p"}\n{"x": "ab", "y": "q"}\n{"x": "ab", "y": "r"}\n',
     Reading(head="bernoulli"), r"a\.jsonl: bernoulli takes 2 classes, not 3")])
def test_files_that_cannot_be_read(tmp_path: Path, name: str, content: str, reading: Reading,
                                   words: str) -> None:
    (tmp_path / name).write_text(content)
    with pytest.raises(DataError, match=words):
        read_file(tmp_path / name, reading)


def test_several_targets_have_a_head_or_a_model_of_their_own(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("a,b,c\n" + "".join(f"{n},{n % 7},{n % 5}\n" for n in range(60)))
    given = {"data": str(path), "target": "b,c", "columns": ("a",), "steps": 2, "hidden": 3,
             "bptt": 4, "batch": 2}
    assert derive.train(**given).metric[0] == "rmse"
    model = RNN.replace("h[t] =", "c: real[K]\nV: real[K, H]\ny: real[T, K]\nw: nonnegative[T]\n"
                        "h[t] =") + ("mu[t] = c + V @ h[t]\nl[t] = sum((mu[t] - y[t])**2)/2\n"
                                     "L = sum(w*l)\n")
    assert derive.train(model=model, **given).metric[0] == "rmse"


def test_an_output_is_measured_by_the_name_of_the_prediction() -> None:
    metric = Metric("accuracy", "softmax", PredictedOutput("scores", "z"))
    metric.update({"z": np.eye(3)}, {"y": np.array([0, 1, 1])})
    assert metric.value() == pytest.approx(2 / 3)
    with pytest.raises(DataError, match="the output 'z' has the shape"):
        metric.update({"z": np.zeros(3)}, {"y": np.zeros(3, int)})
