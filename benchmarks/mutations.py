"""Whether the tests notice small changes of the program: seeded mutations over all rooms.

    python benchmarks/mutations.py --measure        first: which tests run which functions
    python benchmarks/mutations.py                  40 mutations of seed 0
    python benchmarks/mutations.py --seed 3 --show  only lists them

Operators and comparisons are swapped, constants moved, branches dropped, signs taken away,
tolerances widened, formulas of the rules changed. Each mutation is made in a copy of the tree in a
temporary folder, never in the tree itself; then the tests that concern it run until the first
failure, within `--limit` seconds of the processor. A failure counts only where the same test passes
without the mutation. Exits with 1 where fewer than `--at-least` of them are noticed.
"""

from __future__ import annotations

import argparse
import itertools
import json
import math
import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
if __name__ == "__main__":  # started as a script: the package of this folder is beside it
    sys.path.insert(0, str(ROOT))

from benchmarks.mutation.choosing import Mutation, chosen  # noqa: E402
from benchmarks.mutation.selecting import Table  # noqa: E402

TABLE = ROOT / "build" / "mutation_tests.json"
COPIED = ("derive", "rules", "tests", "benchmarks", "docs", "cli.py", "pyproject.toml", "Makefile",
          "README.md", "CONTRIBUTING.md", "CHANGELOG.md", "LICENSE")
WAITING = 20  # how many times longer than its limit a run may take on a busy machine
_stamps = itertools.count(1)


class Tree:
    """A copy of the sources in which one file at a time is changed, and the tests run."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name in COPIED:
            source = ROOT / name
            if source.is_dir():
                shutil.copytree(source, folder / name,
                                ignore=shutil.ignore_patterns("__pycache__", ".*"))
            else:
                shutil.copy(source, folder / name)

    def write(self, file: str, text: str) -> None:
        """Writes a file; its time of change is new, so that no compiled file stands for it."""
        path = self.folder / file
        path.write_text(text, encoding="utf-8")
        moment = time.time() + 10*next(_stamps)
        os.utime(path, (moment, moment))

    def pytest(self, arguments: tuple[str, ...], limit: float) -> int | None:
        """The exit code of the tests; None where the time of the processor was over."""
        def alone() -> None:
            os.nice(10)
            resource.setrlimit(resource.RLIMIT_CPU, (math.ceil(limit),)*2)

        environment = {**os.environ, "PYTHONPATH": str(self.folder)}
        process = subprocess.Popen(
            [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:xdist", "--tb=no",
             "-m", "not slow and not browser and not peers", *arguments],
            cwd=self.folder, env=environment, start_new_session=True,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, preexec_fn=alone)
        try:
            code = process.wait(WAITING*limit)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            code = process.wait()
        return None if code < 0 else code

    def failures(self) -> list[str]:
        """The tests that failed in the last run."""
        file = self.folder / ".pytest_cache" / "v" / "cache" / "lastfailed"
        return list(json.loads(file.read_text(encoding="utf-8"))) if file.exists() else []

    def forget(self) -> None:
        """Forgets earlier failures."""
        shutil.rmtree(self.folder / ".pytest_cache", ignore_errors=True)


@dataclass(frozen=True)
class Outcome:
    """Which test noticed a mutation, or why none did."""

    mutation: Mutation
    noticed: bool
    by: str
    seconds: float

    def __str__(self) -> str:
        return f"{'noticed    ' if self.noticed else 'NOT noticed'}  {self.mutation}\n" \
               f"             {self.by} ({self.seconds:.0f} s)"


def outcome(tree: Tree, mutation: Mutation, table: Table, limit: float) -> Outcome:
    """Makes the change, runs the tests that concern it, and takes it back."""
    start = time.monotonic()
    text = (tree.folder / mutation.file).read_text(encoding="utf-8")
    skipped: tuple[str, ...] = ()

    def done(noticed: bool, by: str) -> Outcome:
        return Outcome(mutation, noticed, by, time.monotonic() - start)

    for selection in table.for_mutation(mutation):
        while True:
            tree.forget()
            tree.write(mutation.file, mutation.applied(text))
            try:
                code = tree.pytest((*selection.arguments, *skipped), limit)
            finally:
                tree.write(mutation.file, text)
            if code is None:
                return done(False, "the time was over")
            if code in (0, 5):  # all passed, or none was selected
                break
            failed = tree.failures()
            collecting = ("--collect-only",) if code > 1 else ()
            if tree.pytest((*collecting, *(failed or selection.arguments)), limit) == 0:
                return done(True, failed[0] if failed else "no test can be collected")
            if collecting:
                raise RuntimeError(f"pytest does not collect {failed or selection.arguments}")
            skipped += tuple(f"--deselect={name}" for name in failed)
    return done(False, "all tests that were chosen passed")


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--count", type=int, default=40)
    parser.add_argument("--only", type=int, nargs="*", help="numbers of the list")
    parser.add_argument("--limit", type=float, default=120,
                        help="seconds of the processor for the tests of one mutation")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--at-least", type=int, default=38)
    parser.add_argument("--table", type=Path, default=TABLE)
    parser.add_argument("--show", action="store_true")
    parser.add_argument("--measure", action="store_true")
    options = parser.parse_args()
    if options.measure:
        return measure(options.table)
    numbered = list(enumerate(chosen(ROOT, options.count, options.seed)))
    numbered = [(n, m) for n, m in numbered if options.only is None or n in options.only]
    if options.show:
        return print(*(f"{n:3} {m}" for n, m in numbered), sep="\n")
    table = Table.read(options.table, ROOT)
    with tempfile.TemporaryDirectory(prefix="mutations-") as name:
        trees = [Tree(Path(name) / str(job)) for job in range(options.jobs)]

        def work(numbered_mutation: tuple[int, Mutation]) -> Outcome:
            tree = trees.pop()
            try:
                result = outcome(tree, numbered_mutation[1], table, options.limit)
            finally:
                trees.append(tree)
            print(f"{numbered_mutation[0]:3} {result}", flush=True)
            return result

        with ThreadPoolExecutor(options.jobs) as pool:
            outcomes = list(pool.map(work, numbered))
    noticed = sum(one.noticed for one in outcomes)
    print(f"{noticed} of {len(outcomes)} noticed")
    sys.exit(noticed < min(options.at_least, len(outcomes)))


def measure(table: Path) -> None:
    """Runs some cases of every test and records the functions that each calls."""
    table.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="mutations-") as name:
        tree = Tree(Path(name) / "tree")
        environment = {**os.environ, "PYTHONPATH": str(tree.folder), "MUTATION_TABLE": str(table)}
        subprocess.run([sys.executable, "-m", "pytest", "-q", "-p", "no:xdist", "-p",
                        "benchmarks.mutation.measuring", "-m", "not slow and not browser "
                        "and not peers"], cwd=tree.folder, env=environment, check=False)


if __name__ == "__main__":
    main()
