"""What it costs to look at whether values are in their domains: calls with and without, in turn.

    python benchmarks/domain_checks.py [--rounds 60] [--target numpy]

Processor time of one thread, the least of many; beside other work the differences are too large.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from typing import Any

import numpy as np

import derive


def least(kernel: Any, args: tuple[Any, ...], rounds: int) -> dict[bool, float]:
    """Microseconds of a call of value and gradient with and without the look."""
    best = {True: float("inf"), False: float("inf")}
    for _ in range(rounds):
        for check in best:
            start = time.thread_time()
            kernel.value_and_grad(*args, check=check, reduction="mean", threads=1)
            best[check] = min(best[check], time.thread_time() - start)
    return {check: 1e6 * seconds for check, seconds in best.items()}


def cases(dtype: Any) -> Iterator[tuple[str, str, tuple[Any, ...]]]:
    """Losses with arguments of the shapes that other benchmarks have."""
    random = np.random.default_rng(0)
    z = random.normal(size=10**6).astype(dtype)
    yield "logistic loss, 1e6", "bernoulli-ce", (z, random.integers(0, 2, 10**6).astype(dtype))
    yield "Huber, 1e6", "huber", (z, z[::-1].copy(), dtype(1))
    for rows, classes in ((64, 10), (4096, 10), (65536, 10), (4096, 1000)):
        scores = random.normal(size=(rows, classes)).astype(dtype)
        yield f"softmax NLL, {rows}x{classes}", "softmax-nll", (
            scores, random.integers(0, classes, rows))
        shares = random.random((rows, classes)).astype(dtype)
        yield f"the same, soft, {rows}x{classes}", "softmax-ce-soft", (
            scores, shares / shares.sum(1, keepdims=True))


def main() -> None:
    """Prints a line for each case."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=60)
    parser.add_argument("--target", default="numpy")
    asked = parser.parse_args()
    for dtype in (np.float32, np.float64):
        for title, name, args in cases(dtype):
            best = least(derive.kernel(name, target=asked.target), args, asked.rounds)
            print(f"{title:36} {np.dtype(dtype).name}  {best[False]:10.1f} us, with the look "
                  f"{best[True]:10.1f} us, {best[True] / best[False] - 1:+.1%}", flush=True)


if __name__ == "__main__":
    main()
