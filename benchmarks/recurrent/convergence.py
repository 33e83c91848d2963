"""Characters learned beside PyTorch from the same weights: seconds until the same loss."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from derive.training.optimizers import Adam

from . import peers
from .setting import HAS_TORCH, SIZES, network, text_batches, twin, verdict

BAR = 1.5
CELLS = ("gru", "lstm")
RATE = 2e-3
STEPS = 400
WINDOW = 20  # steps over which a loss is the median


def convergence(asked: Any, report: Any) -> None:
    steps = STEPS // (4 if asked.quick else 1)
    report.heading(f"Convergence: seconds on processors until PyTorch's loss after {steps} steps "
                   "of Adam, characters at B")
    if not HAS_TORCH:
        report.say("left out: PyTorch is not installed")
        return
    peers.set_threads(asked.threads)
    report.table(["cell", "loss", "ours", "PyTorch", "ratio", "bar"], [
        _row(asked, cell, steps) for cell in asked.cells or CELLS if cell in CELLS])


def _row(asked: Any, cell: str, steps: int) -> list[str]:
    size = SIZES["B"]
    net = network(cell, size, seed=asked.seed)
    model = twin(cell, net)
    torch = peers.torch_module()
    theirs = torch.optim.Adam(model.parameters, lr=RATE)
    adam = Adam(net.theta.size, net.dtype)

    def ours_step(batch: dict[str, Any]) -> float:
        loss, _ = net.loss_and_gradient(batch, net.zero_state(size.B))
        adam.step(net.theta, net.gradient, RATE)
        return loss

    def their_step(batch: dict[str, Any]) -> float:
        theirs.zero_grad()
        loss = model.loss(*(torch.as_tensor(batch[n].astype(np.int64)) for n in "xy"))
        loss.backward()
        theirs.step()
        return float(loss.item())

    ours, peer = _runs((ours_step, their_step), steps)
    goal = statistics.median(loss for loss, _ in peer[-WINDOW:])
    mine, other = (_until(run, goal) for run in (ours, peer))
    ratio = other / mine
    return [cell, f"{goal:.3f}", f"{mine:.1f} s", f"{other:.1f} s", f"{ratio:.2f}",
            verdict(ratio, BAR, True)]


def _runs(works: tuple[Callable[[Any], float], ...], steps: int) -> list[list[tuple[float, float]]]:
    """For each contender the loss of each step, and the seconds until it was done."""
    runs: list[list[tuple[float, float]]] = [[] for _ in works]
    spent = [0.0 for _ in works]
    for batch in text_batches(SIZES["B"], steps):
        for place, work in enumerate(works):
            began = time.process_time()
            loss = work(batch)
            spent[place] += time.process_time() - began
            runs[place].append((loss, spent[place]))
    return runs


def _until(run: list[tuple[float, float]], goal: float) -> float:
    """The seconds after which the median of the last losses is at the goal; all, if it never is."""
    for end in range(WINDOW, len(run) + 1):
        if statistics.median(loss for loss, _ in run[end - WINDOW:end]) <= goal:
            return run[end - 1][1]
    return run[-1][1]
