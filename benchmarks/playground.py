"""The two engines of the studio beside each other: CPython here, Pyodide in Node.

    python benchmarks/playground.py --pyodide FOLDER            50 questions
    python benchmarks/playground.py --built FOLDER --quick      8 of them

FOLDER is that of the npm package pyodide, or what `derive site --playground` built of it. Prints
which answers differ, byte for byte, and the seconds of processor time: until the engine is there,
until the first preview and the first derivation are, and of a warm one.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from derive.studio.answer_text import answer_text
from derive.studio.catalogue import offered
from derive.studio.playground import write_playground

SCRIPT = Path(__file__).resolve().with_name("answers_in_node.mjs")
ASKED = {"losses": ("gradient", "hessian", "noise"), "activations": ("cost",), "cells": (),
         "distributions": ("likelihood", "information", "estimate")}
TYPED = ({"formula": "norm(X @ w - y)**2/(2*N)", "options": {"wrt": "w"}, "preview": True,
          "given": ["X: real[N, D]", "w: real[D]", "y: real[N]"]},
         {"formula": "-log(softmax(o)[y", "preview": True}, {"formula": "log(z) $ 2"},
         {"formula": r"\frac{1}{2}(y-\hat y)^2", "preview": True},
         {"formula": "sum(w[i]*x[i] for i in D)", "given": ["x: real[D]"], "detail": "full"})


@dataclass
class Comparison:
    """The answers of both engines to the same requests, and the seconds until they were there."""

    requests: list[str]
    here: list[str]
    there: list[str]
    seconds: list[float]
    started: float
    stages: list[tuple[str, float]]

    @property
    def unlike(self) -> list[int]:
        """Which answers differ."""
        return [n for n, pair in enumerate(zip(self.here, self.there, strict=True))
                if pair[0] != pair[1]]


def questions(count: int) -> list[str]:
    """So many requests: examples, formulas and sheets, then entries from all over the tables."""
    keys = ("ask", "formula", "given", "options")
    made: list[dict[str, Any]] = [{key: example[key] for key in keys}
                                  for example in offered()["examples"] if example["ask"] != "kernel"
                                  and "data" not in example["options"]]
    made += [{"ask": "gradient", **typed} for typed in TYPED]
    made += [{"practice": {"action": "begin",
                           "target": "gradient of (z - y)**2/2 with respect to z"}}]
    entries = [(asked, entry["name"]) for entry in offered()["entries"]
               for asked in ASKED[entry["table"]]]
    left = max(1, count - len(made))
    made += [{"ask": asked, "formula": name}
             for asked, name in (entries[len(entries)*n//left] for n in range(left))]
    picked = made if count >= len(made) else [made[len(made)*n//count] for n in range(count)]
    return [json.dumps(request if "practice" in request else {**request, "patience": 300})
            for request in picked]


def compared(built: Path, requests: list[str]) -> Comparison:
    """Both engines asked the same. Raises CalledProcessError where Node fails."""
    with tempfile.TemporaryDirectory() as name:
        asked, answers = Path(name) / "requests.json", Path(name) / "answers.json"
        asked.write_text(json.dumps(requests), encoding="utf-8")
        subprocess.run(["node", str(SCRIPT), str(built), str(asked), str(answers)], check=True)
        data = json.loads(answers.read_text(encoding="utf-8"))
    return Comparison(requests, [*map(answer_text, requests)],
                      [one.get("answer", one.get("broken")) for one in data["answered"]],
                      [one["seconds"] for one in data["answered"]], data["started"],
                      data["stages"])


def differing(first: str, second: str) -> str:
    """Where two answers part."""
    place = next((n for n, pair in enumerate(zip(first, second, strict=False))
                  if pair[0] != pair[1]), min(len(first), len(second)))
    shown = slice(max(0, place - 60), place + 60)
    return f"at {place:,}: {first[shown]!r}\n      {second[shown]!r}"


def first_times(built: Path, runs: int = 3) -> None:
    """The shortest of some starts, each until a preview and a derivation are there."""
    question = {"ask": "gradient", "formula": "-log(softmax(o)[y])"}
    requests = [json.dumps({**question, **more}) for more in ({"preview": True}, {}, {})]
    made = [compared(built, requests) for _ in range(runs)]
    best = min(made, key=lambda one: one.started + sum(one.seconds[:2]))
    before = 0.0
    for (words, _), after in zip(best.stages, [at for _, at in best.stages[1:]] + [best.started],
                                 strict=True):
        print(f"  {words:24} {after - before:5.2f} s")
        before = after
    print(f"  engine ready             {best.started:5.2f} s\n"
          f"  first preview            {best.started + best.seconds[0]:5.2f} s\n"
          f"  first derivation, cold   {best.started + sum(best.seconds[:2]):5.2f} s\n"
          f"  the same, warm           {min(one.seconds[2] for one in made):5.2f} s")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pyodide", type=Path)
    parser.add_argument("--built", type=Path)
    parser.add_argument("--quick", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        built = options.built or Path(name) / "studio"
        if options.built is None:
            write_playground(built, options.pyodide)
        size = sum(path.stat().st_size for path in built.rglob("*") if path.is_file())
        print(f"{size / 1e6:.1f} MB; load of the machine {os.getloadavg()[0]:.1f}")
        first_times(built, 1 if options.quick else 3)
        result = compared(built, questions(8 if options.quick else 50))
    for number in result.unlike:
        print(f"differs: {result.requests[number][:150]}\n"
              f"  {differing(result.here[number], result.there[number])}")
    warm = sorted(result.seconds)
    print(f"{len(result.requests) - len(result.unlike)} of {len(result.requests)} answers are the "
          f"same; median {warm[len(warm) // 2]:.2f} s, slowest {warm[-1]:.2f} s")
    return bool(result.unlike)


if __name__ == "__main__":
    sys.exit(main())
