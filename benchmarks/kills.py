"""Kills (signal 9) at random moments of training, site and export: nothing lost or half written.

    python benchmarks/kills.py --training 800 --site 100 --export 100

Processes are forked from one that has everything imported and derived, so that a kill costs a
fraction of a second and falls where files are written: the trainer learns a toy network, pages and
modules are those that were made once. After each, every file is whole and nothing lies about but
what is named here; at the end the work is done once more, undisturbed, and its files are bit for
bit those of work that was never killed.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable
from pathlib import Path

os.environ["OPENBLAS_NUM_THREADS"] = "1"  # threads do not live on in a forked process

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import derive
from derive.teaching.sites import site_writer
from derive.training import checkpoint as checkpoints
from derive.training import exporting
from derive.training.log import read_log
from derive.training.trained_model import loaded
from tests.toy_run import trainer

STEPS = 60
MANIFEST = site_writer.MANIFEST
TIMES = ("ms_per_step", "tokens_per_s", "train_s", "held_out_s")
PAGES = "*softmax*"
LEFT = 1  # temporary files that a kill leaves for the next run to clear


def work_killed(work: Callable[[], None], seconds: float) -> str:
    """Does work in a process that is killed after some seconds: `killed`, `done` or `failed`."""
    child = os.fork()
    if child == 0:
        try:
            work()
        except BaseException:
            traceback.print_exc()
            os._exit(3)
        os._exit(0)
    end = time.monotonic() + seconds
    ended, status = 0, 0
    while not ended and time.monotonic() < end:
        time.sleep(0.001)
        ended, status = os.waitpid(child, os.WNOHANG)
    if not ended:
        os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
    return "killed" if os.WIFSIGNALED(status) else "failed" if os.WEXITSTATUS(status) else "done"


def duration(work: Callable[[], None]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def temporary_files(folder: Path) -> int:
    return sum(path.name.startswith(".") and path.name.endswith(".part")
               for path in folder.rglob("*"))


class Training:
    """A run with a checkpoint after each step and a log."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.reference = folder / "killed", folder / "whole"
        self.reference.mkdir()
        self.usual = duration(lambda: self.run(self.reference))
        self.begin()

    def begin(self) -> None:
        for path in self.folder.glob("*") if self.folder.exists() else ():
            path.unlink()
        self.folder.mkdir(exist_ok=True)

    def run(self, folder: Path) -> None:
        """Begins, or goes on; a checkpoint is never begun over."""
        run, path = trainer(folder, steps=STEPS, save_every=1), folder / "run.ckpt"
        if path.exists():
            run.saver.ours = True
            run.resume(checkpoints.read(path))
        else:
            run.start(overwrite=True)
        run.run()

    def work(self) -> None:
        self.run(self.folder)

    def check(self) -> str:
        """What is wrong with the files as they lie there."""
        path, log = self.folder / "run.ckpt", self.folder / "run.csv"
        if path.exists():
            checkpoints.read(path)
        steps = [row["step"] for row in read_log(log)] if log.exists() else []
        if steps != sorted(set(steps)):
            return f"rows of the log: {steps}"
        known = {"run.ckpt", "run.ckpt.previous", "run.ckpt.lock", "run.csv", "run.csv.lock"}
        more = {p.name for p in self.folder.iterdir() if not p.name.endswith(".part")} - known
        return f"files {more}" if more else ""

    @property
    def ended(self) -> bool:
        path = self.folder / "run.ckpt"
        return path.exists() and checkpoints.read(path).header["step"] == STEPS

    def compare(self) -> str:
        """What differs from the run that was never killed."""
        ours, theirs = (checkpoints.read(f / "run.ckpt") for f in (self.folder, self.reference))
        for name, array in theirs.arrays.items():
            if ours.arrays[name].tobytes() != array.tobytes():
                return f"array {name}"
        rows = [[{k: v for k, v in row.items() if k not in TIMES}
                 for row in read_log(f / "run.csv")] for f in (self.folder, self.reference)]
        return "" if rows[0] == rows[1] else "the log"


