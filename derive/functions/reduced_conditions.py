"""Conditions without what is certain anyway: positive factors, sides of `or` and `and`."""

from __future__ import annotations

from sympy import Add, Expr, Integer, Mul, Pow

from derive.core import heads
from derive.core.quantified import All, throughout
from derive.core.walk import with_arguments
from derive.functions.decisions import decide
from derive.functions.function_records import function_of
from derive.functions.intervals import interval


def reduced(condition: Expr) -> Expr:
    """A condition without what is decided already: positive factors, sides of `or` and `and`."""
    if isinstance(condition, (heads.Either, heads.Both)):
        neutral = isinstance(condition, heads.Both)
        left = [reduced(a) for a in condition.args if decide(a) is not neutral]
        return with_arguments(condition, left) if len(left) == 2 else left[0] if left else condition
    if isinstance(condition, All):
        return throughout(condition, reduced)
    if isinstance(condition, heads.NotEqual):
        return _apart(condition)
    if not isinstance(condition, heads.Less) or condition.args[0] != 0:
        return condition
    return _positive(condition)


def _apart(condition: Expr) -> Expr:
    """a != b as u != 0, where their difference is u up to factors and powers that are not 0."""
    left, right = condition.args
    gap = Add(right, Mul(-1, left))
    if isinstance(gap, Add) and left != 0:
        return condition
    factors = [f for f in map(_root, Mul.make_args(gap)) if not _never_zero(f)]
    if len(factors) != 1:
        return heads.NotEqual(Integer(0), Mul(*factors)) if factors else condition
    base = factors[0]
    if isinstance(base, heads.Apply) and base.name == "abs":
        base = base.args[1]
    return heads.NotEqual(Integer(0), base)


def _root(factor: Expr) -> Expr:
    """The u of a power of u, which is 0 nowhere else; 1 for a power that is never 0."""
    if not isinstance(factor, Pow):
        return factor
    return Integer(1) if interval(factor.args[1]).negative else factor.args[0]


def _never_zero(node: Expr) -> bool:
    values = interval(node)
    return values.positive or values.negative


def _positive(condition: Expr) -> Expr:
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
    if isinstance(rest, Pow) and rest.args[1].is_even and rest.args[1] > 0:
        return reduced(heads.NotEqual(Integer(0), rest.args[0]))
    if isinstance(rest, Pow) and rest.args[1].is_Rational and rest.args[1] > 0 and \
            rest.args[1].q != 1:
        return reduced(heads.Less(Integer(0), rest.args[0]))
    alike = _of_one_sign(rest)
    return heads.Less(condition.args[0], rest) if alike is None else \
        heads.NotEqual(alike, Integer(0))


def _of_one_sign(node: Expr) -> Expr | None:
    """The u of u f(u), for a function that rises through f(0) = 0: positive but for u = 0."""
    if isinstance(node, Mul) and len(node.args) == 2:
        for one, other in (node.args, node.args[::-1]):
            if isinstance(one, heads.Apply) and function_of(one).rises == 0 and \
                    one.args[1] == other:
                return other
    return None
