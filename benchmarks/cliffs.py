"""Cliffs: where value and gradient of a loss take much longer than plain code does.

    python benchmarks/cliffs.py                     every loss of the catalogue
    python benchmarks/cliffs.py --only softmax      those with that in their name (repeatable)
    python benchmarks/cliffs.py --dtype float32     in the other dtype
    python benchmarks/cliffs.py --target c          compiled, beside plain compiled code; or numpy

Nanoseconds of processor time an element of the widest argument, on one thread, the least of several
calls of some 20,000 elements each; `plain` is the code at typical inputs without its guards'
second computation. Situations: logits at a margin (one of each row larger by 14, 20, 40, 100),
targets that are one of the corners of the simplex, targets equal to what the formula predicts
(where the gradient vanishes), logits drawn over many magnitudes. Figures drift from run to run;
the ratio to plain ones is what counts. The bar is 10.
"""

from __future__ import annotations

import argparse
import sys
import time
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

Array = np.ndarray[Any, Any]
ELEMENTS, SIZE, BAR = 20_000, 10, 10.0
MARGINS = (14.0, 20.0, 40.0, 100.0)
STEPS = 60  # halvings on the way to a root


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--only", action="append", default=[], metavar="NAME")
    parser.add_argument("--dtype", choices=("float64", "float32"), default="float64")
    parser.add_argument("--target", choices=("numpy", "c", "auto"), default="auto")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--turns", type=int, default=5)
    return parser.parse_args()


