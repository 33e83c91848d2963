"""Random inputs of every kind: each gives a result, one DeriveError, or reaches its bound, soon.

    python benchmarks/fuzz.py --count 1000000 --seed 1

Worker processes take the inputs; one that is silent for longer than `--hard` seconds is killed and
counted as a hang. Whatever is none of the three outcomes is printed with its seed, number and
input, and `--only NUMBER` runs that one alone, with its traceback. Some inputs would make a file or
import a module if they were evaluated: that is looked at after every one. Exits with 1 if anything
is wrong.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import multiprocessing
import os
import sys
import tempfile
import time
import traceback
import warnings
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import derive
from benchmarks.fuzzing.inputs import Input, input_of
from benchmarks.fuzzing.texts import CANARY

RESULT, REFUSED, BOUND, BAD = "a result", "refused", "a bound", "BAD"
_GRACE = 3.0  # seconds of processor time beyond the bound, of which each of several calls has one


@dataclass(frozen=True)
class Outcome:
    """What came of an input."""

    number: int
    kind: str
    what: str
    detail: str = ""


@dataclass(frozen=True)
class Settings:
    """Which inputs there are, and what each may take in seconds."""

    seed: int = 1
    patience: float = 2.0
    share: float = 0.1
    hard: float = 60.0


@contextlib.contextmanager
def watched() -> Iterator[Path]:
    """A folder of its own to work in, with a module that makes a file when it is imported."""
    before = Path.cwd()
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        Path(made, f"{CANARY}.py").write_text(f"open({str(folder / CANARY)!r} + '.txt', 'w')\n")
        sys.path.insert(0, made)
        os.chdir(made)
        try:
            yield folder
        finally:
            os.chdir(before)
            sys.path.remove(made)


def evaluated(folder: Path) -> bool:
    """Whether an input was evaluated; what it made is taken away."""
    made = folder / f"{CANARY}.txt"
    traces = made.exists() or CANARY in sys.modules
    made.unlink(missing_ok=True)
    sys.modules.pop(CANARY, None)
    return traces


def tried(given: Input, number: int, settings: Settings, folder: Path) -> Outcome:
    """What came of an input."""
    start = time.thread_time()
    what, detail = RESULT, ""
    try:
        with derive.patience(settings.patience), warnings.catch_warnings(), \
                contextlib.redirect_stdout(io.StringIO()):
            warnings.simplefilter("ignore")
            given.call()
    except derive.PatienceError:
        what = BOUND
    except derive.DeriveError as error:
        what = REFUSED if str(error).strip() else BAD
        detail = type(error).__name__ if what == REFUSED else "a DeriveError without a word"
    except Exception as error:
        last = traceback.extract_tb(error.__traceback__)[-1]
        what = BAD
        detail = f"{type(error).__name__}: {error} ({last.filename}:{last.lineno})"
    took = time.thread_time() - start
    if what != BAD and took > 2 * settings.patience + _GRACE:
        what, detail = BAD, f"over its bound: {took:.1f} s, {what}"
    if evaluated(folder):
        what, detail = BAD, "EVALUATED"
    return Outcome(number, given.kind, what, f"{given.shown}\n    {detail}" if what == BAD else
                   detail)


def _work(pipe: Connection, numbers: range, settings: Settings) -> None:
    """Tries inputs one after another; each number is sent before its input, and its outcome after.
    """
    with watched() as folder:
        for number in numbers:
            pipe.send(number)
            pipe.send(tried(input_of(number, settings.seed, folder, settings.share), number,
                            settings, folder))
    pipe.send(None)


class _Worker:
    """A process that tries inputs, and the number that it is at."""

    def __init__(self, numbers: range, settings: Settings) -> None:
        self.numbers, self.settings = numbers, settings
        self.pipe, there = multiprocessing.Pipe(duplex=False)
        self.process = multiprocessing.Process(target=_work, args=(there, numbers, settings),
                                               daemon=True)
        self.process.start()
        there.close()
        self.at, self.since = numbers.start, time.monotonic()

    @property
    def silent(self) -> bool:
        return time.monotonic() - self.since > self.settings.hard

    def ended(self, why: str) -> tuple[Outcome, range]:
        """What is said of an input that ended its worker, and the inputs that are left."""
        self.process.kill()
        self.process.join()
        with tempfile.TemporaryDirectory() as folder:
            given = input_of(self.at, self.settings.seed, Path(folder), self.settings.share)
        left = range(self.at + self.numbers.step, self.numbers.stop, self.numbers.step)
        return Outcome(self.at, given.kind, BAD, f"{given.shown}\n    {why}"), left


def outcomes(count: int, settings: Settings, workers: int, first: int = 0) -> Iterator[Outcome]:
    """What comes of each input, in the order in which they end."""
    running = [_Worker(range(first + n, first + count, workers), settings)
               for n in range(min(workers, count))]
    while running:
        ready = wait([worker.pipe for worker in running], timeout=1)
        for worker in list(running):
            fallen = ""
            if worker.pipe in ready:
                try:
                    message = worker.pipe.recv()
                except EOFError:
                    fallen = "the process fell over"
                else:
                    worker.since = time.monotonic()
                    if message is None:
                        running.remove(worker)
                        worker.process.join()
                    elif isinstance(message, Outcome):
                        yield message
                    else:
                        worker.at = message
            elif worker.silent:
                fallen = f"no answer within {settings.hard:g} s"
            if fallen:
                running.remove(worker)
                outcome, left = worker.ended(fallen)
                if left:
                    running.append(_Worker(left, settings))
                yield outcome


def _alone(number: int, settings: Settings) -> int:
    """One input, with the traceback of what comes of it."""
    with watched() as folder:
        given = input_of(number, settings.seed, folder, settings.share)
        print(f"#{number} {given.kind}: {given.shown}")
        with derive.patience(settings.patience):
            given.call()
    return 0


def main() -> int:
    """Runs the fuzzer."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.
                                     RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--first", type=int, default=0, help="the number of the first input")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--share", type=float, default=0.1,
                        help="the part that is derived, judged and compiled, not read alone")
    parser.add_argument("--patience", type=float, default=2.0)
    parser.add_argument("--hard", type=float, default=60.0)
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--only", type=int, help="the number of a single input")
    asked = parser.parse_args()
    settings = Settings(asked.seed, asked.patience, asked.share, asked.hard)
    if asked.only is not None:
        return _alone(asked.only, settings)
    counts: Counter[str] = Counter()
    start = time.monotonic()
    for outcome in outcomes(asked.count, settings, asked.workers, asked.first):
        counts[outcome.what] += 1
        if counts.total() % 5000 == 0:
            print(f"{counts.total()} inputs, {counts[BAD]} BAD", file=sys.stderr, flush=True)
        if outcome.what == BAD:
            print(f"seed {asked.seed} #{outcome.number} {outcome.kind}: {outcome.detail}",
                  flush=True)
    print(f"{asked.count} inputs from {asked.first} on with seed {asked.seed} in "
          f"{time.monotonic() - start:.0f} s: "
          + ", ".join(f"{n} {name}" for name, n in counts.most_common()))
    return 1 if counts[BAD] else 0


if __name__ == "__main__":
    sys.exit(main())
