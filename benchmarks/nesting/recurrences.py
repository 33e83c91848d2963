"""Recurrent models with nested sums in their equation, run step by step by Python."""

from __future__ import annotations

import math
import random
import re
from typing import Any

import derive
from benchmarks.nesting.formulas import moved
from benchmarks.nesting.python_reading import Dim, Vector, value

_TERMS = ("W[i, {0}]*h[t-1, {0}]", "a[{0}]*h[t-1, {1}]", "W[{0}, {1}]*h[t-1, i]", "a[{0}]*b[{1}]",
          "tanh(a[{0}])*h[t-1, {0}]", "W[{1}, {0}]*a[i]", "delta({0}, i)*b[{1}]")
_FILTERS = ("", "", " if {0} != i", " if {0} < {1}", " if {0} <= i")


def model(draw: random.Random) -> tuple[str, str]:
    """A model and the right side of its equation."""
    inside = draw.choice(_TERMS).format("k", "m")
    where = draw.choice(_FILTERS).format("k", "m")
    inner = f"sum({inside} for k in H{where})"
    if draw.random() < 0.4:
        inner = f"b[m]*{inner}"
    body = (f"tanh(x[t, i] + sum({inner} for m in H)/4"
            " + a[i]*sum(W[k, i]*h[t-1, k] for k in H)/4)")
    text = (f"x: real[T, H]\nh: real[T, H]\nW: real[H, H]\na, b: real[H]\nh[t, i] = {body}\n"
            "L = sum(sum(h[t, i]**2*(1 + sum(b[k]*h[t, k] for k in H)) for i in H) for t in T)")
    return text, body


class States(Vector):
    """The states of all steps; 0 before the first and after the last."""

    width = 0  # of a row; none of numbers

    def __getitem__(self, at: Any) -> Any:
        if isinstance(at, tuple):
            return self[at[0]][at[1]]
        if 0 <= at < len(self):
            return Vector.__getitem__(self, at)
        return Vector([0.0] * self.width) if self.width else 0.0

    def __matmul__(self, other: Vector) -> States:
        product = States(Vector.__matmul__(Vector(self), other))
        product.width = len(other[0]) if isinstance(other[0], Vector) else 0
        return product


def run(body: str, names: dict[str, Any], fixed: dict[tuple[int, int], float]) -> States:
    """The states, some of them held where they are."""
    states = States()
    states.width = int(names["H"])
    for t in range(names["T"]):
        row = Vector()
        for i in range(names["H"]):
            here = value(body, {**names, "h": states, "t": t, "i": i})
            list.append(row, fixed.get((t, i), here))
        list.append(states, row)
    return states


def loss(body: str, names: dict[str, Any], fixed: dict[tuple[int, int], float] | None = None,
         ) -> float:
    """The loss of the model."""
    states = run(body, names, fixed or {})
    return value("sum(sum(h[t, i]**2*(1 + sum(b[k]*h[t, k] for k in H)) for i in H) for t in T)",
                 {**names, "h": states})


def slope_of(function: Any, step: float = 2e-4) -> float:
    """The derivative at 0, by a six-point difference."""
    def gap(by: float) -> float:
        return function(by) - function(-by)

    return (45 * gap(step) - 9 * gap(2 * step) + gap(3 * step)) / (60 * step)


def compared(draw: random.Random, keep: Any) -> tuple[str, list[tuple[str, float, float]]]:
    """A model, and for each parameter entry where it stands, the truth and the printed value."""
    text, body = model(draw)
    found = keep(derive.bptt(text))
    printed = {str(d.quantity.args[1].args[0]): d for d in (found, *found.others)
               if str(d.quantity.args[1].args[0]) in ("a", "b", "W")}
    rows = []
    for steps, size in ((1, 2), (2, 2), (3, 1), (3, 3)):
        def row(n: int) -> Vector:
            return Vector(draw.uniform(-1, 1) for _ in range(n))

        names = {"T": Dim(steps), "H": Dim(size), "a": row(size), "b": row(size),
                 "x": Vector(row(size) for _ in range(steps)),
                 "W": Vector(row(size) for _ in range(size))}
        states = run(body, names, {})

        def adjoint(t: int, i: int, names: Any = names, states: Any = states) -> float:
            if not 0 <= t < len(states):
                return 0.0
            return slope_of(lambda by: loss(body, names, {(t, i): states[t, i] + by}))

        for name, derivation in printed.items():
            result = re.sub(r"d\(L, h\[([^\]]*)\]\)", r"DL(\1)", derivation.notation)
            letters = [i.name for i in derivation.indices]
            for place in ((0,) * len(letters), tuple(range(size))[-1:] * len(letters)):
                truth = slope_of(
                    lambda by, n=name, p=place, v=names: loss(body, moved(v, n, p, by)))
                here = value(result, {**names, "h": states, "DL": adjoint,
                                      **dict(zip(letters, place, strict=True))})
                rows.append((f"T={steps}, H={size}, {name}{list(place)}: {result}", truth, here))
    return text, rows


def differs(truth: float, here: float) -> bool:
    """Whether two values differ by more than differences err."""
    return not math.isclose(truth, here, rel_tol=1e-5, abs_tol=1e-6)
