"""Speed of the kernels beside PyTorch, JAX, scikit-learn and NumPy: mean loss and gradient.

    python benchmarks/kernel_speed.py                  1 thread against 1, and 2 against 2
    python benchmarks/kernel_speed.py --quick          fewer rounds, no torch.compile
    python benchmarks/kernel_speed.py --only softmax   workloads with that in their name

One process per number of threads, bound to so many processors where the system allows. In it the
contenders take turns, round by round; figures are medians over rounds. Ratios hold within a run,
milliseconds drift between runs. A peer that is not installed is told as absent.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

Found = dict[str, dict[str, Any]]
UNSTEADY = 1.6  # a median so much above the least time was disturbed
APART = ("ours fast", "ours faithful", "ours numpy", "ours c", "copy", "same bytes")


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--only", action="append", default=[], metavar="NAME")
    parser.add_argument("--contenders", default="", help="comma-separated; default all")
    parser.add_argument("--threads", default="1,2", help="comma-separated, a process for each")
    parser.add_argument("--rounds", type=int, default=0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--markdown", metavar="FILE")
    parser.add_argument("--child", type=int, default=0, help=argparse.SUPPRESS)
    return parser.parse_args()


def seconds(work: Callable[[], Any], turns: int) -> float:
    start = time.perf_counter()
    for _ in range(turns):
        work()
    return (time.perf_counter() - start) / turns


def agrees(result: tuple[Any, Any], reference: tuple[Any, Any]) -> bool:
    import numpy as np

    value, gradient = (np.asarray(part) for part in result)
    scale = float(np.abs(reference[1]).max())
    return bool(np.allclose(value, reference[0], rtol=1e-4)
                and np.allclose(gradient, reference[1], rtol=1e-3, atol=1e-5 * scale))


def prepared(asked: argparse.Namespace, load: Any, threads: int) -> tuple[Any, dict[str, Any]]:
    """The contenders that run here, and a note for each that does not."""
    from kernels.columns import Absent
    from kernels.contenders import CONTENDERS, numpy

    chosen = [n.strip() for n in asked.contenders.split(",") if n.strip()] or [
        name for name in CONTENDERS if not name.startswith("ours ") or name in APART[:2]]
    x, y = load.inputs(asked.seed)
    reference = numpy(load, x, y, threads)()
    works, notes = {}, {}
    for name in chosen:
        if asked.quick and name == "torch.compile":
            notes[name] = "left out"
            continue
        try:
            work = CONTENDERS[name](load, x, y, threads)
            result = work()
            if name not in ("copy", "same bytes") and not agrees(result, reference):
                notes[name] = "wrong"
                continue
            seconds(work, 2)
            works[name] = work
        except Absent as absent:
            notes[name] = str(absent)
        except Exception as error:
            notes[name] = f"{type(error).__name__}: {error}".splitlines()[0][:50]
    return works, notes


def measured(asked: argparse.Namespace, load: Any, threads: int) -> dict[str, Any]:
    """The median of each contender in milliseconds, or a note."""
    works, notes = prepared(asked, load, threads)
    rounds = asked.rounds or (7 if asked.quick else 15)
    spell = 0.004 if asked.quick else 0.015
    turns = {n: max(1, min(2000, int(spell / max(seconds(w, 1), 1e-6)))) for n, w in works.items()}
    times: dict[str, list[float]] = {name: [] for name in works}
    for number in range(rounds):
        names = list(works)
        shift = number % max(1, len(names))
        for name in names[shift:] + names[:shift]:
            works[name]()  # whatever the one before left running is over
            times[name].append(seconds(works[name], turns[name]))
    found: dict[str, Any] = {n: 1e3 * statistics.median(t) for n, t in times.items()}
    shaken = [f"{n} {1e3 * min(t):.3g} to {1e3 * max(t):.3g}, median {found[n]:.3g}"
              for n, t in times.items() if statistics.median(t) > UNSTEADY * min(t)]
    return notes | found | ({"": shaken} if shaken else {})


def child(asked: argparse.Namespace) -> None:
    if hasattr(os, "sched_setaffinity"):
        every = sorted(os.sched_getaffinity(0))
        os.sched_setaffinity(0, set(every[:asked.child]))
    from kernels.columns import versions
    from kernels.contenders import WORKLOADS

    found: Found = {}
    for load in WORKLOADS:
        if not asked.only or any(word in load.name for word in asked.only):
            found[load.name] = measured(asked, load, asked.child)
            print(f"  … {load.name}: " + ", ".join(
                f"{n} {t if isinstance(t, str) else format(t, '.3g')}"
                for n, t in found[load.name].items() if n), file=sys.stderr, flush=True)
    print(json.dumps({"found": found, "versions": versions()}))


def in_child(threads: int) -> dict[str, Any]:
    """The measurements of a fresh process that has so many threads."""
    environment = dict(os.environ)
    for name in ("OMP", "MKL", "OPENBLAS", "NUMEXPR", "VECLIB_MAXIMUM"):
        environment[f"{name}_NUM_THREADS"] = str(threads)
    if threads == 1:
        environment["XLA_FLAGS"] = ("--xla_cpu_multi_thread_eigen=false "
                                    "intra_op_parallelism_threads=1")
    command = [sys.executable, str(Path(__file__).resolve()), *sys.argv[1:], "--child",
               str(threads)]
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer


def shown(value: Any) -> str:
    if isinstance(value, str):
        return value
    return f"{value:.3f}" if value < 1 else f"{value:.2f}" if value < 100 else f"{value:.0f}"


def tables(report: Any, found: Found, threads: int) -> None:
    names = [n for n in next(iter(found.values())) if n]
    names = list(dict.fromkeys([*(n for n in APART[:2] if n in names), *names]))
    shaken = {load: times.pop("") for load, times in found.items() if "" in times}
    plural = "thread" if threads == 1 else "threads"
    report.heading(f"{threads} {plural}: milliseconds for the mean loss and its gradient")
    report.table(["workload", *names], [[load, *(shown(times[n]) for n in names)]
                                        for load, times in found.items()])
    for mine in [n for n in APART[:2] if any(not isinstance(t[n], str) for t in found.values()
                                             if n in t)]:
        report.heading(f"{threads} {plural}: time of {mine}, as a part of the time of each peer")
        peers = [n for n in names if n not in APART]
        rows = []
        for load, times in found.items():
            if isinstance(times[mine], str):
                continue
            base = {n: times[n] for n in peers if not isinstance(times[n], str)}
            best = min(base, key=base.__getitem__, default="")
            rows.append([load, *(f"{times[mine] / base[n]:.2f}" if n in base else "–"
                                 for n in peers),
                         f"{times[mine] / base[best]:.2f} {best}" if best else "–"])
        report.table(["workload", *peers, "best peer"], rows)
    if shaken:
        report.heading(f"{threads} {plural}: disturbed, not to be quoted")
        report.lines([f"{load}: {'; '.join(some)}" for load, some in shaken.items()])


def main() -> None:
    asked = options()
    if asked.child:
        child(asked)
        return
    from kernels.report import Report

    report = Report()
    for threads in (int(n) for n in asked.threads.split(",")):
        answer = in_child(threads)
        if not report.parts:
            report.say(f"{answer['versions']}; {os.cpu_count()} processors")
        if answer["found"]:
            tables(report, answer["found"], threads)
    if asked.markdown:
        report.save(asked.markdown)


if __name__ == "__main__":
    main()
