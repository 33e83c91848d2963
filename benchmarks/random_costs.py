"""Costs of random fields: how many gradients are found, how many others refused, none wrong.

    python benchmarks/random_costs.py                     400 gradients, 200 fields that are none
    python benchmarks/random_costs.py --gradients 40 --others 20 --seed 7

A cost counts when central differences of its printed text, by every entry of every variable, are
the field as typed, at points of its own in 40 digits. A refusal counts when it has a point, and
central differences of the typed field at that point are the two numbers that it names, not equal.
"""

from __future__ import annotations

import argparse
import random
import re
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import derive
from benchmarks.random_potentials import KINDS, Posed, Potentials
from derive.errors import DeriveError, EvaluationError, NoIntegralError, NotAGradient
from derive.judge.reading.formula_reader import Reading, read
from derive.judge.reading.lazy_arrays import Point, new_context

DIGITS, STEP, CLOSE = 40, "1e-12", "1e-15"  # of central differences, whose error is of order STEP²
POINTS = 4
SIZES = {"K": 3, "N": 4, "D": 2}
SHARES = {"gradients": (130, 90, 90, 90), "others": (0, 70, 60, 70)}


@dataclass(frozen=True)
class Outcome:
    """What came of one field, in a word: right, wrong, refused, not found."""

    posed: Posed
    word: str
    answer: str
    seconds: float


class Values:
    """Values of texts at random points, and their central differences."""

    def __init__(self, posed: Posed, seed: int = 1) -> None:
        self.ctx = new_context(DIGITS)
        self.posed, self.draw = posed, random.Random(seed)
        self.fields = posed.field.split("; ")
        self.variables = posed.wrt.split(", ") if "[" not in posed.wrt else \
            re.split(r", (?![^\[]*\])", posed.wrt)
        self.shapes = dict(_shapes(posed.given))

    def reading(self, text: str, variable: str = "") -> Reading:
        """A text as the judge reads it, with the letters of a component."""
        return read(text, self.posed.given, dict(self.letters(variable)))

    def letters(self, variable: str) -> Iterator[tuple[str, str]]:
        """The letters of a component with their dimensions."""
        name, _, inner = variable.partition("[")
        axes = self.shapes.get(name, ())
        yield from zip([c.strip() for c in inner.rstrip("]").split(",") if c], axes, strict=False)

    def point(self) -> Point:
        """A random point: numbers between -2 and 2, or positive ones."""
        def number(kind: str) -> Any:
            low = 0.2 if kind == "positive" else -2.0
            return self.ctx.mpf(str(round(self.draw.uniform(low, 2), 6)))

        values: dict[str, Any] = {}
        for line in self.posed.given:
            names, kind = (part.strip() for part in line.split(":"))
            for name in names.split(", "):
                word = kind.partition("[")[0]
                axes = self.shapes[name]
                values[name] = number(word) if not axes else {
                    at: number(word) for at in product(*(range(SIZES[d]) for d in axes))}
        return Point(SIZES, values)

    def places(self, variable: str) -> Iterator[tuple[int, ...]]:
        """The entries of a variable."""
        return product(*(range(SIZES[d]) for _, d in self.letters(variable)))

    def value(self, text: Reading, point: Point, letters: dict[str, int]) -> Any:
        """The value of a text at a point, at given letters of a component."""
        from derive.judge.reading.lazy_arrays import Run

        run = Run(self.ctx, point)
        run.env.update({text.letters[n].slot: v for n, v in letters.items()})
        return self.ctx.mpf(text.run(run))

    def slope(self, text: Reading, point: Point, variable: str, at: tuple[int, ...],
              letters: dict[str, int] | None = None) -> Any:
        """The central difference of a text by an entry of a variable."""
        name, h = variable.partition("[")[0], self.ctx.mpf(STEP)
        ends = [self.value(text, point.moved(name, at, s), letters or {}) for s in (h, -h)]
        return (ends[0] - ends[1]) / (2 * h)


def _shapes(given: Sequence[str]) -> Iterator[tuple[str, tuple[str, ...]]]:
    for line in given:
        names, kind = (part.strip() for part in line.split(":"))
        axes = tuple(a.strip() for a in kind.partition("[")[2].rstrip("]").split(",") if a)
        for name in names.split(", "):
            yield name, axes


def is_cost(posed: Posed, text: str, seed: int) -> bool:
    """Whether differences of a text are the field at points that nothing else has seen."""
    values = Values(posed, seed)
    cost = values.reading(text)
    compared = 0
    for _ in range(POINTS * 5):
        point = values.point()
        for variable, field in zip(values.variables, values.fields, strict=True):
            typed = values.reading(field, variable)
            for at in values.places(variable):
                letters = dict(zip((n for n, _ in values.letters(variable)), at, strict=True))
                try:
                    wanted = values.value(typed, point, letters)
                    slope = values.slope(cost, point, variable, at)
                except EvaluationError:
                    continue
                if abs(wanted - slope) > values.ctx.mpf(CLOSE) * max(1, abs(wanted)):
                    return False
                compared += 1
        if compared >= POINTS * len(values.variables):
            return True
    return False


