"""Whether cases leave nothing over: `x > 0` and `x <= 0`, or `x > 0` and `x < 0` where x is not 0.

What is compared with numbers is taken for a number of its own, and tried at and beside them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from functools import reduce
from itertools import pairwise, product
from math import prod

from sympy import Add, Expr, Mul, Rational, true

from derive.core import heads
from derive.core.comparisons import HOLDS, gap, negated
from derive.core.factors import turned
from derive.functions.decisions import assuming, decide

_MOST = 400  # arrangements of the numbers that are tried
_ENDS = (Fraction(0), Fraction(1))  # of the ranges that kinds have


def remaining(cases: Sequence[Expr]) -> Expr:
    """The condition that none of the cases holds."""
    return reduce(heads.Both, map(negated, cases), true)


def cover_all(cases: Sequence[Expr], given: Sequence[Expr] = ()) -> bool:
    """Whether one of the cases holds wherever the given conditions do, as far as it is seen."""
    if any(negated(case) in cases for case in cases):
        return True
    cases, given = [*map(_without_bars, cases)], [*map(_without_bars, given)]
    with assuming(given):
        return decide(remaining(cases)) is False or _cover_lines(cases, given)


def exclude(first: Expr, second: Expr, given: Sequence[Expr] = ()) -> bool:
    """Whether two conditions never hold together, as far as it is seen."""
    return cover_all((negated(first), negated(second)), given)


def _cover_lines(cases: Sequence[Expr], given: Sequence[Expr]) -> bool:
    """Whether a case holds at and beside all numbers that the conditions name."""
    tried = [[*_possible(*each)] for each in _borders((*cases, *given)).items()]
    if not cases or prod(map(len, tried)) > _MOST:
        return False
    return all(any(_holds(case, dict(at)) for case in cases) or
               any(_holds(condition, dict(at)) is False for condition in given)
               for at in product(*tried))


def _borders(conditions: Sequence[Expr]) -> dict[Expr, set[Fraction]]:
    """The numbers that each term is compared with, and the ends of ranges."""
    borders: dict[Expr, set[Fraction]] = {}
    for comparison in (c for condition in conditions for c in _comparisons(condition)):
        term, factor, constant = _straight(comparison)
        if term != 0:
            borders.setdefault(term, {*_ENDS}).add(-constant / factor)
    return borders


def _possible(term: Expr, numbers: set[Fraction]) -> Iterator[tuple[Expr, Fraction]]:
    """A term with each of the values at and beside numbers that it can have."""
    for value in _beside(sorted(numbers)):
        if decide(heads.Equal(term, Rational(value))) is not False:
            yield term, value


def _beside(numbers: list[Fraction]) -> Iterator[Fraction]:
    """The numbers, what lies between them, and what lies beyond."""
    yield from (numbers[0] - 1, *numbers, numbers[-1] + 1)
    yield from ((a + b) / 2 for a, b in pairwise(numbers))


def _without_bars(condition: Expr) -> Expr:
    """A condition in which abs(u) < v is written as u < v and -u < v."""
    if isinstance(condition, (heads.Both, heads.Either, heads.Not)):
        return type(condition)(*map(_without_bars, condition.args))
    if type(condition) not in HOLDS or not any(map(_has_bars, condition.args)):
        return condition
    left, right = condition.args
    if isinstance(condition, heads.Equal):
        return heads.Both(*(_without_bars(heads.LessEqual(*pair))
                            for pair in ((left, right), (right, left))))
    if isinstance(condition, heads.NotEqual):
        return heads.Either(*(_without_bars(heads.Less(*pair))
                              for pair in ((left, right), (right, left))))
    if _has_bars(left):
        return heads.Both(*(_without_bars(type(condition)(u, right)) for u in _signed(left)))
    return heads.Either(*(type(condition)(left, u) for u in _signed(right)))


def _has_bars(node: Expr) -> bool:
    return isinstance(node, heads.Apply) and node.name == "abs"


def _signed(node: Expr) -> tuple[Expr, Expr]:
    return node.args[-1], turned(node.args[-1])


def _comparisons(condition: Expr) -> Iterator[Expr]:
    """The comparisons that a condition consists of."""
    if type(condition) in HOLDS:
        yield condition
    elif isinstance(condition, (heads.Both, heads.Either, heads.Not)):
        for part in condition.args:
            yield from _comparisons(part)


def _straight(comparison: Expr) -> tuple[Expr, Fraction, Fraction]:
    """The gap of a comparison as factor * term + constant, the term alike for a < b and b < a."""
    parts = Add.make_args(gap(comparison))
    constant = sum((Fraction(p.p, p.q) for p in parts if p.is_Rational), Fraction(0))
    factor, term = Fraction(1), Add(*(p for p in parts if not p.is_Rational))
    if isinstance(term, Mul):
        factor = prod((Fraction(a.p, a.q) for a in term.args if a.is_Rational), start=factor)
        term = Mul(*(a for a in term.args if not a.is_Rational))
    if isinstance(term, Add) and str(turned(term)) < str(term):
        factor, term = -factor, turned(term)
    return term, factor, constant


def _holds(condition: Expr, at: Mapping[Expr, Fraction]) -> bool | None:
    """Whether a condition holds where terms have these values; None where it is no matter of them.
    """
    if type(condition) in HOLDS:
        term, factor, constant = _straight(condition)
        value = factor * at.get(term, 0) + constant
        return (int(value > 0) - int(value < 0)) in HOLDS[type(condition)]
    if isinstance(condition, heads.Not):
        inner = _holds(condition.args[0], at)
        return None if inner is None else not inner
    if not isinstance(condition, (heads.Both, heads.Either)):
        return None
    deciding = isinstance(condition, heads.Either)
    parts = [_holds(part, at) for part in condition.args]
    return deciding if deciding in parts else None if None in parts else not deciding
