"""Axes of time in a model: how far a read is from the step at hand, what runs over all steps."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from enum import Enum

from sympy import Expr, Integer, true

from derive.core import heads
from derive.core.atoms import Index, Tensor
from derive.core.comparisons import HOLDS, gap, negated
from derive.core.walk import Binders, around, enter


class Span(Enum):
    """Which steps a read at a bound or fixed step takes, seen from the step that reads."""

    PAST = (-1,)
    SAME = (0,)
    UNTIL = (-1, 0)
    ALL = (-1, 0, 1)
    BESIDE = (-1, 1)
    FROM = (0, 1)
    FUTURE = (1,)

    @property
    def shifts(self) -> tuple[int, ...]:
        """The directions in which it reads: -1 earlier steps, 0 the step itself, 1 later ones."""
        steps: tuple[int, ...] = self.value
        return steps


def shift_of(place: Expr, time: Expr) -> int | None:
    """How far a subscript is from the time index: -1 for t - 1; None for what is no shift."""
    if place == time:
        return 0
    offset = place - time
    return int(offset) if isinstance(offset, Integer) or offset.is_Integer else None


def shifted_in(letter: str, text: str) -> bool:
    """Whether a text reads a name one step from an index, as in h[t-1]: the index is a time."""
    return re.search(rf"\w\[\s*{letter}\s*[-+]\s*1\s*[],]", text) is not None


def other_steps(letter: str, text: str) -> bool:
    """Whether the time is another index than this one of an equation that stands first.

    In `A[i] = softmax(W[i])` before `h[t] = tanh(A @ h[t-1])` it is t.
    """
    heads_of_lines = re.findall(r"^\s*\w+\s*\[\s*(\w+)\s*[],][^=\n]*=", text, re.MULTILINE)
    return not shifted_in(letter, text) and any(
        shifted_in(other, text) for other in heads_of_lines if other != letter)


def spans(body: Expr, time: Expr | None, timed: Callable[[Tensor], bool],
          ) -> Iterator[tuple[heads.Element, Span]]:
    """What a formula of a step reads at bound or fixed steps, and which steps these are.

    A condition on the bound index, behind `if` or in a case, says which.
    """

    def visit(node: Expr, binders: Binders, known: tuple[Expr, ...],
              ) -> Iterator[tuple[heads.Element, Span]]:
        if isinstance(node, heads.Lam):
            _, inside, where, inner = enter(node, binders)
            yield from visit(inside, inner, (*known, *_conjuncts(where)))
            yield from visit(where, inner, known)
            return
        if isinstance(node, heads.Cond):
            test, yes, no = node.args
            yield from visit(test, binders, known)
            yield from visit(yes, binders, (*known, *_conjuncts(test)))
            yield from visit(no, binders, (*known, *_conjuncts(negated(test))))
            return
        if isinstance(node, heads.Element) and isinstance(node.tensor, Tensor) and \
                timed(node.tensor) and (time is None or shift_of(node.indices[0], time) is None):
            yield node, span_of(node.indices[0], time, known)
        for argument in node.args:
            yield from visit(argument, binders, known)

    yield from visit(body, around(body), ())


def span_of(place: Expr, time: Expr | None, known: tuple[Expr, ...]) -> Span:
    """The steps at which a place may stand, as far as conditions about it say."""
    if time is None or not isinstance(place, Index) or place.dim != time.dim:
        return Span.ALL
    shifts = {-1, 0, 1}
    for condition in known:
        shifts &= _signs(condition, place, time)
    return Span(tuple(sorted(shifts))) if shifts else Span.PAST


def _conjuncts(condition: Expr) -> tuple[Expr, ...]:
    if isinstance(condition, heads.Both):
        return tuple(c for part in condition.args for c in _conjuncts(part))
    return () if condition is true else (condition,)


def _signs(condition: Expr, place: Index, time: Expr) -> set[int]:
    """The signs of place - time with which a condition may hold."""
    signs = HOLDS.get(type(condition))
    if signs is None:
        return {-1, 0, 1}
    difference = gap(condition)
    for sense in (1, -1):
        offset = difference - sense * (place - time)
        if offset.is_Integer:
            reach = abs(int(offset)) + 2
            return {(d > 0) - (d < 0) for d in range(-reach, reach + 1)
                    if ((e := sense * d + int(offset)) > 0) - (e < 0) in signs}
    return {-1, 0, 1}