def typical(formula: Any, seed: int) -> list[Array]:
    """Typical arguments that meet the conditions of the formula."""
    from derive.arrays.certificate.input_samples import Drawing
    from derive.core.atoms import Dim

    def size(dim: Any) -> int:
        return max(dim.fixed or SIZE, formula.size if not dim.fixed else 0) \
            if isinstance(dim, Dim) else int(dim)

    widest = max(int(np.prod([size(d) for d in a.kind.shape])) for a in formula.arguments)
    count = max(ELEMENTS // widest, 16)
    blocks = Drawing(seed, "typical", 3 * count).block(formula.arguments, size)
    arrays = {leaf: (leaf.name, leaf.kind) for leaf in formula.leaves}
    kept = formula.size
    formula.__dict__["size"] = max(kept, SIZE)
    try:
        with np.errstate(all="ignore"):
            keep = np.flatnonzero(formula.holds(arrays)(blocks))[:count]
    finally:
        formula.__dict__["size"] = kept
    return [block[keep] for block in blocks]


def situations(kernel: Any, blocks: list[Array], seed: int) -> Iterator[tuple[str, list[Array]]]:
    """Arguments of each situation that the loss has."""
    arguments, random = kernel.arguments, np.random.default_rng(seed)
    kinds = [a.kind for a in arguments]
    real = [n for n, k in enumerate(kinds) if k.domain == "real"]
    soft = [n for n, k in enumerate(kinds) if k.domain == "simplex"]
    rows = len(blocks[0])
    for margin in MARGINS if real else ():
        moved = list(blocks)
        vectors = [n for n in real if kinds[n].shape]
        for n in vectors or real[:1]:
            block = moved[n] / 3
            flat = block.reshape(rows, -1)
            place = np.arange(rows), random.integers(0, flat.shape[1], rows)
            flat[place] += margin * (1 if vectors else random.choice([-1, 1], rows))
            moved[n] = block
        yield f"margin {margin:g}", moved
        hot = labelled(kinds, moved, margin)
        if hot is not None:
            yield f"label at {margin:g}", hot
    for n in soft:
        moved = list(blocks)
        corner = np.eye(blocks[n].shape[-1])
        moved[n] = corner[random.integers(0, len(corner), blocks[n].shape[:-1])]
        yield "one-hot", moved
        same = [m for m in real if blocks[m].shape == blocks[n].shape]
        if same:
            moved = list(blocks)
            power = np.exp(blocks[same[0]] - blocks[same[0]].max(-1, keepdims=True))
            moved[n] = power / power.sum(-1, keepdims=True)
            yield "target met", moved
    root = at_root(kernel, blocks)
    if root is not None:
        yield "root", root
    if real:
        moved = list(blocks)
        for n in real:
            moved[n] = np.sign(blocks[n]) * 10.0 ** random.uniform(-18, 2.5, blocks[n].shape)
        yield "magnitudes", moved


def labelled(kinds: list[Any], blocks: list[Array], margin: float) -> list[Array] | None:
    """The labels' own logits larger than the others; None where there is no label."""
    for n, kind in enumerate(kinds):
        for m, other in enumerate(kinds):
            if kind.domain == "label" and not kind.shape and other.domain == "real" and \
                    other.shape == (kind.over,):
                moved = list(blocks)
                moved[m] = np.random.default_rng(3).standard_normal(blocks[m].shape)
                moved[m][np.arange(len(moved[m])), blocks[n]] += margin
                return moved
    return None


def at_root(kernel: Any, blocks: list[Array]) -> list[Array] | None:
    """One real argument moved to where the gradient changes its sign, in rows where it does."""
    number = next((n for n, a in enumerate(kernel.arguments)
                   if a.name == str(kernel.formula.posed.wrt)), None) \
        if hasattr(kernel.formula.posed, "wrt") else None
    names = [a.name for a in kernel.arguments]
    if number is None:
        wrt = {leaf.name for leaf in kernel.formula.derivation.start.atoms()
               if hasattr(leaf, "name")} & set(names)
        number = names.index(min(wrt)) if wrt else None
    if number is None or blocks[number].ndim != 1:
        return None
    sides = [list(blocks), list(blocks)]
    sides[0][number], sides[1][number] = blocks[number] - 6, blocks[number] + 6
    if kernel.arguments[number].kind.domain != "real":
        sides[0][number], sides[1][number] = blocks[number] / 64, blocks[number] * 64
        if kernel.arguments[number].kind.domain == "probability":
            sides[1][number] = np.minimum(sides[1][number], 1 - 1e-9)

    def sign(side: list[Array]) -> Array:
        slope = np.asarray(kernel.grad(*side))
        return np.sign(slope.reshape(len(slope), -1)[:, 0])

    low, high = sign(sides[0]), sign(sides[1])
    keep = low * high < 0
    if keep.sum() < 16:
        return None
    left, right = ([block[keep] for block in side] for side in sides)
    low = low[keep]
    for _ in range(STEPS):
        middle = list(left)
        middle[number] = left[number] + (right[number] - left[number]) / 2
        on_left = sign(middle) == low
        left[number] = np.where(on_left, middle[number], left[number])
        right[number] = np.where(on_left, right[number], middle[number])
    again = -(-len(blocks[0]) // len(left[0]))
    return [np.concatenate([block] * again)[:len(blocks[0])] for block in left]


def cost(kernel: Any, arguments: list[Array], dtype: str, turns: int) -> float:
    """Nanoseconds an element of value and gradient: the least of some calls."""
    given = [a.astype(dtype) if a.dtype.kind == "f" else a for a in arguments]
    elements = max(a.size for a in given)
    kernel.value_and_grad(*given, threads=1)
    least = np.inf
    for _ in range(turns):
        start = time.thread_time()
        kernel.value_and_grad(*given, threads=1)
        least = min(least, time.thread_time() - start)
    return float(least / elements * 1e9)


def plain_cost(kernel: Any, blocks: list[Array], dtype: str, turns: int) -> float:
    """The same where nothing is computed again."""
    names = kernel.module().__dict__
    plan = names["VALUE_AND_GRAD"]
    names["VALUE_AND_GRAD"] = plan._replace(again=plan.again and (lambda *_: None))
    try:
        return cost(kernel, blocks, dtype, turns)
    finally:
        names["VALUE_AND_GRAD"] = plan


def measured(name: str, target: str, seed: int, dtype: str, turns: int) -> dict[str, float]:
    """The cost in each situation; that of plain code first."""
    import derive

    kernel = derive.kernel(name, target=target)
    blocks = typical(kernel.formula, seed)
    costs = {"plain": plain_cost(kernel, blocks, dtype, turns),
             "typical": cost(kernel, blocks, dtype, turns)}
    for label, arguments in situations(kernel, blocks, seed):
        costs[label] = cost(kernel, arguments, dtype, turns)
    return costs


def main() -> None:
    import derive

    asked = options()
    worst = []
    names = [e.name for e in derive.losses()
             if not asked.only or any(word in e.name for word in asked.only)]
    for name in names:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                costs = measured(name, asked.target, asked.seed, asked.dtype, asked.turns)
            except Exception as error:
                print(f"{name}: {type(error).__name__}: {error}".splitlines()[0], flush=True)
                continue
        plain = costs["plain"]
        where = max(costs, key=lambda label: costs[label])
        worst.append((costs[where] / plain, name, where, plain, costs[where]))
        print(f"{name}: " + ", ".join(f"{label} {ns:.1f}" for label, ns in costs.items()),
              flush=True)
    worst.sort(reverse=True)
    print(f"\nns an element, {asked.target}, {asked.dtype}: worst ratio to plain code "
          f"(the bar is {BAR:g})")
    for ratio, name, where, plain, ns in worst:
        print(f"{'! ' if ratio > BAR else '  '}{ratio:7.1f}  {name}: {plain:.1f} → {ns:.1f} "
              f"at {where}")
    beyond = sum(ratio > BAR for ratio, *_ in worst)
    print(f"{beyond} of {len(worst)} losses beyond the bar")


if __name__ == "__main__":
    main()
