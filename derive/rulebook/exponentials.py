"""Exponentials as powers of one atom, so that like terms are seen; logarithms of products."""

from __future__ import annotations

from sympy import Add, Expr, Integer, Mul, Pow, S

from derive.core import heads
from derive.core.factors import base_and_exponent, factors_apart
from derive.core.heads import apply
from derive.core.walk import around, enter, mapped
from derive.functions.decisions import decide
from derive.functions.intervals import interval
from derive.rulebook.measure import measure


def as_powers(node: Expr) -> Expr:
    """A sum or product in which exp(n u) is written exp(u)**n, and exp(u + v) exp(u) exp(v)."""
    if isinstance(node, heads.Apply) and node.name == "exp":
        factors = []
        for term in Add.make_args(node.args[1]):
            coefficient, rest = term.as_coeff_Mul()
            power = coefficient.is_Integer and rest != 1
            factors.append(Pow(apply("exp", rest), coefficient) if power else apply("exp", term))
        return Mul(*factors)
    if isinstance(node, (Add, Mul, Pow)):
        return mapped(node, as_powers)
    return node


def joined(node: Expr) -> Expr:
    """The way back: exp(u)**n as exp(n u), products of exponentials as one."""
    if isinstance(node, Pow) and is_exp(node.args[0]) and node.args[1].is_Integer:
        return apply("exp", Mul(node.args[1], node.args[0].args[1]))
    if isinstance(node, Mul):
        parts = [joined(a) for a in node.args]
        exponents = [p.args[1] for p in parts if is_exp(p)]
        rest = [p for p in parts if not is_exp(p)]
        total = Add(*exponents)
        return Mul(*rest, *([apply("exp", total)] if exponents and total != 0 else []))
    if isinstance(node, (Add, Pow)):
        return mapped(node, joined)
    return node


def commensurable(node: Expr) -> bool:
    """Whether several exponentials in a formula are powers of one."""
    multiples: dict[Expr, set[Expr]] = {}

    def visit(part: Expr) -> None:
        if is_exp(part):
            for term in Add.make_args(part.args[1]):
                coefficient, rest = term.as_coeff_Mul()
                multiples.setdefault(rest, set()).add(coefficient if rest != 1 else S.One)
        elif isinstance(part, (Add, Mul, Pow)):
            for argument in part.args:
                visit(argument)

    visit(node)
    return any(len(c) > 1 for c in multiples.values())


def is_exp(node: Expr) -> bool:
    """Whether a formula is exp(u)."""
    return isinstance(node, heads.Apply) and node.name == "exp"


def logarithm_apart(node: Expr) -> Expr:
    """log(c f**a exp(u)) as log(c) + a log(f) + u, where c and f are known to be positive.

    What is not known to be positive stays together in one logarithm.
    """
    if not (isinstance(node, heads.Apply) and node.name == "log"):
        return node
    numbers, others = factors_apart(node.args[1], is_plain_number)
    constant, terms, rest = Mul(*numbers), list[Expr](), list[Expr]()
    for factor in others:
        term = _log_of_factor(factor)
        (rest if term is None else terms).append(factor if term is None else term)
    count = len(numbers) + len(terms) + bool(rest)
    if (count < 2 and terms in ([], [node])) or not constant.is_positive:
        return node
    return Add(log_of_number(constant), *terms, *([apply("log", Mul(*rest))] if rest else []))


def is_plain_number(factor: Expr) -> bool:
    """Whether a factor is a number without functions."""
    return bool(factor.is_number) and not factor.has(heads.Head)


def _log_of_factor(factor: Expr) -> Expr | None:
    """The logarithm of a factor, taken apart; None where it is not known to be positive."""
    base, exponent = base_and_exponent(factor)
    if is_exp(base):
        return Mul(exponent, base.args[1])
    if isinstance(factor, heads.Product) and interval(factor).positive:
        index, body, where, _ = enter(factor.family, around(factor))
        return heads.Sum.over(logarithm_apart(apply("log", body)), index, where)
    if exponent != 1 and _is_positive(base):
        return Mul(exponent, logarithm_apart(apply("log", base)))
    return apply("log", factor) if _is_positive(factor) else None


def _is_positive(node: Expr) -> bool:
    """Whether kinds, or a condition that is assumed of a sum, say that a formula is positive."""
    return interval(node).positive or (
        isinstance(node, Add) and decide(heads.Less(Integer(0), node)) is True)


def log_of_number(number: Expr) -> Expr:
    """The logarithm of a positive number: that of 1 / sqrt(2 pi) as -log(2 pi) / 2."""
    if number == 1:
        return Integer(0)
    half = any(isinstance(f, Pow) and f.args[1].q == 2 for f in Mul.make_args(number))
    times = Integer(2 if half else 1)
    above = Pow(number, times)
    below = Pow(above, -1)
    if measure(below) < measure(above):
        return Mul(Integer(-1), Pow(times, -1), apply("log", below))
    return Mul(Pow(times, -1), apply("log", above))
