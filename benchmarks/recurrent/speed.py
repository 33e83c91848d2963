"""Time of a training step beside PyTorch: its own layers, and loops in Python for users' cells."""

from __future__ import annotations

from typing import Any

import numpy as np

from . import peers
from .setting import (
    HAS_TORCH,
    LOOPS,
    SIZES,
    milliseconds,
    network,
    random_batch,
    trainer,
    turns,
    twin,
    verdict,
)

BARS = {"rnn": {"A": 5.0, "B": 1.7, "C": 1.2}} | {
    name: dict.fromkeys("ABC", 1.0) for name in ("lstm", "gru")} | {
    name: {"B": 2.0} for name in LOOPS}
ROUNDS = {"A": 60, "B": 30, "C": 8}
RATE = 1e-3
SPELL = 0.01


def speed(asked: Any, report: Any) -> None:
    report.heading("Speed: milliseconds for a step (forward, backward, SGD), float32")
    if HAS_TORCH:
        peers.set_threads(asked.threads)
    rows = [row for name in asked.cells or BARS for size in asked.sizes
            if size in BARS.get(name, {}) for row in [_row(asked, name, size)]]
    report.table(["cell", "size", "ours least", "median", "PyTorch", "least", "median",
                  "ratio", "of medians", "of CPU", "bar", "agreement"], rows)
    report.say("ratio: PyTorch's least time through ours; of CPU: of the "
               "medians of the time on processors. agreement: largest difference of a "
               "gradient, as a part of the largest of its array. * disturbed")


def _row(asked: Any, name: str, size: str) -> list[str]:
    shape = SIZES[size]
    net, batch = network(name, shape, seed=asked.seed), random_batch(shape, asked.seed)
    works: dict[str, Any] = {"ours": trainer(net, batch, RATE)}
    agreement = "–"
    if HAS_TORCH:
        model = twin(name, net)
        agreement = f"{_apart(net, model, batch):.0e}"
        works["peer"] = peers.stepper(model, batch["x"], batch["y"], RATE)
    rounds = asked.rounds or max(4, ROUNDS[size] // (4 if asked.quick else 1))
    found = turns(works, rounds, SPELL)
    ours = found["ours"]
    row = [name, size, milliseconds(ours.least),
           milliseconds(ours.median) + "*" * ours.unsteady]
    if not HAS_TORCH:
        return [*row, *["–"] * 7, agreement]
    peer = found["peer"]
    ratio = peer.least / ours.least
    kind = "Python loop" if name in LOOPS else f"nn.{name.upper()}"
    return [*row, kind, milliseconds(peer.least), milliseconds(peer.median) + "*" * peer.unsteady,
            f"{ratio:.2f}", f"{peer.median / ours.median:.2f}",
            f"{peer.busy / ours.busy:.2f}",
            verdict(ratio, BARS[name][size], True), agreement]


def _apart(net: Any, model: Any, batch: dict[str, Any]) -> float:
    """How far the gradients are from PyTorch's."""
    net.loss_and_gradient(batch, net.zero_state(batch["x"].shape[1]))
    _, theirs = peers.loss_and_gradients(model, batch["x"], batch["y"])
    found = [np.abs(array - net.gradients[name]).max() / np.abs(array).max()
             for name, array in theirs.items() if name in net.gradients]
    return float(max(found))
