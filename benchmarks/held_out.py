"""Kernels on points that their guards were not learned from: false NaN, infinity, zero; worst ULP.

    python benchmarks/held_out.py                          every loss, 2,000 points, both dtypes
    python benchmarks/held_out.py --points 10000 --seed 5 beta poisson

Points are vertices, ends, ties, nearly equal numbers, large counts, and numbers of all sizes, from
a generator of its own, of sizes that mpmath can take the exponential of. All are judged by
wide numbers; of the suspicious ones, and of some others, mpmath is the judge: the typed formula and
the derived gradient at two precisions that agree. A 0 that only mpmath sees stays open.
"""

from __future__ import annotations

import argparse
import sys
import time
import zlib
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from derive.arrays.certificate.input_samples import Array
from derive.arrays.certificate.trial import Functions, Trial
from derive.arrays.wide.wide_numbers import wide_float

LIMIT = 1024.0  # ULP
FAULTS = ("nan", "infinity", "zero", "ulp")
SATURATED = 1e15  # the judge's smallest exponential is exp(-1e15): its logarithm is no value
EDGES = np.log([2.0, 10.0, 1e10, 1e38, 1e77, 1e154, 1e300])  # where exponentials pass a size


class Draw:
    """Arguments of a kernel, a hard one among typical ones, or all of them hard."""

    def __init__(self, seed: int, count: int, dtype: Any) -> None:
        self.random, self.count, self.dtype = np.random.default_rng(seed), count, np.dtype(dtype)

    def arguments(self, formula: Any) -> list[Array]:
        """One block for each argument that meets the conditions."""
        blocks: list[Array] = []
        for argument in formula.arguments:
            shape = (self.count, *(d.fixed or formula.size if hasattr(d, "fixed") else int(d)
                                   for d in argument.kind.shape))
            blocks.append(self.block(argument.kind, shape, blocks, formula.size))
        if self.dtype == np.float32:
            with np.errstate(all="ignore"):
                blocks = [b.astype(np.float32) if b.dtype.kind == "f" else b for b in blocks]
        holds = formula.holds({leaf: (leaf.name, leaf.kind) for leaf in (
            *formula.leaves, formula.vector)})
        keep = holds([b.astype(float) if b.dtype.kind == "f" else b for b in blocks])
        for block, argument in zip(blocks, formula.arguments, strict=True):
            if block.dtype.kind == "f":
                fine = np.isfinite(block)
                if argument.kind.domain in ("positive", "probability"):  # 0 only in float32
                    fine &= block > 0
                keep = keep & fine.reshape(len(block), -1).all(axis=1)
        return [block[keep] for block in blocks]

    def block(self, kind: Any, shape: tuple[int, ...], others: list[Array], size: int) -> Array:
        """Values of a kind; some of them those of another argument, or nearly."""
        domain, draw = kind.domain, self.random
        if domain == "label":
            over = kind.over
            return draw.integers(0, (over.fixed or size) if hasattr(over, "fixed") else over, shape)
        if domain == "binary":
            return draw.integers(0, 2, shape).astype(float)
        if domain == "onehot":
            return np.eye(shape[-1])[draw.integers(0, shape[-1], shape[:-1])]
        if domain in ("count", "integer"):
            return self.counts(shape)
        if domain == "simplex":
            return self.simplex(shape)
        if domain == "probability":
            return self.probabilities(shape)
        values = self.reals(shape)
        if domain in ("positive", "nonnegative"):
            values = np.where(draw.random(shape) < 0.5, np.abs(values), np.exp(np.clip(
                values, -300, 300)))
            values = np.where(values == 0, 1.0, values) if domain == "positive" else values
        if domain == "negative":
            values = -np.abs(values)
        return self.tied(values, [o for o in others if o.shape == shape and o.dtype.kind == "f"],
                         domain)

    def tied(self, values: Array, others: list[Array], domain: str) -> Array:
        """Some values that are another argument's, or differ in few bits."""
        if not others:
            return values
        other = others[self.random.integers(len(others))].astype(float)
        away = 2.0 ** -self.random.integers(2, 56, values.shape)
        near = other * (1 + self.random.choice([-1, 0, 1], values.shape) * away)
        fits = near > 0 if domain in ("positive", "nonnegative") else domain == "real"
        return np.where((self.random.random(values.shape) < 0.25) & fits, near, values)

    def reals(self, shape: tuple[int, ...]) -> Array:
        draw = self.random
        sign = draw.choice([-1.0, 1.0], shape)
        kinds = [draw.standard_normal(shape) * 2, draw.uniform(-40, 40, shape),
                 sign * np.exp(draw.uniform(-60, 6.5, shape)), draw.integers(-6, 7, shape) / 2.0,
                 sign * draw.choice(EDGES, shape) * draw.uniform(0.9, 1.1, shape),
                 sign * np.exp(draw.uniform(-200, 6.5, shape))]
        return np.choose(draw.choice(6, shape, p=(0.4, 0.15, 0.15, 0.1, 0.15, 0.05)), kinds)

    def counts(self, shape: tuple[int, ...]) -> Array:
        draw = self.random
        kinds = [draw.integers(0, 3, shape), draw.integers(0, 60, shape),
                 np.floor(np.exp(draw.uniform(0, 16, shape))),
                 draw.choice([2**24 + 1, 10**6, 10**9], shape)]
        return np.choose(draw.choice(4, shape, p=(0.3, 0.4, 0.25, 0.05)), kinds).astype(float)

    def simplex(self, shape: tuple[int, ...]) -> Array:
        draw = self.random
        inner = draw.dirichlet([0.7] * shape[-1], shape[:-1])
        vertex = np.eye(shape[-1])[draw.integers(0, shape[-1], shape[:-1])]
        share = draw.choice([0.0, 1.0, 0.5], (*shape[:-1], 1), p=(0.6, 0.25, 0.15))
        made = vertex * share + inner * (1 - share)
        return made / made.sum(axis=-1, keepdims=True)

    def probabilities(self, shape: tuple[int, ...]) -> Array:
        draw = self.random
        tiny = np.exp(draw.uniform(-36, 0, shape))
        kinds = [draw.random(shape), tiny, 1 - tiny, 0.5 + (tiny - 0.5) * 1e-8]
        made = np.choose(draw.choice(4, shape), kinds)
        return np.clip(made, 1e-300, 1 - 2.0**-24 if self.dtype == np.float32 else 1 - 2.0**-53)


