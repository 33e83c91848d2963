"""The signs that a difference can have: by its interval, and by the ranges of its indices."""

from __future__ import annotations

from sympy import Add, Expr, Integer, Mul

from derive.core.atoms import BoundIndex, Index
from derive.core.factors import turned
from derive.core.kinds import Interval
from derive.functions.intervals import interval

_ZERO = Integer(0)
_ANY = frozenset((1, -1, 0))


def signs(values: Interval) -> frozenset[int]:
    """The signs of the numbers in an interval."""
    zero = not (values.positive or values.negative)
    return frozenset(sign for sign, there in (
        (1, values.high > 0), (0, zero), (-1, not values.nonnegative)) if there)


def signs_in_range(apart: Expr) -> frozenset[int]:
    """The signs that a difference can have while each of its indices stays in its range."""
    terms = terms_of(apart)
    if len(terms) < 2 or not any(isinstance(_index_of(t), (Index, BoundIndex)) for t in terms):
        return _ANY
    least, most = (interval(Add(*(_at_end(t, end) for t in terms))) for end in (-1, 1))
    return frozenset(sign for sign, there in (
        (1, most.high > 0), (0, not (least.positive or most.negative)),
        (-1, not least.nonnegative)) if there)


def terms_of(node: Expr) -> list[Expr]:
    """The terms of a sum, those in brackets behind a minus too."""
    return [part for term in Add.make_args(node) for part in _without_brackets(term)]


def _without_brackets(term: Expr) -> tuple[Expr, ...]:
    """The terms of -(a + b), a term of a sum."""
    if isinstance(term, Mul) and term.args[0] == -1 and isinstance(term.args[-1], Add) and \
            len(term.args) == 2:
        return tuple(Add.make_args(turned(term.args[1])))
    return (term,)


def _index_of(term: Expr) -> Expr:
    """The index in a term i or -i; else the term."""
    return term.args[1] if isinstance(term, Mul) and term.args[0] == -1 and \
        len(term.args) == 2 else term


def _at_end(term: Expr, end: int) -> Expr:
    """The least (-1) or most (1) that an index in a term makes of it; any other term as it is."""
    index = _index_of(term)
    if not isinstance(index, (Index, BoundIndex)):
        return term
    upwards = (index is term) == (end > 0)
    last = Add(index.dim, -1)
    return _ZERO if not upwards else last if index is term else turned(last)
