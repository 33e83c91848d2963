"""Each printed metric, computed again from what `derive predict` writes, by NumPy alone."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import derive
from derive.training.prediction_files import in_csv
from derive.training.tasks import TASKS

SMALL = {"steps": 3, "hidden": 4, "embed": 4, "batch": 8, "bptt": 16, "dtype": "float64",
         "target": "numpy"}
Columns = dict[str, np.ndarray[Any, Any]]


def bits(rows: Columns, name: str, _: float) -> float:
    """Bits per symbol: -log2 of the probability of the true one."""
    return float(np.mean([-np.log2(float(rows[f"p({true})"][n]))
                          for n, true in enumerate(rows[f"true {name}"])]))


def accuracy(rows: Columns, name: str, _: float) -> float:
    return float(np.mean(rows[name] == rows[f"true {name}"]))


def f1(rows: Columns, name: str, _: float) -> float:
    second = max({*rows[name], *rows[f"true {name}"]})
    said, true = rows[name] == second, rows[f"true {name}"] == second
    return float(2*np.sum(said & true)/(np.sum(said) + np.sum(true)))


def rmse(rows: Columns, name: str, deviation: float) -> float:
    """In units of the deviation of the training part."""
    error = rows[name].astype(float) - rows[f"true {name}"].astype(float)
    return float(np.sqrt(np.mean(error**2))/deviation)


METRICS: dict[str, Callable[[Columns, str, float], float]] = {
    "bits": bits, "accuracy": accuracy, "f1": f1, "rmse": rmse}


def again(run: derive.Training, path: Path, written: bool = True) -> float:
    """The metric of a run, from the table of its predictions, which may be `written` as CSV."""
    made = derive.load(path).predict()
    columns = made.columns
    if written:
        head, *rows = csv.reader(io.StringIO(in_csv(made), newline=""))
        columns = {name: np.array([row[n] for row in rows]) for n, name in enumerate(head)}
    name = next(n.removeprefix("true ") for n in columns if n.startswith("true "))
    return METRICS[run.metric[0]](columns, name, run.run.data.scale[1])


@pytest.mark.parametrize("task", [
    pytest.param(t, marks=pytest.mark.slow if t in ("brackets", "spaces", "characters") else ())
    for t in TASKS])
def test_the_metric_of_a_task_is_that_of_its_predictions(task: str, tmp_path: Path) -> None:
    if TASKS[task].needs:
        pytest.importorskip({"scikit-learn": "sklearn"}.get(TASKS[task].needs, TASKS[task].needs))
    run = derive.train(task, save=tmp_path / "a.ckpt", **SMALL)
    assert again(run, tmp_path / "a.ckpt", False) == pytest.approx(run.metric[1], rel=1e-9)


def sequences(path: Path, target: Callable[[Any, Any], Any]) -> Path:
    rng = np.random.default_rng(0)
    path.write_text("".join(json.dumps({"x": x.tolist(), "y": target(rng, x)}) + "\n" for x in (
        rng.normal(size=(rng.integers(2, 7), 2)) for _ in range(30))))
    return path


@pytest.mark.parametrize(("options", "target"), [
    ({"head": "softmax"}, lambda _, x: ["low" if v < 0 else "high" for v in x[:, 0]]),
    ({"head": "softmax"}, lambda _, x: "abc"[int(np.sign(x.sum())) + 1]),
    ({"head": "crf"}, lambda _, x: ["low" if v < 0 else "high" for v in x[:, 0]]),
    ({"head": "bernoulli"}, lambda _, x: [bool(v) for v in x[:, 0] > 0]),
    ({"head": "bernoulli"}, lambda _, x: bool(x.sum() > 0)),
    ({"head": "gaussian"}, lambda _, x: x[:, 0].cumsum().tolist()),
    ({"head": "gaussian", "bidirectional": True}, lambda _, x: x[::-1, 0].cumsum().tolist()),
    ({"head": "gaussian"}, lambda _, x: float(x.sum())),
    ({"model": "crf"}, lambda _, x: ["low" if v < 0 else "high" for v in x[:, 0]]),
])
def test_the_metric_of_a_file_is_that_of_its_predictions(
        options: dict[str, Any], target: Any, tmp_path: Path) -> None:
    data = sequences(tmp_path / "a.jsonl", target)
    run = derive.train(data=data, save=tmp_path / "a.ckpt", **options, **SMALL)
    assert again(run, tmp_path / "a.ckpt") == pytest.approx(run.metric[1], rel=1e-9)


def test_the_metric_of_several_numbers_is_over_all_of_them(tmp_path: Path) -> None:
    data = sequences(tmp_path / "a.jsonl", lambda _, x: np.stack(
        [x[:, 0].cumsum(), 50 + 9*x[:, 1]], 1).tolist())
    run = derive.train(data=data, save=tmp_path / "a.ckpt", **SMALL)
    made = derive.load(tmp_path / "a.ckpt").predict()
    errors = [(made.values[n] - made.targets[n])/deviation
              for n, (_, deviation) in zip(("y1", "y2"), run.run.data.scales, strict=True)]
    assert run.metric == ("rmse", pytest.approx(np.sqrt(np.mean(np.square(errors)))))


def test_the_metric_of_several_flags_is_over_all_of_them(tmp_path: Path) -> None:
    data = sequences(tmp_path / "a.jsonl", lambda _, x: (x > 0).tolist())
    run = derive.train(data=data, head="bernoulli", save=tmp_path / "a.ckpt", **SMALL)
    made = derive.load(tmp_path / "a.ckpt").predict()
    said, true = (np.stack([v["y1"], v["y2"]]) == 1 for v in (made.values, made.targets))
    assert run.metric == ("f1", pytest.approx(2*(said & true).sum()/(said.sum() + true.sum())))


@pytest.mark.parametrize(("head", "loss"), [
    ("log-rate", lambda rate, y: rate - y*np.log(rate)),
    ("exponential-rate", lambda mean, y: np.log(mean) + y/mean)])
def test_the_loss_of_amounts_is_that_of_the_predicted_means(head: str, loss: Any,
                                                           tmp_path: Path) -> None:
    data = sequences(tmp_path / "a.jsonl", lambda rng, x: [
        int(n) + (head != "log-rate") for n in rng.poisson(np.exp(x[:, 0]))])
    run = derive.train(data=data, head=head, save=tmp_path / "a.ckpt", **SMALL)
    made = derive.load(tmp_path / "a.ckpt").predict()
    factorials = [sum(np.log(np.arange(1, y + 1))) if head == "log-rate" else 0
                  for y in made.targets["y"]]
    assert run.metric == ("loss", pytest.approx(
        np.mean(loss(made.values["y"], made.targets["y"]) + factorials)))


def test_the_loss_of_distributions_is_their_cross_entropy(tmp_path: Path) -> None:
    data = sequences(tmp_path / "a.jsonl", lambda _, x: (
        np.exp(x)/np.exp(x).sum(1, keepdims=True)).tolist())
    run = derive.train(data=data, head="softmax-ce-soft", save=tmp_path / "a.ckpt", **SMALL)
    made = derive.load(tmp_path / "a.ckpt").predict()
    p, t = (np.stack([v["y1"], v["y2"]], 1) for v in (made.values, made.targets))
    assert p.sum(1) == pytest.approx(1)
    assert run.metric == ("loss", pytest.approx(-np.mean((t*np.log(p)).sum(1))))
