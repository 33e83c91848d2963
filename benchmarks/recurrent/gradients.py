"""Every gradient of every cell under every head against the complex step, in float64."""

from __future__ import annotations

from typing import Any

import numpy as np

from derive.calculus.recurrence.model_composition import Composition, composed
from derive.tables.cell_table import cells
from derive.training.gradient_check import compared as check
from derive.training.network_building import RecurrentNetwork

from .setting import OWN, cell, verdict

BAR = 1e-12
HEADS: dict[str, dict[str, Any]] = {
    "softmax": {"head": "softmax", "labels": True},
    "bernoulli": {"head": "bernoulli"},
    "gaussian": {"head": "gaussian"},
    "gaussian-scale": {"head": "gaussian-scale"},
    "softmax at the end, masked": {"head": "softmax", "last": True, "masked": True},
    "softmax, two layers both ways, masked": {
        "head": "softmax", "layers": 2, "bidirectional": True, "masked": True},
}
SIZES = {"H": 4, "D": 3, "S": 5, "K": 3}
STEPS, COUNT = 6, 3
LENGTHS = (6, 4, 1)


def gradients(asked: Any, report: Any) -> None:
    report.heading(f"Gradients: largest relative error against the complex step, float64, "
                   f"{SIZES['H']} units, {STEPS} steps, {COUNT} sequences")
    own = [name for name in OWN if name != "mgu"]
    chosen = asked.cells or [*(c.name for c in cells()), *own]
    heads = dict(list(HEADS.items())[:2]) if asked.quick else HEADS
    rows, failed, worst, entries = [], [], 0.0, 0
    for name in chosen:
        errors = []
        for text, head in heads.items():
            try:
                error, count = _error(name, head, asked.seed)
            except Exception as failure:  # one cell must not hide the others
                failed.append(f"{name}, {text}: {type(failure).__name__}: {failure}")
                errors.append("failed")
                continue
            worst, entries = max(worst, error), entries + count
            errors.append(f"{error:.1e}")
        rows.append([name + " (own)" * (name in own), *errors])
    report.table(["cell", *heads], rows)
    report.say(f"worst {worst:.1e} over {entries} entries: {verdict(worst, BAR, False)}")
    if failed:
        report.lines(failed)


def _error(name: str, head: dict[str, Any], seed: int) -> tuple[float, int]:
    """The largest error of any parameter, and how many entries were compared."""
    text = composed(Composition(cell(name), weighted=True, **head))
    net = RecurrentNetwork(text, SIZES, np.float64)
    rng = np.random.default_rng(seed)
    net.theta[...] = rng.uniform(-0.7, 0.7, net.theta.size)
    batch = {n: _drawn(rng, net, n) for n in ("x", "y")}
    if net.masked:
        batch["m"] = (np.arange(STEPS)[:, None] < np.array(LENGTHS)).astype(float)
    state = net.zero_state(COUNT)
    for array in state.values():
        array[...] = rng.uniform(-0.5, 0.5, array.shape)
    rows = check(net, batch, state)
    return max(row.error for row in rows), net.theta.size


def _drawn(rng: np.random.Generator, net: RecurrentNetwork, name: str) -> Any:
    """Data of the kind and shape that the model declares."""
    place, kind = net.model.plan.graph.inputs[name]
    dims = tuple(SIZES.get(str(d)) or int(str(d)) for d in kind.shape)
    shape = (*((STEPS,) if place == "step" else ()), COUNT, *dims)
    if kind.domain == "label":
        return rng.integers(0, SIZES[str(kind.over)], shape)
    if kind.domain == "binary":
        return rng.integers(0, 2, shape).astype(float)
    return rng.normal(size=shape)
