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
    total = _joined(exponents)
    if total is None:
        return node
    rest = [t for t in terms if t not in exponents]
    return apply("log", Add(apply("exp", total), *rest)) if rest else total


def _joined(exponents: dict[Expr, Expr]) -> Expr | None:
    """The log of several exponentials together; None where there are not two to be joined."""
    first = next((t for t in exponents if not isinstance(t, heads.Cond)), None)
    if first is None or len(exponents) < 2 or all(e.is_number for e in exponents.values()):
        return None
    total = exponents[first]
    for term, exponent in exponents.items():
        if term is not first:
            both = log_of_two(total, exponent)
            total = heads.Cond(term.args[0], both, total) if isinstance(term, heads.Cond) else both
    return total


def log_of_two(u: Expr, v: Expr) -> Expr:
    """log(exp(u) + exp(v)), the larger one taken out."""
    return Add(apply("max", u, v), apply("log1p", apply("exp", -apply("abs", Add(u, -v)))))


def _exponent(term: Expr) -> Expr | None:
    """The u of exp(u), c exp(u), sum(exp(u)) and of exp(u) on a condition; None for others."""
    if isinstance(term, heads.Cond):
        return _exponent(term.args[1]) if term.args[2] == 0 else None
    if isinstance(term, heads.Sum):
        index, body, where, _ = enter(term.family, around(term))
        family = heads.Lam(index, body.args[1], where) if is_exp(body) and where is true else None
        return apply("logsumexp", family) if family is not None else None
    numbers, others = factors_apart(term, is_plain_number)
    if len(others) > 1 or not Mul(*numbers).is_positive or any(not is_exp(o) for o in others):
        return None
    return Add(log_of_number(Mul(*numbers)), *(o.args[1] for o in others))


# Quotients


class _Lowered(NamedTuple):
    """A term of a sum: the u of its exp(u), the largest u, on which condition, and it divided."""

    exponent: Expr
    top: Expr
    test: Expr | None
    less: Callable[[Expr], Expr]


def exponentials_lowered(node: Expr) -> Expr:
    """exp(r) / (exp(u) + exp(v) + …) with the largest of the exponentials taken out of all.

    Their quotients then add up to 1 to the last digit, however large the exponents are.
    """
    below = [f for f in Mul.make_args(node) if isinstance(f, Pow) and f.args[1] in (-1, -2)
             and isinstance(f.args[0], Add)]
    terms = _terms(below[0].args[0]) if len(below) == 1 else []
    largest = _largest(terms)
    if largest is None:
        return node
    above = _numerator([f for f in Mul.make_args(node) if f is not below[0]],
                       -int(below[0].args[1]), largest)
    return node if above is None else Mul(
        *above, Pow(Add(*(t.less(largest) for t in terms)), below[0].args[1]))


def _terms(total: Add) -> list[_Lowered]:
    """The terms of a sum of exponentials from which nothing is subtracted yet; else nothing."""
    known = [_lowered(t) for t in total.args]
    terms = [t for t in known if t is not None]
    return [] if len(terms) < len(known) or _is_lowered([t.exponent for t in terms]) else terms


def _largest(terms: list[_Lowered]) -> Expr | None:
    """The largest exponent of some terms; None where each of them is on a condition."""
    first = next((t for t in terms if t.test is None), None)
    if first is None:
        return None
    largest = first.top
    for term in (t for t in terms if t is not first):
        both = apply("max", largest, term.top)
        largest = both if term.test is None else heads.Cond(term.test, both, largest)
    return largest


def _numerator(factors: list[Expr], count: int, largest: Expr) -> list[Expr] | None:
    """Factors times exp(-largest), so often; None where that cannot be put into them."""
    places = [n for n, f in enumerate(factors) if _divided(f, largest) is not None]
    if not places:
        return None
    made = list(factors)
    for turn in range(count):
        place = places[min(turn, len(places) - 1)]
        made[place] = _divided(made[place], largest)
    return None if None in made else made


def _divided(node: Expr, largest: Expr) -> Expr | None:
    """A formula times exp(-largest): an exp(u), a multiple, a sum or cases of such.

    None for what is none of them.
    """
    if is_exp(node):
        return apply("exp", Add(node.args[1], Mul(Integer(-1), largest)))
    if isinstance(node, Mul):
        return _of_product(node, largest)
    if isinstance(node, heads.Sum):
        index, body, where, _ = enter(node.family, around(node, largest))
        made = _divided(body, largest)
        return None if made is None else heads.Sum.over(made, index, where)
    parts = node.args if isinstance(node, Add) else node.args[1:] \
        if isinstance(node, heads.Cond) else ()
    new = [_divided_term(p, largest) for p in parts]
    if None in new or not any(p.has(heads.Apply) for p in parts):
        return None
    return Add(*new) if isinstance(node, Add) else heads.Cond(node.args[0], *new)


def _divided_term(term: Expr, largest: Expr) -> Expr | None:
    """A term times exp(-largest); a number too."""
    if term == 0:
        return term
    if is_plain_number(term):
        return Mul(term, apply("exp", Mul(Integer(-1), largest)))
    return _divided(term, largest)


def _of_product(node: Mul, largest: Expr) -> Expr | None:
    """A product of which just one factor is made of exponentials."""
    made = [(f, m) for f in node.args if (m := _divided(f, largest)) is not None]
    return Mul(*(f for f in node.args if f is not made[0][0]), made[0][1]) \
        if len(made) == 1 else None


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
