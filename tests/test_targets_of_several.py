"""Several targets at once, distributions as targets, and what cannot be read."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import derive
from derive.errors import ArgumentError, CheckpointError, DataError, ModelError
from derive.notation.reading.line_kinds import sorted_lines
from derive.training.checkpoint import decode, encode
from derive.training.tasks.user_files import read_bytes

SMALL = {"steps": 3, "hidden": 4, "batch": 4, "dtype": "float64", "target": "numpy"}


def table(path: Path) -> Path:
    rng = np.random.default_rng(0)
    x = rng.normal(size=120).cumsum()
    rows = [f"{v},{v > 0:d},{v < 1:d},{rng.poisson(2)},{rng.poisson(3)},{2*v},{50 - v}" for v in x]
    path.write_text("\n".join(["x,f,g,n,m,u,v", *rows]) + "\n", encoding="utf-8")
    return path


@pytest.mark.parametrize(("options", "columns"), [
    ({"predict": "u,v"}, ["u", "v"]),
    ({"predict": "u,v", "head": "huber(delta=1)"}, ["u", "v"]),
    ({"predict": "f,g", "head": "bernoulli"}, ["f", "g", "p(f)", "p(g)"]),
    ({"predict": "n,m", "head": "log-rate"}, ["n", "m"]),
    ({"predict": "n,m", "head": "negative-binomial"}, ["n", "m"])])
def test_one_head_predicts_several_columns(options: dict[str, Any], columns: list[str],
                                           tmp_path: Path) -> None:
    run = derive.train(data=table(tmp_path / "a.csv"), columns="x", save=tmp_path / "a.ckpt",
                       **options, **SMALL)
    made = derive.load(tmp_path / "a.ckpt").predict()
    assert [n for n in made.columns if n != "row" and not n.startswith("true")] == columns
    assert np.isfinite(run.loss)


def test_the_gradients_of_several_targets_are_exact(tmp_path: Path) -> None:
    rows = derive.check_gradients(data=table(tmp_path / "a.csv"), columns="x", predict="f,g",
                                  head="bernoulli")
    assert max(row.error for row in rows) < 1e-10


def test_several_flags_are_0_or_1(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no flag; several flags a target are 0 or 1"):
        derive.train(data=table(tmp_path / "a.csv"), columns="x", predict="f,n",
                     head="bernoulli", **SMALL)


def test_a_distribution_adds_up_to_1(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text("".join(json.dumps({"x": [[1.0], [2.0]], "y": [[0.5, 0.5], [0.5, p]]}) + "\n"
                            for p in (0.5, 0.5, 0.7)), encoding="utf-8")
    with pytest.raises(DataError, match=r"line 3, .*probabilities that add up to 1"):
        derive.train(data=path, head="softmax-ce-soft", **SMALL)


@pytest.mark.parametrize(("line", "message"), [
    ("inti W: 1", "no line begins with 'inti'; did you mean init W"),
    ("frozn W, U", "did you mean frozen W, U"),
    ("positive W", "a type stands behind the names, as in W: positive")])
def test_a_line_that_begins_with_no_word_of_ours_is_refused_by_it(line: str, message: str) -> None:
    with pytest.raises(ModelError, match=message):
        sorted_lines(f"h[t] = tanh(W @ h[t-1])\nL = sum(h)\n{line}")


def test_an_option_is_found_by_its_initials() -> None:
    with pytest.raises(ArgumentError, match="did you mean 'lr'"):
        derive.train("names", learning_rate=0.1)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="only POSIX has named pipes")
def test_devices_and_pipes_are_no_data(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(DataError, match="nobody has written to this pipe"):
        read_bytes(tmp_path / "pipe")
    with pytest.raises(DataError, match="it is a device"):
        read_bytes(Path("/dev/zero"))


@pytest.mark.parametrize(("change", "message"), [
    ({"options": {"frobnicate": 1}}, "written by derive 99.0, has no options of a run that derive"),
    ({"prediction": {"kind": "nosuch", "name": "o"}}, "written by derive 99.0, predicts what")])
def test_a_checkpoint_of_a_later_version_is_refused_by_its_version(
        change: dict[str, Any], message: str, tmp_path: Path) -> None:
    path = tmp_path / "a.ckpt"
    derive.train(data=table(tmp_path / "a.csv"), columns="x", predict="u", save=path, **SMALL)
    kept = decode(path.read_bytes(), path)
    path.write_bytes(encode({**kept.header, "derive": "99.0", **change}, kept.arrays))
    with pytest.raises(CheckpointError, match=message):
        derive.load(path).predict()