@dataclass
class Verdict:
    """What was seen of one result in one dtype."""

    faults: dict[str, int] = field(default_factory=lambda: dict.fromkeys(FAULTS, 0))
    examples: dict[str, str] = field(default_factory=dict)
    worst: float = 0.0
    points: int = 0
    exact: int = 0    # judged by mpmath
    open: int = 0     # where mpmath found no value


def fault(found: Array, truth: Array) -> tuple[Array, Array]:
    """The kind of fault of each element, 0 for none, and the error in ULP."""
    nearest = truth.astype(found.dtype)
    spacing = np.spacing(np.abs(nearest)).astype(float)
    error = np.where(found == nearest, 0, np.abs(found.astype(float) - truth) / spacing)
    usual = np.isfinite(nearest)
    kind = np.where(np.isnan(found) & ~np.isnan(truth), 1, 0)
    kind = np.where(np.isinf(found) & usual, 2, kind)
    kind = np.where((found == 0) & (error > LIMIT) & usual, 3, kind)
    off = usual & (kind == 0) & ~(error <= LIMIT) & ~np.isnan(found)
    return np.where(off, 4, kind), np.where(usual & (kind == 0), error, 0)


def wide_truth(kernel: Any, result: str, blocks: list[Array]) -> Array:
    """A result in wide numbers, rounded to float64."""
    design = replace(kernel.design(("value_and_grad",)), again=None)
    functions = Functions(design, result)
    if not functions.known:
        return np.full(len(blocks[0]), np.nan)
    value = functions.wide(blocks)[f"t{design.results[result][0]}"]
    rounded = np.asarray(wide_float(value))
    shape = (len(blocks[0]), *rounded.shape[1:])
    return np.broadcast_to(rounded, shape)


def at_edge(kernel: Any, result: str, blocks: list[Array]) -> Array:
    """The examples within rounding of an edge between two cases, of which either is right."""
    functions = Functions(replace(kernel.design(("value_and_grad",)), again=None), result)
    if not functions.known:
        return np.zeros(len(blocks[0]), bool)
    kind = next(b.dtype for b in blocks if b.dtype.kind == "f")
    return np.asarray(Trial(functions, blocks, "mixed", kind).edge)


def exact_truth(formula: Any, result: str, blocks: list[Array], row: int) -> Any:
    """The typed formula, or the derived gradient, by mpmath; None where it has no value."""
    from derive.arrays.certificate.reference_values import _agreed, point_of
    from derive.errors import DeriveError
    from derive.judge.trees.evaluate import Point

    subject, indices = formula.formula(result)
    point = point_of(formula, blocks, row)
    sizes = [point.size(i.dim) for i in indices]
    try:
        values = [_agreed(subject, Point(point.sizes, {**point.scalars, **dict(zip(
            indices, at, strict=True))}, point.tensors))
            for at in product(*(range(n) for n in sizes))]
    except DeriveError:
        return None
    if any(0.99 * SATURATED < abs(v) < 1.01 * SATURATED for v in values):
        return None
    return np.array([float(v) for v in values]).reshape(sizes)


