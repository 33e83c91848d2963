"""Where factors and signs stand: beside a Kronecker delta, before a bracket."""

from __future__ import annotations

from sympy import Add, Expr, Integer, Mul, Pow, S

from derive.core import heads
from derive.core.atoms import Named
from derive.core.factors import base_and_exponent, turned
from derive.core.walk import substitute
from derive.functions.decisions import decide
from derive.rulebook.algebra import multiplied_out
from derive.rulebook.measure import is_negative, shortest


def at_equal_places(node: Expr) -> Expr:
    """δ_ij f(j) as δ_ij f(i) in the terms of a sum, its products multiplied out.

    Two terms that differ only in that are then the same.
    """
    if not isinstance(node, (Add, Mul)) or not node.has(heads.Delta):
        return node
    terms = [_at_first_place(t) for t in Add.make_args(multiplied_out(node))]
    return shortest((node, Add(*terms)))


def _at_first_place(term: Expr) -> Expr:
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


def flattened(node: Expr) -> Expr:
    """a - (b - c) as a - b + c: nested sums joined, nothing else multiplied out."""
    if not isinstance(node, Add):
        return node
    terms = []
    for term in node.args:
        coefficient, rest = term.as_coeff_Mul()
        if isinstance(rest, Add) and coefficient is S.NegativeOne:
            terms += [Mul(coefficient, t) for t in rest.args]
        else:
            terms.append(term)
    return Add(*terms)


def negated(node: Expr) -> Expr:
    """-(a - b) as b - a."""
    if isinstance(node, Mul) and len(node.args) == 2 and node.args[0] is S.NegativeOne \
            and isinstance(node.args[1], Add):
        return turned(node.args[1])
    return node


def sign_into_divisor(node: Expr) -> Expr:
    """-a / (b - c) as a / (c - b)."""
    if not isinstance(node, Mul) or not is_negative(node):
        return node
    for factor in node.args:
        below, exponent = base_and_exponent(factor)
        if exponent == -1 and isinstance(below, Add) and any(map(is_negative, below.args)):
            rest = Mul(*(f for f in node.args if f is not factor))
            return Mul(-1, rest, Pow(turned(below), -1))
    return node


def _minus_unit(factor: Expr) -> bool:
    """Whether a factor is t - 1, which is rather written 1 - t."""
    return len(factor.args) == 2 and Integer(-1) in factor.args and any(
        isinstance(a, (Named, heads.Element)) for a in factor.args)


def with_signs_in_front(node: Expr) -> Expr:
    """(t - 1) f as -(1 - t) f where t - 1 is known to be negative, (-1 - t) f as -(1 + t) f."""
    if not isinstance(node, Mul):
        return node
    turn = [_is_turned(f) or _is_turned_below(f) for f in node.args]
    factors = [_turned(f) if turns else f for f, turns in zip(node.args, turn, strict=True)]
    return Mul(-1, *factors) if sum(turn) % 2 else Mul(*factors)


def _turned(factor: Expr) -> Expr:
    base, exponent = base_and_exponent(factor)
    return turned(factor) if exponent == 1 else Pow(turned(base), exponent)


def _is_turned_below(factor: Expr) -> bool:
    """Whether a factor is one over a sum with a number that is known to be negative."""
    base, exponent = base_and_exponent(factor)
    return exponent == -1 and isinstance(base, Add) and any(
        a.is_Rational for a in base.args) and bool(decide(heads.LessEqual(base, Integer(0))))


def _is_turned(factor: Expr) -> bool:
    """Whether a factor is a sum that reads better with the other sign."""
    if not isinstance(factor, Add):
        return False
    return all(map(is_negative, factor.args)) or (any(a.is_Rational for a in factor.args) and bool(
        decide(heads.LessEqual(factor, Integer(0))) or _minus_unit(factor)))
