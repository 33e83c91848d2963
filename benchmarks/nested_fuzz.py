"""Random nested binders and filters in every direction: `python benchmarks/nested_fuzz.py`.

Each formula is derived; what is printed is compared with the typed formula by Python itself (the
notation is Python's syntax), by finite differences and sums. What differs is verified too, to see
whether the certificate would have said so; of the others each tenth is (`--verify`). Exits with 1
if anything is wrong.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.nesting.directions import DIRECTIONS, KEPT, Unanswered, Wrong, names_of
from derive.errors import DeriveError, VerificationError


def certificate() -> str:
    """What the certificate says of the derivation that was found wrong."""
    if not KEPT:
        return "no derivation"
    try:
        KEPT[0].verify()
    except DeriveError as error:
        return f"refused: {str(error).splitlines()[0]}"
    return "VERIFIED"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--direction", default="", help="several with commas; all by default")
    parser.add_argument("--verify", type=int, default=10, help="of how many right ones one is")
    parser.add_argument("--show", action="store_true", help="print every refusal")
    options = parser.parse_args()
    directions = list(names_of(options.direction))
    outcome: Counter[tuple[str, str]] = Counter()
    started = time.perf_counter()
    for number in range(options.count):
        seed = f"{options.seed}/{number}"
        direction = directions[number % len(directions)]
        KEPT.clear()
        try:
            DIRECTIONS[direction](random.Random(seed))
            if number // len(directions) % options.verify == 0 and KEPT:
                KEPT[0].verify()
                outcome[direction, "verified"] += 1
            outcome[direction, "right"] += 1
        except Wrong as error:
            outcome[direction, "wrong"] += 1
            print(f"WRONG {direction} {seed} ({certificate()}): {error}", flush=True)
        except Unanswered:
            outcome[direction, "unanswered"] += 1
        except VerificationError as error:
            outcome[direction, "not verified"] += 1
            print(f"NOT VERIFIED {direction} {seed}: {error}", flush=True)
        except DeriveError as error:
            outcome[direction, "refused"] += 1
            if options.show:
                print(f"refused {direction} {seed}: {error}", flush=True)
        except Exception as error:
            outcome[direction, "crashed"] += 1
            print(f"CRASH {direction} {seed}: {type(error).__name__}: {error}", flush=True)
    for direction in directions:
        counts = {what: n for (d, what), n in sorted(outcome.items()) if d == direction}
        print(f"{direction:8} {counts}")
    print(f"{options.count} formulas, seed {options.seed}, {time.perf_counter() - started:.0f} s")
    return 1 if any(what in ("wrong", "crashed") for _, what in outcome) else 0


if __name__ == "__main__":
    raise SystemExit(main())
