"""Whether a condition holds, as far as kinds and assumptions tell.

`decide` answers True, False or None; None is "unknown", and is never taken as true.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from sympy import Add, Expr, Integer, Mul, true
from sympy.logic.boolalg import BooleanFalse, BooleanTrue

from derive.core import heads
from derive.core.heads import apply
from derive.core.indexing import index_dimension
from derive.core.quantified import All, negated
from derive.core.walk import around, dangling, enter, instantiate, mapped
from derive.functions.function_records import function_of
from derive.functions.intervals import integral, interval

_ASSUMED: ContextVar[tuple[Any, ...]] = ContextVar("assumed", default=())


@contextmanager
def assuming(conditions: Iterable[Any]) -> Iterator[None]:
    """Within the block, `decide` also knows these conditions to hold."""
    before = _ASSUMED.set((*_ASSUMED.get(), *conditions))
    try:
        yield
    finally:
        _ASSUMED.reset(before)


def decide(condition: Any) -> bool | None:
    """Whether a condition holds for all values of its names: True, False, or None for unknown."""
    answer = _of_itself(condition)
    if answer is None and any(implies(known, condition) for known in _ASSUMED.get()):
        return True
    return answer


def _of_itself(condition: Any) -> bool | None:
    """Whether a condition holds by its own form and its parts, whatever is assumed of it."""
    handler = _DECIDE.get(type(condition))
    return handler(condition) if handler else None


def _less(condition: Any, strict: bool) -> bool | None:
    left, right = condition.args
    gap = interval(right - left)
    if gap.positive or (not strict and gap.nonnegative) or _rising(left, right) or (
            left == 0 and _has_a_term(right)):
        return True
    never = gap.negative or (strict and gap.high <= 0)
    return False if never else None


def _has_a_term(node: Any) -> bool:
    """Whether a sum of positive terms has one: its filter lets through an index that it names."""
    if not isinstance(node, heads.Sum):
        return False
    index, body, where, _ = enter(node.family, around(node))
    return interval(body).positive and any(
        decide(instantiate(node.family, leaf)[1]) is True for leaf in _indices(where)
        if leaf != index and index_dimension(leaf) == index.dim)


def _rising(left: Any, right: Any) -> bool:
    """Whether right - left is f(a) - f(b) with a rising f and b < a."""
    terms = Add.make_args(Add(right, Mul(-1, left)))
    if len(terms) != 2:
        return False
    for one, other in (terms, terms[::-1]):
        other = Mul(-1, other)
        if isinstance(one, heads.Apply) and isinstance(other, heads.Apply) and \
                one.name == other.name and function_of(one).rises is not None:
            parts = (*Add.make_args(one.args[1]), *(Mul(-1, t) for t in Add.make_args(
                other.args[1])))
            return decide(heads.Less(Integer(0), Add(*parts))) is True
    return False


def _different(condition: Any) -> bool | None:
    left, right = condition.args
    if left == right:
        return False
    gap = interval(right - left)
    apart = gap.positive or gap.negative or _rising(left, right) or _rising(right, left) or (
        left == 0 and _has_a_term(right))
    return True if apart else None


def _same_gap(condition: Any, consequence: Any) -> bool:
    """Whether a < b makes c < d or c != d certain, since d - c is b - a and nothing below 0."""
    if isinstance(condition, heads.NotEqual):
        return isinstance(consequence, heads.NotEqual) and any(
            _gap(consequence) == sign for sign in (_gap(condition), _turned(_gap(condition))))
    if not isinstance(condition, (heads.Less, heads.LessEqual)) or not isinstance(
            consequence, (heads.Less, heads.LessEqual, heads.NotEqual)):
        return False
    strict, known = isinstance(condition, heads.Less), _gap(condition)
    if strict and integral(known):
        strict, known = False, Add(known, -1)
    gaps = [_gap(consequence)]
    if isinstance(consequence, heads.NotEqual):
        gaps.append(_turned(gaps[0]))
    for gap in gaps:
        rest = interval(Add(gap, _turned(known)))
        weak = strict or isinstance(consequence, heads.LessEqual)
        if rest.positive or (weak and rest.nonnegative):
            return True
    return False


def _gap(condition: Any) -> Any:
    """The right side less the left one."""
    return Add(condition.args[1], _turned(condition.args[0]))


def _turned(node: Any) -> Any:
    """The negative of a sum, term by term."""
    return Add(*(Mul(-1, term) for term in Add.make_args(node)))


def implies(condition: Any, consequence: Any) -> bool:
    """Whether a condition such as d < |u| (with d >= 0) makes u != 0 or u > 0 certain.

    A condition for every index makes certain what it says of a single one.
    """
    if condition == consequence:
        return True
    condition, consequence = _positively(condition), _positively(consequence)
    if isinstance(condition, heads.Both):
        return any(implies(part, consequence) for part in condition.args)
    if isinstance(condition, All) and not isinstance(consequence, All) and any(
            implies(one, consequence) for one in _instances(condition, consequence)):
        return True
    if isinstance(condition, heads.Either):
        return all(implies(part, consequence) for part in condition.args)
    if isinstance(consequence, (heads.Both, heads.Either)):
        every = all if isinstance(consequence, heads.Both) else any
        return every(implies(condition, part) for part in consequence.args)
    if isinstance(consequence, All):
        return _implies_throughout(condition, consequence)
    return _same_gap(condition, consequence) or _makes_certain(condition, consequence)


def _positively(condition: Any) -> Any:
    """A negated comparison as the opposite one."""
    return negated(condition.args[0]) if isinstance(condition, heads.Not) else condition


def _implies_throughout(condition: Any, consequence: Any) -> bool:
    """Whether a condition makes another certain for every index that its filter lets through."""
    index, inner, where, _ = enter(consequence.family, around(condition, consequence))
    if isinstance(condition, All) and condition.family.dim == index.dim:
        known, under = instantiate(condition.family, index)
        if (under is true or implies(where, under)) and implies(known, inner):
            return True
    return implies(where, inner) or implies(condition, inner)


def _instances(condition: Any, consequence: Any) -> Iterator[Any]:
    """What a condition for every index says of the indices of another condition."""
    for leaf in _indices(consequence):
        if index_dimension(leaf) == condition.family.dim:
            inner, where = instantiate(condition.family, leaf)
            certain = where is true or _of_itself(where)
            yield inner if certain else heads.Either(inner, negated(where))


def _indices(node: Any) -> set[Any]:
    """The indices that stand as subscripts, and the labels, whose binder is not within."""
    own = set(node.indices) if isinstance(node, heads.Element) else \
        {node} if not node.args and index_dimension(node) is not None else set()
    return {at for at in own if not dangling(at)}.union(*(_indices(a) for a in node.args))


def _makes_certain(condition: Any, consequence: Any) -> bool:
    """Whether d < |u| (with d >= 0) makes u != 0 or u > 0 certain, and 0 < u v that u != 0."""
    if isinstance(condition, heads.Less) and condition.args[0] == 0 and any(
            _same_gap(heads.NotEqual(Integer(0), factor), consequence)
            for factor in Mul.make_args(condition.args[1])):
        return True
    if isinstance(consequence, heads.NotEqual) and consequence.args[0] == 0:
        wanted = {consequence.args[1], apply("abs", consequence.args[1])}
    elif isinstance(consequence, heads.Less) and consequence.args[0] == 0:
        wanted = {consequence.args[1]}
    else:
        return False
    if not isinstance(condition, (heads.Less, heads.LessEqual)):
        return False
    left, right = condition.args
    strict = isinstance(condition, heads.Less)
    terms = Add.make_args(Add(right, Mul(-1, left)))
    for term in terms:
        rest = interval(Add(*(t for t in terms if t is not term)))
        if term in wanted and (rest.high <= 0 if strict else rest.negative):
            return True
    return False


def _negate(answer: bool | None) -> bool | None:
    return None if answer is None else not answer


def _both(condition: Any) -> bool | None:
    answers = [decide(a) for a in condition.args]
    return False if False in answers else None if None in answers else True


def _either(condition: Any) -> bool | None:
    answers = [decide(a) for a in condition.args]
    return True if True in answers else None if None in answers else False


def _throughout(condition: Any) -> bool | None:
    _, inner, where, _ = enter(condition.family, around(condition))
    answer = decide(inner)
    return None if answer is False and where is not true else answer


_DECIDE: dict[type, Callable[[Any], bool | None]] = {
    BooleanTrue: lambda condition: True,
    BooleanFalse: lambda condition: False,
    heads.Less: lambda condition: _less(condition, strict=True),
    heads.LessEqual: lambda condition: _less(condition, strict=False),
    heads.NotEqual: _different,
    heads.Equal: lambda condition: _negate(_different(condition)),
    heads.Both: _both,
    heads.Either: _either,
    heads.Not: lambda condition: _negate(decide(condition.args[0])),
    All: _throughout,
}


def settled(node: Expr) -> Expr:
    """A formula without the cases, deltas and filters of which it is certain what they are."""
    if isinstance(node, heads.Cond):
        answer = decide(node.args[0])
        if answer is not None:
            return settled(node.args[1 if answer else 2])
    if isinstance(node, (heads.Delta, heads.Equal)) and node.args[0] == node.args[1]:
        return Integer(1) if isinstance(node, heads.Delta) else true
    return mapped(node, settled)
