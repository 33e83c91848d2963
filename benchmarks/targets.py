"""Speed of the targets of kernels beside each other and beside the peers, and what is aimed at.

    python benchmarks/targets.py                  1 thread against 1, and 2 against 2
    python benchmarks/targets.py --quick          fewer rounds, no torch.compile
    python benchmarks/targets.py --only softmax   workloads with that in their name

The contenders of `kernel_speed.py`, measured as there: one process for each number of threads,
turns round by round, medians. Aims: softmax at up to 10 classes twice as quick as the best peer,
from 1000 on 1.3 times; one number an example within 1.5 times a copy of the same bytes, or 1.5
times as quick as the best peer; 3 microseconds around a small call.
"""

from __future__ import annotations

import os
import subprocess
import sys
import timeit
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
sys.path.insert(0, str(Path(__file__).resolve().parent))

import kernel_speed

OURS = ("ours c", "ours numpy")
PEERS = ("torch eager", "torch.compile", "jax jit", "sklearn")


def aim(load: str, times: dict[str, Any]) -> list[str]:
    """What a workload has to show, and what it shows."""
    mine = times.get("ours c")
    if not isinstance(mine, float):
        return [load, str(mine), "", ""]
    peers = {n: t for n, t in times.items() if n in PEERS and isinstance(t, float)}
    best = min(peers, key=peers.__getitem__, default="")
    ahead = peers[best] / mine if best else float("nan")
    least = 2.0 if "×2 " in load or "×10 " in load else 1.3 if "×1000 " in load or \
        "×32000 " in load else 1.0
    met = ahead >= least
    copies = times.get("same bytes")
    share = mine / copies if isinstance(copies, float) else float("nan")
    if not load.startswith("softmax"):
        met = ahead >= 1.5 or share <= 1.5
    return [load, f"{ahead:.2f} × {best}", f"{share:.2f} × copy", "met" if met else "NOT met"]


def overhead(report: Any) -> None:
    """A small call, beside what it computes."""
    import numpy as np

    import derive

    kernel = derive.kernel("softmax-nll", target="c")
    rows = []
    for count in (1, 64):
        scores = np.random.default_rng(0).normal(size=(count, 10))
        labels = np.zeros(count, int)
        out = np.empty(count), np.empty((count, 10))
        for text, options in (("", {}), ("mean", {"reduction": "mean"}), ("out=", {"out": out})):
            spent = min(timeit.repeat(lambda s=scores, y=labels, o=options: kernel.value_and_grad(
                s, y, **o), number=2000, repeat=15)) / 2000
            rows.append([f"{count}×10 {text}".strip(), f"{1e6 * spent:.2f}"])
    report.heading("A small call of softmax NLL, value and gradient, float64: microseconds")
    report.table(["call", "least time"], rows)


def main() -> None:
    asked = kernel_speed.options()
    from kernels.report import Report

    report = Report()
    names = [n for n in (*OURS, *PEERS, "same bytes")
             if not (asked.quick and n == "torch.compile")]
    if not asked.contenders:
        sys.argv += ["--contenders", ",".join(names)]
    for threads in (int(n) for n in asked.threads.split(",")):
        answer = in_child(threads)
        if not report.parts:
            report.say(f"{answer['versions']}; {os.cpu_count()} processors")
        loads = {load: {n: t for n, t in times.items() if n}
                 for load, times in answer["found"].items()}
        report.heading(f"{threads} of threads: milliseconds for the mean loss and its gradient")
        report.table(["workload", *names], [
            [load, *(kernel_speed.shown(times.get(n, "–")) for n in names)]
            for load, times in loads.items()])
        report.table(["workload", "ours in C", "against a copy", "aim"],
                     [aim(load, times) for load, times in loads.items()])
    overhead(report)
    if asked.markdown:
        report.save(asked.markdown)


def in_child(threads: int) -> dict[str, Any]:
    """The measurements of a fresh process, made by `kernel_speed.py`."""
    import json

    environment = dict(os.environ)
    for name in ("OMP", "MKL", "OPENBLAS", "NUMEXPR", "VECLIB_MAXIMUM"):
        environment[f"{name}_NUM_THREADS"] = str(threads)
    if threads == 1:
        environment["XLA_FLAGS"] = ("--xla_cpu_multi_thread_eigen=false "
                                    "intra_op_parallelism_threads=1")
    command = [sys.executable, str(Path(kernel_speed.__file__).resolve()), *sys.argv[1:],
               "--child", str(threads)]
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer


if __name__ == "__main__":
    main()
