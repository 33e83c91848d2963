"""Random formulas of nested sums, products and maxima with filters, and random points."""

from __future__ import annotations

import random
from typing import Any

from benchmarks.nesting.python_reading import Dim, Vector, value

GIVEN = ["a: positive[K]", "b: positive[K]", "W: positive[K, K]", "y: label(K)", "c: real"]
_FILTERS = ("{0} != {1}", "{0} < {1}", "{0} <= {1}", "{0} != y", "{0} == y", "{0} > 0",
            "{0} < K - 1", "{0} != {1} and {0} != y")
_TERMS = ("a[{0}]", "W[{0}, {1}]", "a[{0}]*b[{1}]", "exp(-a[{0}])*b[{1}]", "a[{0}]**2",
          "log(1 + a[{0}]*a[{1}])", "W[{0}, {1}]*a[{1}]", "delta({0}, {1})*a[{0}]", "c*a[{0}]",
          "(a[{0}] if {0} == y else b[{1}])", "tanh(a[{0}] - b[{1}])", "a[y]*b[{0}]")
_OUTER = ("{}", "{}", "log(1 + {})", "({})**2", "exp(-{})*b[0]", "{} + c*a[y]", "sqrt(1 + {})",
          "b[y]/(1 + {})", "c*{}")


def nested(draw: random.Random, depth: int, around: tuple[str, ...] = (), smooth: bool = False,
           dims: tuple[str, ...] = ("K",)) -> str:
    """A formula of `depth` reductions inside each other."""
    if depth == 0:
        return draw.choice(_TERMS).format(draw.choice(around), draw.choice(around))
    letter = "ijklm"[len(around)]
    inside = (*around, letter)
    head = draw.choice(("sum", "sum", "sum", "prod") if smooth else ("sum", "sum", "prod", "max"))
    body = nested(draw, depth - 1, inside, smooth)
    if draw.random() < 0.3:
        body = f"{body} + {nested(draw, draw.randrange(depth), inside, smooth)}"
        body = f"({body})"
    if draw.random() < 0.4:
        body = f"{draw.choice(('a', 'b'))}[{draw.choice(inside)}]*{body}"
    where = ""
    if head != "max" and draw.random() < 0.45:
        where = " if " + draw.choice(_FILTERS).format(letter, draw.choice(around or ("y",)))
    return f"{head}({body} for {letter} in K{where})"


def formula(draw: random.Random, smooth: bool = False) -> str:
    """A number: nested reductions, alone or in a function."""
    return draw.choice(_OUTER).format(nested(draw, draw.choice((1, 2, 2, 3)), (), smooth))


def point(size: int, draw: random.Random) -> dict[str, Any]:
    """Values for the names of GIVEN."""
    def row() -> Vector:
        return Vector(draw.uniform(0.3, 1.2) for _ in range(size))

    return {"K": Dim(size), "a": row(), "b": row(), "W": Vector(row() for _ in range(size)),
            "y": draw.randrange(size), "c": draw.uniform(-1, 1)}


def moved(names: dict[str, Any], name: str, at: tuple[int, ...], by: float) -> dict[str, Any]:
    """The names with one entry of one of them moved."""
    def step(array: Any, rest: tuple[int, ...]) -> Any:
        if not rest:
            return array + by
        new = Vector(array)
        list.__setitem__(new, rest[0], step(new[rest[0]], rest[1:]))
        return new

    return {**names, name: step(names[name], at)}


def slope(text: str, names: dict[str, Any], name: str, at: tuple[int, ...],
          step: float = 2e-4) -> float:
    """The derivative by one entry, by a six-point difference (error of the order step**6)."""
    def gap(by: float) -> float:
        return value(text, moved(names, name, at, by)) - value(text, moved(names, name, at, -by))

    return (45 * gap(step) - 9 * gap(2 * step) + gap(3 * step)) / (60 * step)


def second(text: str, names: dict[str, Any], at: int, other: int, step: float = 2e-3) -> float:
    """A second derivative by a, by differences of the fourth order."""
    def inner(by: float) -> float:
        return slope(text, moved(names, "a", (other,), by), "a", (at,), 1e-3)

    return (8 * (inner(step) - inner(-step)) - inner(2 * step) + inner(-2 * step)) / (12 * step)
