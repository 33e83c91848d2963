"""Losses of a whole run beside PyTorch's own layers, from the same weights on the same text.

Every step has a batch of its own. On one batch repeated, training at size A with a rate of 0.1
is chaotic after a hundred steps: there PyTorch in float32 leaves PyTorch in float64, too.
"""

from __future__ import annotations

import statistics
from typing import Any

import numpy as np

from . import peers
from .setting import HAS_TORCH, SIZES, network, text_batches, trainer, twin, verdict

BARS = {"float64": 1e-12, "float32": 1e-5}
STEPS = {"A": 2000, "B": 200, "C": 10}
RATE = 0.1
CELLS = ("rnn", "lstm", "gru")


def parity(asked: Any, report: Any) -> None:
    report.heading("Parity: largest relative difference of the loss from PyTorch's, each step on "
                   f"new text, SGD with rate {RATE}")
    if not HAS_TORCH:
        report.say("left out: PyTorch is not installed")
        return
    peers.set_threads(asked.threads)
    rows = [_row(asked, cell, size, dtype) for size in asked.sizes
            for cell in asked.cells or CELLS if cell in CELLS for dtype in BARS]
    report.table(["cell", "size", "dtype", "steps", "loss at first", "at last", "difference",
                  "at step", "median", "bar"], rows)


def _row(asked: Any, cell: str, size: str, dtype: str) -> list[str]:
    steps = max(10, STEPS[size] // (10 if asked.quick else 1))
    net = network(cell, SIZES[size], np.dtype(dtype), asked.seed)
    model = twin(cell, net)
    ours = _losses(net, size, steps)
    theirs = peers.sgd(model, ((b["x"], b["y"]) for b in text_batches(SIZES[size], steps)), RATE)
    apart = [abs(a - b) / abs(b) for a, b in zip(ours, theirs, strict=True)]
    worst = max(apart)
    return [cell, size, dtype, str(steps), f"{ours[0]:.4f}", f"{ours[-1]:.4f}", f"{worst:.1e}",
            str(apart.index(worst)), f"{statistics.median(apart):.0e}",
            verdict(worst, BARS[dtype], False)]


def _losses(net: Any, size: str, steps: int) -> list[float]:
    """The loss before every step of SGD."""
    batch: dict[str, Any] = {name: np.empty(SIZES[size][1:3], np.intp) for name in "xy"}
    step, found = trainer(net, batch, RATE), []
    for fresh in text_batches(SIZES[size], steps):
        for name, array in fresh.items():
            batch[name][...] = array
        found.append(step())
    return found