def judged(name: str, dtype: str, count: int, seed: int, exact: int, seconds: float,
           ) -> dict[str, Verdict]:
    """The verdicts on value and gradient of one loss."""
    import derive

    kernel = derive.kernel(name)
    formula = kernel.formula
    blocks = Draw(zlib.crc32(f"{name} {seed}".encode()), count, dtype).arguments(formula)
    with np.errstate(all="ignore"):
        computed = dict(zip(("value", "gradient"), kernel.value_and_grad(*blocks), strict=True))
        return {result: _verdict(kernel, result, blocks, found, exact, seconds)
                for result, found in computed.items()}


def _verdict(kernel: Any, result: str, blocks: list[Array], found: Array, exact: int,
             seconds: float) -> Verdict:
    rows = len(blocks[0])
    truth = np.array(np.broadcast_to(wide_truth(kernel, result, blocks), found.shape))
    kind, error = fault(found, truth)
    edge = at_edge(kernel, result, blocks)
    kind[edge], error[edge] = 0, 0
    per_row = kind.reshape(rows, -1).max(axis=1)
    odd = ((~np.isfinite(found)) | (found == 0) | np.isnan(truth)).reshape(rows, -1).any(axis=1)
    random = np.random.default_rng(1)
    order = [*np.flatnonzero(per_row), *random.permutation(np.flatnonzero(odd & (per_row == 0))),
             *random.permutation(rows)[:exact]]
    verdict, start, seen = Verdict(points=rows), time.perf_counter(), set()
    for row in order[:4 * exact]:
        if row in seen or time.perf_counter() - start > seconds:
            continue
        seen.add(row)
        if edge[row]:
            continue
        better = exact_truth(kernel.formula, result, blocks, row)
        verdict.exact += 1
        if better is None or ((better == 0) & (truth[row] != 0)).any():
            verdict.open += 1
            better = np.where(np.isnan(truth[row]), np.nan, truth[row])
        kind[row], error[row] = fault(found[row], np.broadcast_to(better, found[row].shape))
        truth[row] = better
    for number, label in enumerate(FAULTS, 1):
        places = np.flatnonzero((kind == number).reshape(rows, -1).any(axis=1))
        verdict.faults[label] = len(places)
        if len(places):
            row = places[0]
            given = "; ".join(f"{a.name}={b[row].tolist()!r}" for a, b in zip(
                kernel.arguments, blocks, strict=True))
            verdict.examples[label] = (f"{given}: {found[row].tolist()!r}, right "
                                       f"{truth[row].tolist()!r}")
    verdict.worst = float(error.max(initial=0))
    return verdict


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("words", nargs="*", help="parts of names; default all losses")
    parser.add_argument("--points", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=20)
    parser.add_argument("--exact", type=int, default=10, help="other points judged by mpmath")
    parser.add_argument("--seconds", type=float, default=10, help="of mpmath, for one result")
    parser.add_argument("--dtype", choices=("float64", "float32", "both"), default="both")
    parser.add_argument("--jobs", type=int, default=1)
    return parser.parse_args()


def main() -> None:
    import derive

    asked = options()
    names = [e.name for e in derive.losses()
             if not asked.words or any(word in e.name for word in asked.words)]
    dtypes = ["float64", "float32"] if asked.dtype == "both" else [asked.dtype]
    total = dict.fromkeys(FAULTS, 0)
    with ProcessPoolExecutor(asked.jobs) as pool:
        for dtype in dtypes:
            task = partial(judged, dtype=dtype, count=asked.points, seed=asked.seed,
                           exact=asked.exact, seconds=asked.seconds)
            for name, verdicts in zip(names, pool.map(task, names), strict=True):
                for result, v in verdicts.items():
                    counts = ", ".join(f"{n} {label}" for label, n in v.faults.items() if n)
                    print(f"{name} {result} {dtype}: {v.points} points, {v.exact} exact, "
                          f"{v.open} open, worst {v.worst:.3g}, {counts or 'no fault'}",
                          *v.examples.values(), sep="\n      ", flush=True)
                    for label in FAULTS:
                        total[label] += v.faults[label]
    print(f"{len(names)} losses: {total}")
    sys.exit(any(total[label] for label in FAULTS[:3]))


if __name__ == "__main__":
    main()
