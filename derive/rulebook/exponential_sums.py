"""Sums of exponentials in logarithms and below fraction lines, with the largest taken out."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from sympy import Add, Expr, Integer, Mul, Pow, true

from derive.core import heads
from derive.core.factors import factors_apart
from derive.core.heads import apply
from derive.core.walk import around, enter
from derive.functions.intervals import interval
from derive.rulebook.exponentials import is_exp, is_plain_number, log_of_number


def exponentials_joined(node: Expr) -> Expr:
    """log(exp(u) + exp(v) + w) with the exponentials as one, the larger of two taken out of both.

    Positive numbers, sums of exponentials and exponentials on a condition are joined too.
    """
    if not (isinstance(node, heads.Apply) and node.name == "log" and isinstance(node.args[1], Add)):
        return node
    terms = sorted(node.args[1].args, key=lambda t: (isinstance(t, heads.Cond), t.is_number))
    exponents = {t: e for t in terms if (e := _exponent(t)) is not None}
    plain = [t for t in exponents if not isinstance(t, heads.Cond)]
    if len(exponents) < 2 or not plain or all(e.is_number for e in exponents.values()):
        return node
    total = exponents[plain[0]]
    for term in (t for t in exponents if t is not plain[0]):
        both = log_of_two(total, exponents[term])
        total = heads.Cond(term.args[0], both, total) if isinstance(term, heads.Cond) else both
    rest = [t for t in terms if t not in exponents]
    return apply("log", Add(apply("exp", total), *rest)) if rest else total


def log_of_two(u: Expr, v: Expr) -> Expr:
    """log(exp(u) + exp(v)), the larger one taken out."""
    return Add(apply("max", u, v), apply("log1p", apply("exp", -apply("abs", Add(u, -v)))))


def _exponent(term: Expr) -> Expr | None:
    """The u of exp(u), c exp(u), sum(exp(u)) and of exp(u) on a condition; None for others."""
    if isinstance(term, heads.Cond):
        return _exponent(term.args[1]) if term.args[2] == 0 else None
    if isinstance(term, heads.Sum):
        index, body, where, _ = enter(term.family, around(term))
        family = heads.Lam(index, body.args[1], where) if is_exp(body) else None
        return apply("logsumexp", family) if family is not None else None
    numbers, others = factors_apart(term, is_plain_number)
    if len(others) > 1 or not Mul(*numbers).is_positive or any(not is_exp(o) for o in others):
        return None
    return Add(log_of_number(Mul(*numbers)), *(o.args[1] for o in others))


# Quotients


class _Lowered(NamedTuple):
    """A term of a sum: its exponent, the largest of these, on which condition, and it less m."""

    exponent: Expr
    top: Expr
    test: Expr | None
    less: Callable[[Expr], Expr]


def exponentials_lowered(node: Expr) -> Expr:
    """exp(r) / (exp(u) + exp(v) + …) with the largest of the exponentials taken out of all.

    Their quotient then adds up to 1 to the last digit, however large the exponents are.
    """
    if not isinstance(node, Mul):
        return node
    below = [f for f in node.args if isinstance(f, Pow) and f.args[1] == -1
             and isinstance(f.args[0], Add)]
    above = [f for f in node.args if f not in below and _divided(f, Integer(0)) is not None]
    if len(below) != 1 or len(above) != 1:
        return node
    terms = [_lowered(t) for t in below[0].args[0].args]
    known = [t for t in terms if t is not None]
    first = next((t for t in known if t.test is None), None)
    if first is None or len(known) < len(terms) or _is_lowered([t.exponent for t in known]):
        return node
    largest = first.top
    for term in (t for t in known if t is not first):
        both = apply("max", largest, term.top)
        largest = both if term.test is None else heads.Cond(term.test, both, largest)
    rest = (f for f in node.args if f is not below[0] and f is not above[0])
    return Mul(*rest, _divided(above[0], largest),
               Pow(Add(*(t.less(largest) for t in known)), -1))


def _divided(node: Expr, largest: Expr) -> Expr | None:
    """A formula times exp(-largest): an exponential, a multiple, a sum or cases of such.

    None for what is none of them.
    """
    if is_exp(node):
        return apply("exp", Add(node.args[1], Mul(Integer(-1), largest)))
    if isinstance(node, Mul):
        made = [(f, m) for f in node.args if (m := _divided(f, largest)) is not None]
        return Mul(*(f for f in node.args if f is not made[0][0]), made[0][1]) \
            if len(made) == 1 else None
    parts = node.args if isinstance(node, Add) else node.args[1:] \
        if isinstance(node, heads.Cond) else ()
    new = [p if p == 0 else _divided(p, largest) for p in parts]
    if not new or None in new:
        return None
    return Add(*new) if isinstance(node, Add) else heads.Cond(node.args[0], *new)


def _is_lowered(exponents: list[Expr]) -> bool:
    """Whether something is subtracted from all exponents already, or the largest of them is 0."""
    if 0 in exponents and all(interval(e).high <= 0 for e in exponents):
        return True
    common = set.intersection(*(set(Add.make_args(e)) for e in exponents))
    return any(t.as_coeff_Mul()[0] == -1 and t.args for t in common)


def _lowered(term: Expr) -> _Lowered | None:
    if isinstance(term, heads.Cond):
        inner = _lowered(term.args[1]) if term.args[2] == 0 else None
        test = term.args[0]
        if inner is None or inner.test is not None:
            return None
        return _Lowered(inner.exponent, inner.top, test,
                        lambda m: heads.Cond(test, inner.less(m), Integer(0)))
    if isinstance(term, heads.Sum):
        index, body, where, _ = enter(term.family, around(term))
        if not is_exp(body) or where is not true:
            return None
        family = heads.Lam(index, body.args[1], where)
        return _Lowered(body.args[1], heads.Maximum(family), None, lambda m: heads.Sum.over(
            apply("exp", Add(body.args[1], -m)), index))
    numbers, others = factors_apart(term, is_plain_number)
    if len(others) > 1 or not Mul(*numbers).is_positive or any(not is_exp(o) for o in others):
        return None
    top = Add(*(o.args[1] for o in others))
    return _Lowered(top, top, None, lambda m: Mul(*numbers, apply("exp", Add(top, -m))))
