"""The trainer: optimisers, schedules, the order of a run, what stops it, what it tells."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
from math import cos, inf, nan, pi, sqrt
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from click.testing import CliRunner

from derive.errors import (
    CheckpointError,
    DataFileError,
    DeriveError,
    TrainingError,
    UnknownNameError,
)
from derive.training import checkpoint as files
from derive.training import curves, gradient_check, text_sampling
from derive.training.evaluation import evaluator, feed, targets
from derive.training.log import COLUMNS, Log, read_log
from derive.training.optimizers import OPTIMIZERS, clip, gradient_norm, optimizer
from derive.training.progress import Lines, duration, progress, speed
from derive.training.run_options import (
    TABLE,
    Options,
    changed,
    check_options,
    conflict,
    options_for,
    options_from_json,
    read_defaults,
    task_defaults,
)
from derive.training.schedules import read_schedule
from derive.training.tasks.task_data import Data, Split
from tests.toy_network import ToyFeed, ToyNetwork, digest, toy
from tests.toy_run import trainer

ROOT = Path(__file__).resolve().parent.parent


# --- optimisers, clipping, schedules ------------------------------------------------------------

def by_the_book(name: str, theta: list[float], gradients: list[list[float]], lr: float):
    """The definitions in plain floats, one parameter at a time."""
    found = []
    for place, start in enumerate(theta):
        w, v, r = start, 0.0, 0.0
        for t, all_g in enumerate(gradients, 1):
            g = all_g[place]
            if name == "sgd":
                w -= lr * g
            elif name == "momentum":
                v = 0.9 * v + g
                w -= lr * v
            elif name == "rmsprop":
                r = 0.99 * r + 0.01 * g * g
                w -= lr * g / (sqrt(r) + 1e-8)
            elif name == "adagrad":
                r += g * g
                w -= lr * g / (sqrt(r) + 1e-10)
            else:
                v = 0.9 * v + 0.1 * g
                r = 0.999 * r + 0.001 * g * g
                w -= lr * (v / (1 - 0.9**t)) / (sqrt(r / (1 - 0.999**t)) + 1e-8)
        found.append(w)
    return found


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_an_optimizer_is_its_definition(name: str) -> None:
    rng = np.random.default_rng(1)
    theta, gradients = rng.standard_normal(4), rng.standard_normal((9, 4))
    gradients[:, 3] = 0
    own, made = theta.copy(), optimizer(name, 4, np.float64)
    for g in gradients:
        made.step(own, g, 0.1)
    due = by_the_book(name, theta.tolist(), gradients.tolist(), 0.1)
    np.testing.assert_allclose(own, due, rtol=1e-13)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_an_optimizer_works_in_place_keeps_the_dtype_and_goes_on_from_its_state(name: str) -> None:
    rng = np.random.default_rng(2)
    theta, gradients = rng.standard_normal(5).astype("f4"), rng.standard_normal((6, 5)).astype("f4")
    one, two = optimizer(name, 5, np.float32), optimizer(name, 5, np.float32)
    whole = theta.copy()
    for g in gradients:
        before, kept = g.copy(), whole
        one.step(whole, g, np.float64(0.1))
        assert kept is whole
        assert (g == before).all()
    half = theta.copy()
    for g in gradients[:3]:
        two.step(half, g, 0.1)
    three = optimizer(name, 5, np.float32)
    three.restore({k: v.copy() for k, v in two.state.items()})
    for g in gradients[3:]:
        three.step(half, g, 0.1)
    assert whole.tobytes() == half.tobytes()
    assert all(v.dtype in (np.float32, np.int64) for v in one.state.values())


def test_an_optimizers_state_must_fit() -> None:
    with pytest.raises(CheckpointError, match=r"'velocity' should be float64 .* has nothing"):
        optimizer("momentum", 3, float).restore({})
    with pytest.raises(CheckpointError, match="has float64 of shape"):
        optimizer("adam", 3, float).restore({"mean": np.zeros(4)})
    with pytest.raises(DeriveError, match="did you mean adam"):
        optimizer("adamm", 3, float)


def test_clipping_by_norm_by_value_and_not_at_all() -> None:
    for limit, mode, due in ((1.0, "norm", [0.6, -0.8]), (9.0, "norm", [3, -4]),
                             (0, "norm", [3, -4]), (3.5, "value", [3, -3.5])):
        g = np.array([3.0, -4.0])
        assert clip(g, limit, mode) == 5
        np.testing.assert_allclose(g, due)


def test_the_norm_of_huge_and_of_broken_gradients() -> None:
    with np.errstate(all="ignore"):
        assert gradient_norm(np.array([3e30, 4e30], np.float32)) == pytest.approx(5e30)
        assert gradient_norm(np.array([1, inf], np.float32)) == inf
        assert np.isnan(gradient_norm(np.array([1, nan], np.float32)))


@pytest.mark.parametrize(("text", "step", "factor"), [
    ("constant", 70, 1), ("linear", 0, 1), ("linear", 25, 0.75), ("linear", 100, 0),
    ("cosine", 25, (1 + cos(pi / 4)) / 2), ("step:0.5:30", 29, 1), ("step:0.5:30", 60, 0.25),
    ("exponential:0.5:30", 15, sqrt(0.5)), ("exponential", 100, 0.01),
    ("warmup:10", 0, 0.1), ("warmup:10", 50, 1), ("warmup:20,linear", 19, 1),
    ("warmup:20,linear", 60, 0.5)])
def test_schedules(text: str, step: int, factor: float) -> None:
    assert read_schedule(text).factor(step, 100) == pytest.approx(factor)


@pytest.mark.parametrize("text", ["", "lineal", "step", "step:0.5", "step:2:10", "step:0.5:0",
                                  "step:a:3", "linear:3", "warmup:x,linear", "warmup:5,warmup:5"])
def test_a_wrong_schedule_says_what_there_is(text: str) -> None:
    with pytest.raises(TrainingError, match=r"--schedule cannot be .*it reads constant, linear"):
        read_schedule(text)


# --- options ------------------------------------------------------------------------------------

def test_defaults_come_from_the_task_and_give_way_to_the_user() -> None:
    assert options_for("names", {}).epochs == 6
    assert options_for("names", {}).steps is None
    assert options_for("names", {"steps": 5}).epochs is None
    assert options_for(None, {"hidden": 7}).hidden == 7
    options = options_for("names", {"columns": ("a", "b")})
    assert options_from_json(options.to_json()) == options
    assert set(task_defaults()) >= {"", "names"}


def test_options_from_python_are_those_of_the_command_line() -> None:
    assert options_for(None, {"columns": "a, b"}).columns == ("a", "b")
    assert options_for(None, {"columns": ["a", "b"]}).columns == ("a", "b")
    with pytest.raises(UnknownNameError, match="no option 'hiden'; did you mean hidden"):
        options_for(None, {"hiden": 3})
    with pytest.raises(TrainingError, match="a task or --data, not both"):
        options_for("names", {"task": "names", "data": "a.csv"})
    assert conflict({"cell": "gru", "model": "h[t] = h[t-1]"}) == \
        "give --cell or --model, not both"
    assert TABLE.keys() | {"task"} == Options().to_json().keys()
    assert {name for name, option in TABLE.items() if not option.help} == set()


@pytest.mark.parametrize(("given", "words"), [
    ({"steps": 0}, "--steps is a whole number of at least 1, not 0"),
    ({"steps": 1, "epochs": 1}, "--steps or --epochs, not both"), ({"lr": 0.0}, "--lr is a number"),
    ({"lr": nan}, "--lr is a number above 0, not nan"), ({"lr": inf}, "--lr"),
    ({"hidden": 0}, "--hidden"), ({"hidden": "8"}, "--hidden is a whole number .* not '8'"),
    ({"hidden": 1.5}, "--hidden is a whole number of at least 1, not 1.5"),
    ({"clip": -1.0}, "--clip is a number of at least 0, not -1.0"),
    ({"clip_mode": "max"}, "--clip-mode is norm or value, not 'max'"),
    ({"dtype": "int8"}, "--dtype"),
    ({"eval_every": -1}, "--eval-every")])
def test_values_out_of_range_are_named(given: dict[str, object], words: str) -> None:
    with pytest.raises(TrainingError, match=words):
        options_for(None, given)


def test_a_resumed_run_may_go_on_longer_but_not_be_another() -> None:
    old = Options(hidden=8)
    assert changed(old, {"steps": 9, "lr": 0.1}).steps == 9
    assert changed(old, {"hidden": 8}) == old
    with pytest.raises(TrainingError, match="made with --hidden '8', not '9'; leave it out"):
        changed(old, {"hidden": 9})
    with pytest.raises(TrainingError, match="--steps or --epochs"):
        check_options(Options(epochs=3))


@pytest.mark.parametrize(("text", "words"), [
    ("[other]\na = 1", "neither"), ("[defaults]\nhiden = 1", "unknown key 'hiden'"),
    ("[tasks.x]\nhidden = 'a'", r"\[tasks.x\]: key 'hidden' should be a int")])
def test_a_wrong_file_of_defaults_is_named(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "tasks.toml"
    path.write_text(text)
    with pytest.raises(DataFileError, match=words):
        read_defaults(path)


# --- a run --------------------------------------------------------------------------------------

def test_the_toy_network_agrees_with_differences() -> None:
    net, batch = toy(), ToyFeed().take()
    net.initialise(np.random.default_rng(0))
    batch["m"] = (np.random.default_rng(1).random(batch["x"].shape) < 0.8).astype(float)
    state = {"h": np.random.default_rng(2).standard_normal((4, 6))}
    net.loss_and_gradient(batch, state)
    slopes = []
    for place in range(net.theta.size):
        sides = []
        for h in (1e-6, -2e-6):
            net.theta[place] += h
            sides.append(net.loss(batch, state)[0])
        net.theta[place] += 1e-6
        slopes.append((sides[0] - sides[1]) / 2e-6)
    np.testing.assert_allclose(net.gradient, slopes, atol=1e-8)


def finished(run):
    run.start()
    return run.run()


@pytest.mark.parametrize("options", [
    {}, {"dtype": "float32"}, {"optimizer": "momentum", "lr": 0.1},
    {"clip_mode": "value", "optimizer": "rmsprop"}])
def test_training_lowers_the_loss_and_two_runs_agree_bit_for_bit(options) -> None:
    one, two = trainer(None, **options), trainer(None, **options)
    outcome = finished(one)
    finished(two)
    assert outcome.why == "length"
    assert outcome.step == outcome.measured_step == 60
    assert outcome.measured == two.last
    assert digest(one.network.theta) == digest(two.network.theta)
    assert one.rows[-1]["loss"] < 0.8 * one.rows[0]["loss"]
    assert digest(finished_theta(seed=4, **options)) != digest(one.network.theta)


def finished_theta(**options):
    run = trainer(None, **options)
    finished(run)
    return run.network.theta


@pytest.mark.parametrize("shuffled", [False, True])
def test_how_often_is_evaluated_logged_and_saved_changes_no_weight(tmp_path, shuffled) -> None:
    seen = set()
    for n, (every, saved) in enumerate([(0, 0), (1, 1), (7, 5), (60, 3), (None, 2)]):
        folder = tmp_path / str(n)
        folder.mkdir()
        run = trainer(folder, feed=ToyFeed(3, shuffled=shuffled), eval_every=every,
                      save_every=saved)
        finished(run)
        seen.add(digest(run.network.theta))
    assert len(seen) == 1


def test_the_carried_state_is_carried_and_starts_anew() -> None:
    class Spy(ToyNetwork):
        def loss_and_gradient(self, batch, state=None):
            states.append(None if state is None else state["h"].copy())
            loss, last = super().loss_and_gradient(batch, state)
            ends.append(last["h"].copy())
            return loss, last

    states: list[np.ndarray | None] = []
    ends: list[np.ndarray] = []
    finished(trainer(None, network=Spy(5, 6, 5), steps=16, eval_every=1))
    for n, state in enumerate(states):
        # None: the network starts as its model says, so that a learned start gets a gradient.
        assert (state is None) == (n % 7 == 0)
        assert state is None or (state == ends[n - 1]).all()


def test_a_network_that_carries_nothing_is_given_no_state() -> None:
    class Spy(ToyNetwork):
        def loss_and_gradient(self, batch, state=None):
            assert state is None
            return super().loss_and_gradient(batch, state)

    finished(trainer(None, network=Spy(5, 6, 5, carries=False), hold=False, steps=9))


def test_patience_stops_and_gives_the_best_back(tmp_path) -> None:
    run = trainer(tmp_path, patience=2, eval_every=5, steps=1000)
    losses, seen = iter([3.0, 2.0, 2.5, 2.2, 1.0]), []
    measure = run.evaluate

    def evaluate():
        seen.append(run.network.theta.copy())
        return measure()._replace(loss=next(losses))

    run.evaluate = evaluate
    outcome = finished(run)
    assert (outcome.why, outcome.step, outcome.measured_step) == ("patience", 20, 10)
    assert outcome.measured.loss == 2.0
    assert (run.network.theta == seen[1]).all()
    kept = files.read(tmp_path / "run.ckpt")
    assert (kept.arrays["best"] == seen[1]).all()
    assert (kept.arrays["theta"] == seen[3]).all()


def test_epochs_are_passes_through_the_data() -> None:
    run = trainer(None, steps=None, epochs=3, eval_every=None)
    assert (run.total, run.eval_every) == (21, 7)
    assert finished(run).epoch == 3


class Breaking(ToyNetwork):
    """The loss or the gradient breaks at a step."""

    at, loss_is, gradient_is, calls = 30, None, None, 0

    def loss_and_gradient(self, batch, state=None):
        loss, last = super().loss_and_gradient(batch, state)
        self.calls += 1
        if self.calls >= self.at:
            loss = loss if self.loss_is is None else self.loss_is
            if self.gradient_is is not None:
                self.gradient[0] = self.gradient_is
        return loss, last


@pytest.mark.parametrize(("loss", "gradient", "words"), [
    (nan, None, "step 30: the loss is nan"), (inf, None, "step 30: the loss is inf"),
    (None, nan, "step 30: the gradient's norm is nan"), (None, -inf, "gradient's norm is inf"),
    (1e3, None, "step 79: for 50 steps the loss has been more than 10 times")])
def test_a_diverging_run_stops_and_keeps_the_last_good_checkpoint(
        tmp_path, loss, gradient, words) -> None:
    net = Breaking(5, 6, 5)
    net.loss_is, net.gradient_is = loss, gradient
    run = trainer(tmp_path, network=net, steps=200)
    with pytest.raises(TrainingError, match=words) as raised:
        finished(run)
    assert "lower --lr" in str(raised.value)
    assert "--clip" in str(raised.value)
    last = 29 if loss == 1e3 else 25
    assert f"The checkpoint of step {last // 5 * 5} is in" in str(raised.value)
    kept = files.read(tmp_path / "run.ckpt")
    assert kept.header["step"] == last // 5 * 5
    assert np.isfinite(kept.arrays["theta"]).all()


def test_a_diverging_run_without_a_checkpoint_says_how_to_keep_one() -> None:
    net = Breaking(5, 6, 5)
    net.loss_is = nan
    with pytest.raises(TrainingError, match="--save FILE keeps one"):
        finished(trainer(None, network=net))


def test_overflow_in_a_step_prints_no_warnings() -> None:
    with pytest.raises(TrainingError, match="lower --lr"):
        finished(trainer(None, lr=1e300, clip=0.0, optimizer="sgd", schedule="constant",
                         network=ToyNetwork(5, 6, 1, head="gaussian")))


# --- Ctrl-C -------------------------------------------------------------------------------------

@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_finishes_the_step_saves_and_goes_on_to_the_same_end(tmp_path, number) -> None:
    before = signal.getsignal(number)
    straight = finished_theta()
    run = trainer(tmp_path, save_every=0)
    take = run.feed.take

    def interrupted():
        if run.step == 22:
            signal.raise_signal(number)
        return take()

    run.feed.take = interrupted
    outcome = finished(run)
    assert (outcome.why, outcome.step) == ("interrupt", 23)
    assert signal.getsignal(number) == before
    again = trainer(tmp_path, save_every=0)
    again.saver.ours = True
    again.resume(files.read(outcome.saved))
    assert again.run().step == 60
    assert digest(again.network.theta) == digest(straight)


def test_an_interrupted_run_without_a_file_is_saved_under_a_new_name(tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "toy.ckpt").write_text("mine")
    run = trainer(None)
    run.feed.take = lambda take=run.feed.take: (signal.raise_signal(signal.SIGINT), take())[1]
    assert finished(run).saved == tmp_path / "toy-2.ckpt"
    assert (tmp_path / "toy.ckpt").read_text() == "mine"


# --- log, progress, curves ----------------------------------------------------------------------

@pytest.mark.parametrize("suffix", [".csv", ".jsonl"])
def test_the_log_has_a_row_for_each_evaluation(tmp_path, suffix) -> None:
    run = trainer(tmp_path, suffix=suffix)
    finished(run)
    rows = read_log(run.log.path)
    assert [row["step"] for row in rows] == [7, 14, 21, 28, 35, 42, 49, 50, 56, 60]
    assert [row["held_out_loss"] is None for row in rows] == [n == 7 for n in range(10)]
    assert rows[-1]["held_out_loss"] == run.last.loss
    assert rows == [{k: row[k] for k in COLUMNS} for row in
                    [{k: None if v == inf else v for k, v in row.items()} for row in run.rows]]


def test_a_row_that_the_disk_does_not_take_is_written_later(tmp_path, monkeypatch) -> None:
    log, write = Log(tmp_path / "a.csv"), os.write
    log.start()
    log.append({"step": 1})

    def full(handle, data):
        write(handle, bytes(data)[:3])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "write", full)
    assert "No space left on device; training goes on" in log.append({"step": 2})
    assert log.append({"step": 3}) == ""
    monkeypatch.setattr(os, "write", write)
    assert log.append({"step": 4}) == ""
    log.close()
    assert [row["step"] for row in read_log(log.path)] == [1, 2, 3, 4]


@pytest.mark.parametrize(("name", "text", "words"), [
    ("a.csv", "x,y\n1,2\n", "is no log of derive: it is left as it is"),
    ("a.csv", ",".join(COLUMNS) + "\n1,2\n", "line 2: no row"),
    ("a.jsonl", "{}\n", "is no log"), ("a.jsonl", "[\n", "is no log"),
    ("a.jsonl", '{"step": 1}\n', "is no log"),
    ("a.csv", ",".join(COLUMNS[:10]) + "\n" + "1," * 9 + "\n", "has the rows of another run"),
    ("a.csv", ",".join(COLUMNS) + "\n" + "1," * 11 + "\n", "has the rows of another run"),
    ("a.txt", "", "writes .csv or .jsonl, not 'a.txt'")])
def test_a_file_that_is_no_log_is_left_alone(tmp_path, name, text, words) -> None:
    path = tmp_path / name
    path.write_text(text)
    with pytest.raises(TrainingError, match=words):
        Log(path).start()
    assert path.read_text() == text


def test_lines_of_progress_in_a_pipe() -> None:
    stream = io.StringIO()
    run = trainer(None)
    run.progress = Lines(stream, seconds=1000)
    finished(run)
    lines = stream.getvalue().splitlines()
    assert len(lines) == 9
    assert lines[0].startswith("step 7/60  loss ")
    assert "held out: loss " in lines[0]
    assert "ms/step" in lines[0]
    assert lines[0].endswith(" left")
    stream = io.StringIO()
    run = trainer(None)
    run.progress = Lines(stream, seconds=0)
    finished(run)
    assert len(stream.getvalue().splitlines()) == 69


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_bar_on_a_terminal(monkeypatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.delenv("NO_COLOR", raising=False)
    plain = {}
    for color in (True, False):
        if not color:
            monkeypatch.setenv("NO_COLOR", "1")
        stream = Terminal()
        run = trainer(None)
        run.progress = progress(stream)
        run.progress.note("[a] note")
        finished(run)
        plain[color] = stream.getvalue()
        assert "[a] note" in plain[color]
        assert "ms/step" in plain[color]
        assert "step 56/60  loss" in plain[color]
    assert "\x1b[9" in plain[True]
    assert "\x1b[9" not in plain[False]
    monkeypatch.setenv("TERM", "dumb")
    assert isinstance(progress(Terminal()), Lines)


def test_times_for_a_reader() -> None:
    assert [duration(s) for s in (0.2, 59, 61, 3599, 7260)] == [
        "0 s", "59 s", "1 min 01 s", "59 min 59 s", "2 h 01 min"]
    assert (speed(0.00123), speed(2)) == ("1.23 ms/step", "2 s/step")


def test_curves_are_refused_before_the_run(tmp_path) -> None:
    pytest.importorskip("matplotlib")
    with pytest.raises(TrainingError, match=r"writes \.png or \.svg"):
        curves.check_plot(tmp_path / "a.pdf")
    with pytest.raises(TrainingError, match="missing or not writable"):
        curves.check_plot(tmp_path / "none" / "a.png")


def test_curves(tmp_path) -> None:
    pytest.importorskip("matplotlib")
    run = trainer(None)
    finished(run)
    curves.plot(run.rows, tmp_path / "a.png", "Toy", "bits")
    assert (tmp_path / "a.png").read_bytes()[:4] == b"\x89PNG"
    curves.plot(run.rows, tmp_path / "a.svg", "Toy", "bits")
    assert "<svg" in (tmp_path / "a.svg").read_text(encoding="utf-8")
    curves.plot([], tmp_path / "b.png", "Nothing", "")


# --- evaluation ---------------------------------------------------------------------------------

def stream_data(length: int = 300) -> Data:
    text = np.random.default_rng(5).integers(0, 5, length + 1)
    symbols = tuple("abcd\n")
    cut = length - 60
    return Data("toy", "Toy text", Split(text[:cut], text[1 : cut + 1]),
                Split(text[cut:-1], text[cut + 1 :]), symbols, symbols, True, "softmax", "bits",
                "made", "0" * 64)


def sequence_data() -> Data:
    rng = np.random.default_rng(6)
    starts = np.array([0, 3, 7, 8, 13])
    part = Split(rng.integers(0, 5, 13), rng.integers(0, 3, 4), starts)
    return Data("names", "Toy names", part, part, tuple("abcde"), tuple("xyz"), False, "softmax",
                "accuracy", "made", "1" * 64)


@pytest.mark.parametrize(("bptt", "batch"), [(5, 4), (64, 32), (2, 2)])
def test_a_held_out_stream_goes_on_where_the_training_part_ends(bptt: int, batch: int) -> None:
    data, net = stream_data(), toy()
    net.initialise(np.random.default_rng(1))
    held = evaluator(net, data, Options(bptt=bptt, batch=batch))()
    whole = np.concatenate([data.train.inputs, data.held_out.inputs])[:, None]
    aims = np.concatenate([data.train.targets, data.held_out.targets])
    logits = net.outputs({"x": whole})[0]["o"][:, 0]
    losses = np.log(np.exp(logits).sum(1)) - logits[np.arange(len(aims)), aims]
    exact = losses[len(data.train) :].mean()
    assert held.loss == pytest.approx(exact, abs=1e-4 if bptt > 2 else 1e-2)
    assert held.metric == pytest.approx(held.loss / np.log(2))


def test_held_out_sequences_count_alike_whatever_the_batch() -> None:
    data, net = sequence_data(), ToyNetwork(5, 6, 3)
    net.initialise(np.random.default_rng(1))
    found = [evaluator(net, data, Options(batch=batch))() for batch in (1, 3, 4)]
    assert [h.metric for h in found] == [found[0].metric] * 3
    assert [h.loss for h in found] == pytest.approx([found[0].loss] * 3)
    given = feed(net, data, Options(batch=3))
    assert sorted(targets(given.take()) for _ in range(len(given))) == [1, 3]
    assert feed(toy(), stream_data(), Options(bptt=5, batch=4)).take()["x"].shape == (5, 4)


def test_an_evaluation_changes_nothing() -> None:
    data, net = stream_data(), toy()
    net.initialise(np.random.default_rng(1))
    given = feed(net, data, Options(bptt=5, batch=4))
    net.loss_and_gradient(given.take(), net.zero_state(4))
    before = digest(net.theta), digest(net.gradient), given.state()
    one, two = (evaluator(net, data, Options(bptt=5, batch=4))() for _ in "ab")
    assert one == two
    assert before == (digest(net.theta), digest(net.gradient), given.state())


# --- sampling, gradient check -------------------------------------------------------------------

def test_sampling_carries_the_state_and_repeats_with_its_seed() -> None:
    net, symbols = toy(), tuple("abcd\n")
    net.initialise(np.random.default_rng(3))
    net.theta *= 4
    texts = ["".join(text_sampling.sample(net, symbols, 40, seed=seed, prime="ab"))
             for seed in (1, 1, 2)]
    assert texts[0] == texts[1] != texts[2]
    warm = text_sampling.sample(net, symbols, 40, temperature=1, seed=1, prime="ab")
    assert "".join(warm) == texts[0]
    greedy = "".join(text_sampling.sample(net, symbols, 12, temperature=0, prime="ab"))
    for n in range(12):
        read = [symbols.index(c) for c in "ab" + greedy[:n]]
        logits = net.outputs({"x": np.array(read)[:, None]})[0]["o"][-1, 0]
        assert symbols[int(logits.argmax())] == greedy[n]
    cold = "".join(text_sampling.sample(net, symbols, 12, temperature=1e-9, prime="ab"))
    assert cold == greedy


def test_draws_follow_the_softmax_of_the_logits_by_temperature() -> None:
    rng, logits = np.random.default_rng(0), np.array([0.0, 1.0, -inf, 2.0], np.float32)
    drawn = [text_sampling.choose(logits, 2.0, rng) for _ in range(20000)]
    counts = np.bincount(drawn, minlength=4)
    weights = np.exp(logits / 2)
    np.testing.assert_allclose(counts / 20000, weights / weights.sum(), atol=0.012)
    assert counts[2] == 0


@pytest.mark.parametrize(("changes", "words"), [
    ({"temperature": -1}, "at least 0, not -1"), ({"temperature": nan}, "not nan"),
    ({"prime": "abxéx"}, "does not know 'x', 'é' of the prime text")])
def test_sampling_refuses(changes, words) -> None:
    with pytest.raises(TrainingError, match=words):
        list(text_sampling.sample(toy(), tuple("abcd\n"), 3, **changes))
    with pytest.raises(TrainingError, match="backwards"):
        list(text_sampling.sample(toy(carries=False), tuple("abcd\n"), 3))


def test_the_report_of_a_gradient_check(monkeypatch) -> None:
    rows = [gradient_check.Row("W", (6, 6), 3e-14, (1, 2)),
            gradient_check.Row("b", (6,), 2e-9, (0,))]
    monkeypatch.setattr(gradient_check, "compared", lambda network, batch, state: rows)
    found = gradient_check.check(toy(), ToyFeed())
    assert gradient_check.table(found)[0] == ("W", "6 × 6", "3.0e-14", "1, 2")
    assert gradient_check.passed(found[:1])
    assert not gradient_check.passed(found)
    assert not gradient_check.passed([gradient_check.Row("b", (), nan, ())])
    assert gradient_check.small(Options(), ("hidden",)).hidden == 128
    assert gradient_check.small(Options(), ()).hidden == 8


# --- the commands -------------------------------------------------------------------------------

@pytest.fixture
def derive(monkeypatch, tmp_path):
    """Runs `train` and `sample` on toy data with the toy network."""
    from derive.commands import sample, train
    from derive.training import api, setup

    def network(data, options):
        return ToyNetwork(len(data.inputs), options.hidden, len(data.classes), dtype=options.dtype,
                          carries=not options.bidirectional)

    monkeypatch.setitem(sys.modules, "derive.training.composed_network",
                        SimpleNamespace(network=network))
    load = setup.load_data
    for module in (setup, api):
        monkeypatch.setattr(module, "load_data", lambda options: {
            "toy": stream_data, "toy-names": sequence_data}.get(
                options.task, lambda: load(options))())
    monkeypatch.setattr(api, "network", network)
    monkeypatch.chdir(tmp_path)
    for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
        monkeypatch.setenv(name, "1")
    commands = {"train": train.command, "sample": sample.command}

    def run(command: str, *arguments: str):
        return CliRunner().invoke(commands[command], arguments)

    return run


SMALL = ("--hidden", "6", "--bptt", "5", "--batch", "4", "--dtype", "float64")


def test_training_prints_the_result_beside_the_baselines(derive) -> None:
    done = derive("train", "toy", *SMALL, "--steps", "20", "--save", "a.ckpt", "--log", "a.csv")
    assert done.exit_code == 0, done.output
    assert done.stdout.startswith("rnn 6\t")
    for word in ("unigram", "20 steps", "seed 0", "sha256 " + "0" * 64, "a.ckpt"):
        assert word in done.stdout
    assert "h[t] = tanh(b + W @ h[t-1]" in done.stderr
    assert "step 20/20" in done.stderr
    again = derive("train", "--resume", "a.ckpt", "--steps", "30")
    assert again.exit_code == 0, again.output
    assert "30 steps" in again.stdout
    assert read_log(Path("a.csv"))[-1]["step"] == 30
    text = derive("sample", "a.ckpt", "--length", "30", "--prime", "ab")
    assert text.exit_code == 0
    assert len(text.stdout) == 31
    assert text.stderr == ""


def test_a_command_that_goes_on_ends_like_one_that_never_stopped(derive) -> None:
    derive("train", "toy", *SMALL, "--steps", "40", "--schedule", "cosine", "--save", "a.ckpt")
    from derive.training.loop import Trainer
    step = Trainer._step

    def stopping(self):
        if self.step == 17:
            signal.raise_signal(signal.SIGINT)
        step(self)

    Trainer._step = stopping
    try:
        stopped = derive("train", "toy", *SMALL, "--steps", "40", "--schedule", "cosine",
                         "--save", "b.ckpt")
    finally:
        Trainer._step = step
    assert stopped.exit_code == 130
    assert "derive train --resume b.ckpt" in stopped.stderr
    assert stopped.stdout == ""
    assert derive("train", "--resume", "b.ckpt").exit_code == 0
    one, two = (files.read(Path(name)) for name in ("a.ckpt", "b.ckpt"))
    for name, array in one.arrays.items():
        assert array.tobytes() == two.arrays[name].tobytes(), name


@pytest.mark.parametrize(("arguments", "words"), [
    (["train"], "train needs TASK"), (["train", "toyy"], "no task 'toyy'"),
    (["train", "toy", "--optimizer", "adamw"], "no optimizer 'adamw'"),
    (["train", "toy", "--schedule", "up"], "--schedule cannot be 'up'"),
    (["train", "toy", "--clip", "-1"], "--clip is a number of at least 0"),
    (["train", "toy", "--steps", "0"], "--steps is a whole number"),
    (["train", "toy", "--save", "none/a.ckpt"], "there is no folder"),
    (["train", "toy", "--log", "a.txt"], "--log writes .csv or .jsonl"),
    (["train", "toy", "--model", "none.txt"], "cannot read none.txt: No such file"),
    (["train", "toy", "--model", "h[t] = h[t-1]", "--cell", "gru"], "--cell or --model"),
    (["train", "toy", "--data", "x.csv"], "a task or --data"),
    (["train", "toy", "--steps", "3", "--epochs", "1"], "--steps or --epochs"),
    (["train", "--resume", "none.ckpt"], "cannot read the checkpoint none.ckpt: No such file"),
    (["train", "names", "--predict", "x"], "--predict and --columns are for a file"),
    (["train", "names", "--target", "x"], "--target is auto or numpy or c, not 'x'"),
    (["sample", "none.ckpt"], "cannot read the checkpoint none.ckpt")])
def test_wrong_arguments_are_named(derive, arguments, words) -> None:
    done = derive(*arguments)
    assert done.exit_code != 0
    assert words in f"{done.stderr} {done.exception}"


def test_a_checkpoint_of_another_run_is_refused(derive, monkeypatch) -> None:
    derive("train", "toy", *SMALL, "--steps", "5", "--save", "a.ckpt")
    derive("train", "toy-names", *SMALL, "--steps", "5", "--save", "n.ckpt")
    for arguments, words in (
            (["train", "--resume", "a.ckpt", "--hidden", "9"], "made with --hidden '6', not '9'"),
            (["train", "names", "--resume", "a.ckpt"], "made with the task 'toy', not 'names'"),
            (["train", "--resume", "a.ckpt", "--dtype", "float32"], "--dtype 'float64'"),
            (["train", "toy", *SMALL, "--save", "a.ckpt"], "holds a checkpoint already"),
            (["sample", "n.ckpt"], "is no language model: it was trained on 'names'"),
            (["sample", "a.ckpt", "--prime", "zq"], "does not know 'z', 'q'"),
            (["sample", "a.ckpt", "--temperature", "-1"], "at least 0")):
        done = derive(*arguments)
        assert words in f"{done.stderr} {done.exception}"
    from dataclasses import replace

    from derive.training import setup
    monkeypatch.setattr(setup, "load_data",
                        lambda options: replace(stream_data(), digest="f" * 64))
    assert "trained on other data: toy with the digest 000000000000…" in str(
        derive("train", "--resume", "a.ckpt").exception)


def test_checking_prints_the_table_and_fails_on_an_error(derive, monkeypatch) -> None:
    for error, code in ((1e-13, 0), (1e-9, 1)):
        rows = [gradient_check.Row("W", (6, 6), error, (1, 2))]
        monkeypatch.setattr(gradient_check, "compared", lambda *_, rows=rows: rows)
        done = derive("train", "toy", "--check")
        assert done.exit_code == code
        assert f"W\t6 × 6\t{error:.1e}\t1, 2" in done.stdout


def test_the_tasks_are_listed_without_numpy() -> None:
    code = ("import sys; from derive.commands.train import command\n"
            "command.main(['--list'], standalone_mode=False); print('numpy' in sys.modules)")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert done.stdout.endswith("False\n"), done.stderr
    assert "characters\t" in done.stdout


def test_training_needs_no_sympy() -> None:
    code = ("import sys, derive.training.setup\n"
            "import derive.training.text_sampling, derive.commands.sample\n"
            "print({'sympy', 'matplotlib', 'rich.progress'} & set(sys.modules))")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert done.stdout == "set()\n", done.stderr
