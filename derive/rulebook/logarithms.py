"""The logarithm of a product, taken apart in one go."""

from __future__ import annotations

from typing import Any

from sympy import Add, Integer, Mul, Pow

from derive.core import heads
from derive.core.heads import apply
from derive.core.walk import around, enter
from derive.functions.intervals import interval
from derive.rulebook.measure import measure


def logarithm_apart(node: Any) -> Any:
    """log(c f**a exp(u)) as log(c) + a log(f) + u, where c and f are known to be positive.

    What is not known to be positive stays together in one logarithm.
    """
    if not (isinstance(node, heads.Apply) and node.name == "log"):
        return node
    numbers, terms, rest = [], [], []
    for factor in Mul.make_args(node.args[1]):
        base, exponent = factor.args if isinstance(factor, Pow) else (factor, Integer(1))
        if factor.is_number and not factor.has(heads.Head):
            numbers.append(factor)
        elif isinstance(base, heads.Apply) and base.name == "exp":
            terms.append(Mul(exponent, base.args[1]))
        elif isinstance(factor, heads.Product) and interval(factor).positive:
            index, body, where, _ = enter(factor.family, around(factor))
            terms.append(heads.Sum.over(logarithm_apart(apply("log", body)), index, where))
        elif interval(base).positive and exponent != 1:
            terms.append(Mul(exponent, logarithm_apart(apply("log", base))))
        elif interval(factor).positive:
            terms.append(apply("log", factor))
        else:
            rest.append(factor)
    if len(numbers) + len(terms) + bool(rest) < 2 and not _told(node, terms):
        return node
    constant = Mul(*numbers)
    if not constant.is_positive:
        return node
    return Add(log_of_number(constant), *terms, *([apply("log", Mul(*rest))] if rest else []))


def _told(node: Any, terms: list[Any]) -> bool:
    """Whether the one term says more than the logarithm itself."""
    return bool(terms) and terms[0] != node


def log_of_number(number: Any) -> Any:
    """The logarithm of a positive number: that of 1 / sqrt(2 pi) as -log(2 pi) / 2."""
    if number == 1:
        return Integer(0)
    half = any(isinstance(f, Pow) and f.args[1].q == 2 for f in Mul.make_args(number))
    times = Integer(2 if half else 1)
    whole = Pow(number, times)
    below = Pow(whole, -1)
    if measure(below) < measure(whole):
        return Mul(Integer(-1), Pow(times, -1), apply("log", below))
    return Mul(Pow(times, -1), apply("log", whole))
