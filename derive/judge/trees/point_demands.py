"""What formulas demand of the points they are compared at: definitions, names, numbers, sizes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sympy import Expr, Integer, Rational

from derive.core import heads
from derive.core.atoms import Dim
from derive.core.indexing import free_names, parts
from derive.judge.precision import mpf

SIZES = (1, 2, 3, 7)
LARGEST_SIZE = 24  # a number of a formula up to this is taken as a size, with its neighbours


def names_in(nodes: Iterable[Expr], definitions: Sequence[Any]) -> set[Any]:
    """The names that a point gives values to: the free ones, the dimensions of definitions too."""
    names: set[Any] = set().union(*(free_names(node) for node in nodes))
    names -= {d.symbol for d in definitions} | {i for d in definitions for i in d.indices}
    return names | {i.dim for d in definitions for i in d.indices if isinstance(i.dim, Dim)}


def needed_definitions(definitions: Sequence[Any], nodes: Iterable[Expr]) -> list[Any]:
    """The definitions whose names occur in formulas, or in other such definitions.

    Those whose value may be on the edge of its range too: beyond it a difference is swallowed.
    """
    needed: list[Any] = []
    seen = set(parts(*nodes))
    for definition in reversed(definitions):  # each may use the names before it
        kind = definition.symbol.kind
        edged = not definition.indices and (kind.domain == "probability" or kind.interval.positive)
        if edged or definition.symbol in seen:
            needed.insert(0, definition)
            seen.update(parts(definition.body))
    return needed


def distinguishes_cases(nodes: Iterable[Expr]) -> bool:
    """Whether a formula has another form where a condition holds."""
    return any(isinstance(node, heads.Cond) for node in parts(*nodes))


def marks_of(nodes: Iterable[Expr]) -> tuple[Any, ...]:
    """The numbers in formulas that distinguish cases: values near them visit each case."""
    return tuple(sorted({mpf(abs(n.p)) / n.q for n in parts(*nodes)
                         if isinstance(n, Rational) and n != 0}))[:12]


def sizes_near(nodes: Iterable[Expr]) -> tuple[int, ...]:
    """The integers of formulas beyond the usual sizes, and their neighbours, as sizes."""
    integers = {int(n) for n in parts(*nodes) if isinstance(n, Integer) and 3 < n <= LARGEST_SIZE}
    return tuple(sorted({m for n in integers for m in (n - 1, n, n + 1)} - set(SIZES)))
