"""What a fresh process costs: generating a model, its memory, and the time to its first step."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from .setting import verdict

ROOT = Path(__file__).resolve().parent.parent.parent
FRESH = Path(__file__).resolve().parent / "fresh.py"
GENERATED = ("rnn", "lstm", "gru", "lstm 2 layers both ways", "habituating", "lstm 24 layers")
TRAINED = ("rnn", "lstm", "gru")
DEEP = 3.0  # seconds for 24 layers
LIMITS = {"generation": 1.0, "memory": 120.0, "start": 1.0}


def _run(*command: str) -> dict[str, Any]:
    """The answer of a fresh process, and when it was started."""
    began = time.time()
    done = subprocess.run([sys.executable, str(FRESH), *command], stdout=subprocess.PIPE,
                          text=True, check=True, cwd=ROOT)
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return {**answer, "wall": answer["at"] - began}


def generation(asked: Any, report: Any) -> None:
    report.heading("Generation: seconds from equations to a compiled model, after importing")
    rows = []
    for name in asked.cells or GENERATED:
        found = [_run("generate", name) for _ in range(2 if asked.quick else 5)]
        times = [f["seconds"] for f in found]
        rows.append([name, f"{min(times):.2f}", f"{statistics.median(times):.2f}",
                     str(found[0]["lines"]),
                     verdict(min(times), DEEP if "24" in name else LIMITS["generation"], False)])
    report.table(["model", "least", "median", "lines of text", "bar"], rows)


def memory(asked: Any, report: Any) -> None:
    report.heading("Memory: most megabytes (10^6) held by a fresh process, 5 steps, float32")
    rows = []
    for size in asked.sizes:
        for cell in _trained(asked):
            ours = _run("ours", cell, size, "5")["bytes"] / 1e6
            peer = f"{_run('torch', cell, size, '5')['bytes'] / 1e6:.0f}" if _peer() else "–"
            judged = verdict(ours, LIMITS["memory"], False) if (cell, size) == ("rnn", "C") else "–"
            rows.append([cell, size, f"{ours:.0f}", peer, judged])
    report.table(["cell", "size", "ours", "PyTorch", "bar"], rows)


def start(asked: Any, report: Any) -> None:
    report.heading("Start: seconds from the start of a process to its first finished step, at B")
    rows = []
    times = 3 if asked.quick else 7
    for cell in _trained(asked):
        ours = [_run("ours", cell, "B", "1")["wall"] for _ in range(times)]
        peer = [_run("torch", cell, "B", "1")["wall"] for _ in range(times)] if _peer() else []
        rows.append([cell, f"{min(ours):.2f}", f"{statistics.median(ours):.2f}",
                     f"{min(peer):.2f}" if peer else "–",
                     verdict(min(ours), LIMITS["start"], False)])
    rows += _command_rows(times)
    report.table(["process", "ours least", "median", "PyTorch", "bar"], rows)


def _command_rows(times: int) -> list[list[str]]:
    """The whole command with one step: until its step is done and judged, until it ends."""
    found = list(zip(*(_command() for _ in range(times)), strict=True))
    names = ("derive train: a step, held-out data judged", "derive train: that and baselines, end")
    bars = (verdict(min(found[0]), LIMITS["start"], False), "–")
    return [[name, f"{min(one):.2f}", f"{statistics.median(one):.2f}", "–", bar]
            for name, one, bar in zip(names, found, bars, strict=True)]


def _command() -> tuple[float, float]:
    """Seconds until the command writes its only row into the log, and until it ends."""
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "run.jsonl"
        command = [sys.executable, str(ROOT / "cli.py"), "train", "characters", "--hidden", "128",
                   "--bptt", "64", "--batch", "32", "--steps", "1", "--eval-every", "0",
                   "--log", str(log)]
        began, row = time.perf_counter(), 0.0
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                   cwd=ROOT)
        while process.poll() is None:
            if not row and log.exists() and log.stat().st_size:
                row = time.perf_counter() - began
            time.sleep(0.002)
        whole = time.perf_counter() - began
        if process.returncode:
            raise RuntimeError(f"{' '.join(command)} failed; run it to see why")
        return row or whole, whole


def _trained(asked: Any) -> list[str]:
    return [name for name in TRAINED if not asked.cells or name in asked.cells]


def _peer() -> bool:
    return find_spec("torch") is not None
