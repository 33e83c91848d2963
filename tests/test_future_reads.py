"""A network is not given what it is to predict; where the inputs do not hold it, it may look on."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import derive
from derive.errors import TrainingError

SMALL: dict[str, Any] = {"steps": 2, "hidden": 4, "bptt": 8, "batch": 2}
TEXT = "to be or not to be, that is the question. " * 12
WALK = np.random.default_rng(2).normal(size=(120, 2)).cumsum(0)
OWN = """x: real[T, D]
h, g: real[T, H]
v: real[H]
W: real[H, H]
U: real[H, D]
y: real[T]
w: nonnegative[T]
h[t] = tanh(W @ h[t-1] + U @ x[t])
g[t] = {}
mu[t] = dot(v, g[t])
l[t] = (mu[t] - y[t])**2/2
L = sum(w*l)
"""


def files(folder: Path) -> dict[str, Path]:
    rows = "\n".join(f"{a!r},{b!r}" for a, b in WALK.tolist())
    sequences = "".join(json.dumps({"x": WALK[n:n + 12, 0].tolist()}) + "\n" for n in range(30))
    marked = "".join(json.dumps({"x": "abcab"[n % 3:] * 3, "y": [
        n % 2] * len("abcab"[n % 3:] * 3)}) + "\n" for n in range(20))
    made = {"text.txt": TEXT, "walk.csv": f"a,b\n{rows}\n", "steps.jsonl": sequences,
            "marked.jsonl": marked}
    for name, content in made.items():
        (folder / name).write_text(content)
    np.savez(folder / "arrays.npz", x=WALK)
    return {name: folder / name for name in (*made, "arrays.npz")}


@pytest.mark.parametrize(("name", "more"), [
    ("text.txt", {}), ("walk.csv", {"predict": "a", "columns": "a"}),
    ("walk.csv", {"predict": "a", "columns": "a,b"}), ("steps.jsonl", {})])
def test_the_next_step_is_not_read_where_it_is_the_target(tmp_path: Path, name: str,
                                                          more: dict[str, Any]) -> None:
    data = str(files(tmp_path)[name])
    with pytest.raises(TrainingError, match="the model reads later steps, and they hold what it"):
        derive.train(data=data, bidirectional=True, **more, **SMALL)


@pytest.mark.parametrize(("name", "more"), [
    ("walk.csv", {"predict": "a", "columns": "b"}), ("marked.jsonl", {})])
def test_both_ways_are_read_where_the_inputs_do_not_hold_the_target(
        tmp_path: Path, name: str, more: dict[str, Any]) -> None:
    run = derive.train(data=str(files(tmp_path)[name]), bidirectional=True, **more, **SMALL)
    assert np.isfinite(run.loss)


@pytest.mark.parametrize("body", [
    "h[t+1]", "h[t] + tanh(U @ x[t+1])", "h[t] + tanh(W @ g[t+1])", "h[t]*x[t+1, 0]",
    "g_1[t+1]\ng_1: real[T, H]\ng_1[t] = h[t]"])
def test_own_equations_do_not_read_it_either(body: str) -> None:
    first, *more = body.split("\n")
    text = OWN.format(first)
    if more:
        text = text.replace("g[t] =", f"{more[1]}\ng[t] =").replace("v: real[H]",
                                                                     f"{more[0]}\nv: real[H]")
    with pytest.raises(TrainingError, match="the next value"):
        derive.train("mackey-glass", model=text, **SMALL)


@pytest.mark.parametrize("body", ["h[t]", "h[t-1]", "h[t] + 0.5*tanh(U @ x[t-1])"])
def test_own_equations_may_read_what_was(body: str) -> None:
    assert np.isfinite(derive.train("mackey-glass", model=OWN.format(body), **SMALL).loss)
