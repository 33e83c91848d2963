"""The best constant: what a head's loss is where its outputs are the same at every step."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction

import numpy as np

from derive.arrays.kernels import kernel
from derive.calculus.recurrence.named_heads import TARGETS, find_head
from derive.errors import DeriveError
from derive.training.tasks.task_data import Array, Data, Split

EVENT = "d"  # the name of what tells whether a time was seen
_MOST = 20_000  # targets that the constant is fitted to
_ROUNDS = 200
_ENOUGH = 1e-14


def constant_loss(data: Data, head: str) -> list[tuple[str, float]]:
    """(name, mean loss) on the held-out part of the constants that fit the training part best.

    Nothing for a head whose outputs are no single numbers.
    """
    known, entry, constants = find_head(head)
    types = {name: kind for name, kind in entry.domains.items() if name not in constants}
    if any("[" in kind or "(" in kind for kind in types.values()) or data.train.targets.ndim > 1 \
            or set(types) - set(known.outputs) - set(TARGETS) - set(entry.observed):
        return []
    try:
        made = kernel(entry.name, target="numpy", outputs="value")
    except DeriveError:
        return []
    fixed = {name: float(Fraction(text.strip("()"))) for name, text in constants.items()}
    names = [argument.name for argument in made.arguments]

    def loss(outputs: Array, part: Split) -> float:
        targets, given = part.targets.astype(np.float64), {
            **fixed, **dict(zip(known.outputs, outputs, strict=True))}
        seen = {} if part.events is None else {EVENT: part.events}
        with np.errstate(all="ignore"):
            values = made.value(*(np.full(len(targets), given[n]) if n in given else
                                  seen.get(n, targets) for n in names))
        return float(np.mean(values))

    stride = max(1, len(data.train.targets) // _MOST)
    events = data.train.events
    fitted = replace(data.train, targets=data.train.targets[::stride],
                     events=None if events is None else events[::stride])
    start = [_start(types[name], fitted.targets) for name in known.outputs]
    best = lowest(lambda outputs: loss(outputs, fitted), np.array(start))
    value = loss(best, data.held_out)
    return [("constant", value)] if np.isfinite(value) else []


def _start(kind: str, targets: Array) -> float:
    """Where the search for an output begins."""
    return {"positive": max(float(targets.mean()), 0.1), "nonnegative": float(targets.mean()),
            "probability": 0.5}.get(kind, 0.1)


def lowest(value: Callable[[Array], float], start: Array) -> Array:
    """Where a function of a few numbers is lowest (Nelder & Mead 1965)."""
    count = len(start)
    points = [start, *(start + step for step in np.eye(count) * 0.5)]
    pairs = [(_finite(value(p)), tuple(p)) for p in points]
    for _ in range(_ROUNDS * count):
        pairs.sort()
        if pairs[-1][0] - pairs[0][0] < _ENOUGH:
            break
        centre, worst = np.mean([p for _, p in pairs[:-1]], 0), np.array(pairs[-1][1])
        mirror = 2 * centre - worst
        reflected = (_finite(value(mirror)), tuple(mirror))
        if reflected < pairs[0]:
            far = centre + 2 * (centre - worst)
            pairs[-1] = min(reflected, (_finite(value(far)), tuple(far)))
        elif reflected < pairs[-2]:
            pairs[-1] = reflected
        else:
            near = centre + 0.5 * (worst - centre)
            contracted = (_finite(value(near)), tuple(near))
            if contracted < pairs[-1]:
                pairs[-1] = contracted
            else:
                first = np.array(pairs[0][1])
                pairs = [(_finite(value(p)), tuple(p)) for p in (
                    first + 0.5 * (np.array(q) - first) for _, q in pairs)]
    return np.array(min(pairs)[1])


def _finite(value: float) -> float:
    return value if np.isfinite(value) else np.inf
