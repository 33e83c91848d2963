"""Where factors and signs stand: beside a Kronecker delta, before a bracket."""

from __future__ import annotations

from typing import Any

from sympy import Add, Integer, Mul, Pow

from derive.core import heads
from derive.core.atoms import Named
from derive.core.walk import substitute
from derive.functions.decisions import decide
from derive.rulebook.algebra import multiplied_out
from derive.rulebook.measure import is_negative, measure


def at_equal_places(node: Any) -> Any:
    """δ_ij f(j) as δ_ij f(i) in the terms of a sum, its products multiplied out.

    Two terms that differ only in that are then the same.
    """
    if not isinstance(node, (Add, Mul)) or not node.has(heads.Delta):
        return node
    terms = [_at_one_place(t) for t in Add.make_args(multiplied_out(node))]
    found = Add(*terms)
    return found if measure(found) < measure(node) else node


def _at_one_place(term: Any) -> Any:
    factors = list(Mul.make_args(term))
    for place, delta in enumerate(factors):
        delta = factors[place]  # an earlier delta may have renamed its places
        if isinstance(delta, heads.Delta) and (
                not delta.args[1].args or isinstance(delta.args[1], heads.Element)):
            first, second = delta.args
            factors = [f if n == place else substitute(f, {second: first})
                       for n, f in enumerate(factors)]
    return Mul(*(Integer(1) if isinstance(f, heads.Delta) and f.args[0] == f.args[1] else f
                 for f in factors))


def sign_into_divisor(node: Any) -> Any:
    """-a / (b - c) as a / (c - b)."""
    if not isinstance(node, Mul) or not is_negative(node):
        return node
    for factor in node.args:
        below = factor.args[0] if isinstance(factor, Pow) and factor.args[1] == -1 else None
        if isinstance(below, Add) and any(map(is_negative, below.args)):
            turned = Add(*(Mul(-1, t) for t in below.args))
            rest = Mul(*(f for f in node.args if f is not factor))
            return Mul(-1, rest, Pow(turned, -1))
    return node


def _less_one(factor: Any) -> bool:
    """Whether a factor is t - 1, which is rather written 1 - t."""
    return len(factor.args) == 2 and Integer(-1) in factor.args and any(
        isinstance(a, (Named, heads.Element)) for a in factor.args)


def with_signs_in_front(node: Any) -> Any:
    """(t - 1) f as -(1 - t) f where t - 1 is known to be negative, (-1 - t) f as -(1 + t) f."""
    if not isinstance(node, Mul):
        return node
    factors, turned = [], False
    for factor in node.args:
        if isinstance(factor, Add) and (all(map(is_negative, factor.args)) or (
                any(a.is_Rational for a in factor.args) and (
                    decide(heads.LessEqual(factor, Integer(0))) or _less_one(factor)))):
            factor = Add(*(Mul(-1, t) for t in factor.args))
            turned = not turned
        factors.append(factor)
    return Mul(-1, *factors) if turned else Mul(*factors)
