"""Whether a condition holds, as far as kinds and assumptions tell.

`decide` answers True, False or None; None is "unknown", and is never taken as true.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from sympy import Add, Expr, Integer, Mul, Pow, sqrt, true
from sympy.logic.boolalg import BooleanFalse, BooleanTrue

from derive.core import heads
from derive.core.comparisons import HOLDS, gap, negated
from derive.core.factors import difference, turned
from derive.core.heads import apply
from derive.core.indexing import index_dimension
from derive.core.quantified import All
from derive.core.replacing import once_each
from derive.core.walk import around, dangling, enter, instantiate, mapped
from derive.functions.function_records import function_of
from derive.functions.intervals import integral, interval
from derive.functions.signs_of_differences import signs, signs_in_range, terms_of

_ASSUMED: ContextVar[tuple[Expr, ...]] = ContextVar("assumed", default=())
_ORDERED = (heads.Less, heads.LessEqual)
_ZERO = Integer(0)


@contextmanager
def assuming(conditions: Iterable[Expr]) -> Iterator[None]:
    """Within the block, `decide` also knows these conditions to hold."""
    before = _ASSUMED.set((*_ASSUMED.get(), *conditions))
    try:
        yield
    finally:
        _ASSUMED.reset(before)


@contextmanager
def assuming_nothing() -> Iterator[None]:
    """Within the block, no condition is known to hold that was assumed outside of it."""
    before = _ASSUMED.set(())
    try:
        yield
    finally:
        _ASSUMED.reset(before)


def assumed() -> tuple[Expr, ...]:
    """The conditions that are known to hold here."""
    return _ASSUMED.get()


def decide(condition: Expr) -> bool | None:
    """Whether a condition holds for all values of its names: True, False, or None for unknown."""
    answer = _of_itself(condition)
    if answer is None and any(implies(known, condition) for known in _ASSUMED.get()):
        return True
    return answer


def never_zero(node: Expr) -> bool:
    """Whether the kinds say that a formula is 0 nowhere."""
    values = interval(node)
    return values.positive or values.negative


def _of_itself(condition: Expr) -> bool | None:
    """Whether a condition holds by its own form and its parts, whatever is assumed of it."""
    handler = _DECIDE.get(type(condition))
    return handler(condition) if handler else None


def _compared(condition: Expr) -> bool | None:
    """A comparison by the signs that its right side less its left one can have."""
    left, right = condition.args
    apart = gap(condition)
    holds, possible = HOLDS[type(condition)], signs(interval(apart)) & signs_in_range(apart)
    if possible <= holds or not possible & holds:
        return possible <= holds
    if _rising(left, right) or (left == 0 and _has_a_term(right)):
        return 1 in holds
    return -1 in holds if _rising(right, left) else None


def _has_a_term(node: Expr) -> bool:
    """Whether a sum of positive terms has one: its filter lets through an index that it names."""
    if not isinstance(node, heads.Sum):
        return False
    index, body, where, _ = enter(node.family, around(node))
    return interval(body).positive and any(
        decide(instantiate(node.family, leaf)[1]) is True for leaf in _indices(where)
        if leaf != index and index_dimension(leaf) == index.dim)


def _rising(left: Expr, right: Expr) -> bool:
    """Whether right - left is f(a) - f(b) with a rising f and b < a."""
    terms = Add.make_args(difference(right, left))
    if len(terms) != 2:
        return False
    for upper, lower in (terms, terms[::-1]):
        lower = Mul(-1, lower)
        if isinstance(upper, heads.Apply) and isinstance(lower, heads.Apply) and \
                upper.name == lower.name and function_of(upper).rises is not None:
            return decide(heads.Less(_ZERO, Add(upper.args[1], turned(lower.args[1])))) is True
    return False


def _same_gap(condition: Expr, consequence: Expr) -> bool:
    """Whether a < b makes c < d or c != d certain, since d - c is b - a and nothing below 0."""
    apart = isinstance(consequence, heads.NotEqual)
    if isinstance(condition, heads.NotEqual):
        return apart and gap(consequence) in (gap(condition), turned(gap(condition)))
    if not isinstance(condition, _ORDERED) or not (apart or isinstance(consequence, _ORDERED)):
        return False
    strict, known = isinstance(condition, heads.Less), Add(*terms_of(gap(condition)))
    if strict and integral(known):
        strict, known = False, Add(known, -1)
    other = Add(*terms_of(gap(consequence)))
    sides = (other, turned(other)) if apart else (other,)
    weak = strict or isinstance(consequence, heads.LessEqual)
    above = [interval(Add(side, turned(known))) for side in sides]
    return any(rest.positive or (weak and rest.nonnegative) for rest in above)


def implies(condition: Expr, consequence: Expr) -> bool:
    """Whether a condition such as d < |u| (with d >= 0) makes u != 0 or u > 0 certain.

    A condition for every index makes certain what it says of a single one.
    """
    if condition == consequence:
        return True
    condition, consequence = _positively(condition), _positively(consequence)
    if isinstance(consequence, heads.Both):
        return all(implies(condition, part) for part in consequence.args)
    if isinstance(condition, heads.Both):
        certain = any(implies(part, consequence) for part in condition.args)
    else:
        certain = _implies_plainly(condition, consequence)
    within = None if certain else _of_square(consequence)
    return certain or (within is not None and implies(condition, within))


def _implies_plainly(condition: Expr, consequence: Expr) -> bool:
    """Whether a condition that is no conjunction makes certain another that is none."""
    if isinstance(condition, All) and not isinstance(consequence, All) and any(
            implies(inner, consequence) for inner in _instances(condition, consequence)):
        return True
    if isinstance(condition, heads.Either):
        return all(implies(part, consequence) for part in condition.args)
    if isinstance(consequence, heads.Either):
        return any(implies(condition, part) for part in consequence.args)
    if isinstance(consequence, All):
        return _implies_throughout(condition, consequence)
    return _same_gap(condition, consequence) or _makes_certain(condition, consequence) or \
        _lets_through(condition, consequence)


def _lets_through(condition: Expr, consequence: Expr) -> bool:
    """Whether a sum of positive terms has one: its filter lets an index of the condition through.
    """
    left, node = consequence.args[:2] if isinstance(consequence, heads.Less) else (1, 1)
    if isinstance(consequence, heads.NotEqual):
        left, node = sorted(consequence.args, key=lambda side: isinstance(side, heads.Sum))
    if left != 0 or not isinstance(node, heads.Sum):
        return False
    return interval(node.family.args[1]).positive and any(
        implies(condition, instantiate(node.family, leaf)[1]) for leaf in _indices(condition)
        if index_dimension(leaf) == node.family.dim)


def _positively(condition: Expr) -> Expr:
    """A negated comparison as the opposite one."""
    return negated(condition.args[0]) if isinstance(condition, heads.Not) else condition


def _of_square(condition: Expr) -> Expr | None:
    """u**2 < c, for the square c of a rational number r, as -r < u and u < r."""
    if not isinstance(condition, _ORDERED):
        return None
    terms = Add.make_args(gap(condition))
    squares = [turned(t) for t in terms if not t.is_Rational]
    root = sqrt(Add(*(t for t in terms if t.is_Rational)))
    if len(squares) != 1 or not isinstance(squares[0], Pow) or squares[0].args[1] != 2 or \
            not root.is_Rational:
        return None
    (square,), head = squares, type(condition)
    return heads.Both(head(-root, square.args[0]), head(square.args[0], root))


def _implies_throughout(condition: Expr, consequence: Expr) -> bool:
    """Whether a condition makes another certain for every index that its filter lets through."""
    index, inner, where, _ = enter(consequence.family, around(condition, consequence))
    if isinstance(condition, All) and condition.family.dim == index.dim:
        known, under = instantiate(condition.family, index)
        if (under is true or implies(where, under)) and implies(known, inner):
            return True
    return implies(where, inner) or implies(condition, inner)


def _instances(condition: Expr, consequence: Expr) -> Iterator[Expr]:
    """What a condition for every index says of the indices of another condition."""
    for leaf in _indices(consequence):
        if index_dimension(leaf) == condition.family.dim:
            inner, where = instantiate(condition.family, leaf)
            certain = where is true or _of_itself(where)
            yield inner if certain else heads.Either(inner, negated(where))


def _indices(node: Expr) -> set[Expr]:
    """The indices that stand as subscripts, and the labels, whose binder is not within."""
    own = set(node.indices) if isinstance(node, heads.Element) else \
        {node} if not node.args and index_dimension(node) is not None else set()
    return {at for at in own if not dangling(at)}.union(*(_indices(a) for a in node.args))


def _makes_certain(condition: Expr, consequence: Expr) -> bool:
    """Whether d < |u| (with d >= 0) makes u != 0 or u > 0 certain, and 0 < u v that u != 0."""
    if not isinstance(condition, _ORDERED):
        return False
    strict, (left, right) = isinstance(condition, heads.Less), condition.args
    if strict and left == 0 and any(_same_gap(heads.NotEqual(_ZERO, factor), consequence)
                                    for factor in Mul.make_args(right)):
        return True
    if not isinstance(consequence, (heads.Less, heads.NotEqual)) or consequence.args[0] != 0:
        return False
    u = consequence.args[1]
    parts = {u, apply("abs", u)} if isinstance(consequence, heads.NotEqual) else {u}
    terms = Add.make_args(gap(condition))
    rests = (interval(Add(*(t for t in terms if t != part))) for part in parts & set(terms))
    return any(rest.high <= 0 if strict else rest.negative for rest in rests)


def _negate(condition: Expr) -> bool | None:
    answer = decide(condition.args[0])
    return None if answer is None else not answer


def _joined(condition: Expr) -> bool | None:
    decisive = isinstance(condition, heads.Either)  # a part that holds decides `or`
    answers = [decide(a) for a in condition.args]
    return decisive if decisive in answers else None if None in answers else not decisive


def _throughout(condition: Expr) -> bool | None:
    _, inner, where, _ = enter(condition.family, around(condition))
    answer = decide(inner)
    if answer is None and where is not true and implies(where, inner):
        return True
    return None if answer is False and where is not true else answer


_DECIDE: dict[type[Expr], Callable[[Expr], bool | None]] = {
    **dict.fromkeys(HOLDS, _compared), BooleanTrue: bool, BooleanFalse: bool,
    heads.Both: _joined, heads.Either: _joined, heads.Not: _negate, All: _throughout,
}


@once_each
def settled(node: Expr) -> Expr:
    """A formula without the cases, deltas and filters of which it is certain what they are."""
    if isinstance(node, heads.Cond):
        answer = decide(node.args[0])
        if answer is not None:
            return settled(node.args[1 if answer else 2])
    if isinstance(node, (heads.Delta, heads.Equal)) and node.args[0] == node.args[1]:
        return Integer(1) if isinstance(node, heads.Delta) else true
    return mapped(node, settled)
