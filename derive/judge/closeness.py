"""When two computed values are equal: relative to their own size, without any absolute floor."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sympy import Expr, Pow, Rational
from sympy.core.basic import Basic

from derive.core import heads
from derive.core.atoms import BoundIndex
from derive.core.indexing import free_names, leaves, parts
from derive.core.walk import is_opened
from derive.errors import EvaluationError, TooSmallError
from derive.judge.precision import Number, mp, mpf
from derive.judge.trees.evaluate import Point, evaluate

_MORE = 3  # how many times the digits show whether a difference is rounding
_MOST_SMALL = 5000  # digits before the first of a value, up to which they are computed too
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


def agree_at(left: Basic, right: Basic, point: Point, digits: int, clear: Number,
             values: tuple[Number, Number] | None = None) -> bool:
    """Whether two formulas agree at a point. Raises EvaluationError where one has no value there.

    A relative difference above `clear` counts unless it is rounding. Values that the digits do not
    feel beside a number of size 1, as of 1 - (1 - exp(-2000)), are computed with as many more;
    where even those are too many, values that more digits leave as they are differ, and of others
    nothing is known: TooSmallError. `values` are those of both in these digits, where they are
    known.
    """
    def both(of: int) -> tuple[Any, Any]:
        with mp.workdps(of):
            return mpf(evaluate(left, point, of)), mpf(evaluate(right, point, of))

    first = values or both(digits)
    if relative_gap(*first) <= clear:
        return True
    small = max(0, -int(mp.log10(max(map(abs, first)))))
    is_felt = small <= _MOST_SMALL
    try:
        again = both(_MORE * digits + is_felt * small)
    except EvaluationError:
        return False
    if not is_felt:
        for node, value, truer in zip((left, right), first, again, strict=True):
            if not _is_settled(node, value, truer, clear):
                raise TooSmallError("the values are too small to be told apart here")
        return False
    return bool(relative_gap(*again) <= clear) or shrinks(*first, *again, digits)


def _is_settled(node: Basic, value: Number, again: Number, clear: Number) -> bool:
    """Whether a computed value is one that more digits leave as it is; 0 may have been swallowed.
    """
    return relative_gap(value, again) <= clear and (value != 0 or isinstance(node, Rational))


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
