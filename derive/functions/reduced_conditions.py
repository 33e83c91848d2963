"""Conditions without what is certain anyway: positive factors, sides of `or` and `and`."""

from __future__ import annotations

from collections.abc import Callable

from sympy import Add, Expr, Integer, Mul, Pow, Rational

from derive.core import heads
from derive.core.comparisons import gap
from derive.core.quantified import All, for_all, throughout
from derive.core.walk import around, enter, with_arguments
from derive.functions.decisions import decide, never_zero
from derive.functions.function_records import function_of
from derive.functions.intervals import interval
from derive.functions.matrix_facts import plainer

_ZERO = Integer(0)


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
    apart = gap(condition)
    inside = _of_rising(apart)
    if inside is not None:
        return reduced(heads.NotEqual(_ZERO, inside))
    if isinstance(apart, Add) and condition.args[0] != 0:
        return _from_extremum(condition)
    factors = [f for f in map(_root, Mul.make_args(apart)) if not never_zero(f)]
    if len(factors) != 1:
        return heads.NotEqual(_ZERO, Mul(*factors)) if factors else condition
    base = _without_scale(factors[0], never_zero)
    if isinstance(base, heads.Apply) and base.name == "abs":
        base = base.args[1]
    return heads.NotEqual(_ZERO, base)


def _of_rising(apart: Expr) -> Expr | None:
    """The u in f(u) - f(0), with a function f that rises: it is 0 where u is, nowhere else."""
    terms = Add.make_args(apart)
    for term in terms:
        sign, base = term.as_coeff_Mul()
        if isinstance(base, heads.Apply) and sign in (1, -1) and len(base.args) == 2:
            start = function_of(base).rises
            rest = Add(*(t for t in terms if t is not term))
            if start is not None and rest == -sign * Rational(start.numerator, start.denominator):
                return base.args[1]
    return None


def _from_extremum(condition: Expr) -> Expr:
    """min(u, v) != c as v != c, where u is above c for certain; likewise max."""
    for extremum, other in (condition.args, condition.args[::-1]):
        name = extremum.name if isinstance(extremum, heads.Apply) else ""
        if name in ("min", "max"):
            beyond = [a for a in extremum.args[1:] if decide(
                heads.Less(*((other, a) if name == "min" else (a, other)))) is True]
            if len(beyond) == 1:
                (rest,) = (a for a in extremum.args[1:] if a != beyond[0])
                return reduced(heads.NotEqual(rest, other))
    return condition


def _root(factor: Expr) -> Expr:
    """The u of a power of u, which is 0 nowhere else; 1 for a power that is never 0."""
    if not isinstance(factor, Pow):
        return factor
    return Integer(1) if interval(factor.args[1]).negative else factor.args[0]


def _positive(condition: Expr) -> Expr:
    """0 < u without the factors of u that are positive anyway."""
    factors = Mul.make_args(condition.args[1])
    negative = [f for f in factors if interval(f).negative]
    sign = Integer(-1) if len(negative) % 2 else Integer(1)
    if len(negative) == len(factors) and sign == -1:
        return condition  # which never holds
    rest = Mul(sign, *(_odd_root(f) for f in factors
                       if f not in negative and not interval(f).positive))
    shorter = _SHORTER.get(type(rest), lambda _: None)(rest)
    return heads.Less(_ZERO, rest) if shorter is None else shorter


def _without_scale(node: Expr, drop: Callable[[Expr], bool]) -> Expr:
    """det A for det(c A) and for det(A.T), which has its sign for a positive c."""
    if not isinstance(node, heads.Apply) or node.name != "det":
        return node
    return with_arguments(node, (node.args[0], plainer(node.args[1], drop)))


def _application_positive(node: Expr) -> Expr | None:
    plain = _without_scale(node, lambda factor: interval(factor).positive)
    if plain != node:
        return reduced(heads.Less(_ZERO, plain))
    if node.name == "abs":
        return heads.NotEqual(node.args[1], _ZERO)
    above = [a for a in node.args[1:] if interval(a).high > 0] if node.name == "max" else []
    return reduced(heads.Less(_ZERO, above[0])) if len(above) == 1 else None


def _least_positive(node: Expr) -> Expr:
    """The least term is positive where every one is."""
    index, body, where, _ = enter(node.family, around(node))
    return for_all(index, reduced(heads.Less(_ZERO, body)), where)


def _power_positive(node: Expr) -> Expr | None:
    base, exponent = node.args
    if not exponent.is_Rational or exponent <= 0 or not (exponent.is_even or exponent.q != 1):
        return None
    return reduced((heads.NotEqual if exponent.is_even else heads.Less)(_ZERO, base))


def _odd_root(factor: Expr) -> Expr:
    """The u of an odd power of u, which has its sign."""
    odd = isinstance(factor, Pow) and factor.args[1].is_Integer and factor.args[1] % 2
    return factor.args[0] if odd else factor


def _product_positive(node: Expr) -> Expr | None:
    """u f(u), for a function that rises through f(0) = 0, is positive but for u = 0."""
    if len(node.args) == 2:
        for outer, inner in (node.args, node.args[::-1]):
            if isinstance(outer, heads.Apply) and function_of(outer).rises == 0 and \
                    outer.args[1] == inner:
                return heads.NotEqual(inner, _ZERO)
    return None


_SHORTER: dict[type[Expr], Callable[[Expr], Expr | None]] = {
    heads.Apply: _application_positive, heads.Minimum: _least_positive, Pow: _power_positive,
    Mul: _product_positive}
