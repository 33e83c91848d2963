"""The 46 outputs of the 22 formulas, measured for every column."""

from __future__ import annotations

import multiprocessing
import os
import warnings
import zlib
from collections.abc import Mapping
from typing import Any

import numpy as np

from . import autodiff, columns
from .cases import Case, Output
from .columns import Absent, Compute
from .formats import FORMATS, REGIMES, Array
from .report import Report, cell
from .scoring import Score, Truths, row_of, score
from .truth import exact_task

COLUMNS: Mapping[str, Compute] = {
    "ours fast": columns.ours("fast"), "ours faithful": columns.ours("faithful"),
    "naive": columns.naive, "scipy": columns.scipy, "sklearn": columns.sklearn,
    "torch": autodiff.torch, "jax": autodiff.jax, "pytensor": autodiff.pytensor,
}
Found = dict[tuple[str, str], dict[str, Score]]


def points_for(case: Case, seed: int, dtype: str, quick: bool) -> tuple[tuple[Array, ...], Array]:
    """The inputs of all regimes, one after the other, and the regime of each point."""
    count = {0: 600, 2: 300, 10: 150, 1000: 12}[case.size] // (6 if quick else 1)
    parts, regimes = [], []
    for regime in REGIMES:
        key = (seed, zlib.crc32(case.name.encode()), ord(regime), FORMATS[dtype].bits)
        with np.errstate(all="ignore"):
            drawn = case.draw(np.random.default_rng(key), count, regime, FORMATS[dtype])
        parts.append(drawn)
        regimes += [regime] * count
    arrays = tuple(np.concatenate(a) for a in zip(*parts, strict=True))
    return arrays, np.array(regimes)


def computed(column: Compute, case: Case, output: Output, arrays: tuple[Array, ...]) -> Any:
    """The column's elements, or the note that stands for them."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = np.asarray(column(case, output, arrays))
    except Absent as absent:
        return str(absent)
    except Exception as error:
        return f"{type(error).__name__}: {error}".splitlines()[0][:60]
    wanted = arrays[0].shape if case.size and output.order else (len(arrays[0]),)
    return found if found.shape == wanted else f"shape {found.shape}"


def measured(case: Case, dtype: str, seed: int, quick: bool, pool: Any,
             names: list[str]) -> dict[str, dict[str, Score]]:
    """The scores of every column on each output of a case."""
    arrays, regimes = points_for(case, seed, dtype, quick)
    form, found = FORMATS[dtype], {}
    for output in case.outputs:
        tasks = [(case.name, output.label, row_of(arrays, n), dtype) for n in range(len(regimes))]
        exact = pool.map_async(exact_task, tasks, chunksize=8)
        results = {name: computed(COLUMNS[name], case, output, arrays) for name in names}
        truths = Truths.of(exact.get())
        found[output.label] = {
            name: Score(note=result) if isinstance(result, str)
            else score(case, output, arrays, regimes, result, truths, form)
            for name, result in results.items()}
    return found


def run(report: Report, cases: list[Case], dtype: str, seed: int, quick: bool,
        names: list[str], workers: int) -> Found:
    """Measures the cases and reports them."""
    found: Found = {}
    with multiprocessing.get_context("spawn").Pool(workers or os.cpu_count()) as pool:
        for case in cases:
            for label, scores in measured(case, dtype, seed, quick, pool, names).items():
                found[case.name, label] = scores
                print(f"  … {case.name} {label}: "
                      + ", ".join(f"{n} {cell(s)}" for n, s in scores.items()), flush=True)
    _tables(report, found, dtype, seed, names)
    return found


def _tables(report: Report, found: Found, dtype: str, seed: int, names: list[str]) -> None:
    report.heading(f"Accuracy of {len(found)} outputs in {dtype}, seed {seed}")
    report.say("Worst error in ulps over typical, transition, whole-range and ordinal inputs; "
               "N: points with a false NaN or infinity, Z: points with a false zero "
               "(truth at least the smallest subnormal).")
    rows = [[f"{case} {label}", *(cell(scores[n]) for n in names)]
            for (case, label), scores in found.items()]
    report.table(["output", *names], rows)
    report.heading(f"Worst away from roots, {dtype}")
    report.say("Without NaN and infinities, and only where the sum of |x df/dx| / |f| is at most "
               "1000; ?: the worst 400 elements all lie near roots.")
    rows = [[f"{case} {label}", *(cell(scores[n], away=True) for n in names)]
            for (case, label), scores in found.items()]
    report.table(["output", *names], rows)
    report.heading(f"Within 4 ulps without failure, {dtype}")
    counts = []
    for name in names:
        scores = [s[name] for s in found.values()]
        offered = sum(not s.note for s in scores)
        counts.append([name, f"{sum(s.passes for s in scores)} of {len(scores)}",
                       str(sum(s.normal for s in scores)), str(offered),
                       str(sum(s.failures for s in scores))])
    report.table(["column", "within 4", "without subnormal truths", "offered",
                           "failed points"], counts)
    undecided = sum(next((s.undecided for s in scores.values() if not s.note), 0)
                    for scores in found.values())
    report.say(f"Points of which no precision decided the truth (left out): {undecided}.")
    _worst(report, found, names, dtype, seed)


def _worst(report: Report, found: Found, names: list[str], dtype: str, seed: int) -> None:
    for name in names:
        if not name.startswith("ours") and len(found) > 6:
            continue
        lines = [f"{case} {label}: {cell(scores[name])} at {scores[name].worst}"
                 for (case, label), scores in found.items() if not scores[name].note]
        if lines:
            report.heading(f"Worst inputs of {name}, {dtype}, seed {seed} [regime, point]")
            report.lines(lines)
