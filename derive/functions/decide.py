"""Whether a condition holds, as far as kinds and assumptions tell.

`decide` answers True, False or None; None is "unknown", and is never taken as true.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from sympy import Add, Integer, Mul, Pow
from sympy.logic.boolalg import BooleanFalse, BooleanTrue

from derive.core import heads
from derive.core.heads import apply
from derive.core.walk import with_arguments
from derive.functions.intervals import interval
from derive.functions.records import function_of

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
    handler = _DECIDE.get(type(condition))
    answer = handler(condition) if handler else None
    if answer is None and any(implies(known, condition) for known in _ASSUMED.get()):
        return True
    return answer


def _less(condition: Any, strict: bool) -> bool | None:
    left, right = condition.args
    gap = interval(right - left)
    if gap.positive or (not strict and gap.nonnegative) or _rising(left, right):
        return True
    never = gap.negative or (strict and gap.high <= 0)
    return False if never else None


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
    return True if gap.positive or gap.negative else None


def _same_gap(condition: Any, consequence: Any) -> bool:
    """Whether a < b makes c < d or c != d certain since b - a and d - c are the same."""
    follows = {heads.Less: (heads.Less, heads.LessEqual, heads.NotEqual),
               heads.LessEqual: (heads.LessEqual,)}
    if not isinstance(consequence, follows.get(type(condition), ())):
        return False
    gaps = [Add(c.args[1], Mul(-1, c.args[0])) for c in (condition, consequence)]
    turned = isinstance(consequence, heads.NotEqual) and Add(*(
        Mul(-1, t) for t in Add.make_args(gaps[1]))) == gaps[0]
    return gaps[0] == gaps[1] or turned


def implies(condition: Any, consequence: Any) -> bool:
    """Whether a condition such as d < |u| (with d >= 0) makes u != 0 or u > 0 certain."""
    if condition == consequence or _same_gap(condition, consequence):
        return True
    if isinstance(consequence, heads.NotEqual) and consequence.args[0] == 0:
        wanted = {consequence.args[1], apply("abs", consequence.args[1])}
    elif isinstance(consequence, heads.Less) and consequence.args[0] == 0:
        wanted = {consequence.args[1]}
    else:
        return False
    negated = isinstance(condition, heads.Not)
    inner = condition.args[0] if negated else condition
    if not isinstance(inner, (heads.Less, heads.LessEqual)):
        return False
    left, right = inner.args[::-1] if negated else inner.args
    strict = isinstance(inner, heads.LessEqual) if negated else isinstance(inner, heads.Less)
    terms = Add.make_args(Add(right, Mul(-1, left)))
    for term in terms:
        rest = interval(Add(*(t for t in terms if t is not term)))
        if term in wanted and (rest.high <= 0 if strict else rest.negative):
            return True
    return False


def reduced(condition: Any) -> Any:
    """A condition without what is decided already: positive factors, sides of `or` and `and`."""
    if isinstance(condition, (heads.Either, heads.Both)):
        neutral = isinstance(condition, heads.Both)
        left = [reduced(a) for a in condition.args if decide(a) is not neutral]
        return with_arguments(condition, left) if len(left) == 2 else left[0] if left else condition
    if not isinstance(condition, heads.Less) or condition.args[0] != 0:
        return condition
    factors = []
    for factor in Mul.make_args(condition.args[1]):
        if interval(factor).positive:
            continue
        odd = isinstance(factor, Pow) and factor.args[1].is_Integer and factor.args[1] % 2
        factors.append(factor.args[0] if odd else factor)
    rest = Mul(*factors)
    if isinstance(rest, heads.Apply) and rest.name == "abs":
        return heads.NotEqual(rest.args[1], Integer(0))
    alike = _of_one_sign(rest)
    return heads.Less(condition.args[0], rest) if alike is None else \
        heads.NotEqual(alike, Integer(0))


def _of_one_sign(node: Any) -> Any | None:
    """The u of u f(u), for a function that rises through f(0) = 0: positive but for u = 0."""
    if isinstance(node, Mul) and len(node.args) == 2:
        for one, other in (node.args, node.args[::-1]):
            if isinstance(one, heads.Apply) and function_of(one).rises == 0 and \
                    one.args[1] == other:
                return other
    return None


def _negate(answer: bool | None) -> bool | None:
    return None if answer is None else not answer


def _both(condition: Any) -> bool | None:
    answers = [decide(a) for a in condition.args]
    return False if False in answers else None if None in answers else True


def _either(condition: Any) -> bool | None:
    answers = [decide(a) for a in condition.args]
    return True if True in answers else None if None in answers else False


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
}
