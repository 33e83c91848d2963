"""A service that derives from eight threads for an hour: the same answers, and no more memory.

    python benchmarks/soak.py --minutes 60

Threads ask for derivations, refusals, checks, kernels and texts without end: of entries of the
catalogue, whose answers are compared with the first one, and of formulas with constants that were
never seen before, whose values are compared with what they must be. Memory (the resident set) is
measured after a warm-up, then each minute. Fails where an answer differs, or where the memory has
grown by more than a tenth and 50 MB.
"""

from __future__ import annotations

import argparse
import gc
import hashlib
import linecache
import random
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np

import derive
from derive.errors import DeriveError

GROWTH, ROOM = 1.10, 50.0  # of the memory: a share, and megabytes
WARM = 0.2  # a share of the time
SHEET = "gradient of (z - y)**2 with respect to z\n= 2*(z - y)\n= 2*(z + y)"


def megabytes() -> float:
    """The resident set of this process."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * 4096 / 1e6


def shown(make: Callable[[], object]) -> str:
    """A digest of an answer, or of a refusal."""
    try:
        answer = make()
        text = answer.show("json") if hasattr(answer, "show") else repr(answer)
    except DeriveError as error:
        text = f"{type(error).__name__}: {error}"
    return hashlib.sha256(text.encode()).hexdigest()


def known() -> dict[str, Callable[[], object]]:
    """Questions whose answers never change."""
    losses = [entry.name for entry in derive.losses()][::4]
    jobs: dict[str, Callable[[], object]] = {
        f"grad {name}": lambda name=name: derive.grad(name) for name in losses}
    jobs |= {f"verify {name}": lambda name=name: derive.grad(name).verify() for name in losses[:9]}
    jobs |= {f"hessian {name}": lambda name=name: derive.hessian(name) for name in losses[:9]}
    jobs |= {
        "cost": lambda: derive.cost("sigmoid(z) - y", given=["z: real", "y: binary"], wrt="z"),
        "no cost": lambda: derive.cost("z[i]*z[0]", given="z: real[K]"),
        "refusal": lambda: derive.grad("softmax(z"),
        "check": lambda: derive.check(SHEET),
        "likelihood": lambda: derive.mle("normal"),
        "recurrence": lambda: derive.bptt(derive.cells()[0].name),
        "page": lambda: derive.grad("softmax-nll").show("html")}
    return jobs


def fresh(draw: random.Random) -> str:
    """A kernel of a formula that was never seen; what is wrong with it, or an empty text."""
    a, n = draw.randint(1, 10**6), draw.randint(2, 9)
    kernel = derive.kernel(f"{a}*z**{n} + {n}*z", given="z: real", wrt="z")
    z = np.linspace(0.5, 2, 7)
    value, slope = kernel.value_and_grad(z)
    right = np.allclose(value, a*z**n + n*z, rtol=1e-12) and np.allclose(
        slope, a*n*z**(n - 1) + n, rtol=1e-12)
    return "" if right else f"{a}*z**{n} + {n}*z"


class Soak:
    """The threads, what they have answered, and what was wrong."""

    def __init__(self, seed: int) -> None:
        self.jobs, self.seed = known(), seed
        self.first = {name: shown(make) for name, make in self.jobs.items()}
        self.answered: Counter[str] = Counter()
        self.wrong: list[str] = []
        self.over = threading.Event()

    def work(self, number: int) -> None:
        """Asks without end, in an order of its own."""
        draw = random.Random(f"{self.seed} {number}")
        names = list(self.jobs)
        while not self.over.is_set():
            try:
                if draw.random() < 0.3:
                    fault, kind = fresh(draw), "fresh kernels"
                else:
                    name = draw.choice(names)
                    fault = "" if shown(self.jobs[name]) == self.first[name] else name
                    kind = "known questions"
            except Exception as error:  # what no answer may be
                fault, kind = f"{type(error).__name__}: {error}", "tracebacks"
            self.answered[kind] += 1
            if fault:
                self.wrong.append(fault)


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("--minutes", type=float, default=60)
    options.add_argument("--threads", type=int, default=8)
    options.add_argument("--seed", type=int, default=1)
    given = options.parse_args()
    soak, began, warm = Soak(given.seed), time.monotonic(), 0.0
    threads = [threading.Thread(target=soak.work, args=(n,), daemon=True)
               for n in range(given.threads)]
    for thread in threads:
        thread.start()
    end = began + 60*given.minutes
    print(f"seed {given.seed}, {given.threads} threads, {given.minutes:g} minutes")
    while (now := time.monotonic()) < end:
        time.sleep(min(60, end - now, max(1, WARM*60*given.minutes)))
        gc.collect()
        memory = megabytes()
        if not warm and time.monotonic() - began >= WARM*60*given.minutes:
            warm = memory
        print(f"{(time.monotonic() - began)/60:5.1f} min  {memory:7.1f} MB  "
              f"{sum(soak.answered.values())} answers, {len(soak.wrong)} wrong", flush=True)
    soak.over.set()
    for thread in threads:
        thread.join(120)
    gc.collect()
    memory = megabytes()
    kept = sum(name.startswith("<derive kernel") for name in linecache.cache)
    print(f"answered {dict(soak.answered)}; wrong {soak.wrong[:5]}; texts of kernels kept {kept}")
    print(f"memory {warm:.1f} MB after the warm-up, {memory:.1f} MB at the end")
    return int(bool(soak.wrong) or memory > max(GROWTH*warm, warm + ROOM))


if __name__ == "__main__":
    sys.exit(main())
