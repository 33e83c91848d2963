"""Planted mistakes are found at their line and named; right derivations are not rejected.

`python benchmarks/marking.py` plants misconceptions at random lines of the engine's derivations of
every loss, and writes 2,000 right derivations in other ways: terms reordered, bound indices
renamed, steps left out, multiplied out, by the chain rule through intermediates, second
derivatives. Two processes; a seed; a summary, with the sheets that failed.
"""

from __future__ import annotations

import argparse
import random
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from multiprocessing import get_context

from benchmarks.planted_sheets import ENTRIES, Source, failure
from derive.errors import DeriveError

PLANTS = 8    # planted mistakes of a loss
RIGHT = 2000  # right derivations of all losses
HESSIANS = 0.25


@dataclass
class Outcome:
    """What came of the sheets of one loss: how many, seconds for each, and what failed."""

    name: str
    seconds: list[float] = field(default_factory=list)
    at_the_line: int = 0
    named: int = 0
    failures: list[str] = field(default_factory=list)


def planted(seed: int, most: int, name: str) -> Outcome:
    """Mistakes planted into the derivation of a loss."""
    outcome, source = Outcome(name), Source(name)
    for case in source.random_plants(random.Random(f"{seed}:{name}"), most):
        start = time.process_time()
        result = source.check(case.text)
        outcome.seconds.append(time.process_time() - start)
        wrong = failure(case, result)
        outcome.at_the_line += result.first_wrong_line == case.line
        outcome.named += not wrong
        outcome.failures += [wrong] if wrong else []
    return outcome


def right(seed: int, most: int, name: str) -> Outcome:
    """Right derivations of a loss, each written in another way."""
    outcome, draw = Outcome(name), random.Random(f"{seed}:{name}")
    sources: dict[str, Source] = {}
    for _ in range(most):
        kind = "hessian" if draw.random() < HESSIANS else "gradient"
        try:
            source = sources.setdefault(kind, Source(name, kind))
        except (DeriveError, AssertionError):
            source = sources.setdefault("gradient", Source(name))
        text = source.right(draw)
        start = time.process_time()
        result = source.check(text)
        outcome.seconds.append(time.process_time() - start)
        outcome.named += result.correct is True
        if result.correct is not True:
            outcome.failures.append(f"{result}\n{text}")
    return outcome


def caught(work: Callable[[str], Outcome], name: str) -> Outcome:
    """The outcome of a loss; what breaks off is a failure of its own."""
    try:
        return work(name)
    except Exception as error:
        return Outcome(name, [0.0], failures=[f"{name}: {type(error).__name__}: {error}"])


def run(work: Callable[[str], Outcome], names: list[str], title: str) -> list[Outcome]:
    """The outcomes of all losses, by two processes, with a line for each."""
    outcomes = []
    with get_context("spawn").Pool(2, maxtasksperchild=12) as pool:
        for place, outcome in enumerate(pool.imap_unordered(partial(caught, work), names), 1):
            outcomes.append(outcome)
            print(f"{title} {place}/{len(names)} {outcome.name}: {outcome.named}/"
                  f"{len(outcome.seconds)}, {sum(outcome.seconds):.1f} s", file=sys.stderr)
    return outcomes


def summary(title: str, outcomes: list[Outcome]) -> None:
    """What came of all sheets."""
    seconds = [s for o in outcomes for s in o.seconds]
    for text in (f for o in outcomes for f in o.failures):
        print(f"FAILED {title}: {text}\n")
    count, named = len(seconds), sum(o.named for o in outcomes)
    at_the_line = sum(o.at_the_line for o in outcomes)
    print(f"{title}: {count} sheets of {len(outcomes)} losses; " + (
        f"{at_the_line} at their line, {named} named ({100 * named / max(count, 1):.2f} %)"
        if title == "planted" else f"{count - named} rejected"))
    if seconds:
        print(f"  processor seconds a sheet: median {statistics.median(seconds):.2f}, greatest "
              f"{max(seconds):.2f}, together {sum(seconds):.0f}")


def main() -> None:
    """Runs what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", choices=("planted", "right"))
    parser.add_argument("--losses", type=int, default=len(ENTRIES), help="so many, at random")
    parser.add_argument("--plants", type=int, default=PLANTS, help="mistakes of a loss")
    parser.add_argument("--right", type=int, default=RIGHT, help="right derivations of all losses")
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    names = sorted(ENTRIES)
    random.Random(asked.seed).shuffle(names)
    names, start = names[:asked.losses], time.monotonic()
    if asked.only != "right":
        summary("planted", run(partial(planted, asked.seed, asked.plants), names, "planted"))
    if asked.only != "planted":
        each = -(-asked.right // len(names))
        summary("right", run(partial(right, asked.seed, each), names, "right"))
    print(f"{time.monotonic() - start:.0f} s")


if __name__ == "__main__":
    main()
