"""Whether a condition holds, as far as kinds and assumptions tell.

`decide` answers True, False or None; None is "unknown", and is never taken as true.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from sympy import Add, Integer, Mul, Pow, true
from sympy.logic.boolalg import BooleanFalse, BooleanTrue

from derive.core import heads
from derive.core.heads import apply
from derive.core.indexing import index_dimension
from derive.core.quantified import All, unused
from derive.functions.intervals import integral, interval
from derive.functions.records import function_named

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
                one.name == other.name and function_named(one.name).rises is not None:
            parts = (*Add.make_args(one.args[1]), *(Mul(-1, t) for t in Add.make_args(
                other.args[1])))
            return decide(heads.Less(Integer(0), Add(*parts))) is True
    return False


def _different(condition: Any) -> bool | None:
    left, right = condition.args
    if left == right:
        return False
    gap = interval(right - left)
    apart = gap.positive or gap.negative or _rising(left, right) or _rising(right, left)
    return True if apart else None


def _same_gap(condition: Any, consequence: Any) -> bool:
    """Whether a < b makes c < d or c != d certain, since d - c is b - a and nothing below 0."""
    if isinstance(condition, heads.NotEqual):
        return isinstance(consequence, heads.NotEqual) and any(
            _gap(consequence) == sign for sign in (_gap(condition), _turned(_gap(condition))))
    if not isinstance(condition, (heads.Less, heads.LessEqual)):
        return False
    strict, known = isinstance(condition, heads.Less), _gap(condition)
    if strict and integral(known):
        strict, known = False, Add(known, -1)
    gaps = [_gap(consequence)]
    if isinstance(consequence, heads.NotEqual):
        gaps.append(_turned(gaps[0]))
    elif not isinstance(consequence, (heads.Less, heads.LessEqual)):
        return False
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
    if isinstance(condition, heads.Either):
        return all(implies(part, consequence) for part in condition.args)
    if isinstance(consequence, (heads.Both, heads.Either)):
        every = all if isinstance(consequence, heads.Both) else any
        return every(implies(condition, part) for part in consequence.args)
    if isinstance(consequence, All):
        return _implies_throughout(condition, consequence)
    if isinstance(condition, All):
        return any(implies(instance, consequence) for instance in _instances(condition, consequence))
    return _same_gap(condition, consequence) or _makes_certain(condition, consequence)


def _positively(condition: Any) -> Any:
    """A negated comparison as the opposite one."""
    if not isinstance(condition, heads.Not):
        return condition
    inner = condition.args[0]
    opposite = _OPPOSITE.get(type(inner))
    return condition if opposite is None else opposite(inner)


_OPPOSITE: dict[type, Callable[[Any], Any]] = {
    heads.Less: lambda c: heads.LessEqual(*c.args[::-1]),
    heads.LessEqual: lambda c: heads.Less(*c.args[::-1]),
    heads.Equal: lambda c: heads.NotEqual(*c.args),
    heads.NotEqual: lambda c: heads.Equal(*c.args),
    heads.Not: lambda c: _positively(c.args[0]),
}


def _implies_throughout(condition: Any, consequence: Any) -> bool:
    """Whether a condition makes another certain for every index that its filter lets through."""
    index = unused(consequence.family.dim, condition, consequence)
    inner, where = consequence.family.open(index)
    return implies(where, inner) or implies(condition, inner)


def _instances(condition: Any, consequence: Any) -> Iterator[Any]:
    """What a condition for every index says of the indices of another condition."""
    for leaf in _indices(consequence):
        if index_dimension(leaf) == condition.family.dim:
            inner, where = condition.family.open(leaf)
            if where is true or decide(where):
                yield inner


def _indices(node: Any) -> set[Any]:
    """The indices that stand as subscripts."""
    own = set(node.indices) if isinstance(node, heads.Element) else set()
    return own.union(*(_indices(a) for a in node.args)) | (
        {node} if not node.args and index_dimension(node) is not None else set())


def _makes_certain(condition: Any, consequence: Any) -> bool:
    """Whether d < |u| (with d >= 0) makes u != 0 or u > 0 certain."""
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


def reduced(condition: Any) -> Any:
    """A condition without what is decided already: positive factors, sides of `or` and `and`."""
    if isinstance(condition, (heads.Either, heads.Both)):
        neutral = isinstance(condition, heads.Both)
        left = [reduced(a) for a in condition.args if decide(a) is not neutral]
        return condition.func(*left) if len(left) == 2 else left[0] if left else condition
    if isinstance(condition, All):
        bound, inner, where = condition.family.args
        return All(heads.Lam(bound, reduced(inner), where))
    if isinstance(condition, heads.NotEqual):
        return _apart(condition)
    if not isinstance(condition, heads.Less) or condition.args[0] != 0:
        return condition
    return _positive(condition)


def _apart(condition: Any) -> Any:
    """a != b as u != 0, where their difference is u up to factors and powers that are not 0."""
    left, right = condition.args
    gap = Add(right, Mul(-1, left))
    if isinstance(gap, Add) and left != 0:
        return condition
    factors = [f for f in Mul.make_args(gap) if not _never_zero(f)]
    if len(factors) != 1:
        return condition
    base = factors[0]
    if isinstance(base, Pow) and interval(base.args[1]).positive:
        base = base.args[0]
    if isinstance(base, heads.Apply) and base.name == "abs":
        base = base.args[1]
    return heads.NotEqual(Integer(0), base)


def _never_zero(node: Any) -> bool:
    values = interval(node)
    return values.positive or values.negative


def _positive(condition: Any) -> Any:
    """0 < u without the factors of u that are positive anyway."""
    factors = []
    for factor in Mul.make_args(condition.args[1]):
        if interval(factor).positive:
            continue
        odd = isinstance(factor, Pow) and factor.args[1].is_Integer and factor.args[1] % 2
        factors.append(factor.args[0] if odd else factor)
    rest = Mul(*factors)
    if isinstance(rest, heads.Apply) and rest.name == "abs":
        return heads.NotEqual(rest.args[1], Integer(0))
    if isinstance(rest, heads.Apply) and rest.name == "max":
        above = [a for a in rest.args[1:] if interval(a).high > 0]
        if len(above) == 1:
            return reduced(heads.Less(Integer(0), above[0]))
    if isinstance(rest, Pow) and rest.args[1].is_Rational and rest.args[1] > 0 and \
            rest.args[1].q != 1:
        return reduced(heads.Less(Integer(0), rest.args[0]))
    alike = _of_one_sign(rest)
    return heads.Less(condition.args[0], rest) if alike is None else \
        heads.NotEqual(alike, Integer(0))


def _of_one_sign(node: Any) -> Any | None:
    """The u of u f(u), for a function that rises through f(0) = 0: positive but for u = 0."""
    if isinstance(node, Mul) and len(node.args) == 2:
        for one, other in (node.args, node.args[::-1]):
            if isinstance(one, heads.Apply) and function_named(one.name).rises == 0 and \
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


def _throughout(condition: Any) -> bool | None:
    _, inner, where = condition.family.args
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
