"""The C functions: the largest error in ULP, and the time for one element beside NumPy's.

    python -m benchmarks.c_functions [NAME ...] [--points 4000] [--seed 1] [--compiler gcc]

An error is that of a result against mpmath in 60 digits (float64, and float32 in its second column,
where it is against all floats of some stretches, computed in float64). The largest of plain code
(-O1, no contraction) and of vector code (-O3 -march=native, contracted) is printed. Time is that of
one element of 2,048, the least of seven; both in one process.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.c_library import CAREFUL, QUICK, Library, compilers
from benchmarks.c_truth import C_FUNCTIONS, worst
from derive.arrays.targets.numpy.executing import runtime_names
from derive.functions.function_records import standard_functions

Array = Any
STRETCH = 1 << 18


def numpy_function(name: str) -> Callable[..., Any] | None:
    """What computes the same in NumPy, if it is one call."""
    by_name = {f.c: f.numpy for f in standard_functions().values()}
    if name == "power":
        return np.power
    text = by_name.get(name, "")
    return getattr(np, text[3:], None) if text.startswith("np.") else runtime_names().get(text)


def stretches(name: str, rng: Any) -> Array:
    """All float32 of some stretches: beside the places of a function, and drawn."""
    function = C_FUNCTIONS[name]
    centres = np.concatenate([np.array(function.places), rng.uniform(*function.changes, 8),
                              10.0**rng.uniform(-30, 30, 8)]).astype(np.float32)
    steps = np.arange(STRETCH, dtype=np.int64) - STRETCH // 2
    made = (centres.view(np.int32).astype(np.int64)[:, None] + steps).ravel()
    with np.errstate(all="ignore"):
        floats = made.astype(np.int32).view(np.float32)
        inside = (floats > function.domain[0]) & (floats < function.domain[1])
    return floats[inside & np.isfinite(floats)]


def against_double(library: Library, name: str, rng: Any) -> float:
    """The largest error in float32 against the same function in float64."""
    given = stretches(name, rng)
    ours, truth = library.call(name, given), library.call(name, given.astype(np.float64))
    with np.errstate(all="ignore"):
        nearest = truth.astype(np.float32)
        unit = np.spacing(np.abs(nearest)).astype(np.float64)
        error = np.abs(ours.astype(np.float64) - truth) / unit
    usual = np.isfinite(nearest) & np.isfinite(ours)
    return float(np.max(error, initial=0, where=usual))


def numpy_time(name: str, arrays: tuple[Array, ...], turns: int = 30) -> float:
    """The least time of NumPy for one element, of seven."""
    function, best, out = numpy_function(name), np.inf, np.empty_like(arrays[0])
    if function is None:
        return np.nan
    with np.errstate(all="ignore"):
        for _ in range(7):
            start = time.perf_counter()
            for _ in range(turns):
                function(*arrays, out=out)
            best = min(best, time.perf_counter() - start)
    return best / turns / out.size * 1e9


def row(name: str, libraries: list[Library], count: int, seed: int) -> list[str]:
    """One row of the table."""
    rng, errors, quick = np.random.default_rng(seed), [], libraries[-1]
    for dtype in (np.float64, np.float32):
        with np.errstate(all="ignore"):
            given = C_FUNCTIONS[name].points(rng, count, dtype)
        errors.append(max(worst(name, each.call(name, *given), given)[0] for each in libraries))
    if name != "power":
        errors[1] = max(errors[1], *(against_double(each, name, rng) for each in libraries))
    times = []
    for dtype in (np.float64, np.float32):
        arrays = (rng.uniform(0.1, 0.9, 2048).astype(dtype),) * (2 if name == "power" else 1)
        times += [quick.nanoseconds(name, arrays), numpy_time(name, arrays)]
    shown = ["" if np.isnan(t) else f"{t:.2f}" if t < 10 else f"{t:.0f}" for t in times]
    return [name, *(f"{e:.2f}" for e in errors), *shown]


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--points", type=int, default=4000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--compiler", default=compilers()[0])
    given = parser.parse_args()
    names = given.names or list(C_FUNCTIONS)
    print("| | float64, ULP | float32, ULP | float64, ns | NumPy, ns | float32, ns | NumPy, ns |")
    print("|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        libraries = [Library(names, Path(folder) / str(n), given.compiler, options)
                     for n, options in enumerate((CAREFUL, QUICK))]
        for name in names:
            print(f"| {' | '.join(row(name, libraries, given.points, given.seed))} |", flush=True)


if __name__ == "__main__":
    main()
