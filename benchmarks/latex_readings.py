"""The reader of LaTeX at random formulas in many spellings and at slips of the pen.

    python benchmarks/latex_readings.py               1,000 formulas and 1,000 slips
    python benchmarks/latex_readings.py --count 5000 --first 100

Prints how many readings are right, refused, wrong or unknown, and every wrong one; ends with exit
code 1 if there is one.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tests.latex_trials import formula_trial, slip_trial


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--show", default="wrong", help="outcomes of which the LaTeX is shown")
    chosen = parser.parse_args()
    wrong = 0
    for name, trial in (("formulas", formula_trial), ("slips", slip_trial)):
        start = time.perf_counter()
        outcomes = [trial(seed) for seed in range(chosen.first, chosen.first + chosen.count)]
        for outcome, text in outcomes:
            if outcome in chosen.show.split(","):
                print(f"{outcome}: {text}\n")
        counts = Counter(outcome for outcome, _ in outcomes)
        wrong += counts["wrong"]
        print(f"{name}: {', '.join(f'{n:,} {what}' for what, n in counts.most_common())} "
              f"in {time.perf_counter() - start:.1f} s")
    return 1 if wrong else 0


if __name__ == "__main__":
    raise SystemExit(main())
