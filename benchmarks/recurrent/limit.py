"""Distance of the tanh network from its matrix products alone, 6·T·B·H·(H + V) operations."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .setting import SIZES, Size, milliseconds, network, random_batch, trainer, turns, verdict

BARS = {"B": 1.35, "C": 1.15}
ROUNDS = {"A": 60, "B": 60, "C": 15}
RATE = 1e-3
SPELL = 0.01


def products(size: Size, seed: int) -> Callable[[], None]:
    """All matrix products of a step with contiguous operands in place, and nothing else.

    In the loops T times (B, H) @ (H, H) forward and back; over all T·B rows the gradient of W,
    the outputs, the gradient of the states and that of V.
    """
    rng = np.random.default_rng(seed)
    height = size.T * size.B

    def drawn(*shape: int) -> Any:
        return rng.uniform(-0.1, 0.1, shape).astype(np.float32)

    states, slopes, back = (drawn(size.T, size.B, size.H) for _ in range(3))
    square, other = drawn(size.H, size.H), drawn(size.H, size.H)
    outward, inward = drawn(size.H, size.V), drawn(size.V, size.H)
    logits = drawn(height, size.V)
    flat, flat_slopes = states.reshape(height, -1), slopes.reshape(height, -1)
    place, of_square, of_head = drawn(size.B, size.H), drawn(size.H, size.H), drawn(size.H, size.V)
    steps = [(states[t].dot, slopes[t].dot) for t in range(size.T)]

    def work() -> None:
        for forward, _ in steps:
            forward(square, place)
        flat.dot(outward, logits)
        logits.dot(inward, back.reshape(height, -1))
        for _, backward in steps:
            backward(other, place)
        flat.T.dot(flat_slopes, of_square)
        flat.T.dot(logits, of_head)

    return work


def limit(asked: Any, report: Any) -> None:
    report.heading("Limit: a step of the tanh network through its matrix products alone, float32")
    rows = []
    for size in (s for s in asked.sizes if s in BARS):
        shape = SIZES[size]
        net = network("rnn", shape, seed=asked.seed)
        works = {"step": trainer(net, random_batch(shape, asked.seed), RATE),
                 "products": products(shape, asked.seed)}
        rounds = asked.rounds or max(5, ROUNDS[size] // (4 if asked.quick else 1))
        found = turns(works, rounds, SPELL)
        step, bound = found["step"], found["products"]
        ratio = step.least / bound.least
        work = 6 * shape.T * shape.B * shape.H * (shape.H + shape.V)
        rows.append(["rnn", size, milliseconds(step.least), milliseconds(step.median),
                     milliseconds(bound.least), milliseconds(bound.median),
                     f"{work / bound.least / 1e9:.0f}", f"{ratio:.2f}",
                     f"{step.median / bound.median:.2f}", f"{step.busy / bound.busy:.2f}",
                     verdict(ratio, BARS[size], False)])
    report.table(["cell", "size", "step least", "median", "products least", "median", "GFLOP/s",
                  "ratio", "of medians", "of CPU", "bar (1 thread)"], rows)
