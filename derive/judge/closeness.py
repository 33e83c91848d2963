"""When two computed values are equal: relative to their own size, without any absolute floor."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sympy import Expr, Pow, Rational

from derive.core import heads
from derive.core.atoms import BoundIndex
from derive.core.indexing import free_names, leaves, parts
from derive.core.walk import is_opened
from derive.errors import EvaluationError
from derive.judge.precision import Number, mp, mpf
from derive.judge.trees.evaluate import Point, evaluate

_MORE = 3  # how many times the digits show whether a difference is rounding
MOST_SPAN = 2000  # digits, beyond which a number is not felt
_HALF = Rational(1, 2)
_FEW = 15  # digits of a number whose size is asked
_BESIDE = 60  # bits of a step to the side


def relative_gap(truth: Number, value: Number) -> Any:
    """|value - truth| as a part of the larger, however small both are."""
    gap = abs(value - truth)
    return gap / max(abs(truth), abs(value)) if gap else mpf(0)


def shrinks(truth: Number, value: Number, truer: Number, closer: Number, digits: int) -> bool:
    """Whether the difference of two values, computed again with more digits, was rounding.

    Where a formula cancels to 0, what is left is rounding, however large it is beside the value.
    """
    before, after = abs(truth - value), abs(truer - closer)
    return bool(after <= before * mpf(10) ** -(digits // 3))


def agree_at(left: Expr, right: Expr, point: Point, digits: int, clear: Number) -> bool:
    """Whether two formulas agree at a point. Raises EvaluationError where one has no value there.

    A relative difference above `clear` counts unless it is rounding.
    """
    def both(of: int) -> tuple[Any, Any]:
        with mp.workdps(of):
            return mpf(evaluate(left, point, of)), mpf(evaluate(right, point, of))

    first = both(digits)
    if relative_gap(*first) <= clear:
        return True
    try:
        return shrinks(*first, *both(_MORE * digits), digits)
    except EvaluationError:
        return False


def is_smooth(node: Expr, point: Point) -> bool:
    """Whether a derivative exists at a point: the differences on both sides come together.

    The formula may jump there, or have a kink. Of what is no derivative, True. Raises
    EvaluationError where the formula has no value beside.
    """
    if not isinstance(node, heads.Partial):
        return True
    body, at = node.args
    subscripts: tuple[int, ...] = ()
    if isinstance(at, heads.Element):
        subscripts = tuple(int(evaluate(i, point, 15)) for i in at.indices)
        at = at.tensor
    gaps, jumps, size = [], [], mpf(0)
    with mp.workdps(2 * _BESIDE):
        for bits in (_BESIDE, _BESIDE + 8):
            low, here, high = (evaluate(body, point.moved(at, subscripts, s * mpf(2) ** -bits),
                                        2 * _BESIDE) for s in (-1, 0, 1))
            gaps.append(abs(high - 2 * here + low) * 2**bits)
            jumps.append(abs(high - low))
            size = abs(here)
        rounding = max(size, 1) * mpf(10) ** -_BESIDE
    return all(bool(after <= max(before / 8, rounding)) for before, after in (gaps, jumps))


def span(nodes: Iterable[Expr]) -> int:
    """How many digits more it takes so that the smallest number of the formulas is felt.

    A number beside a whole one, 1 + 1e-30, is as small as what it differs by; `exp(-300)` is a
    number too.
    """
    there = list(parts(*nodes))
    numbers = {n for n in there if isinstance(n, Rational) and n != 0}
    numbers |= {n - round(n) for n in numbers if not n.is_Integer and abs(n) > _HALF}
    spans = [abs(mp.log10(abs(mpf(n.p))) - mp.log10(mpf(n.q))) for n in numbers]
    spans += [abs(mp.log10(abs(value))) for value in map(_constant, there) if value]
    return int(min(MOST_SPAN, sum(s for s in spans if s > 6)))


def _constant(node: Expr) -> Any:
    """The value of a function or power of numbers alone; 0 of what is none, or has no value."""
    if not isinstance(node, (heads.Apply, Pow)) or free_names(node) or any(
            is_opened(leaf) or isinstance(leaf, BoundIndex) for leaf in leaves(node)):
        return 0
    try:
        return mpf(evaluate(node, Point(), _FEW))
    except EvaluationError:
        return 0
