"""Compiled recurrent models beside PyTorch: speed, parity, gradients, memory, start.

    python benchmarks/recurrence.py                          every part, one thread
    python benchmarks/recurrence.py --part speed --sizes A,B --cells rnn,lstm
    python benchmarks/recurrence.py --part speed --threads 2
    python benchmarks/recurrence.py --quick                  fewer rounds and steps

Parts: speed, spellings, limit, parity, gradients, convergence, generation, memory, start. Sizes
(width of the state H, steps T, sequences B, symbols V): A (100, 25, 1, 64), B (128, 64, 32, 80),
C (512, 64, 64, 96).
Contenders take turns in one process, round by round. Ratios hold within a run; a bar is judged by
the least times, which other programs disturb least. Two threads want an idle
machine; `of CPU` says nothing there. PyTorch is left out where it is missing.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
from importlib import import_module, util
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parent.parent), str(Path(__file__).resolve().parent)]

PARTS = {"speed": "speed", "spellings": "spellings", "limit": "limit", "parity": "parity",
         "gradients": "gradients", "convergence": "convergence",
         "generation": "process", "memory": "process", "start": "process"}
THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")


def names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--part", type=names, default=list(PARTS), help=", ".join(PARTS))
    parser.add_argument("--sizes", type=names, default=["A", "B", "C"], help="default A,B,C")
    parser.add_argument("--cells", type=names, default=[], help="default: all of a part")
    parser.add_argument("--threads", type=int, default=1, help="default 1")
    parser.add_argument("--rounds", type=int, default=0, help="turns of each contender")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--quick", action="store_true", help="fewer rounds and steps")
    parser.add_argument("--markdown", metavar="FILE", help="also write the tables there")
    asked = parser.parse_args()
    unknown = [*(set(asked.part) - set(PARTS)), *(set(asked.sizes) - set("ABC"))]
    if unknown:
        parser.error(f"unknown: {', '.join(unknown)}")
    return asked


def versions() -> str:
    import numpy as np

    found = f"Python {platform.python_version()}, NumPy {np.__version__}"
    if util.find_spec("torch"):
        found += f", PyTorch {import_module('torch').__version__}"
    else:
        found += ", no PyTorch: its columns stay empty (python -m pip install torch)"
    return f"{found}; {os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}"


def main() -> None:
    asked = options()
    for name in THREADS:  # read when NumPy is imported
        os.environ[name] = str(asked.threads)
    from kernels.report import Report

    report = Report()
    report.say(f"{versions()}; threads {asked.threads}, seed {asked.seed}")
    for part in asked.part:
        getattr(import_module(f"recurrent.{PARTS[part]}"), part)(asked, report)
    if asked.markdown:
        report.save(asked.markdown)


if __name__ == "__main__":
    main()
