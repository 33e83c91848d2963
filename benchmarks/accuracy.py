"""Accuracy of the kernels and of their peers against exact values, in units in the last place.

    python benchmarks/accuracy.py                      22 formulas, then the whole catalogue
    python benchmarks/accuracy.py --part formulas      the 46 outputs, all columns
    python benchmarks/accuracy.py --part catalogue     value, gradient, Hessian of every loss
    python benchmarks/accuracy.py --only softplus      what has that in its name (repeatable)

A peer that is not installed is told as such. PyTorch, JAX, SciPy, scikit-learn and PyTensor are
optional; the truth comes from mpmath.
"""

from __future__ import annotations

import argparse
import platform
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--part", choices=("formulas", "catalogue", "all"), default="all")
    parser.add_argument("--only", action="append", default=[], metavar="NAME")
    parser.add_argument("--columns", default="", help="comma-separated; default all")
    parser.add_argument("--dtype", choices=("float64", "float32", "both"), default="both")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--quick", action="store_true", help="fewer points")
    parser.add_argument("--workers", type=int, default=0, help="processes for the exact values")
    parser.add_argument("--markdown", metavar="FILE")
    return parser.parse_args()


def main() -> None:
    from kernels import catalogue, formulas
    from kernels.cases import selected
    from kernels.columns import versions
    from kernels.report import Report

    asked, report, start = options(), Report(), time.perf_counter()
    report.say(f"{platform.machine()}, Python {platform.python_version()}, {versions()}")
    dtypes = ["float64", "float32"] if asked.dtype == "both" else [asked.dtype]
    names = [n.strip() for n in asked.columns.split(",") if n.strip()] or list(formulas.COLUMNS)
    unknown = set(names) - set(formulas.COLUMNS)
    if unknown:
        sys.exit(f"no such column: {', '.join(sorted(unknown))}")
    for dtype in dtypes:
        if asked.part != "catalogue" and selected(asked.only):
            formulas.run(report, selected(asked.only), dtype, asked.seed, asked.quick, names,
                         asked.workers)
        if asked.part != "formulas":
            catalogue.run(report, asked.only, dtype, asked.seed, asked.quick, asked.workers)
    report.say(f"{time.perf_counter() - start:.0f} s")
    if asked.markdown:
        report.save(asked.markdown)


if __name__ == "__main__":
    main()