def asymmetry(posed: Posed, seed: int) -> float:
    """The largest difference of two mixed derivatives at a random point, relative to their size."""
    values = Values(posed, seed)
    point = values.point()
    places = [(v, f, at) for v, f in zip(values.variables, values.fields, strict=True)
              for at in values.places(v)]
    worst = 0.0
    for v, f, at in places:
        for u, g, there in places:
            try:
                one = values.slope(values.reading(f, v), point, u, there, _letters(values, v, at))
                two = values.slope(values.reading(g, u), point, v, at, _letters(values, u, there))
            except EvaluationError:
                continue
            worst = max(worst, float(abs(one - two) / max(1, abs(one), abs(two))))
    return worst


def _letters(values: Values, variable: str, at: tuple[int, ...]) -> dict[str, int]:
    return dict(zip((n for n, _ in values.letters(variable)), at, strict=True))


def witness_holds(posed: Posed, proof: Any) -> bool:
    """Whether the derivatives that a proof names are those of the typed field at its point."""
    witness = proof.witness
    if witness is None or proof.paths is None or \
            abs(proof.paths[0].work - proof.paths[1].work) < 1e-6:
        return False
    values = Values(posed)
    known = {**values.point().values, **{n: _entries(values.ctx, v)
                                         for n, v in proof.values.items() if n not in SIZES}}
    sizes = {**SIZES, **{n: int(v) for n, v in proof.values.items() if n in SIZES}}
    point = Point(sizes, known)
    names = [v.partition("[")[0] for v in values.variables]
    first = names.index(proof.variable)
    second = names.index(proof.second_variable) if proof.second_variable else first
    slopes = []
    for field, at, by, there in ((first, witness.first, second, witness.second),
                                 (second, witness.second, first, witness.first)):
        variable = values.variables[field]
        slopes.append(values.slope(values.reading(values.fields[field], variable), point,
                                   values.variables[by], there, _letters(values, variable, at)))
    near = all(abs(a - b) < 1e-9 * max(1, abs(a))
               for a, b in zip(slopes, witness.numbers, strict=True))
    return near and abs(slopes[0] - slopes[1]) > 1e-12


def _entries(ctx: Any, value: Any) -> Any:
    """Nested tuples as entries by subscripts."""
    if not isinstance(value, tuple):
        return ctx.mpf(value)
    entries: dict[tuple[int, ...], Any] = {}
    for n, row in enumerate(value):
        inner = _entries(ctx, row)
        entries |= {(n, *at): v for at, v in inner.items()} if isinstance(inner, dict) else \
            {(n,): inner}
    return entries


def outcome(posed: Posed, gradient: bool, seed: int) -> Outcome:
    """What the search makes of one field, judged."""
    started = time.process_time()
    try:
        answer = derive.cost(posed.field, given=posed.given, wrt=posed.wrt, constant="none")
        word, text = "cost", answer.notation
    except NotAGradient as refusal:
        word, text = "refused", str(refusal)
        if not gradient and not witness_holds(posed, refusal.proof):
            word = "refused without a witness"
    except NoIntegralError as error:
        word, text = "not found", str(error)
    except DeriveError as error:
        word, text = "error", f"{type(error).__name__}: {error}"
    seconds = time.process_time() - started
    if word == "cost":
        try:
            word = "right" if is_cost(posed, text, seed + 1000) else "wrong"
        except DeriveError as error:
            word, text = "unread", f"{text}: {error}"
    return Outcome(posed, word, text, seconds)


def posed_fields(count: int, share: str, seed: int) -> list[tuple[Posed, bool, int]]:
    """Random fields of every kind, in the shares of the table; those that are none are none."""
    shares = SHARES[share]
    jobs: list[tuple[Posed, bool, int]] = []
    for kind, part in zip(KINDS, shares, strict=True):
        potentials = Potentials(seed * 7919 + len(kind) + (share == "others"))
        wanted = round(count * part / sum(shares))
        while wanted:
            posed = potentials.gradient(kind) if share == "gradients" else \
                potentials.no_gradient(kind)
            if share == "others" and not 1e-6 < asymmetry(posed, seed) < 1e9:
                continue
            jobs.append((posed, share == "gradients", seed + len(jobs)))
            wanted -= 1
    return jobs


def _done(job: tuple[Posed, bool, int]) -> Outcome:
    return outcome(*job)


def main() -> None:
    """Counts by kind, and what was not as it should be."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=
                                     argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--gradients", type=int, default=400)
    parser.add_argument("--others", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--processes", type=int, default=2)
    asked = parser.parse_args()
    for share, good in (("gradients", "right"), ("others", "refused")):
        jobs = posed_fields(getattr(asked, share), share, asked.seed)
        with ProcessPoolExecutor(asked.processes) as pool:
            outcomes = list(pool.map(_done, jobs))
        for kind in KINDS:
            words = Counter(o.word for o in outcomes if o.posed.kind == kind)
            print(f"{share:10} {kind:8} {dict(words)}", flush=True)
        count = sum(o.word == good for o in outcomes)
        slowest = max(outcomes, key=lambda o: o.seconds, default=None)
        print(f"{share:10} {good} {count} of {len(outcomes)}; slowest "
              f"{slowest.seconds if slowest else 0:.1f} s")
        for o in outcomes:
            if o.word != good:
                print(f"   {o.word} ({o.seconds:.1f} s): {o.posed.field}  [by {o.posed.wrt}, from "
                      f"{o.posed.origin}]\n      {o.answer}", flush=True)


if __name__ == "__main__":
    main()