class Placed:
    """Work that writes files into a folder, the same each time."""

    known: frozenset[str] = frozenset()

    def __init__(self, folder: Path) -> None:
        self.folder, self.reference = folder / "killed", folder / "whole"
        self.usual = duration(lambda: self.write(self.reference))
        self.usual = duration(lambda: self.write(self.reference))  # with warm caches
        self.ended = False
        self.begin()

    def write(self, folder: Path) -> None:
        raise NotImplementedError

    def begin(self) -> None:
        """Goes on over what lies there: a later run takes what an earlier one has left."""

    def work(self) -> None:
        self.write(self.folder)

    def whole(self, path: Path) -> bool:
        raise NotImplementedError

    def files(self, folder: Path) -> set[Path]:
        return {p.relative_to(folder) for p in folder.rglob("*")
                if p.is_file() and not p.name.endswith(".part")} if folder.exists() else set()

    def check(self) -> str:
        there = self.files(self.folder)
        if there - self.files(self.reference):
            return f"files {there - self.files(self.reference)}"
        return next((f"half a file: {p}" for p in there if not self.whole(p)), "")

    def compare(self) -> str:
        if self.files(self.folder) != self.files(self.reference):
            return "other files"
        return next((str(p) for p in self.files(self.folder) if
                     (self.folder / p).read_bytes() != (self.reference / p).read_bytes()), "")


class SiteOfPages(Placed):
    """A part of the catalogue as pages."""

    def __init__(self, folder: Path) -> None:
        chosen = [e for e in site_writer.entries() if site_writer._fits(e, PAGES)]
        pages = [site_writer.make(entry, False) for entry in chosen]
        site_writer._made = lambda *_: iter(pages)
        super().__init__(folder)

    def write(self, folder: Path) -> None:
        site_writer.write_site(folder, PAGES, 1, verified=False)

    def whole(self, path: Path) -> bool:
        content = (self.folder / path).read_bytes()
        if path.name == MANIFEST:
            named = set(json.loads(content)["files"])
            return {p.as_posix() for p in self.files(self.folder)} - {MANIFEST} <= named
        return content.endswith(b"</html>\n")


class Export(Placed):
    """A module of a trained model and its parameters."""

    def __init__(self, folder: Path) -> None:
        made = folder / "model.ckpt"
        derive.train("names", hidden=4, steps=2, save=made)
        self.model = loaded(made)
        text = exporting.exported_checkpoint(self.model, "numpy")
        exporting.exported_checkpoint = lambda *_: text
        super().__init__(folder)

    def write(self, folder: Path) -> None:
        folder.mkdir(exist_ok=True)
        exporting.write_export(self.model, "numpy", folder / "model.py")

    def whole(self, path: Path) -> bool:
        return (self.folder / path).read_bytes() == (self.reference / path).read_bytes()


def kill(kind: type[Training | Placed], kills: int, seed: int, folder: Path) -> list[str]:
    """Kills work so many times; what was wrong."""
    draw, subject, count, wrong = random.Random(seed), kind(folder), Counter[str](), []
    began, ends = time.perf_counter(), 0
    while count["killed"] < kills and not wrong:
        result = work_killed(subject.work, draw.uniform(0, 1.1*subject.usual))
        count[result] += 1
        wrong += [f"after kill {count['killed']}: {fault}" for fault in (subject.check(),) if fault]
        wrong += ["work failed"] * (result == "failed")
        if result == "done" or subject.ended:
            wrong += [f"at the end: {fault}" for fault in (subject.compare(),) if fault]
            ends += 1
            subject.begin()
    if not wrong:
        time.sleep(2.1)  # until what the last kill left is old enough to be cleared
        subject.work()
        wrong += [f"at the end: {fault}" for fault in (subject.compare(),) if fault]
        left = temporary_files(subject.folder)
        wrong += [f"{left} temporary files"] * (left > LEFT)
    print(f"{kind.__name__:12} {count['killed']} kills, {ends + 1} ends compared, "
          f"{len(wrong)} wrong, {time.perf_counter() - began:.0f} s", flush=True)
    return wrong


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    for name, usual in (("training", 800), ("site", 100), ("export", 100), ("seed", 1)):
        parser.add_argument(f"--{name}", type=int, default=usual)
    given = parser.parse_args()
    wrong: list[str] = []
    memory = "/dev/shm" if os.path.isdir("/dev/shm") else None  # where nobody waits for a disk
    print(f"seed {given.seed}")
    for kind, kills in ((Training, given.training), (SiteOfPages, given.site),
                        (Export, given.export)):
        with tempfile.TemporaryDirectory(dir=memory) as folder:
            wrong += kill(kind, kills, given.seed, Path(folder))
    for fault in wrong:
        print(fault)
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
