"""Every loss of the catalogue: does its generated module pass the test that is generated with it?

    python benchmarks/self_tests.py                    all losses, one process
    python benchmarks/self_tests.py poisson beta       what has one of these in its name
    python benchmarks/self_tests.py --jobs 2 --outputs value,grad,value_and_grad,hessian,hvp

Prints a line for each loss: how long the module took to make, passed or what failed.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

HOME = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(HOME))
ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("words", nargs="*", help="parts of names; default all losses")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--outputs", default="value,grad,value_and_grad")
    parser.add_argument("--accuracy", choices=("fast", "faithful"), default="fast")
    parser.add_argument("--dtype", choices=("both", "float32", "float64"), default="both")
    parser.add_argument("--keep", type=Path, help="a folder for the modules; default temporary")
    parser.add_argument("--timeout", type=float, default=600, help="seconds for one test")
    return parser.parse_args()


def failures(path: Path, seconds: float) -> list[str]:
    """What a test file says when it is run by pytest: the failing tests with their reasons."""
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"} | ONE_THREAD
    try:
        run = subprocess.run([sys.executable, "-W", "error", "-m", "pytest", "-q", "-p",
                              "no:cacheprovider", "-p", "no:xdist", "--tb=line", path.name],
                             cwd=path.parent, env=environment, text=True, capture_output=True,
                             check=False, timeout=seconds)
    except subprocess.TimeoutExpired:
        return [f"no end after {seconds:g} s"]
    if run.returncode == 0:
        return []
    lines = [line for line in run.stdout.splitlines() if line.startswith("FAILED")]
    return lines or [(run.stdout + run.stderr).strip()[-300:]]


def tried(name: str, folder: Path, asked: argparse.Namespace) -> tuple[str, float, list[str]]:
    """Makes the module of one loss and its test, and runs the test."""
    import derive

    start = time.perf_counter()
    path = folder / f"{name.replace('-', '_')}.py"
    try:
        made = derive.kernel(name, accuracy=asked.accuracy, dtype=asked.dtype,
                             outputs=asked.outputs.split(","))
        path.write_text(made.source + "\n", encoding="utf-8")
        seconds = time.perf_counter() - start
        test = path.with_name(f"test_{path.name}")
        test.write_text(made.test_source(path.stem), encoding="utf-8")
    except Exception as error:
        return name, time.perf_counter() - start, [f"{type(error).__name__}: {error}"[:300]]
    return name, seconds, failures(test, asked.timeout)


def main() -> None:
    import derive

    asked = options()
    names = [entry.name for entry in derive.losses()
             if not asked.words or any(word in entry.name for word in asked.words)]
    failed, times = 0, []
    with tempfile.TemporaryDirectory() as temporary:
        folder = asked.keep or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        with ProcessPoolExecutor(asked.jobs) as pool:
            for name, seconds, found in pool.map(
                    partial(tried, folder=folder, asked=asked), names):
                times.append(seconds)
                failed += bool(found)
                print(f"{name}: {seconds:.1f} s, {'passed' if not found else 'FAILED'}",
                      *found, sep="\n    ", flush=True)
    times.sort()
    print(f"{len(names)} losses, {failed} failed; made in {times[len(times) // 2]:.1f} s "
          f"(median), {times[-1]:.1f} s (most)")
    sys.exit(bool(failed))


if __name__ == "__main__":
    main()
